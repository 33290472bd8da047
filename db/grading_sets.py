"""Grading sets: which answers are graded, by whom, and whose turn it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from db.database import Transaction, changed_rows
from db.models import (
    ConflictRow,
    GradingAnswerRow,
    GradingDraftRow,
    GradingPassedRow,
    GradingPersonRow,
    GradingSetRow,
    GradingSlotRow,
    SlotRow,
)
from src.domain.canonical import digest
from src.domain.grading import Draw, DrawKind, DrawnAnswer, GradingSet, place_in_turn
from src.domain.human_grade import GradingBody
from src.domain.round import RoundState, SlotState

AT_ONCE = 64
"""Steps of a person's order that are looked at together."""
CHUNK = 5_000


def add(t: Transaction, made: GradingSet, draw: Draw) -> GradingSetRow:
    """Store a set with its answers in their random places, its people and its open slots."""
    answers = draw.drawn
    row = GradingSetRow(
        name=made.name,
        number=(t.scalar(select(func.max(GradingSetRow.number))) or 0) + 1,
        graders=made.graders,
        draw=made.draw.value,
        condition=made.condition,
        seed=made.seed,
        selection=made.selection,
        n_answers=len(answers),
        plan_sha256="",
        state=made.state.value,
        made_at=made.made_at,
    )
    t.add(row)
    t.flush()
    people = [{"grading_set": made.name, "person": who, "reached": 0} for who in made.persons]
    t.execute(insert(GradingPersonRow), people)
    for start in range(0, len(answers), CHUNK):
        chunk = list(enumerate(answers[start : start + CHUNK], start=start + 1))
        t.execute(insert(GradingAnswerRow), [_answer(made.name, n, one) for n, one in chunk])
        t.execute(insert(GradingSlotRow), _slots(made, [n for n, _ in chunk]))
    for start in range(0, len(draw.passed), CHUNK):
        some = draw.passed[start : start + CHUNK]
        t.execute(insert(GradingPassedRow), [_passed(made.name, one) for one in some])
    row.plan_sha256 = plan_digest(t, made.name)
    t.flush()
    return row


def _passed(name: str, passed: DrawnAnswer) -> dict[str, object]:
    return {
        "grading_set": name,
        "item_id": passed.answer.item_id,
        "model": passed.answer.model,
        "prediction_sha256": passed.answer.prediction_sha256,
        "inclusion_probability": passed.inclusion_probability,
    }


def _answer(name: str, position: int, drawn: DrawnAnswer) -> dict[str, object]:
    answer = drawn.answer
    return {
        "grading_set": name,
        "position": position,
        "model": answer.model,
        "item_id": answer.item_id,
        "item_version": answer.item_version,
        "rubric_version": answer.rubric_version,
        "case_id": answer.case_id,
        "track": answer.track.value,
        "prediction_sha256": answer.prediction_sha256,
        "inclusion_probability": drawn.inclusion_probability,
    }


def _slots(made: GradingSet, positions: Sequence[int]) -> list[dict[str, object]]:
    return [
        {
            "grading_set": made.name,
            "position": position,
            "number": number,
            "person": None,
            "lease_until": None,
            "state": SlotState.OPEN.value,
        }
        for position in positions
        for number in range(1, made.graders_at(position) + 1)
    ]


PLANNED = (
    "position",
    "model",
    "item_id",
    "item_version",
    "rubric_version",
    "case_id",
    "track",
    "prediction_sha256",
    "inclusion_probability",
)
PASSED = ("item_id", "model", "prediction_sha256", "inclusion_probability")


def plan_digest(t: Transaction, name: str) -> str:
    """Return the hash of a set's people, answers and answers passed over, as they stand now."""
    columns = [getattr(GradingAnswerRow, column) for column in PLANNED]
    rows = t.execute(
        select(*columns)
        .where(GradingAnswerRow.grading_set == name)
        .order_by(GradingAnswerRow.position)
    )
    parts = [_persons(t, name), [list(row) for row in rows]]
    passed = _passed_over(t, name)
    # Sets from before 0015 were proven without.
    return digest([*parts, passed] if passed else parts)


def _passed_over(t: Transaction, name: str) -> list[list[object]]:
    columns = [getattr(GradingPassedRow, column) for column in PASSED]
    rows = t.execute(
        select(*columns)
        .where(GradingPassedRow.grading_set == name)
        .order_by(GradingPassedRow.item_id, GradingPassedRow.model)
    )
    return [list(row) for row in rows]


