"""Disputes and decisions: what readers differ on, and how it is settled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, Field, ValidationError

from src.domain.canonical import JsonValue, canonical_json, digest
from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink
from src.domain.image import ImageRecord
from src.domain.item import Item
from src.domain.leakage import LeakageFlag
from src.domain.reasons import Reason, Remedy, is_kept_as_ambiguous
from src.domain.review import (
    MAX_TEXT,
    AddedClaim,
    AddedCriterion,
    CheckAnswer,
    Confidence,
    CriterionReading,
    Proposals,
    Recommendation,
    Verdict,
    link_problem,
)
from src.domain.routing import AUDIT, EVIDENCE, RouteReason, links_of, links_value
from src.domain.units import Unit, added_value, edited_value

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NEW = "new"
MERGE = "merge"
REMOVE = "remove"
CONFIRM = "confirm"
"""The ruling on an audited item that everything is right; nothing else is chosen there."""
CONFIRMED = "confirmed"


class Decision(BaseModel, frozen=True, extra="forbid"):
    """An adjudicator's ruling on one dispute. A later revision supersedes, never edits, it."""

    decision_id: str
    round: str
    item_id: str
    item_version: int
    unit: str
    adjudicator: str
    chosen: str
    """A reader's letter, 'new', 'merge' or 'remove'; 'confirm' of an audited item."""
    key: str
    value: JsonValue
    evidence: tuple[EvidenceLink, ...] | None = None
    """What a claim rests on where the adjudicator chose it; None leaves that to the readings."""
    reason: Reason | None
    """None where the readers did not differ: an audit that is confirmed."""
    rationale: str = Field(default="", max_length=MAX_TEXT)
    confidence: Confidence
    input_digest: str
    revision: int
    decided_at: datetime
    after_scores: bool = False
    """True when its author had looked at what the item does to scores."""
    remedy: Remedy | None = None
    """What the lead made of its reason; None while nobody has."""

    @property
    def ambiguous(self) -> bool:
        """True where the readers' distribution is to stand beside the value."""
        return is_kept_as_ambiguous(self.reason, self.unit, self.remedy)


class BlindReading(BaseModel, frozen=True, extra="forbid"):
    """One reading as an adjudicator sees it: a letter instead of a person."""

    reader: str
    key: str
    value: JsonValue


class Dispute(BaseModel, frozen=True, extra="forbid"):
    """One unit on which the readers of an item differ."""

    round: str
    item_id: str
    item_version: int
    unit: str
    label: str
    readings: tuple[BlindReading, ...]
    input_digest: str
    """Of the readings by their letters: what is on the screen."""
    stale: bool = False
    """True when it was decided, and a reading has changed since."""
    reasons: tuple[RouteReason, ...] = ()
    """Why it goes to an adjudicator."""


class EarlierRuling(BaseModel, frozen=True, extra="forbid"):
    """The newest decision on a unit, as an adjudicator sees it before they rule themselves."""

    chosen: str
    key: str
    value: JsonValue
    evidence: tuple[EvidenceLink, ...] | None = None
    reason: Reason | None
    rationale: str
    confidence: Confidence
    revision: int
    decided_at: datetime
    mine: bool
    after_scores: bool = False
    """True when its author had looked at what the item does to scores."""
    stale: bool
    """True when a reading has changed since."""
    was: tuple[BlindReading, ...] = ()
    """What the readings were then, where it is stale."""
    noted: tuple[str, ...] = ()
    """The readers who say the same with other evidence, or another note, where it is stale."""


class HandedOn(BaseModel, frozen=True, extra="forbid"):
    """A unit that one adjudicator left to another, and that nobody has settled since."""

    unit: str
    note: str
    at: datetime
    by_me: bool
    to_me: bool


def letters_of(persons: Sequence[str], seed: int, item_id: str) -> dict[str, str]:
    """Return person -> letter, shuffled for each item by the round's stored seed."""

    def place(person: str) -> str:
        return hashlib.sha256(canonical_json([seed, item_id, person]).encode()).hexdigest()

    return {person: LETTERS[n] for n, person in enumerate(sorted(set(persons), key=place))}


def dispute_of(
    unit: Unit, *, round_name: str, item_id: str, item_version: int, letters: dict[str, str]
) -> Dispute:
    """Return a unit as the adjudicator sees it, readers unnamed, in the order of the letters."""
    readings = sorted(
        (
            BlindReading(reader=letters[reading.person], key=reading.key, value=reading.value)
            for reading in unit.readings
        ),
        key=lambda reading: reading.reader,
    )
    return Dispute(
        round=round_name,
        item_id=item_id,
        item_version=item_version,
        unit=unit.name,
        label=unit.label,
        readings=tuple(readings),
        input_digest=digest([unit.input_digest, [[one.reader, one.key] for one in readings]]),
    )


