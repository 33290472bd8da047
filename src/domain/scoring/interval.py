"""How sure a mean is when several scores come from the same case."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from src.domain.errors import BadInputError
from src.domain.scoring.resampling import (
    case_sums,
    check_resamples,
    numbered,
    percentiles,
    resampled_sums,
)


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
    check_resamples(resamples, level)
    scores = np.asarray(values, dtype=np.float64)
    if not np.isfinite(scores).all():
        raise BadInputError("A value is missing or infinite; leave unscored answers out.")

    cases = numbered(clusters)
    n_cases = int(cases.max(initial=-1)) + 1
    if n_cases < 2:
        return None
    sums = case_sums(np.stack([scores, np.ones_like(scores)]), cases, n_cases)
    drawn = resampled_sums(sums, resamples, seed)
    low, high = percentiles(drawn[:, :1] / drawn[:, 1:], level)
    return float(low[0]), float(high[0])
