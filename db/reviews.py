"""Drafts and reviews: a draft is overwritten with a version check, a review is only added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    CursorResult,
    Executable,
    Row,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    union,
    update,
)
from sqlalchemy.orm import aliased

from db import repeats, steps
from db.database import Transaction
from db.events import known_until, object_of, payload_hash
from db.models import (
    DraftRow,
    DraftStepRow,
    ExposureRow,
    FirstReadingRow,
    PayloadRow,
    PreferenceRow,
    ReviewRow,
    RoundItemRow,
    RoundPersonRow,
    RoundRow,
    ShownRow,
    SlotRow,
)
from src.domain.departure import Part
from src.domain.first_reading import FirstReading, Shown
from src.domain.item import Track
from src.domain.review import Draft, OwnReview, Review, ReviewBody


class Standing(NamedTuple):
    """How one reader stands with one item of a round: all that changes while they read it."""

    item_version: int
    rubric_version: int
    read_first: bool
    has_slot: bool
    draft: Draft | None
    revision: int
    """Of the newest review the reader submitted; 0 while there is none."""
    first_reading: FirstReading | None
    shown: frozenset[Shown]
    undoable: int
    redoable: int
    begun: Any
    """What the reader has done before there is a draft, as JSON; None when there is nothing."""
    planted: bool
    """True when the item is shown with an error put in."""
    stored_in: str
    """The round that keeps it: the hidden companion where the reader reads the item again."""

    def known_as(self, round_name: str) -> Standing:
        """Return it with the round by which its reader knows it."""
        if self.stored_in == round_name:
            return self
        known = {"round": round_name}
        draft, first = self.draft, self.first_reading
        return self._replace(
            draft=draft.model_copy(update=known) if draft is not None else None,
            first_reading=first.model_copy(update=known) if first is not None else None,
        )


def begun_name(round_name: str, item_id: str) -> str:
    """Return the name under which is kept what a reader did before there was a draft."""
    return f"begun {round_name} {item_id}"


def standing(t: Transaction, round_name: str, item_id: str, person_id: str) -> Standing | None:
    """Return how a reader stands with an item, in one query; None when the round lacks it."""
    begun = begun_name(round_name, item_id)
    keys = {"item": item_id, "reader": person_id, "name": round_name, "begun": begun}
    row = t.execute(_STANDING, keys).one_or_none()
    if row is None:
        return None
    seen = {Shown.CASE: row.case_shown, Shown.ANSWER: row.answer_shown}
    return Standing(
        item_version=row.item_version,
        rubric_version=row.rubric_version,
        read_first=row.read_first,
        has_slot=row.slot_number is not None,
        draft=_standing_draft(row, round_name, item_id, person_id),
        revision=row.revision or 0,
        first_reading=_standing_first(row, round_name, item_id, person_id),
        shown=frozenset(what for what, at in seen.items() if at is not None),
        undoable=row.undoable,
        redoable=row.redoable,
        begun=row.begun,
        planted=row.planted,
        stored_in=round_name,
    )


def _standing_draft(row: Row[Any], round_name: str, item_id: str, person_id: str) -> Draft | None:
    if row.draft_version is None:
        return None
    return Draft(
        round=round_name,
        item_id=item_id,
        item_version=row.draft_item_version,
        rubric_version=row.draft_rubric_version,
        person=person_id,
        body=ReviewBody.model_validate(row.draft_body),
        version=row.draft_version,
        opened_at=row.opened_at,
        saved_at=row.saved_at,
    )


def _standing_first(
    row: Row[Any], round_name: str, item_id: str, person_id: str
) -> FirstReading | None:
    if row.first_at is None:
        return None
    return FirstReading(
        round=round_name,
        item_id=item_id,
        person=person_id,
        text=row.first_text or "",
        at=row.first_at,
    )


def _standing_query() -> Executable:
    def own(table: Any) -> Any:
        return and_(
            table.round == RoundItemRow.round,
            table.item_id == RoundItemRow.item_id,
            table.person == bindparam("reader"),
        )

    def first(what: Shown) -> Any:
        return select(ShownRow.at).where(own(ShownRow), ShownRow.what == what.value)

    def steps_where(undone: bool) -> Any:
        return select(func.count()).where(own(DraftStepRow), DraftStepRow.undone.is_(undone))

    begun_by_reader = and_(
        PreferenceRow.person == bindparam("reader"), PreferenceRow.name == bindparam("begun")
    )
    return (
        select(
            RoundItemRow.item_version,
            RoundItemRow.rubric_version,
            RoundItemRow.planted,
            RoundRow.read_first,
            SlotRow.number.label("slot_number"),
            DraftRow.item_version.label("draft_item_version"),
            DraftRow.rubric_version.label("draft_rubric_version"),
            DraftRow.body.label("draft_body"),
            DraftRow.version.label("draft_version"),
            DraftRow.opened_at,
            DraftRow.saved_at,
            FirstReadingRow.at.label("first_at"),
            PayloadRow.body.label("first_text"),
            select(func.max(ReviewRow.revision))
            .where(own(ReviewRow))
            .scalar_subquery()
            .label("revision"),
            first(Shown.CASE).scalar_subquery().label("case_shown"),
            first(Shown.ANSWER).scalar_subquery().label("answer_shown"),
            steps_where(False).scalar_subquery().label("undoable"),
            steps_where(True).scalar_subquery().label("redoable"),
            PreferenceRow.value.label("begun"),
        )
        .join(RoundRow, RoundRow.name == RoundItemRow.round)
        .outerjoin(SlotRow, own(SlotRow))
        .outerjoin(DraftRow, own(DraftRow))
        .outerjoin(FirstReadingRow, own(FirstReadingRow))
        .outerjoin(PayloadRow, PayloadRow.sha256 == FirstReadingRow.payload_sha256)
        .outerjoin(PreferenceRow, begun_by_reader)
        .where(RoundItemRow.round == bindparam("name"), RoundItemRow.item_id == bindparam("item"))
    )


_STANDING = _standing_query()


def draft(t: Transaction, round_name: str, item_id: str, person_id: str) -> Draft | None:
    """Return a person's draft on an item, or None."""
    row = t.get(DraftRow, (round_name, item_id, person_id))
    return _draft(row) if row is not None else None


