"""Rounds and their slots. The UNIQUE constraints decide who reads what, never a count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.database import Transaction, changed_rows
from db.models import (
    ConflictRow,
    DraftRow,
    ExposureRow,
    GoldRow,
    PersonRow,
    ProgressRow,
    ReviewRow,
    RoundItemRow,
    RoundPersonRow,
    RoundRow,
    SkipRow,
    SlotRow,
    UtcTime,
)
from src.domain.canonical import digest
from src.domain.item import Track
from src.domain.people import Role
from src.domain.round import (
    HOLDS_BACK,
    PUT_BACK,
    TAKEN_OUT,
    KeptAway,
    Round,
    RoundItem,
    RoundKind,
    RoundState,
    Skip,
    SkipReason,
    SlotState,
    StuckItem,
    TrackProgress,
    TrackQueue,
)

LEASE_ENDED = "lease_ended"


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
        guideline=round_.guideline,
        seed=round_.seed,
        selection=round_.selection,
        n_items=len(items),
        plan_sha256=digest([sorted(round_.persons), [_planned(r, False) for r in item_rows]]),
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


def _planned(row: Mapping[str, object], taken_out: bool) -> list[object]:
    return [*(row[name] for name in PLANNED), *([TAKEN_OUT] if taken_out else [])]


def plan_digest(t: Transaction, name: str) -> str:
    """Return the hash of a round's readers and items as they stand now."""
    persons = t.scalars(select(RoundPersonRow.person).where(RoundPersonRow.round == name))
    columns = [getattr(RoundItemRow, column) for column in PLANNED]
    found = t.execute(
        select(RoundItemRow.held_back, *columns)
        .where(RoundItemRow.round == name)
        .order_by(RoundItemRow.position)
    )
    planned = [_planned(dict(row._mapping), row.held_back == TAKEN_OUT) for row in found]
    return digest([sorted(persons), planned])


def get(t: Transaction, name: str) -> Round | None:
    """Return a round, or None."""
    row = t.get(RoundRow, name)
    return _round(t, row) if row is not None else None


def all_of(t: Transaction) -> list[Round]:
    """Return all rounds, newest first."""
    rows = t.scalars(select(RoundRow).order_by(RoundRow.number.desc()))
    return [_round(t, row) for row in rows]


def reading_rounds(t: Transaction) -> list[Round]:
    """Return the rounds that make gold, newest first: no calibration round."""
    return [round_ for round_ in all_of(t) if round_.kind is RoundKind.READING]


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
        .where(DraftRow.round == name, RoundItemRow.held_back != TAKEN_OUT)
    )
    return t.scalar(query) or 0


