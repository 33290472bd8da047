"""A judge's scores on everything, put right by people's scores on a part of it.

Prediction-powered inference for a mean: Angelopoulos, Bates, Fannjiang, Jordan and Zrnic (2023),
Science 382(6671), 669-674; with the power tuning of PPI++: Angelopoulos, Duchi and Zrnic (2023),
arXiv 2311.01453. What the judge says of all answers is taken as far as it goes with what people
say (the power, 0 to 1), and the error it makes on the labelled ones is added. So the result is
right for any judge, and a better judge only makes it surer.

The papers compare labelled answers with the others. Here they are compared with all, which is the
same estimate where answers are drawn alike, and the right one where they are not: the others are
then no sample of anything (the difference estimator of survey sampling: Cassel, Saerndal and
Wretman 1976, Biometrika 63(3), 615-620).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from src.domain.scoring.ranks import p_better
from src.domain.scoring.resampling import (
    Numbers,
    Places,
    case_sums,
    ratio,
    resampled_sums,
)
from src.domain.student import t_quantile

LEAST_GRADED: Final = 20
LEAST_CASES: Final = 15
"""Of answers people have graded, and of their cases: with fewer nothing is estimated. At these
numbers the intervals hold what they promise (docs/leaderboard.md has the simulation)."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Weights:
    """How answers count: one number an answer each, or one for all."""

    answer: Numbers | float = 1.0
    """Above 0: what an answer counts in the mean."""
    chance: Numbers | float = 1.0
    """Above 0, at most 1: that people were to grade it."""
    zeros: NDArray[np.bool_] | None = None
    """Items without an answer that count 0, which nobody need grade; none of them has a score."""


ALIKE: Final = Weights()


@dataclass(frozen=True)
class Corrected:
    """What people's grades on a part of the answers say of the mean over all of them."""

    powered: Estimate
    """Prediction-powered: the judge on everything, put right by people."""
    human: Estimate
    """People alone, on what they graded."""
    power: float
    """How much the judge's word counts, 0 to 1; 0 where people graded everything."""
    draws: Numbers
    """The powered value in each resample, to compare models by."""
    freedom: int
    """Degrees of freedom of its intervals."""


@dataclass(frozen=True)
class CorrectedGap:
    """How one corrected mean differs from another."""

    difference: Estimate
    p_better: float
    """The chance that the first is greater; a tie counts one half."""


def corrected_gap(first: Corrected, second: Corrected) -> CorrectedGap | None:
    """Return how two corrected means of the same answers differ; both resampled on the same cases.

    The interval is Student's t on the bootstrap's standard error of the difference, with the fewer
    degrees of freedom of the two, inside -1 to 1. None where no resample has both.
    """
    better = p_better(first.draws, second.draws)
    if better is None:
        return None
    difference = first.powered.value - second.powered.value
    reach = _reach(first.draws - second.draws, min(first.freedom, second.freedom))
    low, high = np.clip([difference - reach, difference + reach], -1, 1)
    return CorrectedGap(Estimate(difference, float(low), float(high)), better)


def ppi_mean(
    human: Numbers, judge: Numbers, judge_elsewhere: Numbers, *, power: float | None = 1.0
) -> tuple[float, float]:
    """Return the estimate and its standard error, for answers independent of each other.

    `human` and `judge` score the same answers, `judge_elsewhere` the others. The power is that of
    the others' mean, as in the papers: 1 is the method of 2023; None tunes it. Two scores are
    needed on each side.
    """
    every = np.concatenate([judge, judge_elsewhere])
    columns = np.array([_columns(human, judge, every)])
    elsewhere = len(judge_elsewhere) / len(every)
    used = float(tuned_power(columns)[0]) * elsewhere if power is None else power
    value = float(_powered(columns, np.array([used / elsewhere]))[0])
    variance = (used * judge_elsewhere).var(ddof=1) / len(judge_elsewhere)
    variance += (human - used * judge).var(ddof=1) / len(human)
    return value, sqrt(float(variance))


def _columns(human: Numbers, judge: Numbers, every: Numbers) -> list[float]:
    ones, squares = float(len(human)), float((judge * judge).sum())
    return [
        ones,
        float(human.sum()),
        float(judge.sum()),
        float((human * judge).sum()),
        squares,
        float(len(every)),
        float(every.sum()),
        float((every * every).sum()),
        0.0,
    ]


def tuned_power(columns: Numbers) -> Numbers:
    """Return the power that makes the estimate surest, cut off at 0 and 1.

    Covariance of person and judge, over the judge's variance on all answers: the slope of
    regression estimators (Cochran 1977, chapter 7). Where answers are drawn alike it is the power
    of PPI++, example 6.1, over the share of answers nobody graded, and gives the same estimate.
    0 where the judge always says the same.
    """
    n, y, f, fy, _, m, g, gg, _ = columns.T
    covariance = ratio(fy, n) - ratio(y, n) * ratio(f, n)
    variance = ratio(gg, m) - ratio(g, m) ** 2
    return np.clip(np.nan_to_num(ratio(covariance, np.where(variance > 1e-12, variance, 0))), 0, 1)


