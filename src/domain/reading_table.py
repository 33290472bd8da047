"""All readings of a study as one table, from which every comparison of readers is cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from src.domain.interrater.ratings import MISSING, Codes, Level, Ratings
from src.domain.item import Track
from src.domain.outcome import DELETED, EDITED, FLAGGED, KEPT, Outcome, UnitOutcome
from src.domain.review import CheckAnswer, Recommendation, Verdict
from src.domain.routing import AUDIT, RouteReason
from src.domain.units import ABSENT, REMOVED

CLAIMS, CRITERIA, ACTIONS = "claim verdict", "criterion", "criterion action"
RECOMMENDATION, FLAGS = "field recommendation", "leakage flag"
VERDICTS = (*(verdict.value for verdict in Verdict), REMOVED)
"""All that can be said of a claim, whether or not somebody says it."""
Mask = NDArray[np.bool_]
Measure = Literal["box_f1", "mean_iou", "span_f1", "text_similarity", "shared_words"]


class UnitAt(NamedTuple):
    """Where a unit is."""

    round: str
    item_id: str
    name: str
    field: str
    track: Track
    week: str
    """In which the last of its readers submitted, as 2026-W48."""


class PairValue(NamedTuple):
    """How two readers' marks or wordings of one thing meet, from 0 to 1."""

    at: UnitAt
    first: str
    second: str
    value: float


PairParts = Iterator[tuple[Measure, PairValue]]


class SetsAt(NamedTuple):
    """What each reader chose of several things; readers who chose nothing of the kind left out."""

    at: UnitAt
    chosen: tuple[tuple[str, frozenset[str]], ...]


class Scale(NamedTuple):
    """What can be said of the units of a field, in its order; whatever is said where it is open."""

    values: tuple[str, ...]
    level: Level = "nominal"
    is_open: bool = False
    """True where readers write what they say: there is no list of all that could be said."""


def field_of(unit: str) -> str:
    """Return the field a unit belongs to, as statistics name it."""
    kind, _, name = unit.partition(":")
    if kind == "claim":
        return "added claim" if name.startswith("+") else CLAIMS
    if kind == "criterion":
        return "added criterion" if name.startswith("+") else CRITERIA
    if kind == "flag":
        return FLAGS
    return f"{kind} {name.partition(':')[0].replace('_', ' ')}"


def scale_of(name: str) -> Scale:
    """Return what can be said of the units of a field."""
    if name == CLAIMS:
        return Scale(VERDICTS)
    if name == RECOMMENDATION:
        return Scale(tuple(value.value for value in Recommendation), "ordinal")
    if name.startswith("check "):
        return Scale(tuple(value.value for value in CheckAnswer))
    if name == FLAGS:
        return Scale((ABSENT, FLAGGED))
    if name == ACTIONS:
        return Scale((KEPT, EDITED, DELETED))
    return Scale((), is_open=True)


ORDER = (CLAIMS, CRITERIA, ACTIONS, FLAGS)


def in_order(fields: Sequence[str]) -> list[str]:
    """Return fields as screens order them: claims, rubric, leaks, checks, the rest."""
    rank = {name: place for place, name in enumerate(ORDER)}
    last = len(ORDER)
    return sorted(set(fields), key=lambda f: (rank.get(f, last + f.startswith("field ")), f))


@dataclass(frozen=True, eq=False)
class ItemPart:
    """What one item of a round adds to the table, and how its units were settled."""

    round: str
    item_id: str
    track: Track
    units: list[UnitAt]
    rows: Codes
    """Readings x (unit of this part, reader, key)."""
    pairs: list[tuple[Measure, PairValue]]
    sets: list[tuple[str, SetsAt]]
    methods: Counter[str]
    """How units were settled -> units, what is only settled among them."""
    reasons: Counter[str]
    """Why units went to an adjudicator -> units."""
    audit: str
    audit_changes: int


