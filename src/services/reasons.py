"""What the reasons of decisions ask for: the lead's work list, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from pydantic import BaseModel

from db import events, reasons
from db.database import Database, Transaction
from src.domain.agreement import percent_agreement
from src.domain.errors import BadInputError, ConflictError, NotFoundError
from src.domain.people import Actor, Role
from src.domain.reasons import (
    MAX_NOTE,
    FixEffect,
    Reason,
    ReasonEntry,
    ReasonPlace,
    Remedy,
    Reread,
    fix_effects,
)
from src.domain.units import Unit
from src.services.settling import SettledItem, Settlement, may_still_read

Clock = Callable[[], datetime]
PAGE = 200
MOST_CRITERIA = 50
"""Criteria that a report names, those with the most decisions."""


class ReasonCount(BaseModel, frozen=True, extra="forbid"):
    """How many decisions name a reason, in a track and a version of the rubric."""

    track: str
    rubric_version: int
    reason: Reason
    decisions: int


class CriterionReasons(BaseModel, frozen=True, extra="forbid"):
    """How many decisions on one criterion name a reason."""

    item_id: str
    unit: str
    rubric_version: int
    reason: Reason
    decisions: int


class ReasonReport(BaseModel, frozen=True, extra="forbid"):
    """Why readers differed, and whether they agree since something was done about it."""

    by_track: tuple[ReasonCount, ...]
    by_criterion: tuple[CriterionReasons, ...]
    fixes: tuple[FixEffect, ...]


class RemedyCount(BaseModel, frozen=True, extra="forbid"):
    """How many decisions ask for a remedy, and how many of these are done."""

    asks_for: Remedy
    open: int
    done: int


class Reasons:
    """Leads reasons somewhere; every act is a row and an event."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def work_list(
        self,
        actor: Actor,
        *,
        done: bool = False,
        asks_for: Remedy | None = None,
        after: ReasonPlace | None = None,
        size: int = 50,
    ) -> list[ReasonEntry]:
        """Return a page of what the reasons ask for, in the order of the items.

        The next page begins after the `place` of the last one. An item the actor may still come
        to read is passed over: what was ruled on it is not for its readers.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        found: list[ReasonEntry] = []
        with self._database.reading() as t:
            while len(found) < size:
                page = reasons.page_of(t, done=done, asks_for=asks_for, after=after, size=size)
                found += [e for e in page if not may_still_read(t, actor, e.item_id)]
                if len(page) < size:
                    break
                after = page[-1].place
        return found[:size]

    def counts(self, actor: Actor) -> list[RemedyCount]:
        """Return how much of what is asked for is open and done."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            found = reasons.counts(t)
        return [
            RemedyCount(
                asks_for=remedy,
                open=found.get((remedy, False), 0),
                done=found.get((remedy, True), 0),
            )
            for remedy in Remedy
        ]

    def answer(self, actor: Actor, decision_id: str, remedy: Remedy, note: str = "") -> ReasonEntry:
        """Say what was done about the reason of a decision.

        Kept as ambiguous, gold says so beside the readers' distribution. Raises ConflictError
        when somebody has said what was done already, or an item is said to be edited of which
        there is no newer version than the decision was made on; BadInputError for a note of
        blanks.
        """
        return self._say(actor, decision_id, remedy, note, "reason.answered")

    def reopen(self, actor: Actor, decision_id: str, note: str = "") -> ReasonEntry:
        """Put what was done back on the list; raise ConflictError when it is open."""
        return self._say(actor, decision_id, None, note, "reason.reopened")

    def _say(
        self, actor: Actor, decision_id: str, remedy: Remedy | None, note: str, kind: str
    ) -> ReasonEntry:
        actor.require(Role.LEAD)
        if len(note) > MAX_NOTE:
            raise BadInputError(f"A note has at most {MAX_NOTE:,} characters.")
        if note and not note.strip():
            raise BadInputError("The note is blank. Say where the edit is found, or leave it out.")
        now = self._clock()
        with self._database.transaction() as t:
            entry = _entry(t, decision_id)
            if entry.done is (remedy is not None):
                state = "answered already" if entry.done else "open"
                raise ConflictError(f"The reason of {decision_id!r} is {state}.")
            if remedy is Remedy.ITEM_EDIT and not reasons.is_edited_since(t, decision_id):
                raise ConflictError(
                    f"Nobody has edited {entry.item_id!r} since it was ruled on: it has no newer "
                    "version. Import the edited item first, or say what else was done."
                )
            row = reasons.add(t, decision_id, remedy, note, actor.person_id, now)
            events.append_row(t, kind, actor.person_id, row, now)
            return _entry(t, decision_id)

    def report(self, actor: Actor) -> ReasonReport:
        """Return why readers differed by track, criterion and rubric version, and what helped.

        What helped is agreement on units that were ruled on, in the version they were ruled in
        and in the newest one that all its readers have read since. A ruling made after its author
        looked at scores is not counted; the one before it is.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            tracks, criteria = reasons.by_track(t), reasons.by_criterion(t, MOST_CRITERIA)
        return ReasonReport(
            by_track=tuple(
                ReasonCount(track=track, rubric_version=version, reason=reason, decisions=n)
                for track, version, reason, n in tracks
            ),
            by_criterion=tuple(
                CriterionReasons(
                    item_id=item_id, unit=unit, rubric_version=version, reason=reason, decisions=n
                )
                for item_id, unit, version, reason, n in criteria
            ),
            fixes=tuple(fix_effects(self._reread())),
        )

    def _reread(self) -> Iterator[Reread]:
        after = ""
        while True:
            with self._database.reading() as t:
                page = reasons.read_again(t, after, PAGE)
                found = [one for item_id in page for one in _reread_of(t, item_id)]
            yield from found
            if len(page) < PAGE:
                return
            after = page[-1]


def _entry(t: Transaction, decision_id: str) -> ReasonEntry:
    found = reasons.get(t, decision_id)
    if found is None:
        raise NotFoundError(
            f"There is no decision {decision_id!r} with a reason, or a later one took its place."
        )
    return found


def _reread_of(t: Transaction, item_id: str) -> Iterator[Reread]:
    """Yield the units of an item that were ruled on, with agreement then and in what came later."""
    settlement = Settlement(t, item_id)
    read = [settlement.in_round(name) for name in settlement.rounds_read]
    for then in read:
        newest = _newest_later(then, read)
        for decision in then.decisions.values():
            if newest is None or decision.reason is None or decision.after_scores:
                continue
            before, after = _agreement(then, decision.unit), _agreement(newest, decision.unit)
            if before is not None and after is not None:
                yield Reread(reason=decision.reason, before=before, after=after)


def _newest_later(then: SettledItem, read: list[SettledItem]) -> SettledItem | None:
    """Return the reading of the newest version behind one; None when there is none."""
    later = [found for found in read if _version(found) > _version(then)]
    return max(later, key=_version, default=None)


def _version(found: SettledItem) -> tuple[int, int]:
    return found.item.version, found.item.rubric_version


def _agreement(found: SettledItem, name: str) -> float | None:
    unit: Unit | None = next((unit for unit in found.units if unit.name == name), None)
    if unit is None:
        return None
    return percent_agreement([[reading.key for reading in unit.readings]]).value
