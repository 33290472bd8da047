"""Practice on items with known gold: feedback after one's own submission, and the mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from db import events, people, releases, reviews, rounds
from db.database import Database, Transaction
from src.domain.calibration import CalibrationResult, Feedback, compare
from src.domain.errors import NotAllowedError, NotFoundError
from src.domain.gold import Gold
from src.domain.people import Actor, Role
from src.domain.review import Review
from src.domain.round import Round, RoundKind
from src.services.assigning import RELEASE
from src.services.settling import item_in_round

Clock = Callable[[], datetime]
SAW_GOLD = "gold"


class Calibrating:
    """What a calibration round tells its readers, and its lead; no statistics know of it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def feedback(self, actor: Actor, round_name: str, item_id: str) -> Feedback:
        """Set the actor's practice reading of an item beside gold, and remember they saw gold.

        The reading is the one from before they saw it, whatever they revised since. Raises
        NotAllowedError before they have submitted one.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            round_ = _own_practice(t, actor, round_name)
            if rounds.item_of(t, round_name, item_id) is None:
                raise NotFoundError(f"There is no item {item_id!r} in the round {round_name!r}.")
            readings = _readings(t, round_name, [item_id], actor.person_id)
            if not readings:
                raise NotAllowedError(f"Submit your own reading of {item_id!r} first.")
            feedback = _feedback(t, round_, readings[0])
            self._show(t, actor, item_id, now)
            return feedback

    def result(self, actor: Actor, round_name: str) -> CalibrationResult:
        """Return how the actor does in a calibration round so far, against its pass mark."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            round_ = _own_practice(t, actor, round_name)
            return _results(t, round_, [actor.person_id])[0]

    def results(self, actor: Actor, round_name: str) -> list[CalibrationResult]:
        """Return how everybody does in a calibration round, in the order of their ids."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            round_ = _practice(t, round_name)
            return _results(t, round_, round_.persons)

    def _show(self, t: Transaction, actor: Actor, item_id: str, now: datetime) -> None:
        if people.has_seen(t, actor.person_id, item_id, SAW_GOLD):
            return
        people.expose(t, actor.person_id, item_id, SAW_GOLD, now)
        target = f"exposure:{actor.person_id}/{item_id}"
        events.append(t, "gold.shown", actor.person_id, target, "0" * 64, now)


def _practice(t: Transaction, round_name: str) -> Round:
    round_ = rounds.get(t, round_name)
    if round_ is None:
        raise NotFoundError(f"There is no round {round_name!r}.")
    if round_.kind is not RoundKind.CALIBRATION:
        raise NotAllowedError(f"The round {round_name!r} is no calibration round.")
    return round_


def _own_practice(t: Transaction, actor: Actor, round_name: str) -> Round:
    round_ = rounds.get(t, round_name)
    if round_ is None or actor.person_id not in round_.persons:
        raise NotFoundError(f"There is no round {round_name!r} for you to read in.")
    return _practice(t, round_name)


def _readings(
    t: Transaction, round_name: str, item_ids: Sequence[str], person_id: str | None
) -> list[Review]:
    keys = [(round_name, item_id) for item_id in item_ids]
    found = reviews.counting_of(t, keys, person_id)
    return [review for readings in found.values() for review in readings]


def _feedback(t: Transaction, round_: Round, review: Review) -> Feedback:
    gold = _gold(t, round_, review.item_id)
    item = item_in_round(t, round_.name, review.item_id)
    return compare(item, review, gold.body.units)


def _gold(t: Transaction, round_: Round, item_id: str) -> Gold:
    """Return the gold an item is practised on: of the release that was newest at the opening."""
    gold = releases.gold_of_item(t, int(str(round_.selection[RELEASE])), item_id)
    if gold is None:
        raise NotFoundError(f"There is no gold of {item_id!r} to practise on.")
    return gold


def _results(t: Transaction, round_: Round, persons: Sequence[str]) -> list[CalibrationResult]:
    item_ids = rounds.item_ids(t, round_.name)
    only = persons[0] if len(persons) == 1 else None
    done: dict[str, list[Feedback]] = {person: [] for person in persons}
    for review in _readings(t, round_.name, item_ids, only):
        if review.person in done:
            done[review.person].append(_feedback(t, round_, review))
    return [
        CalibrationResult(
            person=person,
            items_read=len(found),
            items=round_.items,
            agreed=sum(feedback.agreed for feedback in found),
            units=sum(len(feedback.units) for feedback in found),
            pass_mark=round_.pass_mark,
        )
        for person, found in done.items()
    ]
