"""How each thing a rule looks for is found on one page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from src.domain.leakage import Layer, Mention, Method
from src.domain.scan.abbreviations import definitions, is_short_form
from src.domain.scan.fuzzy import CUTOFF, DESIGNATOR, is_same_disease, likeness, near_names
from src.domain.scan.lexicon import NameHit
from src.domain.scan.mentions import mention_of
from src.domain.scan.normal import normalise
from src.domain.scan.numerals import is_mistaken, short_pattern
from src.domain.scan.ordinary import are_words, is_person, is_word_in_capitals
from src.domain.scan.pages import Page, read_as_letters
from src.domain.scan.phrases import Cue, changes, cues
from src.domain.scan.rules import LooksFor
from src.domain.scan.sentences import runs_on
from src.domain.scan.targets import GRAM, Alias, Target, grams
from src.domain.scan.variants import spelling, spelt
from src.domain.scoring.disease_acronym import may_stand_for

NEGATING: Final = frozenset({"non", "pseudo", "anti", "hypo", "hyper", "para", "un"})
JOINED: Final = re.compile(r"[\s\-‐‑–—]*")
GOES_ON: Final = re.compile(r"(?:[-/.‐‑–]|\s?/\s?)?(?:\d+[a-z]?|[A-Ha-h])(?![^\W_])")
"""What makes 'type 1' another type: 'type 1-2', 'type 1/2', 'type 1b'."""
GOES_ON_APART: Final = re.compile(
    r"\s(?:\d{1,2}[A-Ha-h]?|[A-H])(?![^\W_])(?!\s+(?:years?|months?|weeks?|days?)\b)"
)
DISTINCT: Final = 6
"""Letters from which on an acronym with a digit is no other word in any case."""
SHORTEST_RUN: Final = 8
OPENS_SHORT: Final = re.compile(
    r"\s*[(\[]\s*(?:\w+\s+)?[\"“'‘]?([A-Za-z][\w.\-]{1,9})[\"”'’]?\s*[;,)\]]"
)
SHORT_OPENS: Final = re.compile(
    r"(?<![\w.\-])([A-Za-z][\w.\-]{1,9})\s*(?:[(\[=]\s*|(?:[(\[=]\s*|,\s*)"
    r"(?:i\.?\s?e\.?,?|that\s+is,?|also\s+known\s+as|short\s+for|a\.?k\.?a\.?)\s+)$",
    re.IGNORECASE,
)
FROM_HERE: Final = re.compile(
    r"(?:\s*[,;:(\[–—-])?\s*(?:which\s+(?:is|we)\s+|we\s+)?(?:here(?:in)?after|henceforth|from\s+(?:here|now)"
    r"\s+on|below|in\s+short|for\s+short|short|abbreviat(?:ed|ion)|abbr\.?)\b[,:]?\s*"
    r"(?:(?:is|will\s+be|simply|just|only|also|we|referred|called|termed|named|abbreviated|denoted"
    r"|designated|written|known|to|as|by|the|it|acronym|abbreviation)\s+)*[\"“'‘(]?"
    r"([A-Za-z][\w.\-]{1,9})",
    re.IGNORECASE,
)
"""'X, hereafter ABC', whatever its letters, because it stands beside a name."""
HALF: Final = 0.5


class Found(NamedTuple):
    """One find on a page, in code points of its text."""

    start: int
    end: int
    alias: str
    code: str
    method: Method
    score: float = 1.0
    mention: Mention | None = None
    """None: as the clause around it says."""


@dataclass(frozen=True)
class Sight:
    """One page with what is looked for on it and what the item's pages define."""

    page: Page
    target: Target
    meant: Mapping[str, Alias]
    """Abbreviations that the item's own text defines as the answer."""
    foreign: frozenset[str]
    """Abbreviations that the item's own text defines as something else."""

    @cached_property
    def others(self) -> list[NameHit]:
        """Names of other diseases on the page, none across the end of a sentence."""
        return [hit for hit in self.page.known if not self._is_own(hit) and self._is_whole(hit)]

    @cached_property
    def other_spans(self) -> list[tuple[int, int]]:
        """Where they stand, in code points of the page."""
        return [self.page.normal.span(hit.start, hit.end) for hit in self.others]

    def _is_own(self, hit: NameHit) -> bool:
        if hit.codes & self.target.codes:
            return True
        folded = self.page.normal.text[hit.start : hit.end]
        return spelling(folded) in self.target.own_spellings

    def _is_whole(self, hit: NameHit) -> bool:
        start, end = self.page.normal.span(hit.start, hit.end)
        return not runs_on(self.page.text[start:end])

    @cached_property
    def spelt_names(self) -> tuple[tuple[Alias, Found], ...]:
        """Each place of a name in any of its spellings, found once for all rules."""
        return tuple(_names(self))

    @cached_property
    def announced(self) -> tuple[tuple[Cue, Found | None], ...]:
        """The announcements, each with what names the answer in its clause."""
        return tuple(_announcements(self))

    @cached_property
    def named(self) -> tuple[Found, ...]:
        """All places that name the answer, in one of its names."""
        return tuple(found for find in (names, acronyms, defined, cores) for found in find(self))