@dataclass(frozen=True, eq=False)
class ReadingTable:
    """Units, and who said what of each. Readings are three columns of equal length."""

    parts: Sequence[ItemPart]
    """What the table is made of."""
    units: list[UnitAt]
    items: Codes
    """For each unit the number of its item: units of one item are no independent facts."""
    unit_of: Codes
    reader_of: Codes
    key_of: Codes
    readers: tuple[str, ...]
    keys: tuple[str, ...]
    pairs: dict[Measure, list[PairValue]]
    sets: dict[str, list[SetsAt]]

    def of(
        self,
        *,
        round_name: str | None = None,
        track: Track | None = None,
        field: str | None = None,
        week: str | None = None,
    ) -> Mask:
        """Return which units are of a round, a track, a field, a week; of all without any."""
        asked = {"round": round_name, "track": track, "field": field, "week": week}
        found = np.ones(len(self.units), dtype=np.bool_)
        for name, value in asked.items():
            if value is not None:
                found &= self._columns[name] == str(value)
        return found

    @cached_property
    def _columns(self) -> dict[str, NDArray[np.str_]]:
        """Return what units are asked for as columns of their own."""
        return {
            "round": np.array([unit.round for unit in self.units], dtype=np.str_),
            "track": np.array([unit.track.value for unit in self.units], dtype=np.str_),
            "field": np.array([unit.field for unit in self.units], dtype=np.str_),
            "week": np.array([unit.week for unit in self.units], dtype=np.str_),
        }

    def ratings(
        self, chosen: Mask, scale: Scale, pair: tuple[str, str] | None = None
    ) -> tuple[Ratings, list[int]]:
        """Return the readings of some units as ratings, with the number of each unit.

        The raters are in the order of `readers`, those of a pair in its own; a pair's units are
        those both read.
        """
        rows = chosen[self.unit_of]
        places = self._places(pair)
        rows &= places[self.reader_of] != MISSING
        units, row_of = np.unique(self.unit_of[rows], return_inverse=True)
        readers = places[self.reader_of[rows]]
        seen, column_of = np.unique(readers, return_inverse=True)
        categories, code_of = self._categories(self.key_of[rows], scale)
        codes = np.full((len(units), 2 if pair else len(seen)), MISSING, dtype=np.intp)
        codes[row_of, readers if pair else column_of] = code_of
        _, clusters = np.unique(self.items[units], return_inverse=True)
        found = Ratings(codes, categories, np.asarray(clusters, dtype=np.intp))
        if pair is None:
            return found, units.tolist()
        both = found.readings_per_unit() == 2
        _, clusters = np.unique(found.clusters[both], return_inverse=True)
        clusters = np.asarray(clusters, dtype=np.intp)
        return Ratings(codes[both], categories, clusters), units[both].tolist()

    def _places(self, pair: tuple[str, str] | None) -> Codes:
        """Return for each reader the column of theirs; MISSING for who is not in the pair."""
        if pair is None:
            return np.arange(len(self.readers), dtype=np.intp)
        column = {person: place for place, person in enumerate(pair)}
        found = [column.get(person, MISSING) for person in self.readers]
        return np.array(found, dtype=np.intp)

    def _categories(self, keys: Codes, scale: Scale) -> tuple[tuple[str, ...], Codes]:
        """Return all values, declared ones first, and the place of each key among them."""
        seen = {int(key): self.keys[key] for key in np.unique(keys)}
        values = (*scale.values, *sorted(set(seen.values()) - set(scale.values)))
        place = {value: number for number, value in enumerate(values)}
        code = np.full(len(self.keys), MISSING, dtype=np.intp)
        for key, value in seen.items():
            code[key] = place[value]
        return values, code[keys]


