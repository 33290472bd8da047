"""Is this the disease that was asked for? A matcher that explains itself.

It says yes only to what is the same name in another writing, never because one text contains the
other; what is close but not certain is left to a person ('review').
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from pydantic import BaseModel
from rapidfuzz.distance import DamerauLevenshtein

from src.domain.scoring.disease_acronym import (
    HEADS,
    Acronym,
    acronym_key,
    acronyms_in,
    has_initials_of,
    holds_acronym,
    is_acronym,
    is_partly_abbreviated,
    is_same_name,
    may_stand_for,
    typed_acronym,
)
from src.domain.scoring.disease_denial import DENIAL, INSTEAD, with_plain_denials
from src.domain.scoring.disease_name import (
    DiseaseName,
    designator_conflict,
    disease_name,
    numbers_in,
)
from src.domain.scoring.disease_ontology import DiseaseOntology
from src.domain.scoring.foreign_answer import in_english, without_foreign_lead_in
from src.domain.scoring.orpha_answer import CodedAnswer, coded_answer, without_codes

MatchKind = Literal["exact", "synonym", "orpha", "alias", "no", "review"]

NO_NAME: Final = frozenset({"", "nan", "none", "null", "n/a", "na", "unknown"})
BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
ALSO_KNOWN: Final = re.compile(
    r"[,;]?\s+(?:also known as|also called|a\.?k\.?a\.?|formerly known as|formerly)\s+(.+)$",
    re.IGNORECASE,
)
LIST_MARK: Final = re.compile(r"^\s*(?:[-*•#]+\s*|\d+[.)]\s+)+")
LEAD_IN: Final = re.compile(
    r"^\s*(?:the\s+)?(?:(?:most likely|single best|final|working|leading|definitive|primary"
    r"|principal|likely|clinical)\s+)*(?:diagnosis|dx|answer)\s*(?:is|:|=|-)\s*\**\s*",
    re.IGNORECASE,
)
HEDGE_WORDS: Final = (
    r"most likely|highly likely|very likely|likely|probable|probably|possible|possibly|suspected"
    r"|presumed|presumptive|confirmed|biopsy[- ]proven|consistent with|suggestive of"
    r"|compatible with"
)
FINDINGS_ARE: Final = (
    r"(?:(?:the|these|this|all)\s+)?(?:(?:overall|clinical|imaging|image)\s+)?"
    r"(?:findings|features|images|picture|presentation)\s+(?:are|is)\s+(?:most\s+|highly\s+)?"
)
HEDGE: Final = re.compile(
    rf"^\s*(?:{FINDINGS_ARE}|most\s+(?=consistent|suggestive|compatible))?"
    rf"(?:(?:{HEDGE_WORDS})(?:\s*:)?\**\s+)+",
    re.IGNORECASE,
)
ONLY_HEDGE: Final = re.compile(rf"\s*(?:{HEDGE_WORDS})?\s*", re.IGNORECASE)
UNSPECIFIED: Final = re.compile(r",?\s*\b(?:not otherwise specified|NOS)\b", re.IGNORECASE)
SEGMENT: Final = re.compile(r"[;,()\[\]]|\s+but\s+|\.\s+", re.IGNORECASE)
SEVERAL: Final = re.compile(
    r"\s+(?:or|and/or|vs\.?|versus)\s+|\s*;\s*|\s*\n\s*|\s+/\s+", re.IGNORECASE
)
LONGEST_NAME: Final = 400
"""Characters; the longest names Orphanet knows have half as many."""
CLOSE_SPELLING: Final = 0.8
SHORTEST_TYPO: Final = 6

GENERAL_WORDS: Final = """
condition illness abnormality anomaly malformation lesion mass tumor neoplasm cancer malignancy
carcinoma adenocarcinoma sarcoma adenoma lymphoma leukemia melanoma glioma cyst infection
inflammation deficiency vasculitis arthritis hepatitis nephritis dermatitis encephalitis
myositis anemia myopathy neuropathy nephropathy cardiomyopathy encephalopathy dystrophy
dysplasia dermatosis ataxia epilepsy immunodeficiency autoimmune genetic hereditary congenital
metabolic inflammatory infectious malignant benign rare chronic acute primary secondary diffuse
systemic with and or a an unspecified unknown
"""
GENERAL: Final = HEADS | frozenset(GENERAL_WORDS.split())
"""Words that name no disease in particular, in the canonical spelling."""

OPPOSITES: Final = (
    ("hyper", "hypo"),
    ("macro", "micro"),
    ("poly", "oligo"),
    ("mono", "poly"),
    ("uni", "multi"),
    ("alpha", "beta"),
    ("intra", "extra"),
    ("intra", "inter"),
    ("pre", "post"),
    ("tachy", "brady"),
    ("sub", "supra"),
    ("endo", "exo"),
    ("dominant", "recessive"),
)


class DiseaseMatch(BaseModel, frozen=True, extra="forbid"):
    """Whether a candidate is the disease, how that was found, and why in words."""

    match: bool | None
    """None when a person has to look."""
    how: MatchKind
    matched: str | None = None
    """The known name it was compared with, as written."""
    explanation: str


@dataclass(frozen=True)
class _KnownName:
    """A name of the disease and what a match with it is called."""

    text: str
    how: MatchKind
    written: str
    """The name as it was given, of which `text` can be a part."""
    spelt_out: bool = False
    """True of what holds an acronym, where another of the names is what that stands for."""


@dataclass(frozen=True)
class _Known:
    """What is known of the disease that was asked for."""

    names: tuple[_KnownName, ...]
    codes: frozenset[str] = frozenset()
    """Of the item and of its names in the ontology; empty where the item's is not known there."""
    ontology: DiseaseOntology | None = None


