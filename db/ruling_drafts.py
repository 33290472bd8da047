"""Rulings in the making: overwritten as an adjudicator writes, gone once the ruling is made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from db.database import Transaction
from db.models import RulingDraftRow
from src.domain.canonical import JsonValue
from src.domain.ruling import RulingDraft


def of_item(
    t: Transaction, round_name: str, item_id: str, person_id: str
) -> dict[str, RulingDraft]:
    """Return what a person has begun to rule on an item, by unit."""
    rows = t.scalars(
        select(RulingDraftRow).where(
            RulingDraftRow.round == round_name,
            RulingDraftRow.item_id == item_id,
            RulingDraftRow.person == person_id,
        )
    )
    return {row.unit: _draft(row) for row in rows}


def put(
    t: Transaction,
    round_name: str,
    item_id: str,
    person_id: str,
    unit: str,
    draft: RulingDraft,
    at: datetime,
) -> None:
    """Store what a person has begun to rule on a unit, over what stood there."""
    body = _said(draft)
    row = t.get(RulingDraftRow, (round_name, item_id, person_id, unit))
    if row is None:
        row = RulingDraftRow(round=round_name, item_id=item_id, person=person_id, unit=unit)
        t.add(row)
    row.body, row.saved_at = body, at
    t.flush()


def _said(draft: RulingDraft) -> dict[str, JsonValue]:
    """Return what is chosen or written in a draft; pieces of evidence whole, with their type."""
    empty = RulingDraft().model_dump(mode="json")
    said = draft.model_dump(mode="json", exclude={"saved_at"})
    return {name: value for name, value in said.items() if value != empty[name]}


def drop(t: Transaction, round_name: str, item_id: str, person_id: str, unit: str) -> None:
    """Remove a draft that became a ruling, or that nothing is left of."""
    t.execute(
        delete(RulingDraftRow).where(
            RulingDraftRow.round == round_name,
            RulingDraftRow.item_id == item_id,
            RulingDraftRow.person == person_id,
            RulingDraftRow.unit == unit,
        )
    )


def _draft(row: RulingDraftRow) -> RulingDraft:
    return RulingDraft.model_validate({**row.body, "saved_at": row.saved_at})
