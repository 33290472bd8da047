"""The rubric as it would stand after a reading, and what a careful eye would ask about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final, Literal

from pydantic import BaseModel
from rapidfuzz.fuzz import token_set_ratio

from src.domain.item import Criterion, Item, Track
from src.domain.review import (
    AddedCriterion,
    CriterionKind,
    CriterionReading,
    EditReason,
    ReviewBody,
    own_targets,
)

FIXED_DIMENSIONS: Final[Mapping[Track, tuple[str, ...]]] = {
    Track.DIAGNOSIS: (
        "The same disease (3 of 5 points)",
        "The same organ system and category (1 of 5)",
        "As specific as the answer (1 of 5)",
    ),
    Track.TREATMENT: (
        "The same specific treatments",
        "Drug with dose or route",
        "No violation of safety",
        "Concrete follow-up and monitoring",
        "Reasons from the mechanism of the disease",
        "Can be carried out as written",
    ),
    Track.CROSSMODAL: (
        "All key findings",
        "How the images relate, said in words",
        "The right kind of relation",
        "No wrong fact, and about this case",
        "An insight no single image gives",
    ),
    Track.EXAMINATION: (
        "Covers the key tests (0 to 2)",
        "Parameters of the tests (0 to 2)",
        "Order and conditions (0 to 2)",
        "Findings to expect (0 to 2)",
        "Criteria in numbers (0 to 2)",
        "Narrows the differential (0 to 2)",
        "Fitted to the patient (0 to 2)",
        "Precision (0 to 2)",
    ),
    Track.DIFFERENTIAL: (
        "The disease is on the list",
        "The disease comes first",
        "The right kind of disease (0 to 3)",
        "Specific enough",
        "The list hangs together",
    ),
    Track.EVIDENCE: (
        "Required points covered",
        "Optional points covered",
        "Required points contradicted",
    ),
}
"""What the benchmark's judge scores in every item of a track, whatever the item's own rubric."""

Rule = Literal[
    "two_demands", "vague", "duplicate", "no_evidence", "contradicts", "points", "whole_rubric"
]


class Hint(BaseModel, frozen=True, extra="forbid"):
    """Something to look at once more. A hint never stops anybody."""

    criterion_key: str
    """A criterion's id or 'added:KEY'; empty when it is about the rubric as a whole."""
    rule: Rule
    words: str


class StandingCriterion(BaseModel, frozen=True, extra="forbid"):
    """A criterion as it would stand if the reading became gold."""

    key: str
    number: int
    text: str
    points: float
    required: bool
    kind: CriterionKind
    maximum: int
    has_evidence: bool


class StandingClaim(BaseModel, frozen=True, extra="forbid"):
    """What a claim says, and whether the reader points at anything for it."""

    text: str
    has_evidence: bool


# ---- what a reading makes of the rubric ---------------------------------------------------


def edited(criterion: Criterion, reading: CriterionReading) -> Criterion:
    """Return a criterion with a reading's edits; one that is met or not has the maximum 1."""
    changes = reading.changes
    kind = changes.get("kind", criterion.kind)
    if kind == "binary":
        changes["maximum"] = 1
    elif "maximum" not in changes and criterion.kind == "binary":
        changes["maximum"] = 2
    return criterion.model_copy(update=changes)