Finder = Callable[[Sight], Iterator[Found]]


# ---- names --------------------------------------------------------------------------------


def names(sight: Sight) -> Iterator[Found]:
    """Yield the names of the answer in any of their spellings."""
    return (found for alias, found in sight.spelt_names if not _are_words(sight, alias, found))


def names_or_words(sight: Sight) -> Iterator[Found]:
    """Yield what may be a name or mere words, such as 'still disease' in 'still disease free'."""
    return (found for alias, found in sight.spelt_names if _are_words(sight, alias, found))


def _names(sight: Sight) -> Iterator[tuple[Alias, Found]]:
    for alias in sight.target.names:
        yield from ((alias, found) for found in _spelt(sight, alias))
    for alias in sight.target.numbered:
        yield from ((alias, found) for found in _numbered(sight, alias))


def _numbered(sight: Sight, alias: Alias) -> Iterator[Found]:
    """Yield a name whose type is written in another way, but no count and no citation."""
    text = sight.page.text
    for found in _spelt(sight, alias, Method.VARIANT):
        quote, after = text[found.start : found.end], text[found.end : found.end + 20]
        if is_mistaken(alias.spelt, quote, after):
            continue
        glued = re.sub(r" (?=[a-h]$)", "", normalise(quote).text)
        if not _is_name_of_another(sight, spelling(glued)):
            yield found


def _are_words(sight: Sight, alias: Alias, found: Found) -> bool:
    is_label = sight.page.layer is Layer.NAMES
    return not is_label and are_words(sight.page.text, found.start, found.end, alias.text)


def cores(sight: Sight) -> Iterator[Found]:
    """Yield the persons' names of eponyms, where a disease is named after several."""
    return (found for found in _cores(sight) if not _is_person(sight, found))


def single_cores(sight: Sight) -> Iterator[Found]:
    """Yield the person's name of an eponym, in text only where it has a capital."""
    yield from (found for found in _cores(sight) if _is_person(sight, found))
    for alias in sight.target.single_cores:
        for found in _spelt(sight, alias, Method.VARIANT):
            is_label = sight.page.layer is Layer.NAMES
            if is_label or sight.page.text[found.start].isupper():
                yield found


def _cores(sight: Sight) -> Iterator[Found]:
    for alias in sight.target.cores:
        yield from _spelt(sight, alias, Method.VARIANT)


def parts(sight: Sight) -> Iterator[Found]:
    """Yield what a longer answer is about, without its qualifiers."""
    for alias in sight.target.parts:
        yield from _spelt(sight, alias, Method.VARIANT)


def _is_person(sight: Sight, found: Found) -> bool:
    is_text = sight.page.layer is Layer.TEXT
    return is_text and is_person(sight.page.text, found.start, found.end)


def _spelt(sight: Sight, alias: Alias, least: Method = Method.EXACT) -> Iterator[Found]:
    words = sight.page.words
    for first, last in _places(sight, alias):
        if _is_another(sight, alias, first, last):
            continue
        start, end = words.span(first, last)
        method = _method(alias, sight.page.text[start:end])
        if least is Method.VARIANT:
            method = least
        score = 0.95 if method is Method.VARIANT else 1.0
        yield Found(start, end, alias.text, alias.code, method, score)


