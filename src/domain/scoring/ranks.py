"""The order of models, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from src.domain.scoring.resampling import Numbers, percentiles, ratio, resampled_sums

TIE: Final = 12
"""Decimals to which equal scores are equal: what is beyond is the order of adding."""


@dataclass(frozen=True)
class PairedDifference:
    """The difference of two means over the same items, and how sure it is."""

    difference: float
    low: float
    high: float
    p_better: float
    """P(A > B): the share of resamples in which the first is better; a tie counts one half."""


def ranks_of(values: Numbers, *, less_is_better: bool = False) -> Numbers:
    """Return ranks along the last axis, 1 the best; equal ones share a rank, NaN has none."""
    rounded = np.round(values if less_is_better else -values, TIE)
    beaten = rounded[..., None, :] < rounded[..., :, None]
    return np.where(np.isnan(values), np.nan, 1.0 + beaten.sum(axis=-1))


def rank_intervals(draws: Numbers, *, less_is_better: bool = False) -> tuple[Numbers, Numbers]:
    """Return the best and the worst rank of each model in 95 % of the resamples.

    `draws` are resamples x models, resampled together, so that models differ on the same cases.
    Goldstein and Spiegelhalter (1996), Journal of the Royal Statistical Society A 159(3), 385-443.
    """
    ranks = np.concatenate(
        [
            ranks_of(part, less_is_better=less_is_better)
            for part in np.array_split(draws, max(1, draws.size * draws.shape[1] // 4_000_000))
        ]
    )
    low, high = percentiles(ranks)
    return np.floor(low), np.ceil(high)


def p_better(first: Numbers, second: Numbers, *, less_is_better: bool = False) -> float | None:
    """Return the share of resamples in which the first is better than the second.

    A tie counts one half for each; None where no resample has both.
    """
    gap = np.round(second - first if less_is_better else first - second, TIE)
    known = gap[~np.isnan(gap)]
    return float(((known > 0) + 0.5 * (known == 0)).mean()) if len(known) else None


def paired_difference(
    first: Numbers, second: Numbers, cases: NDArray[np.intp], resamples: int, seed: int
) -> PairedDifference | None:
    """Return how two models differ on the items both have a score on; None without two cases.

    By a paired bootstrap over cases: both are resampled on the same ones (Efron and Tibshirani
    1993, An Introduction to the Bootstrap, chapter 16; Koehn 2004, EMNLP, 388-395).
    """
    both = ~np.isnan(first) & ~np.isnan(second)
    known, places = np.unique(cases[both], return_inverse=True)
    if len(known) < 2:
        return None
    gap = first[both] - second[both]
    sums = np.stack([np.bincount(places, weights=gap), np.bincount(places)], axis=1)
    drawn = resampled_sums(sums.astype(np.float64), resamples, seed)
    draws = ratio(drawn[:, 0], drawn[:, 1])
    low, high = percentiles(draws[:, None])
    better = p_better(draws, np.zeros_like(draws))
    assert better is not None
    return PairedDifference(float(gap.mean()), float(low[0]), float(high[0]), better)


def kendall_tau_b(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return how far two orders of the same things agree, -1 to 1, ties corrected for.

    Kendall (1945), Biometrika 33(3), 239-251. None where one side puts all of them equal.
    """
    one, other = (np.round(np.asarray(side, dtype=np.float64), TIE) for side in (first, second))
    upper = np.triu_indices(len(one), 1)
    signs = [np.sign(side[:, None] - side[None, :])[upper] for side in (one, other)]
    below = sqrt(float(np.abs(signs[0]).sum()) * float(np.abs(signs[1]).sum()))
    return float((signs[0] * signs[1]).sum()) / below if below else None
