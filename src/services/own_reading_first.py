"""What somebody may know of items whose own reading is still to come: nothing that readers said.

An adjudicator of a blind round owes one; a reader may still be asked for one. Every service that
tells of readings, or of what came of them, item by item, asks here. Means over many items stay.
"""

from __future__ import annotations

from collections.abc import Sequence

from db import kept_back, own_readings, rounds
from db.database import Transaction
from db.kept_back import Hidden
from src.domain.errors import NotAllowedError
from src.domain.item import Track
from src.domain.people import Actor, Role


def who_owes(actor: Actor) -> str | None:
    """Return whose own readings count; None for somebody who settles nothing."""
    return actor.person_id if Role.ADJUDICATOR in actor.roles else None


def hidden_from(actor: Actor) -> Hidden:
    """Return as what items are kept from an actor: as a reader, as an adjudicator, or neither."""
    reader = actor.person_id if Role.REVIEWER in actor.roles else None
    return Hidden(reader=reader, adjudicator=who_owes(actor))


def kept_from(t: Transaction, actor: Actor, item_ids: Sequence[str]) -> set[str]:
    """Return of which of these items an actor must not know what review made of them."""
    return kept_back.among(t, item_ids, hidden_from(actor))


def kept_in_track(t: Transaction, actor: Actor, track: Track) -> set[str]:
    """Return of which items of a track an actor must not know what review made of them."""
    return kept_back.in_track(t, track, hidden_from(actor))


def owed(t: Transaction, actor: Actor) -> dict[str, tuple[str, int]]:
    """Return item_id -> (round, item version) of the own readings an adjudicator still owes."""
    person_id = who_owes(actor)
    return own_readings.owed(t, person_id) if person_id is not None else {}


def owed_of(t: Transaction, actor: Actor, item_id: str) -> tuple[str, int] | None:
    """Return (round, item version) of the own reading an adjudicator owes of an item, or None."""
    person_id = who_owes(actor)
    if person_id is None:
        return None
    return own_readings.owed(t, person_id, item_id).get(item_id)


def shown_as(t: Transaction, actor: Actor, item_id: str) -> tuple[str, int] | None:
    """Return (round, item version) as which an item is shown before the own reading, or None.

    None too where no round counts that asks it, as with a planted error: nobody's reading came
    to anything then.
    """
    found = owed_of(t, actor, item_id)
    if found is not None or not kept_from(t, actor, [item_id]):
        return found
    asking = rounds.rounds_asking(t, item_id)
    if not asking:
        return None
    name, version, *_ = next((one for one in asking if one[3] > 0), asking[0])
    return name, version


def require_given(t: Transaction, actor: Actor, item_id: str) -> None:
    """Raise NotAllowedError while an adjudicator owes an own reading of an item."""
    found = owed_of(t, actor, item_id)
    if found is not None:
        raise NotAllowedError(
            f"Give your own reading of {item_id!r} first, on the screen or by 'own-reading': the "
            f"round {found[0]!r} shows an adjudicator nothing of its readers before that."
        )


def require_told(t: Transaction, actor: Actor, item_id: str) -> None:
    """Raise NotAllowedError while an own reading of an item is owed or may still be asked for."""
    require_given(t, actor, item_id)
    if kept_from(t, actor, [item_id]):
        raise NotAllowedError(
            f"You may still be asked to read {item_id!r}: what review made of it, and what that "
            "does to scores, is shown once you have sent your reading."
        )
