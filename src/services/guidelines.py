"""Guidelines: published by the lead, acknowledged by readers before their next item."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from db import events, guidelines, people, preferences
from db.database import Database, Transaction
from src.domain.errors import ConflictError, NotFoundError, UnreadGuidelineError
from src.domain.guideline import (
    Guideline,
    GuidelineHead,
    ReadingUnder,
    ToAcknowledge,
    VersionUse,
    checked_note,
    checked_text,
)
from src.domain.people import Actor, Role

Clock = Callable[[], datetime]
DRAFT = "guideline"
"""The name under which a lead's unpublished text is kept, theirs alone."""


class Guidelines:
    """The guidelines of a study. A reading is bound to the version its reader knew."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def publish(
        self, actor: Actor, text: str, note: str = "", *, upon: int | None = None
    ) -> Guideline:
        """Store a new version, which every reader is asked to acknowledge before their next item.

        Raises ConflictError when it says nothing new, or when `upon`, the version it was written
        on, is no longer the newest.
        """
        actor.require(Role.LEAD)
        now, written = self._clock(), checked_text(text)
        with self._database.transaction() as t:
            newest = guidelines.newest_number(t)
            before = guidelines.get(t, newest)
            if upon is not None and upon != newest:
                raise ConflictError(
                    f"Version {newest} was published meanwhile. Your text is kept: look at that "
                    "version first."
                )
            if before is not None and before.text == written:
                raise ConflictError(f"This is the text of version {newest}. Nothing was published.")
            new = Guideline(
                number=newest + 1,
                text=written,
                note=checked_note(note),
                person=actor.person_id,
                at=now,
            )
            row = guidelines.add(t, new)
            events.append_row(t, "guideline.published", actor.person_id, row, now)
            preferences.remove(t, actor.person_id, DRAFT)
        return new

    def all_of(self, actor: Actor) -> list[GuidelineHead]:
        """Return all versions without their texts, newest first."""
        actor.require(*Role)
        with self._database.reading() as t:
            return guidelines.heads(t)

    def get(self, actor: Actor, number: int) -> Guideline:
        """Return one version."""
        actor.require(*Role)
        with self._database.reading() as t:
            return _required(t, number)

    def newest(self, actor: Actor) -> Guideline | None:
        """Return the newest version, or None when there is none."""
        actor.require(*Role)
        with self._database.reading() as t:
            return guidelines.get(t, guidelines.newest_number(t))

    def to_acknowledge(self, actor: Actor) -> ToAcknowledge | None:
        """Return what the reader has still to acknowledge, with the version they know; or None."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            return guidelines.to_acknowledge(t, actor.person_id)

    def acknowledge(self, actor: Actor, number: int) -> None:
        """Store for ever that the reader has read the newest version; once more changes nothing.

        Raises ConflictError when a newer one came: they have not read that.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            _required(t, number)
            newest = guidelines.newest_number(t)
            if number != newest:
                raise ConflictError(f"Version {newest} of the guidelines is newer. Read that one.")
            row = guidelines.add_acknowledgement(t, actor.person_id, number, now)
            if row is not None:
                events.append_row(t, "guideline.acknowledged", actor.person_id, row, now)

    def uses(self, actor: Actor) -> list[VersionUse]:
        """Return how each version is used, newest first."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            known = guidelines.acknowledged_by(t)
            return [
                VersionUse(
                    guideline=head,
                    acknowledged_by=known.get(head.number, 0),
                    readings=guidelines.readings_counted(t, head.number),
                )
                for head in guidelines.heads(t)
            ]

    def readings_under(
        self, actor: Actor, number: int, after: str = "", size: int = 50
    ) -> list[ReadingUnder]:
        """Return a page of the readings made under a version, newest first; 0: before the first.

        Of each reader and item the newest reading. The next page begins `after` the id of the
        last one.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            if number:
                _required(t, number)
            last = guidelines.reading(t, after) if after else None
            return guidelines.readings_under(t, number, last, size)

    def draft(self, actor: Actor) -> str | None:
        """Return the lead's own unpublished text, or None."""
        actor.require(Role.LEAD)
        with self._database.reading() as t:
            kept = preferences.get(t, actor.person_id, DRAFT)
        return kept if isinstance(kept, str) else None

    def keep_draft(self, actor: Actor, text: str) -> None:
        """Keep what the lead is writing, so that leaving the page loses nothing."""
        actor.require(Role.LEAD)
        with self._database.transaction() as t:
            preferences.put(t, actor.person_id, DRAFT, text)


def require_acknowledged(t: Transaction, person_id: str) -> None:
    """Raise UnreadGuidelineError while a person has not acknowledged the newest version."""
    newest = guidelines.newest_number(t)
    if newest > guidelines.acknowledged(t, person_id):
        raise UnreadGuidelineError(
            f"Read version {newest} of the guidelines and acknowledge it to go on."
        )


def version_in_force(t: Transaction) -> str:
    """Return how a round names the newest version."""
    return guidelines.as_stored(guidelines.newest_number(t))


def version_read(t: Transaction, person_id: str) -> str:
    """Return how a review names the newest version its reader has acknowledged."""
    return guidelines.as_stored(guidelines.acknowledged(t, person_id))


def _required(t: Transaction, number: int) -> Guideline:
    found = guidelines.get(t, number)
    if found is None:
        raise NotFoundError(f"There is no version {number} of the guidelines.")
    return found
