"""Sittings: one small UPDATE for an act, a row and an event for a stretch of work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update

from db.database import Transaction, changed_rows
from db.models import SittingRow
from src.domain.sitting import SITTING_ENDS, Hours, Sitting


def add_time(
    t: Transaction, person_id: str, round_name: str, seconds: float, items: int, now: datetime
) -> bool:
    """Add an act to a person's open sitting; False when there is none that still goes on."""
    done = changed_rows(
        t,
        update(SittingRow)
        .where(
            SittingRow.person == person_id,
            SittingRow.round == round_name,
            SittingRow.ended_at.is_(None),
            SittingRow.last_act_at >= now - SITTING_ENDS,
        )
        .values(
            last_act_at=now,
            seconds_active=SittingRow.seconds_active + seconds,
            items=SittingRow.items + items,
        ),
    )
    return bool(done)


def add(t: Transaction, sitting: Sitting) -> SittingRow:
    """Store the beginning of a sitting and return its row."""
    row = SittingRow(**sitting.model_dump())
    t.add(row)
    t.flush()
    return row


def open_one(t: Transaction, person_id: str, round_name: str) -> SittingRow | None:
    """Return the sitting of a person and round that has not ended, or None."""
    return t.scalar(
        select(SittingRow)
        .where(
            SittingRow.person == person_id,
            SittingRow.round == round_name,
            SittingRow.ended_at.is_(None),
        )
        .order_by(SittingRow.started_at.desc())
        .limit(1)
    )


def end(t: Transaction, row: SittingRow, at: datetime) -> None:
    """Write down when a sitting ended."""
    row.ended_at = at
    t.flush()


def of_person(t: Transaction, person_id: str, round_name: str, size: int) -> list[Sitting]:
    """Return a person's sittings on a round, newest first."""
    rows = t.scalars(
        select(SittingRow)
        .where(SittingRow.person == person_id, SittingRow.round == round_name)
        .order_by(SittingRow.started_at.desc())
        .limit(size)
    )
    return [sitting_of(row) for row in rows]


def hours(t: Transaction, round_name: str) -> list[Hours]:
    """Return how long each person has worked on a round."""
    query = (
        select(
            SittingRow.person,
            func.count(),
            func.sum(SittingRow.items),
            func.sum(SittingRow.seconds_active),
        )
        .where(SittingRow.round == round_name)
        .group_by(SittingRow.person)
        .order_by(SittingRow.person)
    )
    return [
        Hours(person=person, sittings=sittings, items=items, seconds_active=seconds)
        for person, sittings, items, seconds in t.execute(query)
    ]


def sitting_of(row: SittingRow) -> Sitting:
    """Return a row as the value it stores."""
    return Sitting(
        sitting_id=row.sitting_id,
        person=row.person,
        round=row.round,
        started_at=row.started_at,
        last_act_at=row.last_act_at,
        ended_at=row.ended_at,
        items=row.items,
        seconds_active=row.seconds_active,
    )
