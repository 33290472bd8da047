"""From whom items are kept: who may still read them, and who owes an own reading first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from db import own_readings
from db.database import Transaction
from db.models import (
    GoldRow,
    ItemRow,
    ReviewRow,
    RoundItemRow,
    RoundPersonRow,
    RoundRow,
    SlotRow,
)
from src.domain.item import Track
from src.domain.round import STOPPED, TAKEN_OUT, RoundKind

CHUNK = 400


class Hidden(NamedTuple):
    """Whom items are kept from: who may still read them, and who owes an own reading first."""

    reader: str | None = None
    adjudicator: str | None = None


NOBODY = Hidden()


def visible(item_id: Any, hidden_from: Hidden) -> list[ColumnElement[bool]]:
    """Return the conditions under which an item is kept from nobody named."""
    found = []
    if hidden_from.reader is not None:
        found.append(~may_still_read(item_id, hidden_from.reader))
    if hidden_from.adjudicator is not None:
        found.append(~own_readings.is_owed(item_id, hidden_from.adjudicator))
    return found


def may_still_read(item_id: Any, person_id: str) -> ColumnElement[bool]:
    """Tell of an item whether a reader may still come to read it, and so must know nothing of it.

    A round gave it to them, or misses a reading of it and is not stopped there, and they have
    sent none there. A reading sent in an earlier round does not count as that of a later one;
    but who has read the item once comes to it again only in a round they are a reader of.
    """
    sent = exists().where(
        ReviewRow.round == RoundItemRow.round,
        ReviewRow.item_id == RoundItemRow.item_id,
        ReviewRow.person == person_id,
    )
    ever_sent = exists().where(
        ReviewRow.item_id == RoundItemRow.item_id, ReviewRow.person == person_id
    )
    holds = exists().where(
        SlotRow.round == RoundItemRow.round,
        SlotRow.item_id == RoundItemRow.item_id,
        SlotRow.person == person_id,
    )
    reads_there = exists().where(
        RoundPersonRow.round == RoundItemRow.round,
        RoundPersonRow.person == person_id,
        RoundPersonRow.part == "",
    )
    misses_one = and_(RoundItemRow.missing > 0, RoundItemRow.held_back != STOPPED)
    return exists().where(
        RoundItemRow.item_id == item_id,
        RoundItemRow.round == RoundRow.name,
        RoundRow.kind == RoundKind.READING.value,
        RoundItemRow.held_back != TAKEN_OUT,
        ~sent,
        or_(holds, and_(misses_one, or_(~ever_sent, reads_there))),
    )


def in_track(t: Transaction, track: Track, hidden_from: Hidden) -> set[str]:
    """Return the items of a track that are kept from somebody."""
    if hidden_from == NOBODY:
        return set()
    query = select(ItemRow.item_id).where(
        ItemRow.track == track.value, ~and_(*visible(ItemRow.item_id, hidden_from))
    )
    return set(t.scalars(query))


def count(t: Transaction, hidden_from: Hidden) -> int:
    """Return how many items are kept from somebody."""
    if hidden_from == NOBODY:
        return 0
    query = select(func.count()).select_from(ItemRow)
    return t.scalar(query.where(~and_(*visible(ItemRow.item_id, hidden_from)))) or 0


def in_release(t: Transaction, number: int, hidden_from: Hidden) -> int:
    """Return how many items of a release are kept from somebody."""
    if hidden_from == NOBODY:
        return 0
    query = select(func.count()).where(
        GoldRow.release == number, ~and_(*visible(GoldRow.item_id, hidden_from))
    )
    return t.scalar(query) or 0


def among(t: Transaction, item_ids: Sequence[str], hidden_from: Hidden) -> set[str]:
    """Return which of these items are kept from somebody."""
    if hidden_from == NOBODY:
        return set()
    found: set[str] = set()
    for start in range(0, len(item_ids), CHUNK):
        some = item_ids[start : start + CHUNK]
        query = select(ItemRow.item_id).where(
            ItemRow.item_id.in_(some), ~and_(*visible(ItemRow.item_id, hidden_from))
        )
        found.update(t.scalars(query))
    return found
