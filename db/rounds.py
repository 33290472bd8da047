"""Rounds, what they ask, and how far they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    exists,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import (
    DraftRow,
    GoldRow,
    ItemVersionRow,
    MaskRow,
    ProgressRow,
    ReviewRow,
    RoundItemRow,
    RoundPersonRow,
    RoundRow,
    SlotRow,
)
from src.domain.canonical import digest
from src.domain.item import Track
from src.domain.repeats import companion_name
from src.domain.round import (
    STOPPED,
    TAKEN_OUT,
    OutdatedItem,
    Round,
    RoundItem,
    RoundKind,
    RoundState,
    SlotState,
    TrackProgress,
)
from src.domain.routing import RoutingPolicy


def add(t: Transaction, round_: Round, items: Sequence[RoundItem]) -> RoundRow:
    """Store a round with its items in reading order, its readers and all its open slots."""
    number = (t.scalar(select(func.max(RoundRow.number))) or 0) + 1
    item_rows = _item_rows(round_, items)
    row = RoundRow(
        name=round_.name,
        kind=round_.kind.value,
        pass_mark=round_.pass_mark,
        number=number,
        readers=round_.readers,
        read_first=round_.read_first,
        blind_adjudication=round_.blind_adjudication,
        guideline=round_.guideline,
        seed=round_.seed,
        selection=round_.selection,
        routing=round_.routing.model_dump() if round_.routing else None,
        n_items=len(items),
        plan_sha256=digest([sorted(round_.persons), [_planned(r, False) for r in item_rows]]),
        state=round_.state.value,
        made_at=round_.made_at,
        repeats=round_.repeats,
        wash_out_days=round_.wash_out_days,
        planted_errors=round_.planted_errors,
    )
    t.add(row)
    t.flush()
    persons = [{"round": round_.name, "person": person} for person in round_.persons]
    t.execute(insert(RoundPersonRow), persons)
    t.execute(insert(RoundItemRow), item_rows)
    t.execute(insert(SlotRow), _slot_rows(round_, items))
    return row


def add_companion(t: Transaction, round_: Round, items: Sequence[RoundItem]) -> RoundRow:
    """Store the hidden round in which a round's readers read items again; nobody is asked yet."""
    number = (t.scalar(select(func.max(RoundRow.number))) or 0) + 1
    name = companion_name(round_.name)
    item_rows = [{**row, "round": name, "missing": 0} for row in _item_rows(round_, items)]
    row = RoundRow(
        name=name,
        kind=RoundKind.REPEATS.value,
        number=number,
        readers=1,
        read_first=round_.read_first,
        guideline=round_.guideline,
        seed=round_.seed,
        selection={},
        n_items=len(items),
        plan_sha256=digest([[], [_planned(r, False) for r in item_rows]]),
        state=round_.state.value,
        made_at=round_.made_at,
        companion_of=round_.name,
    )
    t.add(row)
    t.flush()
    t.execute(insert(RoundItemRow), item_rows)
    return row


def companion(t: Transaction, name: str) -> RoundRow | None:
    """Return the row of the hidden round of a round's repeats, or None."""
    return t.scalar(select(RoundRow).where(RoundRow.companion_of == name))


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
            "planted": item.planted,
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


def _planned(row: Mapping[str, object], taken_out: bool) -> list[object]:
    """Return what the plan says of an item; what is not so is not mentioned."""
    marks = [*([TAKEN_OUT] if taken_out else []), *(["planted"] if row["planted"] else [])]
    return [*(row[name] for name in PLANNED), *marks]


def plan_digest(t: Transaction, name: str) -> str:
    """Return the hash of a round's readers and items as they stand now."""
    persons = t.execute(
        select(RoundPersonRow.person, RoundPersonRow.part).where(RoundPersonRow.round == name)
    )
    readers = sorted((person, part) for person, part in persons)
    columns = [getattr(RoundItemRow, column) for column in PLANNED]
    found = t.execute(
        select(RoundItemRow.held_back, RoundItemRow.planted, *columns)
        .where(RoundItemRow.round == name)
        .order_by(RoundItemRow.position)
    )
    planned = [_planned(dict(row._mapping), row.held_back == TAKEN_OUT) for row in found]
    return digest([[[who, part] if part else who for who, part in readers], planned])


def get(t: Transaction, name: str) -> Round | None:
    """Return a round, or None; a hidden companion is none."""
    row = t.get(RoundRow, name)
    return _round(t, row) if row is not None and row.companion_of is None else None


def is_taken(t: Transaction, name: str) -> bool:
    """Tell whether there is a round of this name, or one whose hidden companion has it."""
    names = (name, companion_name(name))
    return t.scalar(select(RoundRow.name).where(RoundRow.name.in_(names)).limit(1)) is not None


