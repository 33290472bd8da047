"""What adjudicators said of an item before any reader's reading was shown to them."""

from __future__ import annotations

from sqlalchemy import select

from db.database import Transaction
from db.models import OwnReadingRow, PayloadRow
from db.reviews import add_payload
from src.domain.own_reading import OwnReading


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
