"""Slots and who may take them: UNIQUE constraints decide who reads what, never a count."""

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
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db import rounds, skips
from db.database import Transaction, changed_rows
from db.models import (
    ConflictRow,
    DraftRow,
    ExposureRow,
    PersonRow,
    RoundItemRow,
    RoundPersonRow,
    SkipRow,
    SlotRow,
)
from src.domain.item import Track
from src.domain.people import Role
from src.domain.round import (
    PUT_BACK,
    KeptAway,
    SkipReason,
    SlotState,
    StuckItem,
    TrackQueue,
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
    practice = rounds.is_practice(t, round_name)
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
        SkipRow.reason != skips.LEASE_ENDED,
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
    read = {p.track: p.submitted for p in rounds.progress(t, round_name, person_id)}
    there = t.execute(_tracks_there(), asked).one()
    tracks = [track for track, found in zip(Track, there, strict=True) if found]
    reached = _reached_in(t, asked, tracks) if tracks else {}
    practice = rounds.is_practice(t, round_name)
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


def let_go(t: Transaction, slot: SlotRow, now: datetime) -> None:
    """Take a slot from its reader, who can still send what they have written."""
    skips.add_skip(t, slot.round, slot.item_id, str(slot.person), skips.LEASE_ENDED, "", now)
    give_back(t, slot)


def stuck(t: Transaction, round_name: str, after: int = 0, size: int = 50) -> list[StuckItem]:
    """Return items that miss readings which none of the round's readers may give.

    In reading order, from behind a place. An item a lead still has to answer for is not stuck,
    it is held back.
    """
    practice = rounds.is_practice(t, round_name)
    away = _reasons(round_name, practice=practice)
    free = (
        select(RoundPersonRow.person)
        .join(PersonRow, PersonRow.person_id == RoundPersonRow.person)
        .where(
            RoundPersonRow.round == round_name,
            RoundPersonRow.part == "",
            ~or_(*away.values()),
        )
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
        .where(
            RoundItemRow.round == round_name,
            RoundItemRow.item_id.in_(item_ids),
            RoundPersonRow.part == "",
        )
        .order_by(RoundItemRow.item_id, RoundPersonRow.person)
    )
    found: dict[str, dict[str, KeptAway]] = {}
    for item_id, person, why in t.execute(query):
        found.setdefault(item_id, {})[person] = KeptAway(why)
    return found
