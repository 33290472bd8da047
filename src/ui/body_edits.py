"""One change to a reading at a time: pure functions from a body to the body with the change.

A claim is addressed by a target: its id for a claim of the item, 'added:N' for the reader's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from src.domain.evidence import EvidenceLink, ImageBox, WholeImage
from src.domain.item import Criterion, Item
from src.domain.leakage import HitDismissal, LeakageFlag, LeakPlace
from src.domain.review import (
    MIN_MAXIMUM,
    OWN,
    AddedClaim,
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    EditReason,
    Proposals,
    ReviewBody,
    own_targets,
)
from src.domain.rubric import edited, fitting_reason, reordered, rubric_order

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


def without_added(body: ReviewBody, number: int, text: str) -> ReviewBody:
    """Return the body without the reader's own claim that has this text.

    Two can have the same text, so the one at `number` goes if it is among them. Where none has
    it the claim is gone already, or says something else by now: then nothing is changed.
    """
    places = [n for n, claim in enumerate(body.added_claims) if claim.text == text]
    if not places:
        return body
    place = number if number in places else places[0]
    return _set(body, "added_claims", _without(body.added_claims, place))


def with_evidence(
    body: ReviewBody,
    target: str,
    add: Iterable[EvidenceLink] = (),
    remove: Iterable[EvidenceLink] = (),
) -> ReviewBody:
    """Return the body with pieces of evidence added to and taken from a claim, none twice.

    What is added is refused no longer.
    """
    reading = reading_of(body, target)
    if reading is None:
        return body
    gone = list(remove)
    kept = [link for link in reading.evidence if link not in gone]
    new = [link for link in add if link not in kept]
    if not new and len(kept) == len(reading.evidence):
        return body
    changed = with_claim(body, target, evidence=(*kept, *new))
    return with_refused(changed, target, remove=new)


def with_refused(
    body: ReviewBody,
    target: str,
    add: Iterable[EvidenceLink] = (),
    remove: Iterable[EvidenceLink] = (),
) -> ReviewBody:
    """Return the body with the benchmark's links refused for a claim, or refused no longer.

    What is refused is no evidence any more. A claim of the reader's own was given none.
    """
    reading = reading_of(body, target)
    if not isinstance(reading, ClaimReading):
        return body
    taken_back = list(remove)
    kept = [link for link in reading.refused if link not in taken_back]
    new = [link for link in add if link not in kept]
    if not new and len(kept) == len(reading.refused):
        return body
    evidence = tuple(link for link in reading.evidence if link not in new)
    return with_claim(body, target, evidence=evidence, refused=(*kept, *new))


def refused_links(body: ReviewBody, target: str) -> tuple[EvidenceLink, ...]:
    """Return what is refused of the benchmark's links for a target."""
    reading = reading_of(body, target)
    return reading.refused if isinstance(reading, ClaimReading) else ()


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

    What is as the item has it is not stored. A reason that goes without saying (the wording,
    the weight) is given; when the words come to mean something else, the reader is asked.
    """
    before = body.criterion(criterion.criterion_id)
    now = {**_fields(before), "action": "edit", **changes}
    reading = _without_what_is_so(criterion, CriterionReading.model_validate(now))
    if not reading.changes:
        return as_it_was(body, criterion.criterion_id)
    if "reason" not in changes:
        reading = reading.model_copy(update={"reason": _reason(criterion, before, reading)})
    return _with_criterion_reading(body, reading)


def _without_what_is_so(criterion: Criterion, reading: CriterionReading) -> CriterionReading:
    after = edited(criterion, reading)
    names = ("text", "points", "required", "kind", "maximum")
    new = {name: getattr(after, name) for name in names}
    said = {n: value if value != getattr(criterion, n) else None for n, value in new.items()}
    if after.kind == "binary":
        said["maximum"] = None
    return reading.model_copy(update=said)


def _reason(
    criterion: Criterion, before: CriterionReading, now: CriterionReading
) -> EditReason | None:
    """Keep the reason that was given, unless the words mean something else only now."""
    fitting = fitting_reason(criterion, now)
    was_asked = before.action == "edit" and fitting_reason(criterion, before) is None
    given = before.reason if before.action == "edit" else None
    chosen = given not in (None, EditReason.WORDING, EditReason.WEIGHT)
    if fitting is None:
        return given if was_asked or chosen else None
    return given if chosen and not was_asked else fitting


def without_criterion(body: ReviewBody, criterion_id: str, reason: EditReason) -> ReviewBody:
    """Return the body in which a criterion should be deleted, for a reason."""
    before = body.criterion(criterion_id)
    reading = CriterionReading(
        criterion_id=criterion_id,
        action="delete",
        reason=reason,
        note=before.note,
        evidence=before.evidence,
    )
    return _with_criterion_reading(body, reading)


def with_criterion_note(body: ReviewBody, criterion_id: str, note: str) -> ReviewBody:
    """Return the body with a note on what is done to a criterion."""
    reading = body.criterion(criterion_id).model_copy(update={"note": note})
    return _with_criterion_reading(body, reading)


def with_criterion_evidence(
    body: ReviewBody, criterion_id: str, evidence: Sequence[EvidenceLink]
) -> ReviewBody:
    """Return the body in which a criterion rests on this evidence, and on no other."""
    update = {"evidence": tuple(evidence)}
    return _with_criterion_reading(body, body.criterion(criterion_id).model_copy(update=update))


def as_it_was(body: ReviewBody, criterion_id: str) -> ReviewBody:
    """Return the body in which a criterion is kept as the item has it; its evidence stays."""
    evidence = body.criterion(criterion_id).evidence
    return _with_criterion_reading(
        body, CriterionReading(criterion_id=criterion_id, evidence=evidence)
    )


def _with_criterion_reading(body: ReviewBody, reading: CriterionReading) -> ReviewBody:
    """Put a reading in the place of the older one; one that says nothing is left out."""
    others = [r for r in body.criteria if r.criterion_id != reading.criterion_id]
    same = [n for n, r in enumerate(body.criteria) if r.criterion_id == reading.criterion_id]
    place = same[0] if same else len(others)
    new = () if reading == CriterionReading(criterion_id=reading.criterion_id) else (reading,)
    return _set(body, "criteria", (*others[:place], *new, *others[place:]))


def own_criterion(body: ReviewBody, target: str) -> AddedCriterion | None:
    """Return the reader's own criterion that 'added:KEY' names; None when it is not there."""
    targets = own_targets(body.added_criteria)
    return body.added_criteria[targets.index(target)] if target in targets else None


