"""Items that were passed on or held back, and what the study lead answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    and_,
    literal,
    select,
    tuple_,
    update,
)

from db import rounds
from db.database import Transaction
from db.models import (
    RoundItemRow,
    RoundRow,
    SkipRow,
    UtcTime,
)
from src.domain.item import Track
from src.domain.round import (
    HOLDS_BACK,
    PUT_BACK,
    TAKEN_OUT,
    Skip,
    SkipReason,
)

LEASE_ENDED = "lease_ended"


def add_skip(
    t: Transaction,
    round_name: str,
    item_id: str,
    person_id: str,
    reason: SkipReason | str,
    note: str,
    at: datetime,
) -> None:
    """Remember that a person passed an item on, or let its lease run out.

    A second time changes nothing, unless a lead answered the first.
    """
    row = t.get(SkipRow, (round_name, item_id, person_id, str(reason)))
    if row is None:
        row = SkipRow(round=round_name, item_id=item_id, person=person_id, reason=str(reason))
        t.add(row)
    elif row.answer == "":
        return
    row.note, row.at, row.answer = note, at, ""
    t.flush()


def held_once(t: Transaction, round_name: str, item_id: str, person_id: str) -> bool:
    """Return True when a person's lease on an item ran out."""
    return t.get(SkipRow, (round_name, item_id, person_id, LEASE_ENDED)) is not None


def hold_back(t: Transaction, row: RoundItemRow, reason: SkipReason) -> None:
    """Keep an item from the other readers of its round until a lead answers."""
    row.held_back = reason.value
    t.flush()


def put_back(t: Transaction, row: RoundItemRow) -> None:
    """Let readers take an item again, also those who found it unreadable or broken."""
    row.held_back = ""
    _answer(t, row, PUT_BACK)


def take_out(t: Transaction, row: RoundItemRow, note: str) -> RoundRow:
    """Take an item out of its round for good and return the round's row, with another plan."""
    row.held_back, row.hold_note = TAKEN_OUT, note
    _answer(t, row, TAKEN_OUT)
    round_ = t.get(RoundRow, row.round)
    assert round_ is not None
    round_.n_items -= 1
    round_.plan_sha256 = rounds.plan_digest(t, row.round)
    t.flush()
    return round_


def taken_out(t: Transaction, round_name: str) -> list[tuple[str, str]]:
    """Return (item_id, note) of what was taken out of a round, in reading order."""
    query = (
        select(RoundItemRow.item_id, RoundItemRow.hold_note)
        .where(RoundItemRow.round == round_name, RoundItemRow.held_back == TAKEN_OUT)
        .order_by(RoundItemRow.position)
    )
    return [(item_id, note) for item_id, note in t.execute(query)]


def _answer(t: Transaction, row: RoundItemRow, answer: str) -> None:
    """Write a lead's answer on the skips that held an item back."""
    t.flush()
    t.execute(
        update(SkipRow)
        .where(
            SkipRow.round == row.round,
            SkipRow.item_id == row.item_id,
            SkipRow.reason.in_([reason.value for reason in HOLDS_BACK]),
            SkipRow.answer == "",
        )
        .values(answer=answer),
        execution_options={"synchronize_session": False},
    )
    t.expire_all()


SkipPlace = tuple[datetime, str, str]
"""Time, item and person of a skip: where a page of them ends."""


def skipped(
    t: Transaction,
    round_name: str,
    after: SkipPlace | None = None,
    size: int = 50,
    waiting: bool = False,
) -> list[Skip]:
    """Return what readers of a round passed on, newest first; or only what waits for a lead."""
    keys = (SkipRow.at, SkipRow.item_id, SkipRow.person)
    query = (
        select(SkipRow, RoundItemRow)
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == SkipRow.round, RoundItemRow.item_id == SkipRow.item_id),
        )
        .where(SkipRow.round == round_name, SkipRow.reason != LEASE_ENDED)
        .order_by(*(column.desc() for column in keys))
        .limit(size)
    )
    if after is not None:
        at, item_id, person = after
        query = query.where(tuple_(*keys) < tuple_(literal(at, UtcTime()), item_id, person))
    if waiting:
        query = query.where(RoundItemRow.held_back == SkipRow.reason, SkipRow.answer == "")
    return [_skip(skip, item) for skip, item in t.execute(query)]


def _skip(row: SkipRow, item: RoundItemRow) -> Skip:
    return Skip(
        round=row.round,
        item_id=row.item_id,
        track=Track(item.track),
        person=row.person,
        reason=SkipReason(row.reason),
        note=row.note,
        at=row.at,
        held_back=item.held_back == row.reason and row.answer == "",
        answer=row.answer,
    )
