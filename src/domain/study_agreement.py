"""How far the readers of a study agree, cut by field, track, round, week and pair of readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, get_args

import numpy as np
from pydantic import BaseModel

from src.domain.agreement import (
    Coefficient,
    coefficient_values,
    every_coefficient,
    exact_agreement,
    set_agreement,
    share_of,
)
from src.domain.interrater.ratings import MISSING, Codes, Ratings
from src.domain.interrater.weights import jaccard_distance, masi_distance
from src.domain.item import Track
from src.domain.reading_table import (
    CLAIMS,
    Measure,
    PairValue,
    ReadingTable,
    UnitAt,
    in_order,
    scale_of,
)
from src.domain.routing import abstains

By = Literal["field", "track", "round", "week", "pair"]
"""What the rows of a comparison are."""
MOST_SETS = 500
"""Different sets that can be compared: their distances are a square of so many."""
PAIR_NAME = " | "


class Scope(BaseModel, frozen=True, extra="forbid"):
    """Which readings are compared."""

    round: str | None = None
    track: Track | None = None
    pair: tuple[str, str] | None = None


class AgreementRow(BaseModel, frozen=True, extra="forbid"):
    """The agreement on one part of the readings."""

    name: str
    """A field, track, round or week; of a pair the two readers, in `pair`."""
    pair: tuple[str, str] | None = None
    field: str
    coefficients: tuple[Coefficient, ...]
    abstaining: Coefficient | None
    """The share of readings that judge nothing; None where a field knows no such thing."""
    units: int
    items: int
    differing: int
    """Units on which readers differ."""

    def get(self, name: str) -> Coefficient | None:
        """Return a coefficient by its name; None where the row has none such."""
        return next((found for found in self.coefficients if found.name == name), None)


class Confusion(BaseModel, frozen=True, extra="forbid"):
    """How often which two values met: rows the first reader's, columns the second's."""

    values: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """Pooled over pairs of readers it is symmetric: each pair of readings is counted once, those
    that differ in both places."""
    pairs: int
    """Pairs of readings."""
    units: int


class Part(NamedTuple):
    """One row of a comparison, before it is computed."""

    name: str
    field: str
    scope: Scope


def parts_of(table: ReadingTable, scope: Scope, by: By, field: str = CLAIMS) -> list[Part]:
    """Return the rows of a comparison: all fields, or one field by something else."""
    chosen = table.of(round_name=scope.round, track=scope.track)
    there = [unit for unit, is_in in zip(table.units, chosen, strict=True) if is_in]
    if by == "field":
        return [Part(name, name, scope) for name in in_order([unit.field for unit in there])]
    own = [unit for unit in there if unit.field == field]
    if by == "track":
        tracks = sorted({unit.track for unit in own})
        return [Part(t.value, field, scope.model_copy(update={"track": t})) for t in tracks]
    if by == "round":
        names = sorted({unit.round for unit in own})
        return [Part(n, field, scope.model_copy(update={"round": n})) for n in names]
    if by == "week":
        return [Part(week, field, scope) for week in sorted({unit.week for unit in own})]
    return [
        Part(PAIR_NAME.join(pair), field, scope.model_copy(update={"pair": pair}))
        for pair in pairs_of(table, scope, field)
    ]


def pairs_of(table: ReadingTable, scope: Scope, field: str = CLAIMS) -> list[tuple[str, str]]:
    """Return the pairs of readers who read the same units, those with the most of them first."""
    chosen = table.of(round_name=scope.round, track=scope.track, field=field)
    rows = chosen[table.unit_of]
    there = np.zeros((len(table.units), len(table.readers)))
    there[table.unit_of[rows], table.reader_of[rows]] = 1
    together = there.T @ there
    first, second = np.nonzero(np.triu(together, k=1))
    order = np.argsort(-together[first, second], kind="stable")
    return [(table.readers[first[n]], table.readers[second[n]]) for n in order]


def row_of(table: ReadingTable, part: Part, by: By, *, seed: int | None = None) -> AgreementRow:
    """Return one row of a comparison, with errors and intervals where there is a seed."""
    scope, scale = part.scope, scale_of(part.field)
    chosen = table.of(round_name=scope.round, track=scope.track, field=part.field)
    if by == "week":
        chosen &= table.of(week=part.name)
    ratings, _ = table.ratings(chosen, scale, scope.pair)
    return AgreementRow(
        name=part.name,
        pair=scope.pair,
        field=part.field,
        coefficients=tuple(_coefficients(ratings, part.field, seed)),
        abstaining=_abstaining(ratings, part.field, seed),
        units=len(ratings.codes),
        items=len(np.unique(ratings.clusters)),
        differing=int(_differ(ratings).sum()),
    )


def _coefficients(ratings: Ratings, field: str, seed: int | None) -> list[Coefficient]:
    scale = scale_of(field)
    if scale.is_open:
        return exact_agreement(ratings, seed=seed)
    if seed is None:
        return coefficient_values(ratings, scale.level)
    return every_coefficient(ratings, scale.level, seed=seed)


def _abstaining(ratings: Ratings, field: str, seed: int | None) -> Coefficient | None:
    unit = field.replace(CLAIMS, "claim:").replace("check ", "check:")
    silent = [n for n, value in enumerate(ratings.categories) if abstains(unit, str(value))]
    if not silent:
        return None
    counts = ratings.counts()
    parts = np.column_stack([counts[:, silent].sum(axis=1), counts.sum(axis=1)])
    return share_of("abstaining", parts, ratings.clusters, raters=ratings.raters, seed=seed)


def _differ(ratings: Ratings) -> Codes:
    return np.asarray(((ratings.counts() > 0).sum(axis=1) > 1), dtype=np.intp)


def differing_units(table: ReadingTable, scope: Scope, field: str, week: str = "") -> list[UnitAt]:
    """Return the units of a field on which readers differ, in the order of the items."""
    ratings, numbers = _of_field(table, scope, field)
    differ = _differ(ratings)
    found = (table.units[n] for n, d in zip(numbers, differ, strict=True) if d)
    return [unit for unit in found if not week or unit.week == week]


def confusion(table: ReadingTable, scope: Scope, field: str = CLAIMS) -> Confusion:
    """Return which values met how often, over all pairs of readers or one chosen pair."""
    ratings, _ = _of_field(table, scope, field)
    if scope.pair is not None:
        size = len(ratings.categories)
        met = np.zeros((size, size), dtype=np.intp)
        np.add.at(met, (ratings.codes[:, 0], ratings.codes[:, 1]), 1)
        pairs = int(met.sum())
    else:
        counts = ratings.counts()
        both = np.einsum("ua,ub->ab", counts, counts)
        same = (counts * (counts - 1)).sum(axis=0) / 2
        np.fill_diagonal(both, same)
        met = both.round().astype(np.intp)
        pairs = int(np.triu(met).sum())
    return Confusion(
        values=tuple(map(str, ratings.categories)),
        counts=tuple(tuple(row) for row in met.tolist()),
        pairs=pairs,
        units=int((ratings.readings_per_unit() >= 2).sum()),
    )


def units_where(
    table: ReadingTable, scope: Scope, field: str, first: str, second: str
) -> list[UnitAt]:
    """Return the units on which one reader says one thing and another the other.

    Of a chosen pair the first reader says the first; else whoever.
    """
    ratings, numbers = _of_field(table, scope, field)
    if first not in ratings.categories or second not in ratings.categories:
        return []
    a, b = ratings.categories.index(first), ratings.categories.index(second)
    if scope.pair is not None:
        fits = (ratings.codes[:, 0] == a) & (ratings.codes[:, 1] == b)
    else:
        counts = ratings.counts()
        fits = counts[:, a] >= 2 if a == b else (counts[:, a] > 0) & (counts[:, b] > 0)
    return [table.units[n] for n, fit in zip(numbers, fits, strict=True) if fit]


def abstaining_by_reader(
    table: ReadingTable, scope: Scope, field: str = CLAIMS, *, seed: int | None = None
) -> list[tuple[str, Coefficient]]:
    """Return how often each reader judges nothing, the most often first."""
    chosen = table.of(round_name=scope.round, track=scope.track, field=field)
    unit = field.replace(CLAIMS, "claim:").replace("check ", "check:")
    silent = np.array([abstains(unit, key) for key in table.keys], dtype=np.bool_)
    found = []
    for place, reader in enumerate(table.readers):
        rows = chosen[table.unit_of] & (table.reader_of == place)
        if not rows.any():
            continue
        parts = np.column_stack([silent[table.key_of[rows]], np.ones(rows.sum())])
        _, clusters = np.unique(table.items[table.unit_of[rows]], return_inverse=True)
        numbers = np.asarray(clusters, dtype=np.intp)
        found.append((reader, share_of("abstaining", parts, numbers, raters=1, seed=seed)))
    return sorted(found, key=lambda one: -(one[1].value or 0))


def measures(table: ReadingTable, scope: Scope, *, seed: int | None = None) -> list[Coefficient]:
    """Return how far marks, sets and wordings meet; `units` counts pairs of readers, or sets."""
    found = [_mean(table, scope, name, seed) for name in get_args(Measure)]
    return [*found, *_sets(table, scope, seed)]


def _mean(table: ReadingTable, scope: Scope, name: Measure, seed: int | None) -> Coefficient:
    values = pair_values(table, scope, name)
    parts = np.array([(one.value, 1.0) for one in values], dtype=np.float64).reshape(-1, 2)
    people = {person for one in values for person in (one.first, one.second)}
    return share_of(name, parts, _clusters(v.at for v in values), raters=len(people), seed=seed)


def pair_values(table: ReadingTable, scope: Scope, name: Measure) -> list[PairValue]:
    """Return how each two readers meet, those farthest apart first."""
    found = [
        one
        for one in table.pairs.get(name, [])
        if _is_in(one.at, scope)
        and (scope.pair is None or {one.first, one.second} == {*scope.pair})
    ]
    return sorted(found, key=lambda one: (one.value, one.at.item_id, one.at.name))


def _sets(table: ReadingTable, scope: Scope, seed: int | None) -> Iterator[Coefficient]:
    for kind, given in sorted(table.sets.items()):
        there = [one for one in given if _is_in(one.at, scope)]
        chosen = [
            [chosen for person, chosen in one.chosen if scope.pair is None or person in scope.pair]
            for one in there
        ]
        if not chosen or len({one for row in chosen for one in row}) > MOST_SETS:
            continue
        clusters = _clusters(one.at for one in there)
        for name, distance in (("masi", masi_distance), ("jaccard", jaccard_distance)):
            yield set_agreement(chosen, clusters, distance, f"{kind}_{name}_alpha", seed=seed)


def _clusters(units: Iterable[UnitAt]) -> Codes:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(u.item_id, len(numbers)) for u in units], dtype=np.intp)


def _is_in(unit: UnitAt, scope: Scope) -> bool:
    return (scope.round is None or unit.round == scope.round) and (
        scope.track is None or unit.track == scope.track
    )


def _of_field(table: ReadingTable, scope: Scope, field: str) -> tuple[Ratings, list[int]]:
    chosen = table.of(round_name=scope.round, track=scope.track, field=field)
    return table.ratings(chosen, scale_of(field), scope.pair)


def readings_one_by_one(
    table: ReadingTable, scope: Scope, field: str = CLAIMS
) -> tuple[list[tuple[int, str, str]], tuple[str, ...]]:
    """Return (unit, reader, value) of each reading of a field, and all that could be said."""
    chosen = table.of(round_name=scope.round, track=scope.track, field=field)
    ratings, _ = table.ratings(chosen, scale_of(field))
    readers = [table.readers[n] for n in np.unique(table.reader_of[chosen[table.unit_of]])]
    values = tuple(map(str, ratings.categories))
    rows, columns = np.nonzero(ratings.codes != MISSING)
    codes = ratings.codes[rows, columns].tolist()
    said = zip(rows.tolist(), columns.tolist(), codes, strict=True)
    return [(unit, readers[column], values[code]) for unit, column, code in said], values
