"""What people said of disease names the matcher could not decide; the newest word counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from db.database import Transaction
from db.models import MatchRulingRow
from src.domain.match_ruling import MatchRuling, Ruled

WITHDRAWN = "withdrawn"


def of_items(t: Transaction, item_ids: Sequence[str]) -> dict[str, dict[str, Ruled]]:
    """Return item -> folded name -> what was said of it last, unless that was taken back."""
    query = (
        select(
            MatchRulingRow.item_id,
            MatchRulingRow.normal,
            MatchRulingRow.ruling,
        )
        .where(MatchRulingRow.item_id.in_(item_ids))
        .order_by(MatchRulingRow.revision)
    )
    newest: dict[str, dict[str, str]] = {}
    for item_id, normal, ruling in t.execute(query):
        newest.setdefault(item_id, {})[normal] = ruling
    return {
        item_id: {normal: Ruled(ruling) for normal, ruling in of.items() if ruling != WITHDRAWN}
        for item_id, of in newest.items()
    }


def newest(t: Transaction, item_id: str, normal: str) -> MatchRulingRow | None:
    """Return the newest row on a name of an item, or None."""
    query = select(MatchRulingRow).where(
        MatchRulingRow.item_id == item_id, MatchRulingRow.normal == normal
    )
    return t.scalar(query.order_by(MatchRulingRow.revision.desc()).limit(1))


def add(
    t: Transaction,
    item_id: str,
    normal: str,
    name: str,
    ruling: str,
    against: str,
    person: str,
    at: datetime,
) -> MatchRulingRow:
    """Store a word on a name, after all earlier ones."""
    before = newest(t, item_id, normal)
    row = MatchRulingRow(
        item_id=item_id,
        normal=normal,
        revision=before.revision + 1 if before else 1,
        name=name,
        ruling=ruling,
        against=against,
        person=person,
        at=at,
    )
    t.add(row)
    t.flush()
    return row


def standing(t: Transaction, after: tuple[str, str], size: int) -> list[MatchRuling]:
    """Return the rulings that stand, in the order of items and names, behind a place."""
    last = (
        select(
            MatchRulingRow.item_id,
            MatchRulingRow.normal,
            func.max(MatchRulingRow.revision).label("revision"),
        )
        .group_by(MatchRulingRow.item_id, MatchRulingRow.normal)
        .subquery()
    )
    item_id, normal = after
    behind = (MatchRulingRow.item_id > item_id) | (
        (MatchRulingRow.item_id == item_id) & (MatchRulingRow.normal > normal)
    )
    query = (
        select(MatchRulingRow)
        .join(
            last,
            (last.c.item_id == MatchRulingRow.item_id)
            & (last.c.normal == MatchRulingRow.normal)
            & (last.c.revision == MatchRulingRow.revision),
        )
        .where(MatchRulingRow.ruling != WITHDRAWN, behind)
        .order_by(MatchRulingRow.item_id, MatchRulingRow.normal)
        .limit(size)
    )
    return [of_row(row) for row in t.scalars(query)]


def of_row(row: MatchRulingRow) -> MatchRuling:
    """Return what a row says; it stands, and is not the taking back of another."""
    return MatchRuling(
        item_id=row.item_id,
        name=row.name,
        normal=row.normal,
        ruling=Ruled(row.ruling),
        against=row.against,
        person=row.person,
        at=row.at,
    )
