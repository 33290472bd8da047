"""One change to a reading at a time: pure functions from a body to the body with the change.

A claim is addressed by a target: its id for a claim of the item, 'added:N' for the reader's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from src.domain.evidence import EvidenceLink, ImageBox, WholeImage
from src.domain.item import Criterion
from src.domain.leakage import LeakageFlag
from src.domain.review import (
    AddedClaim,
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    EditReason,
    Proposals,
    ReviewBody,
)

ADDED = "added:"
T = TypeVar("T")


def added_target(number: int) -> str:
    """Return the target of the reader's own claim with this place, counted from 0."""
    return f"{ADDED}{number}"


def added_number(target: str) -> int | None:
    """Return the place of the reader's own claim a target names; None for the item's claims."""
    return int(target.removeprefix(ADDED)) if target.startswith(ADDED) else None


def reading_of(body: ReviewBody, target: str) -> ClaimReading | AddedClaim | None:
    """Return what is said of a target; None when the reader's own claim is not there yet."""
    number = added_number(target)
    if number is None:
        return body.claim(target)
    return body.added_claims[number] if number < len(body.added_claims) else None


def with_claim(body: ReviewBody, target: str, **changes: object) -> ReviewBody:
    """Return the body with a claim's reading changed; a target that is gone changes nothing."""
    number = added_number(target)
    if number is None:
        return _with_reading(body, target, changes)
    if number >= len(body.added_claims):
        return body
    claim = AddedClaim.model_validate({**_fields(body.added_claims[number]), **changes})
    return _set(body, "added_claims", _replaced(body.added_claims, number, claim))


def _with_reading(body: ReviewBody, claim_id: str, changes: dict[str, object]) -> ReviewBody:
    reading = ClaimReading.model_validate({**_fields(body.claim(claim_id)), **changes})
    others = [r for r in body.claims if r.claim_id != claim_id]
    place = next((n for n, r in enumerate(body.claims) if r.claim_id == claim_id), len(others))
    return _set(body, "claims", (*others[:place], reading, *others[place:]))


def with_added_text(body: ReviewBody, number: int, text: str) -> ReviewBody:
    """Return the body with the text of the reader's own claim; a new one begins with its text."""
    if number < len(body.added_claims):
        return with_claim(body, added_target(number), text=text)
    return _set(body, "added_claims", (*body.added_claims, AddedClaim(text=text)))


def without_added(body: ReviewBody, number: int) -> ReviewBody:
    """Return the body without one of the reader's own claims."""
    return _set(body, "added_claims", _without(body.added_claims, number))


def with_evidence(
    body: ReviewBody,
    target: str,
    add: Iterable[EvidenceLink] = (),
    remove: Iterable[EvidenceLink] = (),
) -> ReviewBody:
    """Return the body with pieces of evidence added to and taken from a claim, none twice."""
    reading = reading_of(body, target)
    if reading is None:
        return body
    gone = list(remove)
    kept = [link for link in reading.evidence if link not in gone]
    new = [link for link in add if link not in kept]
    if not new and len(kept) == len(reading.evidence):
        return body
    return with_claim(body, target, evidence=(*kept, *new))


def places_on_images(body: ReviewBody) -> set[tuple[str, EvidenceLink]]:
    """Return every box and whole image that is evidence, with the target it belongs to."""
    readings: list[tuple[str, ClaimReading | AddedClaim]] = [(r.claim_id, r) for r in body.claims]
    readings += [(added_target(n), claim) for n, claim in enumerate(body.added_claims)]
    return {
        (target, link)
        for target, reading in readings
        for link in reading.evidence
        if isinstance(link, ImageBox | WholeImage)
    }


def with_proposal(body: ReviewBody, **changes: object) -> ReviewBody:
    """Return the body with a proposal made, changed or taken back."""
    proposals = Proposals.model_validate({**_fields(body.proposals), **changes})
    return _set(body, "proposals", proposals)


def with_caption(body: ReviewBody, position: int, caption: str | None) -> ReviewBody:
    """Return the body with another caption proposed for an image; None takes it back."""
    others = {p: text for p, text in body.proposals.captions.items() if p != position}
    captions = others if caption is None else {**others, position: caption}
    return with_proposal(body, captions=captions)