def with_own_criterion(body: ReviewBody, target: str, **changes: object) -> ReviewBody:
    """Return the body with the reader's own criterion changed, or begun when it has a text.

    One that is not there and gets no text changes nothing: it was removed meanwhile.
    """
    kept = _keyed(body.added_criteria)
    targets = own_targets(kept)
    if target in targets:
        place = targets.index(target)
        new = AddedCriterion.model_validate({**_fields(kept[place]), **_scaled(changes)})
        return _set(body, "added_criteria", _replaced(kept, place, new))
    if not changes.get("text"):
        return body
    new = AddedCriterion.model_validate({**changes, "key": target.removeprefix(OWN)})
    return _set(body, "added_criteria", (*kept, new))


def _scaled(changes: dict[str, object]) -> dict[str, object]:
    if changes.get("kind") == "binary":
        return {**changes, "maximum": 1}
    return {"maximum": MIN_MAXIMUM, **changes} if changes.get("kind") == "ordinal" else changes


def without_own_criterion(body: ReviewBody, target: str) -> ReviewBody:
    """Return the body without one of the reader's own criteria."""
    kept = _keyed(body.added_criteria)
    left = tuple(c for c in kept if f"{OWN}{c.key}" != target)
    order = tuple(name for name in body.criterion_order if name != target)
    return body.model_copy(update={"added_criteria": left, "criterion_order": order})


def _keyed(added: tuple[AddedCriterion, ...]) -> tuple[AddedCriterion, ...]:
    """Give every own criterion the key it goes by, before a place changes."""
    names = own_targets(added)
    return tuple(
        criterion.model_copy(update={"key": name.removeprefix(OWN)})
        for criterion, name in zip(added, names, strict=True)
    )


def with_criterion_order(body: ReviewBody, item: Item, wanted: Sequence[str]) -> ReviewBody:
    """Return the body with the criteria in another order; the item's own order is not stored."""
    body = _set(body, "added_criteria", _keyed(body.added_criteria))
    plain = rubric_order(item, _set(body, "criterion_order", ()))
    order = reordered(plain, wanted)
    return _set(body, "criterion_order", () if order == plain else tuple(order))


def with_flag(body: ReviewBody, flag: LeakageFlag) -> ReviewBody:
    """Return the body with a leak flagged; the same kind at the same spot replaces the older."""
    places = [n for n, other in enumerate(body.flags) if other.spot == flag.spot]
    if places:
        return with_flag_at(body, places[0], flag)
    return _set(body, "flags", (*body.flags, flag))


def with_flag_at(body: ReviewBody, number: int, flag: LeakageFlag) -> ReviewBody:
    """Return the body with one flag put in another's place."""
    return _set(body, "flags", _replaced(body.flags, number, flag))


def with_hit_confirmed(body: ReviewBody, flag: LeakageFlag) -> ReviewBody:
    """Return the body in which a flag confirms the hit it names, whatever was said of that."""
    return with_flag(without_word_on(body, flag.hit_id), flag)


def with_hit_dismissed(body: ReviewBody, said: HitDismissal) -> ReviewBody:
    """Return the body in which a hit is no leak, whatever was said of it."""
    body = without_word_on(body, said.hit_id)
    return _set(body, "dismissed", (*body.dismissed, said))


def without_word_on(body: ReviewBody, hit_id: str) -> ReviewBody:
    """Return the body in which a hit is neither confirmed nor dismissed."""
    flags = tuple(flag for flag in body.flags if flag.hit_id != hit_id)
    dismissed = tuple(said for said in body.dismissed if said.hit_id != hit_id)
    return body.model_copy(update={"flags": flags, "dismissed": dismissed})


def without_leak_boxes(body: ReviewBody, gone: Collection[ImageBox]) -> ReviewBody:
    """Return the body in which leaks lose these boxes and mean their whole image.

    None is flagged twice by that: beside another flag of its image it goes with its box.
    """
    kept: list[LeakageFlag] = []
    for flag in body.flags:
        if flag.place.box not in gone:
            kept.append(flag)
            continue
        others = [one for one in (*kept, *body.flags) if one is not flag and one.unit == flag.unit]
        if not others:
            place = LeakPlace(image=flag.place.image)
            kept.append(flag.model_copy(update={"place": place}))
    return _set(body, "flags", tuple(kept))


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
