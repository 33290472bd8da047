"""First readings, and when each reader was first shown what. Rows are only added."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from db import events
from db.database import Transaction
from db.models import FirstReadingRow, ShownRow
from db.reviews import add_payload
from src.domain.first_reading import FirstReading, Shown


def add(t: Transaction, new: FirstReading, nonce: str) -> FirstReadingRow:
    """Store a first reading and return its row; its text is erasable like a review's."""
    row = FirstReadingRow(
        round=new.round,
        item_id=new.item_id,
        person=new.person,
        payload_sha256=add_payload(t, nonce, new.text),
        at=new.at,
    )
    t.add(row)
    t.flush()
    return row


def add_shown(
    t: Transaction,
    round_name: str,
    item_id: str,
    person_id: str,
    what: Iterable[Shown],
    at: datetime,
) -> None:
    """Store what a reader is shown for the first time, each with its event."""
    rows = [
        ShownRow(round=round_name, item_id=item_id, person=person_id, what=shown.value, at=at)
        for shown in sorted(what)
    ]
    t.add_all(rows)
    t.flush()
    links = [events.proof_of(f"{row.what}.shown", person_id, row) for row in rows]
    events.append_all(t, links, at)
