"""Sittings: how long a reader works, how far they are, how long an item takes them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from db import events, people, rounds, sittings
from db.database import Database, Transaction
from db.models import SittingRow
from src.domain.errors import NotFoundError
from src.domain.people import Actor, Role
from src.domain.sitting import PACE_OVER, SITTING_ENDS, Hours, Pace, Sitting, counted_seconds, pace
from src.services.assigning import own_progress_in

Clock = Callable[[], datetime]
SITTINGS_SHOWN = 100


class Sittings:
    """A reader's own stretches of work on a round; only a lead sees those of others."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def act(self, actor: Actor, round_name: str, seconds: float) -> None:
        """Add active seconds to the actor's open sitting on a round, or open one with them.

        After more than half an hour without an act the old sitting ends where it stopped. Of
        one act at most two minutes count. In an open sitting this is one UPDATE and no event. Of
        who has left the round nothing is counted.
        """
        actor.require(Role.REVIEWER)
        with self._database.transaction() as t:
            if count_act(t, actor, round_name, seconds, self._clock()):
                return
            round_ = rounds.get(t, round_name)
        if round_ is None or actor.person_id not in round_.left:
            raise NotFoundError(f"There is no round {round_name!r} for you to read in.")

    def pause(self, actor: Actor, round_name: str) -> Sitting | None:
        """End the actor's open sitting and return it; None when none was open.

        One that nobody has acted in for half an hour ends where it stopped, not now.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            row = sittings.open_one(t, actor.person_id, round_name)
            if row is None:
                return None
            _end(t, actor, row, now if _goes_on(row, now) else row.last_act_at, now)
            return sittings.sitting_of(row)

    def current(self, actor: Actor, round_name: str) -> Sitting | None:
        """Return the actor's sitting that goes on at this moment, or None."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            row = sittings.open_one(t, actor.person_id, round_name)
            return sittings.sitting_of(row) if row and _goes_on(row, self._clock()) else None

    def of(self, actor: Actor, round_name: str) -> list[Sitting]:
        """Return the actor's own newest sittings on a round, newest first."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            return sittings.of_person(t, actor.person_id, round_name, SITTINGS_SHOWN)

    def pace(self, actor: Actor, round_name: str) -> Pace:
        """Return how far the actor is in a round and how long an item takes them.

        The median is over their own newest first readings, never over anybody else's.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            done, total = own_progress_in(t, actor, round_name)
            seconds = rounds.own_seconds(t, round_name, actor.person_id, PACE_OVER)
        return pace(done, total, seconds)

    def hours(self, actor: Actor, round_name: str) -> list[Hours]:
        """Return how long each reader has worked on a round; only a lead may compare readers."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            return sittings.hours(t, round_name)


def count_act(t: Transaction, actor: Actor, round_name: str, seconds: float, now: datetime) -> bool:
    """Add active seconds to the actor's open sitting on a round, or open one with them.

    False where they do not read in the round, or no longer: then nothing is counted.
    """
    counted = counted_seconds(seconds)
    if sittings.add_time(t, actor.person_id, round_name, counted, 0, now):
        return True
    round_ = rounds.get(t, round_name)
    if round_ is None or actor.person_id not in round_.persons:
        return False
    _begin(t, actor, round_name, counted, now)
    return True


def count_item(t: Transaction, actor: Actor, round_name: str, now: datetime) -> None:
    """Count an item that was submitted or passed on, where a sitting goes on."""
    sittings.add_time(t, actor.person_id, round_name, 0.0, 1, now)


def _begin(t: Transaction, actor: Actor, round_name: str, seconds: float, now: datetime) -> None:
    people.require_now(t, actor, Role.REVIEWER)
    old = sittings.open_one(t, actor.person_id, round_name)
    if old is not None:
        _end(t, actor, old, old.last_act_at, now)
    row = sittings.add(
        t,
        Sitting(
            sitting_id=secrets.token_hex(8),
            person=actor.person_id,
            round=round_name,
            started_at=now,
            last_act_at=now,
            seconds_active=seconds,
        ),
    )
    events.append_row(t, "sitting.opened", actor.person_id, row, now)


def _end(t: Transaction, actor: Actor, row: SittingRow, at: datetime, now: datetime) -> None:
    sittings.end(t, row, at)
    events.append_row(t, "sitting.ended", actor.person_id, row, now)


def _goes_on(row: SittingRow, now: datetime) -> bool:
    return now - row.last_act_at <= SITTING_ENDS
