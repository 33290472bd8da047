"""Readers who leave a round: their slots go to others, their readings count or do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from db import departures, events, queues, rounds
from db.database import Database, Transaction
from src.domain.departure import Departure, Part, ReaderLeft, checked_reason
from src.domain.errors import ConflictError, NotAllowedError, NotFoundError
from src.domain.people import Actor, Role
from src.domain.round import Round, RoundKind
from src.services import recounting

Clock = Callable[[], datetime]


class Departing:
    """What the lead says of readers who leave, and takes back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def end_part(
        self, actor: Actor, round_name: str, person_id: str, *, keep: bool, reason: str
    ) -> ReaderLeft:
        """End a reader's part in a round; said again, it changes whether their readings count.

        What they hold goes back to the others; a draft is kept, and can still be saved but not
        sent. With `keep` false their readings count nowhere, in no agreement and no gold, and
        others can read these items; nothing is deleted.
        """
        actor.require(Role.LEAD)
        part = Part.KEPT if keep else Part.LEFT_OUT
        with self._database.transaction() as t:
            before = _part(t, round_name, person_id)
            if before is part:
                raise ConflictError(f"{person_id!r} has left {round_name!r} so already.")
            self._say(t, actor, round_name, person_id, part, reason)
            if before is None:
                self._free(t, actor, round_name, person_id)
            self._move_readings(t, actor, round_name, person_id, before, part)
            recounting.ask(t, round_name, person_id)
            found = next(r for r in departures.of_round(t, round_name) if r.person == person_id)
        recounting.finish(self._database)
        return found

    def take_back(self, actor: Actor, round_name: str, person_id: str, *, reason: str) -> Round:
        """Let a reader who left read on; what they have read counts."""
        actor.require(Role.LEAD)
        with self._database.transaction() as t:
            before = _part(t, round_name, person_id)
            if before is None:
                raise ConflictError(f"{person_id!r} reads in the round {round_name!r}.")
            self._say(t, actor, round_name, person_id, Part.BACK, reason)
            self._move_readings(t, actor, round_name, person_id, before, Part.BACK)
            recounting.ask(t, round_name, person_id)
            found = rounds.get(t, round_name)
            assert found is not None
        recounting.finish(self._database)
        return found

    def of_round(self, actor: Actor, round_name: str) -> list[ReaderLeft]:
        """Return the readers who left a round, in the order in which they first did."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            return departures.of_round(t, round_name)

    def _say(
        self, t: Transaction, actor: Actor, round_name: str, person_id: str, part: Part, reason: str
    ) -> None:
        departure = Departure(
            round=round_name,
            person=person_id,
            revision=departures.revisions(t, round_name, person_id) + 1,
            part=part,
            reason=checked_reason(reason),
            by=actor.person_id,
            at=self._clock(),
        )
        row, round_row = departures.add(t, departure)
        kind = "round.reader_back" if part is Part.BACK else "round.reader_left"
        events.append_row(t, "departure.recorded", actor.person_id, row, departure.at)
        events.append_row(t, kind, actor.person_id, round_row, departure.at)

    def _free(self, t: Transaction, actor: Actor, round_name: str, person_id: str) -> None:
        """Give back what the reader holds; a draft stays theirs."""
        now = self._clock()
        for slot in departures.taken(t, round_name, person_id):
            queues.let_go(t, slot, now)
            events.append_row(t, "slot.returned", actor.person_id, slot, now)

    def _move_readings(
        self,
        t: Transaction,
        actor: Actor,
        round_name: str,
        person_id: str,
        before: Part | None,
        after: Part,
    ) -> None:
        """Open the slots of readings that no longer count, or fill them again."""
        if after is Part.LEFT_OUT:
            kind, slots = "slot.reopened", departures.reopen_read(t, round_name, person_id)
        elif before is Part.LEFT_OUT:
            kind, slots = "slot.filled", departures.fill_again(t, round_name, person_id)
        else:
            return
        proofs = [events.proof_of(kind, actor.person_id, slot) for slot in slots]
        events.append_all(t, proofs, self._clock())


def _part(t: Transaction, round_name: str, person_id: str) -> Part | None:
    """Return how a reader of a round stands; raise NotFoundError for anybody else."""
    round_ = rounds.get(t, round_name)
    if round_ is None:
        raise NotFoundError(f"There is no round {round_name!r}.")
    if round_.kind is RoundKind.CALIBRATION:
        raise NotAllowedError("A calibration round is practice: nobody waits for who stops.")
    if person_id not in {*round_.persons, *round_.left}:
        raise NotFoundError(f"{person_id!r} does not read in the round {round_name!r}.")
    return departures.part_of(t, round_name, person_id)