def settled_value(dispute: Dispute, chosen: str, value: JsonValue) -> tuple[str, JsonValue]:
    """Return the key and value a ruling gives a unit.

    `chosen` is a reader's letter, or 'new' or 'merge' with a `value` of the unit's kind, or
    'remove'; an audited item is only confirmed. Raises BadInputError when the letter is unknown
    or the value does not fit.
    """
    if (dispute.unit == AUDIT) is not (chosen == CONFIRM):
        raise BadInputError(
            f"An audited item, {AUDIT!r}, is settled with 'confirm', and nothing else is. What is "
            "not right in it is settled unit by unit."
        )
    if chosen == CONFIRM:
        return CONFIRMED, None
    if chosen == REMOVE:
        return "removed", None
    if chosen in (NEW, MERGE):
        return _checked(dispute.unit, value)
    reading = next((r for r in dispute.readings if r.reader == chosen), None)
    if reading is None:
        letters = ", ".join(r.reader for r in dispute.readings)
        raise BadInputError(f"There is no reading {chosen!r}; choose {letters}, new or remove.")
    return reading.key, reading.value


def _checked(unit: str, value: JsonValue) -> tuple[str, JsonValue]:
    """Return the key of a value the adjudicator wrote, after checking that it fits the unit."""
    try:
        return _key_of_new(unit, value)
    except (ValidationError, ValueError, TypeError, AttributeError) as error:
        raise BadInputError(f"The value does not fit the unit {unit!r}: {error}") from error


def _key_of_new(unit: str, value: JsonValue) -> tuple[str, JsonValue]:
    kind, _, name = unit.partition(":")
    if kind == "check":
        return CheckAnswer(str(value)).value, value
    if kind == "flag":
        return "flagged", LeakageFlag.model_validate(value).model_dump(mode="json")
    if unit == "field:recommendation":
        return Recommendation(str(value)).value, value
    if unit.startswith(EVIDENCE):
        links = links_value(links_of(value))
        return canonical_json(links), links
    if kind == "field":
        return canonical_json(value), _field_value(name, value)
    if name.startswith("+"):
        return f"added {canonical_json(value)}", _addition(kind, value)
    if kind == "claim":
        return Verdict(str(value)).value, value
    if not isinstance(value, dict):
        raise TypeError("a criterion's value is an object with action and what changes")
    reading = CriterionReading.model_validate({"criterion_id": name, **value})
    if reading.action == "edit" and not reading.changes:
        raise ValueError("an edit changes the text, the points or the scale")
    if reading.kind == "binary" and reading.maximum is not None:
        raise ValueError("only a graded criterion has a maximum")
    if reading.text is not None:
        _require_text(reading.text)
    settled: JsonValue = {"action": reading.action}
    if reading.action == "edit":
        settled = edited_value(reading)
    return canonical_json(settled), settled


def _addition(kind: str, value: JsonValue) -> JsonValue:
    if kind == "claim":
        claim = AddedClaim.model_validate(value)
        _require_text(claim.text)
        return {"text": claim.text, "verdict": claim.verdict.value if claim.verdict else None}
    criterion = AddedCriterion.model_validate(value)
    _require_text(criterion.text)
    if (criterion.kind == "binary") is not (criterion.maximum == 1):
        raise ValueError("a graded criterion has a maximum of 2 or more, any other has 1")
    return added_value(criterion)


def _field_value(name: str, value: JsonValue) -> JsonValue:
    if name.startswith("caption:") and isinstance(value, str):
        return value
    if name.startswith(("claim_text:", "caption:")) or name in {"answer", "question"}:
        return _require_text(value)
    if value is None:
        raise ValueError("a value is expected")
    Proposals.model_validate({name: value})
    return value


def _require_text(value: JsonValue) -> JsonValue:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is expected")
    return value


def misfit(
    item: Item, unit: str, value: JsonValue, images: Mapping[str, ImageRecord] | None = None
) -> str | None:
    """Return why a settled value does not fit the item itself, or None when it does."""
    positions = [image.position for image in item.content.images]
    if unit == "field:image_order" and isinstance(value, list) and _numbers(value) != positions:
        return "The order must hold every image once."
    if unit.startswith(EVIDENCE) and value is not None:
        found = (link_problem(item, dict(images or {}), link) for link in links_of(value))
        return next((problem for problem in found if problem), None)
    return None


def _numbers(values: Sequence[JsonValue]) -> list[int]:
    return sorted(value for value in values if isinstance(value, int))
