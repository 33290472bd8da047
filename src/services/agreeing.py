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
CLAIMS = "claim verdict"
VERDICTS = (*(verdict.value for verdict in Verdict), REMOVED)
"""All that can be said of a claim, whether or not somebody says it."""


class FieldAgreement(BaseModel, frozen=True, extra="forbid"):
    """The agreement of one kind of unit: claims, criteria, flags, a check, a field."""

    field: str
    coefficients: tuple[Coefficient, ...]
    disagreeing: tuple[tuple[str, str, str], ...]
    """(round, item_id, unit) of up to 50 units on which readers differ."""


class Agreeing:
    """Agreement between independent readings, before any adjudication."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_field(self, actor: Actor, round_name: str | None = None) -> list[FieldAgreement]:
        """Return the agreement of each field over the items everybody has read.

        Only readings before any exposure count; items somebody still has to read are left out.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        values: dict[str, list[list[str]]] = defaultdict(list)
        differing: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for name, item_id, unit in self._units(round_name):
            field = field_of(unit.name)
            values[field].append([reading.key for reading in unit.readings])
            if not unit.agreed and len(differing[field]) < 50:
                differing[field].append((name, item_id, unit.name))
        return [
            FieldAgreement(
                field=field,
                coefficients=(percent_agreement(values[field]), krippendorff_alpha(values[field])),
                disagreeing=tuple(differing[field]),
            )
            for field in sorted(values)
        ]

    def overall(
        self, actor: Actor, round_name: str | None = None, *, seed: int = 0
    ) -> list[Coefficient]:
        """Return every coefficient over the verdicts on claims, with intervals by items.

        A claim taken out is a verdict of its own, and so is "cannot judge".
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        readings: list[tuple[Hashable, Hashable, Hashable]] = []
        items: dict[Hashable, Hashable] = {}
        for name, item_id, unit in self._units(round_name):
            if field_of(unit.name) == CLAIMS:
                claim = (name, item_id, unit.name)
                items[claim] = item_id
                readings += [(claim, reading.person, reading.key) for reading in unit.readings]
        ratings = ratings_of(readings, VERDICTS, items)
        return every_coefficient(ratings, "nominal", seed=seed)

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
