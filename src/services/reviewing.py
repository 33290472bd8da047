"""Reading items: the next one, its draft, and the review that comes of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel

from db import (
    decisions,
    events,
    first_readings,
    hits,
    items,
    people,
    plants,
    preferences,
    queues,
    repeats,
    reviews,
    rounds,
    skips,
    steps,
)
from db.database import Database, Transaction
from db.models import RepeatRow, ReviewRow, SlotRow
from db.reviews import Standing
from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError, Problem
from src.domain.first_reading import LONGEST, FirstReading, Shown, first_line, withheld
from src.domain.item import Item, ItemView, Track
from src.domain.leakage import Hit
from src.domain.people import Actor, Role
from src.domain.planting import over
from src.domain.repeats import WASH_OUT_DAYS, companion_name, is_drawn, is_turn
from src.domain.review import (
    Draft,
    OwnReview,
    Receipt,
    Review,
    ReviewBody,
    completeness_problems,
    consistency_problems,
)
from src.domain.round import HOLDS_BACK, Round, RoundKind, RoundState, SkipReason, SlotState
from src.services import leak_standing, sitting
from src.services.guidelines import require_acknowledged, version_read
from src.services.settling import item_in_round

Clock = Callable[[], datetime]
LEASE = timedelta(hours=12)


class Task(BaseModel, frozen=True, extra="forbid"):
    """One item as it lies before its reader: what they see and what they have written."""

    round: str
    view: ItemView
    draft: Draft
    submitted_revision: int = 0
    """The number of the reader's newest submitted revision; 0 while it was never submitted."""
    withheld: bool = False
    """True while answer, claims, rubric and links are kept back until the first reading."""
    first_reading: FirstReading | None = None
    first_line: str = ""
    """What the reader has written of a first reading that is not committed yet."""
    undoable: int = 0
    """How many steps of the draft can be taken back."""
    redoable: int = 0
    """How many undone steps can be put back again."""

    @property
    def item(self) -> Item:
        """The item version this reading is bound to."""
        return self.view.item


class Begun(BaseModel, frozen=True, extra="forbid"):
    """What a reader has done with an item before there is a draft of it."""

    first_line: str = ""
    viewed: tuple[str, ...] = ()


class DraftConflict(ConflictError):
    """Another window saved first; `newer` is what it saved."""

    def __init__(self, newer: Draft) -> None:
        super().__init__("This item was changed in another window. Both texts are kept: choose.")
        self.newer = newer


