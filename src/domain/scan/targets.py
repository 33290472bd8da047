"""What is looked for in one item: its names, genes, treatments, tests and statements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from src.domain.derivation import split_statements
from src.domain.item import Item, Track
from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.listed import Listed, tests, treatments
from src.domain.scan.normal import normalise
from src.domain.scan.numerals import other_forms
from src.domain.scan.rules import DX
from src.domain.scan.variants import spelling, spelt, spelt_tokens, turned_round
from src.domain.scoring.disease_acronym import is_acronym
from src.domain.scoring.disease_match import GENERAL

LONGEST_NAME: Final = 14
"""Words; a longer answer is a statement, not a name."""
SHORT: Final = 5
"""Letters up to which a name is looked for only in its own case."""
FEW: Final = 2
"""Diseases a gene may belong to and still name each of them; types of one count as one.

Of the 4,470 genes of Orphanet 1.3.42 two in three belong to one disease and 85 % to at most two.
Whoever is told such a gene and guesses is right in 82 of 100 cases, and never less often than
every second time; with three diseases it is every third. FBN1 (9) and BRAF (11) are hints."""
GRAM: Final = 5
BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
KNOWN_AS: Final = re.compile(
    r"[,;]?\s+(?:also\s+known\s+as|also\s+called|a\.?k\.?a\.?|formerly(?:\s+known\s+as)?)\s+", re.I
)
HEADS: Final = re.compile(
    r"[\s-]+(?:disease|syndrome|disorder|anomaly|malformation|tumou?r)s?$", re.I
)
PERSONS: Final = re.compile(r"(?:(?:von|van|de|le|la|du)\s+)?[A-ZÀ-Þ]\w+(?:[-‐‑–—][A-ZÀ-Þ]\w+)+")
PERSON: Final = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ]{4,}(?:['’]s)?")
ADJECTIVE: Final = re.compile(r"(?:al|ic|ous|ary|ive|ac|oid|ed|ing|ar|ant|ent|ile|ine|tion)$", re.I)
QUALIFIED: Final = re.compile(
    r",?\s+(?:with|without|causing|presenting|complicated|complicating|leading|resulting|mimicking"
    r"|associated|in|on|after|following|during)\b|[,;(\[]",
    re.I,
)
CAUSED: Final = re.compile(
    r"\s+(?:secondary\s+to|due\s+to|caused\s+by|from|and|arising\s+in)\s+", re.I
)
QUALIFIERS: Final = re.compile(
    r"^(?:(?:a|an|the|perforated|ruptured|acute|chronic|giant|huge|large|small|bilateral|unilateral"
    r"|left|right|left-sided|right-sided|isolated|recurrent|metastatic|advanced|severe|symptomatic"
    r"|asymptomatic|incidental|inflamed|bleeding|suspected|probable|atypical|classic|unusual|rare"
    r"|intestinal|solitary|multiple|complicated)\s+)+",
    re.I,
)
NO_ANSWER: Final = frozenset({"", "nan", "none", "null", "n a", "na", "unknown"})
NAMES_ONLY: Final = frozenset({"answer", "final_diagnosis", "relation"})
"""Kinds of claims that say no more than a name or a kind of relation."""


@dataclass(frozen=True)
class Alias:
    """A name that is looked for, in its three spellings."""

    text: str
    folded: str
    spelt: str
    code: str = ""


@dataclass(frozen=True)
class Statement:
    """A claim or a sentence of the answer, as the runs of five words it is made of."""

    text: str
    grams: frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Target:
    """Everything that would give one item's answer away."""

    codes: frozenset[str]
    names: tuple[Alias, ...]
    numbered: tuple[Alias, ...]
    """Names whose type or stage is written in other ways."""
    acronyms: tuple[Alias, ...]
    cores: tuple[Alias, ...]
    single_cores: tuple[Alias, ...]
    parts: tuple[Alias, ...]
    """What a longer answer is about, without what qualifies it."""
    related: frozenset[str]
    rare_genes: tuple[str, ...]
    shared_genes: tuple[str, ...]
    treatments: tuple[Listed, ...]
    tests: tuple[Listed, ...]
    statements: tuple[Statement, ...]
    head: str
    """The last word of the answer where it says something; '' for 'disease' and the like."""
    own_spellings: frozenset[str]
    """The folded names in one spelling, numerals as written."""
    content: frozenset[str]
    """The words of the names that say something."""

    @property
    def code(self) -> str:
        """One of the codes, '' where there is none."""
        return min(self.codes, default="")