def _persons(t: Transaction, name: str) -> list[str]:
    query = select(GradingPersonRow.person).where(GradingPersonRow.grading_set == name)
    return list(t.scalars(query.order_by(GradingPersonRow.person)))


def get(t: Transaction, name: str) -> GradingSet | None:
    """Return a set, or None."""
    row = t.get(GradingSetRow, name)
    return _set(row, _persons(t, name)) if row is not None else None


def newest(t: Transaction, size: int | None = None, after: int = 0) -> list[GradingSet]:
    """Return sets, newest first: at most so many, after so many; all when no size is given."""
    query = select(GradingSetRow).order_by(GradingSetRow.number.desc())
    return _sets(t, list(t.scalars(query.limit(size).offset(after))))


def open_sets_of(t: Transaction, person_id: str) -> list[GradingSet]:
    """Return the open sets a person grades in, newest first."""
    rows = t.scalars(
        select(GradingSetRow)
        .join(GradingPersonRow, GradingPersonRow.grading_set == GradingSetRow.name)
        .where(GradingPersonRow.person == person_id, GradingSetRow.state == RoundState.OPEN.value)
        .order_by(GradingSetRow.number.desc())
    )
    return _sets(t, list(rows))


def has_work(t: Transaction, person_id: str) -> bool:
    """Return True when a person grades in an open set."""
    query = (
        select(GradingPersonRow.person)
        .join(GradingSetRow, GradingSetRow.name == GradingPersonRow.grading_set)
        .where(GradingPersonRow.person == person_id, GradingSetRow.state == RoundState.OPEN.value)
    )
    return t.scalar(query.limit(1)) is not None


def _sets(t: Transaction, rows: Sequence[GradingSetRow]) -> list[GradingSet]:
    query = select(GradingPersonRow.grading_set, GradingPersonRow.person).where(
        GradingPersonRow.grading_set.in_([row.name for row in rows])
    )
    persons: dict[str, list[str]] = defaultdict(list)
    for name, person in t.execute(query.order_by(GradingPersonRow.person)):
        persons[name].append(person)
    return [_set(row, persons[row.name]) for row in rows]


def _set(row: GradingSetRow, persons: Sequence[str]) -> GradingSet:
    return GradingSet(
        name=row.name,
        graders=row.graders,
        draw=DrawKind(row.draw),
        condition=row.condition,
        seed=row.seed,
        selection=row.selection,
        answers=row.n_answers,
        persons=tuple(persons),
        state=RoundState(row.state),
        made_at=row.made_at,
    )


def set_state(t: Transaction, name: str, state: RoundState) -> GradingSetRow:
    """Close or reopen a set and return its row."""
    row = t.get(GradingSetRow, name)
    assert row is not None
    row.state = state.value
    t.flush()
    return row


def answer_at(t: Transaction, name: str, position: int) -> GradingAnswerRow | None:
    """Return the answer at a place of a set, or None."""
    return t.get(GradingAnswerRow, (name, position))


def slot_of(t: Transaction, name: str, position: int, person_id: str) -> GradingSlotRow | None:
    """Return the slot a person holds or has filled on an answer, or None."""
    return t.scalar(
        select(GradingSlotRow).where(
            GradingSlotRow.grading_set == name,
            GradingSlotRow.position == position,
            GradingSlotRow.person == person_id,
        )
    )


def taken_slot(t: Transaction, name: str, person_id: str) -> GradingSlotRow | None:
    """Return the first slot a person holds and has not filled, or None."""
    query = select(GradingSlotRow).where(
        GradingSlotRow.person == person_id,
        GradingSlotRow.grading_set == name,
        GradingSlotRow.state == SlotState.TAKEN.value,
    )
    return t.scalar(query.order_by(GradingSlotRow.position).limit(1))


def return_abandoned(t: Transaction, name: str, now: datetime, but_of: str) -> list[GradingSlotRow]:
    """Open others' slots whose lease ran out before anything was said; return them."""
    rows = list(
        t.scalars(
            select(GradingSlotRow).where(
                GradingSlotRow.grading_set == name,
                GradingSlotRow.state == SlotState.TAKEN.value,
                GradingSlotRow.lease_until < now,
                GradingSlotRow.person != but_of,
                ~exists().where(*_draft_on(GradingSlotRow)),
            )
        )
    )
    for row in rows:
        _open(row)
    t.flush()
    return rows


