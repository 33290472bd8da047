"""Releases and their gold: written once, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.events import NewEvent, proof_of
from db.kept_back import NOBODY, Hidden, visible
from db.models import GoldRow, ReleaseRow
from src.domain.gold import Gold

CHUNK = 500


class Release(BaseModel, frozen=True, extra="forbid"):
    """An immutable, numbered set of gold."""

    number: int
    sha256: str
    made_at: datetime
    notes: str
    manifest: dict[str, Any]


def next_number(t: Transaction) -> int:
    """Return the number of the next release."""
    return (t.scalar(select(func.max(ReleaseRow.number))) or 0) + 1


def add(t: Transaction, release: Release, golds: list[Gold]) -> ReleaseRow:
    """Store a release with its gold and return its row."""
    row = ReleaseRow(**release.model_dump())
    t.add(row)
    t.flush()
    for start in range(0, len(golds), CHUNK):
        values = [_values(release.number, gold) for gold in golds[start : start + CHUNK]]
        t.execute(insert(GoldRow), values)
    return row


def proofs(actor: str, number: int, golds: Iterable[Gold]) -> Iterator[NewEvent]:
    """Yield the links that prove the items of a release."""
    for gold in golds:
        yield proof_of("gold.frozen", actor, GoldRow(**_values(number, gold)))


def _values(number: int, gold: Gold) -> dict[str, Any]:
    return {
        "release": number,
        "item_id": gold.item_id,
        "item_version": gold.item_version,
        "rubric_version": gold.rubric_version,
        "round": gold.round,
        "status": gold.status,
        "method": gold.method,
        "body": gold.model_dump(mode="json"),
        "input_digest": gold.input_digest,
    }


def get(t: Transaction, number: int) -> Release | None:
    """Return a release, or None."""
    row = t.get(ReleaseRow, number)
    return _release(row) if row is not None else None


def all_of(t: Transaction) -> list[Release]:
    """Return all releases, newest first."""
    rows = t.scalars(select(ReleaseRow).order_by(ReleaseRow.number.desc()))
    return [_release(row) for row in rows]


def count_items(t: Transaction, number: int) -> int:
    """Return how many items a release holds."""
    return t.scalar(select(func.count()).where(GoldRow.release == number)) or 0


def gold_page(
    t: Transaction, number: int, after: str, size: int, hidden_from: Hidden = NOBODY
) -> list[Gold]:
    """Return up to `size` items of a release after an id, in the order of their ids.

    Without those that are kept from somebody.
    """
    query = (
        select(GoldRow.body)
        .where(GoldRow.release == number, GoldRow.item_id > after)
        .where(*visible(GoldRow.item_id, hidden_from))
        .order_by(GoldRow.item_id)
        .limit(size)
    )
    return [Gold.model_validate(body) for body in t.scalars(query)]


def gold_of_item(t: Transaction, number: int, item_id: str) -> Gold | None:
    """Return the gold of one item in a release, or None."""
    row = t.get(GoldRow, (number, item_id))
    return Gold.model_validate(row.body) if row is not None else None


def gold_lines(
    t: Transaction, number: int, after: str, size: int, hidden_from: Hidden = NOBODY
) -> list[tuple[str, int, str, str, str]]:
    """Return (item_id, item version, status, method, input digest) of a page of a release."""
    query = (
        select(
            GoldRow.item_id,
            GoldRow.item_version,
            GoldRow.status,
            GoldRow.method,
            GoldRow.input_digest,
        )
        .where(GoldRow.release == number, GoldRow.item_id > after)
        .where(*visible(GoldRow.item_id, hidden_from))
        .order_by(GoldRow.item_id)
        .limit(size)
    )
    return [(a, b, c, d, e) for a, b, c, d, e in t.execute(query)]


def written_differently(
    t: Transaction,
    first: int,
    second: int,
    after: str,
    size: int,
    hidden_from: Hidden = NOBODY,
) -> list[tuple[str, Gold | None, Gold | None]]:
    """Return (item_id, gold in the first, gold in the second) of items not written alike.

    A page of them behind an id, in the order of their ids; None where a release does not hold
    the item. What is the same in both is neither read nor sent; nor is what is kept from somebody.
    """
    one, other = aliased(GoldRow), aliased(GoldRow)
    pairs = []
    for here, there in ((first, second), (second, first)):
        same = exists().where(
            other.release == there, other.item_id == one.item_id, other.body == one.body
        )
        pairs.append(
            select(one.item_id)
            .where(one.release == here, one.item_id > after, ~same)
            .where(*visible(one.item_id, hidden_from))
            .order_by(one.item_id)
            .limit(size)
            .subquery()
        )
    ids = sorted({item_id for pair in pairs for item_id in t.scalars(select(pair.c.item_id))})[
        :size
    ]
    rows = t.scalars(
        select(GoldRow).where(GoldRow.release.in_([first, second]), GoldRow.item_id.in_(ids))
    )
    found = {(row.release, row.item_id): Gold.model_validate(row.body) for row in rows}
    return [(item_id, found.get((first, item_id)), found.get((second, item_id))) for item_id in ids]


def _release(row: ReleaseRow) -> Release:
    return Release(
        number=row.number,
        sha256=row.sha256,
        made_at=row.made_at,
        notes=row.notes,
        manifest=row.manifest,
    )
