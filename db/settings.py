"""Small facts about the study: its name, the secret that signs image links."""

from __future__ import annotations

from sqlalchemy import delete, select

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


def any_of(t: Transaction, beginning: str) -> bool:
    """Return True when a fact is stored whose name begins so."""
    query = select(SettingRow.name).where(SettingRow.name.startswith(beginning, autoescape=True))
    return t.scalar(query.limit(1)) is not None


def first_free(t: Transaction, beginning: str) -> tuple[str, str] | None:
    """Return the first fact whose name begins so and that no other transaction has in hand.

    Until this transaction ends no other one gets it.
    """
    query = select(SettingRow).where(SettingRow.name.startswith(beginning, autoescape=True))
    row = t.scalar(query.order_by(SettingRow.name).limit(1).with_for_update(skip_locked=True))
    return (row.name, row.value) if row is not None else None


def drop(t: Transaction, name: str) -> None:
    """Forget a fact."""
    t.execute(delete(SettingRow).where(SettingRow.name == name))
