"""Decisions on disputed units, and the counts that order the adjudicator's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from db import escalations, own_readings, reasons
from db.database import Transaction
from db.models import (
    DecisionRow,
    DisputeRow,
    ItemRow,
    PayloadRow,
    ReviewRow,
    RoundRow,
    SlotRow,
)
from db.reviews import add_payload
from src.domain.adjudication import Decision
from src.domain.reasons import Reason
from src.domain.review import Confidence
from src.domain.round import RoundState, SlotState

OTHERWISE = {"value", "rationale", "evidence", "key", "reason", "confidence", "remedy"}
"""What a row holds under another name, in another table, or as a code."""


def add(t: Transaction, decision: Decision, nonce: str) -> DecisionRow:
    """Store a decision and return its row, numbered among the adjudicator's own."""
    payload = add_payload(t, nonce, _written(decision))
    number = t.scalar(select(func.count()).where(DecisionRow.adjudicator == decision.adjudicator))
    row = DecisionRow(
        **decision.model_dump(exclude=OTHERWISE),
        unit_key=decision.key,
        reason=decision.reason.value if decision.reason else "",
        confidence=decision.confidence.value,
        number=(number or 0) + 1,
        payload_sha256=payload,
    )
    t.add(row)
    t.flush()
    return row


WRITTEN = {"value", "rationale", "evidence"}
"""What of a decision is kept as text that can be erased."""


def _written(decision: Decision) -> dict[str, object]:
    """Return what the adjudicator wrote; evidence only where they chose it."""
    left_out = set() if decision.evidence is not None else {"evidence"}
    return decision.model_dump(mode="json", include=WRITTEN - left_out)


def latest_of(
    t: Transaction, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Decision]]:
    """Return the newest decision of each unit, by (round, item_id) and unit."""
    rows = t.execute(
        select(DecisionRow, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == DecisionRow.payload_sha256)
        .where(
            DecisionRow.round.in_({round_name for round_name, _ in keys}),
            DecisionRow.item_id.in_({item_id for _, item_id in keys}),
        )
        .order_by(DecisionRow.revision)
    )
    found: dict[tuple[str, str], dict[str, Decision]] = {key: {} for key in keys}
    for row, body in rows:
        if (row.round, row.item_id) in found:
            found[(row.round, row.item_id)][row.unit] = _decision(row, body or {})
    return _with_remedies(t, found)


def _with_remedies(
    t: Transaction, found: dict[tuple[str, str], dict[str, Decision]]
) -> dict[tuple[str, str], dict[str, Decision]]:
    """Return the decisions with what the lead made of their reasons."""
    ids = [decision.decision_id for ruled in found.values() for decision in ruled.values()]
    remedies = reasons.remedies(t, ids) if ids else {}
    return {
        key: {
            unit: decision.model_copy(update={"remedy": remedies.get(decision.decision_id)})
            for unit, decision in ruled.items()
        }
        for key, ruled in found.items()
    }


def latest(t: Transaction, round_name: str, item_id: str) -> dict[str, Decision]:
    """Return the newest decision of each unit of an item."""
    return latest_of(t, [(round_name, item_id)])[(round_name, item_id)]


def latest_revision(t: Transaction, round_name: str, item_id: str, unit: str) -> int:
    """Return the number of the newest decision on a unit; 0 for none."""
    query = select(func.max(DecisionRow.revision)).where(
        DecisionRow.round == round_name, DecisionRow.item_id == item_id, DecisionRow.unit == unit
    )
    return t.scalar(query) or 0


def has_decided(t: Transaction, person_id: str, item_id: str) -> bool:
    """Return True when a person has decided anything on an item."""
    query = select(DecisionRow.decision_id).where(
        DecisionRow.item_id == item_id, DecisionRow.adjudicator == person_id
    )
    return t.scalar(query.limit(1)) is not None


def count_after_scores(t: Transaction, round_names: Sequence[str]) -> int:
    """Return how many units of rounds rest on a ruling made after its author saw scores."""
    later = aliased(DecisionRow)
    superseded = exists().where(
        later.round == DecisionRow.round,
        later.item_id == DecisionRow.item_id,
        later.unit == DecisionRow.unit,
        later.revision > DecisionRow.revision,
    )
    query = select(func.count()).where(
        DecisionRow.round.in_(round_names), DecisionRow.after_scores, ~superseded
    )
    return t.scalar(query) or 0


class Counts(NamedTuple):
    """How many units of an item are open in a round, and how many there are."""

    open_units: int
    stale_units: int
    leaks: int
    units: int


