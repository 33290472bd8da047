"""Readers who left a round: the lead's word on it, and what becomes of their slots."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import (
    DepartureRow,
    DisputeRow,
    ReviewRow,
    RoundItemRow,
    RoundPersonRow,
    RoundRow,
    SlotRow,
)
from db.rounds import plan_digest
from src.domain.departure import Departure, Part, ReaderLeft
from src.domain.round import RoundKind, SlotState


def add(t: Transaction, departure: Departure) -> tuple[DepartureRow, RoundRow]:
    """Store the lead's word and how the reader stands by it; return its row and the round's."""
    row = DepartureRow(**departure.model_dump(exclude={"part"}), part=departure.part.value)
    t.add(row)
    person = t.get(RoundPersonRow, (departure.round, departure.person))
    round_ = t.get(RoundRow, departure.round)
    assert person is not None
    assert round_ is not None
    person.part = "" if departure.part is Part.BACK else departure.part.value
    t.flush()
    round_.plan_sha256 = plan_digest(t, departure.round)
    t.flush()
    return row, round_


def part_of(t: Transaction, round_name: str, person_id: str) -> Part | None:
    """Return how a reader stands with a round they left; None while they read in it."""
    row = t.get(RoundPersonRow, (round_name, person_id))
    return Part(row.part) if row is not None and row.part else None


def revisions(t: Transaction, round_name: str, person_id: str) -> int:
    """Return how often the lead has spoken of a reader's part in a round."""
    query = select(func.max(DepartureRow.revision)).where(
        DepartureRow.round == round_name, DepartureRow.person == person_id
    )
    return t.scalar(query) or 0


def taken(t: Transaction, round_name: str, person_id: str) -> list[SlotRow]:
    """Return the slots a reader holds and has not filled."""
    return list(t.scalars(_own(round_name, person_id, SlotState.TAKEN)))


def reopen_read(t: Transaction, round_name: str, person_id: str) -> list[SlotRow]:
    """Open the slots a reader has filled, so that others can read these items; return them.

    Each of these items misses one reading more, and has no disputes until it is read.
    """
    slots = list(t.scalars(_own(round_name, person_id, SlotState.SUBMITTED)))
    for slot in slots:
        slot.person, slot.lease_until, slot.state = None, None, SlotState.OPEN.value
    t.flush()
    _count_missing(t, round_name, person_id)
    unread = select(RoundItemRow.item_id).where(
        RoundItemRow.round == round_name, RoundItemRow.missing > 0
    )
    t.execute(
        delete(DisputeRow).where(DisputeRow.round == round_name, DisputeRow.item_id.in_(unread)),
        execution_options={"synchronize_session": False},
    )
    return slots


def fill_again(t: Transaction, round_name: str, person_id: str) -> list[SlotRow]:
    """Fill an open slot of each item a reader has read and holds no slot of; return them.

    Where others hold or filled all of them, the reading counts beside theirs.
    """
    own = aliased(SlotRow)
    read = exists().where(
        ReviewRow.round == SlotRow.round,
        ReviewRow.item_id == SlotRow.item_id,
        ReviewRow.person == person_id,
    )
    holds = exists().where(
        own.round == SlotRow.round, own.item_id == SlotRow.item_id, own.person == person_id
    )
    query = select(SlotRow).where(
        SlotRow.round == round_name, SlotRow.state == SlotState.OPEN.value, read, ~holds
    )
    slots: dict[str, SlotRow] = {}
    for slot in t.scalars(query.order_by(SlotRow.position, SlotRow.number)):
        slots.setdefault(slot.item_id, slot)
    for slot in slots.values():
        slot.person, slot.state = person_id, SlotState.SUBMITTED.value
    t.flush()
    _count_missing(t, round_name, person_id)
    return list(slots.values())


def items_read(t: Transaction, round_name: str, person_id: str, after: str, size: int) -> list[str]:
    """Return a page of the items a reader has read in a round, in the order of their ids."""
    query = (
        select(ReviewRow.item_id)
        .where(
            ReviewRow.round == round_name,
            ReviewRow.person == person_id,
            ReviewRow.item_id > after,
        )
        .distinct()
    )
    return list(t.scalars(query.order_by(ReviewRow.item_id).limit(size)))


def of_round(t: Transaction, round_name: str) -> list[ReaderLeft]:
    """Return the readers who left a round, in the order in which they first did."""
    return _left(t, DepartureRow.round == round_name)


def of_reading_rounds(t: Transaction) -> list[ReaderLeft]:
    """Return the readers who left any round that makes gold, round by round."""
    reading = select(RoundRow.name).where(RoundRow.kind == RoundKind.READING.value)
    return _left(t, DepartureRow.round.in_(reading))


def _left(t: Transaction, asked: ColumnElement[bool]) -> list[ReaderLeft]:
    """Number readers by when they first left, also those who are back: a number stays theirs."""
    rows = t.scalars(
        select(DepartureRow).where(asked).order_by(DepartureRow.revision, DepartureRow.at)
    )
    newest: dict[str, dict[str, DepartureRow]] = {}
    for row in rows:
        newest.setdefault(row.round, {})[row.person] = row
    return [
        ReaderLeft(
            round=row.round,
            person=row.person,
            number=number,
            part=Part(row.part),
            reason=row.reason,
            by=row.by,
            at=row.at,
            readings=_readings(t, row.round, row.person),
        )
        for _, persons in sorted(newest.items())
        for number, row in enumerate(persons.values(), start=1)
        if row.part != Part.BACK.value
    ]


def _readings(t: Transaction, round_name: str, person_id: str) -> int:
    query = select(func.count()).select_from(ReviewRow)
    own = (ReviewRow.round == round_name, ReviewRow.person == person_id)
    return t.scalar(query.where(*own, ReviewRow.revision == 1)) or 0


def _own(round_name: str, person_id: str, state: SlotState) -> Select[SlotRow]:
    return (
        select(SlotRow)
        .where(
            SlotRow.round == round_name,
            SlotRow.person == person_id,
            SlotRow.state == state.value,
        )
        .order_by(SlotRow.position)
    )


def _count_missing(t: Transaction, round_name: str, person_id: str) -> None:
    """Count anew how many readings the items miss that a reader has read."""
    read = select(ReviewRow.item_id).where(
        ReviewRow.round == round_name, ReviewRow.person == person_id
    )
    unfilled = (
        select(func.count())
        .select_from(SlotRow)
        .where(
            SlotRow.round == RoundItemRow.round,
            SlotRow.item_id == RoundItemRow.item_id,
            SlotRow.state != SlotState.SUBMITTED.value,
        )
        .scalar_subquery()
    )
    t.execute(
        update(RoundItemRow)
        .where(RoundItemRow.round == round_name, RoundItemRow.item_id.in_(read))
        .values(missing=unfilled),
        execution_options={"synchronize_session": False},
    )
    t.expire_all()
