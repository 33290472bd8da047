"""What an adjudicator may know of items they owe an own reading of: nothing that readers said.

Every service that tells an adjudicator of readings, or of what came of them, asks here.
"""

from __future__ import annotations

from db import own_readings
from db.database import Transaction
from src.domain.errors import NotAllowedError
from src.domain.people import Actor, Role


def who_owes(actor: Actor) -> str | None:
    """Return whose own readings count; None for somebody who settles nothing."""
    return actor.person_id if Role.ADJUDICATOR in actor.roles else None


def owed(t: Transaction, actor: Actor) -> dict[str, tuple[str, int]]:
    """Return item_id -> (round, item version) of the own readings an actor still owes."""
    person_id = who_owes(actor)
    return own_readings.owed(t, person_id) if person_id is not None else {}


def owed_of(t: Transaction, actor: Actor, item_id: str) -> tuple[str, int] | None:
    """Return (round, item version) of the own reading an actor owes of an item, or None."""
    person_id = who_owes(actor)
    if person_id is None:
        return None
    return own_readings.owed(t, person_id, item_id).get(item_id)


def require_given(t: Transaction, actor: Actor, item_id: str) -> None:
    """Raise NotAllowedError while an actor owes an own reading of an item."""
    found = owed_of(t, actor, item_id)
    if found is not None:
        raise NotAllowedError(
            f"Give your own reading of {item_id!r} first, on the screen or by 'own-reading': the "
            f"round {found[0]!r} shows an adjudicator nothing of its readers before that."
        )