def _places(sight: Sight, alias: Alias) -> Iterator[tuple[int, int]]:
    """Yield where a spelt name stands; in OCR also where its digits were read as letters."""
    yield from sight.page.words.find(alias.spelt)
    if sight.page.layer is Layer.IMAGE_TEXT:
        as_read = spelt(read_as_letters(alias.text))
        if as_read not in (alias.spelt, spelt(alias.text)):
            yield from sight.page.words.find(as_read)


def _method(alias: Alias, quote: str) -> Method:
    if quote == alias.text:
        return Method.EXACT
    return Method.NORMALISED if normalise(quote).text == alias.folded else Method.VARIANT


def _is_another(sight: Sight, alias: Alias, first: int, last: int) -> bool:
    """Say whether words that read like a name are, where they stand, another disease."""
    words, text = sight.page.words, sight.page.text
    start, end = words.span(first, last)
    if runs_on(text[start:end], alias.text):
        return True
    if first and words.tokens[first - 1] in NEGATING:
        before = words.span(first - 1, first)[1]
        if JOINED.fullmatch(text[before:start]):
            return True
    if DESIGNATOR.fullmatch(words.tokens[last - 1]) and _goes_on(text, end):
        return True
    folded = words.folded_span(first, last)
    return _names_another(sight, *folded) or _inside_another(sight, *folded)


def _goes_on(text: str, end: int) -> bool:
    after = text[end : end + 14]
    return (GOES_ON.match(after) or GOES_ON_APART.match(after)) is not None


def _names_another(sight: Sight, start: int, end: int) -> bool:
    """Say whether exactly these words are the name of another disease and none of this."""
    return _is_name_of_another(sight, spelling(sight.page.normal.text[start:end]))


def _is_name_of_another(sight: Sight, name: str) -> bool:
    if name in sight.target.own_spellings:
        return False
    owners = sight.page.lexicon.codes_spelt(name)
    return bool(owners) and not owners & sight.target.codes


def _inside_another(sight: Sight, start: int, end: int) -> bool:
    return any(
        hit.start <= start and end <= hit.end and hit.end - hit.start > end - start
        for hit in sight.others
    )


def related(sight: Sight) -> Iterator[Found]:
    """Yield names of parents and children of the answer that share a word with it."""
    lexicon, page = sight.page.lexicon, sight.page
    for hit in sight.others:
        codes = hit.codes & sight.target.related
        if not codes:
            continue
        name = page.normal.text[hit.start : hit.end]
        if sight.target.content.isdisjoint(spelt(name).split()):
            continue
        start, end = page.normal.span(hit.start, hit.end)
        code = min(codes)
        same = (n.text for n in lexicon.names_of(code) if normalise(n.text).text == name)
        text = next(same, name)
        method = Method.EXACT if text == page.text[start:end] else Method.NORMALISED
        yield Found(start, end, text, code, method)


def run_together(sight: Sight) -> Iterator[Found]:
    """Yield names whose words a file name writes without gaps."""
    normal = sight.page.normal
    places = [place for place, character in enumerate(normal.text) if character != " "]
    squeezed = normal.text.replace(" ", "")
    target = sight.target
    for alias in (*target.names, *target.cores, *target.single_cores, *target.parts):
        name = alias.folded.replace(" ", "")
        at = squeezed.find(name) if len(name) >= SHORTEST_RUN else -1
        while at >= 0:
            before = squeezed[:at]
            if not before.endswith(tuple(NEGATING)):
                start, end = normal.span(places[at], places[at + len(name) - 1] + 1)
                yield Found(start, end, alias.text, alias.code, Method.VARIANT, 0.95)
            at = squeezed.find(name, at + len(name))


