"""Student's t, for intervals from a standard error."""

from __future__ import annotations

from math import cos, pi, sin, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

NEARLY_NORMAL: Final = 1_000
"""From here on the expansion around the normal distribution is exact to 8 digits."""


def t_quantile(chance: float, freedom: int) -> float:
    """Return the value that Student's t stays under with a chance, 0.5 to below 1.

    `freedom` is at least 1. By halving, on the finite series of Abramowitz and Stegun (1964),
    Handbook of Mathematical Functions, 26.7.3 and 26.7.4; for many degrees of freedom their
    expansion 26.7.5.
    """
    if freedom > NEARLY_NORMAL:
        z = NormalDist().inv_cdf(chance)
        second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        return z + (z**3 + z) / (4 * freedom) + second
    low, high = 0.0, pi / 2
    for _ in range(80):
        angle = (low + high) / 2
        low, high = (angle, high) if _within(angle, freedom) < 2 * chance - 1 else (low, angle)
    return sqrt(freedom) * sin(low) / cos(low)


def t_interval(value: float, error: float, freedom: int) -> tuple[float, float]:
    """Return the 95 % interval around a coefficient, cut off at 1, the most it can be."""
    reach = t_quantile(0.975, freedom) * error
    return value - reach, min(1.0, value + reach)


def _within(angle: float, freedom: int) -> float:
    """Return the chance that |t| is below sqrt(freedom) x tan(angle)."""
    first = 3 if freedom % 2 else 2
    steps = np.arange(first, freedom - 1, 2)
    terms = np.cumprod((steps - 1) / steps * cos(angle) ** 2)
    if freedom % 2 == 0:
        return float(sin(angle) * (1 + terms.sum()))
    if freedom == 1:
        return 2 * angle / pi
    return float(2 / pi * (angle + sin(angle) * cos(angle) * (1 + terms.sum())))
