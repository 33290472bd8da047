"""Reading items: the next one, its draft, and the review that comes of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel

from db import decisions, events, items, people, reviews, rounds
from db.database import Database, Transaction
from db.models import ReviewRow, SlotRow
from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError, Problem
from src.domain.item import Item, ItemView
from src.domain.people import Actor, Role
from src.domain.review import (
    Draft,
    Receipt,
    Review,
    ReviewBody,
    completeness_problems,
    consistency_problems,
)
from src.domain.round import Round, RoundState, SkipReason, SlotState
from src.services.settling import item_in_round, recount

Clock = Callable[[], datetime]
LEASE = timedelta(hours=12)


class Task(BaseModel, frozen=True, extra="forbid"):
    """One item as it lies before its reader: what they see and what they have written."""

    round: str
    view: ItemView
    draft: Draft
    submitted_revision: int = 0
    """The number of the reader's newest submitted revision; 0 while it was never submitted."""

    @property
    def item(self) -> Item:
        """The item version this reading is bound to."""
        return self.view.item


class DraftConflict(ConflictError):
    """Another window saved first; `newer` is what it saved."""

    def __init__(self, newer: Draft) -> None:
        super().__init__("This item was changed in another window. Both texts are kept: choose.")
        self.newer = newer


class Reviewing:
    """What a reader does. Nothing of other readers is ever handed out here."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def next_item(self, actor: Actor, round_name: str) -> Task | None:
        """Return the reader's next item of a round and hold it for them; None at the end.

        An item that was opened before comes first. Items abandoned untouched by others come
        back; one case's items come in the order in which no answer is given away.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            self._open_round(t, actor, round_name)
            slot = rounds.taken_slot(t, round_name, actor.person_id)
            if slot is None:
                slot = self._take_next(t, actor, round_name, now)
            return self._task(t, actor, round_name, slot.item_id) if slot is not None else None

    def _take_next(
        self, t: Transaction, actor: Actor, round_name: str, now: datetime
    ) -> SlotRow | None:
        for abandoned in rounds.return_abandoned(t, round_name, now):
            events.append_row(t, "slot.returned", actor.person_id, abandoned, now)
        while (slot := rounds.next_open_slot(t, round_name, actor.person_id)) is not None:
            if rounds.take(t, slot, actor.person_id, now + LEASE):
                events.append_row(t, "slot.taken", actor.person_id, slot, now)
                return slot
        return None

    def task(self, actor: Actor, round_name: str, item_id: str) -> Task:
        """Return an item the reader holds or has read; anything else is not found."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            self._own_slot(t, actor, round_name, item_id)
            return self._task(t, actor, round_name, item_id)

    def save_draft(
        self,
        actor: Actor,
        round_name: str,
        item_id: str,
        body: ReviewBody,
        expected_version: int,
    ) -> Draft:
        """Store a reading in the making over the version the reader saw, and return it.

        Raises DraftConflict with the newer text when another window was faster: nothing is
        overwritten. A draft need not be complete, but it must fit the item.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            self._own_slot(t, actor, round_name, item_id)
            task = self._task(t, actor, round_name, item_id)
            _refuse(consistency_problems(task.item, task.view.images, body), "The draft")
            draft = task.draft.model_copy(
                update={"body": body, "version": expected_version + 1, "saved_at": now}
            )
            stored = reviews.draft(t, round_name, item_id, actor.person_id)
            if stored is None and expected_version == 0:
                reviews.add_draft(t, draft, now)
                target = f"draft:{round_name}/{item_id}/{actor.person_id}"
                events.append(t, "draft.opened", actor.person_id, target, "0" * 64, now)
            elif stored is None or not reviews.save_draft(t, draft, expected_version, now):
                raise DraftConflict(stored if stored is not None else task.draft)
        return draft

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
            round_, slot = self._slot_to_fill(t, actor, round_name, item_id)
            task = self._task(t, actor, round_name, item_id)
            self._check(task, body, item_version, expected_version)
            review = self._review(t, actor, task, body, idempotency_key, seconds_active, now)
            row = reviews.add(
                t,
                review,
                guideline=round_.guideline,
                nonce=secrets.token_hex(16),
                extra=slot is None,
            )
            link = events.append_row(t, "review.submitted", actor.person_id, row, now)
            reviews.delete_draft(t, round_name, item_id, actor.person_id)
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
            row = rounds.item_of(t, round_name, item_id)
            assert row is not None
            rounds.add_skip(t, round_name, item_id, actor.person_id, reason.value, note, now)
            if reason is SkipReason.CONFLICT_OF_INTEREST:
                people.add_conflict(t, actor.person_id, row.case_id, "declared")
            rounds.give_back(t, slot)
            rounds.count_progress(t, round_name, actor.person_id, row.track, submitted=0, skipped=1)
            events.append_row(t, f"slot.skipped.{reason.value}", actor.person_id, slot, now)

    def own_review(self, actor: Actor, round_name: str, item_id: str) -> Review | None:
        """Return the actor's own newest review of an item, or None."""
        with self._database.reading() as t:
            return reviews.of_person(t, actor.person_id, round_name, item_id)

    def own_receipt(self, actor: Actor, round_name: str, item_id: str) -> Receipt | None:
        """Return the receipt of the actor's own newest review of an item, or None."""
        with self._database.reading() as t:
            review = reviews.of_person(t, actor.person_id, round_name, item_id)
            row = reviews.by_key(t, review.idempotency_key) if review is not None else None
            return _receipt(t, row) if row is not None else None

    def recent(self, actor: Actor, size: int = 10) -> list[tuple[str, str, int, datetime]]:
        """Return (round, item_id, number, submitted at) of the actor's newest reviews."""
        with self._database.reading() as t:
            rows = reviews.recent_of_person(t, actor.person_id, size)
            return [(row.round, row.item_id, row.number, row.submitted_at) for row in rows]

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
        slot = rounds.slot_of(t, round_name, item_id, actor.person_id)
        if slot is None and not rounds.held_once(t, round_name, item_id, actor.person_id):
            raise NotFoundError(f"You hold no item {item_id!r} in the round {round_name!r}.")
        return slot

    def _slot_to_fill(
        self, t: Transaction, actor: Actor, round_name: str, item_id: str
    ) -> tuple[Round, SlotRow | None]:
        round_ = rounds.get(t, round_name)
        if round_ is None:
            raise NotFoundError(f"There is no round {round_name!r}.")
        slot = self._own_slot(t, actor, round_name, item_id)
        if round_.state is not RoundState.OPEN and slot is None:
            raise NotAllowedError(f"The round {round_name!r} is closed.")
        if decisions.has_decided(t, actor.person_id, item_id):
            raise NotAllowedError("You decided on this item and can no longer read it.")
        return round_, slot

    def _task(self, t: Transaction, actor: Actor, round_name: str, item_id: str) -> Task:
        item = item_in_round(t, round_name, item_id)
        stored = reviews.draft(t, round_name, item_id, actor.person_id)
        submitted = reviews.of_person(t, actor.person_id, round_name, item_id)
        fresh = Draft(
            round=round_name,
            item_id=item_id,
            item_version=item.version,
            rubric_version=item.rubric_version,
            person=actor.person_id,
            body=submitted.body if submitted is not None else ReviewBody(),
            opened_at=self._clock(),
        )
        return Task(
            round=round_name,
            view=items.view(t, item),
            draft=stored if stored is not None else fresh,
            submitted_revision=submitted.revision if submitted is not None else 0,
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
        body: ReviewBody,
        idempotency_key: str,
        seconds_active: int,
        now: datetime,
    ) -> Review:
        item_id = task.item.item_id
        revision = reviews.latest_revision(t, task.round, item_id, actor.person_id) + 1
        return Review(
            review_id=secrets.token_hex(12),
            round=task.round,
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
        if slot is not None and slot.state == SlotState.TAKEN.value:
            rounds.fill(t, slot)
            events.append_row(t, "slot.filled", actor.person_id, slot, now)
            rounds.count_progress(
                t, task.round, actor.person_id, item.track.value, submitted=1, skipped=0
            )
        t.expire_all()
        row = rounds.item_of(t, task.round, item.item_id)
        if row is not None and row.missing <= 0:
            recount(t, item.item_id)

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


def _refuse(problems: list[Problem], what: str) -> None:
    if problems:
        raise BadInputError(f"{what} cannot be stored yet: {problems[0].message}", problems)
