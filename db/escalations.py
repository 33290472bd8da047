"""Units that one adjudicator handed on to another, and that nobody has settled since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import (
    DecisionRow,
    DisputeRow,
    EscalationRow,
    PayloadRow,
    PersonRow,
    ReviewRow,
    SlotRow,
)
from db.reviews import add_payload
from src.domain.adjudication import HandedOn
from src.domain.people import Role


def add(
    t: Transaction,
    *,
    escalation_id: str,
    round_name: str,
    item_id: str,
    unit: str,
    person: str,
    to_person: str,
    note: str,
    nonce: str,
    at: datetime,
) -> EscalationRow:
    """Store that a unit was handed on, with the note that goes along."""
    row = EscalationRow(
        escalation_id=escalation_id,
        round=round_name,
        item_id=item_id,
        unit=unit,
        person=person,
        to_person=to_person,
        payload_sha256=add_payload(t, nonce, {"note": note}),
        at=at,
    )
    t.add(row)
    t.flush()
    return row


def open_on(t: Transaction, round_name: str, item_id: str, person_id: str) -> dict[str, HandedOn]:
    """Return the units of an item that are handed on now, as a person sees it."""
    rows = t.execute(
        select(EscalationRow, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == EscalationRow.payload_sha256)
        .where(
            EscalationRow.round == round_name,
            EscalationRow.item_id == item_id,
            _is_open(EscalationRow),
        )
    )
    return {
        row.unit: HandedOn(
            unit=row.unit,
            note=(body or {}).get("note", ""),
            at=row.at,
            by_me=row.person == person_id,
            to_me=row.to_person == person_id,
        )
        for row, body in rows
    }


def _is_open(row: Any) -> ColumnElement[bool]:
    """Tell whether nobody settled the unit since, or handed it on again."""
    later, decision = aliased(EscalationRow), aliased(DecisionRow)

    def same(other: Any) -> ColumnElement[bool]:
        return and_(other.round == row.round, other.item_id == row.item_id, other.unit == row.unit)

    return and_(
        ~exists().where(same(later), later.at > row.at).correlate(row),
        ~exists().where(same(decision), decision.decided_at > row.at).correlate(row),
    )


def count_to(person_id: str) -> ColumnElement[int]:
    """Return the number of open units of a DisputeRow's item that were handed on to a person."""
    return _count(EscalationRow.to_person == person_id)


def count_by(person_id: str) -> ColumnElement[int]:
    """Return the number of open units of a DisputeRow's item that a person handed on."""
    return _count(EscalationRow.person == person_id)


def _count(whose: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(EscalationRow)
        .where(
            EscalationRow.round == DisputeRow.round,
            EscalationRow.item_id == DisputeRow.item_id,
            whose,
            _is_open(EscalationRow),
        )
        .correlate(DisputeRow)
        .scalar_subquery()
    )


def colleagues(t: Transaction, item_id: str, person_id: str) -> list[tuple[str, str]]:
    """Return (person, name) of the adjudicators an item can be handed on to.

    Neither the person themselves, nor who has read the item or holds it to read.
    """
    holds = exists().where(SlotRow.item_id == item_id, SlotRow.person == PersonRow.person_id)
    read = exists().where(ReviewRow.item_id == item_id, ReviewRow.person == PersonRow.person_id)
    rows = t.execute(
        select(PersonRow.person_id, PersonRow.display_name, PersonRow.roles)
        .where(PersonRow.active, PersonRow.person_id != person_id, ~holds, ~read)
        .order_by(PersonRow.display_name)
    )
    return [
        (row.person_id, row.display_name) for row in rows if Role.ADJUDICATOR.value in row.roles
    ]