def reordered(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return names with those that are wanted in another order; the others keep their places."""
    known = dict.fromkeys(name for name in wanted if name in names)
    following = iter(known)
    return [next(following) if name in known else name for name in names]


def rubric_order(item: Item, body: ReviewBody) -> list[str]:
    """Return the active criteria's ids and the reader's own as 'added:KEY', as they would stand."""
    active = [criterion.criterion_id for criterion in item.criteria if criterion.active]
    return reordered([*active, *own_targets(body.added_criteria)], body.criterion_order)


def standing_criteria(item: Item, body: ReviewBody) -> list[StandingCriterion]:
    """Return the rubric as it would stand: edited, ordered, with the added, without the deleted."""
    readings = {reading.criterion_id: reading for reading in body.criteria}
    original = {criterion.criterion_id: criterion for criterion in item.criteria}
    own = dict(zip(own_targets(body.added_criteria), body.added_criteria, strict=True))
    found = []
    for number, key in enumerate(rubric_order(item, body), start=1):
        if key in own:
            found.append(_standing(key, number, own[key], bool(own[key].evidence)))
            continue
        reading = readings.get(key, CriterionReading(criterion_id=key))
        if reading.action != "delete":
            now = edited(original[key], reading)
            found.append(_standing(key, number, now, bool(reading.evidence)))
    return found


def _standing(
    key: str, number: int, now: Criterion | AddedCriterion, has_evidence: bool
) -> StandingCriterion:
    return StandingCriterion(
        key=key,
        number=number,
        text=now.text,
        points=now.points,
        required=now.required,
        kind=now.kind,
        maximum=now.maximum,
        has_evidence=has_evidence,
    )


def standing_claims(item: Item, body: ReviewBody) -> list[StandingClaim]:
    """Return the claims a reading leaves in, the reader's own included."""
    readings = {reading.claim_id: reading for reading in body.claims}
    found = []
    for claim in item.claims:
        reading = readings.get(claim.claim_id)
        if reading is None:
            found.append(StandingClaim(text=claim.text, has_evidence=False))
        elif not reading.removed:
            text = reading.text or claim.text
            found.append(StandingClaim(text=text, has_evidence=bool(reading.evidence)))
    return found + [
        StandingClaim(text=added.text, has_evidence=bool(added.evidence))
        for added in body.added_claims
    ]


# ---- why a criterion changes --------------------------------------------------------------

_TOKEN: Final = re.compile(r"(?<!\w)[-−+]?\d+(?:[.,]\d+)*|[^\W\d_]+|[<>≤≥=±%°]")


def meaning_changed(old: str, new: str) -> bool:
    """Return True unless two texts differ in nothing but punctuation, case and spacing.

    Signs, comparisons and decimal points carry meaning, so they are no punctuation here.
    """
    return _TOKEN.findall(old.casefold()) != _TOKEN.findall(new.casefold())


def fitting_reason(criterion: Criterion, reading: CriterionReading) -> EditReason | None:
    """Return the reason that goes without saying; None when the reader has to give one."""
    if reading.text is None:
        return EditReason.WEIGHT
    return None if meaning_changed(criterion.text, reading.text) else EditReason.WORDING


# ---- hints --------------------------------------------------------------------------------


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_VAGUE: Final = _listed(
    "acceptable adequate adequately appropriate appropriately comprehensive decent good ideal "
    "ideally nice optimal optimally proper properly reasonable reasonably relevant satisfactory "
    "sensible sensibly sufficient sufficiently suitable suitably thorough thoroughly timely etc"
)
_VAGUE_WORD: Final = re.compile(rf"\b(?:{'|'.join(sorted(_VAGUE))})\b", re.IGNORECASE)

_DEMANDS: Final = _listed(
    "acknowledge add address adjust advise ask assess avoid check choose cite classify combine "
    "compare conclude confirm consider contrast correlate counsel define describe discuss "
    "distinguish exclude explain favour favor give identify include integrate interpret "
    "justify look mention monitor name note obtain offer order perform prefer prescribe propose "
    "provide quantify quote recognise recognize recommend refer repeat report request rule say "
    "screen select specify start state stop suggest taper treat use warn"
)
_ALSO_NOUNS: Final = _listed(
    "add advise contrast note order reports report request screen start state states use uses "
    "starts notes orders quote quotes repeat repeats stop stops treats treat look looks name "
    "names offer offers rule rules taper tapers monitor monitors address addresses"
)
"""Words that are a demand only with an object behind them: 'and notes the', not 'and notes'."""
_OBJECT: Final = (
    r"(?:an?|the|that|whether|how|why|which|who|no|not|any|all|both|each|its|their|this|these|"
    r"those|at|for|of|to|out|against|\d)\b"
)
_START: Final = re.compile(
    r"^\W*(?:(?:the\s+)?(?:answer|response|plan|reply|model)\s+)?(?:(?:must|should|does|do)\s+)?"
    r"(?:not\s+)?(\w+)",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(
    r"(?:,\s*(?:and|then|plus)?|;|\band\b|\bplus\b|\bas well as\b|\bthen\b|\bwhile also\b)"
    r"\s+(?:also\s+|then\s+)?(?:(?:must|should)\s+)?(?:not\s+)?(\w+)(?:\s+(\w+))?",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"\b(?:that|which|who|whether|because|since|although|while|if|when|how|why)\b", re.IGNORECASE
)
_NEXT_SENTENCE: Final = re.compile(r"[.!?]\s+(\w+)")


def _inflections(verb: str) -> dict[str, str]:
    """Return the forms of a regular verb that open a demand: 'name', 'names', 'naming'."""
    if verb.endswith(("s", "sh", "ch", "x")):
        third = verb + "es"
    elif verb.endswith("fy"):
        third = verb[:-1] + "ies"
    else:
        third = verb + "s"
    stem = verb[:-1] if verb.endswith("e") else verb
    return {verb: "base", third: "third", stem + "ing": "ing"}


_FORM: Final = {form: kind for verb in _DEMANDS for form, kind in _inflections(verb).items()}


def has_two_demands(text: str) -> bool:
    """Return True when one line seems to ask for two things that can be met apart.

    That is: after the first demand ('Names ...') another verb of the same form follows a joint
    ('and', 'plus', a comma), or a semicolon or a new sentence begins a second one. Two objects
    of one verb ('skin and heart'), 'or', and verbs inside a clause ('says that ... and ...')
    are one demand.
    """
    first = _START.match(text)
    form = _FORM.get(first.group(1).lower()) if first else None
    if form is None:
        return _has_two_statements(text)
    if any(_demands(m.group(1), "", form) for m in _NEXT_SENTENCE.finditer(text)):
        return True
    clause = _CLAUSE.search(text)
    end = clause.start() if clause else len(text)
    return any(
        _demands(joint.group(1), joint.group(2) or "", form)
        for joint in _JOINT.finditer(text, first.end() if first else 0)
        if joint.start() < end or joint.group().startswith(";")
    )


def _has_two_statements(text: str) -> bool:
    parts = [part for part in text.split(";") if len(part.split()) >= 3]
    return len(parts) > 1


def _demands(word: str, following: str, form: str) -> bool:
    word = word.lower()
    if _FORM.get(word) != form:
        return False
    return word not in _ALSO_NOUNS or re.match(_OBJECT, following, re.IGNORECASE) is not None


_STOP: Final = _listed(
    "a an the of in on at to for from by with without and or as is are was be been that this "
    "which it its their his her not no both any all one answer should must says states names name "
    "say state notes cites mentions shows show gives give recommends plans asks does do using "
    "including because into over than after before during"
)
_NEGATIONS: Final = _listed(
    "not no never without neither nor cannot absent absence unnecessary contraindicated avoid "
    "avoids"
)
_APART: Final = _listed(
    "left right upper lower anterior posterior medial lateral proximal distal first second third "
    "before after increase increases increased decrease decreases decreased higher high low "
    "positive negative early late acute chronic unilateral bilateral symmetrical symmetric "
    "asymmetrical asymmetric larger smaller above below start starts stop stops"
)
"""Words that make a statement another one: 'left kidney' is no copy of 'right kidney'."""
_NUMBERED: Final = re.compile(
    r"\b(?:images?|figures?|figs?|panels?|slots?|tables?|steps?|items?|claims?|lines?)\.?\s+\d+",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"(?<![\w.])[-−+]?\d+(?:[.,]\d+)*")
_WORD: Final = re.compile(r"\d*[^\W\d_][^\W_]*")
_CODE: Final = re.compile(r"[^\W_]*\d[^\W_]*")
ALIKE: Final = 90
"""From here on (of 100) two criteria with the same content words are one, said twice."""


class _Said(BaseModel, frozen=True):
    """What a text says, taken apart once."""

    plain: str
    content: frozenset[str]
    numbers: tuple[str, ...]
    labels: tuple[str, ...]
    negated: bool
    apart: frozenset[str]


@lru_cache(maxsize=4096)
def _said(text: str) -> _Said:
    low = text.casefold()
    labels = tuple(sorted(" ".join(label.split()) for label in _NUMBERED.findall(low)))
    unlabelled = _NUMBERED.sub(" ", low)
    words = _WORD.findall(low)
    negated = sum(word in _NEGATIONS for word in words) % 2 == 1
    content = frozenset(
        _stem(w) for w in words if len(w) > 1 and w not in _STOP and w not in _NEGATIONS
    )
    return _Said(
        plain=" ".join(_stem(word) for word in words if word not in _NEGATIONS),
        content=content,
        numbers=tuple(sorted(_NUMBER.findall(unlabelled))),
        labels=labels,
        negated=negated,
        apart=_APART.intersection(words) | {w for w in words if _CODE.fullmatch(w)},
    )


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=4096)
def _two_demands(text: str) -> bool:
    return has_two_demands(text)


@lru_cache(maxsize=4096)
def _vague_words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.lower() for word in _VAGUE_WORD.findall(text)))