def match_disease(
    candidate: str,
    names: Sequence[str],
    orpha_code: str | None = None,
    *,
    accepted: Sequence[str] = (),
    orpha_names: Sequence[str] = (),
    ontology: DiseaseOntology | None = None,
) -> DiseaseMatch:
    """Say whether a candidate names the disease, and explain it.

    In: `names` = the answer and its aliases; `accepted` = aliases reviewers accepted;
    `orpha_names` = what Orphanet calls the code; `ontology` tells what is close, and surely
    another disease. Out: exact (the answer), synonym (an alias),
    alias (an accepted one), orpha (the code or its names), no, or review: close, not certain.
    A name is compared as a whole, so 'syndrome' is no syndrome in particular; 'not sarcoidosis'
    and another type are no. Acronyms count only in their own case. Never raises.
    """
    code = re.sub(r"\D", "", orpha_code or "").lstrip("0")
    known = _all_known(tuple(names), tuple(accepted), tuple(orpha_names), code, ontology)
    if not known.names:
        return _review(None, "The item names no disease to compare with.")
    bare = bare_name(candidate)
    if len(bare) > LONGEST_NAME:
        return _review(None, f"The answer is a text of {len(bare)} characters, not a name.")
    coded = coded_answer(_levelled(candidate))
    if not coded.given and not coded.denied:
        return _match_text(with_plain_denials(bare), known)
    return _with_code(coded, code, known)


def bare_name(candidate: str) -> str:
    """Return the name in a candidate: without code, list number, lead-in, hedge and emphasis.

    A candidate of nothing but codes is its own name.
    """
    return _bare(without_codes(_levelled(candidate)))


def without_lead_in(text: str) -> str:
    """Return a text without list number, 'The diagnosis is' and 'Most likely:' in front."""
    bare = without_foreign_lead_in(LIST_MARK.sub("", text))
    return HEDGE.sub("", LEAD_IN.sub("", bare))


def _levelled(text: str) -> str:
    """Return a text with plain letters, digits, colons and brackets for full-width ones."""
    return unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=1_024)
def _all_known(
    names: tuple[str, ...],
    accepted: tuple[str, ...],
    orpha_names: tuple[str, ...],
    code: str,
    ontology: DiseaseOntology | None,
) -> _Known:
    known = _known_names(names, accepted, orpha_names)
    own = ontology.known(code) if ontology is not None and code else ""
    if ontology is None or not own:
        return _Known(known)
    named = (ontology.named(bare_name(name)) for name in (*names, *accepted))
    return _Known(known, frozenset({own}).union(*named), ontology)


def _known_names(
    names: tuple[str, ...], accepted: tuple[str, ...], orpha_names: tuple[str, ...]
) -> tuple[_KnownName, ...]:
    groups: list[tuple[MatchKind, Sequence[str]]] = [
        ("exact", names[:1]),
        ("synonym", names[1:]),
        ("alias", accepted),
        ("orpha", orpha_names),
    ]
    known = [
        _KnownName(text, how, name)
        for how, group in groups
        for name in group
        if name.strip().casefold() not in NO_NAME
        for text in _writings(UNSPECIFIED.sub("", _levelled(name)).strip())
    ]
    long = [name.text for name in known if not acronyms_in(name.text)]
    return tuple(replace(name, spelt_out=_is_spelt_out(name.text, long)) for name in known)


