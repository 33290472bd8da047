"""Rounds: which items are read, by whom, and how far they are."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel

from db import (
    events,
    items,
    people,
    plants,
    queues,
    releases,
    repeats,
    reviews,
    rounds,
    skips,
)
from db.database import Database, Transaction
from db.models import RoundItemRow, RoundRow
from db.skips import SkipPlace
from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.item import Track
from src.domain.people import Actor, Role
from src.domain.planting import Plant, StoredPlant
from src.domain.repeats import WASH_OUT_DAYS, check_settings, companion_name
from src.domain.round import (
    MOST_PERSONS,
    MOST_READERS,
    TAKEN_OUT,
    Candidate,
    Closing,
    OutdatedItem,
    Round,
    RoundItem,
    RoundKind,
    RoundState,
    Skip,
    StuckItem,
    TrackProgress,
    TrackQueue,
    draw,
    expected_share,
    reading_order,
)
from src.domain.routing import STANDARD, RoutingPolicy
from src.services import planting
from src.services.guidelines import version_in_force

Clock = Callable[[], datetime]
CHUNK = 500
RELEASE = "release"
"""Where the selection of a calibration round names the release whose gold it practises on."""
SEES_ALL = frozenset({Role.LEAD, Role.ADMIN, Role.ADJUDICATOR})


class RoundPlan(BaseModel, frozen=True, extra="forbid"):
    """What a lead asks for: which items, how many readers each, and who reads.

    In a calibration round everybody reads every item, so that `readers` is not asked; without a
    list its items are those with gold in the newest release.
    """

    name: str
    kind: RoundKind = RoundKind.READING
    pass_mark: float | None = None
    readers: int = 0
    persons: tuple[str, ...]
    track: Track | None = None
    item_ids: tuple[str, ...] | None = None
    sample: int | None = None
    seed: int | None = None
    read_first: bool = False
    blind_adjudication: bool = False
    routing: RoutingPolicy | None = STANDARD
    """None for every difference and nothing else, as before there was a choice."""
    repeats: float | None = None
    """The share of a reader's own items that come back to them without their knowing."""
    wash_out_days: int = WASH_OUT_DAYS
    plants: tuple[Plant, ...] = ()
    """Errors to put into items, as the lead approved them: see `propose_plants`."""


class RoundProgress(BaseModel, frozen=True, extra="forbid"):
    """How far a round is, by reader and track."""

    round: Round
    items_left: int
    """Items that still wait for a reader."""
    stopped: int
    """Items that miss readings and are given to nobody else; not among those left."""
    outdated: int
    """Items that the round, being open, goes on asking as they were before masks."""
    readers: tuple[TrackProgress, ...]

    @property
    def fully_read(self) -> int:
        """Items that have all their readings."""
        return self.round.items - self.items_left - self.stopped


class Stopping(BaseModel, frozen=True, extra="forbid"):
    """What was stopped in a round because masks made newer versions, and where it goes on."""

    round: str
    stopped: tuple[OutdatedItem, ...]
    into: Round | None = None
    """The new round, where the items were moved on."""


