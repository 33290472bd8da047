"""Numbers that take long to compute, kept under the hash of all they are computed from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select

from db.database import Transaction
from db.models import StatisticRow

MOST = 300
"""Kept; the oldest go first."""


def get(t: Transaction, key: str) -> Any:
    """Return what is kept under a hash, or None."""
    row = t.get(StatisticRow, key)
    return row.body if row is not None else None


def put(t: Transaction, key: str, body: Any) -> None:
    """Keep numbers under a hash, unless another process did so meanwhile."""
    if t.get(StatisticRow, key) is not None:
        return
    newest = t.scalar(select(func.coalesce(func.max(StatisticRow.number), 0))) or 0
    t.execute(delete(StatisticRow).where(StatisticRow.number <= newest + 1 - MOST))
    t.add(StatisticRow(key=key, number=newest + 1, body=body))
    t.flush()