def all_of(t: Transaction) -> list[Round]:
    """Return all rounds, newest first, without hidden companions."""
    rows = t.scalars(
        select(RoundRow).where(RoundRow.companion_of.is_(None)).order_by(RoundRow.number.desc())
    )
    return [_round(t, row) for row in rows]


def reading_rounds(t: Transaction) -> list[Round]:
    """Return the rounds that make gold, newest first: no calibration round."""
    return [round_ for round_ in all_of(t) if round_.kind is RoundKind.READING]


def open_rounds_of(t: Transaction, person_id: str) -> list[Round]:
    """Return the open rounds a person reads in, newest first."""
    rows = t.scalars(
        select(RoundRow)
        .join(RoundPersonRow, RoundPersonRow.round == RoundRow.name)
        .where(
            RoundPersonRow.person == person_id,
            RoundPersonRow.part == "",
            RoundRow.state == RoundState.OPEN.value,
        )
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


def reopen(t: Transaction, name: str) -> RoundRow:
    """Open a closed round again and return its row."""
    row = t.get(RoundRow, name)
    assert row is not None
    row.state = RoundState.OPEN.value
    t.flush()
    return row


def add_person(t: Transaction, name: str, person_id: str) -> tuple[RoundRow, RoundPersonRow]:
    """Add a reader, so that the round's plan is another one; return both rows."""
    row, person = t.get(RoundRow, name), RoundPersonRow(round=name, person=person_id)
    assert row is not None
    t.add(person)
    t.flush()
    row.plan_sha256 = plan_digest(t, name)
    t.flush()
    return row, person


def add_slots(t: Transaction, name: str) -> list[SlotRow]:
    """Ask for one reading more of every item of a round, and return the new open slots."""
    row = t.get(RoundRow, name)
    assert row is not None
    row.readers += 1
    t.execute(
        update(RoundItemRow)
        .where(RoundItemRow.round == name)
        .values(missing=RoundItemRow.missing + 1),
        execution_options={"synchronize_session": False},
    )
    found = select(RoundItemRow).where(RoundItemRow.round == name).order_by(RoundItemRow.position)
    slots = [
        SlotRow(
            round=name,
            item_id=item.item_id,
            number=row.readers,
            item_version=item.item_version,
            position=item.position,
            state=SlotState.OPEN.value,
        )
        for item in t.scalars(found)
    ]
    t.add_all(slots)
    t.flush()
    t.expire_all()
    return slots


def drafts_open(t: Transaction, name: str) -> int:
    """Return how many readings of a round were begun and not yet sent."""
    query = (
        select(func.count())
        .select_from(DraftRow)
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == DraftRow.round, RoundItemRow.item_id == DraftRow.item_id),
        )
        .join(
            RoundPersonRow,
            and_(
                RoundPersonRow.round == DraftRow.round,
                RoundPersonRow.person == DraftRow.person,
                RoundPersonRow.part == "",
            ),
        )
        .where(DraftRow.round == name, RoundItemRow.held_back != TAKEN_OUT)
    )
    return t.scalar(query) or 0


def _round(t: Transaction, row: RoundRow) -> Round:
    persons = t.execute(
        select(RoundPersonRow.person, RoundPersonRow.part)
        .where(RoundPersonRow.round == row.name)
        .order_by(RoundPersonRow.person)
    ).all()
    return Round(
        name=row.name,
        kind=RoundKind(row.kind),
        pass_mark=row.pass_mark,
        readers=row.readers,
        read_first=row.read_first,
        blind_adjudication=row.blind_adjudication,
        guideline=row.guideline,
        seed=row.seed,
        selection=row.selection,
        routing=_policy(row),
        items=row.n_items,
        persons=tuple(person for person, part in persons if not part),
        left=tuple(person for person, part in persons if part),
        state=RoundState(row.state),
        made_at=row.made_at,
        repeats=row.repeats,
        wash_out_days=row.wash_out_days,
        planted_errors=row.planted_errors,
    )


def _policy(row: RoundRow) -> RoutingPolicy | None:
    return RoutingPolicy.model_validate(row.routing) if row.routing is not None else None


def routings(t: Transaction, names: Sequence[str]) -> dict[str, tuple[RoutingPolicy | None, int]]:
    """Return round -> by which rule units go to an adjudicator, and its seed.

    The rule is None in a round from before there was one.
    """
    rows = t.scalars(select(RoundRow).where(RoundRow.name.in_(names)))
    return {row.name: (_policy(row), row.seed) for row in rows}


def item_of(t: Transaction, round_name: str, item_id: str) -> RoundItemRow | None:
    """Return an item's row in a round, or None."""
    return t.get(RoundItemRow, (round_name, item_id))