def _is_spelt_out(text: str, long: Sequence[str]) -> bool:
    acronym = typed_acronym(text)
    if acronym is not None and any(may_stand_for(acronym.letters, name) for name in long):
        return True
    return any(is_partly_abbreviated(text, name) for name in long)


def _writings(name: str) -> list[str]:
    """Return a name and, of 'long name (LN)', the long name and the acronym too.

    Where one of the two gives a type and the other does not, only the one with the type.
    """
    main, asides = _without_brackets(name)
    if len(asides) != 1:
        return [name]
    pairs = ((main, asides[0]), (asides[0], main))
    return [name, *(one for one, other in pairs if _is_said_again(other, one))]


def _is_said_again(text: str, name: str) -> bool:
    """Say whether a text is a name's acronym, or what its acronym stands for, and adds no type."""
    if _abbreviates(text, name):
        return True
    acronym = typed_acronym(name)
    if acronym is None or typed_acronym(text) is not None:
        return False
    types = disease_name(text).designators
    return may_stand_for(acronym.letters, text) and set(types) <= set(acronym.designators)


def _bare(text: str) -> str:
    """Return a candidate without list number, lead-in, hedge and emphasis."""
    text = text.replace("**", "").replace("__", "")
    text = UNSPECIFIED.sub("", without_lead_in(text))
    text = re.sub(r"[(\[]\s*[)\]]", " ", text)
    return " ".join(text.split()).strip(" .;,:!")


def _with_code(coded: CodedAnswer, digits: str, known: _Known) -> DiseaseMatch:
    text = _bare(coded.rest)
    by_name = None if text.casefold() in NO_NAME else _match_text(text, known)
    if not digits:
        return by_name or _review(None, "The answer is an ORPHA code, but the item has none.")
    if by_name is None:
        return _by_code(coded, digits)
    by_code = _by_code(coded, digits) if coded.given or digits in coded.denied else by_name
    if by_name.match is by_code.match and by_name.match is not None:
        return by_name
    if by_code.match is False and by_name.match is None:
        return by_name
    if by_name.match is False and by_code.match is True and DENIAL.search(text):
        return by_name
    return _review(
        by_name.matched or by_code.matched,
        f"The code and the name do not say the same. {by_code.explanation} {by_name.explanation}",
    )


def _by_code(coded: CodedAnswer, digits: str) -> DiseaseMatch:
    """Compare the codes of an answer with the item's."""
    shown = f"ORPHA:{digits}"
    if digits in coded.denied:
        return _no(f"The answer denies the item's code {shown}.")
    if coded.given == {digits}:
        return DiseaseMatch(
            match=True, how="orpha", matched=shown, explanation=f"It is the item's code {shown}."
        )
    if digits in coded.given:
        return _review(shown, f"The answer gives {len(coded.given)} codes; one is {shown}.")
    if not coded.given:
        return _no("The answer only says which code it is not.")
    others = ", ".join(f"ORPHA:{code}" for code in sorted(coded.given))
    return _no(f"{others} is not the item's code {shown}.")


def _match_text(text: str, known: _Known) -> DiseaseMatch:
    if text.casefold() in NO_NAME:
        return _no("No disease is named.")
    whole = _same_as_any(text, known)
    if whole:
        return whole
    if DENIAL.search(text) or INSTEAD.search(text):
        return _match_denying(text, known)
    parts = [part for part in SEVERAL.split(text) if part.strip()]
    if len(parts) > 1:
        return _match_several(parts, known)
    bracketed = ALSO_KNOWN.sub(r" (\1)", text)
    if BRACKETS.search(bracketed):
        return _match_bracketed(bracketed, known)
    return _closest(text, known)


def _same_as_any(text: str, known: _Known) -> DiseaseMatch | None:
    return next((_yes(text, name) for name in known.names if is_same_name(text, name.text)), None)