def near(sight: Sight) -> Iterator[Found]:
    """Yield what is nearly a name of the answer and the name of no other disease."""
    words = sight.page.words
    surer = (*sight.target.names, *sight.target.numbered)
    taken = [place for alias in surer for place in words.find(alias.spelt)]
    for spelling_ in dict.fromkeys(alias.spelt for alias in sight.target.names):
        alias = next(alias for alias in sight.target.names if alias.spelt == spelling_)
        for first, last, score in near_names(words, spelling_, taken, sight.page.lexicon.is_word):
            if not _is_another(sight, alias, first, last):
                start, end = words.span(first, last)
                yield Found(start, end, alias.text, alias.code, Method.FUZZY, score)


# ---- acronyms -----------------------------------------------------------------------------


def acronyms(sight: Sight) -> Iterator[Found]:
    """Yield acronyms of the answer in their own case, unless the text gives them another sense."""
    for alias in sight.target.acronyms:
        if alias.text not in sight.foreign:
            yield from _in_its_case(sight, alias)


def defined(sight: Sight) -> Iterator[Found]:
    """Yield the abbreviations that the item's text defines as the answer."""
    for short, alias in sight.meant.items():
        yield from _in_its_case(sight, Alias(short, alias.folded, alias.spelt, alias.code))


def _in_its_case(sight: Sight, alias: Alias) -> Iterator[Found]:
    page = sight.page
    for match in _short_form(alias.text, page.layer is Layer.NAMES).finditer(page.text):
        if is_word_in_capitals(page.text, match) or _in_longer_name(sight, match):
            continue
        method = Method.EXACT if not _is_acronym(alias.text) else Method.ACRONYM
        yield Found(match.start(), match.end(), alias.text, alias.code, method)


def _is_acronym(text: str) -> bool:
    return sum(map(str.isupper, text)) >= 2


@lru_cache(maxsize=4096)
def _short_form(text: str, in_label: bool) -> re.Pattern[str]:
    """Return the pattern of a short name: dots and a hyphen before digits may come and go."""
    body = short_pattern(text) or "".join(_with_gaps(text))
    letters = sum(map(str.isalpha, text))
    if in_label:
        body = f"(?i:{body})" if letters >= 4 else body
        return re.compile(rf"(?<![A-Z]){body}(?![A-Za-z])" if letters < 4 else _alone(body))
    if letters >= DISTINCT and any(map(str.isdigit, text)):
        body = f"(?i:{body})"
    elif not _is_acronym(text) and letters >= 4 and text[:1].isupper():
        body = f"(?:{body}|{''.join(_with_gaps(text[0].lower() + text[1:]))})"
    plural = "s?" if text[-1:].isupper() else ""
    return re.compile(rf"(?<![^\W_])(?<!\w[-/]){body}{plural}(?![^\W_])(?![-/]\d)")


def _alone(body: str) -> str:
    return rf"(?<![A-Za-z]){body}(?![A-Za-z])"


def _with_gaps(text: str) -> Iterator[str]:
    characters = [c for c in text if c.isalnum() or not c.isspace()]
    for place, character in enumerate(characters):
        following = characters[place + 1] if place + 1 < len(characters) else ""
        if not character.isalnum():
            yield r"[\s.\-‐‑–/+]?"
            continue
        yield re.escape(character)
        if following.isdigit() and character.isalpha():
            yield r"[\s\-‐‑–]?"
        elif following.isalnum() and character.isupper():
            yield r"\.?"


def _in_longer_name(sight: Sight, match: re.Match[str]) -> bool:
    """Say whether a short form is part of another disease's name, such as MEN in 'MEN 2A'."""
    return any(
        span[0] <= match.start() and match.end() <= span[1] and span != match.span()
        for span in sight.other_spans
    )


def meanings(pages: Iterable[Page], target: Target) -> tuple[dict[str, Alias], frozenset[str]]:
    """Return the abbreviations that the pages define as the answer, and as something else."""
    meant: dict[str, Alias] = {}
    foreign: set[str] = set()
    for page in pages:
        if page.layer is Layer.NAMES or not target.names:
            continue
        for definition in definitions(page.text):
            alias = _same_name(definition.long, target, page)
            if alias is not None:
                meant[definition.short] = alias
            elif _could_mean(definition.short, target):
                foreign.add(definition.short)
        meant |= _beside_names(Sight(page, target, {}, frozenset()))
    return meant, frozenset(foreign - set(meant))


