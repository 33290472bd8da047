"""How far readers agree, cut in every way, before any adjudication; and how units were settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from threading import Lock
from typing import TypeVar, get_args

from pydantic import BaseModel, TypeAdapter

from db import people, statistics
from db.database import Database
from src.domain.agreement import Coefficient
from src.domain.canonical import digest
from src.domain.errors import NotAllowedError
from src.domain.gold import Method
from src.domain.interrater.dawid_skene import ErrorReport, dawid_skene
from src.domain.interrater.statistic import RESAMPLES
from src.domain.outcome import OPEN, RULED_EARLIER
from src.domain.people import Actor, Role
from src.domain.proportion import Proportion
from src.domain.reading_table import (
    ACTIONS,
    CLAIMS,
    ItemPart,
    Measure,
    ReadingTable,
    TableMaker,
    UnitAt,
)
from src.domain.routing import RouteReason
from src.domain.study_agreement import (
    AgreementRow,
    By,
    Confusion,
    Part,
    Scope,
    abstaining_by_reader,
    confusion,
    differing_units,
    measures,
    pair_values,
    pairs_of,
    parts_of,
    readings_one_by_one,
    row_of,
    units_where,
)
from src.services import outcomes, own_reading_first
from src.services.progress import Meter, Watcher
from src.services.settling import may_still_read

SHOWN = 50
"""Units of a field on which readers differ that are named."""
SEES = (Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
PAIRS = 25
"""Pairs of readers compared at once."""
SEED = 0
Found = TypeVar("Found")


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


class AgreementReport(BaseModel, frozen=True, extra="forbid"):
    """Every coefficient of every field with intervals, and how the units were settled."""

    fields: tuple[FieldAgreement, ...]
    settled: Settled
    verdicts: tuple[Coefficient, ...]
    """Those over the verdicts on claims; "cannot judge" is a value of its own."""


class Comparison(BaseModel, frozen=True, extra="forbid"):
    """Rows of agreement; with intervals only once those are computed."""

    rows: tuple[AgreementRow, ...]
    more: bool = False
    """True where there are further pairs of readers."""


class Abstaining(BaseModel, frozen=True, extra="forbid"):
    """How often each reader judges nothing."""

    readers: tuple[tuple[str, Coefficient], ...]


class Measures(BaseModel, frozen=True, extra="forbid"):
    """How far marks, sets and wordings of readers meet."""

    found: tuple[Coefficient, ...]


class Agreeing:
    """Agreement between independent readings, before any adjudication.

    Only readings before any exposure count; items somebody still has to read are left out.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._maker = TableMaker()
        self._parts: dict[str, tuple[str, list[ItemPart]]] = {}
        """Item -> what it is made of, and what it adds in each round: kept by this process."""
        self._newest: tuple[str, ReadingTable] | None = None
        self._lock = Lock()

    def by_field(self, actor: Actor, round_name: str | None = None) -> list[FieldAgreement]:
        """Return the agreement of each field over the items everybody has read."""
        scope = Scope(round=round_name)
        _, table = self._table(actor)
        return [
            FieldAgreement(
                field=part.name,
                coefficients=row_of(table, part, "field").coefficients,
                disagreeing=_places(differing_units(table, scope, part.field)[:SHOWN]),
            )
            for part in parts_of(table, scope, "field")
        ]

    def report(
        self,
        actor: Actor,
        round_name: str | None = None,
        *,
        seed: int = SEED,
        watch: Watcher | None = None,
    ) -> AgreementReport:
        """Return every coefficient of each field with errors and intervals."""
        scope = Scope(round=round_name)
        found = self.intervals(actor, scope, seed=seed, watch=watch)
        _, table = self._table(actor)
        fields = tuple(
            FieldAgreement(
                field=row.name,
                coefficients=row.coefficients,
                disagreeing=_places(differing_units(table, scope, row.field)[:SHOWN]),
            )
            for row in found.rows
        )
        verdicts = row_of(table, Part(CLAIMS, CLAIMS, scope), "field", seed=seed)
        return AgreementReport(
            fields=fields, settled=self.settled(actor, scope), verdicts=verdicts.coefficients
        )

    def compare(
        self, actor: Actor, scope: Scope, by: By = "field", field: str = CLAIMS, offset: int = 0
    ) -> Comparison:
        """Return rows of agreement, with intervals where these are computed by now.

        Rows are fields, or one field by track, round, week, or 25 pairs of readers from
        `offset` on. Only a lead compares readers by name.
        """
        _require_names(actor, scope, by)
        state, table = self._table(actor)
        asked = [scope.model_dump(mode="json"), by, field, offset]
        known = self._known(Comparison, "intervals", state, [*asked, SEED])
        if known is not None:
            return known

        def make() -> Comparison:
            parts = parts_of(table, scope, by, field)
            some = parts[offset : offset + PAIRS] if by == "pair" else parts
            rows = tuple(row_of(table, part, by) for part in some)
            return Comparison(rows=rows, more=len(parts) > offset + len(some))

        return self._kept(Comparison, "values", state, asked, make)

    def has_intervals(
        self, actor: Actor, scope: Scope, by: By = "field", field: str = CLAIMS, offset: int = 0
    ) -> bool:
        """Tell whether the intervals of a comparison are computed for what is read now."""
        _require_names(actor, scope, by)
        state, _ = self._table(actor)
        asked = [scope.model_dump(mode="json"), by, field, offset, SEED]
        return self._known(Comparison, "intervals", state, asked) is not None

    def intervals(
        self,
        actor: Actor,
        scope: Scope,
        by: By = "field",
        field: str = CLAIMS,
        offset: int = 0,
        *,
        seed: int = SEED,
        watch: Watcher | None = None,
    ) -> Comparison:
        """Return the same rows with errors and intervals, computed once for what is read now.

        Raises WorkStopped when `watch` says stop.
        """
        _require_names(actor, scope, by)
        state, table = self._table(actor)

        def make() -> Comparison:
            parts = parts_of(table, scope, by, field)
            some = parts[offset : offset + PAIRS] if by == "pair" else parts
            meter, rows = Meter(watch, len(some), "rows"), []
            for number, part in enumerate(some):
                meter.at(number)
                rows.append(row_of(table, part, by, seed=seed))
            return Comparison(rows=tuple(rows), more=len(parts) > offset + len(some))

        asked = [scope.model_dump(mode="json"), by, field, offset, seed]
        return self._kept(Comparison, "intervals", state, asked, make)

    def settled(self, actor: Actor, scope: Scope) -> Settled:
        """Return how units were settled, why they went to an adjudicator, what the audit found."""
        state, table = self._table(actor)

        def make() -> Settled:
            counts = _Counts()
            for part in table.parts:
                if scope.round in (None, part.round) and scope.track in (None, part.track):
                    counts.add(part)
            return counts.settled()

        return self._kept(Settled, "settled", state, [scope.round, scope.track], make)

    def confusion(self, actor: Actor, scope: Scope, field: str = CLAIMS) -> Confusion:
        """Return which values met how often, over all pairs of readers or a chosen one."""
        _require_names(actor, scope)
        state, table = self._table(actor)
        asked = [scope.model_dump(mode="json"), field]
        return self._kept(
            Confusion, "confusion", state, asked, lambda: confusion(table, scope, field)
        )

    def abstaining(self, actor: Actor, scope: Scope, field: str = CLAIMS) -> Abstaining:
        """Return how often each reader judges nothing, with intervals by items."""
        _require_lead(actor)
        state, table = self._table(actor)

        def make() -> Abstaining:
            return Abstaining(readers=tuple(abstaining_by_reader(table, scope, field, seed=SEED)))

        asked = [scope.round, scope.track, field, SEED]
        return self._kept(Abstaining, "abstaining", state, asked, make)

    def measures(self, actor: Actor, scope: Scope) -> Measures:
        """Return how far boxes, marked words, sets and wordings meet, with intervals by items."""
        _require_names(actor, scope)
        state, table = self._table(actor)
        asked = [scope.model_dump(mode="json"), SEED]
        return self._kept(
            Measures,
            "measures",
            state,
            asked,
            lambda: Measures(found=tuple(measures(table, scope, seed=SEED))),
        )

    def pairs(self, actor: Actor, scope: Scope, field: str = CLAIMS) -> list[tuple[str, str]]:
        """Return the pairs of readers who read the same units, those with the most first."""
        _require_lead(actor)
        _, table = self._table(actor)
        return pairs_of(table, scope, field)

    def error_rates(
        self, actor: Actor, scope: Scope, watch: Watcher | None = None
    ) -> ErrorReport | None:
        """Return how often each reader errs by the model of Dawid and Skene; None without readings.

        A report on readers, never gold: what the model takes for true is nobody's ruling.
        """
        _require_lead(actor)
        state, table = self._table(actor)
        readings, values = readings_one_by_one(table, scope)
        if not readings:
            return None
        meter = Meter(watch, 1, "fits")
        meter.at(0)
        asked = [scope.round, scope.track]
        return self._kept(
            ErrorReport, "error rates", state, asked, lambda: _unplaced(readings, values)
        )

    def units(
        self,
        actor: Actor,
        scope: Scope,
        field: str,
        *,
        week: str = "",
        met: tuple[str, str] | None = None,
        measure: Measure | None = None,
        after: int = 0,
        size: int = 25,
    ) -> list[tuple[str, str, str]]:
        """Return a page of (round, item_id, unit) behind a number.

        Units on which readers differ; those where two values `met`; or those where readers are
        farthest apart by a `measure`. Items the actor may still come to read are passed over.
        """
        _require_names(actor, scope)
        _, table = self._table(actor)
        if measure is not None:
            found = list(dict.fromkeys(one.at for one in pair_values(table, scope, measure)))
        elif met is not None:
            found = units_where(table, scope, field, *met)
        else:
            found = differing_units(table, scope, field, week)
        with self._database.reading() as t:
            seen = [
                unit
                for unit in found[after : after + size]
                if not may_still_read(t, actor, unit.item_id)
            ]
        return list(_places(seen))

    def names(self, actor: Actor) -> dict[str, str]:
        """Return person -> display name of everybody, for a lead."""
        _require_lead(actor)
        with self._database.reading() as t:
            return {person.person_id: person.display_name for person in people.all_of(t)}

    def state(self, actor: Actor) -> str:
        """Return a hash of all that is read and ruled: numbers are computed once for each."""
        actor.require(*SEES)
        return outcomes.standing(self._database).state

    def _table(self, actor: Actor) -> tuple[str, ReadingTable]:
        """Return all readings with the hash of what they are, made anew only when it changed."""
        actor.require(*SEES)
        outcomes.bring_up(self._database)
        now = outcomes.standing(self._database)
        with self._lock:
            newest = self._newest
            if newest is None or newest[0] != now.state:
                newest = self._newest = (now.state, self._made(now.hashes))
            if owed := self._owed(actor):
                told = [part for part in newest[1].parts if part.item_id not in owed]
                return digest([now.state, sorted(owed)]), self._maker.table(told)
        return newest

    def _owed(self, actor: Actor) -> Collection[str]:
        """Return the items of which the actor may know nothing before an own reading."""
        with self._database.reading() as t:
            return own_reading_first.owed(t, actor)

    def _made(self, hashes: Mapping[str, str]) -> ReadingTable:
        """Return the table of all that is read; only what changed is read and made anew."""
        before = self._parts
        known = {i: kept for i, kept in before.items() if hashes.get(i) == kept[0]}
        new = [item_id for item_id in hashes if item_id not in known]
        made: dict[str, list[ItemPart]] = {item_id: [] for item_id in new}
        for read in outcomes.read_items(self._database, new):
            made[read.item_id].append(self._maker.part(*read))
        self._parts = {
            item_id: known.get(item_id) or (made_of, made[item_id])
            for item_id, made_of in hashes.items()
        }
        return self._maker.table([part for _, parts in self._parts.values() for part in parts])

    def _known(self, kind: type[Found], name: str, state: str, asked: object) -> Found | None:
        """Return what is kept of some numbers, by whatever process computed them."""
        with self._database.reading() as t:
            body = statistics.get(t, _key(name, state, asked))
        return TypeAdapter(kind).validate_python(body) if body is not None else None

    def _kept(
        self, kind: type[Found], name: str, state: str, asked: object, make: Callable[[], Found]
    ) -> Found:
        """Return some numbers, computed only if nobody has for this state."""
        known = self._known(kind, name, state, asked)
        if known is not None:
            return known
        found = make()
        body = TypeAdapter(kind).dump_python(found, mode="json")
        with self._database.transaction() as t:
            statistics.put(t, _key(name, state, asked), body)
        return found