class Assigning:
    """Opens and closes rounds, and keeps what is in them going."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, actor: Actor, plan: RoundPlan) -> Round:
        """Open a round over all items, a track, a list or a seeded sample of them."""
        actor.require(Role.LEAD)
        if plan.kind is RoundKind.REPEATS:
            raise BadInputError("A round of repeats is opened with the round it repeats.")
        with self._database.transaction() as t:
            return self._open(t, actor, plan)

    def propose_plants(
        self, actor: Actor, plan: RoundPlan, share: float
    ) -> tuple[int, list[Plant]]:
        """Return the seed of a round to be, and errors for a share of its items; nothing is stored.

        The lead looks at them and gives those that are to be planted, with the seed, to `create`.
        """
        actor.require(Role.LEAD)
        seed = plan.seed if plan.seed is not None else secrets.randbelow(2**31)
        with self._database.reading() as t:
            candidates = items.candidates(t, plan.track, plan.item_ids)
            _check_candidates(plan, [candidate.item_id for candidate in candidates])
            drawn = draw(candidates, plan.sample, seed)
            return seed, planting.proposed(t, drawn, plan.persons, share, seed)

    def known_to_readers(self, actor: Actor, persons: Sequence[str]) -> set[str]:
        """Return the items one of some persons has read or been shown something of.

        An error planted there measures little: that reader has seen the right words.
        """
        actor.require(Role.LEAD)
        with self._database.reading() as t:
            return reviews.known_to(t, persons)

    def _open(self, t: Transaction, actor: Actor, plan: RoundPlan) -> Round:
        seed = plan.seed if plan.seed is not None else secrets.randbelow(2**31)
        if rounds.is_taken(t, plan.name):
            raise ConflictError(f"There is already a round {plan.name!r}.")
        _check_plan(plan)
        _check_persons(t, plan)
        planting.check_plan(plan.kind, plan.plants, actor, plan.persons)
        candidates = items.candidates(t, plan.track, plan.item_ids)
        _check_candidates(plan, [candidate.item_id for candidate in candidates])
        selection = _selection(plan, len(candidates))
        if plan.kind is RoundKind.CALIBRATION:
            release, candidates = _with_gold(t, plan, candidates)
            selection |= {"of": len(candidates), RELEASE: release}
        drawn = reading_order(draw(candidates, plan.sample, seed))
        planted = planting.prepared(t, plan.name, drawn, plan.plants)
        drawn = _marked(drawn, planted)
        round_ = Round(
            name=plan.name,
            kind=plan.kind,
            pass_mark=plan.pass_mark,
            readers=_readers(plan),
            read_first=plan.read_first,
            blind_adjudication=plan.blind_adjudication,
            guideline=version_in_force(t),
            seed=seed,
            selection=selection,
            routing=plan.routing if plan.kind is RoundKind.READING else None,
            items=len(drawn),
            persons=tuple(sorted(set(plan.persons))),
            made_at=self._clock(),
            repeats=plan.repeats,
            wash_out_days=plan.wash_out_days if plan.repeats is not None else None,
            planted_errors=round(len(planted) / len(drawn), 4) if planted else None,
        )
        row = rounds.add(t, round_, drawn)
        events.append_row(t, "round.opened", actor.person_id, row, self._clock())
        for one in planted:
            plant = plants.add(t, secrets.token_hex(12), one, actor.person_id, self._clock())
            events.append_row(t, "error.planted", actor.person_id, plant, self._clock())
        if plan.repeats is not None:
            hidden = rounds.add_companion(t, round_, [one for one in drawn if not one.planted])
            events.append_row(t, "round.opened", actor.person_id, hidden, self._clock())
        return round_

    def outdated(
        self, actor: Actor, name: str, after: str = "", size: int = 50
    ) -> list[OutdatedItem]:
        """Return the items an open round goes on asking as they were before masks.

        What is read of them there can never become gold: `stop` them, or move them on. The next
        page begins after the last one's item.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            _require_round(t, name)
            return rounds.outdated(t, round_name=name, after=(name, after), size=size)

    def stop(
        self,
        actor: Actor,
        name: str,
        item_ids: Sequence[str] | None = None,
        *,
        into: str | None = None,
    ) -> Stopping:
        """Give nobody else in a round what masks made a newer version of: those named, or all.

        Who holds such an item keeps it and can send what they write; readings stay. `into` names
        a new round in which the same people read the newest versions, as many for each item and
        in the same manner. `put_back` undoes a stop. Raises ConflictError when there is nothing
        to stop.
        """
        actor.require(Role.LEAD)
        now = self._clock()
        with self._database.transaction() as t:
            round_ = _require_open(t, name)
            found = _to_stop(t, name, item_ids)
            for one in found:
                row = _require_item(t, name, one.item_id)
                rounds.stop(t, row)
                events.append_row(t, "round_item.stopped", actor.person_id, row, now)
            opened = None
            if into is not None:
                plan = RoundPlan(
                    name=into.strip(),
                    readers=round_.readers,
                    persons=round_.persons,
                    item_ids=tuple(one.item_id for one in found),
                    read_first=round_.read_first,
                    blind_adjudication=round_.blind_adjudication,
                    routing=round_.routing,
                    repeats=round_.repeats,
                    wash_out_days=round_.wash_out_days or WASH_OUT_DAYS,
                )
                opened = self._open(t, actor, plan)
            return Stopping(round=name, stopped=tuple(found), into=opened)

    def stopped(self, actor: Actor, name: str, size: int = 50) -> list[str]:
        """Return the first items of a round that are given to nobody else, in reading order."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            _require_round(t, name)
            return rounds.stopped(t, name, size=size)

    def closing(self, actor: Actor, name: str) -> Closing:
        """Return what closing an open round would leave undone; nothing is changed."""
        actor.require(Role.LEAD)
        with self._database.reading() as t:
            return _closing(t, actor, name)

    def close(self, actor: Actor, name: str) -> Closing:
        """Close a round: no item is given out any more; what was read stays.

        Readings that were begun can still be sent; how many there are is returned, and how many
        do not come back to their readers now. `reopen` undoes it, except where errors were
        planted.
        """
        actor.require(Role.LEAD)
        with self._database.transaction() as t:
            found = _closing(t, actor, name)
            for row in _with_companion(t, name):
                rounds.close(t, row.name)
                events.append_row(t, "round.closed", actor.person_id, row, self._clock())
            return found.model_copy(update={"round": _require_round(t, name)})

    def reopen(self, actor: Actor, name: str) -> Round:
        """Open a closed round again, as it was; raise ConflictError when it is open."""
        actor.require(Role.LEAD)
        with self._database.transaction() as t:
            round_ = _require_round(t, name)
            if is_open(round_):
                raise ConflictError(f"The round {name!r} is open.")
            if round_.planted_errors is not None:
                raise ConflictError(
                    f"The readers of {name!r} may have been told which errors were planted. Open "
                    "a new round for what is missing."
                )
            for row in _with_companion(t, name):
                rounds.reopen(t, row.name)
                events.append_row(t, "round.reopened", actor.person_id, row, self._clock())
            return _require_round(t, name)

    def add_person(self, actor: Actor, name: str, person_id: str) -> Round:
        """Let one more person read in an open round; in a calibration round, every item.

        The plan of the round is another one afterwards, and its newest event proves that.
        """
        actor.require(Role.LEAD)
        now = self._clock()
        with self._database.transaction() as t:
            round_ = _require_open(t, name)
            _check_reader(t, person_id)
            _check_room(round_, person_id)
            if plants.approved_by(t, name, person_id):
                raise BadInputError(f"{person_id!r} knows which errors were planted in {name!r}.")
            row, person = rounds.add_person(t, name, person_id)
            events.append_row(t, "round_person.added", actor.person_id, person, now)
            if round_.kind is RoundKind.CALIBRATION:
                slots = rounds.add_slots(t, name)
                proofs = [events.proof_of("slot.added", actor.person_id, slot) for slot in slots]
                events.append_all(t, proofs, now)
            events.append_row(t, "round.reader_added", actor.person_id, row, now)
            return _require_round(t, name)

    def skipped(
        self,
        actor: Actor,
        name: str,
        after: SkipPlace | None = None,
        size: int = 50,
        *,
        waiting: bool = False,
    ) -> list[Skip]:
        """Return what readers of a round passed on and why, newest first.

        With `waiting` only what is held back until a lead answers. The next page begins after
        (at, item_id, person) of the last one. A lead who reads in the round sees no note on an
        item before they have read it themselves.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            round_ = _require_round(t, name)
            found = skips.skipped(t, name, after, size, waiting)
            return [_blind(t, actor, round_, skip) for skip in found]

    def put_back(self, actor: Actor, name: str, item_id: str) -> None:
        """Let readers take an item again that was held back or stopped, also who passed it on."""
        actor.require(Role.LEAD)
        with self._database.transaction() as t:
            _require_open(t, name)
            row = _require_item(t, name, item_id)
            if row.held_back in ("", TAKEN_OUT):
                raise ConflictError(f"{item_id!r} is not held back in the round {name!r}.")
            skips.put_back(t, row)
            events.append_row(t, "round_item.put_back", actor.person_id, row, self._clock())

    def take_out(self, actor: Actor, name: str, item_id: str, note: str = "") -> None:
        """Take an item out of a round for good, saying why; what was read of it counts nowhere.

        Who reads it at this moment can still send it, and it is kept. Raises ConflictError when
        all its readings are in: then it is for an adjudicator.
        """
        actor.require(Role.LEAD)
        now = self._clock()
        with self._database.transaction() as t:
            _require_open(t, name)
            row = _require_item(t, name, item_id)
            if row.held_back == TAKEN_OUT:
                raise ConflictError(f"{item_id!r} is out of the round {name!r} already.")
            if row.missing <= 0:
                raise ConflictError(f"All readings of {item_id!r} are in; it stays in the round.")
            for slot in rounds.held_slots(t, name, item_id):
                queues.let_go(t, slot, now)
                events.append_row(t, "slot.returned", actor.person_id, slot, now)
            round_row = skips.take_out(t, row, note)
            events.append_row(t, "round_item.taken_out", actor.person_id, row, now)
            events.append_row(t, "round.item_taken_out", actor.person_id, round_row, now)

    def taken_out(self, actor: Actor, name: str) -> list[tuple[str, str]]:
        """Return (item_id, note) of what was taken out of a round, in reading order."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            _require_round(t, name)
            return skips.taken_out(t, name)

    def stuck(self, actor: Actor, name: str, after: int = 0, size: int = 50) -> list[StuckItem]:
        """Return items that miss readings which none of the round's readers may give, with why.

        Adding a reader to the round, or taking the item out, helps. The next page begins after
        the `position` of the last one.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            return queues.stuck(t, name, after, size) if is_open(_require_round(t, name)) else []

    def own_tracks(self, actor: Actor, name: str) -> list[TrackQueue]:
        """Return for each track of a round how much the actor has read and could take now."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            round_ = rounds.get(t, name)
            if round_ is None or actor.person_id not in round_.persons:
                raise NotFoundError(f"There is no round {name!r} for you to read in.")
            found = queues.own_tracks(t, name, actor.person_id)
            if round_.repeats is None:
                return found
            return _with_repeats(t, actor, name, found, self._clock())

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
                stopped=rounds.stopped_count(t, name),
                outdated=rounds.outdated_count(t, name),
                readers=tuple(rounds.progress(t, name)),
            )

    def own_progress(self, actor: Actor, name: str) -> tuple[int, int]:
        """Return (items read, items the actor can expect to read) in a round."""
        with self._database.reading() as t:
            return own_progress_in(t, actor, name)


def own_progress_in(t: Transaction, actor: Actor, name: str) -> tuple[int, int]:
    """Return (items read, items the actor can expect to read) in a round they read in."""
    round_ = rounds.get(t, name)
    if round_ is None or actor.person_id not in round_.persons:
        raise NotFoundError(f"There is no round {name!r} for you to read in.")
    done = sum(p.submitted for p in rounds.progress(t, name, actor.person_id))
    given_out = round_.items - rounds.stopped_count(t, name)
    share = expected_share(given_out, round_.readers, len(round_.persons))
    if round_.repeats is not None:
        again = rounds.progress(t, companion_name(name), actor.person_id)
        done += sum(p.submitted for p in again)
        share += round(share * round_.repeats)
    return done, max(done, share)


def _marked(drawn: Sequence[RoundItem], planted: Sequence[StoredPlant]) -> list[RoundItem]:
    """Return the items of a round, those with a planted error marked."""
    wrong = {one.plant.item_id for one in planted}
    return [
        one.model_copy(update={"planted": True}) if one.candidate.item_id in wrong else one
        for one in drawn
    ]


def _with_companion(t: Transaction, name: str) -> list[RoundRow]:
    """Return a round's row, and that of its hidden repeats where it has them."""
    row, hidden = t.get(RoundRow, name), rounds.companion(t, name)
    return [found for found in (row, hidden) if found is not None]