def with_criterion(body: ReviewBody, criterion: Criterion, **changes: object) -> ReviewBody:
    """Return the body with a criterion edited; an edit that changes nothing is 'keep' again.

    A text as long as it is the item's own, and points as long as they are, are not stored. An
    edit without a reason gets the one that fits it: wording, or the weight.
    """
    now = {**_fields(body.criterion(criterion.criterion_id)), "action": "edit", **changes}
    if now["text"] == criterion.text:
        now["text"] = None
    if now["points"] == criterion.points:
        now["points"] = None
    if now["text"] is None and now["points"] is None:
        return as_it_was(body, criterion.criterion_id)
    if now["reason"] is None:
        now["reason"] = EditReason.WORDING if now["text"] is not None else EditReason.WEIGHT
    return _with_criterion_reading(body, CriterionReading.model_validate(now))


def without_criterion(body: ReviewBody, criterion_id: str, reason: EditReason) -> ReviewBody:
    """Return the body in which a criterion should be deleted, for a reason."""
    note = body.criterion(criterion_id).note
    reading = CriterionReading(criterion_id=criterion_id, action="delete", reason=reason, note=note)
    return _with_criterion_reading(body, reading)


def with_criterion_note(body: ReviewBody, criterion_id: str, note: str) -> ReviewBody:
    """Return the body with a note on what is done to a criterion."""
    reading = body.criterion(criterion_id).model_copy(update={"note": note})
    return _with_criterion_reading(body, reading)


def as_it_was(body: ReviewBody, criterion_id: str) -> ReviewBody:
    """Return the body in which a criterion is kept as the item has it."""
    kept = tuple(r for r in body.criteria if r.criterion_id != criterion_id)
    return _set(body, "criteria", kept)


def _with_criterion_reading(body: ReviewBody, reading: CriterionReading) -> ReviewBody:
    others = [r for r in body.criteria if r.criterion_id != reading.criterion_id]
    same = [n for n, r in enumerate(body.criteria) if r.criterion_id == reading.criterion_id]
    place = same[0] if same else len(others)
    return _set(body, "criteria", (*others[:place], reading, *others[place:]))


def with_added_criterion(body: ReviewBody, number: int, **changes: object) -> ReviewBody:
    """Return the body with the reader's own criterion changed, or begun when it is the next."""
    if number < len(body.added_criteria):
        old = _fields(body.added_criteria[number])
        criterion = AddedCriterion.model_validate({**old, **changes})
        return _set(body, "added_criteria", _replaced(body.added_criteria, number, criterion))
    if not changes.get("text"):
        return body
    criterion = AddedCriterion.model_validate(changes)
    return _set(body, "added_criteria", (*body.added_criteria, criterion))


def without_added_criterion(body: ReviewBody, number: int) -> ReviewBody:
    """Return the body without one of the reader's own criteria."""
    return _set(body, "added_criteria", _without(body.added_criteria, number))


def with_flag(body: ReviewBody, flag: LeakageFlag) -> ReviewBody:
    """Return the body with a leak flagged; the same kind at the same place replaces the older."""
    places = [n for n, other in enumerate(body.flags) if other.unit == flag.unit]
    if places:
        return with_flag_at(body, places[0], flag)
    return _set(body, "flags", (*body.flags, flag))


def with_flag_at(body: ReviewBody, number: int, flag: LeakageFlag) -> ReviewBody:
    """Return the body with one flag put in another's place."""
    return _set(body, "flags", _replaced(body.flags, number, flag))


def without_flag(body: ReviewBody, number: int) -> ReviewBody:
    """Return the body without one of its flags."""
    return _set(body, "flags", _without(body.flags, number))


def with_whole(body: ReviewBody, **changes: object) -> ReviewBody:
    """Return the body with fields of its own changed: comment, recommendation, checks ..."""
    return ReviewBody.model_validate({**_fields(body), **changes})


def _fields(value: object) -> dict[str, object]:
    return dict(value)  # type: ignore[call-overload, no-any-return]


def _set(body: ReviewBody, name: str, value: object) -> ReviewBody:
    return body.model_copy(update={name: value})


def _replaced(values: Sequence[T], number: int, value: T) -> tuple[T, ...]:
    return (*values[:number], value, *values[number + 1 :])


def _without(values: Sequence[T], number: int) -> tuple[T, ...]:
    return (*values[:number], *values[number + 1 :])
