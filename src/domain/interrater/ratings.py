"""A table of readings: who gave which value to which unit, and who gave none."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from src.domain.errors import BadInputError

Level = Literal["nominal", "ordinal", "interval", "ratio"]
Reading: TypeAlias = tuple[Hashable, Hashable, Hashable]
"""Unit, rater, value."""
Codes: TypeAlias = NDArray[np.intp]
Floats: TypeAlias = NDArray[np.float64]

MISSING: Final = -1
MOST_CATEGORIES: Final = 2_000


@dataclass(frozen=True, eq=False)
class Ratings:
    """Readings as places in a list of categories."""

    codes: Codes
    """Units x raters: the place of the value in `categories`, or MISSING."""
    categories: tuple[Hashable, ...]
    """All values that could be given, in their order, whether or not somebody gave them."""
    clusters: Codes
    """For each unit the number of its cluster: units of one item are no independent facts."""

    @property
    def raters(self) -> int:
        """How many raters the table has, also those who gave nothing."""
        return int(self.codes.shape[1])

    def readings_per_unit(self) -> Codes:
        """Return how many raters gave each unit a value."""
        return np.asarray(self._counts.sum(axis=1), dtype=np.intp)

    def counts(self) -> Floats:
        """Return units x categories: how many raters gave the unit that value."""
        return self._counts.copy()

    @cached_property
    def _counts(self) -> Floats:
        """The same, counted once: every coefficient asks for it."""
        return _counted(self.codes, len(self.categories))

    def of_units(self, chosen: NDArray[np.bool_]) -> Ratings:
        """Return the table with only the chosen units."""
        return Ratings(self.codes[chosen], self.categories, self.clusters[chosen])


def ratings_of(
    readings: Iterable[Reading],
    categories: Sequence[Hashable] | None = None,
    clusters: Mapping[Hashable, Hashable] | None = None,
) -> Ratings:
    """Return the table of readings given one by one.

    `categories` are the declared values in their order; without them, those that occur, sorted
    (numbers by size, all else by its text). `clusters` names the item of each unit; without it
    each unit stands for itself. Raises BadInputError when a rater reads a unit twice, when a
    value is not declared or a category is declared twice, and for more than MOST_CATEGORIES.
    """
    given = list(readings)
    options = _options(categories, {value for _, _, value in given})
    place = {value: number for number, value in enumerate(options)}
    units = {unit: number for number, unit in enumerate(dict.fromkeys(u for u, _, _ in given))}
    raters = {who: number for number, who in enumerate(dict.fromkeys(r for _, r, _ in given))}

    codes = np.full((len(units), len(raters)), MISSING, dtype=np.intp)
    for unit, rater, value in given:
        at = units[unit], raters[rater]
        if codes[at] != MISSING:
            raise BadInputError(f"The rater {rater!r} reads the unit {unit!r} twice: keep one.")
        codes[at] = place[value]
    return Ratings(codes, options, _cluster_numbers(units, clusters))


def ratings_of_units(
    units: Sequence[Sequence[Hashable]], categories: Sequence[Hashable] | None = None
) -> Ratings:
    """Return the table of units whose readings come in no order: raters are places, not people.

    For coefficients that ask who gave a value (Cohen, Conger) such a table has no answer.
    """
    options = _options(categories, {value for readings in units for value in readings})
    place = {value: number for number, value in enumerate(options)}
    width = max((len(readings) for readings in units), default=0)
    codes = np.full((len(units), width), MISSING, dtype=np.intp)
    for number, readings in enumerate(units):
        codes[number, : len(readings)] = [place[value] for value in readings]
    return Ratings(codes, options, np.arange(len(units), dtype=np.intp))


def number_of(value: Hashable) -> float:
    """Return a category as a number. Raises BadInputError when it is none."""
    try:
        number = float(str(value))
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise BadInputError(f"The value {value!r} is no number, which this level needs.")
    return number


def _options(declared: Sequence[Hashable] | None, seen: set[Hashable]) -> tuple[Hashable, ...]:
    if declared is None:
        options = tuple(sorted(seen, key=_order))
    else:
        options = tuple(declared)
        _check_declared(options, seen)
    if len(options) > MOST_CATEGORIES:
        text = f"There are {len(options):,} different values, at most {MOST_CATEGORIES:,} can be"
        raise BadInputError(f"{text} compared: round them, or put them into classes.")
    return options


def _check_declared(options: tuple[Hashable, ...], seen: set[Hashable]) -> None:
    twice = [value for place, value in enumerate(options) if value in options[:place]]
    if twice:
        raise BadInputError(f"The category {twice[0]!r} is declared twice: keep one.")
    strange = sorted(seen - set(options), key=_order)
    if strange:
        raise BadInputError(f"The value {strange[0]!r} is none of the declared categories.")


def _order(value: Hashable) -> tuple[bool, float, str]:
    if isinstance(value, int | float | np.integer | np.floating):
        return False, float(value), ""
    return True, 0.0, repr(value)


def _cluster_numbers(
    units: Mapping[Hashable, int], clusters: Mapping[Hashable, Hashable] | None
) -> Codes:
    names = [unit if clusters is None else clusters[unit] for unit in units]
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.intp)


def _counted(codes: Codes, categories: int) -> Floats:
    units = len(codes)
    rows, columns = np.nonzero(codes != MISSING)
    flat = rows * categories + codes[rows, columns]
    found = np.bincount(flat, minlength=units * categories)
    return found.reshape(units, categories).astype(np.float64)
