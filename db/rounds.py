"""Rounds and their slots. The UNIQUE constraints decide who reads what, never a count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from db.database import Transaction, changed_rows
from db.models import (
    ConflictRow,
    DraftRow,
    ExposureRow,
    ProgressRow,
    RoundItemRow,
    RoundPersonRow,
    RoundRow,
    SkipRow,
    SlotRow,
)
from src.domain.canonical import digest
from src.domain.item import Track
from src.domain.round import (
    Round,
    RoundItem,
    RoundState,
    SkipReason,
    SlotState,
    TrackProgress,
)

LEASE_ENDED = "lease_ended"


def add(t: Transaction, round_: Round, items: Sequence[RoundItem]) -> RoundRow:
    """Store a round with its items in reading order, its readers and all its open slots."""
    number = (t.scalar(select(func.max(RoundRow.number))) or 0) + 1
    item_rows = _item_rows(round_, items)
    row = RoundRow(
        name=round_.name,
        number=number,
        readers=round_.readers,
        read_first=round_.read_first,
        guideline=round_.guideline,
        seed=round_.seed,
        selection=round_.selection,
        n_items=len(items),
        plan_sha256=digest([sorted(round_.persons), [_planned(r) for r in item_rows]]),
        state=round_.state.value,
        made_at=round_.made_at,
    )
    t.add(row)
    t.flush()
    persons = [{"round": round_.name, "person": person} for person in round_.persons]
    t.execute(insert(RoundPersonRow), persons)
    t.execute(insert(RoundItemRow), item_rows)
    t.execute(insert(SlotRow), _slot_rows(round_, items))
    return row


def _item_rows(round_: Round, items: Sequence[RoundItem]) -> list[dict[str, object]]:
    return [
        {
            "round": round_.name,
            "item_id": item.candidate.item_id,
            "item_version": item.candidate.item_version,
            "rubric_version": item.candidate.rubric_version,
            "position": position,
            "case_id": item.candidate.case_id,
            "track": item.candidate.track.value,
            "inclusion_probability": item.inclusion_probability,
            "missing": round_.readers,
        }
        for position, item in enumerate(items, start=1)
    ]


def _slot_rows(round_: Round, items: Sequence[RoundItem]) -> list[dict[str, object]]:
    return [
        {
            "round": round_.name,
            "item_id": item.candidate.item_id,
            "number": number,
            "item_version": item.candidate.item_version,
            "position": position,
            "person": None,
            "lease_until": None,
            "state": SlotState.OPEN.value,
        }
        for position, item in enumerate(items, start=1)
        for number in range(1, round_.readers + 1)
    ]


PLANNED = (
    "item_id",
    "item_version",
    "rubric_version",
    "position",
    "case_id",
    "track",
    "inclusion_probability",
)
"""What a round says of an item when it is opened, and never changes."""


def _planned(row: Mapping[str, object]) -> list[object]:
    return [row[name] for name in PLANNED]


def plan_digest(t: Transaction, name: str) -> str:
    """Return the hash of a round's readers and items as they stand now."""
    persons = t.scalars(select(RoundPersonRow.person).where(RoundPersonRow.round == name))
    columns = [getattr(RoundItemRow, column) for column in PLANNED]
    found = t.execute(
        select(*columns).where(RoundItemRow.round == name).order_by(RoundItemRow.position)
    )
    return digest([sorted(persons), [list(row) for row in found]])


def get(t: Transaction, name: str) -> Round | None:
    """Return a round, or None."""
    row = t.get(RoundRow, name)
    return _round(t, row) if row is not None else None


def all_of(t: Transaction) -> list[Round]:
    """Return all rounds, newest first."""
    rows = t.scalars(select(RoundRow).order_by(RoundRow.number.desc()))
    return [_round(t, row) for row in rows]


def open_rounds_of(t: Transaction, person_id: str) -> list[Round]:
    """Return the open rounds a person reads in, newest first."""
    rows = t.scalars(
        select(RoundRow)
        .join(RoundPersonRow, RoundPersonRow.round == RoundRow.name)
        .where(RoundPersonRow.person == person_id, RoundRow.state == RoundState.OPEN.value)
        .order_by(RoundRow.number.desc())
    )
    return [_round(t, row) for row in rows]


def close(t: Transaction, name: str) -> RoundRow:
    """Close a round and return its row."""
    row = t.get(RoundRow, name)
    assert row is not None
    row.state = RoundState.CLOSED.value
    t.flush()
    return row