def _with_repeats(
    t: Transaction, actor: Actor, name: str, tracks: Sequence[TrackQueue], now: datetime
) -> list[TrackQueue]:
    """Count a reader's repeats among their items, so that no number tells them apart."""
    due = repeats.due_by_track(t, name, actor.person_id, now)
    done = {p.track: p.submitted for p in rounds.progress(t, companion_name(name), actor.person_id)}
    return [
        queue.model_copy(
            update={
                "read": queue.read + done.get(queue.track, 0),
                "open": queue.open + due.get(queue.track, 0),
            }
        )
        for queue in tracks
    ]


def _require_round(t: Transaction, name: str) -> Round:
    round_ = rounds.get(t, name)
    if round_ is None:
        raise NotFoundError(f"There is no round {name!r}.")
    return round_


def _closing(t: Transaction, actor: Actor, name: str) -> Closing:
    """Return what closing a round leaves undone; a reader of it is not told what comes back."""
    round_ = _require_round(t, name)
    number: int | None = 0
    last = None
    if round_.repeats is not None and is_open(round_):
        number, last = (
            (None, None) if actor.person_id in round_.persons else repeats.to_come(t, name)
        )
    drafts = rounds.drafts_open(t, name)
    return Closing(round=round_, drafts=drafts, repeats=number, last_due=last)


