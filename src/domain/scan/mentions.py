"""How a text speaks of what stands in it: as so, as not so, or as one of several things."""

from __future__ import annotations

import re
from typing import Final

from src.domain.leakage import Mention

REACH: Final = 160
"""Characters to each side in which a word can still speak of what was found."""

BOUNDARY: Final = re.compile(
    r"[;:!?\n]|\.(?=\s|$)|\b(?:but|however|although|though|yet|whereas|while|except|until|when)\b"
    r"|,\s+(?:and\s+)?(?:the|an?|he|she|it|they|his|her|this|that|which|who|final|finally|biopsy"
    r"|histology|pathology|so|then|we|leading|making|confirming|revealing|showing)\b",
    re.IGNORECASE,
)
LEFT: Final = re.compile(
    r"""(?P<so>\b(?:final\s+diagnosis|diagnos(?:is|es)\s+(?:of|was|is|were)|diagnosed|confirm(?:s|ed|ing)?
        |established|proved|proven|revealed|showed|demonstrated|not\s+only|no\s+doubt|known\s+(?:to|case)
        |consistent\s+with|a\s+case\s+of|diagnostic\s+of|pathognomonic)\b)
      |(?P<no>\b(?:no|not|without|never|nor|neither|none|den(?:y|ies|ied)|negative\s+for|absence\s+of
        |absent|free\s+of|lack(?:s|ed|ing)?|exclud(?:e|es|ed|ing)|rul(?:e|es|ed|ing)\s+out
        |exclusion\s+of|against|rather\s+than|instead\s+of|unlikely|disprov(?:ed|en)|inconsistent
        |fail(?:s|ed)\s+to|did\s+not\s+(?:confirm|show|reveal|demonstrate|support|have)
        |not\s+(?:confirm(?:ed)?|diagnostic|consistent|diagnosed|established))\b)
      |(?P<maybe>\b(?:differential(?:\s+diagnos[ie]s)?|ddx|d/dx|suspect(?:s|ed|ing)?
        |suspicio(?:n|us)|possib(?:le|ly|ility)|probabl[ey]|presum(?:ed|ptive)|versus|vs
        |can\s?not\s+(?:be\s+)?(?:exclude[d]?|rule[d]?\s+out)|could\s+not\s+(?:be\s+)?
        (?:exclude[d]?|rule[d]?\s+out)|not\s+(?:be\s+)?(?:excluded?|ruled?\s+out)|consider(?:ed|ing|ation)?
        |r/o|to\s+rule\s+out|query|may|might|could|mimic(?:s|ked|king)?|resembl(?:e|es|ed|ing)
        |reminiscent|raised\s+concern|concern(?:ing)?\s+for|likely|working|initially|provisional)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
PASSIVE: Final = re.compile(r"\b(?:was|were|been|is|are|be|being)\s+(?:\w+\s+)?$", re.IGNORECASE)
RIGHT: Final = re.compile(
    r"""(?P<so>\b(?:was|were|is|has\s+been|had\s+been)\s+(?:\w+\s+)?(?:confirmed|made|established
        |diagnosed|proven|proved)\b)
      |(?P<maybe>\b(?:(?:can|could|has|had)\s*not\s+(?:be(?:en)?\s+)?(?:excluded|ruled\s+out)
        |(?:was|were)\s+(?:\w+\s+)?(?:suspected|considered|possible|presumed|entertained)
        |(?:was|were)\s+not\s+(?:excluded|ruled\s+out)|versus|vs|differential|mimic(?:s|king)?)\b
        |^\s*-?\s*like\b|^\s*\?)
      |(?P<no>\b(?:was|were|is|has\s+been|had\s+been|could\s+be|can\s+be)\s+(?:\w+\s+)?
        (?:ruled\s+out|excluded|unlikely|negative|absent|discarded|dismissed|rejected)\b
        |\bunlikely\b|\bruled\s+out\b|\bexcluded\b|\bnot\s+(?:found|seen|present|confirmed
        |identified|detected)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
OPENS_LIST: Final = re.compile(
    r"""(?P<maybe>\b(?:differential(?:s|\s+diagnos[ie]s)?|ddx|d/dx|possibilit(?:y|ies)|considered
        |considerations?|suspected|alternatives?|candidates|mimics|query|queries)\b)
      |(?P<no>\b(?:excluded|ruled\s+out|exclusions?|unlikely|negative|absent|not\s+(?:found|seen))\b)""",
    re.IGNORECASE | re.VERBOSE,
)
"""What the words before a colon say of the list behind it."""
LIST_GAP: Final = re.compile(
    r"(?!.*\b(?:was|were|is|are|had|has|have|showed?|shows|revealed|confirmed|established|proved"
    r"|final|diagnosed|diagnosis|found|we|but|however)\b)(?!.*\.\s).*",
    re.IGNORECASE | re.DOTALL,
)
"""Further entries of a list: no verb, no end of a sentence."""
SAYS_MORE: Final = re.compile(r"[^;,\n]{0,40}\b(?:was|were|is|has|had)\b", re.IGNORECASE)
LIST_REACH: Final = 300
MENTIONS: Final = {
    "so": Mention.AFFIRMED,
    "no": Mention.NEGATED,
    "maybe": Mention.DIFFERENTIAL,
}


def mention_of(text: str, start: int, end: int) -> Mention:
    """Return how the clause around text[start:end] speaks of it.

    The nearest word before it decides, then the first after it. What a clause denies, the next
    one may affirm: '... was ruled out; the final diagnosis was X' affirms X. In a list behind a
    colon the words before the colon decide: 'The differential was broad: infection, X'.
    """
    before = _clause_before(text, start)
    for cue in reversed(list(LEFT.finditer(before))):
        if cue.lastgroup == "no" and _is_passive(before, cue):
            continue
        if cue.lastgroup == "so":
            return _after(text, end) or Mention.AFFIRMED
        return MENTIONS[cue.lastgroup or "so"]
    return _after(text, end) or _in_list(text, start, end) or Mention.AFFIRMED


def _in_list(text: str, start: int, end: int) -> Mention | None:
    """Return what the words before a colon say of the entries behind it, if this is one."""
    before = text[max(0, start - LIST_REACH) : start]
    colon = before.rfind(":")
    if colon < 0 or LIST_GAP.fullmatch(before[colon + 1 :]) is None:
        return None
    if SAYS_MORE.match(text, end):
        return None
    opening = re.split(r"[;\n!?]|\.(?=\s)", before[:colon])[-1]
    cues = list(OPENS_LIST.finditer(opening))
    return MENTIONS[cues[-1].lastgroup or "so"] if cues else None


def _clause_before(text: str, start: int) -> str:
    before = text[max(0, start - REACH) : start]
    ends = [boundary.end() for boundary in BOUNDARY.finditer(before)]
    return before[ends[-1] :] if ends else before


def _is_passive(before: str, cue: re.Match[str]) -> bool:
    """Say whether 'excluded' speaks of what stands before it: 'lymphoma was excluded and ...'."""
    word = cue.group().lower()
    if not word.startswith(("excluded", "ruled")):
        return False
    return PASSIVE.search(before[: cue.start()]) is not None


def _after(text: str, end: int) -> Mention | None:
    after = text[end : end + REACH]
    boundary = BOUNDARY.search(after)
    cue = RIGHT.search(after[: boundary.start()] if boundary else after)
    return MENTIONS[cue.lastgroup or "so"] if cue else None
