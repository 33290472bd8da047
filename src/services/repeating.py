"""How far readers agree with themselves, on items they were given again without knowing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence

from pydantic import BaseModel

from db import repeats, reviews, rounds
from db.database import Database, Transaction
from src.domain.agreement import Coefficient, every_coefficient
from src.domain.errors import NotAllowedError, NotFoundError
from src.domain.interrater.ratings import MOST_CATEGORIES, ratings_of
from src.domain.people import Actor, Role
from src.domain.proportion import Proportion
from src.domain.reading_table import CLAIMS, VERDICTS, field_of
from src.domain.repeats import companion_name
from src.domain.review import CheckAnswer, Recommendation, Review
from src.domain.round import Round, RoundState
from src.domain.units import ABSENT, Unit, units_of
from src.services.settling import FLAGGED, item_in_round

PAGE = 100
FIRST, AGAIN = "1 first", "2 again"
"""The two readings of one person, as raters; in this order."""
SHOWN = ("percent_agreement", "cohen_kappa", "gwet_ac1")
ACTIONS = ("keep", "edit", "delete")
Change = tuple[str, str, str]
"""Item, reader and unit on which the second reading says something else."""
CHANGES_SHOWN = 50


class IntraRater(BaseModel, frozen=True, extra="forbid"):
    """How one field was read twice: percent agreement, Cohen's kappa and AC1."""

    field: str
    coefficients: tuple[Coefficient, ...]


class ReaderTwice(BaseModel, frozen=True, extra="forbid"):
    """How one reader agrees with themselves on the verdicts of claims."""

    person: str
    items: int
    claims: Proportion


class RepeatReport(BaseModel, frozen=True, extra="forbid"):
    """What the hidden repeats of a round come to; it is in no other statistic."""

    round: str
    share: float
    wash_out_days: int
    drawn: int
    """Readings that come, or came, back to their reader."""
    given_out: int
    sent: int
    compared: int
    """Pairs of readings: of those sent, without readers whose readings are left out."""
    fields: tuple[IntraRater, ...]
    readers: tuple[ReaderTwice, ...]
    changed: tuple[Change, ...]
    """Up to 50 units that were read otherwise the second time."""
    seed: int


class Repeating:
    """Intra-rater agreement, for the lead."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, actor: Actor, round_name: str, *, seed: int = 0) -> RepeatReport:
        """Return how far the readers of a round agree with themselves.

        Raises NotAllowedError for somebody who reads in the round while it is open: it would
        tell them which items are repeats.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            round_ = _with_repeats(t, actor, round_name)
            far = repeats.counts(t, round_name)
        found = _Twice()
        for pair in self._pairs(round_name):
            found.add(*pair)
        return RepeatReport(
            round=round_name,
            share=round_.repeats or 0.0,
            wash_out_days=round_.wash_out_days or 0,
            drawn=far.drawn,
            given_out=far.given_out,
            sent=far.sent,
            compared=found.compared,
            fields=tuple(found.by_field(seed)),
            readers=tuple(found.by_reader()),
            changed=tuple(found.changed),
            seed=seed,
        )

    def _pairs(self, round_name: str) -> Iterator[tuple[str, str, list[Unit]]]:
        """Yield item, reader and the units of the two readings of each repeat that was sent."""
        after = ("", "")
        while True:
            with self._database.reading() as t:
                page = repeats.sent_after(t, round_name, after, PAGE)
                yield from _units_of_pairs(t, round_name, page)
            if len(page) < PAGE:
                return
            after = page[-1]


def _with_repeats(t: Transaction, actor: Actor, round_name: str) -> Round:
    round_ = rounds.get(t, round_name)
    if round_ is None:
        raise NotFoundError(f"There is no round {round_name!r}.")
    if round_.repeats is None:
        raise NotFoundError(f"The round {round_name!r} has no repeats.")
    if actor.person_id in round_.persons and round_.state is RoundState.OPEN:
        raise NotAllowedError(
            f"You read in the round {round_name!r}: what comes back is told once it is closed."
        )
    return round_


