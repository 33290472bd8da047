"""How sure a mean is when several scores come from the same case."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from src.domain.errors import BadInputError

Numbers: TypeAlias = NDArray[np.float64]

CELLS_AT_ONCE: Final = 2_000_000
"""Bounds memory: resamples x clusters drawn in one go (16 MB)."""


def cluster_interval(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    resamples: int = 2000,
    *,
    seed: int,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """Return the percentile bootstrap interval of the mean, drawing whole clusters (cases).

    None for fewer than two clusters: nothing is known of how cases differ. The same seed gives
    the same interval. Raises BadInputError for lists of different length, a value that is no
    finite number, no resample, or a level outside 0 to 1.
    """
    if len(values) != len(clusters):
        raise BadInputError(
            f"There are {len(values)} values for {len(clusters)} clusters; give one for each."
        )
    if resamples < 1 or not 0 < level < 1:
        raise BadInputError("Ask for at least one resample and for a level between 0 and 1.")
    scores = np.asarray(values, dtype=np.float64)
    if not np.isfinite(scores).all():
        raise BadInputError("A value is missing or infinite; leave unscored answers out.")

    place = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    if len(place) < 2:
        return None
    membership = np.fromiter((place[cluster] for cluster in clusters), dtype=np.intp)
    sums = np.bincount(membership, weights=scores).astype(np.float64)
    sizes = np.bincount(membership).astype(np.float64)

    means = _resampled_means(sums, sizes, resamples, seed)
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _resampled_means(sums: Numbers, sizes: Numbers, resamples: int, seed: int) -> Numbers:
    """Draw how often each cluster comes, as many clusters as there are, and average."""
    draws = _draws_once if len(sums) * resamples <= CELLS_AT_ONCE else _draws
    parts = (times.astype(np.float64) for times in draws(len(sums), resamples, seed))
    return np.concatenate([(times @ sums) / (times @ sizes) for times in parts])


def _draws(n: int, resamples: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield, in portions, how often each of n clusters comes in each resample."""
    generator = np.random.default_rng(seed)
    chances = np.full(n, 1 / n)
    step = max(1, CELLS_AT_ONCE // n)
    for start in range(0, resamples, step):
        yield generator.multinomial(n, chances, size=min(step, resamples - start))


@lru_cache(maxsize=16)
def _draws_once(n: int, resamples: int, seed: int) -> tuple[NDArray[np.int32], ...]:
    """Return the draws kept from before: models that answered the same cases share them."""
    return tuple(times.astype(np.int32) for times in _draws(n, resamples, seed))
