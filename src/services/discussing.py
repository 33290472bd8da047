"""Asking the readers of a disputed item, who answer unnamed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel

from db import events, messages, people, preferences, reviews, rounds
from db.database import Database, Transaction
from src.domain.adjudication import letters_of
from src.domain.discussion import Message, MessageKind, Said, message_text, seen_by_reader
from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.item import Item
from src.domain.people import Actor, Role
from src.domain.review import MAX_TEXT, Review
from src.domain.round import SlotState
from src.services import own_reading_first
from src.services.adjudicating import require_open_to
from src.services.settling import item_in_round, settle_item

Clock = Callable[[], datetime]
DISCUSSION = "discussion"
"""What a reader has been shown once they opened a question: a revision after it is marked."""
MOST_QUESTIONS = 50


class OpenQuestion(BaseModel, frozen=True, extra="forbid"):
    """An item about which a reader is asked something they have not answered."""

    round: str
    item_id: str
    asked_at: datetime


class Thread(BaseModel, frozen=True, extra="forbid"):
    """What a reader sees of a discussion: their own reading, the questions, their answers."""

    round: str
    item: Item
    letter: str
    """Their own on this item, by which the adjudicator speaks of them."""
    review: Review
    said: tuple[Said, ...]
    begun: dict[str, str]
    """Answers that are written and not sent, by unit."""


class Discussing:
    """Questions of adjudicators, and answers of readers; neither learns the other's name."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def ask(self, actor: Actor, round_name: str, item_id: str, unit: str, text: str) -> None:
        """Ask all readers of an item about one of its units.

        They find the question on their screen, once they have read the item. What is written
        goes to them as it is: it is the adjudicator who decides what they learn of each other.
        """
        actor.require(Role.ADJUDICATOR)
        now, words = self._clock(), message_text(text)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.ADJUDICATOR)
            require_open_to(t, actor, round_name, item_id)
            own_reading_first.require_given(t, actor, item_id)
            found = settle_item(t, round_name, item_id)
            if unit not in {one.name for one in found.units}:
                raise BadInputError(f"No reader of {item_id!r} said anything of {unit!r}.")
            self._add(t, actor, MessageKind.QUESTION, (round_name, item_id, unit), words, now)

    def questions(self, actor: Actor) -> list[OpenQuestion]:
        """Return the items about which the actor is asked something, oldest first.

        It tells nothing but that: what is asked is shown by `thread`, which is recorded.
        """
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            return [
                OpenQuestion(round=name, item_id=item_id, asked_at=at)
                for name, item_id, at in messages.open_questions(t, actor.person_id, MOST_QUESTIONS)
            ]

    def thread(self, actor: Actor, round_name: str, item_id: str) -> Thread:
        """Return what the actor is asked about an item they read, and remember that they saw it.

        From then on a revision of theirs counts as made after exposure, and they get no slot on
        the item. Refused while they hold it to read once more.
        """
        actor.require(Role.REVIEWER)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            review = self._own_review(t, actor, round_name, item_id)
            letters = _letters(t, round_name, item_id)
            said = seen_by_reader(
                messages.of_item(t, round_name, item_id), letters, actor.person_id
            )
            if not said:
                raise NotFoundError(f"Nobody asks you anything about {item_id!r}.")
            self._show(t, actor, item_id)
            units = {one.unit for one in said}
            begun = {
                unit: str(preferences.get(t, actor.person_id, _begun(round_name, item_id, unit)))
                for unit in units
                if preferences.get(t, actor.person_id, _begun(round_name, item_id, unit))
            }
            return Thread(
                round=round_name,
                item=item_in_round(t, round_name, item_id),
                letter=letters.get(actor.person_id, "?"),
                review=review,
                said=said,
                begun=begun,
            )

    def keep_answer(
        self, actor: Actor, round_name: str, item_id: str, unit: str, text: str
    ) -> None:
        """Keep an answer in the making, so that a reload does not lose it."""
        actor.require(Role.REVIEWER)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            self._require_asked(t, actor, round_name, item_id, unit)
            name = _begun(round_name, item_id, unit)
            preferences.put(t, actor.person_id, name, text[:MAX_TEXT])

    def answer(self, actor: Actor, round_name: str, item_id: str, unit: str, text: str) -> None:
        """Answer what is asked about a unit; the adjudicator sees it under the reader's letter."""
        actor.require(Role.REVIEWER)
        now, words = self._clock(), message_text(text)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            self._require_asked(t, actor, round_name, item_id, unit)
            self._add(t, actor, MessageKind.ANSWER, (round_name, item_id, unit), words, now)
            preferences.remove(t, actor.person_id, _begun(round_name, item_id, unit))

    def _require_asked(
        self, t: Transaction, actor: Actor, round_name: str, item_id: str, unit: str
    ) -> None:
        self._own_review(t, actor, round_name, item_id)
        asked = messages.of_item(t, round_name, item_id)
        if unit not in {one.unit for one in asked if one.kind is MessageKind.QUESTION}:
            raise NotFoundError(f"Nobody asks you anything about {unit!r} of {item_id!r}.")

    def _own_review(self, t: Transaction, actor: Actor, round_name: str, item_id: str) -> Review:
        """Return the actor's newest reading of an item; raise where they may see no question."""
        review = reviews.of_person(t, actor.person_id, round_name, item_id)
        if review is None:
            raise NotFoundError(f"You have not read {item_id!r} in the round {round_name!r}.")
        for name, *_ in rounds.rounds_asking(t, item_id):
            slot = rounds.slot_of(t, name, item_id, actor.person_id)
            if slot is not None and slot.state == SlotState.TAKEN.value:
                raise NotAllowedError(
                    f"You are reading {item_id!r} once more, in the round {name!r}. "
                    "Submit that reading first; the question waits."
                )
        return review

    def _show(self, t: Transaction, actor: Actor, item_id: str) -> None:
        if people.has_seen(t, actor.person_id, item_id, DISCUSSION):
            return
        now = self._clock()
        people.expose(t, actor.person_id, item_id, DISCUSSION, now)
        target = f"exposure:{actor.person_id}/{item_id}"
        events.append(t, "discussion.shown", actor.person_id, target, "0" * 64, now)

    def _add(
        self,
        t: Transaction,
        actor: Actor,
        kind: MessageKind,
        where: tuple[str, str, str],
        text: str,
        now: datetime,
    ) -> None:
        round_name, item_id, unit = where
        message = Message(
            round=round_name,
            item_id=item_id,
            unit=unit,
            person=actor.person_id,
            kind=kind,
            text=text,
            at=now,
        )
        row = messages.add(t, message, secrets.token_hex(12), secrets.token_hex(16))
        events.append_row(t, f"message.{kind.value}", actor.person_id, row, now)


def _begun(round_name: str, item_id: str, unit: str) -> str:
    return f"answer {round_name} {item_id} {unit}"


def _letters(t: Transaction, round_name: str, item_id: str) -> dict[str, str]:
    round_ = rounds.get(t, round_name)
    readers = [review.person for review in reviews.counting(t, round_name, item_id)]
    return letters_of(readers, round_.seed if round_ is not None else 0, item_id)
