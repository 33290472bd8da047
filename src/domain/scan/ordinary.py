"""Names that are also ordinary words, and how a text tells which of the two it means."""

from __future__ import annotations

import re
from typing import Final

CAPITALS: Final = """
has all was men arm can car cat cop cold dad eye fame fish ham hat him his ice it its kid kit leg
lip man map mad met mice mop nail not oar pan pap past pen pit ram rest sad sea set she snow star
tar tear the toe top trap who wig child charge coach whim are as is in at am an on or of to be by
so for and with had one two age aid fed old new low out per pet sly cape care case camp cast clove
cloves crest gap pip rob rag same shop sleep fast step stop short long left right light lights
chaos canvas fires flit gist get lam pale pig pole pot raid rare rich rose ten taps torch target
spare sand lamb lamp leopard mirage grace east west north south micro macro house warm star scar
scarf cap caps cats dogs bad big bid bind fit fits fat far fan few hip hit hot how may mass mild
mole nor now off our pad pain pin plan poor post raw red rib rod run sac sat see sit sum tag tan
tap tie tin tip too try two use via war way wet why yes you your her here from have been were this
that than then when where what more most near next none only open over part pure rash rate rise
role root safe scan sick side sign site size skin slow soft sore spot stem such test thin time
tone turn type upon vein very wall weak well will wide work wrist help hear heart hand head home
hope cave cell code dose down each face feet find fine firm five four full gait give good grade
half hard high keep last late less life limb line live lobe lost made main male mark mean neck
need nine note once palm past peak poems shape shock smile smell sound speed spine stage state
still tooth touch trace track tract trial upper urine value voice waist water weight whole white
women world wound young
"""
WORDS_IN_CAPITALS: Final = frozenset(CAPITALS.split())
"""Acronyms and genes that are words: in a heading in capitals they are only words."""
STRESSED: Final = re.compile(
    r"\s+(?:of|these|those|other|two|three|four|five|six|been|not|my|our|your)\b"
)
"""What follows a word in capitals for stress: 'ALL of the cultures'."""
SURNAMES: Final = """
best bright coats cross fine good hope job kind little long low may must noble proud sharp short
shy sly small stark still strong sweet swift tell well wild will wise worth young
"""
SURNAMES_THAT_ARE_WORDS: Final = frozenset(SURNAMES.split())
"""Persons whose names are words: Still disease is one, 'still disease free' is none."""
EPONYM: Final = re.compile(r"([^\W_]+)\s+(?:disease|syndrome|disorder|anomaly|sign|palsy)\b")
PARTED: Final = re.compile(r"\s*[,;:–—]")
GOES_ON: Final = re.compile(
    r"[\s-]+(?:free|control|course|progression|burden|activity|onset|stage|status|duration"
    r"|severity|modifying|management|outcome|model|related|specific|stabili[sz]ation|response)\b",
    re.IGNORECASE,
)
TITLED: Final = re.compile(
    r"\b(?:dr|drs|prof|professors?|doctors?|mr|mrs|ms|miss|sir|dame|nurse|by|sister|brother)"
    r"\.?\s+(?:[A-Z]\.\s*)*$",
    re.IGNORECASE,
)


def is_word_in_capitals(text: str, match: re.Match[str]) -> bool:
    """Say whether a short form is a word of a sentence in capitals: 'ALL PATIENTS WERE'."""
    if match.group().casefold() not in WORDS_IN_CAPITALS:
        return False
    if STRESSED.match(text, match.end()):
        return True
    after = re.match(r"[\s,]+([^\W\d_]{2,})", text[match.end() :][:30])
    before = re.search(r"([^\W\d_]{2,})[\s,]+$", text[max(0, match.start() - 30) : match.start()])
    return any(word is not None and word.group(1).isupper() for word in (after, before))


def are_words(text: str, start: int, end: int, name: str) -> bool:
    """Say whether a name that begins with such a surname is written like mere words."""
    first = EPONYM.match(name)
    if first is None or first.group(1).casefold() not in SURNAMES_THAT_ARE_WORDS:
        return False
    if name[0].isupper() and text[start].islower():
        return True
    gap = text[start + len(first.group(1)) : end]
    return PARTED.match(gap) is not None or GOES_ON.match(text, end) is not None


def is_person(text: str, start: int, end: int) -> bool:
    """Say whether two names in a row may be one person's: 'Dr Erdheim-Chester', 'Erdheim Chester'.

    A blank where the disease has a hyphen may part a first name from a surname.
    """
    return "-" not in re.sub(r"[‐‑–—]", "-", text[start:end]) or (
        TITLED.search(text[max(0, start - 30) : start]) is not None
    )