def target_of(item: Item, lexicon: Lexicon, own: Sequence[Name] = ()) -> Target:
    """Return what is looked for in an item."""
    codes = _codes(item, lexicon)
    names = list(_names(item, lexicon, codes, own))
    aliases = [alias for alias in _aliases(names, codes) if not _says_nothing(alias)]
    long = [alias for alias in aliases if not _only_in_its_case(alias)]
    related = frozenset().union(*(lexicon.related.get(code, frozenset()) for code in codes))
    content = frozenset(word for alias in aliases for word in _telling_words(alias))
    rare, shared = _genes(lexicon, codes, related - codes, content)
    listed, prose = _asked_for(item)
    return Target(
        codes=codes,
        names=tuple(long),
        numbered=tuple(_numbered(long)),
        acronyms=(*(a for a in aliases if _only_in_its_case(a)), *_acronym_cores(long)),
        cores=tuple(_cores(long, PERSONS, lexicon, codes)),
        single_cores=tuple(_cores(long, PERSON, lexicon, codes)),
        parts=tuple(_parts(item, long)),
        related=related - codes,
        rare_genes=rare,
        shared_genes=shared,
        treatments=treatments(listed, prose) if item.track is Track.TREATMENT else (),
        tests=tests(listed, prose) if item.track is Track.EXAMINATION else (),
        statements=() if item.track in DX else tuple(_statements(item)),
        head=_head(item) if item.track in DX else "",
        own_spellings=frozenset(spelling(alias.folded) for alias in aliases),
        content=frozenset(
            word
            for a in aliases
            for word in a.spelt.split()
            if len(word) > 4 and word not in GENERAL
        ),
    )


# ---- names --------------------------------------------------------------------------------


def _codes(item: Item, lexicon: Lexicon) -> frozenset[str]:
    """Return the entities of the answer: by its ORPHA code, and by what it is called."""
    given = re.sub(r"\D", "", item.content.orpha_code)
    codes = {given} if lexicon.names_of(given) else set()
    if item.track in DX or not codes:
        for name in names_in(item.content.answer):
            codes |= lexicon.codes_of(normalise(name).text)
    return frozenset(codes)


def _names(
    item: Item, lexicon: Lexicon, codes: frozenset[str], own: Sequence[Name]
) -> Iterator[tuple[str, str]]:
    """Yield each name with its code; the answer is a name where the track asks for a disease."""
    answer = item.content.answer
    if item.track in DX or item.track is Track.EVIDENCE or _is_known(answer, lexicon):
        yield from ((name, "") for name in names_in(answer))
    for alias in item.content.aliases:
        yield from ((name, "") for name in names_in(alias))
    yield from ((name.text, name.orpha_code) for name in own)
    for code in sorted(codes):
        yield from ((name.text, code) for name in lexicon.names_of(code))


def _is_known(answer: str, lexicon: Lexicon) -> bool:
    return bool(lexicon.codes_of(normalise(answer).text))


def names_in(text: str) -> tuple[str, ...]:
    """Return the names an answer gives: whole, without brackets, in brackets, turned round."""
    whole = text.strip().strip(".;")
    names = [whole]
    outside = " ".join(BRACKETS.sub(" ", whole).split())
    if outside != whole:
        names += [outside, *(part.strip() for part in BRACKETS.findall(whole))]
    for name in tuple(names):
        names += KNOWN_AS.split(name) if KNOWN_AS.search(name) else ()
    names += [turned_round(name) for name in tuple(names)]
    return tuple(dict.fromkeys(n for n in names if n and len(n.split()) <= LONGEST_NAME))


def _aliases(names: Iterable[tuple[str, str]], codes: frozenset[str]) -> Iterator[Alias]:
    seen: dict[str, None] = {}
    for text, code in names:
        text = text.strip()
        if text in seen:
            continue
        seen[text] = None
        yield alias_of(text, code or min(codes, default=""))


def alias_of(text: str, code: str = "") -> Alias:
    """Return a name in its three spellings."""
    return Alias(text, normalise(text).text, spelt(text), code)


def _says_nothing(alias: Alias) -> bool:
    """Say whether a name is empty, one letter, or made of words such as 'disease' only."""
    if alias.folded in NO_ANSWER or sum(map(str.isalnum, alias.folded)) < 2:
        return True
    if not any(map(str.isalpha, alias.folded)):
        return True
    return all(word in GENERAL for word in alias.spelt.split())


def _telling_words(alias: Alias) -> Iterator[str]:
    return (word for word in alias.spelt.split() if len(word) > 4 and word not in GENERAL)


def _only_in_its_case(alias: Alias) -> bool:
    letters = sum(map(str.isalpha, alias.text))
    return letters <= SHORT or is_acronym(alias.text)


def _numbered(names: Sequence[Alias]) -> Iterator[Alias]:
    seen = {alias.spelt for alias in names}
    for alias in names:
        for form in other_forms(alias.spelt):
            if form not in seen:
                seen.add(form)
                yield replace(alias, spelt=form)