def _round(t: Transaction, row: RoundRow) -> Round:
    persons = t.scalars(
        select(RoundPersonRow.person)
        .where(RoundPersonRow.round == row.name)
        .order_by(RoundPersonRow.person)
    )
    return Round(
        name=row.name,
        kind=RoundKind(row.kind),
        pass_mark=row.pass_mark,
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


def taken_slot(
    t: Transaction, round_name: str, person_id: str, track: Track | None = None
) -> SlotRow | None:
    """Return the first slot a person holds and has not filled, or None."""
    query = select(SlotRow).where(
        SlotRow.person == person_id,
        SlotRow.round == round_name,
        SlotRow.state == SlotState.TAKEN.value,
    )
    query = query if track is None else _with_items(query).where(RoundItemRow.track == track.value)
    return t.scalar(query.order_by(SlotRow.position).limit(1))


def _with_items(query: Select[SlotRow]) -> Select[SlotRow]:
    same = and_(RoundItemRow.round == SlotRow.round, RoundItemRow.item_id == SlotRow.item_id)
    return query.join(RoundItemRow, same)


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
        let_go(t, row, now)
    return rows


def next_open_slot(
    t: Transaction, round_name: str, person_id: str, track: Track | None = None
) -> SlotRow | None:
    """Return the next open slot a person may take, in reading order, or None.

    It starts behind the newest item the person has had, so the cost does not grow with what is
    already read; only when nothing is left there does it look at what came back since. An item
    never comes after a later one of the same case, nor on a conflict, exposure or skip.
    """
    asked = {"round": round_name, "person": person_id, "track": track.value if track else ""}
    practice = _is_practice(t, round_name)
    query = _first_open_slot(practice=practice, of_track=track is not None)
    reached = _reached(t, round_name, person_id, track)
    ahead = t.scalar(query, {**asked, "after": reached})
    return ahead if ahead is not None or not reached else t.scalar(query, {**asked, "after": 0})


def _reached(t: Transaction, round_name: str, person_id: str, track: Track | None) -> int:
    """Return the place of the newest item a person has had; 0 for none."""
    asked = {"round": round_name, "person": person_id}
    if track is None:
        return t.scalar(_reached_in_round(), asked) or 0
    return next(iter(_reached_in(t, asked, [track]).values()))


def _reached_in(
    t: Transaction, asked: Mapping[str, str], tracks: Sequence[Track]
) -> dict[Track, int]:
    """Return for each track the place of the newest item a person has had; 0 for none."""
    found = t.execute(_reached_in_tracks(tuple(tracks)), asked).one()
    size = len(SlotState)
    return {
        track: max(place or 0 for place in found[number * size : (number + 1) * size])
        for number, track in enumerate(tracks)
    }


# These statements are long, and asked with every page: each is built once, with its values
# left open, for the building takes many times as long as the answer.

ROUND, PERSON, TRACK = (bindparam(name, type_=String) for name in ("round", "person", "track"))
AFTER = bindparam("after", type_=Integer)


@cache
def _reached_in_round() -> Select[int]:
    own = (SlotRow.person == PERSON, SlotRow.round == ROUND)
    return select(func.max(SlotRow.position)).where(*own)


@cache
def _reached_in_tracks(tracks: tuple[Track, ...]) -> Select[Any]:
    """For each track and state, look from the newest item back; the first one ends the look."""
    places: list[Any] = [_newest_place(track, state) for track in tracks for state in SlotState]
    return select(*places)


def _newest_place(track: Track, state: SlotState) -> ScalarSelect[int]:
    return (
        select(SlotRow.position)
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == SlotRow.round, RoundItemRow.item_id == SlotRow.item_id),
        )
        .where(
            SlotRow.person == PERSON,
            SlotRow.round == ROUND,
            SlotRow.state == state.value,
            RoundItemRow.track == track.value,
        )
        .order_by(SlotRow.position.desc())
        .limit(1)
        .scalar_subquery()
    )


@cache
def _first_open_slot(*, practice: bool, of_track: bool) -> Select[SlotRow]:
    query = _open_slots(select(SlotRow), practice=practice, of_track=of_track)
    return query.order_by(SlotRow.position, SlotRow.number).limit(1)


@cache
def _open_items_counted(*, practice: bool) -> Select[int]:
    """Count the items a person may take in a track, up to one more than COUNTED_UP_TO."""
    items = _open_slots(select(SlotRow.item_id), practice=practice, of_track=True)
    some = items.distinct().limit(COUNTED_UP_TO + 1)
    return select(func.count()).select_from(some.subquery())


def _open_slots(query: Select[Any], *, practice: bool, of_track: bool) -> Select[Any]:
    """Narrow a query to the open slots of ROUND, behind AFTER, that PERSON may take."""
    query = _with_items(query).where(
        SlotRow.round == ROUND,
        SlotRow.state == SlotState.OPEN.value,
        SlotRow.position > AFTER,
        RoundItemRow.held_back == "",
        ~or_(*_kept_away(PERSON, ROUND, practice=practice).values()),
    )
    return query.where(RoundItemRow.track == TRACK) if of_track else query


def _is_practice(t: Transaction, round_name: str) -> bool:
    kind = t.scalar(select(RoundRow.kind).where(RoundRow.name == round_name))
    return kind == RoundKind.CALIBRATION.value


OF_THIS = (RoundItemRow, RoundPersonRow)
"""The tables of the query around a condition: named, for it can lie two queries deep."""
Who = ColumnElement[str] | InstrumentedAttribute[str]
Where = ColumnElement[str] | str


def _kept_away(
    person: Who, round_name: Where, *, practice: bool
) -> dict[KeptAway, ColumnElement[bool]]:
    """Return what keeps a person from an item of a round, each as a condition on RoundItemRow.

    Practice is open to who has read the item or seen its readings; but not to who reads it in
    another round at this moment, for gold would be before their eyes.
    """
    found = {
        KeptAway.HAS_IT: _has_slot(person),
        KeptAway.PASSED_ON: _passed_on(person),
        KeptAway.PASSED_ON_CASE: _passed_on_case(person, round_name),
        KeptAway.READ_LATER_ITEM: _has_later_item(person),
        KeptAway.CONFLICT: _one(
            ConflictRow.person == person, ConflictRow.case_id == RoundItemRow.case_id
        ),
    }
    if practice:
        return {**found, KeptAway.READS_IT_ELSEWHERE: _holds_elsewhere(person)}
    exposed = _one(ExposureRow.person == person, ExposureRow.item_id == RoundItemRow.item_id)
    return {**found, KeptAway.HAS_SEEN_READINGS: exposed}