def item_ids(t: Transaction, round_name: str) -> list[str]:
    """Return the items of a round in reading order, without those taken out of it."""
    query = (
        select(RoundItemRow.item_id)
        .where(RoundItemRow.round == round_name, RoundItemRow.held_back != TAKEN_OUT)
        .order_by(RoundItemRow.position)
    )
    return list(t.scalars(query))


def slot_of(t: Transaction, round_name: str, item_id: str, person_id: str) -> SlotRow | None:
    """Return the slot a person holds or has filled on an item, or None."""
    return t.scalar(
        select(SlotRow).where(
            SlotRow.round == round_name, SlotRow.item_id == item_id, SlotRow.person == person_id
        )
    )


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
    """Return (round, item_id, item_version, rubric_version) of items nobody still has to read.

    Practice is not among them: what is read in a calibration round counts nowhere.
    """
    query = _that_count(select(RoundItemRow)).where(RoundItemRow.missing <= 0)
    if round_name is not None:
        query = query.where(RoundItemRow.round == round_name)
    query = query.where(
        (RoundItemRow.round > after[0])
        | ((RoundItemRow.round == after[0]) & (RoundItemRow.item_id > after[1]))
    )
    rows = t.scalars(query.order_by(RoundItemRow.round, RoundItemRow.item_id).limit(size))
    return [(row.round, row.item_id, row.item_version, row.rubric_version) for row in rows]


def _that_count(query: Select[RoundItemRow]) -> Select[RoundItemRow]:
    """Leave out practice and repeats, what was taken out of its round, and planted errors."""
    return query.join(RoundRow, RoundRow.name == RoundItemRow.round).where(
        RoundRow.kind == RoundKind.READING.value,
        RoundItemRow.held_back != TAKEN_OUT,
        ~RoundItemRow.planted,
    )


def spread(t: Transaction, round_name: str, step: int) -> list[tuple[str, int]]:
    """Return (item_id, item_version) of each `step`-th item of a round in reading order.

    Those that count: without what was taken out, and without planted errors.
    """
    query = _that_count(select(RoundItemRow)).where(
        RoundItemRow.round == round_name, RoundItemRow.position % step == 0
    )
    rows = t.scalars(query.order_by(RoundItemRow.position))
    return [(row.item_id, row.item_version) for row in rows]


def versions(t: Transaction, round_name: str, item_ids: Sequence[str]) -> list[tuple[str, int]]:
    """Return (item_id, item_version) of items as a round asks them."""
    query = select(RoundItemRow.item_id, RoundItemRow.item_version).where(
        RoundItemRow.round == round_name, RoundItemRow.item_id.in_(item_ids)
    )
    return [(row.item_id, row.item_version) for row in t.execute(query)]


def is_practice(t: Transaction, round_name: str) -> bool:
    """Return True when a round is for practice: what is read there never counts."""
    kind = t.scalar(select(RoundRow.kind).where(RoundRow.name == round_name))
    return kind == RoundKind.CALIBRATION.value


def counts(t: Transaction, row: RoundItemRow) -> bool:
    """Return True when the readings of an item in its round are the study's.

    Practice, repeats and planted errors are not.
    """
    kind = t.scalar(select(RoundRow.kind).where(RoundRow.name == row.round))
    is_read = kind == RoundKind.READING.value
    return is_read and row.held_back != TAKEN_OUT and not row.planted


def items_left(t: Transaction, round_name: str) -> int:
    """Return how many items of a round still wait for a reader."""
    query = select(func.count()).where(
        RoundItemRow.round == round_name,
        RoundItemRow.missing > 0,
        RoundItemRow.held_back.not_in((TAKEN_OUT, STOPPED)),
    )
    return t.scalar(query) or 0


def stopped(t: Transaction, round_name: str, after: int = 0, size: int = 50) -> list[str]:
    """Return the items of a round that are given to nobody else, in reading order."""
    query = _stopped(select(RoundItemRow.item_id), round_name)
    query = query.where(RoundItemRow.position > after).order_by(RoundItemRow.position)
    return list(t.scalars(query.limit(size)))


def stopped_count(t: Transaction, round_name: str) -> int:
    """Return how many items of a round are given to nobody else, though readings are missing."""
    return t.scalar(_stopped(select(func.count()), round_name)) or 0


def _stopped(query: Select[Any], round_name: str) -> Select[Any]:
    return query.where(
        RoundItemRow.round == round_name,
        RoundItemRow.held_back == STOPPED,
        RoundItemRow.missing > 0,
    )


def stop(t: Transaction, row: RoundItemRow) -> None:
    """Give an item to nobody else; who holds it keeps it, and what was read stays."""
    row.held_back = STOPPED
    t.flush()


def outdated_count(t: Transaction, round_name: str) -> int:
    """Return how many items an open round goes on asking as they were before masks."""
    found = _outdated(select(RoundItemRow.item_id)).where(RoundItemRow.round == round_name)
    return t.scalar(select(func.count()).select_from(found.subquery())) or 0