def _same_name(long: str, target: Target, page: Page) -> Alias | None:
    """Return the name of the answer that a long form is, or nearly is."""
    wanted = spelt(long)
    owners = page.lexicon.codes_spelt(spelling(normalise(long).text))
    if owners and not owners & target.codes:
        same = spelling(normalise(long).text) in target.own_spellings
        return next((a for a in target.names if same and a.spelt == wanted), None)
    for alias in target.names:
        if f" {alias.spelt} " in f" {wanted} ":
            return alias
        if likeness(alias.spelt, wanted) >= CUTOFF and is_same_disease(
            alias.spelt.split(), wanted.split()
        ):
            return alias
    return None


def _could_mean(short: str, target: Target) -> bool:
    """Say whether an abbreviation of the answer has been given another sense."""
    if not any(alias.text == short for alias in target.acronyms):
        return False
    return any(may_stand_for(short, alias.text) for alias in target.names)


def _beside_names(sight: Sight) -> dict[str, Alias]:
    """Return abbreviations that stand in brackets beside a name of the answer."""
    text = sight.page.text
    found: dict[str, Alias] = {}
    for name in names(sight):
        alias = Alias(name.alias, normalise(name.alias).text, spelt(name.alias), name.code)
        opened = OPENS_SHORT.match(text[name.end : name.end + 40])
        named = FROM_HERE.match(text[name.end : name.end + 80])
        before = SHORT_OPENS.search(text[max(0, name.start - 40) : name.start])
        for match in (opened, named, before):
            short = match.group(1).rstrip(".-") if match else ""
            if is_short_form(short) and not short.isdigit():
                found[short] = alias
    return found


# ---- genes and phrases --------------------------------------------------------------------


def rare_genes(sight: Sight) -> Iterator[Found]:
    """Yield the genes that name the answer."""
    return _symbols(sight, sight.target.rare_genes)


def shared_genes(sight: Sight) -> Iterator[Found]:
    """Yield the genes of the answer that many diseases share."""
    return _symbols(sight, sight.target.shared_genes)


def _symbols(sight: Sight, symbols: tuple[str, ...]) -> Iterator[Found]:
    if not symbols:
        return
    for match in _any_symbol(symbols).finditer(sight.page.text):
        if not is_word_in_capitals(sight.page.text, match):
            code = sight.target.code
            yield Found(match.start(), match.end(), match.group(), code, Method.GENE)


@lru_cache(maxsize=1024)
def _any_symbol(symbols: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(symbols, key=len, reverse=True)
    body = "|".join(re.escape(symbol) for symbol in longest_first)
    return re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_])")


def announced(sight: Sight) -> Iterator[Found]:
    """Yield announcements in whose clause the answer is named."""
    for cue, names_it in sight.announced:
        if names_it is not None:
            yield _phrase(sight, cue, names_it.mention or _mention(sight, names_it))


def announcements(sight: Sight) -> Iterator[Found]:
    """Yield announcements in whose clause nothing names the answer."""
    for cue, names_it in sight.announced:
        if names_it is None:
            yield _phrase(sight, cue, None)


def _mention(sight: Sight, found: Found) -> Mention:
    return mention_of(sight.page.text, found.start, found.end)


def _phrase(sight: Sight, cue: Cue, mention: Mention | None) -> Found:
    phrase = " ".join(sight.page.text[cue.start : cue.end].casefold().split())
    return Found(cue.start, cue.end, phrase, sight.target.code, Method.PHRASE, mention=mention)


def _announcements(sight: Sight) -> Iterator[tuple[Cue, Found | None]]:
    """Yield cues with the first thing in their clause that names the answer."""
    text = sight.page.text
    naming = [*sight.named, *_heads(sight)] if sight.target.names or sight.target.acronyms else []
    genes = list(rare_genes(sight))
    for cue in cues(sight.page.normal):
        if text[cue.clause_end : cue.clause_end + 1] != "?":
            yield cue, _first_in(cue.end, cue.clause_end, [*naming, *genes])
    for change in changes(text):
        yield change, _first_in(change.start - 80, change.clause_end, genes)


def _first_in(start: int, end: int, found: Iterable[Found]) -> Found | None:
    return next((f for f in found if start <= f.start and f.end <= end), None)