def _one(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell whether there is a row of which all this is true."""
    return exists().where(*conditions).correlate(*OF_THIS)


def _has_slot(person: Who) -> ColumnElement[bool]:
    own = aliased(SlotRow)
    return _one(
        own.round == RoundItemRow.round,
        own.item_id == RoundItemRow.item_id,
        own.person == person,
    )


def _holds_elsewhere(person: Who) -> ColumnElement[bool]:
    other = aliased(SlotRow)
    return _one(
        other.person == person,
        other.state == SlotState.TAKEN.value,
        other.item_id == RoundItemRow.item_id,
        other.round != RoundItemRow.round,
    )


def _passed_on(person: Who) -> ColumnElement[bool]:
    return _one(
        SkipRow.round == RoundItemRow.round,
        SkipRow.item_id == RoundItemRow.item_id,
        SkipRow.person == person,
        SkipRow.reason != LEASE_ENDED,
        SkipRow.answer != PUT_BACK,
    )


def _passed_on_case(person: Who, round_name: Where) -> ColumnElement[bool]:
    """Ask for the few skips of a person first, and of each whether it was of this case."""
    passed, passed_item = aliased(SkipRow), aliased(RoundItemRow)
    of_case = (
        exists()
        .where(
            passed_item.round == passed.round,
            passed_item.item_id == passed.item_id,
            passed_item.case_id == RoundItemRow.case_id,
        )
        .correlate(passed, RoundItemRow)
    )
    return _one(
        passed.round == round_name,
        passed.person == person,
        passed.reason == SkipReason.NOT_MY_FIELD.value,
        of_case,
    )


def _has_later_item(person: Who) -> ColumnElement[bool]:
    """Ask for the case's few later items first, and of each whether the person has had it.

    The other way round a database would go through all the person has ever read.
    """
    own, later = aliased(SlotRow), aliased(RoundItemRow)
    had = (
        exists()
        .where(own.round == later.round, own.item_id == later.item_id, own.person == person)
        .correlate(later, RoundPersonRow)
    )
    return _one(
        later.round == RoundItemRow.round,
        later.case_id == RoundItemRow.case_id,
        later.position > RoundItemRow.position,
        had,
    )


COUNTED_UP_TO = 100


def own_tracks(t: Transaction, round_name: str, person_id: str) -> list[TrackQueue]:
    """Return for each track of a round what a reader has read and could take now.

    What is open is counted behind the newest item they have had, and only up to
    COUNTED_UP_TO, so that the cost does not grow with the round.
    """
    asked = {"round": round_name, "person": person_id}
    read = {p.track: p.submitted for p in progress(t, round_name, person_id)}
    there = t.execute(_tracks_there(), asked).one()
    tracks = [track for track, found in zip(Track, there, strict=True) if found]
    reached = _reached_in(t, asked, tracks) if tracks else {}
    practice = _is_practice(t, round_name)
    return [
        _queue(t, {**asked, "track": track.value}, reached[track], read.get(track, 0), practice)
        for track in tracks
    ]


@cache
def _tracks_there() -> Select[Any]:
    """Tell for each track whether ROUND asks an item of it."""
    asked: list[Any] = [
        exists().where(RoundItemRow.round == ROUND, RoundItemRow.track == track.value)
        for track in Track
    ]
    return select(*asked)


def _queue(
    t: Transaction, asked: Mapping[str, str], reached: int, read: int, practice: bool
) -> TrackQueue:
    counting = _open_items_counted(practice=practice)
    found = t.scalar(counting, {**asked, "after": reached}) or 0
    if not found and reached:
        found = t.scalar(counting, {**asked, "after": 0}) or 0
    return TrackQueue(
        track=Track(asked["track"]),
        read=read,
        open=min(found, COUNTED_UP_TO),
        more=found > COUNTED_UP_TO,
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


def taken_of_case(t: Transaction, person_id: str, case_id: str) -> list[SlotRow]:
    """Return the slots a person holds on items of a case, in any round."""
    of_case = and_(RoundItemRow.round == SlotRow.round, RoundItemRow.item_id == SlotRow.item_id)
    query = (
        select(SlotRow)
        .join(RoundItemRow, of_case)
        .where(
            SlotRow.person == person_id,
            SlotRow.state == SlotState.TAKEN.value,
            RoundItemRow.case_id == case_id,
        )
        .order_by(SlotRow.round, SlotRow.item_id)
    )
    return list(t.scalars(query))


def add_skip(
    t: Transaction,
    round_name: str,
    item_id: str,
    person_id: str,
    reason: SkipReason | str,
    note: str,
    at: datetime,
) -> None:
    """Remember that a person passed an item on, or let its lease run out.

    A second time changes nothing, unless a lead answered the first.
    """
    row = t.get(SkipRow, (round_name, item_id, person_id, str(reason)))
    if row is None:
        row = SkipRow(round=round_name, item_id=item_id, person=person_id, reason=str(reason))
        t.add(row)
    elif row.answer == "":
        return
    row.note, row.at, row.answer = note, at, ""
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
    """Leave out calibration rounds, and what was taken out of its round."""
    return query.join(RoundRow, RoundRow.name == RoundItemRow.round).where(
        RoundRow.kind == RoundKind.READING.value, RoundItemRow.held_back != TAKEN_OUT
    )


def counts(t: Transaction, row: RoundItemRow) -> bool:
    """Return True when the readings of an item in its round are the study's, and no practice."""
    return row.held_back != TAKEN_OUT and not _is_practice(t, row.round)


def items_left(t: Transaction, round_name: str) -> int:
    """Return how many items of a round still wait for a reader."""
    query = select(func.count()).where(
        RoundItemRow.round == round_name,
        RoundItemRow.missing > 0,
        RoundItemRow.held_back != TAKEN_OUT,
    )
    return t.scalar(query) or 0


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


def hold_back(t: Transaction, row: RoundItemRow, reason: SkipReason) -> None:
    """Keep an item from the other readers of its round until a lead answers."""
    row.held_back = reason.value
    t.flush()


def put_back(t: Transaction, row: RoundItemRow) -> None:
    """Let readers take an item again, also those who found it unreadable or broken."""
    row.held_back = ""
    _answer(t, row, PUT_BACK)


def take_out(t: Transaction, row: RoundItemRow, note: str) -> RoundRow:
    """Take an item out of its round for good and return the round's row, with another plan."""
    row.held_back, row.hold_note = TAKEN_OUT, note
    _answer(t, row, TAKEN_OUT)
    round_ = t.get(RoundRow, row.round)
    assert round_ is not None
    round_.n_items -= 1
    round_.plan_sha256 = plan_digest(t, row.round)
    t.flush()
    return round_


def taken_out(t: Transaction, round_name: str) -> list[tuple[str, str]]:
    """Return (item_id, note) of what was taken out of a round, in reading order."""
    query = (
        select(RoundItemRow.item_id, RoundItemRow.hold_note)
        .where(RoundItemRow.round == round_name, RoundItemRow.held_back == TAKEN_OUT)
        .order_by(RoundItemRow.position)
    )
    return [(item_id, note) for item_id, note in t.execute(query)]


def let_go(t: Transaction, slot: SlotRow, now: datetime) -> None:
    """Take a slot from its reader, who can still send what they have written."""
    add_skip(t, slot.round, slot.item_id, str(slot.person), LEASE_ENDED, "", now)
    give_back(t, slot)


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


def _answer(t: Transaction, row: RoundItemRow, answer: str) -> None:
    """Write a lead's answer on the skips that held an item back."""
    t.flush()
    t.execute(
        update(SkipRow)
        .where(
            SkipRow.round == row.round,
            SkipRow.item_id == row.item_id,
            SkipRow.reason.in_([reason.value for reason in HOLDS_BACK]),
            SkipRow.answer == "",
        )
        .values(answer=answer),
        execution_options={"synchronize_session": False},
    )
    t.expire_all()


def held_slots(t: Transaction, round_name: str, item_id: str) -> list[SlotRow]:
    """Return the slots of an item that readers hold and have not filled."""
    query = select(SlotRow).where(
        SlotRow.round == round_name,
        SlotRow.item_id == item_id,
        SlotRow.state == SlotState.TAKEN.value,
    )
    return list(t.scalars(query.order_by(SlotRow.number)))


SkipPlace = tuple[datetime, str, str]
"""Time, item and person of a skip: where a page of them ends."""


def skipped(
    t: Transaction,
    round_name: str,
    after: SkipPlace | None = None,
    size: int = 50,
    waiting: bool = False,
) -> list[Skip]:
    """Return what readers of a round passed on, newest first; or only what waits for a lead."""
    keys = (SkipRow.at, SkipRow.item_id, SkipRow.person)
    query = (
        select(SkipRow, RoundItemRow)
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == SkipRow.round, RoundItemRow.item_id == SkipRow.item_id),
        )
        .where(SkipRow.round == round_name, SkipRow.reason != LEASE_ENDED)
        .order_by(*(column.desc() for column in keys))
        .limit(size)
    )
    if after is not None:
        at, item_id, person = after
        query = query.where(tuple_(*keys) < tuple_(literal(at, UtcTime()), item_id, person))
    if waiting:
        query = query.where(RoundItemRow.held_back == SkipRow.reason, SkipRow.answer == "")
    return [_skip(skip, item) for skip, item in t.execute(query)]


