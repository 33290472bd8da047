"""Small facts about the study: its name, the secret that signs image links."""

from __future__ import annotations

from db.database import Transaction
from db.models import SettingRow


def get(t: Transaction, name: str) -> str | None:
    """Return a stored fact, or None."""
    row = t.get(SettingRow, name)
    return row.value if row is not None else None


def put(t: Transaction, name: str, value: str) -> None:
    """Store a fact, new or changed."""
    row = t.get(SettingRow, name)
    if row is None:
        t.add(SettingRow(name=name, value=value))
    else:
        row.value = value
    t.flush()