def _require_open(t: Transaction, name: str) -> Round:
    round_ = _require_round(t, name)
    if not is_open(round_):
        raise NotAllowedError(f"The round {name!r} is closed. Open it again first.")
    return round_


def _require_item(t: Transaction, name: str, item_id: str) -> RoundItemRow:
    row = rounds.item_of(t, name, item_id)
    if row is None:
        raise NotFoundError(f"There is no item {item_id!r} in the round {name!r}.")
    return row


def _to_stop(t: Transaction, name: str, item_ids: Sequence[str] | None) -> list[OutdatedItem]:
    """Return the items to stop; raise ConflictError naming one that is asked as it is now."""
    found: dict[str, OutdatedItem] = {}
    after = ""
    while page := rounds.outdated(t, round_name=name, after=(name, after), size=CHUNK):
        found |= {one.item_id: one for one in page}
        after = page[-1].item_id
    wanted = list(dict.fromkeys(item_ids)) if item_ids is not None else list(found)
    other = next((item_id for item_id in wanted if item_id not in found), None)
    if other is not None:
        raise ConflictError(
            f"The round {name!r} gives out no version of {other!r} from before masks. "
            "Nothing was stopped."
        )
    if not wanted:
        raise ConflictError(f"The round {name!r} asks no item as it was before masks.")
    return [found[item_id] for item_id in wanted]


