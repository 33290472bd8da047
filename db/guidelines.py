"""Guidelines in versions, who acknowledged which, and the readings made under each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import AcknowledgementRow, GuidelineRow, ReviewRow, RoundRow
from src.domain.guideline import (
    READINGS_COUNTED,
    Guideline,
    GuidelineHead,
    ReadingUnder,
    ToAcknowledge,
)

T = TypeVar("T", bound=Any)


def add(t: Transaction, guideline: Guideline) -> GuidelineRow:
    """Store a version and return its row."""
    row = GuidelineRow(**guideline.model_dump())
    t.add(row)
    t.flush()
    return row


def get(t: Transaction, number: int) -> Guideline | None:
    """Return a version, or None."""
    row = t.get(GuidelineRow, number)
    return _guideline(row) if row is not None else None


def newest_number(t: Transaction) -> int:
    """Return the number of the newest version; 0 when there is none."""
    return t.scalar(select(func.max(GuidelineRow.number))) or 0


def heads(t: Transaction) -> list[GuidelineHead]:
    """Return all versions without their texts, newest first."""
    columns = (GuidelineRow.number, GuidelineRow.note, GuidelineRow.person, GuidelineRow.at)
    rows = t.execute(select(*columns).order_by(GuidelineRow.number.desc()))
    return [GuidelineHead(**row._mapping) for row in rows]


def acknowledged(t: Transaction, person_id: str) -> int:
    """Return the number of the newest version a person has acknowledged; 0 for none."""
    query = select(func.max(AcknowledgementRow.number))
    return t.scalar(query.where(AcknowledgementRow.person == person_id)) or 0


def add_acknowledgement(
    t: Transaction, person_id: str, number: int, at: datetime
) -> AcknowledgementRow | None:
    """Store that a person has read a version and return the row; None when it is stored already."""
    if t.get(AcknowledgementRow, (person_id, number)) is not None:
        return None
    row = AcknowledgementRow(person=person_id, number=number, at=at)
    t.add(row)
    t.flush()
    return row


def to_acknowledge(t: Transaction, person_id: str) -> ToAcknowledge | None:
    """Return the newest version with the one a person knows; None when it is the same."""
    known, newest = acknowledged(t, person_id), newest_number(t)
    if known == newest:
        return None
    found = get(t, newest)
    assert found is not None
    return ToAcknowledge(newest=found, before=get(t, known))


def acknowledged_by(t: Transaction) -> dict[int, int]:
    """Return for each version how many people have acknowledged it."""
    query = select(AcknowledgementRow.number, func.count().label("readers")).group_by(
        AcknowledgementRow.number
    )
    return {row.number: row.readers for row in t.execute(query)}


def readings_counted(t: Transaction, number: int) -> int:
    """Return how many readings were made under a version, 0 for none; up to READINGS_COUNTED."""
    some = _newest_under(select(ReviewRow.review_id), number).limit(READINGS_COUNTED)
    return t.scalar(select(func.count()).select_from(some.subquery())) or 0


def readings_under(
    t: Transaction, number: int, after: ReadingUnder | None, size: int
) -> list[ReadingUnder]:
    """Return a page of the readings made under a version (0: without one), newest first."""
    query = _newest_under(select(ReviewRow), number)
    if after is not None:
        earlier = ReviewRow.submitted_at < after.submitted_at
        same = ReviewRow.submitted_at == after.submitted_at
        query = query.where(or_(earlier, same & (ReviewRow.review_id < after.review_id)))
    newest = query.order_by(ReviewRow.submitted_at.desc(), ReviewRow.review_id.desc())
    return [_reading(row) for row in t.scalars(newest.limit(size))]


def reading(t: Transaction, review_id: str) -> ReadingUnder | None:
    """Return one reading as such a line, or None."""
    row = t.get(ReviewRow, review_id)
    return _reading(row) if row is not None else None


def as_stored(number: int) -> str:
    """Return how a review and a round name a version: empty when there is none."""
    return str(number) if number else ""


def _newest_under(query: Select[T], number: int) -> Select[T]:
    later = aliased(ReviewRow)
    superseded = exists().where(
        later.round == ReviewRow.round,
        later.item_id == ReviewRow.item_id,
        later.person == ReviewRow.person,
        later.revision > ReviewRow.revision,
    )
    hidden = exists().where(RoundRow.name == ReviewRow.round, RoundRow.companion_of.is_not(None))
    return query.where(ReviewRow.guideline == as_stored(number), ~superseded, ~hidden)


def _reading(row: ReviewRow) -> ReadingUnder:
    return ReadingUnder(
        review_id=row.review_id,
        round=row.round,
        item_id=row.item_id,
        person=row.person,
        submitted_at=row.submitted_at,
    )


def _guideline(row: GuidelineRow) -> Guideline:
    return Guideline(number=row.number, text=row.text, note=row.note, person=row.person, at=row.at)