def _round(t: Transaction, row: RoundRow) -> Round:
    persons = t.scalars(
        select(RoundPersonRow.person)
        .where(RoundPersonRow.round == row.name)
        .order_by(RoundPersonRow.person)
    )
    return Round(
        name=row.name,
        readers=row.readers,
        read_first=row.read_first,
        guideline=row.guideline,
        seed=row.seed,
        selection=row.selection,
        items=row.n_items,
        persons=tuple(persons),
        state=RoundState(row.state),
        made_at=row.made_at,
    )


def item_of(t: Transaction, round_name: str, item_id: str) -> RoundItemRow | None:
    """Return an item's row in a round, or None."""
    return t.get(RoundItemRow, (round_name, item_id))


def slot_of(t: Transaction, round_name: str, item_id: str, person_id: str) -> SlotRow | None:
    """Return the slot a person holds or has filled on an item, or None."""
    return t.scalar(
        select(SlotRow).where(
            SlotRow.round == round_name, SlotRow.item_id == item_id, SlotRow.person == person_id
        )
    )


def taken_slot(t: Transaction, round_name: str, person_id: str) -> SlotRow | None:
    """Return the first slot a person holds and has not filled, or None."""
    return t.scalar(
        select(SlotRow)
        .where(
            SlotRow.person == person_id,
            SlotRow.round == round_name,
            SlotRow.state == SlotState.TAKEN.value,
        )
        .order_by(SlotRow.position)
        .limit(1)
    )


def return_abandoned(t: Transaction, round_name: str, now: datetime) -> list[SlotRow]:
    """Open the slots whose lease ran out before anything was written; return them."""
    draft = exists().where(
        DraftRow.round == SlotRow.round,
        DraftRow.item_id == SlotRow.item_id,
        DraftRow.person == SlotRow.person,
    )
    rows = list(
        t.scalars(
            select(SlotRow).where(
                SlotRow.round == round_name,
                SlotRow.state == SlotState.TAKEN.value,
                SlotRow.lease_until < now,
                ~draft,
            )
        )
    )
    for row in rows:
        add_skip(t, row.round, row.item_id, str(row.person), LEASE_ENDED, "", now)
        row.person, row.lease_until, row.state = None, None, SlotState.OPEN.value
    t.flush()
    return rows


def next_open_slot(t: Transaction, round_name: str, person_id: str) -> SlotRow | None:
    """Return the next open slot a person may take, in reading order, or None.

    It starts behind the newest item the person has had, so the cost does not grow with what is
    already read; only when nothing is left there does it look at what came back since. An item
    never comes after a later one of the same case, nor on a conflict, exposure or skip.
    """
    reached = t.scalar(
        select(func.max(SlotRow.position)).where(
            SlotRow.person == person_id, SlotRow.round == round_name
        )
    )
    ahead = _first_open(t, round_name, person_id, after=reached or 0)
    return ahead if ahead is not None or not reached else _first_open(t, round_name, person_id, 0)


def _first_open(t: Transaction, round_name: str, person_id: str, after: int) -> SlotRow | None:
    own, own_item = aliased(SlotRow), aliased(RoundItemRow)
    has_slot = exists().where(
        own.round == SlotRow.round, own.item_id == SlotRow.item_id, own.person == person_id
    )
    skipped = exists().where(
        SkipRow.round == SlotRow.round,
        SkipRow.item_id == SlotRow.item_id,
        SkipRow.person == person_id,
        SkipRow.reason != LEASE_ENDED,
    )
    later = (
        select(own.item_id)
        .join(own_item, and_(own_item.round == own.round, own_item.item_id == own.item_id))
        .where(
            own.round == SlotRow.round,
            own.person == person_id,
            own_item.case_id == RoundItemRow.case_id,
            own_item.position > RoundItemRow.position,
        )
        .exists()
    )
    conflict = exists().where(
        ConflictRow.person == person_id, ConflictRow.case_id == RoundItemRow.case_id
    )
    exposed = exists().where(
        ExposureRow.person == person_id, ExposureRow.item_id == SlotRow.item_id
    )
    return t.scalar(
        select(SlotRow)
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == SlotRow.round, RoundItemRow.item_id == SlotRow.item_id),
        )
        .where(
            SlotRow.round == round_name,
            SlotRow.state == SlotState.OPEN.value,
            SlotRow.position > after,
            ~has_slot,
            ~skipped,
            ~later,
            ~conflict,
            ~exposed,
        )
        .order_by(SlotRow.position, SlotRow.number)
        .limit(1)
    )