class TableMaker:
    """Makes parts of a table, and the table of all parts: what did not change is not made anew."""

    def __init__(self) -> None:
        self._readers: dict[str, int] = {}
        self._keys: dict[str, int] = {}

    def part(self, round_name: str, item_id: str, track: Track, outcome: Outcome) -> ItemPart:
        """Return what one item of a round adds."""
        week = _week(max(outcome.days, default=""))
        at = UnitAt(round_name, item_id, "", "", track, week)
        readers = [self._readers.setdefault(r, len(self._readers)) for r in outcome.readers]
        units: list[UnitAt] = []
        rows: list[tuple[int, int, int]] = []

        def add(unit: UnitAt, keys: Sequence[str | None]) -> None:
            for reader, key in zip(readers, keys, strict=True):
                if key is not None:
                    number = self._keys.setdefault(key, len(self._keys))
                    rows.append((len(units), reader, number))
            units.append(unit)

        for unit in outcome.read_units:
            name = field_of(unit.name)
            where = at._replace(name=unit.name, field=name)
            add(where, unit.keys)
            if name == CRITERIA:
                add(where._replace(field=ACTIONS), _actions(unit))
        return ItemPart(
            round=round_name,
            item_id=item_id,
            track=track,
            units=units,
            rows=np.array(rows, dtype=np.intp).reshape(-1, 3),
            pairs=list(_pairs(at, outcome)),
            sets=list(_sets(at, outcome)),
            methods=Counter(unit.how for unit in outcome.units),
            reasons=_reasons(outcome),
            audit=outcome.audit,
            audit_changes=outcome.audit_changes,
        )

    def table(self, parts: Sequence[ItemPart]) -> ReadingTable:
        """Return the table of all parts."""
        numbers: dict[str, int] = {}
        items = [numbers.setdefault(part.item_id, len(numbers)) for part in parts]
        sizes = [len(part.units) for part in parts]
        starts = np.cumsum([0, *sizes[:-1]])
        rows = np.concatenate([np.empty((0, 3), dtype=np.intp), *(part.rows for part in parts)])
        shift = np.repeat(starts, [len(part.rows) for part in parts]) if parts else 0
        pairs: dict[Measure, list[PairValue]] = {}
        sets: dict[str, list[SetsAt]] = {}
        for part in parts:
            for measure, value in part.pairs:
                pairs.setdefault(measure, []).append(value)
            for kind, chosen in part.sets:
                sets.setdefault(kind, []).append(chosen)
        return ReadingTable(
            parts=parts,
            units=[unit for part in parts for unit in part.units],
            items=np.repeat(np.array(items, dtype=np.intp), sizes),
            unit_of=rows[:, 0] + shift,
            reader_of=rows[:, 1],
            key_of=rows[:, 2],
            readers=tuple(self._readers),
            keys=tuple(self._keys),
            pairs=pairs,
            sets=sets,
        )


def _reasons(outcome: Outcome) -> Counter[str]:
    found = Counter(r for unit in outcome.units if unit.name != AUDIT for r in unit.reasons)
    return found + Counter([RouteReason.AUDIT.value] if outcome.audit else [])


def _pairs(at: UnitAt, outcome: Outcome) -> Iterator[tuple[Measure, PairValue]]:
    def met(measure: Measure, unit: str, a: int, b: int, value: float | None) -> PairParts:
        if value is not None:
            where = at._replace(name=unit, field=field_of(unit))
            yield measure, PairValue(where, outcome.readers[a], outcome.readers[b], value)

    for unit, a, b, box_f1, iou, span_f1 in outcome.evidence:
        yield from met("box_f1", unit, a, b, box_f1)
        yield from met("mean_iou", unit, a, b, iou)
        yield from met("span_f1", unit, a, b, span_f1)
    for unit, a, b, similarity, words in outcome.texts:
        yield from met("text_similarity", unit, a, b, similarity)
        yield from met("shared_words", unit, a, b, words)


def _sets(at: UnitAt, outcome: Outcome) -> Iterator[tuple[str, SetsAt]]:
    for unit, kind, chosen in outcome.sets:
        where = at._replace(name=unit, field=field_of(unit))
        given = zip(outcome.readers, chosen, strict=True)
        sets = tuple((person, frozenset(c)) for person, c in given if c is not None)
        yield kind, SetsAt(where, sets)


def _actions(unit: UnitOutcome) -> list[str | None]:
    """Return what readers do to a criterion, whatever an edit makes of it."""
    return [None if key is None else key.partition(" ")[0] for key in unit.keys]


def _week(day: str) -> str:
    if not day:
        return ""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02d}"