def _acronym_cores(names: Iterable[Alias]) -> Iterator[Alias]:
    """Yield POEMS for 'POEMS syndrome': four letters and more, in capitals."""
    for alias in names:
        core = HEADS.sub("", alias.text)
        if core != alias.text and is_acronym(core) and sum(map(str.isalpha, core)) >= 4:
            yield alias_of(core, alias.code)


def _cores(
    names: Iterable[Alias], pattern: re.Pattern[str], lexicon: Lexicon, codes: frozenset[str]
) -> Iterator[Alias]:
    seen = {alias.spelt for alias in names}
    for alias in names:
        core = HEADS.sub("", alias.text)
        if core == alias.text or not pattern.fullmatch(core):
            continue
        if pattern is PERSON and ADJECTIVE.search(core):
            continue
        made = alias_of(core, alias.code)
        others = lexicon.codes_of(made.folded)
        if made.spelt not in seen and (not others or others & codes):
            seen.add(made.spelt)
            yield made


def _parts(item: Item, names: Sequence[Alias]) -> Iterator[Alias]:
    """Yield 'Meckel diverticulum' for 'Perforated Meckel diverticulum with bleeding'."""
    seen = {alias.spelt for alias in names}
    for text in (item.content.answer, *item.content.aliases):
        if len(text.split()) > LONGEST_NAME:
            continue
        said = QUALIFIED.split(text.strip().strip(".;"), maxsplit=1)[0]
        for piece in CAUSED.split(said):
            made = alias_of(QUALIFIERS.sub("", piece.strip(" ,")))
            telling = list(_telling_words(made))
            if len(made.spelt.split()) > 1 and telling and made.spelt not in seen:
                seen.add(made.spelt)
                yield made


def _head(item: Item) -> str:
    words = spelt(item.content.answer).split()
    last = words[-1] if words and len(words) <= LONGEST_NAME else ""
    return last if len(last) > 4 and last not in {"disease", "syndrome", "disorder"} else ""


# ---- genes --------------------------------------------------------------------------------


def _genes(
    lexicon: Lexicon, codes: frozenset[str], related: frozenset[str], content: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the genes that name the disease, and those that many diseases share.

    A disease without genes has those of its types. A symbol of two letters is too short to name
    anything: C2 is also a vertebra.
    """
    owning = {code for code in codes if lexicon.genes.get(code)}
    if not owning:
        owning = {code for code in related if lexicon.genes.get(code)}
        owning = {code for code in owning if _is_namesake(lexicon, code, content)}
    symbols = dict.fromkeys(s for code in sorted(owning) for s in lexicon.genes[code] if s)
    kin = codes | related | _sisters(lexicon, related, content)
    rare = [s for s in symbols if len(s) > 2 and len(lexicon.owners_of_gene(s) - kin) < FEW]
    return tuple(rare), tuple(symbol for symbol in symbols if symbol not in rare)


def _is_namesake(lexicon: Lexicon, code: str, content: frozenset[str]) -> bool:
    return any(not content.isdisjoint(spelt(name.text).split()) for name in lexicon.names_of(code))


def _sisters(lexicon: Lexicon, related: frozenset[str], content: frozenset[str]) -> frozenset[str]:
    """Return the other types of a disease: children of a parent that is named as they are."""
    parents = (code for code in related if _is_named_within(lexicon, code, content))
    return frozenset().union(*(lexicon.related.get(code, frozenset()) for code in parents))


def _is_named_within(lexicon: Lexicon, code: str, content: frozenset[str]) -> bool:
    """Say whether all telling words of an entity's first name are among these."""
    words = {
        word for name in lexicon.names_of(code)[:1] for word in _telling_words(alias_of(name.text))
    }
    return bool(words) and words <= content


# ---- what the other tracks ask for --------------------------------------------------------


def _asked_for(item: Item) -> tuple[list[str], list[str]]:
    """Return the item's list entries and its prose; what the rubric forbids is not asked for."""
    wanted = [c for c in item.criteria if c.active and c.points > 0]
    listed = [c.text for c in wanted if not c.key.startswith(("red_flag", "mainline"))]
    prose = [item.content.answer, *(claim.text for claim in item.claims), *listed]
    entries = split_statements(item.content.answer)
    return [*listed, *(entry for entry in entries if len(entry.split()) <= 8)], prose


def _statements(item: Item) -> Iterator[Statement]:
    texts = [claim.text for claim in item.claims if claim.kind not in NAMES_ONLY]
    if item.track is not Track.EVIDENCE:
        texts += split_statements(item.content.answer)
    for text in dict.fromkeys(texts):
        tokens = spelt_tokens(normalise(text).text.split())
        if len(tokens) >= GRAM:
            yield Statement(text, frozenset(grams(tokens)))


def grams(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the runs of five words of a text."""
    return zip(*(tokens[shift:] for shift in range(GRAM)), strict=False)
