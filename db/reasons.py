"""What decisions ask of the lead, what became of it, and counts of why readers differed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import DecisionRow, ItemRow, ItemVersionRow, ReasonRow, RoundItemRow
from src.domain.reasons import CRITERION, Reason, ReasonEntry, ReasonPlace, Remedy, remedy_for

Query = Select[*tuple[Any, ...]]


def add(
    t: Transaction, decision_id: str, remedy: Remedy | None, note: str, person: str, at: datetime
) -> ReasonRow:
    """Store what a lead made of a reason, None to open it again, and return the row."""
    newest = t.scalar(
        select(func.max(ReasonRow.revision)).where(ReasonRow.decision_id == decision_id)
    )
    row = ReasonRow(
        decision_id=decision_id,
        revision=(newest or 0) + 1,
        remedy=remedy.value if remedy is not None else "",
        note=note,
        person=person,
        at=at,
    )
    t.add(row)
    t.flush()
    return row


def remedies(t: Transaction, decision_ids: Sequence[str]) -> dict[str, Remedy]:
    """Return decision_id -> what was done, of those of whose reason something was."""
    rows = t.execute(
        select(ReasonRow.decision_id, ReasonRow.remedy)
        .where(ReasonRow.decision_id.in_(decision_ids))
        .order_by(ReasonRow.revision)
    )
    newest = {decision_id: remedy for decision_id, remedy in rows}  # noqa: C416
    return {decision_id: Remedy(remedy) for decision_id, remedy in newest.items() if remedy}


def get(t: Transaction, decision_id: str) -> ReasonEntry | None:
    """Return what the newest decision on a unit asks for; None for another one."""
    row = t.execute(_entries().where(DecisionRow.decision_id == decision_id)).one_or_none()
    return _entry(row) if row is not None else None


def is_edited_since(t: Transaction, decision_id: str) -> bool:
    """Return True when its item has a newer version than the one a decision was made on."""
    query = (
        select(ItemVersionRow.version)
        .join(DecisionRow, DecisionRow.item_id == ItemVersionRow.item_id)
        .where(
            DecisionRow.decision_id == decision_id,
            ItemVersionRow.version > DecisionRow.item_version,
        )
    )
    return t.scalar(query.limit(1)) is not None


def page_of(
    t: Transaction,
    *,
    done: bool,
    asks_for: Remedy | None,
    after: ReasonPlace | None,
    size: int,
) -> list[ReasonEntry]:
    """Return a page of what is open, or done, in the order of items, behind a place."""
    query = _entries().where(_is_done() if done else ~_is_done())
    if asks_for is not None:
        query = query.where(_asks(asks_for))
    if after is not None:
        keys = tuple_(DecisionRow.item_id, DecisionRow.decision_id)
        query = query.where(keys > (after.item_id, after.decision_id))
    query = query.order_by(DecisionRow.item_id, DecisionRow.decision_id).limit(size)
    return [_entry(row) for row in t.execute(query)]


def counts(t: Transaction) -> dict[tuple[Remedy, bool], int]:
    """Return (what is asked for, done) -> how many."""
    done = case((_is_done(), 1), else_=0)
    of_criterion = case((_of_criterion(), 1), else_=0)
    query = _newest(select(DecisionRow.reason, of_criterion, done, func.count()))
    rows = t.execute(query.group_by(DecisionRow.reason, of_criterion, done))
    found: dict[tuple[Remedy, bool], int] = {}
    for reason, criterion, is_done, number in rows:
        remedy = remedy_for(Reason(reason), CRITERION if criterion else "")
        found[(remedy, bool(is_done))] = found.get((remedy, bool(is_done)), 0) + number
    return found


def by_track(t: Transaction) -> list[tuple[str, int, Reason, int]]:
    """Return (track, rubric version that was read, reason, decisions), in this order."""
    columns = (ItemRow.track, RoundItemRow.rubric_version, DecisionRow.reason)
    query = _with_places(_counted(select(*columns, func.count())))
    rows = t.execute(query.group_by(*columns).order_by(*columns))
    return [(track, version, Reason(reason), n) for track, version, reason, n in rows]


def by_criterion(t: Transaction, size: int) -> list[tuple[str, str, int, Reason, int]]:
    """Return (item_id, unit, rubric version, reason, decisions) of criteria, most decided first."""
    columns = (
        DecisionRow.item_id,
        DecisionRow.unit,
        RoundItemRow.rubric_version,
        DecisionRow.reason,
    )
    query = _with_places(_counted(select(*columns, func.count()))).where(_of_criterion())
    query = query.group_by(*columns).order_by(func.count().desc(), *columns).limit(size)
    return [(i, unit, version, Reason(r), n) for i, unit, version, r, n in t.execute(query)]


def read_again(t: Transaction, after: str, size: int) -> list[str]:
    """Return a page of items with decisions that rounds have asked in several versions."""
    versions = (
        select(RoundItemRow.item_id)
        .where(
            RoundItemRow.missing <= 0,
            RoundItemRow.item_id > after,
            exists().where(DecisionRow.item_id == RoundItemRow.item_id),
        )
        .group_by(RoundItemRow.item_id)
        .having(
            or_(
                func.max(RoundItemRow.item_version) > func.min(RoundItemRow.item_version),
                func.max(RoundItemRow.rubric_version) > func.min(RoundItemRow.rubric_version),
            )
        )
    )
    return list(t.scalars(versions.order_by(RoundItemRow.item_id).limit(size)))


def _counted(query: Query) -> Query:
    """Narrow a query to the newest decisions with a reason whose authors had seen no score."""
    return _newest(query, unswayed=True)


def _newest(query: Query, *, unswayed: bool = False) -> Query:
    """Narrow a query to decisions with a reason that no later one on their unit supersedes.

    `unswayed` passes over those made after looking at scores, as if they had not been made.
    """
    later = aliased(DecisionRow)
    superseded = exists().where(
        later.round == DecisionRow.round,
        later.item_id == DecisionRow.item_id,
        later.unit == DecisionRow.unit,
        later.revision > DecisionRow.revision,
        *([~later.after_scores] if unswayed else []),
    )
    if unswayed:
        query = query.where(~DecisionRow.after_scores)
    return query.where(DecisionRow.reason != "", ~superseded)


def _with_places(query: Query) -> Query:
    same = and_(
        RoundItemRow.round == DecisionRow.round, RoundItemRow.item_id == DecisionRow.item_id
    )
    return query.join(ItemRow, ItemRow.item_id == DecisionRow.item_id).join(RoundItemRow, same)


def _entries() -> Query:
    """Select decisions with track, rubric version and the newest row on their reason."""
    last, later = aliased(ReasonRow), aliased(ReasonRow)
    is_last = ~exists().where(later.decision_id == last.decision_id, later.revision > last.revision)
    query = _with_places(
        _newest(select(DecisionRow, ItemRow.track, RoundItemRow.rubric_version, last))
    )
    return query.outerjoin(last, and_(last.decision_id == DecisionRow.decision_id, is_last))


def _is_done() -> ColumnElement[bool]:
    """Tell whether the newest row on a decision's reason says what was done."""
    last, later = aliased(ReasonRow), aliased(ReasonRow)
    is_last = ~exists().where(later.decision_id == last.decision_id, later.revision > last.revision)
    own = last.decision_id == DecisionRow.decision_id
    return exists().where(own, last.remedy != "", is_last).correlate(DecisionRow)


def _of_criterion() -> ColumnElement[bool]:
    return DecisionRow.unit.startswith(CRITERION)


def _asks(remedy: Remedy) -> ColumnElement[bool]:
    """Tell whether a decision's reason asks for something."""
    of_criterion = [r.value for r in Reason if remedy_for(r, CRITERION) is remedy]
    of_another = [r.value for r in Reason if remedy_for(r, "") is remedy]
    return or_(
        and_(_of_criterion(), DecisionRow.reason.in_(of_criterion)),
        and_(~_of_criterion(), DecisionRow.reason.in_(of_another)),
    )


def _entry(found: Any) -> ReasonEntry:
    decision, track, rubric_version, last = found
    return ReasonEntry(
        decision_id=decision.decision_id,
        round=decision.round,
        item_id=decision.item_id,
        track=track,
        item_version=decision.item_version,
        rubric_version=rubric_version,
        unit=decision.unit,
        reason=Reason(decision.reason),
        decided_at=decision.decided_at,
        after_scores=decision.after_scores,
        done=last is not None and last.remedy != "",
        remedy=Remedy(last.remedy) if last is not None and last.remedy else None,
        note=last.note if last is not None else "",
        person=last.person if last is not None else "",
        at=last.at if last is not None else None,
    )
