"""A coefficient as a function of sums over units: its value, its error, its interval.

Every coefficient here is a smooth function of a few sums to which each unit adds its part. So the
value needs one pass, the standard error is the delta method, and a resample of items only weighs
the parts anew: thousands of resamples are one product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from src.domain.errors import BadInputError
from src.domain.interrater.ratings import Codes, Floats

Sums: TypeAlias = NDArray[np.inexact]
"""Sums over units, one set a row; complex where a derivative is taken."""

RESAMPLES: Final = 2_000
CELLS_AT_ONCE: Final = 4_000_000
"""Bounds memory: resamples x clusters, or x sums, in one go (32 MB)."""
MOST_CELLS: Final = 30_000_000
"""Bounds memory: units x sums of one coefficient (240 MB)."""
STEP: Final = 1e-30
ZERO: Final = 1e-12


class TooLargeError(BadInputError):
    """A coefficient would need more memory than it may."""


def require_room(name: str, *sizes: int) -> None:
    """Raise TooLargeError when an array of these sizes has more cells than may be."""
    cells = prod(sizes)
    if cells > MOST_CELLS:
        text = f"not computed: {name} of this table needs {cells:,} cells, more than may be"
        raise TooLargeError(f"{text} ({MOST_CELLS:,}); round the values or put them into classes")


@dataclass(frozen=True, eq=False)
class Statistic:
    """A coefficient that is ready to be computed."""

    name: str
    parts: Floats
    """Units x sums: what each unit adds. A unit that adds nothing does not count."""
    value_of: Callable[[Sums], Sums]
    """Sums (rows x sums) to values (rows); nan where the coefficient is undefined."""
    error_of: Callable[[Sums], Sums] | None
    """The same, as the published standard error sees it; None where none is published."""

    def value(self) -> float | None:
        """Return the coefficient, None where it is undefined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = float(self.value_of(self.parts.sum(axis=0, keepdims=True))[0].real)
        return found if np.isfinite(found) else None

    def standard_error(self, clusters: Codes) -> float | None:
        """Return the linearised standard error over clusters; None for fewer than two.

        Each cluster's influence is the derivative of the coefficient times what the cluster
        adds; the error is that of their sum. With one unit a cluster these are the formulas of
        Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 5; with several,
        the Taylor linearisation of survey sampling (Binder 1983, International Statistical
        Review 51(3), 279-292).
        """
        counting = self._counting(clusters)
        n = len(counting)
        if self.error_of is None or n < 2:
            return None
        influence = counting @ gradient(self.error_of, self.parts.sum(axis=0))
        spread = influence - influence.mean()
        found = float(np.sqrt(n / (n - 1) * (spread**2).sum()))
        return found if np.isfinite(found) else None

    def counting(self, clusters: Codes) -> int:
        """Return how many clusters add anything."""
        return len(self._counting(clusters))

    def _counting(self, clusters: Codes) -> Floats:
        totals = cluster_totals(self.parts, clusters)
        return np.asarray(totals[(totals != 0).any(axis=1)])


@dataclass(frozen=True)
class Interval:
    """Where 95 % of the resamples lie."""

    low: float
    high: float
    undefined: int
    """How many resamples had no value; they are left out."""
    resamples: int


def bootstrap(
    statistics: Sequence[Statistic], clusters: Codes, *, seed: int, resamples: int = RESAMPLES
) -> list[Interval | None]:
    """Return the percentile interval of each coefficient, drawing whole clusters (items).

    `clusters` numbers the cluster of each unit from 0. All coefficients see the same draws, and
    the same seed gives the same intervals. None for fewer than two clusters, and where fewer
    than half of the resamples have a value. Efron and Tibshirani (1993), An Introduction to the
    Bootstrap, chapter 13; Davison and Hinkley (1997), section 3.8, for clusters.
    """
    n = int(clusters.max()) + 1 if len(clusters) else 0
    if n < 2 or not statistics:
        return [None] * len(statistics)
    totals = [cluster_totals(statistic.parts, clusters) for statistic in statistics]
    found: list[list[Floats]] = [[] for _ in statistics]
    with np.errstate(divide="ignore", invalid="ignore"):
        widest = max(n, *(total.shape[1] for total in totals))
        for times in _draws(n, resamples, seed, max(1, CELLS_AT_ONCE // widest)):
            for statistic, total, values in zip(statistics, totals, found, strict=True):
                values.append(np.asarray(statistic.value_of(times @ total).real))
    return [_interval(np.concatenate(values)) for values in found]


def cluster_totals(parts: Floats, clusters: Codes) -> Floats:
    """Return clusters x sums: what the units of each cluster add together."""
    n = int(clusters.max()) + 1 if len(clusters) else 0
    total = np.zeros((n, parts.shape[1]))
    np.add.at(total, clusters, parts)
    return total


def gradient(function: Callable[[Sums], Sums], at: Floats) -> Floats:
    """Return the derivative of a function of sums by each sum, exact to rounding.

    By a complex step: Squire and Trapp (1998), SIAM Review 40(1), 110-112.
    """
    size = len(at)
    rows = max(1, CELLS_AT_ONCE // (4 * size))
    slopes = []
    for start in range(0, size, rows):
        moved = np.tile(at.astype(np.complex128), (min(rows, size - start), 1))
        moved[np.arange(len(moved)), np.arange(start, start + len(moved))] += STEP * 1j
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes.append(np.asarray(function(moved).imag) / STEP)
    return np.concatenate(slopes)


def share(part: Sums, whole: Sums) -> Sums:
    """Return part / whole, nan where the whole is nothing."""
    return np.asarray(np.where(np.abs(whole) < ZERO, np.nan, part / whole))


def _interval(values: Floats) -> Interval | None:
    defined = values[np.isfinite(values)]
    if len(defined) * 2 < len(values):
        return None
    low, high = np.quantile(defined, [0.025, 0.975])
    return Interval(float(low), float(high), len(values) - len(defined), len(values))


def _draws(n: int, resamples: int, seed: int, step: int) -> Iterator[Floats]:
    """Yield, `step` resamples at a time, how often each of n clusters comes in each."""
    generator = np.random.default_rng(seed)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(0, n, (rows, n)) + np.arange(rows)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
