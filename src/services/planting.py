"""Planted errors: proposed before a round opens, and how many of them were found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice

from pydantic import BaseModel

from db import items, people, plants, reviews, rounds
from db.database import Database, Transaction
from src.domain.canonical import digest
from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.item import Item
from src.domain.people import Actor, Role
from src.domain.planting import (
    LARGEST_SHARE,
    Overlay,
    Plant,
    StoredPlant,
    checked,
    detected,
    false_alarms,
    overlay_of,
    proposal,
)
from src.domain.proportion import Proportion
from src.domain.round import Round, RoundItem, RoundKind, RoundState

Clock = Callable[[], datetime]
SAW_PLANT = "planted error"
COMPARED = 200
"""About so many items without an error are compared with those that hold one."""
CHUNK = 500
LOOKED_AT, SOURCES = 400, 40
"""Items that are read to propose errors, and those of them whose answers may stand for others."""


class Found(BaseModel, frozen=True, extra="forbid"):
    """One planted error, and how many of those who read it found it."""

    plant: Plant
    found: Proportion


class ReaderFound(BaseModel, frozen=True, extra="forbid"):
    """How many of the planted errors one reader found."""

    person: str
    found: Proportion
    untouched: Proportion
    """How many claims they called wrong of those shown as they are."""


class DetectionReport(BaseModel, frozen=True, extra="forbid"):
    """How many planted errors of a round were found, by error and by reader."""

    round: str
    errors: tuple[Found, ...]
    readers: tuple[ReaderFound, ...]
    all: Proportion
    untouched: Proportion
    """Claims shown as they are that were called wrong: what finding is to be held against."""
    compared: int
    """Items without an error of which the untouched claims are, besides the planted items."""


class Told(BaseModel, frozen=True, extra="forbid"):
    """What a reader is told of one planted error they read, once the round is closed."""

    plant: Plant
    found: bool


class Planting:
    """What the lead learns of planted errors, and the readers afterwards."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def report(self, actor: Actor, round_name: str) -> DetectionReport:
        """Return how many errors were found; who reads in the round must wait for its end."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            round_ = _with_plants(t, round_name)
            if actor.person_id in round_.persons and round_.state is RoundState.OPEN:
                raise NotAllowedError(
                    f"You read in the round {round_name!r}: what was planted is told once it is "
                    "closed."
                )
            found = plants.of_round(t, round_name)
            read = _read_all(t, found)
            compared, alarms = _untouched(t, round_, found)
        every = [pair for pairs in read.values() for pair in pairs]
        persons = sorted({person for person, _ in every})
        return DetectionReport(
            round=round_name,
            errors=tuple(
                Found(plant=one.plant, found=_share(said for _, said in read[one.plant.item_id]))
                for one in found
            ),
            readers=tuple(
                ReaderFound(
                    person=who,
                    found=_share(said for person, said in every if person == who),
                    untouched=_sum(alarm for person, alarm in alarms if person == who),
                )
                for who in persons
            ),
            all=_share(said for _, said in every),
            untouched=_sum(alarm for _, alarm in alarms),
            compared=compared,
        )

    def debrief(self, actor: Actor, round_name: str) -> list[Told]:
        """Tell a reader which items of a closed round held a planted error, and which they found.

        From then on they have seen the right words of these items, so they read none of them in
        another round. Raises NotFoundError while the round is open, in the same words as where
        nothing was planted.
        """
        actor.require(Role.REVIEWER)
        now = self._clock()
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            round_ = rounds.get(t, round_name)
            took_part = round_ is not None and actor.person_id in (*round_.persons, *round_.left)
            if round_ is None or not took_part or not _is_told(round_):
                raise NotFoundError(f"There is nothing to tell of the round {round_name!r}.")
            told = []
            planted = plants.of_round(t, round_name)
            read = _read_all(t, planted)
            for one in planted:
                item_id = one.plant.item_id
                said = dict(read[item_id])
                if actor.person_id in said:
                    told.append(Told(plant=one.plant, found=said[actor.person_id]))
                    if not people.has_seen(t, actor.person_id, item_id, SAW_PLANT):
                        people.expose(t, actor.person_id, item_id, SAW_PLANT, now)
            return told

    def to_be_told(self, actor: Actor) -> list[str]:
        """Return the closed rounds with planted errors in which the actor read, newest first."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            return [
                round_.name
                for round_ in rounds.all_of(t)
                if actor.person_id in (*round_.persons, *round_.left) and _is_told(round_)
            ]


def _is_told(round_: Round) -> bool:
    return round_.planted_errors is not None and round_.state is RoundState.CLOSED


def _with_plants(t: Transaction, round_name: str) -> Round:
    round_ = rounds.get(t, round_name)
    if round_ is None or round_.planted_errors is None:
        raise NotFoundError(f"There is no round {round_name!r} with planted errors.")
    return round_