class Reviewing:
    """What a reader does. Nothing of other readers is ever handed out here.

    A reading that its reader gives once more, without knowing, is kept in the round's hidden
    companion (decision 0012): `_stored_in` says where, and all that leaves here names the round.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._views = items.ItemViews()
        self._companions: dict[str, str | None] = {}

    def next_item(self, actor: Actor, round_name: str, track: Track | None = None) -> Task | None:
        """Return the reader's next item of a round and hold it for them; None at the end.

        With a track only its items come; one of another track that is held stays held.

        An item that was opened before comes first. Items abandoned untouched by others come
        back; one case's items come in the order in which no answer is given away.

        Raises UnreadGuidelineError when the reader holds nothing and a version of the guidelines
        waits to be acknowledged: what they hold already is never kept from them.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            people.require_now(t, actor, Role.REVIEWER)
            self._open_round(t, actor, round_name)
            held = self._held(t, actor, round_name, track)
            item_id = held.item_id if held is not None else None
        if item_id is not None:
            return self.task(actor, round_name, item_id)
        return self._next_taken(actor, round_name, track)

    def _next_taken(self, actor: Actor, round_name: str, track: Track | None) -> Task | None:
        now = self._clock()
        with self._database.transaction() as t:
            self._open_round(t, actor, round_name)
            slot = self._held(t, actor, round_name, track)
            if slot is None:
                require_acknowledged(t, actor.person_id)
                slot = self._take_next(t, actor, round_name, now, track)
            return self._hand_out(t, actor, round_name, slot.item_id, now) if slot else None

    def _take_next(
        self, t: Transaction, actor: Actor, round_name: str, now: datetime, track: Track | None
    ) -> SlotRow | None:
        for abandoned in queues.return_abandoned(t, round_name, now):
            events.append_row(t, "slot.returned", actor.person_id, abandoned, now)
        again = self._repeat_next(t, actor, round_name, now, track)
        if again is not None:
            own = repeats.give_out(t, again, now + LEASE)
            events.append_row(t, "slot.taken", actor.person_id, own, now)
            return own
        while (slot := queues.next_open_slot(t, round_name, actor.person_id, track)) is not None:
            if queues.take(t, slot, actor.person_id, now + LEASE):
                events.append_row(t, "slot.taken", actor.person_id, slot, now)
                return slot
        return None

    def upcoming_images(
        self, actor: Actor, round_name: str, track: Track | None = None
    ) -> list[str]:
        """Return the sha256 of each image of the item that would come next; nothing is taken.

        It lets a browser fetch them ahead. Another reader may still be given that item first.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            again = self._repeat_next(t, actor, round_name, self._clock(), track, ahead=1)
            if again is not None:
                row = rounds.item_of(t, again.round, again.item_id)
                return items.image_hashes(t, again.item_id, row.item_version) if row else []
            slot = queues.next_open_slot(t, round_name, actor.person_id, track)
            return items.image_hashes(t, slot.item_id, slot.item_version) if slot else []

    def _companion(self, t: Transaction, round_name: str) -> str | None:
        """Return the name of a round's hidden companion, or None; it never changes."""
        if round_name not in self._companions:
            round_ = rounds.get(t, round_name)
            if round_ is None:
                return None
            has_one = round_.repeats is not None
            self._companions[round_name] = companion_name(round_name) if has_one else None
        return self._companions[round_name]

    def _stored_in(self, t: Transaction, actor: Actor, round_name: str, item_id: str) -> str:
        """Return the round that keeps a reader's reading of an item: the companion of a repeat."""
        companion = self._companion(t, round_name)
        if companion and rounds.slot_of(t, companion, item_id, actor.person_id) is not None:
            return companion
        return round_name

    def _held(
        self, t: Transaction, actor: Actor, round_name: str, track: Track | None
    ) -> SlotRow | None:
        """Return the slot a reader holds and has not filled, a repeat or not, or None."""
        held = queues.taken_slot(t, round_name, actor.person_id, track)
        companion = self._companion(t, round_name)
        if held is None and companion:
            return queues.taken_slot(t, companion, actor.person_id, track)
        return held

    def _repeat_next(
        self,
        t: Transaction,
        actor: Actor,
        round_name: str,
        now: datetime,
        track: Track | None,
        *,
        ahead: int = 0,
    ) -> RepeatRow | None:
        """Return the reading to be given once more now, or None when a new item comes.

        Now and then, by the round's seed, so that repeats lie scattered among new items; once
        nothing new is left they come as they are due. `ahead` looks so many items further.
        """
        companion = self._companion(t, round_name)
        due = repeats.next_due(t, round_name, actor.person_id, now, track) if companion else None
        round_ = rounds.get(t, round_name) if due is not None else None
        if due is None or companion is None or round_ is None:
            return None
        had = ahead + sum(
            p.submitted + p.skipped
            for name in (round_name, companion)
            for p in rounds.progress(t, name, actor.person_id)
        )
        if is_turn(round_.seed, actor.person_id, had):
            return due
        new = queues.next_open_slot(t, round_name, actor.person_id, track)
        return due if new is None else None

    def task(self, actor: Actor, round_name: str, item_id: str) -> Task:
        """Return an item the reader holds or has read; anything else is not found.

        The first time it shows a reader the case, or the answer, that is recorded; otherwise it
        only reads.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            standing = self._standing(t, actor, round_name, item_id)
            if not _shown_first(standing):
                return self._task(t, actor, round_name, item_id, standing)
        with self._database.transaction() as t:
            return self._hand_out(t, actor, round_name, item_id, self._clock())

    def hits(self, actor: Actor, round_name: str, item_id: str) -> tuple[Hit, ...]:
        """Return where the scan found what may give the answer of the version read away.

        There are none while the answer is withheld.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            standing = self._standing(t, actor, round_name, item_id)
            if _is_withheld(standing) or self._names_another(t, round_name, item_id, standing):
                return ()
            return hits.of_version(t, item_id, standing.item_version)

    def commit_first_reading(
        self, actor: Actor, round_name: str, item_id: str, text: str
    ) -> FirstReading:
        """Store for ever, in one line, what the reader sees before the answer is shown.

        The next time the item is handed out its answer and rubric are there. A second first
        reading is refused with ConflictError: the one there is stays.
        """
        actor.require(Role.REVIEWER)
        line, now = first_line(text), self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            standing = self._standing(t, actor, round_name, item_id)
            if not standing.read_first:
                raise NotAllowedError(f"The round {round_name!r} asks for no first reading.")
            if standing.first_reading is not None:
                raise ConflictError("Your first reading of this item is stored; it stays as it is.")
            new = FirstReading(
                round=standing.stored_in,
                item_id=item_id,
                person=actor.person_id,
                text=line,
                at=now,
            )
            row = first_readings.add(t, new, secrets.token_hex(16))
            events.append_row(t, "first_reading.committed", actor.person_id, row, now)
        return new.model_copy(update={"round": round_name})

    def keep_begun(
        self,
        actor: Actor,
        round_name: str,
        item_id: str,
        *,
        first_line: str | None = None,
        viewed: Sequence[str] | None = None,
    ) -> None:
        """Keep what is begun before there is a draft: a first reading's words, images looked at.

        It is no draft, so that the slot of somebody who only looked comes back to the others.
        """
        actor.require(Role.REVIEWER)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            standing = self._standing(t, actor, round_name, item_id)
            begun = _begun(standing)
            if first_line is not None and _is_withheld(standing):
                begun = begun.model_copy(update={"first_line": first_line[:LONGEST]})
            item = self._view(t, round_name, item_id, standing).item
            known = {image.sha256 for image in item.content.images}
            seen = [sha256 for sha256 in viewed or () if sha256 in known]
            viewed_now = tuple(dict.fromkeys((*begun.viewed, *seen)))
            begun = begun.model_copy(update={"viewed": viewed_now})
            name = reviews.begun_name(standing.stored_in, item_id)
            preferences.put(t, actor.person_id, name, begun.model_dump(mode="json"))

    def save_draft(
        self,
        actor: Actor,
        round_name: str,
        item_id: str,
        body: ReviewBody,
        expected_version: int,
        *,
        place: str = "",
        seconds: float | None = None,
    ) -> Draft:
        """Store a reading in the making over the version the reader saw, and return it.

        Raises DraftConflict with the newer text when another window was faster: nothing is
        overwritten. A draft need not be complete, but it must fit the item. Each save is a step
        that `undo` takes back. Name the `place` only of text being typed: saves of the same place
        within ten seconds of each other are one step, for up to a minute, so that one undo takes
        back a burst of typing and not a keystroke. Images viewed are no step. `seconds` of work
        since the act before are added to the reader's sitting.

        What only looks is done before the one writer is waited for; the draft's version then
        says whether anything changed in between.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.reading() as t:
            people.require_now(t, actor, Role.REVIEWER)
            standing = self._standing(t, actor, round_name, item_id)
            _require_first_reading(standing)
            view = self._view(t, round_name, item_id, standing)
            before = standing.draft or self._fresh(t, actor, round_name, item_id, standing)
        _refuse(consistency_problems(view.item, view.images, body), "The draft")
        if before.version != expected_version:
            raise DraftConflict(before)
        draft = before.next_version(body, now)
        kept_in = {"round": standing.stored_in}
        with self._database.transaction() as t:
            self._store_draft(t, draft, standing.stored_in, expected_version, now)
            if before.differs_from(body):
                replaced = before.model_copy(update=kept_in)
                steps.keep(t, replaced, place, now, forgets=standing.redoable > 0)
            if seconds is not None:
                sitting.count_act(t, actor, round_name, seconds, now)
        return draft

    def undo(self, actor: Actor, round_name: str, item_id: str, expected_version: int) -> Draft:
        """Put back what the newest step of the draft replaced, as a new version, and return it.

        The steps are stored, so they outlast reloads and restarts; the last 50 are kept until
        the review is submitted. An image once viewed stays viewed. Raises DraftConflict as saving
        does, and NotFoundError when there is nothing to undo.
        """
        return self._step(actor, round_name, item_id, expected_version, undo=True)

    def redo(self, actor: Actor, round_name: str, item_id: str, expected_version: int) -> Draft:
        """Put back what was undone last, as long as nothing else was written since."""
        return self._step(actor, round_name, item_id, expected_version, undo=False)

    def _step(
        self, actor: Actor, round_name: str, item_id: str, expected_version: int, *, undo: bool
    ) -> Draft:
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            standing = self._standing(t, actor, round_name, item_id)
            current, kept_in = standing.draft, {"round": standing.stored_in}
            if current is not None and current.version != expected_version:
                raise DraftConflict(current)
            stored = current.model_copy(update=kept_in) if current is not None else None
            body = steps.exchange(t, stored, undo=undo) if stored is not None else None
            if current is None or body is None:
                raise NotFoundError(f"There is nothing to {'undo' if undo else 'redo'} here.")
            draft = current.stepped_to(body, now)
            self._store_draft(t, draft, standing.stored_in, expected_version, now)
        return draft

    def _store_draft(
        self, t: Transaction, draft: Draft, stored_in: str, expected_version: int, now: datetime
    ) -> None:
        """Store the next version of a draft; its first save opens it in the event log."""
        stored = draft.model_copy(update={"round": stored_in})
        if expected_version > 0:
            if not reviews.save_draft(t, stored, expected_version, now):
                raise self._overtaken(t, draft)
            return
        if reviews.draft(t, stored_in, draft.item_id, draft.person) is not None:
            raise self._overtaken(t, draft)
        reviews.add_draft(t, stored, now)
        target = f"draft:{stored_in}/{draft.item_id}/{draft.person}"
        events.append(t, "draft.opened", draft.person, target, "0" * 64, now)

    def _overtaken(self, t: Transaction, draft: Draft) -> DraftConflict:
        """Return the conflict with what another window stored first, or submitted."""
        actor = Actor(person_id=draft.person, roles=frozenset({Role.REVIEWER}))
        standing = self._standing(t, actor, draft.round, draft.item_id)
        fresh = standing.draft or self._fresh(t, actor, draft.round, draft.item_id, standing)
        return DraftConflict(fresh)

    def submit(
        self,
        actor: Actor,
        round_name: str,
        item_id: str,
        body: ReviewBody,
        *,
        item_version: int,
        idempotency_key: str,
        expected_version: int | None = None,
        seconds_active: int = 0,
    ) -> Receipt:
        """Store a complete reading for ever and return its receipt.

        The same idempotency key again returns the same receipt and stores nothing. A second
        submission of an item is a revision that supersedes the first. Raises BadInputError
        with every problem when the reading is not complete or does not fit the item, and
        DraftConflict when `expected_version` is not the draft's: another window wrote since.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            earlier = reviews.by_key(t, idempotency_key)
            if earlier is not None:
                return self._same_again(t, actor, item_id, earlier.review_id, idempotency_key)
            slot = self._slot_to_fill(t, actor, round_name, item_id)
            standing = self._standing(t, actor, round_name, item_id)
            _require_first_reading(standing)
            task = self._task(t, actor, round_name, item_id, standing)
            self._check(task, body, item_version, expected_version)
            kept_in = standing.stored_in
            review = self._review(
                t, actor, task, kept_in, body, idempotency_key, seconds_active, now
            )
            row = reviews.add(
                t,
                review,
                guideline=version_read(t, actor.person_id),
                nonce=secrets.token_hex(16),
                extra=slot is None,
            )
            link = events.append_row(t, "review.submitted", actor.person_id, row, now)
            reviews.delete_draft(t, kept_in, item_id, actor.person_id)
            preferences.remove(t, actor.person_id, reviews.begun_name(kept_in, item_id))
            self._count(t, actor, task, slot, now)
            return Receipt(number=row.number, hash=link.hash, at=now)

    def skip(
        self, actor: Actor, round_name: str, item_id: str, reason: SkipReason, note: str = ""
    ) -> None:
        """Pass an item on to somebody else, saying why. What was written on it is kept."""
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            slot = self._own_slot(t, actor, round_name, item_id)
            if slot is None or slot.state != SlotState.TAKEN.value:
                raise ConflictError("This item was submitted already; revise it instead.")
            kept_in = slot.round
            row = rounds.item_of(t, kept_in, item_id)
            assert row is not None
            skips.add_skip(t, kept_in, item_id, actor.person_id, reason.value, note, now)
            if reason is SkipReason.CONFLICT_OF_INTEREST:
                people.add_conflict(t, actor.person_id, row.case_id, "declared")
                self._let_go_of_case(t, actor, row.case_id, slot, now)
            queues.give_back(t, slot)
            rounds.count_progress(t, kept_in, actor.person_id, row.track, submitted=0, skipped=1)
            events.append_row(t, f"slot.skipped.{reason.value}", actor.person_id, slot, now)
            if reason in HOLDS_BACK and row.held_back == "" and kept_in == round_name:
                skips.hold_back(t, row, reason)
                events.append_row(t, "round_item.held_back", actor.person_id, row, now)
            sitting.count_item(t, actor, round_name, now)

    def _let_go_of_case(
        self, t: Transaction, actor: Actor, case_id: str, skipped: SlotRow, now: datetime
    ) -> None:
        """Give back what the reader holds of a patient, in every round; what they wrote is kept."""
        reason = SkipReason.CONFLICT_OF_INTEREST
        for held in queues.taken_of_case(t, actor.person_id, case_id):
            if held is skipped:
                continue
            skips.add_skip(t, held.round, held.item_id, actor.person_id, reason, "", now)
            queues.give_back(t, held)
            events.append_row(t, f"slot.skipped.{reason.value}", actor.person_id, held, now)

    def own_review(self, actor: Actor, round_name: str, item_id: str) -> Review | None:
        """Return the actor's own newest review of an item, or None."""
        with self._database.reading() as t:
            return self._own(t, actor, round_name, item_id)

    def _own(self, t: Transaction, actor: Actor, round_name: str, item_id: str) -> Review | None:
        stored_in = self._stored_in(t, actor, round_name, item_id)
        found = reviews.of_person(t, actor.person_id, stored_in, item_id)
        return found.model_copy(update={"round": round_name}) if found is not None else None

    def own_receipt(self, actor: Actor, round_name: str, item_id: str) -> Receipt | None:
        """Return the receipt of the actor's own newest review of an item, or None."""
        with self._database.reading() as t:
            review = self._own(t, actor, round_name, item_id)
            row = reviews.by_key(t, review.idempotency_key) if review is not None else None
            return _receipt(t, row) if row is not None else None

    def has_seen_more(self, actor: Actor, item_id: str) -> bool:
        """Tell whether the actor has seen more of an item than its case: readings, or scores.

        What they revise from then on is kept beside their reading: neither gold nor any statistic
        takes it.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            return people.is_exposed(t, actor.person_id, item_id)

    def recent(
        self, actor: Actor, size: int = 10, after: int | None = None
    ) -> list[tuple[str, str, int, datetime]]:
        """Return (round, item_id, number, submitted at) of the actor's newest reviews.

        The next page begins `after` the number of the last review of this one.
        """
        with self._database.reading() as t:
            rows = reviews.recent_of_person(t, actor.person_id, size, after)
            known_as = {row.round: repeats.kept_as(t, row.round) for row in rows}
            return [
                (known_as[row.round], row.item_id, row.number, row.submitted_at) for row in rows
            ]

    def own_reviews(
        self,
        actor: Actor,
        *,
        round_name: str | None = None,
        track: Track | None = None,
        after: int | None = None,
        size: int = 20,
    ) -> list[OwnReview]:
        """Return a page of what the actor has submitted, newest first, each item once.

        The next page begins `after` the number of the last line of this one.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            return reviews.own_list(t, actor.person_id, round_name, track, after, size)

    def _open_round(self, t: Transaction, actor: Actor, round_name: str) -> Round:
        round_ = rounds.get(t, round_name)
        if round_ is None or actor.person_id not in round_.persons:
            raise NotFoundError(f"There is no round {round_name!r} for you to read in.")
        if round_.state is not RoundState.OPEN:
            raise NotAllowedError(f"The round {round_name!r} is closed. What you read is kept.")
        return round_

    def _own_slot(
        self, t: Transaction, actor: Actor, round_name: str, item_id: str
    ) -> SlotRow | None:
        """Return the reader's slot; None when its lease ran out and the reading is late."""
        stored_in = self._stored_in(t, actor, round_name, item_id)
        slot = rounds.slot_of(t, stored_in, item_id, actor.person_id)
        if slot is None and not skips.held_once(t, round_name, item_id, actor.person_id):
            raise NotFoundError(f"You hold no item {item_id!r} in the round {round_name!r}.")
        return slot

    def _slot_to_fill(
        self, t: Transaction, actor: Actor, round_name: str, item_id: str
    ) -> SlotRow | None:
        round_ = rounds.get(t, round_name)
        if round_ is None:
            raise NotFoundError(f"There is no round {round_name!r}.")
        slot = self._own_slot(t, actor, round_name, item_id)
        if actor.person_id in round_.left:
            raise NotAllowedError(
                f"Your part in the round {round_name!r} has ended. What you wrote is kept; "
                "ask the study lead if it should still count."
            )
        if round_.state is not RoundState.OPEN and slot is None:
            raise NotAllowedError(f"The round {round_name!r} is closed.")
        reads = round_.kind is RoundKind.READING
        if reads and decisions.has_decided(t, actor.person_id, item_id):
            raise NotAllowedError("You decided on this item and can no longer read it.")
        return slot

    def _standing(self, t: Transaction, actor: Actor, round_name: str, item_id: str) -> Standing:
        """Return how the reader stands with an item they hold, have read, or held too long."""
        stored_in = self._stored_in(t, actor, round_name, item_id)
        found = reviews.standing(t, stored_in, item_id, actor.person_id)
        held = found is not None and (
            found.has_slot or skips.held_once(t, round_name, item_id, actor.person_id)
        )
        if found is None or not held:
            raise NotFoundError(f"You hold no item {item_id!r} in the round {round_name!r}.")
        return found.known_as(round_name)

    def _hand_out(
        self, t: Transaction, actor: Actor, round_name: str, item_id: str, now: datetime
    ) -> Task:
        """Return a task, and record what its reader sees for the first time."""
        standing = self._standing(t, actor, round_name, item_id)
        new = _shown_first(standing)
        if new:
            kept_in = standing.stored_in
            first_readings.add_shown(t, kept_in, item_id, actor.person_id, new, now)
        return self._task(t, actor, round_name, item_id, standing)

    def _task(
        self, t: Transaction, actor: Actor, round_name: str, item_id: str, standing: Standing
    ) -> Task:
        view = self._view(t, round_name, item_id, standing)
        hidden = _is_withheld(standing)
        begun = _begun(standing)
        return Task(
            round=round_name,
            view=withheld(view) if hidden else view,
            draft=standing.draft or self._fresh(t, actor, round_name, item_id, standing),
            submitted_revision=standing.revision,
            withheld=hidden,
            first_reading=standing.first_reading,
            first_line=begun.first_line if hidden else "",
            undoable=standing.undoable,
            redoable=standing.redoable,
        )

    def _view(self, t: Transaction, round_name: str, item_id: str, standing: Standing) -> ItemView:
        view = self._views.get(
            (item_id, standing.item_version, standing.rubric_version),
            lambda: items.view(t, item_in_round(t, round_name, item_id)),
        )
        planted = plants.of_item(t, round_name, item_id) if standing.planted else None
        if planted is None:
            return view
        return view.model_copy(update={"item": over(view.item, planted)})

    def _names_another(
        self, t: Transaction, round_name: str, item_id: str, standing: Standing
    ) -> bool:
        """Tell whether another answer was planted, so that hits would name the right one."""
        planted = plants.of_item(t, round_name, item_id) if standing.planted else None
        return planted is not None and planted.is_whole_answer

    def _fresh(
        self,
        t: Transaction,
        actor: Actor,
        round_name: str,
        item_id: str,
        standing: Standing,
    ) -> Draft:
        """Return the draft before its first save: what was submitted last, or images looked at."""
        submitted = None
        if standing.revision:
            submitted = reviews.of_person(t, actor.person_id, standing.stored_in, item_id)
        return Draft(
            round=round_name,
            item_id=item_id,
            item_version=standing.item_version,
            rubric_version=standing.rubric_version,
            person=actor.person_id,
            body=submitted.body if submitted else ReviewBody(images_viewed=_begun(standing).viewed),
            opened_at=self._clock(),
        )

    def _check(
        self, task: Task, body: ReviewBody, item_version: int, expected_version: int | None
    ) -> None:
        if item_version != task.item.version:
            raise ConflictError(
                f"This reading is of version {item_version}; the round asks for version "
                f"{task.item.version}. Open the item again."
            )
        if expected_version is not None and expected_version != task.draft.version:
            raise DraftConflict(task.draft)
        problems = consistency_problems(task.item, task.view.images, body)
        _refuse([*problems, *completeness_problems(task.item, body)], "The review")

    def _review(
        self,
        t: Transaction,
        actor: Actor,
        task: Task,
        stored_in: str,
        body: ReviewBody,
        idempotency_key: str,
        seconds_active: int,
        now: datetime,
    ) -> Review:
        item_id = task.item.item_id
        revision = reviews.latest_revision(t, stored_in, item_id, actor.person_id) + 1
        return Review(
            review_id=secrets.token_hex(12),
            round=stored_in,
            item_id=item_id,
            item_version=task.item.version,
            rubric_version=task.item.rubric_version,
            person=actor.person_id,
            revision=revision,
            body=body,
            opened_at=task.draft.opened_at,
            submitted_at=now,
            seconds_active=seconds_active,
            after_exposure=people.is_exposed(t, actor.person_id, item_id),
            idempotency_key=idempotency_key,
        )

    def _count(
        self, t: Transaction, actor: Actor, task: Task, slot: SlotRow | None, now: datetime
    ) -> None:
        """Fill the slot, count the reading, and recount disputes once everybody has read."""
        item = task.item
        is_repeat = slot is not None and slot.round != task.round
        if slot is not None and slot.state == SlotState.TAKEN.value:
            (repeats if is_repeat else queues).fill(t, slot)
            events.append_row(t, "slot.filled", actor.person_id, slot, now)
            rounds.count_progress(
                t, slot.round, actor.person_id, item.track.value, submitted=1, skipped=0
            )
            if not is_repeat:
                self._draw_repeat(t, actor, task, now)
        if not task.submitted_revision:
            sitting.count_item(t, actor, task.round, now)
        if is_repeat:
            return
        t.expire_all()
        row = rounds.item_of(t, task.round, item.item_id)
        if row is not None and row.missing <= 0:
            leak_standing.count_anew(t, item.item_id)

    def _draw_repeat(self, t: Transaction, actor: Actor, task: Task, now: datetime) -> None:
        """Remember, where the round's seed says so, that this reading is to be given once more."""
        companion = self._companion(t, task.round)
        round_ = rounds.get(t, task.round) if companion else None
        asked = rounds.item_of(t, companion, task.item.item_id) if companion else None
        if companion is None or round_ is None or asked is None:
            return
        share, days = round_.repeats or 0.0, round_.wash_out_days or WASH_OUT_DAYS
        if is_drawn(round_.seed, actor.person_id, task.item.item_id, share):
            due_at = now + timedelta(days=days)
            item = task.item
            repeats.draw(t, companion, item.item_id, actor.person_id, item.track.value, due_at)

    def _same_again(
        self, t: Transaction, actor: Actor, item_id: str, review_id: str, key: str
    ) -> Receipt:
        row = reviews.by_key(t, key)
        if row is None or row.person != actor.person_id or row.item_id != item_id:
            raise ConflictError("This idempotency key belongs to another review.")
        return _receipt(t, row)


def _receipt(t: Transaction, row: ReviewRow) -> Receipt:
    links = events.of_object(t, events.object_of(row), 1)
    return Receipt(number=row.number, hash=links[0].hash, at=row.submitted_at)


def _begun(standing: Standing) -> Begun:
    return Begun() if standing.begun is None else Begun.model_validate(standing.begun)


def _is_withheld(standing: Standing) -> bool:
    return standing.read_first and standing.first_reading is None


def _shown_first(standing: Standing) -> frozenset[Shown]:
    """Return what a reader sees of an item now and has not been shown before."""
    seen = {Shown.CASE} if _is_withheld(standing) else {Shown.CASE, Shown.ANSWER}
    return frozenset(seen - standing.shown)


def _require_first_reading(standing: Standing) -> None:
    if _is_withheld(standing):
        raise NotAllowedError("Commit your first reading of the images before you judge the item.")


def _refuse(problems: list[Problem], what: str) -> None:
    if problems:
        raise BadInputError(f"{what} cannot be stored yet: {problems[0].message}", problems)
