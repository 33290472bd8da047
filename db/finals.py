"""A reader's readings of items that are final: in a release, and never to be read again by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from db import repeats
from db.database import Transaction
from db.models import GoldRow, ReviewRow, RoundItemRow, RoundPersonRow, SlotRow
from src.domain.departure import Part
from src.domain.round import TAKEN_OUT


class FinalKey(NamedTuple):
    """A final item as one reader read it, and the newest release with the gold of that round."""

    round: str
    item_id: str
    release: int
    submitted_at: datetime


def among(t: Transaction, person_id: str, keys: Sequence[tuple[str, str]]) -> list[FinalKey]:
    """Return those of some (round, item_id) that are final for a reader."""
    if not keys:
        return []
    asked = _finals(person_id).where(tuple_(ReviewRow.round, ReviewRow.item_id).in_(keys))
    return [FinalKey(*row) for row in t.execute(asked)]


def newest(t: Transaction, person_id: str, size: int) -> list[FinalKey]:
    """Return a reader's newest readings of final items, newest first."""
    query = _finals(person_id).order_by(ReviewRow.submitted_at.desc()).limit(size)
    return [FinalKey(*row) for row in t.execute(query)]


def _finals(person_id: str) -> Select[Any]:
    """Select a reader's first reading of each item that has gold of that round and version."""
    release = (
        select(func.max(GoldRow.release))
        .where(
            GoldRow.item_id == ReviewRow.item_id,
            GoldRow.round == ReviewRow.round,
            GoldRow.item_version == ReviewRow.item_version,
        )
        .scalar_subquery()
    )
    left_out = exists().where(
        RoundPersonRow.round == ReviewRow.round,
        RoundPersonRow.person == person_id,
        RoundPersonRow.part == Part.LEFT_OUT.value,
    )
    return select(ReviewRow.round, ReviewRow.item_id, release, ReviewRow.submitted_at).where(
        ReviewRow.person == person_id,
        ReviewRow.revision == 1,
        release.is_not(None),
        ~left_out,
        ~_may_come(person_id),
        ~repeats.is_pending(ReviewRow.item_id, person_id),
    )


def _may_come(person_id: str) -> ColumnElement[bool]:
    """Tell whether some round may still ask a reader for a reading of the item.

    Also a closed one, which can be reopened, and practice, which gold would spoil.
    """
    other, sent = aliased(RoundItemRow), aliased(ReviewRow)
    reads = exists().where(
        RoundPersonRow.round == other.round,
        RoundPersonRow.person == person_id,
        RoundPersonRow.part == "",
    )
    has_sent = exists().where(
        sent.round == other.round, sent.item_id == other.item_id, sent.person == person_id
    )
    holds = exists().where(
        SlotRow.round == other.round,
        SlotRow.item_id == other.item_id,
        SlotRow.person == person_id,
    )
    return (
        select(other.item_id)
        .where(
            and_(other.item_id == ReviewRow.item_id, other.held_back != TAKEN_OUT),
            reads,
            ~has_sent,
            or_(other.missing > 0, holds),
        )
        .exists()
    )
