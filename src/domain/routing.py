"""Which units go to an adjudicator, and why: one rule, the same answer for the same readings."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Literal, Self

from pydantic import BaseModel, Field, TypeAdapter, model_validator

from src.domain.canonical import JsonValue, canonical_json, digest
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage
from src.domain.interrater.overlap import (
    BoxMatch,
    match_boxes,
    over_pairs,
    span_f1,
    text_similarity,
)
from src.domain.item import Claim, Item
from src.domain.review import Check, CheckAnswer, Recommendation, Review, Verdict
from src.domain.units import ABSENT, AS_IMPORTED, Reading, Unit, units_of

EVIDENCE = "field:evidence:"
"""What the units of a claim's evidence begin with; the claim's id follows."""
AUDIT = "audit:item"
"""The unit that stands for all that nobody disputes on an item that is audited."""
FLAGGED = "flagged"
Links = tuple[EvidenceLink, ...]
LINKS: TypeAdapter[Links] = TypeAdapter(Links)


class RouteReason(StrEnum):
    """Why a unit goes to an adjudicator. In the order in which they are named."""

    DIFFERENCE = "difference"
    SAFETY = "safety"
    CRITICAL_DIFFERS = "critical_not_unanimous"
    NO_MAJORITY = "no_majority"
    ORDINAL_RANGE = "ordinal_range"
    BOXES_DIFFER = "evidence_boxes_differ"
    SPANS_DIFFER = "evidence_spans_differ"
    TEXTS_DIFFER = "edited_texts_differ"
    TOO_FEW = "too_few_readings"
    ADDED_BY_ONE = "added_by_one"
    AUDIT = "audit"

    @property
    def words(self) -> str:
        """The reason as a clinician reads it."""
        return _WORDS[self]


_WORDS = {
    RouteReason.DIFFERENCE: "The readers differ",
    RouteReason.SAFETY: "A matter of safety, which one reader is enough for",
    RouteReason.CRITICAL_DIFFERS: "The readers are not of one mind where they must be",
    RouteReason.NO_MAJORITY: "No reading has a majority",
    RouteReason.ORDINAL_RANGE: "The readings are far apart",
    RouteReason.BOXES_DIFFER: "The boxes marked as evidence differ",
    RouteReason.SPANS_DIFFER: "The words marked as evidence differ",
    RouteReason.TEXTS_DIFFER: "The new wordings differ",
    RouteReason.TOO_FEW: "Too few readers could judge",
    RouteReason.ADDED_BY_ONE: "Only one reader added it",
    RouteReason.AUDIT: "Drawn for the audit of what nobody disputes",
}


class RoutingPolicy(BaseModel, frozen=True, extra="forbid", strict=True):
    """What sends a unit to an adjudicator. Safety always does, whatever the thresholds are."""

    name: Literal["every-difference", "standard"]
    ordinal_range: int = Field(default=2, ge=1, le=10)
    """Steps of an ordered scale between the readings farthest apart."""
    evidence_box_f1: float = Field(default=0.5, ge=0, le=1)
    """Below this mean over the pairs of readers the boxes differ; 0 never."""
    evidence_span_f1: float = Field(default=0.5, ge=0, le=1)
    """The same for the characters of marked words."""
    text_similarity: float = Field(default=0.8, ge=0, le=1)
    """Below this two new wordings differ; 0 never."""
    least_readings: int = Field(default=2, ge=1, le=20)
    """So many must judge; where fewer were asked, as many as were asked."""
    audit_share: float = Field(default=0.05, ge=0, le=1)
    """The share of items of which nothing else goes to an adjudicator that is audited."""

    @model_validator(mode="after")
    def _thresholds_are_used(self) -> Self:
        unused = self.model_fields_set - {"name", "audit_share"}
        changed = {name for name in unused if getattr(self, name) != _DEFAULTS[name]}
        if self.name == "every-difference" and changed:
            names = ", ".join(sorted(changed))
            raise ValueError(f"'every-difference' has no threshold but audit_share, not {names}")
        return self


_DEFAULTS = {name: field.default for name, field in RoutingPolicy.model_fields.items()}
EVERY_DIFFERENCE = RoutingPolicy(name="every-difference", audit_share=0.0)
STANDARD = RoutingPolicy(name="standard")
NAMED: dict[str, RoutingPolicy] = {policy.name: policy for policy in (STANDARD, EVERY_DIFFERENCE)}

CRITICAL = frozenset({f"check:{Check.ANSWER_CORRECT.value}", "field:answer", "field:orpha_code"})
"""Beside the verdicts on claims: what all who judge must agree on."""
UNSAFE = {
    f"check:{Check.UNSAFE.value}": CheckAnswer.YES.value,
    f"check:{Check.ANSWER_CORRECT.value}": CheckAnswer.NO.value,
    f"check:{Check.ANSWERABLE.value}": CheckAnswer.NO.value,
    f"check:{Check.PATIENT_RECOGNISABLE.value}": CheckAnswer.YES.value,
}
"""Check -> the answer by which one reader alone sends it to an adjudicator; so does any flag."""
STEPS = {recommendation.value: step for step, recommendation in enumerate(Recommendation)}
"""The one ordered scale among the units."""
TEXTS = ("field:question", "field:answer", "field:claim_text:", "field:caption:")


def route(unit: Unit, policy: RoutingPolicy | None, readers: int) -> tuple[RouteReason, ...]:
    """Return why a unit goes to an adjudicator; empty when the readers settle it.

    `readers` is how many read the item. None is the rule of rounds from before there was one:
    a difference, and nothing else.
    """
    if policy is None:
        return () if unit.agreed else (RouteReason.DIFFERENCE,)
    found = {RouteReason.SAFETY} if _is_unsafe(unit) else set()
    if policy.name == "every-difference":
        found |= set() if unit.agreed else {RouteReason.DIFFERENCE}
    elif unit.name.startswith(EVIDENCE):
        found |= set(_evidence_reasons(unit, policy))
    else:
        found |= set(_standard_reasons(unit, policy, readers))
    return tuple(reason for reason in RouteReason if reason in found)


def _standard_reasons(unit: Unit, policy: RoutingPolicy, readers: int) -> Iterator[RouteReason]:
    judging = [reading for reading in unit.readings if not abstains(unit.name, reading.key)]
    if len(judging) < min(policy.least_readings, readers):
        yield RouteReason.TOO_FEW
    if is_critical(unit.name) and len({reading.key for reading in judging}) > 1:
        yield RouteReason.CRITICAL_DIFFERS
    elif judging and majority(unit) is None:
        yield RouteReason.NO_MAJORITY
    steps = [STEPS[r.key] for r in judging if r.key in STEPS] if _is_ordered(unit.name) else []
    if steps and max(steps) - min(steps) >= policy.ordinal_range:
        yield RouteReason.ORDINAL_RANGE
    if any(text_similarity(a, b) < policy.text_similarity for a, b in _pairs_of_texts(unit)):
        yield RouteReason.TEXTS_DIFFER
    if _is_addition(unit.name) and len(judging) > 1 and _adding(judging) == 1:
        yield RouteReason.ADDED_BY_ONE


def abstains(unit: str, key: str) -> bool:
    """Tell whether a reading judges nothing: a verdict 'cannot judge', a check 'unsure'."""
    kind = unit.partition(":")[0]
    return (kind, key) in {
        ("claim", Verdict.CANNOT_JUDGE.value),
        ("check", CheckAnswer.UNSURE.value),
    }


def is_critical(unit: str) -> bool:
    """Tell whether all who judge must agree: verdicts on claims, and what the answer is."""
    return unit in CRITICAL or (unit.startswith("claim:") and not _is_addition(unit))


def majority(unit: Unit) -> str | None:
    """Return the key more than half of those who judge gave; None without one."""
    keys = [r.key for r in unit.readings if not abstains(unit.name, r.key)]
    if not keys:
        return None
    key, votes = Counter(keys).most_common(1)[0]
    return key if 2 * votes > len(keys) else None


def _is_unsafe(unit: Unit) -> bool:
    alarm = FLAGGED if unit.name.startswith("flag:") else UNSAFE.get(unit.name)
    return any(reading.key == alarm for reading in unit.readings)


def _is_addition(unit: str) -> bool:
    return unit.partition(":")[2].startswith("+")


def _is_ordered(unit: str) -> bool:
    return unit == "field:recommendation"


def _adding(readings: Sequence[Reading]) -> int:
    return sum(reading.key != ABSENT for reading in readings)


def _pairs_of_texts(unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield each two different new wordings of a text or of a criterion."""
    texts = {text for reading in unit.readings if (text := new_text(unit.name, reading))}
    return combinations(sorted(texts), 2)