@lru_cache(maxsize=4096)
def _alike(one: str, other: str) -> bool:
    """Return True when two texts are about the same thing, numbers and negations aside."""
    first, second = _said(one), _said(other)
    if first.plain == second.plain:
        return first.labels == second.labels
    if first.labels != second.labels or first.apart != second.apart:
        return False
    shared, everything = first.content & second.content, first.content | second.content
    if not shared or len(shared) * 2 < len(everything):
        return False
    return token_set_ratio(first.plain, second.plain) >= ALIKE


def rubric_hints(
    criteria: Sequence[StandingCriterion], claims: Sequence[StandingClaim] = ()
) -> list[Hint]:
    """Return what is worth a second look in a rubric as it would stand, in the order of cards."""
    found = [hint for criterion in criteria for hint in _hints_of_one(criterion, claims)]
    found += _hints_of_pairs(criteria)
    places = {criterion.key: place for place, criterion in enumerate(criteria)}
    found.sort(key=lambda hint: places[hint.criterion_key])
    return found + list(_hints_of_the_whole(criteria))


def _hints_of_one(criterion: StandingCriterion, claims: Sequence[StandingClaim]) -> Iterator[Hint]:
    key = criterion.key
    if _two_demands(criterion.text):
        words = "Seems to ask for two things. Two criteria would let an answer earn one of them."
        yield Hint(criterion_key=key, rule="two_demands", words=words)
    vague = _vague_words(criterion.text)
    if vague:
        quoted = " and ".join(f"“{word}”" for word in vague)
        words = f"{quoted} can be read in several ways. Say what would count."
        yield Hint(criterion_key=key, rule="vague", words=words)
    if criterion.required and criterion.points == 0:
        words = "Required, but worth no points."
        yield Hint(criterion_key=key, rule="points", words=words)
    if criterion.points > 0 and not _is_grounded(criterion, claims):
        yield Hint(criterion_key=key, rule="no_evidence", words="No evidence is linked.")


