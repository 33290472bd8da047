"""Whole cases drawn again and again: what every interval of a score rests on.

Answers to one case are not independent, so the bootstrap draws cases, not answers (Davison and
Hinkley, 1997, Bootstrap Methods and their Application, section 3.8). A statistic that is made of
sums over cases is resampled by adding up, which is one product of matrices for all models at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from src.domain.errors import BadInputError

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]

CELLS_AT_ONCE: Final = 4_000_000
"""Bounds memory: resamples x cases drawn in one go (32 MB while they are multiplied)."""


def numbered(clusters: Sequence[Hashable]) -> Places:
    """Return the number of each value's case, counted from 0 in the order they come."""
    place = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    return np.fromiter((place[cluster] for cluster in clusters), np.intp, len(clusters))


def case_sums(values: Numbers, cases: Places, n_cases: int) -> Numbers:
    """Return the sums over the items of each case (cases x columns); `values` are columns x items.

    What is not a number counts as 0.
    """
    filled = np.nan_to_num(np.atleast_2d(values))
    return np.stack([np.bincount(cases, weights=row, minlength=n_cases) for row in filled], axis=1)


def resampled_sums(sums: Numbers, resamples: int, seed: int) -> Numbers:
    """Return the sums over the cases drawn, as many as there are (resamples x columns).

    The same seed draws the same cases, so that what is compared is resampled together. Cases are
    drawn as numpy's default_rng(seed).integers(0, n, (resamples, n)).
    """
    n_cases = len(sums)
    if n_cases * resamples <= CELLS_AT_ONCE:
        return _all_draws(n_cases, resamples, seed).astype(np.float64) @ sums
    return np.concatenate([draws @ sums for draws in _draws(n_cases, resamples, seed)])


def check_resamples(resamples: int, level: float = 0.95) -> None:
    """Raise BadInputError for no resample, or a level outside 0 to 1."""
    if resamples < 1 or not 0 < level < 1:
        raise BadInputError("Ask for at least one resample and for a level between 0 and 1.")


def percentiles(draws: Numbers, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Return the low and the high end of the percentile interval of each column.

    A resample in which a column has no value is passed over; without any value both are NaN.
    """
    tail = (1 - level) / 2
    if not np.isnan(draws).any():
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
        return low, high
    ends = np.full((2, draws.shape[1]), np.nan)
    known = ~np.isnan(draws).all(axis=0)
    ends[:, known] = np.nanquantile(draws[:, known], [tail, 1 - tail], axis=0)
    return ends[0], ends[1]


def ratio(above: Numbers, below: Numbers) -> Numbers:
    """Divide, giving NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _draws(n_cases: int, resamples: int, seed: int) -> Iterator[Numbers]:
    """Yield, in portions, how often each case comes in each resample."""
    generator = np.random.default_rng(seed)
    step = max(1, CELLS_AT_ONCE // n_cases)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(0, n_cases, (rows, n_cases))
        drawn += np.arange(rows)[:, None] * n_cases
        counts = np.bincount(drawn.ravel(), minlength=rows * n_cases)
        yield counts.reshape(rows, n_cases).astype(np.float64)


@lru_cache(maxsize=32)
def _all_draws(n_cases: int, resamples: int, seed: int) -> NDArray[np.uint16]:
    """Return the draws kept from before: all models and bases share them."""
    (draws,) = _draws(n_cases, resamples, seed)
    return draws.astype(np.uint16)