def _match_denying(text: str, known: _Known) -> DiseaseMatch:
    """Compare what is left when the segments that deny something are taken away."""
    segments = [part.strip() for part in SEGMENT.split(INSTEAD.sub(", not ", text)) if part.strip()]
    denied = [part for part in segments if DENIAL.search(part)]
    for part in denied:
        if _denies(part, known):
            return _no(f"The answer denies it: {part!r}.")

    asserted = [part for part in segments if not DENIAL.search(part)]
    if asserted:
        return _match_text(_bare(", ".join(asserted)), known)
    spoken = [_closest(before, known) for part in denied if (before := _before_denial(part))]
    close = [result for result in spoken if result.match is None]
    if close:
        return _review(close[0].matched, f"The answer names it and denies something: {text!r}.")
    return _no(f"The answer only says what it is not: {text!r}.")


def _denies(part: str, known: _Known) -> bool:
    """Say whether what a segment denies is, or is close to, the disease.

    Denied is what follows the denial, or what stands before one that ends the segment; a denial
    alone, as in 'X (excluded)', speaks of the whole answer.
    """
    before, after = _before_denial(part), _bare(DENIAL.split(part, maxsplit=1)[-1])
    target = after or before
    return not target or _closest(target, known).match is None


def _before_denial(part: str) -> str:
    before = re.sub(r"\b(?:is|was|has been|with)\s*$", "", DENIAL.split(part, maxsplit=1)[0])
    return _bare(before)


def _match_several(parts: Sequence[str], known: _Known) -> DiseaseMatch:
    results = [_match_text(_bare(part), known) for part in parts]
    close = [result for result in results if result.match is not False]
    if not close:
        return _no(f"None of the {len(parts)} diseases named is it. {results[0].explanation}")
    return _review(close[0].matched, f"The answer names {len(parts)} diseases; one may be it.")


def _without_brackets(text: str) -> tuple[str, list[str]]:
    asides = [aside.strip() for aside in BRACKETS.findall(text) if aside.strip()]
    return " ".join(BRACKETS.sub(" ", text).split()), asides


def _match_bracketed(text: str, known: _Known) -> DiseaseMatch:
    """A name with words in brackets: the name must be the disease and the brackets agree."""
    main, asides = _without_brackets(text)
    if not main:
        return _match_text(_bare(" ".join(asides)), known)
    by_main = _same_as_any(_bare(main), known)
    named = [result for aside in asides if (result := _same_as_any(_bare(aside), known))]
    if by_main is None:
        if named and _abbreviates(main, asides[0]):
            return named[0]
        if named:
            return _review(
                named[0].matched, f"Only the words in brackets name it; {main!r} may be another."
            )
        telling = [aside for aside in asides if not _abbreviates(aside, main)]
        return _closest(", ".join([main, *telling]), known, [main, *asides])

    strange = [aside for aside in asides if not _agrees(aside, main, known)]
    if strange:
        return _review(by_main.matched, f"The name is the same, but {strange[0]!r} is added.")
    return by_main


def _agrees(aside: str, main: str, known: _Known) -> bool:
    if ONLY_HEDGE.fullmatch(aside) or _same_as_any(_bare(aside), known):
        return True
    return _abbreviates(aside, main)


def _abbreviates(aside: str, main: str) -> bool:
    """Say whether a text is an acronym of a name and gives no type that the name does not.

    A number within the name is no type of it, but the acronym's: 'synthetase I deficiency (CPS1)'.
    """
    acronym = typed_acronym(aside)
    if acronym is None or not may_stand_for(acronym.letters, main):
        return False
    said = {*disease_name(main).designators, *(f"type {word}" for word in numbers_in(main))}
    return set(acronym.designators) <= said


def _closest(text: str, known: _Known, parts: Sequence[str] = ()) -> DiseaseMatch:
    """Return review with the first name that is close, else no.

    An ontology knows many diseases by a bare name beside the one with the type: likeness to the
    bare name says nothing when the answer gives another type; and likeness says nothing of a text
    that is the whole name of a disease which surely is another. `parts` are what stands before
    and in brackets, where there are any.
    """
    results = [_near(text, name) for name in known.names]
    close = [
        (result, name)
        for result, name in zip(results, known.names, strict=True)
        if result.match is None
    ]
    if not close:
        return results[0]
    if all(name.how == "orpha" for _, name in close):
        other = _other_type(text, known) or (_other_type(parts[0], known) if parts else None)
        if other:
            return other
    return _other_disease(parts or [text], known) or close[0][0]