def _draft_on(slot: type[GradingSlotRow]) -> tuple[ColumnElement[bool], ...]:
    return (
        GradingDraftRow.grading_set == slot.grading_set,
        GradingDraftRow.position == slot.position,
        GradingDraftRow.person == slot.person,
    )


def _open(slot: GradingSlotRow) -> None:
    slot.person, slot.lease_until, slot.state = None, None, SlotState.OPEN.value


def give_back(t: Transaction, slot: GradingSlotRow) -> None:
    """Open a slot again; a draft of who held it stays, for when it comes back to them."""
    _open(slot)
    t.flush()


def renew(t: Transaction, slot: GradingSlotRow, until: datetime) -> None:
    """Say that whoever holds a slot is still at it."""
    slot.lease_until = until
    t.flush()


def take_next(
    t: Transaction, made: GradingSet, person_id: str, until: datetime
) -> GradingSlotRow | None:
    """Take the next open slot in a person's own order, or None when nothing is left for them.

    Looks on from where they were, so that the cost does not grow with what they have graded; at
    the end once more from the start, for what came back since.
    """
    row = t.get(GradingPersonRow, (made.name, person_id))
    assert row is not None
    for first in dict.fromkeys((row.reached, 0)):
        for start in range(first, made.answers, AT_ONCE):
            steps = range(start, min(start + AT_ONCE, made.answers))
            places = [place_in_turn(made.seed, person_id, made.answers, s) for s in steps]
            free = _free(t, made, places, person_id)
            for step, place in zip(steps, places, strict=True):
                if place in free and _take(t, free[place], person_id, until):
                    row.reached = max(row.reached, step + 1)
                    t.flush()
                    return free[place]
    return None


def _free(
    t: Transaction, made: GradingSet, places: Sequence[int], person_id: str
) -> dict[int, GradingSlotRow]:
    """Return an open slot, of those the set asks for, of each place that a person may take."""
    query = _takeable(made.name, person_id).where(
        GradingSlotRow.position.in_(places), GradingSlotRow.state == SlotState.OPEN.value
    )
    asked = (slot for slot in t.scalars(query) if slot.number <= made.graders_at(slot.position))
    return {slot.position: slot for slot in asked}


def _takeable(name: str, person_id: str) -> Select[GradingSlotRow]:
    """Ask for the slots of answers that a person may be given.

    Not what they have had, nor a case they have a conflict with, nor an item they are reading in
    a round at this moment: its answers would be before their eyes.
    """
    own, reading = aliased(GradingSlotRow), aliased(SlotRow)
    has_it = exists().where(
        own.grading_set == GradingSlotRow.grading_set,
        own.position == GradingSlotRow.position,
        own.person == person_id,
    )
    conflict = exists().where(
        ConflictRow.person == person_id, ConflictRow.case_id == GradingAnswerRow.case_id
    )
    reads_it = exists().where(
        reading.person == person_id,
        reading.item_id == GradingAnswerRow.item_id,
        reading.state == SlotState.TAKEN.value,
    )
    return (
        select(GradingSlotRow)
        .join(
            GradingAnswerRow,
            (GradingAnswerRow.grading_set == GradingSlotRow.grading_set)
            & (GradingAnswerRow.position == GradingSlotRow.position),
        )
        .where(GradingSlotRow.grading_set == name, ~has_it, ~conflict, ~reads_it)
        .order_by(GradingSlotRow.number.desc())
    )


def take_over(
    t: Transaction, made: GradingSet, person_id: str, since: datetime, until: datetime
) -> GradingSlotRow | None:
    """Give a person one more slot on an answer whose grading rests since a time, or None.

    For when nothing else is left for them. Who began it keeps slot and draft: should they send
    theirs after all, it is one grading more than was asked for.
    """
    rests = exists().where(*_draft_on(GradingSlotRow), GradingDraftRow.saved_at < since)
    resting = _takeable(made.name, person_id).where(
        GradingSlotRow.state == SlotState.TAKEN.value, rests
    )
    for slot in t.scalars(resting.order_by(None).order_by(GradingSlotRow.position)):
        query = select(func.count()).where(
            GradingSlotRow.grading_set == made.name,
            GradingSlotRow.position == slot.position,
            ~((GradingSlotRow.state == SlotState.TAKEN.value) & rests),
        )
        if (t.scalar(query) or 0) < made.graders_at(slot.position):
            return one_more(t, made.name, slot.position, person_id, until)
    return None