def add_draft(t: Transaction, new: Draft, at: datetime) -> None:
    """Store the first save of a draft."""
    t.add(
        DraftRow(
            round=new.round,
            item_id=new.item_id,
            person=new.person,
            item_version=new.item_version,
            rubric_version=new.rubric_version,
            body=new.body.model_dump(mode="json"),
            version=new.version,
            opened_at=new.opened_at,
            saved_at=at,
        )
    )
    t.flush()


def save_draft(t: Transaction, changed: Draft, expected_version: int, at: datetime) -> bool:
    """Overwrite a draft if it still has the version expected; False when another was faster."""
    keys = {"in_round": changed.round, "of_item": changed.item_id, "of_person": changed.person}
    new = {"new_version": changed.version, "new_body": changed.body.model_dump(mode="json")}
    seen = {"expected": expected_version, "at": at}
    result = t.execute(_SAVED, {**keys, **new, **seen})
    return bool(cast("CursorResult[Any]", result).rowcount)


_DRAFTS = cast("Table", DraftRow.__table__)
_SAVED = (
    update(_DRAFTS)
    .where(
        _DRAFTS.c.round == bindparam("in_round"),
        _DRAFTS.c.item_id == bindparam("of_item"),
        _DRAFTS.c.person == bindparam("of_person"),
        _DRAFTS.c.version == bindparam("expected"),
    )
    .values(body=bindparam("new_body"), version=bindparam("new_version"), saved_at=bindparam("at"))
)
"""Every edit runs it, so it is built once and goes past the ORM."""


def delete_draft(t: Transaction, round_name: str, item_id: str, person_id: str) -> None:
    """Remove a draft that became a review, and its steps."""
    steps.drop(t, round_name, item_id, person_id)
    t.execute(
        delete(DraftRow).where(
            DraftRow.round == round_name,
            DraftRow.item_id == item_id,
            DraftRow.person == person_id,
        )
    )


def _draft(row: DraftRow) -> Draft:
    return Draft(
        round=row.round,
        item_id=row.item_id,
        item_version=row.item_version,
        rubric_version=row.rubric_version,
        person=row.person,
        body=ReviewBody.model_validate(row.body),
        version=row.version,
        opened_at=row.opened_at,
        saved_at=row.saved_at,
    )


def add_payload(t: Transaction, nonce: str, body: object) -> str:
    """Store what somebody wrote and return its hash."""
    sha256 = payload_hash(nonce, body)
    t.add(PayloadRow(sha256=sha256, nonce=nonce, body=body, erased_at=None))
    t.flush()
    return sha256