def _heads(sight: Sight) -> Iterator[Found]:
    head = sight.target.head
    for first, last in sight.page.words.find(head) if head else ():
        start, end = sight.page.words.span(first, last)
        yield Found(start, end, head, sight.target.code, Method.PHRASE)


# ---- the other tracks ---------------------------------------------------------------------


def treatments(sight: Sight) -> Iterator[Found]:
    """Yield the item's own treatments."""
    wanted = (entry.text for entry in sight.target.treatments if not entry.general)
    return _listed(sight, wanted, Method.TREATMENT)


def general_treatments(sight: Sight) -> Iterator[Found]:
    """Yield the classes of treatment the item asks for."""
    wanted = (entry.text for entry in sight.target.treatments if entry.general)
    return _listed(sight, wanted, Method.TREATMENT)


def tests(sight: Sight) -> Iterator[Found]:
    """Yield the tests the item asks for."""
    wanted = (entry.text for entry in sight.target.tests if not entry.general)
    return _listed(sight, wanted, Method.KEY_TEST)


def general_tests(sight: Sight) -> Iterator[Found]:
    """Yield the methods the item asks for that every work-up names."""
    wanted = (entry.text for entry in sight.target.tests if entry.general)
    return _listed(sight, wanted, Method.KEY_TEST)


def _listed(sight: Sight, wanted: Iterable[str], method: Method) -> Iterator[Found]:
    page = sight.page
    for text in wanted:
        if sum(map(str.isalpha, text)) <= 4:
            for match in _short_form(text, page.layer is Layer.NAMES).finditer(page.text):
                yield Found(match.start(), match.end(), text, "", method)
            continue
        for first, last in page.words.find(spelt(text)):
            start, end = page.words.span(first, last)
            if not runs_on(page.text[start:end], text):
                yield Found(start, end, text, "", method)


def statements(sight: Sight) -> Iterator[Found]:
    """Yield where at least half of a statement stands word for word: its longest stretch."""
    words = sight.page.words
    places = list(grams(words.tokens))
    seen = set(places)
    for statement in sight.target.statements:
        shared = len(statement.grams & seen) / len(statement.grams)
        if shared < HALF:
            continue
        first, last = _longest_stretch(places, statement.grams)
        start, end = words.span(first, last)
        method = Method.FUZZY if shared < 1 else _said(statement.text, sight.page.text[start:end])
        yield Found(start, end, statement.text, "", method, round(shared, 4))


def _longest_stretch(
    places: list[tuple[str, ...]], wanted: frozenset[tuple[str, ...]]
) -> tuple[int, int]:
    best, first = (0, 0), 0
    for place in range(len(places) + 1):
        if place < len(places) and places[place] in wanted:
            continue
        if place - first > best[1] - best[0]:
            best = (first, place)
        first = place + 1
    return best[0], best[1] - 1 + GRAM


def _said(statement: str, quote: str) -> Method:
    if quote == statement.strip():
        return Method.EXACT
    same = normalise(quote).text == normalise(statement).text
    return Method.NORMALISED if same else Method.VARIANT


FINDERS: Final[Mapping[LooksFor, Finder]] = {
    LooksFor.NAME: names,
    LooksFor.NAME_OR_WORDS: names_or_words,
    LooksFor.ACRONYM: acronyms,
    LooksFor.DEFINED: defined,
    LooksFor.CORE: cores,
    LooksFor.SINGLE_CORE: single_cores,
    LooksFor.PART: parts,
    LooksFor.RUN_TOGETHER: run_together,
    LooksFor.NEAR: near,
    LooksFor.RELATED: related,
    LooksFor.ANNOUNCED: announced,
    LooksFor.ANNOUNCEMENT: announcements,
    LooksFor.RARE_GENE: rare_genes,
    LooksFor.SHARED_GENE: shared_genes,
    LooksFor.TREATMENT: treatments,
    LooksFor.GENERAL_TREATMENT: general_treatments,
    LooksFor.TEST: tests,
    LooksFor.GENERAL_TEST: general_tests,
    LooksFor.STATEMENT: statements,
}
"""What finds each thing a rule can look for."""
