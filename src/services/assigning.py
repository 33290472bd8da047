"""Rounds: which items are read, by whom, and how far they are."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel

from db import events, items, people, rounds
from db.database import Database, Transaction
from src.domain.errors import BadInputError, ConflictError, NotFoundError
from src.domain.item import Track
from src.domain.people import Actor, Role
from src.domain.round import (
    Round,
    RoundState,
    TrackProgress,
    draw,
    expected_share,
    reading_order,
)

Clock = Callable[[], datetime]
SEES_ALL = frozenset({Role.LEAD, Role.ADMIN, Role.ADJUDICATOR})


class RoundPlan(BaseModel, frozen=True, extra="forbid"):
    """What a lead asks for: which items, how many readers each, and who reads."""

    name: str
    readers: int
    persons: tuple[str, ...]
    track: Track | None = None
    item_ids: tuple[str, ...] | None = None
    sample: int | None = None
    seed: int | None = None
    read_first: bool = False


class RoundProgress(BaseModel, frozen=True, extra="forbid"):
    """How far a round is, by reader and track."""

    round: Round
    items_left: int
    readers: tuple[TrackProgress, ...]


class Assigning:
    """Opens and closes rounds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, actor: Actor, plan: RoundPlan) -> Round:
        """Open a round over all items, a track, a list or a seeded sample of them."""
        actor.require(Role.LEAD)
        seed = plan.seed if plan.seed is not None else secrets.randbelow(2**31)
        with self._database.transaction() as t:
            if rounds.get(t, plan.name) is not None:
                raise ConflictError(f"There is already a round {plan.name!r}.")
            _check_plan(plan)
            _check_persons(t, plan)
            candidates = items.candidates(t, plan.track, plan.item_ids)
            _check_candidates(plan, [candidate.item_id for candidate in candidates])
            drawn = reading_order(draw(candidates, plan.sample, seed))
            round_ = Round(
                name=plan.name,
                readers=plan.readers,
                read_first=plan.read_first,
                seed=seed,
                selection={
                    "track": plan.track.value if plan.track else None,
                    "listed": len(plan.item_ids) if plan.item_ids is not None else None,
                    "sample": plan.sample,
                    "of": len(candidates),
                },
                items=len(drawn),
                persons=tuple(sorted(set(plan.persons))),
                made_at=self._clock(),
            )
            row = rounds.add(t, round_, drawn)
            events.append_row(t, "round.opened", actor.person_id, row, self._clock())
        return round_

    def close(self, actor: Actor, name: str) -> Round:
        """Close a round: no item is given out any more; what was read stays."""
        actor.require(Role.LEAD)
        with self._database.transaction() as t:
            if rounds.get(t, name) is None:
                raise NotFoundError(f"There is no round {name!r}.")
            row = rounds.close(t, name)
            events.append_row(t, "round.closed", actor.person_id, row, self._clock())
        return self.get(actor, name)

    def get(self, actor: Actor, name: str) -> Round:
        """Return a round; who does not lead sees no other readers, and no seed."""
        with self._database.reading() as t:
            round_ = rounds.get(t, name)
        if round_ is None or not _may_see(actor, round_):
            raise NotFoundError(f"There is no round {name!r}.")
        return _seen_by(actor, round_)

    def all_of(self, actor: Actor) -> list[Round]:
        """Return all rounds, newest first; a reviewer sees those they read in."""
        with self._database.reading() as t:
            found = rounds.all_of(t)
        return [_seen_by(actor, round_) for round_ in found if _may_see(actor, round_)]

    def open_rounds(self, actor: Actor) -> list[Round]:
        """Return the open rounds the actor reads in, newest first."""
        with self._database.reading() as t:
            found = rounds.open_rounds_of(t, actor.person_id)
        return [_seen_by(actor, round_) for round_ in found]

    def progress(self, actor: Actor, name: str) -> RoundProgress:
        """Return how far everybody is; only a lead may compare readers."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            round_ = rounds.get(t, name)
            if round_ is None:
                raise NotFoundError(f"There is no round {name!r}.")
            return RoundProgress(
                round=round_,
                items_left=rounds.items_left(t, name),
                readers=tuple(rounds.progress(t, name)),
            )

    def own_progress(self, actor: Actor, name: str) -> tuple[int, int]:
        """Return (items read, items the actor can expect to read) in a round."""
        with self._database.reading() as t:
            round_ = rounds.get(t, name)
            if round_ is None or actor.person_id not in round_.persons:
                raise NotFoundError(f"There is no round {name!r} for you to read in.")
            done = sum(p.submitted for p in rounds.progress(t, name, actor.person_id))
        share = expected_share(round_.items, round_.readers, len(round_.persons))
        return done, max(done, share)


def _may_see(actor: Actor, round_: Round) -> bool:
    return bool(actor.roles & SEES_ALL) or actor.person_id in round_.persons


def _seen_by(actor: Actor, round_: Round) -> Round:
    """Return a round without the other readers and the seed, unless the actor leads.

    Who knows both can work out which letter an adjudicator sees for which reader.
    """
    if actor.roles & {Role.LEAD, Role.ADMIN}:
        return round_
    own = tuple(person for person in round_.persons if person == actor.person_id)
    return round_.model_copy(update={"persons": own, "seed": 0})


def _check_plan(plan: RoundPlan) -> None:
    if not plan.name.strip() or len(plan.name) > 100:
        raise BadInputError("A round needs a name of at most 100 characters.")
    if plan.read_first:
        raise BadInputError("Reading first, before the answer is shown, is not built yet.")
    if not 1 <= plan.readers <= 20:
        raise BadInputError(f"An item is read by 1 to 20 readers, not by {plan.readers}.")
    if plan.seed is not None and not 0 <= plan.seed < 2**31:
        raise BadInputError(f"The seed {plan.seed} is not between 0 and {2**31 - 1}.")


def _check_persons(t: Transaction, plan: RoundPlan) -> None:
    if len(set(plan.persons)) < plan.readers:
        raise BadInputError(
            f"{plan.readers} readers for each item need at least {plan.readers} people; "
            f"{len(set(plan.persons))} are named."
        )
    for person_id in plan.persons:
        person = people.get(t, person_id)
        if person is None:
            raise NotFoundError(f"There is no person {person_id!r}.")
        if Role.REVIEWER not in person.roles or not person.active:
            raise BadInputError(f"{person_id!r} is not an active reviewer.")


def _check_candidates(plan: RoundPlan, found: Sequence[str]) -> None:
    if plan.item_ids is not None:
        missing = sorted(set(plan.item_ids) - set(found))
        if missing:
            raise NotFoundError(f"There are no items {', '.join(map(repr, missing[:5]))}.")
    if not found:
        raise BadInputError("There is no item to read. Import a file first.")


def is_open(round_: Round) -> bool:
    """Return True while a round gives out items."""
    return round_.state is RoundState.OPEN