def add(t: Transaction, review: Review, *, guideline: str, nonce: str, extra: bool) -> ReviewRow:
    """Store a review and return its row, numbered among the person's own."""
    payload = add_payload(t, nonce, review.body.model_dump(mode="json"))
    number = _count_of(t, review.person) + 1
    row = ReviewRow(
        **review.model_dump(exclude={"body"}),
        guideline=guideline,
        number=number,
        payload_sha256=payload,
        extra=extra,
    )
    t.add(row)
    t.flush()
    return row


def _count_of(t: Transaction, person_id: str) -> int:
    newest = (
        select(ReviewRow.number)
        .where(ReviewRow.person == person_id)
        .order_by(ReviewRow.submitted_at.desc(), ReviewRow.number.desc())
        .limit(1)
    )
    return t.scalar(newest) or 0


def by_key(t: Transaction, idempotency_key: str) -> ReviewRow | None:
    """Return the review that was stored under an idempotency key, or None."""
    return t.scalar(select(ReviewRow).where(ReviewRow.idempotency_key == idempotency_key))


def latest_revision(t: Transaction, round_name: str, item_id: str, person_id: str) -> int:
    """Return the number of a person's newest revision on an item; 0 for none."""
    query = select(func.max(ReviewRow.revision)).where(
        ReviewRow.round == round_name,
        ReviewRow.item_id == item_id,
        ReviewRow.person == person_id,
    )
    return t.scalar(query) or 0


def counting(
    t: Transaction, round_name: str, item_id: str, until: datetime | None = None
) -> list[Review]:
    """Return the reading that counts of each reader of an item, now or at a moment of the past.

    That is the last revision before any exposure, or the first reading where all came after.
    """
    found = counting_of(t, [(round_name, item_id)], until=until)
    return found.get((round_name, item_id), [])


def counting_of(
    t: Transaction,
    keys: Sequence[tuple[str, str]],
    person_id: str | None = None,
    until: datetime | None = None,
) -> dict[tuple[str, str], list[Review]]:
    """Return the readings that count for many items, of all or one reader, by (round, item_id).

    Those of a reader who left the round and whose readings are left out count nowhere.
    """
    rounds = {round_name for round_name, _ in keys}
    query = (
        select(ReviewRow, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == ReviewRow.payload_sha256)
        .where(
            ReviewRow.round.in_(rounds),
            ReviewRow.item_id.in_({item_id for _, item_id in keys}),
            ~_LEFT_OUT,
        )
        .order_by(ReviewRow.round, ReviewRow.item_id, ReviewRow.person, ReviewRow.revision)
    )
    if person_id is not None:
        query = query.where(ReviewRow.person == person_id)
    if until is not None:
        query = query.where(ReviewRow.submitted_at <= until)
    rows = t.execute(query)
    return _that_count(keys, ((row, body) for row, body in rows))


def counting_until(
    t: Transaction, keys: Sequence[tuple[str, str]], seq: int
) -> dict[tuple[str, str], list[Review]]:
    """Return the readings that counted for many items when the event log ended with link `seq`.

    A reading that was erased since is not among them.
    """
    query = (
        select(ReviewRow, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == ReviewRow.payload_sha256)
        .where(
            ReviewRow.round.in_({name for name, _ in keys}),
            ReviewRow.item_id.in_({item_id for _, item_id in keys}),
            PayloadRow.body.is_not(None),
        )
        .order_by(ReviewRow.round, ReviewRow.item_id, ReviewRow.person, ReviewRow.revision)
    )
    rows = [(row, body) for row, body in t.execute(query)]
    known = known_until(t, [object_of(row) for row, _ in rows], seq)
    return _that_count(keys, ((row, body) for row, body in rows if object_of(row) in known))


def _that_count(
    keys: Sequence[tuple[str, str]], rows: Iterable[tuple[ReviewRow, object]]
) -> dict[tuple[str, str], list[Review]]:
    """Choose each reader's last reading before any exposure, else the first one."""
    chosen: dict[tuple[str, str], dict[str, Review]] = {key: {} for key in keys}
    for row, body in rows:
        readings = chosen.get((row.round, row.item_id))
        if readings is None or (row.after_exposure and row.person in readings):
            continue
        readings[row.person] = _review(row, body)
    return {key: list(readings.values()) for key, readings in chosen.items() if readings}


