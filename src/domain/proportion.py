"""A share of a count with its interval."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from src.domain.student import t_quantile


class Proportion(BaseModel, frozen=True, extra="forbid"):
    """So many of so many, with the 95 % interval of Wilson; undefined where there are none."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1; None when there is nothing to take it of."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval; None when there is nothing to take a share of."""
        return wilson_interval(self.part, self.whole) if self.whole else None


def wilson_interval(part: float, whole: float, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion, which stays inside 0 to 1.

    Counts can be effective ones, of weighted units. Wilson (1927), Journal of the American
    Statistical Association 22(158), 209-212.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = part / whole
    scale = 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / scale
    reach = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / scale
    low = 0.0 if part == 0 else middle - reach
    high = 1.0 if part == whole else middle + reach
    return low, high


def effective_count(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> float:
    """Return how many independent units tell as much of a share as clusters of units do.

    `parts` and `wholes` are each cluster's summed weights, of units that have it and of all; at
    least one whole above 0. The share's binomial variance over its variance between clusters, less
    for few of them, as Korn and Graubard (1998), Survey Methodology 24(2), 193-201, put it into an
    interval. Where all have it, or none, nothing tells how alike units of a cluster are:
    each then counts as one (Kish 1965, section 8.2, where their weights differ).
    """
    parts, wholes = parts[wholes > 0], wholes[wholes > 0]
    share = parts.sum() / wholes.sum()
    number = len(wholes)
    if number == 1 or not 0 < share < 1:
        return float(wholes.sum() ** 2 / (wholes**2).sum())
    between = ((parts - share * wholes) ** 2).sum() * number / (number - 1) / wholes.sum() ** 2
    few = NormalDist().inv_cdf(0.975) / t_quantile(0.975, number - 1)
    return float(share * (1 - share) / between * few**2) if between else float(number)
