"""How the items of the study go from import to gold, and which stand where."""

from __future__ import annotations

from collections.abc import Sequence

from db import flow, rounds
from db.database import Database, Transaction
from src.domain.flow import FlowCounts, Images, Place, Readings, counted_places
from src.domain.licence import Terms, licence_of
from src.domain.people import Actor, Role
from src.services import own_reading_first, recounting

RESTRICTED = (Terms.NON_COMMERCIAL, Terms.UNCHANGED, Terms.UNCHANGED_NON_COMMERCIAL)


class Flowing:
    """Counts that the database adds up; no item is opened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, actor: Actor) -> FlowCounts:
        """Return how many items stand in each place; they add up to all that are imported.

        To somebody who reads in an open round with planted errors, planted items are items that
        wait for a reader: the numbers tell them nothing.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        recounting.finish(self._database, recounting.AWHILE)
        with self._database.reading() as t:
            found = counted_places(flow.places(t))
            read = Readings.model_validate(flow.readings(t))
            if _is_kept_from(t, actor):
                found[Place.WAITING] += found[Place.PLANTED]
                found[Place.PLANTED] = 0
                counted = read.counted + read.planted + read.repeats
                kept = {"counted": counted, "planted": 0, "repeats": 0}
                read = read.model_copy(update=kept)
            return FlowCounts(
                places=found,
                release=flow.newest_release(t),
                adjudicated=flow.adjudicated(t),
                readings=read,
                images=_images(flow.gold_licences(t)),
            )

    def items(self, actor: Actor, place: Place, *, after: str = "", size: int = 50) -> list[str]:
        """Return a page of the items in a place, in the order of their ids.

        Those an adjudicator owes an own reading of are not told of.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            wanted: tuple[Place, ...] = (place,)
            if _is_kept_from(t, actor):
                if place is Place.PLANTED:
                    return []
                if place is Place.WAITING:
                    wanted = (Place.WAITING, Place.PLANTED)
            owed = own_reading_first.owed(t, actor)
            page = flow.items_in(t, wanted, after, size + len(owed))
            return [item_id for item_id, _ in page if item_id not in owed][:size]


def _is_kept_from(t: Transaction, actor: Actor) -> bool:
    """Tell whether an actor reads in an open round that has checks of its readers."""
    return any(
        round_.planted_errors is not None or round_.repeats is not None
        for round_ in rounds.open_rounds_of(t, actor.person_id)
    )


def _images(licences: Sequence[tuple[str | None, int, int]]) -> Images:
    found = Images()
    for text, items, images in licences:
        terms = licence_of(text).terms
        name = "restricted" if terms in RESTRICTED else terms.value
        changed = {name: getattr(found, name) + images}
        if terms is Terms.FORBIDDEN:
            changed["items_forbidden"] = found.items_forbidden + items
        found = found.model_copy(update=changed)
    return found
