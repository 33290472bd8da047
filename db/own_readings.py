"""What adjudicators said of an item before any reader's reading was shown to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select

from db.database import Transaction
from db.models import OwnReadingRow, PayloadRow, ReviewRow, RoundItemRow, RoundRow, SlotRow
from db.reviews import add_payload
from src.domain.own_reading import OwnReading
from src.domain.round import TAKEN_OUT, RoundKind


def get(t: Transaction, round_name: str, item_id: str, person_id: str) -> OwnReading | None:
    """Return an adjudicator's own reading of an item, or None."""
    found = t.execute(
        select(OwnReadingRow.at, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == OwnReadingRow.payload_sha256)
        .where(
            OwnReadingRow.round == round_name,
            OwnReadingRow.item_id == item_id,
            OwnReadingRow.person == person_id,
        )
    ).one_or_none()
    return OwnReading(at=found.at, **(found.body or {})) if found is not None else None


def add(
    t: Transaction,
    round_name: str,
    item_id: str,
    person_id: str,
    reading: OwnReading,
    nonce: str,
) -> OwnReadingRow:
    """Store an own reading for ever."""
    row = OwnReadingRow(
        round=round_name,
        item_id=item_id,
        person=person_id,
        payload_sha256=add_payload(t, nonce, {"line": reading.line, "values": reading.values}),
        at=reading.at,
    )
    t.add(row)
    t.flush()
    return row


def is_owed(item_id: Any, person_id: str) -> ColumnElement[bool]:
    """Tell of an item whether an adjudicator may know nothing of its readings yet.

    A blind round has all its readings of it, and they have given no own reading there; who
    reads or has read the item never settles it and owes none.
    """
    return exists().where(RoundItemRow.item_id == item_id, *_owed(person_id))


def owed(t: Transaction, person_id: str, item_id: str | None = None) -> dict[str, tuple[str, int]]:
    """Return item_id -> (blind round, item version) of the own readings a person owes.

    Of all items, or of one; of several rounds the newest.
    """
    query = (
        select(RoundItemRow.item_id, RoundItemRow.round, RoundItemRow.item_version)
        .join(RoundRow, RoundRow.name == RoundItemRow.round)
        .where(*_owed(person_id))
        .order_by(RoundRow.number)
    )
    if item_id is not None:
        query = query.where(RoundItemRow.item_id == item_id)
    return {found: (name, version) for found, name, version in t.execute(query)}


def _owed(person_id: str) -> tuple[ColumnElement[bool], ...]:
    given = exists().where(
        OwnReadingRow.round == RoundItemRow.round,
        OwnReadingRow.item_id == RoundItemRow.item_id,
        OwnReadingRow.person == person_id,
    )
    read = exists().where(ReviewRow.item_id == RoundItemRow.item_id, ReviewRow.person == person_id)
    holds = exists().where(
        SlotRow.round == RoundItemRow.round,
        SlotRow.item_id == RoundItemRow.item_id,
        SlotRow.person == person_id,
    )
    blind = select(RoundRow.name).where(
        RoundRow.blind_adjudication, RoundRow.kind == RoundKind.READING.value
    )
    return (
        RoundItemRow.round.in_(blind),
        RoundItemRow.missing <= 0,
        RoundItemRow.held_back != TAKEN_OUT,
        ~RoundItemRow.planted,
        and_(~given, ~read, ~holds),
    )
