"""Readings that are given once more: where they are kept, and which is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from db import skips
from db.database import Transaction
from db.models import (
    ConflictRow,
    ExposureRow,
    MessageRow,
    RepeatRow,
    ReviewRow,
    RoundItemRow,
    RoundPersonRow,
    RoundRow,
    SkipRow,
    SlotRow,
)
from src.domain.departure import Part
from src.domain.item import Track
from src.domain.repeats import companion_name
from src.domain.round import RoundState, SlotState


def draw(
    t: Transaction, companion: str, item_id: str, person_id: str, track: str, due_at: datetime
) -> None:
    """Remember that a reader is to read an item once more from a moment on; once is enough."""
    if t.get(RepeatRow, (companion, item_id, person_id)) is not None:
        return
    t.add(RepeatRow(round=companion, item_id=item_id, person=person_id, track=track, due_at=due_at))
    t.flush()


def next_due(
    t: Transaction, round_name: str, person_id: str, now: datetime, track: Track | None = None
) -> RepeatRow | None:
    """Return the reading that a reader has waited longest to give once more, or None."""
    query = _due(select(RepeatRow), round_name, person_id, now)
    if track is not None:
        query = query.where(RepeatRow.track == track.value)
    first = query.order_by(RepeatRow.due_at, RepeatRow.item_id).limit(1)
    return t.scalars(first).one_or_none()


def due_by_track(
    t: Transaction, round_name: str, person_id: str, now: datetime
) -> dict[Track, int]:
    """Return how many readings of each track a reader could give once more now."""
    due = _due(select(RepeatRow), round_name, person_id, now).subquery()
    query = select(due.c.track, func.count()).group_by(due.c.track)
    return {Track(track): number for track, number in t.execute(query)}


def _due(
    query: Select[RepeatRow], round_name: str, person_id: str, now: datetime
) -> Select[RepeatRow]:
    """Narrow to what is due for a reader and still to be given out."""
    due = (RepeatRow.person == person_id, RepeatRow.due_at <= now)
    return query.where(*due, *_to_come(round_name))


def _to_come(round_name: str) -> tuple[ColumnElement[bool], ...]:
    """Tell of repeats that are not given out and of which their reader has learnt nothing since."""
    companion = companion_name(round_name)
    had = exists().where(
        SlotRow.round == companion,
        SlotRow.item_id == RepeatRow.item_id,
        SlotRow.person == RepeatRow.person,
    )
    passed_on = exists().where(
        SkipRow.round == companion,
        SkipRow.item_id == RepeatRow.item_id,
        SkipRow.person == RepeatRow.person,
        SkipRow.reason != skips.LEASE_ENDED,
    )
    exposed = exists().where(
        ExposureRow.person == RepeatRow.person, ExposureRow.item_id == RepeatRow.item_id
    )
    asked_about = exists().where(
        MessageRow.round == round_name, MessageRow.item_id == RepeatRow.item_id
    )
    conflict = exists().where(
        ConflictRow.person == RepeatRow.person,
        ConflictRow.case_id == RoundItemRow.case_id,
        RoundItemRow.round == companion,
        RoundItemRow.item_id == RepeatRow.item_id,
    )
    return RepeatRow.round == companion, ~or_(had, passed_on, exposed, asked_about, conflict)


def to_come(t: Transaction, round_name: str) -> tuple[int, datetime | None]:
    """Return how many repeats are still to be given out, and when the last of them is due.

    Without those of readers who have left the round.
    """
    reads = exists().where(
        RoundPersonRow.round == round_name,
        RoundPersonRow.person == RepeatRow.person,
        RoundPersonRow.part == "",
    )
    query = select(func.count(), func.max(RepeatRow.due_at)).select_from(RepeatRow)
    number, last = t.execute(query.where(reads, *_to_come(round_name))).one()
    return number, last


def give_out(t: Transaction, due: RepeatRow, lease_until: datetime) -> SlotRow:
    """Give a reader a slot of their own for a reading that is due."""
    row = t.get(RoundItemRow, (due.round, due.item_id))
    assert row is not None
    of_item = and_(SlotRow.round == due.round, SlotRow.item_id == due.item_id)
    number = (t.scalar(select(func.max(SlotRow.number)).where(of_item)) or 0) + 1
    slot = SlotRow(
        round=due.round,
        item_id=due.item_id,
        number=number,
        item_version=row.item_version,
        position=row.position,
        person=due.person,
        lease_until=lease_until,
        state=SlotState.TAKEN.value,
    )
    t.add(slot)
    t.flush()
    return slot


def fill(t: Transaction, slot: SlotRow) -> None:
    """Mark a repeat as given; no item waits for it."""
    slot.state, slot.lease_until = SlotState.SUBMITTED.value, None
    t.flush()


def is_pending(item_id: Any, person_id: str) -> ColumnElement[bool]:
    """Tell of an item whether a reader is still to give a drawn repeat of it in an open round."""
    review, round_ = aliased(ReviewRow), aliased(RoundRow)
    sent = exists().where(
        review.round == RepeatRow.round,
        review.item_id == RepeatRow.item_id,
        review.person == person_id,
    )
    passed_on = exists().where(
        SkipRow.round == RepeatRow.round,
        SkipRow.item_id == RepeatRow.item_id,
        SkipRow.person == person_id,
    )
    return exists().where(
        RepeatRow.item_id == item_id,
        RepeatRow.person == person_id,
        RepeatRow.round == round_.name,
        round_.state == RoundState.OPEN.value,
        ~sent,
        ~passed_on,
    )


class Counts(NamedTuple):
    """How many repeats of a round were drawn, given out and sent."""

    drawn: int
    given_out: int
    sent: int


def counts(t: Transaction, round_name: str) -> Counts:
    """Return how far the repeats of a round are."""
    companion = companion_name(round_name)
    drawn = select(func.count()).where(RepeatRow.round == companion)
    held = select(func.count()).where(SlotRow.round == companion, SlotRow.person.is_not(None))
    sent = held.where(SlotRow.state == SlotState.SUBMITTED.value)
    return Counts(t.scalar(drawn) or 0, t.scalar(held) or 0, t.scalar(sent) or 0)


def sent_after(
    t: Transaction, round_name: str, after: tuple[str, str], size: int
) -> list[tuple[str, str]]:
    """Return a page of (item_id, person) of repeats that were sent, without readers left out."""
    companion = companion_name(round_name)
    left_out = exists().where(
        RoundPersonRow.round == round_name,
        RoundPersonRow.person == ReviewRow.person,
        RoundPersonRow.part == Part.LEFT_OUT.value,
    )
    query = (
        select(ReviewRow.item_id, ReviewRow.person)
        .where(
            ReviewRow.round == companion,
            ReviewRow.revision == 1,
            tuple_(ReviewRow.item_id, ReviewRow.person) > tuple_(*after),
            ~left_out,
        )
        .order_by(ReviewRow.item_id, ReviewRow.person)
    )
    return [(item_id, person) for item_id, person in t.execute(query.limit(size))]


def kept_as(t: Transaction, round_name: str) -> str:
    """Return the round a reader knows a hidden companion by; any other is its own."""
    parent = t.scalar(select(RoundRow.companion_of).where(RoundRow.name == round_name))
    return parent or round_name


def read_again(row: Any, person_id: str) -> ColumnElement[bool]:
    """Tell of a review whether its reader holds, or has given, a repeat of it: then that is shown.

    `row` is ReviewRow, or an alias of it.
    """
    companion, again = aliased(RoundRow), aliased(SlotRow)
    return exists().where(
        companion.companion_of == row.round,
        again.round == companion.name,
        again.item_id == row.item_id,
        again.person == person_id,
    )


def hidden_from(t: Transaction, person_id: str) -> list[str]:
    """Return the hidden companions of the open rounds a person reads in."""
    companion = aliased(RoundRow)
    query = (
        select(companion.name)
        .join(RoundRow, RoundRow.name == companion.companion_of)
        .join(RoundPersonRow, RoundPersonRow.round == RoundRow.name)
        .where(RoundPersonRow.person == person_id, RoundRow.state == RoundState.OPEN.value)
    )
    return list(t.scalars(query))