def _other_disease(parts: Sequence[str], known: _Known) -> DiseaseMatch | None:
    """Return no where a name, and what stands in brackets behind it, are another disease's.

    An acronym alone names nothing for sure.
    """
    ontology = known.ontology
    named = [_bare(part) for part in parts]
    long = [name for name in named if typed_acronym(name) is None]
    if ontology is None or not long:
        return None
    codes = ontology.named(long[0])
    if not codes or not all(_is_of(codes, name, long[0], ontology) for name in named):
        return None
    if not all(_is_clearly_another(code, long[0], known, ontology) for code in codes):
        return None
    shown = " or ".join(f"ORPHA:{code}, {ontology.term(code)}" for code in sorted(codes))
    return _no(f"{long[0]!r} is another disease ({shown}).")


def _is_of(codes: frozenset[str], name: str, long: str, ontology: DiseaseOntology) -> bool:
    """Say whether a name is of these diseases, or abbreviates their long name."""
    return ontology.named(name) >= codes or _abbreviates(name, long)


def _is_clearly_another(code: str, text: str, known: _Known, ontology: DiseaseOntology) -> bool:
    """Say whether a disease is no form of the item's, by its place and by its name.

    Of two that stand side by side, one can be a form of the other in all but the ontology: where
    a name holds all of the other, a person is asked ('Antiphospholipid syndrome' and
    'Catastrophic antiphospholipid syndrome').
    """
    if not ontology.is_another(code, known.codes):
        return False
    own = [name.text for name in known.names if name.how != "orpha"]
    own += [ontology.term(item) for item in known.codes]
    left = disease_name(text)
    forms = any(_is_form(left, right) or _is_form(right, left) for right in map(disease_name, own))
    return not (forms and ontology.shares_parent(code, known.codes))


def _is_form(one: DiseaseName, of: DiseaseName) -> bool:
    """Say whether a name holds all words of another, and its type where it has one."""
    return set(of.words) <= set(one.words) and set(of.designators) <= set(one.designators)


def _other_type(text: str, known: _Known) -> DiseaseMatch | None:
    """Return no where a text is one of the names but for its type, stage or grade."""
    for name in known.names:
        if conflict := _conflict(text, name.text):
            return _no(f"{conflict}: {text!r} is not {name.written!r}.")
    return None


def _near(text: str, name: _KnownName) -> DiseaseMatch:
    if conflict := _conflict(text, name.text):
        return _no(f"{conflict}: {text!r} is not {name.written!r}.")
    if doubt := _acronym_doubt(text, name):
        return _review(name.written, doubt)
    if is_acronym(name.text) or is_acronym(text):
        return _no(f"{text!r} is another name than {name.written!r}.")
    left, right = disease_name(text), disease_name(name.text)
    if not left.has_same_words(right) and set(left.words) <= GENERAL:
        return _no(f"{text!r} is only a general term, not {name.written!r}.")
    if doubt := _doubt(left, right) or _foreign_doubt(text, left, right):
        return _review(name.written, f"{text!r} and {name.written!r}: {doubt}.")
    return _no(f"{text!r} is another name than {name.written!r}.")


def _acronym_doubt(text: str, name: _KnownName) -> str | None:
    """Say why an acronym, on either side, may yet mean the same."""
    if acronym_key(text).casefold() == acronym_key(name.text).casefold() and (
        is_acronym(name.text) or is_acronym(text)
    ):
        return f"{text!r} is {name.written!r} only if its case is ignored."
    known_key = acronym_key(name.text)
    if is_acronym(name.text) and known_key in {acronym_key(word) for word in text.split()}:
        return f"{text!r} holds the acronym {name.text!r} and more."
    ours, theirs = typed_acronym(text), typed_acronym(name.text)
    if ours and theirs:
        same = ours.letters == theirs.letters
        return f"{text!r} is {name.written!r} but for its type or its writing." if same else None
    if ours and may_stand_for(ours.letters, name.text):
        return f"{text!r} could stand for {name.written!r}."
    if theirs and not name.spelt_out and _could_be_meant(theirs, text):
        return f"{name.written!r} could stand for {text!r}."
    if (theirs and holds_acronym(text, theirs)) or (ours and holds_acronym(name.text, ours)):
        return f"{text!r} and {name.written!r} hold the same acronym; one may be a type of it."
    if not theirs and is_partly_abbreviated(text, name.text):
        return f"{text!r} could be {name.written!r}, partly abbreviated."
    if not ours and not name.spelt_out and is_partly_abbreviated(name.text, text):
        return f"{name.written!r}, partly abbreviated, could be {text!r}."
    return None