def one_more(
    t: Transaction, name: str, position: int, person_id: str, until: datetime
) -> GradingSlotRow:
    """Give a person an open slot on an answer; one more than were asked for when none is open."""
    slots = list(
        t.scalars(
            select(GradingSlotRow)
            .where(GradingSlotRow.grading_set == name, GradingSlotRow.position == position)
            .order_by(GradingSlotRow.number)
        )
    )
    slot = next((one for one in slots if one.state == SlotState.OPEN.value), None)
    if slot is None:
        slot = GradingSlotRow(grading_set=name, position=position, number=slots[-1].number + 1)
        t.add(slot)
    slot.person, slot.lease_until, slot.state = person_id, until, SlotState.TAKEN.value
    t.flush()
    return slot


def may_resume(t: Transaction, made: GradingSet, person_id: str, position: int) -> bool:
    """Return True when a person's own order has led them past an answer that they may have."""
    row = t.get(GradingPersonRow, (made.name, person_id))
    if row is None or not any(
        place_in_turn(made.seed, person_id, made.answers, step) == position
        for step in range(row.reached)
    ):
        return False
    query = _takeable(made.name, person_id).where(GradingSlotRow.position == position)
    return t.scalar(query.limit(1)) is not None


def _take(t: Transaction, slot: GradingSlotRow, person_id: str, until: datetime) -> bool:
    taken = changed_rows(
        t,
        update(GradingSlotRow)
        .where(
            GradingSlotRow.grading_set == slot.grading_set,
            GradingSlotRow.position == slot.position,
            GradingSlotRow.number == slot.number,
            GradingSlotRow.state == SlotState.OPEN.value,
        )
        .values(person=person_id, state=SlotState.TAKEN.value, lease_until=until),
    )
    t.refresh(slot)
    return bool(taken)


def fill(t: Transaction, slot: GradingSlotRow) -> None:
    """Mark a slot as graded."""
    slot.state, slot.lease_until = SlotState.SUBMITTED.value, None
    t.flush()


def draft_of(
    t: Transaction, name: str, position: int, person_id: str
) -> tuple[GradingBody, datetime] | None:
    """Return what a person has begun on an answer and when it was stored, or None."""
    row = t.get(GradingDraftRow, (name, position, person_id))
    return (GradingBody.model_validate(row.body), row.saved_at) if row is not None else None


def put_draft(
    t: Transaction, name: str, position: int, person_id: str, draft: GradingBody, at: datetime
) -> None:
    """Keep what a person is saying of an answer."""
    row = t.get(GradingDraftRow, (name, position, person_id))
    if row is None:
        row = GradingDraftRow(grading_set=name, position=position, person=person_id)
        t.add(row)
    row.body, row.saved_at = draft.model_dump(mode="json"), at
    t.flush()


def drop_draft(t: Transaction, name: str, position: int, person_id: str) -> None:
    """Forget a draft: it was sent."""
    t.execute(
        delete(GradingDraftRow).where(
            GradingDraftRow.grading_set == name,
            GradingDraftRow.position == position,
            GradingDraftRow.person == person_id,
        )
    )


def done_by(t: Transaction, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return set -> person -> how many answers of the set they have graded."""
    query = (
        select(GradingSlotRow.grading_set, GradingSlotRow.person, func.count())
        .where(
            GradingSlotRow.grading_set.in_(names),
            GradingSlotRow.state == SlotState.SUBMITTED.value,
        )
        .group_by(GradingSlotRow.grading_set, GradingSlotRow.person)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for name, person, number in t.execute(query):
        found[name][str(person)] = number
    return found


def done_of(t: Transaction, name: str, person_id: str) -> int:
    """Return how many answers of a set a person has graded."""
    query = select(func.count()).where(
        GradingSlotRow.person == person_id,
        GradingSlotRow.grading_set == name,
        GradingSlotRow.state == SlotState.SUBMITTED.value,
    )
    return t.scalar(query) or 0
