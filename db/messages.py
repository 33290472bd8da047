"""What adjudicators ask the readers of an item, and what these answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import DecisionRow, MessageRow, PayloadRow, ReviewRow, SlotRow
from db.reviews import add_payload
from src.domain.discussion import Message, MessageKind
from src.domain.round import SlotState


def add(t: Transaction, message: Message, message_id: str, nonce: str) -> MessageRow:
    """Store a message; its text can be erased."""
    row = MessageRow(
        message_id=message_id,
        round=message.round,
        item_id=message.item_id,
        unit=message.unit,
        person=message.person,
        kind=message.kind.value,
        payload_sha256=add_payload(t, nonce, {"text": message.text}),
        at=message.at,
    )
    t.add(row)
    t.flush()
    return row


def of_item(t: Transaction, round_name: str, item_id: str) -> list[Message]:
    """Return all that was asked and answered about an item, oldest first."""
    rows = t.execute(
        select(MessageRow, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == MessageRow.payload_sha256)
        .where(MessageRow.round == round_name, MessageRow.item_id == item_id)
        .order_by(MessageRow.at, MessageRow.message_id)
    )
    return [
        Message(
            round=row.round,
            item_id=row.item_id,
            unit=row.unit,
            person=row.person,
            kind=MessageKind(row.kind),
            text=(body or {}).get("text", ""),
            at=row.at,
        )
        for row, body in rows
    ]


def open_questions(t: Transaction, person_id: str, size: int) -> list[tuple[str, str, datetime]]:
    """Return (round, item_id, asked at) of items with a question a reader has not answered.

    Only of items they have read, oldest first. None on a unit that was settled since, and none
    on an item that they hold to read once more: it would be before their eyes.
    """
    answer, decision, slot = aliased(MessageRow), aliased(DecisionRow), aliased(SlotRow)
    read = exists().where(
        ReviewRow.round == MessageRow.round,
        ReviewRow.item_id == MessageRow.item_id,
        ReviewRow.person == person_id,
    )
    answered = exists().where(
        answer.round == MessageRow.round,
        answer.item_id == MessageRow.item_id,
        answer.unit == MessageRow.unit,
        answer.person == person_id,
        answer.at > MessageRow.at,
    )
    settled = exists().where(
        decision.round == MessageRow.round,
        decision.item_id == MessageRow.item_id,
        decision.unit == MessageRow.unit,
        decision.decided_at > MessageRow.at,
    )
    reading = exists().where(
        slot.item_id == MessageRow.item_id,
        slot.person == person_id,
        slot.state == SlotState.TAKEN.value,
    )
    rows = t.execute(
        select(MessageRow.round, MessageRow.item_id, MessageRow.at)
        .where(MessageRow.kind == MessageKind.QUESTION.value, read, ~answered, ~settled, ~reading)
        .order_by(MessageRow.at)
        .limit(size)
    )
    first: dict[tuple[str, str], datetime] = {}
    for row in rows:
        first.setdefault((row.round, row.item_id), row.at)
    return [(round_name, item_id, at) for (round_name, item_id), at in first.items()]