def outdated(
    t: Transaction,
    *,
    round_name: str | None = None,
    item_id: str | None = None,
    after: tuple[str, str] = ("", ""),
    size: int = 50,
) -> list[OutdatedItem]:
    """Return what open rounds go on asking as it was before masks, by round and item.

    The next page begins after (round, item_id) of the last one.
    """
    held = (
        select(func.count())
        .where(
            SlotRow.round == RoundItemRow.round,
            SlotRow.item_id == RoundItemRow.item_id,
            SlotRow.state == SlotState.TAKEN.value,
        )
        .scalar_subquery()
    )
    query = _outdated(
        select(
            RoundItemRow.round,
            RoundItemRow.item_id,
            RoundItemRow.item_version,
            _NEWEST.version,
            RoundItemRow.missing,
            held,
        )
    ).where(tuple_(RoundItemRow.round, RoundItemRow.item_id) > tuple_(*map(literal, after)))
    if round_name is not None:
        query = query.where(RoundItemRow.round == round_name)
    if item_id is not None:
        query = query.where(RoundItemRow.item_id == item_id)
    rows = t.execute(query.order_by(RoundItemRow.round, RoundItemRow.item_id).limit(size))
    return [
        OutdatedItem(
            round=name, item_id=found, asked=asked, newest=newest, missing=missing, held=now
        )
        for name, found, asked, newest, missing, now in rows
    ]


_ASKED, _NEWEST = aliased(ItemVersionRow), aliased(ItemVersionRow)


def _outdated(query: Select[Any]) -> Select[Any]:
    """Narrow to what open rounds ask of a version that differs from a newest one masks made.

    Masks taken off again bring the text back: what is the same as asked is not outdated.
    """
    any_version = aliased(ItemVersionRow)
    newest = (
        select(func.max(any_version.version))
        .where(any_version.item_id == RoundItemRow.item_id)
        .scalar_subquery()
    )
    masked = exists().where(
        MaskRow.item_id == _NEWEST.item_id, MaskRow.made_version == _NEWEST.version
    )
    return (
        query.join(RoundRow, RoundRow.name == RoundItemRow.round)
        .join(
            _ASKED,
            and_(
                _ASKED.item_id == RoundItemRow.item_id,
                _ASKED.version == RoundItemRow.item_version,
            ),
        )
        .join(_NEWEST, and_(_NEWEST.item_id == RoundItemRow.item_id, _NEWEST.version == newest))
        .where(
            RoundItemRow.item_id.in_(select(MaskRow.item_id)),
            RoundRow.state == RoundState.OPEN.value,
            RoundRow.kind == RoundKind.READING.value,
            RoundItemRow.missing > 0,
            ~RoundItemRow.planted,
            RoundItemRow.held_back.not_in((TAKEN_OUT, STOPPED)),
            _ASKED.sha256 != _NEWEST.sha256,
            masked,
        )
    )


def rounds_asking(t: Transaction, item_id: str) -> list[tuple[str, int, int, int]]:
    """Return (round, item_version, rubric_version, readers still missing), newest round first.

    Calibration rounds are not among them, nor rounds the item was taken out of.
    """
    query = (
        _that_count(select(RoundItemRow))
        .where(RoundItemRow.item_id == item_id)
        .order_by(RoundRow.number.desc())
    )
    return [
        (row.round, row.item_version, row.rubric_version, row.missing) for row in t.scalars(query)
    ]


def practice_versions(t: Transaction, release: int) -> dict[str, tuple[int, int]]:
    """Return item_id -> (item version, rubric version) as the readers of its gold saw it."""
    query = (
        select(GoldRow.item_id, RoundItemRow.item_version, RoundItemRow.rubric_version)
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == GoldRow.round, RoundItemRow.item_id == GoldRow.item_id),
        )
        .where(GoldRow.release == release)
    )
    return {item_id: (version, rubric) for item_id, version, rubric in t.execute(query)}


def held_slots(t: Transaction, round_name: str, item_id: str) -> list[SlotRow]:
    """Return the slots of an item that readers hold and have not filled."""
    query = select(SlotRow).where(
        SlotRow.round == round_name,
        SlotRow.item_id == item_id,
        SlotRow.state == SlotState.TAKEN.value,
    )
    return list(t.scalars(query.order_by(SlotRow.number)))


def own_seconds(t: Transaction, round_name: str, person_id: str, size: int) -> list[int]:
    """Return the active seconds of a person's newest first readings in a round, newest first."""
    query = (
        select(ReviewRow.seconds_active)
        .where(
            ReviewRow.person == person_id,
            ReviewRow.round == round_name,
            ReviewRow.revision == 1,
        )
        .order_by(ReviewRow.submitted_at.desc())
        .limit(size)
    )
    return list(t.scalars(query))