def _read_all(t: Transaction, planted: Sequence[StoredPlant]) -> dict[str, list[tuple[str, bool]]]:
    """Return by item who read its error before they were told of it, and whether they found it."""
    read: dict[str, list[tuple[str, bool]]] = {}
    for start in range(0, len(planted), CHUNK):
        some = planted[start : start + CHUNK]
        readings = reviews.counting_of(t, [(one.round, one.plant.item_id) for one in some])
        for one in some:
            read[one.plant.item_id] = [
                (review.person, detected(one, review))
                for review in readings.get((one.round, one.plant.item_id), [])
                if not review.after_exposure
            ]
    return read


def _untouched(
    t: Transaction, round_: Round, planted: Sequence[StoredPlant]
) -> tuple[int, list[tuple[str, Proportion]]]:
    """Return how many items are compared, and by reading how many untouched claims it calls wrong.

    They are the other claims of the planted items, and those of items without an error, which
    are taken evenly from the whole reading order: a round of any size costs the same.
    """
    few = planted[:: _step(len(planted))]
    without = {one.plant.item_id: one.plant.claim_id for one in few}
    compared = rounds.spread(t, round_.name, _step(round_.items))
    asked = [*compared, *rounds.versions(t, round_.name, list(without))]
    known = items.get_many(t, asked)
    read = reviews.counting_of(t, [(round_.name, item_id) for item_id, _ in asked])
    alarms = [
        (review.person, false_alarms(known[item_id], review, without.get(item_id, "")))
        for (_, item_id), readings in read.items()
        for review in readings
        if not review.after_exposure
    ]
    return len({item_id for item_id, _ in compared} & {item_id for _, item_id in read}), alarms


def _step(many: int) -> int:
    """Return that each so-manieth of a row is at most COMPARED of them."""
    return max(1, -(-many // COMPARED))


def _sum(parts: Iterable[Proportion]) -> Proportion:
    known = list(parts)
    return Proportion(part=sum(p.part for p in known), whole=sum(p.whole for p in known))


def _share(said: Iterable[bool]) -> Proportion:
    known = list(said)
    return Proportion(part=sum(known), whole=len(known))


def proposed(
    t: Transaction, drawn: Sequence[RoundItem], persons: Sequence[str], share: float, seed: int
) -> list[Plant]:
    """Return errors for a share of a round's items, chosen by its seed; at least one.

    Items that one of the readers has read, or been shown something of, come only after all
    others: an error says nothing where its reader knows the right words. Those in which nothing
    can be made wrong are passed over for the next ones; an answer is put into one other item.
    """
    if not 0 < share <= LARGEST_SHARE:
        raise BadInputError(
            f"The share of planted errors {share:g} is not above 0 and at most {LARGEST_SHARE:g}."
        )
    most = int(LARGEST_SHARE * len(drawn))
    if most == 0:
        raise BadInputError(
            f"{len(drawn)} items are too few to plant an error in: at most {LARGEST_SHARE:g} of "
            "a round's items hold one."
        )
    wanted = min(max(1, round(share * len(drawn))), most)
    known = reviews.known_to(t, persons)

    def place(one: RoundItem) -> tuple[bool, str]:
        item_id = one.candidate.item_id
        return item_id in known, digest([seed, "planted", item_id])

    ordered = sorted(drawn, key=place)
    looked_at = _items(t, ordered[: max(LOOKED_AT, 3 * wanted)])
    found: list[Plant] = []
    given: set[str] = set()
    for item in looked_at:
        sources = islice((one for one in reversed(looked_at) if one.item_id not in given), SOURCES)
        plant = proposal(item, list(sources), seed)
        if plant is not None:
            found.append(plant)
            given.add(plant.source)
        if len(found) == wanted:
            return found
    raise BadInputError(
        f"Only {len(found)} of {wanted} errors can be made in these items. Ask for fewer, or give "
        "a file of your own."
    )


def prepared(
    t: Transaction, round_name: str, drawn: Sequence[RoundItem], given: Sequence[Plant]
) -> list[StoredPlant]:
    """Return the errors of a round with all that is shown beside them; refuse those that misfit."""
    wanted = {plant.item_id for plant in given}
    known = {
        item.item_id: item
        for item in _items(t, [one for one in drawn if one.candidate.item_id in wanted])
    }
    return [
        StoredPlant(round=round_name, plant=plant, overlay=_overlay(t, known[plant.item_id], plant))
        for plant in checked(given, known, len(drawn))
    ]


def _overlay(t: Transaction, item: Item, plant: Plant) -> Overlay:
    source = items.get(t, plant.source) if plant.source else None
    return overlay_of(item, plant, source)


def _items(t: Transaction, drawn: Sequence[RoundItem]) -> list[Item]:
    keys = [(one.candidate.item_id, one.candidate.item_version) for one in drawn]
    found = items.get_many(t, keys)
    return [found[item_id] for item_id, _ in keys]


def check_plan(
    kind: RoundKind, given: Sequence[Plant], actor: Actor, persons: Sequence[str]
) -> None:
    """Refuse planted errors in practice, and by somebody who would read them."""
    if not given:
        return
    if kind is not RoundKind.READING:
        raise BadInputError("Only a reading round has planted errors.")
    if actor.person_id in persons:
        raise BadInputError(
            "Who approves planted errors cannot read in the round. Let somebody else open it."
        )