def _blind(t: Transaction, actor: Actor, round_: Round, skip: Skip) -> Skip:
    own = skip.person == actor.person_id or actor.person_id not in round_.persons
    if own or reviews.has_read(t, actor.person_id, skip.item_id):
        return skip
    return skip.model_copy(update={"note": ""})


def _may_see(actor: Actor, round_: Round) -> bool:
    return bool(actor.roles & SEES_ALL) or actor.person_id in round_.persons


def _seen_by(actor: Actor, round_: Round) -> Round:
    """Return a round without the other readers and the seed, unless the actor leads.

    Who knows both can work out which letter an adjudicator sees for which reader.
    """
    if actor.roles & {Role.LEAD, Role.ADMIN}:
        return round_
    own = tuple(person for person in round_.persons if person == actor.person_id)
    seen = round_.as_readers_see_it()
    return seen.model_copy(update={"persons": own, "left": (), "seed": 0})


def _check_plan(plan: RoundPlan) -> None:
    if not plan.name.strip() or len(plan.name) > 100:
        raise BadInputError("A round needs a name of at most 100 characters.")
    if plan.kind is RoundKind.READING and plan.pass_mark is not None:
        raise BadInputError("Only a calibration round has a pass mark.")
    if plan.pass_mark is not None and not 0 <= plan.pass_mark <= 1:
        raise BadInputError(f"The pass mark {plan.pass_mark} is not between 0 and 1.")
    if plan.kind is RoundKind.READING and not 1 <= plan.readers <= MOST_READERS:
        raise BadInputError(
            f"An item is read by 1 to {MOST_READERS} readers, not by {plan.readers}."
        )
    if plan.repeats is not None:
        if plan.kind is not RoundKind.READING:
            raise BadInputError("Only a reading round has repeats.")
        check_settings(plan.name, plan.repeats, plan.wash_out_days)
    if plan.seed is not None and not 0 <= plan.seed < 2**31:
        raise BadInputError(f"The seed {plan.seed} is not between 0 and {2**31 - 1}.")


