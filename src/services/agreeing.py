"""How far the readers of a round agree, by field."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from typing import get_args

from pydantic import BaseModel

from db.database import Database
from src.domain.agreement import (
    Coefficient,
    every_coefficient,
    krippendorff_alpha,
    percent_agreement,
)
from src.domain.gold import Method
from src.domain.interrater.ratings import ratings_of
from src.domain.outcome import OPEN, RULED_EARLIER, UnitOutcome
from src.domain.people import Actor, Role
from src.domain.proportion import Proportion
from src.domain.review import Verdict
from src.domain.routing import AUDIT, RouteReason
from src.domain.units import REMOVED
from src.services import outcomes, own_reading_first
from src.services.outcomes import ReadItem

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


class AuditReport(BaseModel, frozen=True, extra="forbid"):
    """What adjudicators found in items that the readers had settled among themselves."""

    drawn: int
    waiting: int
    items: Proportion
    """Items in which something was settled otherwise, of all that were looked at."""
    units: Proportion
    """Units of the same; units of one item go together, so its interval is too narrow."""


class Settled(BaseModel, frozen=True, extra="forbid"):
    """How units came to their value, and why some went to an adjudicator."""

    methods: dict[str, int]
    """single, unanimous, majority, adjudicated, ruled_earlier, open -> units."""
    reasons: dict[RouteReason, int]
    """Units that went to an adjudicator, settled by now or not; one can go for several."""
    audit: AuditReport


class Overview(BaseModel, frozen=True, extra="forbid"):
    """How far readers agree on each field, and how the units were settled."""

    fields: tuple[FieldAgreement, ...]
    settled: Settled


class AgreementReport(Overview, frozen=True, extra="forbid"):
    """The same, and every coefficient over the verdicts on claims."""

    verdicts: tuple[Coefficient, ...]


class _Readings:
    """What one walk over the items that are read collects."""

    def __init__(self) -> None:
        self._values: dict[str, list[list[str]]] = defaultdict(list)
        self._differing: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        self._verdicts: list[tuple[Hashable, Hashable, Hashable]] = []
        self._items: dict[Hashable, Hashable] = {}
        self._methods: Counter[str] = Counter()
        self._reasons: Counter[RouteReason] = Counter()
        self._audits: Counter[str] = Counter()

    def add(self, found: ReadItem) -> None:
        """Add what was read of one item, and what it comes to."""
        outcome = found.outcome
        for unit in outcome.units:
            self._methods[unit.how] += 1
            if unit.keys:
                self._add_unit(found, unit)
            if unit.name != AUDIT:
                self._reasons.update(map(RouteReason, unit.reasons))
        if outcome.audit:
            self._audits[outcome.audit] += 1
            self._reasons[RouteReason.AUDIT] += 1
        if outcome.audit in ("confirmed", "changed"):
            self._audits["units"] += len(list(outcome.read_units))
            self._audits["units changed"] += outcome.audit_changes

    def _add_unit(self, found: ReadItem, unit: UnitOutcome) -> None:
        field, claim = field_of(unit.name), (found.round, found.item_id, unit.name)
        self._values[field].append(unit.said)
        if unit.differs and len(self._differing[field]) < SHOWN:
            self._differing[field].append(claim)
        if field == CLAIMS:
            self._items[claim] = found.item_id
            said = zip(found.outcome.readers, unit.keys, strict=True)
            self._verdicts += [(claim, reader, key) for reader, key in said if key is not None]

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

    def settled(self) -> Settled:
        """Return how the units were settled, and what the audit found."""
        found = self._audits
        looked_at = found["confirmed"] + found["changed"]
        audit = AuditReport(
            drawn=looked_at + found["waiting"],
            waiting=found["waiting"],
            items=Proportion(part=found["changed"], whole=looked_at),
            units=Proportion(part=found["units changed"], whole=found["units"]),
        )
        methods = {name: self._methods[name] for name in (*get_args(Method), RULED_EARLIER, OPEN)}
        reasons = {reason: n for reason in RouteReason if (n := self._reasons[reason])}
        return Settled(
            methods={name: n for name, n in methods.items() if n}, reasons=reasons, audit=audit
        )

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

    def overview(self, actor: Actor, round_name: str | None = None) -> Overview:
        """Return the agreement of each field, and how units were settled, in one walk."""
        found = self._readings(actor, round_name)
        return Overview(fields=tuple(found.by_field()), settled=found.settled())

    def report(
        self, actor: Actor, round_name: str | None = None, *, seed: int = 0
    ) -> AgreementReport:
        """Return the overview, and every coefficient over the verdicts on claims."""
        found = self._readings(actor, round_name)
        return AgreementReport(
            fields=tuple(found.by_field()),
            settled=found.settled(),
            verdicts=tuple(found.verdicts(seed)),
        )

    def _readings(self, actor: Actor, round_name: str | None) -> _Readings:
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        outcomes.bring_up(self._database)
        found = _Readings()
        with self._database.reading() as t:
            owed = own_reading_first.owed(t, actor)
        for read in outcomes.walk(self._database, round_name):
            if read.item_id not in owed:
                found.add(read)
        return found


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
