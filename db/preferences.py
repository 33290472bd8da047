"""What each person has set for themselves alone."""

from __future__ import annotations

from pydantic import JsonValue
from sqlalchemy import delete

from db.database import Transaction
from db.models import PreferenceRow


def get(t: Transaction, person_id: str, name: str) -> JsonValue:
    """Return what a person has set under a name; None when nothing is."""
    row = t.get(PreferenceRow, (person_id, name))
    return row.value if row is not None else None


def put(t: Transaction, person_id: str, name: str, value: JsonValue) -> None:
    """Store what a person sets, new or changed."""
    row = t.get(PreferenceRow, (person_id, name))
    if row is None:
        t.add(PreferenceRow(person=person_id, name=name, value=value))
    else:
        row.value = value
    t.flush()


def remove(t: Transaction, person_id: str, name: str) -> None:
    """Forget what a person has set under a name."""
    t.execute(
        delete(PreferenceRow).where(PreferenceRow.person == person_id, PreferenceRow.name == name)
    )
