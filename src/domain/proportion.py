"""A share of a count with its interval."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from pydantic import BaseModel


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