def _is_grounded(criterion: StandingCriterion, claims: Sequence[StandingClaim]) -> bool:
    if criterion.has_evidence:
        return True
    content = _said(criterion.text).content
    needed = min(2, len(content)) or 1
    return any(
        claim.has_evidence and len(content & _said(claim.text).content) >= needed
        for claim in claims
    )


def _hints_of_pairs(criteria: Sequence[StandingCriterion]) -> Iterator[Hint]:
    for one, other in combinations(criteria, 2):
        if not _alike(one.text, other.text):
            continue
        rule, words = _of_pair(one, other)
        if rule is not None:
            yield Hint(criterion_key=other.key, rule=rule, words=f"{words} criterion {one.number}.")


def _of_pair(
    one: StandingCriterion, other: StandingCriterion
) -> tuple[Literal["duplicate", "contradicts"] | None, str]:
    first, second = _said(one.text), _said(other.text)
    opposite_points = one.points * other.points < 0
    if first.negated != second.negated:
        # 'Names it', +1 and 'Does not name it', -1 agree with each other.
        return (None, "") if opposite_points else ("contradicts", "Says the opposite of")
    if first.numbers != second.numbers:
        return (None, "") if opposite_points else ("contradicts", "Gives other numbers than")
    if opposite_points:
        takes = "Takes away points for what gives points in"
        return "contradicts", takes if other.points < 0 else "Gives points for what takes them in"
    return "duplicate", "Says the same as"


def _hints_of_the_whole(criteria: Sequence[StandingCriterion]) -> Iterator[Hint]:
    if not criteria:
        return
    attainable = sum(criterion.points for criterion in criteria if criterion.points > 0)
    if attainable == 0:
        words = "No criterion gives points, so no answer can earn any."
        yield Hint(criterion_key="", rule="whole_rubric", words=words)
        return
    for criterion in criteria:
        if -criterion.points > attainable:
            words = (
                f"Criterion {criterion.number} takes away {-criterion.points:g} points, more than "
                f"all others together can give ({attainable:g})."
            )
            yield Hint(criterion_key="", rule="whole_rubric", words=words)