def _units_of_pairs(
    t: Transaction, round_name: str, page: Sequence[tuple[str, str]]
) -> list[tuple[str, str, list[Unit]]]:
    companion = companion_name(round_name)
    keys = [(name, item_id) for name in (round_name, companion) for item_id, _ in page]
    read = reviews.counting_of(t, keys) if keys else {}
    found = []
    for item_id, person in page:
        first = _of(read.get((round_name, item_id), []), person)
        again = _of(read.get((companion, item_id), []), person)
        if first is None or again is None or first.item_version != again.item_version:
            continue
        pair = [
            first.model_copy(update={"person": FIRST}),
            again.model_copy(update={"person": AGAIN}),
        ]
        found.append((item_id, person, units_of(item_in_round(t, round_name, item_id), pair)))
    return found


def _of(readings: Sequence[Review], person: str) -> Review | None:
    return next((review for review in readings if review.person == person), None)


class _Twice:
    """What one walk over the pairs collects."""

    def __init__(self) -> None:
        self._readings: dict[str, list[tuple[Hashable, Hashable, Hashable]]] = defaultdict(list)
        self._items: dict[Hashable, Hashable] = {}
        self._claims: Counter[str] = Counter()
        self._same: Counter[str] = Counter()
        self._pairs: Counter[str] = Counter()
        self.changed: list[Change] = []
        self.compared = 0

    def add(self, item_id: str, person: str, units: Sequence[Unit]) -> None:
        """Add the two readings one person gave of one item."""
        self.compared += 1
        self._pairs[person] += 1
        for unit in units:
            if len(unit.readings) < 2:
                continue
            field, name = field_of(unit.name), (item_id, person, unit.name)
            self._items[name] = item_id
            keys = [(r.person, _value(field, r.key)) for r in unit.readings]
            self._readings[field] += [(name, rater, value) for rater, value in keys]
            if not unit.agreed and len(self.changed) < CHANGES_SHOWN:
                self.changed.append(name)
            if field == CLAIMS:
                self._claims[person] += 1
                self._same[person] += unit.agreed

    def by_field(self, seed: int) -> list[IntraRater]:
        """Return the coefficients of each field, with intervals by items."""
        return [
            IntraRater(field=field, coefficients=tuple(self._coefficients(field, readings, seed)))
            for field, readings in sorted(self._readings.items())
        ]

    def _coefficients(
        self, field: str, readings: list[tuple[Hashable, Hashable, Hashable]], seed: int
    ) -> list[Coefficient]:
        """Correct for chance only where all that could be said is declared."""
        options = _options(field)
        if options is None and len({value for _, _, value in readings}) > MOST_CATEGORIES:
            return []
        ratings = ratings_of(readings, options, self._items)
        wanted = SHOWN if options is not None else SHOWN[:1]
        found = every_coefficient(ratings, "nominal", seed=seed)
        return [coefficient for coefficient in found if coefficient.name in wanted]

    def by_reader(self) -> list[ReaderTwice]:
        """Return how each reader agrees with themselves, by their ids."""
        return [
            ReaderTwice(
                person=person,
                items=items,
                claims=Proportion(part=self._same[person], whole=self._claims[person]),
            )
            for person, items in sorted(self._pairs.items())
        ]


def _value(field: str, key: str) -> str:
    """Return what is compared: of a criterion, and of what was added, only what was done."""
    if field == "criterion":
        return next((action for action in ACTIONS if f'"{action}"' in key), key)
    if field.startswith("added"):
        return ABSENT if key == ABSENT else "added"
    return key


def _options(field: str) -> tuple[str, ...] | None:
    """Return all that can be said of a field, or None where it is any text."""
    if field == CLAIMS:
        return VERDICTS
    if field.startswith("check "):
        return tuple(answer.value for answer in CheckAnswer)
    if field == "field recommendation":
        return tuple(word.value for word in Recommendation)
    if field == "criterion":
        return ACTIONS
    if field == "leakage flag":
        return (FLAGGED, ABSENT)
    return (ABSENT, "added") if field.startswith("added") else None