def _skip(row: SkipRow, item: RoundItemRow) -> Skip:
    return Skip(
        round=row.round,
        item_id=row.item_id,
        track=Track(item.track),
        person=row.person,
        reason=SkipReason(row.reason),
        note=row.note,
        at=row.at,
        held_back=item.held_back == row.reason and row.answer == "",
        answer=row.answer,
    )


def stuck(t: Transaction, round_name: str, after: int = 0, size: int = 50) -> list[StuckItem]:
    """Return items that miss readings which none of the round's readers may give.

    In reading order, from behind a place. An item a lead still has to answer for is not stuck,
    it is held back.
    """
    practice = _is_practice(t, round_name)
    away = _reasons(round_name, practice=practice)
    free = (
        select(RoundPersonRow.person)
        .join(PersonRow, PersonRow.person_id == RoundPersonRow.person)
        .where(RoundPersonRow.round == round_name, ~or_(*away.values()))
        .correlate(RoundItemRow)
        .exists()
    )
    open_slot = exists().where(
        SlotRow.round == RoundItemRow.round,
        SlotRow.item_id == RoundItemRow.item_id,
        SlotRow.state == SlotState.OPEN.value,
    )
    rows = t.scalars(
        select(RoundItemRow)
        .where(
            RoundItemRow.round == round_name,
            RoundItemRow.position > after,
            RoundItemRow.missing > 0,
            RoundItemRow.held_back == "",
            open_slot,
            ~free,
        )
        .order_by(RoundItemRow.position)
        .limit(size)
    ).all()
    why = _why(t, round_name, [row.item_id for row in rows], away)
    return [
        StuckItem(
            item_id=row.item_id,
            track=Track(row.track),
            position=row.position,
            missing=row.missing,
            why=why.get(row.item_id, {}),
        )
        for row in rows
    ]