def _readers(plan: RoundPlan) -> int:
    """Return how many read each item: in a calibration round, everybody."""
    return plan.readers if plan.kind is RoundKind.READING else len(set(plan.persons))


def _check_persons(t: Transaction, plan: RoundPlan) -> None:
    known = len(set(plan.persons))
    if known < plan.readers and plan.kind is RoundKind.READING:
        raise BadInputError(
            f"{plan.readers} readers for each item need at least {plan.readers} people; "
            f"{known} {'is' if known == 1 else 'are'} named."
        )
    if not 1 <= known <= MOST_PERSONS:
        raise BadInputError(f"1 to {MOST_PERSONS} people read in a round; {known} are named.")
    for person_id in plan.persons:
        _check_reader(t, person_id)


def _check_reader(t: Transaction, person_id: str) -> None:
    person = people.get(t, person_id)
    if person is None:
        raise NotFoundError(f"There is no person {person_id!r}.")
    if Role.REVIEWER not in person.roles or not person.active:
        raise BadInputError(f"{person_id!r} is not an active reviewer.")


def _check_room(round_: Round, person_id: str) -> None:
    if person_id in round_.persons:
        raise ConflictError(f"{person_id!r} reads in the round {round_.name!r} already.")
    if person_id in round_.left:
        raise ConflictError(
            f"{person_id!r} left the round {round_.name!r}. Take that back instead of adding them."
        )
    if len(round_.persons) >= MOST_PERSONS:
        raise BadInputError(f"At most {MOST_PERSONS} people read in a round.")


def _selection(plan: RoundPlan, of: int) -> dict[str, str | int | None]:
    return {
        "track": plan.track.value if plan.track else None,
        "listed": len(plan.item_ids) if plan.item_ids is not None else None,
        "sample": plan.sample,
        "of": of,
    }


def _with_gold(
    t: Transaction, plan: RoundPlan, candidates: Sequence[Candidate]
) -> tuple[int, list[Candidate]]:
    """Return the newest release, and the candidates it has gold of, as their readers saw them."""
    release = releases.next_number(t) - 1
    if release == 0:
        raise BadInputError("There is no gold to practise on yet: make a release first.")
    gold = rounds.practice_versions(t, release)
    missing = sorted(c.item_id for c in candidates if c.item_id not in gold)
    if missing and plan.item_ids is not None:
        raise BadInputError(
            f"Release {release} has no gold of {', '.join(map(repr, missing[:5]))}"
            f"{' and others' if len(missing) > 5 else ''}: leave them out of the practice."
        )
    found = [
        candidate.model_copy(
            update={
                "item_version": gold[candidate.item_id][0],
                "rubric_version": gold[candidate.item_id][1],
            }
        )
        for candidate in candidates
        if candidate.item_id in gold
    ]
    if not found:
        raise BadInputError(f"Release {release} has no gold of any of these items.")
    return release, found


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
