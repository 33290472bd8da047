"""The way of all items from import to gold: each in exactly one place, so that it adds up."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel


class Place(StrEnum):
    """Where an item stands now. The first that is true of it, in this order, is its place."""

    GOLD = "gold"
    REJECTED = "rejected"
    LEAK = "leak"
    DISPUTED = "disputed"
    OLDER_VERSION = "older_version"
    SETTLED = "settled"
    WAITING = "waiting"
    STOPPED = "stopped"
    ROUND_CLOSED = "round_closed"
    TAKEN_OUT = "taken_out"
    PLANTED = "planted"
    NOT_ASKED = "not_asked"


WORDS: dict[Place, str] = {
    Place.GOLD: "Gold of the newest release",
    Place.REJECTED: "Rejected in review",
    Place.LEAK: "Confirmed leak, not resolved",
    Place.DISPUTED: "Disputed, not settled yet",
    Place.OLDER_VERSION: "Read in a version that is no longer the newest",
    Place.SETTLED: "Settled, in no release yet",
    Place.WAITING: "Waiting for a reader",
    Place.STOPPED: "Stopped: asked as they were before masks",
    Place.ROUND_CLOSED: "Their round was closed before all readings were in",
    Place.TAKEN_OUT: "Taken out of their round",
    Place.PLANTED: "Shown with a planted error",
    Place.NOT_ASKED: "In no round",
}
READ = (
    Place.GOLD,
    Place.REJECTED,
    Place.LEAK,
    Place.DISPUTED,
    Place.OLDER_VERSION,
    Place.SETTLED,
)
NOT_READ = (Place.WAITING, Place.STOPPED, Place.ROUND_CLOSED)
NOT_ASKED = (Place.TAKEN_OUT, Place.PLANTED, Place.NOT_ASKED)
NOT_GOLD = READ[1:]


class Readings(BaseModel, frozen=True, extra="forbid"):
    """First submissions: those that can count, and why the others do not."""

    counted: int = 0
    left_out: int = 0
    """Of readers who left a round and whose readings were left out."""
    taken_out: int = 0
    """Of items that were taken out of their round."""
    practice: int = 0
    repeats: int = 0
    """Given by a reader on an item they had read before."""
    planted: int = 0
    """Of items shown with a planted error."""

    @property
    def sent(self) -> int:
        """All of them."""
        return sum(getattr(self, name) for name in type(self).model_fields)


class Images(BaseModel, frozen=True, extra="forbid"):
    """Images of gold, by what their licences say of passing them on."""

    free: int = 0
    restricted: int = 0
    """Passed on only unchanged, or for no commercial purpose."""
    unknown: int = 0
    forbidden: int = 0
    """In no export that leaves the study."""
    items_forbidden: int = 0
    """Items of gold whose images no export passes on."""


class FlowCounts(BaseModel, frozen=True, extra="forbid"):
    """How many items stand where."""

    places: dict[Place, int]
    release: int | None
    """The newest release; None before there is one."""
    adjudicated: int
    """Items on which an adjudicator ruled at least once."""
    readings: Readings
    images: Images

    def number(self, *places: Place) -> int:
        """Return how many items stand in any of these places."""
        return sum(self.places.get(place, 0) for place in places)

    @property
    def imported(self) -> int:
        """All items."""
        return self.number(*Place)

    @property
    def asked(self) -> int:
        """Items that a round asked its readers for, as they are."""
        return self.read + self.number(*NOT_READ)

    @property
    def read(self) -> int:
        """Items that have all readings a round asked for."""
        return self.number(*READ)

    @property
    def gold(self) -> int:
        """Items that are gold."""
        return self.number(Place.GOLD)

    def rows(self) -> list[tuple[str, str, int]]:
        """Return stage, what, number: each stage followed by what it loses to the next."""
        found = [("Imported", "All items", self.imported)]
        found += self._losses("Imported", NOT_ASKED)
        found.append(("Asked", "Asked in a reading round", self.asked))
        found += self._losses("Asked", NOT_READ)
        found.append(("Read", "Read by all readers asked", self.read))
        found += self._losses("Read", NOT_GOLD)
        found.append(("Gold", WORDS[Place.GOLD], self.gold))
        return found

    def _losses(self, stage: str, places: tuple[Place, ...]) -> list[tuple[str, str, int]]:
        return [(f"{stage}, not further", WORDS[place], self.number(place)) for place in places]


def counted_places(found: Mapping[str, int]) -> dict[Place, int]:
    """Return how many items stand in each place, in the order of the places, also where none."""
    return {place: found.get(place.value, 0) for place in Place}