def _powered(columns: Numbers, power: Numbers) -> Numbers:
    """Return the mean of the answers, and of as many zeros as are known, one a row of sums."""
    n, y, f, _, _, m, g, _, zeros = columns.T
    return ratio(m, m + zeros) * (ratio(y, n) + power * (ratio(g, m) - ratio(f, n)))


def corrected_mean(
    human: Numbers,
    judge: Numbers,
    cases: Places,
    resamples: int,
    seed: int,
    weights: Weights = ALIKE,
) -> Corrected | None:
    """Return the mean people would give all answers, from those they graded.

    One value an answer, NaN in `human` where nobody graded it and in `judge` where the judge has
    no score; an answer without a judge's score is left out, unless it is a known zero. `cases`
    are numbered from 0; models with the same numbers and seed are resampled on the same cases.
    Where people graded a sample, answers weigh 1 / their chance (Hajek's mean). Whole cases are
    resampled and the power is tuned anew in each resample. Interval: Student's t on the bootstrap's
    standard error, with as many degrees of freedom as there are graded cases less one, inside 0
    to 1; percentiles alone are too narrow with few cases. Cases of unequal weight count as the
    number of equal ones that tell as much (Kish 1965, section 8.2). None with fewer graded answers
    than LEAST_GRADED, or from fewer cases than LEAST_CASES.
    """
    graded = ~np.isnan(judge) & ~np.isnan(human)
    graded_cases = len(np.unique(cases[graded]))
    if int(graded.sum()) < LEAST_GRADED or graded_cases < LEAST_CASES:
        return None
    sums = _case_columns(human, judge, cases, weights)
    total = sums.sum(axis=0, keepdims=True)
    power = tuned_power(total)
    drawn = resampled_sums(sums, resamples, seed)
    powered = _powered(drawn, tuned_power(drawn))
    freedom = _freedom(graded, cases, weights)
    everything = bool((graded | np.isnan(judge)).all())
    nothing = np.zeros(1)
    alone = _powered(drawn, np.zeros(resamples))
    return Corrected(
        powered=_estimate(float(_powered(total, power)[0]), powered, freedom),
        human=_estimate(float(_powered(total, nothing)[0]), alone, freedom),
        power=0.0 if everything else float(power[0]),
        draws=powered,
        freedom=freedom,
    )


def _freedom(graded: NDArray[np.bool_], cases: Places, weights: Weights) -> int:
    """Return how many cases of equal weight tell as much as those graded, less one."""
    weight = np.ones(len(cases)) * weights.answer / weights.chance
    sums = case_sums(np.stack([graded * weight, graded]), cases, int(cases.max()) + 1)
    each = sums[sums[:, 1] > 0]
    mean = each[:, 0] / each[:, 1]
    return max(1, round(float(mean.sum() ** 2 / (mean * mean).sum())) - 1)


def powered_value(
    human: Numbers, judge: Numbers, cases: Places, weights: Weights = ALIKE
) -> float | None:
    """Return the value of corrected_mean without its interval; None for the same reasons."""
    graded = ~np.isnan(judge) & ~np.isnan(human)
    if int(graded.sum()) < LEAST_GRADED or len(np.unique(cases[graded])) < LEAST_CASES:
        return None
    total = _case_columns(human, judge, cases, weights).sum(axis=0, keepdims=True)
    return float(np.clip(_powered(total, tuned_power(total))[0], 0, 1))


def _case_columns(human: Numbers, judge: Numbers, cases: Places, weights: Weights) -> Numbers:
    """Return the sums over each case that an estimate is made of (cases x 9)."""
    known = ~np.isnan(judge)
    graded = known & ~np.isnan(human)
    counts = np.ones(len(judge)) * weights.answer
    weight = graded * counts / weights.chance
    y, f = np.nan_to_num(human) * graded, np.nan_to_num(judge)
    rows = [weight, weight * y, weight * f, weight * f * y, weight * f * f]
    rows += [known * counts, counts * f, counts * f * f]
    rows += [np.zeros(len(judge)) if weights.zeros is None else counts * weights.zeros]
    return case_sums(np.stack(rows).astype(np.float64), cases, int(cases.max()) + 1)


def _estimate(value: float, draws: Numbers, freedom: int) -> Estimate:
    """Return a value inside 0 to 1 with its interval."""
    reach = _reach(draws, freedom)
    inside, low, high = np.clip([value, value - reach, value + reach], 0, 1)
    return Estimate(float(inside), float(low), float(high))


def _reach(draws: Numbers, freedom: int) -> float:
    """Return half the width of the interval that the resamples of an estimate give."""
    error = float(draws[~np.isnan(draws)].std(ddof=1)) * sqrt((freedom + 1) / freedom)
    return t_quantile(0.975, freedom) * error
