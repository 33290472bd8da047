"""People, their roles, conflicts and what they have been shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import select

from db.database import Transaction
from db.models import ConflictRow, ExposureRow, PersonRow
from src.domain.errors import NotAllowedError
from src.domain.people import Actor, Person, Role

SAW_SCORES: Final = "scores"
"""What is written of somebody who looked at what an item, or an edit of it, does to scores."""


def get(t: Transaction, person_id: str) -> Person | None:
    """Return a person, or None."""
    row = t.get(PersonRow, person_id)
    return _person(row) if row is not None else None


def require_now(t: Transaction, actor: Actor, *roles: Role) -> None:
    """Raise NotAllowedError unless the actor is active and holds one of the roles at this moment.

    A window can be older than the day its reader was disabled or lost a role.
    """
    person = get(t, actor.person_id)
    if person is None or not person.active:
        raise NotAllowedError(f"{actor.person_id!r} is not an active member of this study.")
    Actor(person_id=person.person_id, roles=person.roles).require(*roles)


def all_of(t: Transaction) -> list[Person]:
    """Return everybody, in the order of their ids."""
    rows = t.execute(select(*_COLUMNS).order_by(PersonRow.person_id))
    return [_known(*values, roles=tuple(roles)) for *values, roles in rows]


def by_identity(t: Transaction, issuer: str, subject: str) -> Person | None:
    """Return the person with this sign-in, or None; an e-mail address is no identity."""
    row = t.scalar(
        select(PersonRow).where(PersonRow.issuer == issuer, PersonRow.subject == subject)
    )
    return _person(row) if row is not None else None


def put(t: Transaction, person: Person) -> PersonRow:
    """Store a person, new or changed, and return the row."""
    row = t.get(PersonRow, person.person_id)
    values = {
        **person.model_dump(exclude={"roles"}),
        "roles": sorted(role.value for role in person.roles),
    }
    if row is None:
        row = PersonRow(**values, sessions_valid_from=None)
        t.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    t.flush()
    return row


def names(t: Transaction, person_ids: Sequence[str]) -> dict[str, str]:
    """Return person_id -> display name."""
    query = select(PersonRow.person_id, PersonRow.display_name).where(
        PersonRow.person_id.in_(person_ids)
    )
    return {row.person_id: row.display_name for row in t.execute(query)}


def expose(t: Transaction, person_id: str, item_id: str, what: str, at: datetime) -> None:
    """Remember that a person has seen readings of an item; a second time changes nothing."""
    if t.get(ExposureRow, (person_id, item_id, what)) is None:
        t.add(ExposureRow(person=person_id, item_id=item_id, what=what, at=at))
        t.flush()


def is_exposed(t: Transaction, person_id: str, item_id: str) -> bool:
    """Return True when a person has seen readings of an item."""
    query = select(ExposureRow.item_id).where(
        ExposureRow.person == person_id, ExposureRow.item_id == item_id
    )
    return t.scalar(query.limit(1)) is not None


def has_seen(t: Transaction, person_id: str, item_id: str, what: str) -> bool:
    """Return True when a person has seen just this of an item."""
    return t.get(ExposureRow, (person_id, item_id, what)) is not None


def add_conflict(t: Transaction, person_id: str, case_id: str, kind: str) -> None:
    """Remember a person's conflict of interest with a case."""
    if t.get(ConflictRow, (person_id, case_id)) is None:
        t.add(ConflictRow(person=person_id, case_id=case_id, kind=kind))
        t.flush()


_COLUMNS = (
    PersonRow.person_id,
    PersonRow.display_name,
    PersonRow.specialty,
    PersonRow.years,
    PersonRow.active,
    PersonRow.issuer,
    PersonRow.subject,
    PersonRow.roles,
)


def _person(row: PersonRow) -> Person:
    *values, roles = (getattr(row, column.key) for column in _COLUMNS)
    return _known(*values, roles=tuple(roles))


@lru_cache(maxsize=1_000)
def _known(
    person_id: str,
    display_name: str,
    specialty: str,
    years: int | None,
    active: bool,
    issuer: str,
    subject: str,
    *,
    roles: tuple[str, ...],
) -> Person:
    """Return a person as stored; the same values are parsed once, for every page asks for all."""
    return Person(
        person_id=person_id,
        display_name=display_name,
        specialty=specialty,
        years=years,
        roles=frozenset(Role(role) for role in roles),
        active=active,
        issuer=issuer,
        subject=subject,
    )


def adjudicators(t: Transaction) -> set[str]:
    """Return everybody who holds the role of adjudicator."""
    rows = t.execute(select(PersonRow.person_id, PersonRow.roles))
    return {person_id for person_id, roles in rows if Role.ADJUDICATOR.value in roles}
