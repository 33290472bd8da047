"""The steps of a draft: what each save replaced, so that it can be put back and undone again.

One table holds two stacks. The steps to go back to come first by number; those that were undone
follow them. An undo or a redo exchanges the draft's text with that of the step between the two.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, and_, bindparam, delete, insert, select, update

from db.database import Transaction
from db.models import DraftStepRow
from src.domain.review import Draft, ReviewBody

KEPT = 50
TYPING_PAUSE = timedelta(seconds=10)
LONGEST_BURST = timedelta(seconds=60)

# Every edit runs these, so they are built once and go past the ORM.
_STEPS = cast("Table", DraftStepRow.__table__)
_OF_DRAFT = and_(
    _STEPS.c.round == bindparam("in_round"),
    _STEPS.c.item_id == bindparam("of_item"),
    _STEPS.c.person == bindparam("of_person"),
)
_NEWEST = (
    select(_STEPS.c.number, _STEPS.c.place, _STEPS.c.started_at, _STEPS.c.saved_at)
    .where(_OF_DRAFT, _STEPS.c.undone.is_(False))
    .order_by(_STEPS.c.number.desc())
    .limit(1)
)
_TYPED_ON = update(_STEPS).where(_OF_DRAFT, _STEPS.c.number == bindparam("step"))
_UNDONE = delete(_STEPS).where(_OF_DRAFT, _STEPS.c.undone.is_(True))
_OLD = delete(_STEPS).where(_OF_DRAFT, _STEPS.c.number <= bindparam("oldest"))
_ALL = delete(_STEPS).where(_OF_DRAFT)


def keep(
    t: Transaction, replaced: Draft, place: str, at: datetime, *, forgets: bool = False
) -> None:
    """Keep the text a save replaces; forget what was undone before, and all but the last 50.

    A save of the same place within ten seconds of the last one, and within a minute of the
    first, is typing: it belongs to the step there is. `forgets` says that there are undone steps.
    """
    keys = _keys(replaced.round, replaced.item_id, replaced.person)
    newest = t.execute(_NEWEST, keys).one_or_none()
    if newest is not None and not forgets and newest.place == place != "":
        typing = at - newest.saved_at <= TYPING_PAUSE and at - newest.started_at <= LONGEST_BURST
        if typing:
            t.execute(_TYPED_ON.values(saved_at=at), {**keys, "step": newest.number})
            return
    number = newest.number + 1 if newest is not None else 1
    if forgets:
        t.execute(_UNDONE, keys)
    if number > KEPT:
        t.execute(_OLD, {**keys, "oldest": number - KEPT})
    t.execute(insert(_STEPS), _step(replaced, number, place, at))


def _step(replaced: Draft, number: int, place: str, at: datetime) -> dict[str, object]:
    return {
        "round": replaced.round,
        "item_id": replaced.item_id,
        "person": replaced.person,
        "number": number,
        "place": place,
        "body": replaced.body.model_dump(mode="json"),
        "undone": False,
        "started_at": at,
        "saved_at": at,
    }


def exchange(t: Transaction, current: Draft, *, undo: bool) -> ReviewBody | None:
    """Put the draft's text into the next step back, or forward, and return what was there.

    None when there is no such step. The step takes in no further typing afterwards.
    """
    order = DraftStepRow.number.desc() if undo else DraftStepRow.number
    row = t.scalar(
        select(DraftStepRow)
        .where(
            DraftStepRow.round == current.round,
            DraftStepRow.item_id == current.item_id,
            DraftStepRow.person == current.person,
            DraftStepRow.undone.is_(not undo),
        )
        .order_by(order)
        .limit(1)
    )
    if row is None:
        return None
    body = ReviewBody.model_validate(row.body)
    row.body, row.undone, row.place = current.body.model_dump(mode="json"), undo, ""
    t.flush()
    return body


def drop(t: Transaction, round_name: str, item_id: str, person_id: str) -> None:
    """Remove all steps of a draft."""
    t.execute(_ALL, _keys(round_name, item_id, person_id))


def _keys(round_name: str, item_id: str, person_id: str) -> dict[str, object]:
    return {"in_round": round_name, "of_item": item_id, "of_person": person_id}