def new_text(unit: str, reading: Reading) -> str | None:
    """Return the new wording a reading gives a text or a criterion; None where it gives none."""
    value = reading.value
    if unit.startswith(TEXTS) and reading.key != AS_IMPORTED and isinstance(value, str):
        return value
    if unit.startswith("criterion:") and isinstance(value, dict):
        text = value.get("text")
        return text if isinstance(text, str) else None
    return None


def evidence_units(
    item: Item, reviews: Sequence[Review], policy: RoutingPolicy | None
) -> list[Unit]:
    """Return the evidence of each claim whose verdict is agreed and whose evidence is not.

    Like a field it is a unit only where there is something to settle. Its readings are the
    links of those who gave the verdict; where the verdict itself differs, the claim goes as a
    whole.
    """
    if policy is None or policy.name == "every-difference":
        return []
    ordered = sorted(reviews, key=lambda review: review.person)
    units = [_evidence_unit(n, claim, ordered) for n, claim in enumerate(item.claims, start=1)]
    return [unit for unit in units if unit is not None and route(unit, policy, len(reviews))]


def _evidence_unit(number: int, claim: Claim, reviews: Sequence[Review]) -> Unit | None:
    said = [(review, review.body.claim(claim.claim_id)) for review in reviews]
    judged = [
        (review, reading)
        for review, reading in said
        if reading.verdict not in (None, Verdict.CANNOT_JUDGE) and not reading.removed
    ]
    is_agreed = len({reading.verdict for _, reading in judged}) == 1
    if not is_agreed or len(judged) < 2 or any(reading.removed for _, reading in said):
        return None
    readings = tuple(
        Reading(
            person=review.person,
            review_id=review.review_id,
            key=canonical_json(links_value(reading.evidence)),
            value=links_value(reading.evidence),
        )
        for review, reading in judged
    )
    name = f"{EVIDENCE}{claim.claim_id}"
    return Unit(name=name, label=f"Evidence of claim {number}: {claim.text}", readings=readings)


