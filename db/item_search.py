"""Items by part of an id, by case, or by disease: a few hits, whatever the study holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import or_, select

from db import kept_back
from db.database import Transaction
from db.kept_back import Hidden
from db.models import ItemRow, ItemVersionRow


class Hit(NamedTuple):
    """An item that a search found."""

    item_id: str
    track: str
    case_id: str
    orpha_code: str
    """As written in its newest version."""


def find(
    t: Transaction, part: str, codes: Sequence[str], hidden_from: Hidden, size: int
) -> list[Hit]:
    """Return up to `size` items whose id or case holds a text, or whose code is one of these.

    In the order of their ids, without those kept from somebody: what they ask is not told either.
    """
    written = [form for code in codes for form in (code, f"ORPHA:{code}")]
    of_disease = select(ItemVersionRow.item_id).where(ItemVersionRow.orpha_code.in_(written))
    newest = (
        select(ItemVersionRow.orpha_code)
        .where(ItemVersionRow.item_id == ItemRow.item_id)
        .order_by(ItemVersionRow.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(ItemRow.item_id, ItemRow.track, ItemRow.case_id, newest).where(
        or_(
            ItemRow.item_id.contains(part, autoescape=True),
            ItemRow.case_id.contains(part, autoescape=True),
            ItemRow.item_id.in_(of_disease),
        ),
        *kept_back.visible(ItemRow.item_id, hidden_from),
    )
    return [Hit(*row) for row in t.execute(query.order_by(ItemRow.item_id).limit(size))]
