"""Who belongs to the study, in which roles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from db import events, people
from db.database import Database, Transaction
from src.domain.errors import ConflictError, NotAllowedError, NotFoundError
from src.domain.people import Actor, Person, Role

Clock = Callable[[], datetime]


class People:
    """The study's people. Everybody signed in may see who there is; an admin changes it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, actor: Actor, person: Person) -> Person:
        """Store a person, new or changed, with their roles."""
        with self._database.transaction() as t:
            return self._store(t, actor, person)

    def set_roles(self, actor: Actor, person_id: str, roles: Iterable[Role]) -> Person:
        """Give a person exactly these roles."""
        return self._change(actor, person_id, {"roles": frozenset(roles)})

    def set_active(self, actor: Actor, person_id: str, active: bool) -> Person:
        """Let a person in, or keep them out from their next act on."""
        return self._change(actor, person_id, {"active": active})

    def all_of(self, actor: Actor) -> list[Person]:
        """Return everybody."""
        with self._database.reading() as t:
            return people.all_of(t)

    def active(self, person_id: str) -> Person | None:
        """Return the person of this id if they are active, or None."""
        with self._database.reading() as t:
            person = people.get(t, person_id)
        return person if person is not None and person.active else None

    def actor(self, person_id: str) -> Actor:
        """Return somebody as an actor, with the roles they hold now.

        Raises NotAllowedError when there is no such person or they are no longer active.
        """
        person = self.active(person_id)
        if person is None:
            raise NotAllowedError(f"{person_id!r} is not an active member of this study.")
        return Actor(person_id=person.person_id, roles=person.roles)

    def by_identity(self, issuer: str, subject: str) -> Person | None:
        """Return the active person with this sign-in, or None."""
        with self._database.reading() as t:
            person = people.by_identity(t, issuer, subject)
        return person if person is not None and person.active else None

    def is_active(self, person_id: str) -> bool:
        """Return True when there is such a person and they may act."""
        return self.active(person_id) is not None

    def _change(self, actor: Actor, person_id: str, changes: Mapping[str, object]) -> Person:
        with self._database.transaction() as t:
            known = people.get(t, person_id)
            if known is None:
                raise NotFoundError(f"There is no person {person_id!r}.")
            return self._store(t, actor, known.model_copy(update=dict(changes)))

    def _store(self, t: Transaction, actor: Actor, person: Person) -> Person:
        """Store a person; only an admin makes, changes or unmakes an admin."""
        actor.require(Role.ADMIN, Role.LEAD)
        known = people.get(t, person.person_id)
        if Role.ADMIN in person.roles or (known is not None and Role.ADMIN in known.roles):
            actor.require(Role.ADMIN)
        other = people.by_identity(t, person.issuer, person.subject) if person.subject else None
        if other is not None and other.person_id != person.person_id:
            raise ConflictError(f"This sign-in belongs to {other.person_id!r} already.")
        row = people.put(t, person)
        events.append_row(t, "person.stored", actor.person_id, row, self._clock())
        return person