def links_value(links: Sequence[EvidenceLink]) -> list[JsonValue]:
    """Return evidence as the value of a unit, in one order whatever the order it was given in."""
    given: list[JsonValue] = [link.model_dump(mode="json") for link in links]
    return sorted(given, key=canonical_json)


def links_of(value: JsonValue) -> Links:
    """Return the evidence a value holds. Raises ValidationError when it holds none."""
    return LINKS.validate_python(value)


def _evidence_reasons(unit: Unit, policy: RoutingPolicy) -> Iterator[RouteReason]:
    given = [links_of(reading.value) for reading in unit.readings]
    boxes = over_pairs(given, lambda first, second: box_match(first, second).f1)
    spans = over_pairs(given, marked_f1)
    if boxes is not None and boxes < policy.evidence_box_f1:
        yield RouteReason.BOXES_DIFFER
    if spans is not None and spans < policy.evidence_span_f1:
        yield RouteReason.SPANS_DIFFER


def box_match(first: Links, second: Links) -> BoxMatch:
    """Return how two readers' boxes meet; one who takes the whole image takes any box on it."""
    return match_boxes(_boxes(first, second), _boxes(second, first))


def _boxes(links: Links, other: Links) -> list[ImageBox]:
    whole = {link.sha256 for link in other if isinstance(link, WholeImage)}
    return [link for link in links if isinstance(link, ImageBox) and link.sha256 not in whole]


def marked_f1(first: Links, second: Links) -> float:
    """Return the F1, 0 to 1, of the characters two readers marked; 1 when neither marked any."""
    return span_f1(*([li for li in links if isinstance(li, TextSpan)] for links in (first, second)))


def all_units(item: Item, reviews: Sequence[Review], policy: RoutingPolicy | None) -> list[Unit]:
    """Return what the readers say of an item and, where the policy compares it, their evidence."""
    return [*units_of(item, reviews), *evidence_units(item, reviews, policy)]


def is_drawn(seed: int, item_id: str, share: float) -> bool:
    """Tell whether an item is drawn for the audit: by its id and the seed, whenever it is asked."""
    drawn = hashlib.sha256(canonical_json(["audit", seed, item_id]).encode()).digest()
    return int.from_bytes(drawn[:8]) < share * 2**64


BESIDE_THE_ITEM = {"comment", "confidence", "images_viewed"}
"""What a reader says that is no unit: an audit is not begun anew for it."""


def audit_unit(reviews: Sequence[Review]) -> Unit:
    """Return the unit that stands for everything the readers of an item left undisputed."""
    readings = tuple(
        Reading(
            person=review.person,
            review_id=review.review_id,
            key="agreed",
            value=None,
            beside=digest(review.body.model_dump(mode="json", exclude=BESIDE_THE_ITEM)),
        )
        for review in sorted(reviews, key=lambda review: review.person)
    )
    return Unit(name=AUDIT, label="Everything the readers left undisputed", readings=readings)