def take(t: Transaction, slot: SlotRow, person_id: str, lease_until: datetime) -> bool:
    """Take an open slot; False when somebody was faster. Raises on the same item twice."""
    taken = changed_rows(
        t,
        update(SlotRow)
        .where(
            SlotRow.round == slot.round,
            SlotRow.item_id == slot.item_id,
            SlotRow.number == slot.number,
            SlotRow.state == SlotState.OPEN.value,
        )
        .values(person=person_id, state=SlotState.TAKEN.value, lease_until=lease_until),
    )
    t.refresh(slot)
    return bool(taken)


def fill(t: Transaction, slot: SlotRow) -> None:
    """Mark a slot as read; the item counts one reading less to come."""
    slot.state, slot.lease_until = SlotState.SUBMITTED.value, None
    t.execute(
        update(RoundItemRow)
        .where(RoundItemRow.round == slot.round, RoundItemRow.item_id == slot.item_id)
        .values(missing=RoundItemRow.missing - 1)
    )
    t.flush()


def give_back(t: Transaction, slot: SlotRow) -> None:
    """Open a slot again for somebody else."""
    slot.person, slot.lease_until, slot.state = None, None, SlotState.OPEN.value
    t.flush()


def add_skip(
    t: Transaction,
    round_name: str,
    item_id: str,
    person_id: str,
    reason: SkipReason | str,
    note: str,
    at: datetime,
) -> None:
    """Remember that a person passed an item on, or let its lease run out."""
    if t.get(SkipRow, (round_name, item_id, person_id, str(reason))) is None:
        t.add(
            SkipRow(
                round=round_name,
                item_id=item_id,
                person=person_id,
                reason=str(reason),
                note=note,
                at=at,
            )
        )
        t.flush()


def held_once(t: Transaction, round_name: str, item_id: str, person_id: str) -> bool:
    """Return True when a person's lease on an item ran out."""
    return t.get(SkipRow, (round_name, item_id, person_id, LEASE_ENDED)) is not None


def count_progress(
    t: Transaction, round_name: str, person_id: str, track: str, *, submitted: int, skipped: int
) -> None:
    """Add to a reader's counts in a track of a round."""
    row = t.get(ProgressRow, (round_name, person_id, track))
    if row is None:
        row = ProgressRow(round=round_name, person=person_id, track=track, submitted=0, skipped=0)
        t.add(row)
    row.submitted += submitted
    row.skipped += skipped
    t.flush()


def progress(t: Transaction, round_name: str, person_id: str | None = None) -> list[TrackProgress]:
    """Return how far each reader is in each track of a round."""
    query = select(ProgressRow).where(ProgressRow.round == round_name)
    if person_id is not None:
        query = query.where(ProgressRow.person == person_id)
    return [
        TrackProgress(
            person=row.person,
            track=Track(row.track),
            submitted=row.submitted,
            skipped=row.skipped,
        )
        for row in t.scalars(query.order_by(ProgressRow.person, ProgressRow.track))
    ]


def items_fully_read(
    t: Transaction,
    round_name: str | None = None,
    after: tuple[str, str] = ("", ""),
    size: int = 200,
) -> list[tuple[str, str, int, int]]:
    """Return (round, item_id, item_version, rubric_version) of items nobody still has to read."""
    query = select(RoundItemRow).where(RoundItemRow.missing <= 0)
    if round_name is not None:
        query = query.where(RoundItemRow.round == round_name)
    query = query.where(
        (RoundItemRow.round > after[0])
        | ((RoundItemRow.round == after[0]) & (RoundItemRow.item_id > after[1]))
    )
    rows = t.scalars(query.order_by(RoundItemRow.round, RoundItemRow.item_id).limit(size))
    return [(row.round, row.item_id, row.item_version, row.rubric_version) for row in rows]


def items_left(t: Transaction, round_name: str) -> int:
    """Return how many items of a round still wait for a reader."""
    query = select(func.count()).where(RoundItemRow.round == round_name, RoundItemRow.missing > 0)
    return t.scalar(query) or 0


def rounds_asking(t: Transaction, item_id: str) -> list[tuple[str, int, int, int]]:
    """Return (round, item_version, rubric_version, readers still missing), newest round first."""
    query = (
        select(RoundItemRow)
        .join(RoundRow, RoundRow.name == RoundItemRow.round)
        .where(RoundItemRow.item_id == item_id)
        .order_by(RoundRow.number.desc())
    )
    return [
        (row.round, row.item_version, row.rubric_version, row.missing) for row in t.scalars(query)
    ]