def _reasons(round_name: str, *, practice: bool) -> dict[KeptAway, ColumnElement[bool]]:
    """Return what keeps each reader of a round from an item, on RoundPersonRow and PersonRow."""
    reads = type_coerce(PersonRow.roles, String).contains(f'"{Role.REVIEWER.value}"')
    return {
        KeptAway.NO_READER_NOW: or_(PersonRow.active == false(), ~reads),
        **_kept_away(RoundPersonRow.person, round_name, practice=practice),
    }


def _why(
    t: Transaction,
    round_name: str,
    item_ids: Sequence[str],
    away: Mapping[KeptAway, ColumnElement[bool]],
) -> dict[str, dict[str, KeptAway]]:
    """Return for each item what keeps each reader of the round from it."""
    reason = case(*((condition, name.value) for name, condition in away.items()), else_="")
    query = (
        select(RoundItemRow.item_id, RoundPersonRow.person, reason)
        .join(RoundPersonRow, RoundPersonRow.round == RoundItemRow.round)
        .join(PersonRow, PersonRow.person_id == RoundPersonRow.person)
        .where(RoundItemRow.round == round_name, RoundItemRow.item_id.in_(item_ids))
        .order_by(RoundItemRow.item_id, RoundPersonRow.person)
    )
    found: dict[str, dict[str, KeptAway]] = {}
    for item_id, person, why in t.execute(query):
        found.setdefault(item_id, {})[person] = KeptAway(why)
    return found


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