def _could_be_meant(acronym: Acronym, text: str) -> bool:
    """Say whether a text is what an acronym stands for: by first letters, or by the same type."""
    name = disease_name(text)
    if acronym.designators and name.designators == acronym.designators:
        return may_stand_for(acronym.letters, text)
    return len(name.words) > 1 and has_initials_of(acronym.letters, name.words)


def _conflict(text: str, name: str) -> str | None:
    """Say which type, stage or grade two names give differently.

    Only of names of the same words, or where one has all words of the other and more; and of an
    acronym, where it may stand for the other.
    """
    ours, theirs = typed_acronym(text), typed_acronym(name)
    left, right = disease_name(text), disease_name(name)
    if ours and theirs:
        same = ours.letters.casefold() == theirs.letters.casefold()
        return designator_conflict(ours.designators, theirs.designators) if same else None
    if ours:
        stands = may_stand_for(ours.letters, name)
        return designator_conflict(ours.designators, right.designators) if stands else None
    if theirs:
        stands = may_stand_for(theirs.letters, text)
        return designator_conflict(left.designators, theirs.designators) if stands else None
    if not left.has_same_words(right) and not _is_one_within_the_other(left, right):
        return None
    return designator_conflict(left.designators, right.designators)


def _is_one_within_the_other(left: DiseaseName, right: DiseaseName) -> bool:
    ours, theirs = set(left.words), set(right.words)
    return ours <= theirs or theirs <= ours


def _doubt(left: DiseaseName, right: DiseaseName) -> str | None:
    """Say why two names that are not the same may yet be one disease; None when they are not."""
    ours, theirs = set(left.words), set(right.words)
    if left.has_same_words(right):
        return "one gives a type, stage or grade that the other does not, or a part of it"
    if sorted(left.words) == sorted(right.words):
        return "the same words in another order"
    if ours - HEADS == theirs - HEADS:
        return "one says disease, the other syndrome or disorder, or neither"
    if _is_misspelt(left, right):
        return "they are spelt almost alike"
    if ours < theirs:
        return "the answer is less specific"
    if theirs < ours:
        return "the answer says more"
    return None


def _foreign_doubt(text: str, left: DiseaseName, right: DiseaseName) -> str | None:
    english = disease_name(in_english(text))
    if english != left and english.has_same_words(right):
        return "they are the same in other languages' words for syndrome and disease"
    return None


def _is_misspelt(left: DiseaseName, right: DiseaseName) -> bool:
    """Say whether one word is spelt a little differently and all the others are the same."""
    if len(left.words) != len(right.words) or left.designators != right.designators:
        return False
    pairs = zip(sorted(left.words), sorted(right.words), strict=True)
    differing = [(ours, theirs) for ours, theirs in pairs if ours != theirs]
    if len(differing) != 1:
        return False
    ours, theirs = differing[0]
    if f"{ours}s" == theirs or f"{theirs}s" == ours:
        return True
    if min(len(ours), len(theirs)) < SHORTEST_TYPO or _are_opposites(ours, theirs):
        return False
    return DamerauLevenshtein.normalized_similarity(ours, theirs) >= CLOSE_SPELLING


def _are_opposites(ours: str, theirs: str) -> bool:
    for one, other in OPPOSITES:
        for first, second in ((ours, theirs), (theirs, ours)):
            if first.startswith(one) and second.startswith(other):
                return True
    # A prefix changes the disease: pseudoxanthoma, aplasia, nonketotic.
    return ours.endswith(theirs) or theirs.endswith(ours)


def _yes(text: str, name: _KnownName) -> DiseaseMatch:
    said = {
        "exact": "the answer",
        "synonym": "an alias of the answer",
        "alias": "an alias that reviewers accepted",
        "orpha": "a name Orphanet gives the item's code",
    }[name.how]
    return DiseaseMatch(
        match=True,
        how=name.how,
        matched=name.written,
        explanation=f"{text!r} is {name.written!r}, {said}.",
    )


def _no(explanation: str) -> DiseaseMatch:
    return DiseaseMatch(match=False, how="no", explanation=explanation)


def _review(matched: str | None, explanation: str) -> DiseaseMatch:
    return DiseaseMatch(match=None, how="review", matched=matched, explanation=explanation)
