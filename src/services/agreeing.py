"""How far the readers of a round agree, by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator

from pydantic import BaseModel

from db import rounds
from db.database import Database
from src.domain.agreement import (
    Coefficient,
    every_coefficient,
    krippendorff_alpha,
    percent_agreement,
)
from src.domain.interrater.ratings import ratings_of
from src.domain.people import Actor, Role
from src.domain.review import Verdict
from src.domain.units import REMOVED, Unit
from src.services.settling import settle_item

PAGE = 200
SHOWN = 50
"""Units of a field on which readers differ that are named."""
CLAIMS = "claim verdict"
VERDICTS = (*(verdict.value for verdict in Verdict), REMOVED)
"""All that can be said of a claim, whether or not somebody says it."""


class FieldAgreement(BaseModel, frozen=True, extra="forbid"):
    """The agreement of one kind of unit: claims, criteria, flags, a check, a field."""

    field: str
    coefficients: tuple[Coefficient, ...]
    disagreeing: tuple[tuple[str, str, str], ...]
    """(round, item_id, unit) of up to 50 units on which readers differ."""


class AgreementReport(BaseModel, frozen=True, extra="forbid"):
    """How far readers agree: on each field, and in every way on the verdicts on claims."""

    fields: tuple[FieldAgreement, ...]
    verdicts: tuple[Coefficient, ...]


class _Readings:
    """What one walk over the items that are read collects."""

    def __init__(self) -> None:
        self._values: dict[str, list[list[str]]] = defaultdict(list)
        self._differing: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        self._verdicts: list[tuple[Hashable, Hashable, Hashable]] = []
        self._items: dict[Hashable, Hashable] = {}

    def add(self, round_name: str, item_id: str, unit: Unit) -> None:
        """Add what was read of one unit."""
        field, claim = field_of(unit.name), (round_name, item_id, unit.name)
        self._values[field].append([reading.key for reading in unit.readings])
        if not unit.agreed and len(self._differing[field]) < SHOWN:
            self._differing[field].append(claim)
        if field == CLAIMS:
            self._items[claim] = item_id
            self._verdicts += [(claim, reading.person, reading.key) for reading in unit.readings]

    def by_field(self) -> list[FieldAgreement]:
        """Return the agreement of each field."""
        return [
            FieldAgreement(
                field=field,
                coefficients=(percent_agreement(values), krippendorff_alpha(values)),
                disagreeing=tuple(self._differing[field]),
            )
            for field, values in sorted(self._values.items())
        ]

    def verdicts(self, seed: int) -> list[Coefficient]:
        """Return every coefficient over the verdicts on claims, with intervals by items.

        A claim taken out is a verdict of its own, and so is "cannot judge".
        """
        ratings = ratings_of(self._verdicts, VERDICTS, self._items)
        return every_coefficient(ratings, "nominal", seed=seed)


class Agreeing:
    """Agreement between independent readings, before any adjudication."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_field(self, actor: Actor, round_name: str | None = None) -> list[FieldAgreement]:
        """Return the agreement of each field over the items everybody has read.

        Only readings before any exposure count; items somebody still has to read are left out.
        """
        return self._readings(actor, round_name).by_field()

    def report(
        self, actor: Actor, round_name: str | None = None, *, seed: int = 0
    ) -> AgreementReport:
        """Return the agreement of each field, and every coefficient over the verdicts on claims."""
        found = self._readings(actor, round_name)
        return AgreementReport(fields=tuple(found.by_field()), verdicts=tuple(found.verdicts(seed)))

    def _readings(self, actor: Actor, round_name: str | None) -> _Readings:
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        found = _Readings()
        for name, item_id, unit in self._units(round_name):
            found.add(name, item_id, unit)
        return found

    def _units(self, round_name: str | None) -> Iterator[tuple[str, str, Unit]]:
        after = ("", "")
        while True:
            with self._database.reading() as t:
                page = rounds.items_fully_read(t, round_name, after, PAGE)
                found = [(name, i, settle_item(t, name, i).units) for name, i, *_ in page]
            for name, item_id, units in found:
                for unit in units:
                    yield name, item_id, unit
            if len(page) < PAGE:
                return
            after = (page[-1][0], page[-1][1])


def field_of(unit: str) -> str:
    """Return the field a unit belongs to, as statistics name it."""
    kind, _, name = unit.partition(":")
    if kind == "claim":
        return "added claim" if name.startswith("+") else CLAIMS
    if kind == "criterion":
        return "added criterion" if name.startswith("+") else "criterion"
    if kind == "flag":
        return "leakage flag"
    return f"{kind} {name.partition(':')[0].replace('_', ' ')}"