def put_counts(t: Transaction, item_id: str, counts: Mapping[str, Counts]) -> None:
    """Store by round how many units of an item are open: a projection for lists, not a record."""
    query = select(DisputeRow).where(DisputeRow.item_id == item_id, DisputeRow.round.in_(counts))
    rows = {row.round: row for row in t.scalars(query)}
    for round_name, found in counts.items():
        row = rows.get(round_name)
        if row is None:
            t.add(DisputeRow(round=round_name, item_id=item_id, **found._asdict()))
            continue
        for name, value in found._asdict().items():
            setattr(row, name, value)
    t.flush()


def worst_first(
    t: Transaction,
    person_id: str,
    size: int,
    offset: int = 0,
    round_name: str | None = None,
    owing: str | None = None,
) -> list[tuple[str, str, str, int, int, int]]:
    """Return (round, item_id, track, open units, units, handed on to them) of disputed items.

    What was handed on to the person comes first, then most open first; what they handed on
    themselves is not theirs any more, and what they read is for others. Items of which `owing`
    owes an own reading come last, in an order that tells nothing of them.
    """
    to_them, theirs = escalations.count_to(person_id), escalations.count_by(person_id)
    left = DisputeRow.open_units - theirs
    query = (
        select(DisputeRow, ItemRow.track, left, to_them)
        .join(ItemRow, ItemRow.item_id == DisputeRow.item_id)
        .where(DisputeRow.open_units > 0, left > 0, ~_read_by(person_id))
    )
    if round_name is not None:
        query = query.where(DisputeRow.round == round_name)
    shown = left if owing is None else case((_owed(owing), 0), else_=left)
    query = query.order_by(to_them.desc(), shown.desc(), DisputeRow.item_id, DisputeRow.round)
    return [
        (row.round, row.item_id, track, open_units, row.units, handed_on)
        for row, track, open_units, handed_on in t.execute(query.offset(offset).limit(size))
    ]


def totals(t: Transaction, person_id: str, owing: str | None = None) -> tuple[int, int, int]:
    """Return (items with open units, open units, items with a confirmed leak), as `worst_first`.

    Of what the person read nothing is counted: it would tell them how far others differ. Units
    and leaks are without those of items of which `owing` owes an own reading.
    """
    told = true() if owing is None else ~_owed(owing)
    left = DisputeRow.open_units - escalations.count_by(person_id)
    lines = (
        select(
            left.label("left"),
            DisputeRow.leaks.label("leaks"),
            case((told, 1), else_=0).label("told"),
        )
        .where(~_read_by(person_id), (DisputeRow.open_units > 0) | (DisputeRow.leaks > 0))
        .subquery()
    )
    is_open, is_told = lines.c.left > 0, lines.c.told == 1
    row = t.execute(
        select(
            func.count().filter(is_open),
            func.coalesce(func.sum(lines.c.left).filter(is_open, is_told), 0),
            func.count().filter(lines.c.leaks > 0, is_told),
        ).select_from(lines)
    ).one()
    return row[0], row[1], row[2]


def _read_by(person_id: str) -> ColumnElement[bool]:
    """Tell of a DisputeRow's item whether a person read it, or holds it to read."""
    read = exists().where(ReviewRow.item_id == DisputeRow.item_id, ReviewRow.person == person_id)
    going_on = select(RoundRow.name).where(RoundRow.state == RoundState.OPEN.value)
    in_hand = and_(SlotRow.state == SlotState.TAKEN.value, SlotRow.round.in_(going_on))
    holds = exists().where(
        SlotRow.item_id == DisputeRow.item_id,
        SlotRow.person == person_id,
        or_(SlotRow.round == DisputeRow.round, in_hand),
    )
    return or_(read, holds)


def _owed(person_id: str) -> ColumnElement[bool]:
    return own_readings.is_owed(DisputeRow.item_id, person_id)


def _decision(row: DecisionRow, body: dict[str, object]) -> Decision:
    return Decision.model_validate(
        {
            "decision_id": row.decision_id,
            "round": row.round,
            "item_id": row.item_id,
            "item_version": row.item_version,
            "unit": row.unit,
            "adjudicator": row.adjudicator,
            "chosen": row.chosen,
            "key": row.unit_key,
            "value": body.get("value"),
            "reason": Reason(row.reason) if row.reason else None,
            "rationale": body.get("rationale", ""),
            "evidence": body.get("evidence"),
            "confidence": Confidence(row.confidence),
            "input_digest": row.input_digest,
            "revision": row.revision,
            "decided_at": row.decided_at,
            "after_scores": row.after_scores,
        }
    )