def _key(name: str, state: str, asked: object) -> str:
    return digest([name, state, asked, RESAMPLES])


def _places(units: list[UnitAt]) -> tuple[tuple[str, str, str], ...]:
    return tuple((unit.round, unit.item_id, unit.name) for unit in units)


def _unplaced(readings: list[tuple[int, str, str]], values: tuple[str, ...]) -> ErrorReport:
    """Return the report without what the model takes for true of each unit."""
    found = dawid_skene(readings, values)
    return found.model_copy(update={"units": (), "posterior": ()})


def _require_lead(actor: Actor) -> None:
    actor.require(*SEES)
    if Role.LEAD not in actor.roles:
        raise NotAllowedError("Only the study lead compares readers by name.")


def _require_names(actor: Actor, scope: Scope, by: By = "field") -> None:
    """Raise where readers would be named to somebody who settles what they differ on."""
    actor.require(*SEES)
    if scope.pair is not None or by == "pair":
        _require_lead(actor)


class _Counts:
    """How units were settled, counted over the items that are read."""

    def __init__(self) -> None:
        self._methods: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._audits: Counter[str] = Counter()

    def add(self, part: ItemPart) -> None:
        """Add what one item came to."""
        self._methods.update(part.methods)
        self._reasons.update(part.reasons)
        if part.audit:
            self._audits[part.audit] += 1
        if part.audit in ("confirmed", "changed"):
            units = [unit for unit in part.units if unit.field != ACTIONS]
            self._audits["units"] += len(units)
            self._audits["units changed"] += part.audit_changes

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
        reasons = {reason: n for reason in RouteReason if (n := self._reasons[reason.value])}
        return Settled(
            methods={name: n for name, n in methods.items() if n}, reasons=reasons, audit=audit
        )