_LEFT_OUT = exists().where(
    RoundPersonRow.round == ReviewRow.round,
    RoundPersonRow.person == ReviewRow.person,
    RoundPersonRow.part == Part.LEFT_OUT.value,
)


def of_person(t: Transaction, person_id: str, round_name: str, item_id: str) -> Review | None:
    """Return a person's newest revision on an item, or None."""
    found = t.execute(
        select(ReviewRow, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == ReviewRow.payload_sha256)
        .where(
            ReviewRow.person == person_id,
            ReviewRow.round == round_name,
            ReviewRow.item_id == item_id,
        )
        .order_by(ReviewRow.revision.desc())
        .limit(1)
    ).one_or_none()
    return _review(found[0], found[1]) if found else None


def recent_of_person(
    t: Transaction, person_id: str, size: int, before: int | None = None
) -> list[ReviewRow]:
    """Return a person's newest reviews, or those before their n-th, without their bodies."""
    query = select(ReviewRow).where(
        ReviewRow.person == person_id, ~repeats.read_again(ReviewRow, person_id)
    )
    if before is not None:
        query = query.where(ReviewRow.number < before)
    newest = query.order_by(ReviewRow.submitted_at.desc(), ReviewRow.number.desc())
    return list(t.scalars(newest.limit(size)))


def own_list(
    t: Transaction,
    person_id: str,
    round_name: str | None,
    track: Track | None,
    after: int | None,
    size: int,
) -> list[OwnReview]:
    """Return a page of a person's reviews, each item's newest revision, newest first.

    What they read again, or are reading again, does not stand there as it was before.
    """
    later = aliased(ReviewRow)
    superseded = exists().where(
        later.round == ReviewRow.round,
        later.item_id == ReviewRow.item_id,
        later.person == ReviewRow.person,
        later.revision > ReviewRow.revision,
    )
    known_as = func.coalesce(RoundRow.companion_of, ReviewRow.round)
    query = (
        select(ReviewRow, known_as, RoundItemRow.track, PayloadRow.body)
        .join(RoundRow, RoundRow.name == ReviewRow.round)
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == ReviewRow.round, RoundItemRow.item_id == ReviewRow.item_id),
        )
        .join(PayloadRow, PayloadRow.sha256 == ReviewRow.payload_sha256)
        .where(
            ReviewRow.person == person_id,
            ~superseded,
            ~repeats.read_again(ReviewRow, person_id),
        )
    )
    if round_name is not None:
        query = query.where(known_as == round_name)
    if track is not None:
        query = query.where(RoundItemRow.track == track.value)
    if after is not None:
        query = query.where(ReviewRow.number < after)
    newest = query.order_by(ReviewRow.submitted_at.desc(), ReviewRow.number.desc()).limit(size)
    return [_own(row, name, track, body or {}) for row, name, track, body in t.execute(newest)]


def _own(row: ReviewRow, round_name: str, track: str, body: dict[str, Any]) -> OwnReview:
    return OwnReview(
        round=round_name,
        item_id=row.item_id,
        track=Track(track),
        number=row.number,
        revision=row.revision,
        submitted_at=row.submitted_at,
        recommendation=body.get("recommendation"),
    )


def has_read(t: Transaction, person_id: str, item_id: str) -> bool:
    """Return True when a person has submitted a reading of an item in any round."""
    query = select(ReviewRow.review_id).where(
        ReviewRow.item_id == item_id, ReviewRow.person == person_id
    )
    return t.scalar(query.limit(1)) is not None


def known_to(t: Transaction, person_ids: Sequence[str]) -> set[str]:
    """Return the items that one of some persons has read, or been shown something of."""
    read = select(ReviewRow.item_id).where(ReviewRow.person.in_(person_ids))
    shown = select(ExposureRow.item_id).where(ExposureRow.person.in_(person_ids))
    opened = select(ShownRow.item_id).where(ShownRow.person.in_(person_ids))
    return {row.item_id for row in t.execute(union(read, shown, opened))}


def _review(row: ReviewRow, body: object) -> Review:
    return Review(
        review_id=row.review_id,
        round=row.round,
        item_id=row.item_id,
        item_version=row.item_version,
        rubric_version=row.rubric_version,
        person=row.person,
        revision=row.revision,
        body=ReviewBody.model_validate(body or {}),
        opened_at=row.opened_at,
        submitted_at=row.submitted_at,
        seconds_active=row.seconds_active,
        after_exposure=row.after_exposure,
        idempotency_key=row.idempotency_key,
    )
