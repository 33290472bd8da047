"""How far independent readings agree: every coefficient, with its error and its interval.

This is the door to `interrater`, which holds the coefficients themselves; docs/agreement.md says
which is for what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from statistics import fmean
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel

from src.domain.errors import BadInputError
from src.domain.interrater.alpha import NAME as ALPHA
from src.domain.interrater.alpha import alpha_by
from src.domain.interrater.alpha import krippendorff_alpha as alpha_statistic
from src.domain.interrater.intraclass import intraclass_correlation
from src.domain.interrater.kappas import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
)
from src.domain.interrater.kappas import percent_agreement as percent_statistic
from src.domain.interrater.ratings import (
    MISSING,
    Codes,
    Floats,
    Ratings,
    number_of,
    ratings_of_units,
)
from src.domain.interrater.ratings import Level as Level
from src.domain.interrater.statistic import (
    RESAMPLES,
    Interval,
    Statistic,
    Sums,
    TooLargeError,
    bootstrap,
    share,
)
from src.domain.interrater.weights import (
    WEIGHTING_OF,
    Distance,
    agreement_weights,
    scores_of,
)
from src.domain.interrater.weights import Weighting as Weighting
from src.domain.student import t_interval

NO_PAIR = "undefined: no unit has two readings"
IDENTICAL = "undefined, all identical (agreement 1.00)"
"""What is said instead of a number: without variation nothing can be told from chance."""
MOST_VALUES = 300
TOO_MANY = f"no interval: more than {MOST_VALUES} different wordings"


class Coefficient(BaseModel, frozen=True, extra="forbid"):
    """One number on agreement; undefined is None with a note that says why."""

    name: str
    value: float | None
    se: float | None = None
    """The analytic standard error, by items; None where no formula is published."""
    low: float | None = None
    high: float | None = None
    """The 95 % percentile interval of resampled items."""
    analytic_low: float | None = None
    analytic_high: float | None = None
    """The 95 % interval by the standard error and Student's t."""
    units: int
    """How many units have two readings."""
    raters: int
    weights: str = "identity"
    note: str = ""


def percent_agreement(units: Sequence[Sequence[Hashable]]) -> Coefficient:
    """Return the mean share of agreeing pairs of readings per unit, from 0 to 1.

    `units` holds the readings of each unit; units with fewer than two are left out. Each unit
    weighs the same (Fleiss 1971, Psychological Bulletin 76(5), 378-382).
    """
    shares = [share for share in map(_agreeing_share, units) if share is not None]
    return Coefficient(
        name="percent_agreement",
        value=fmean(shares) if shares else None,
        units=len(shares),
        raters=max(map(len, units), default=0),
        note="" if shares else NO_PAIR,
    )


def _agreeing_share(readings: Sequence[Hashable]) -> float | None:
    """Return the share of agreeing pairs; a table would take 20 times as long for one unit."""
    n = len(readings)
    if n < 2:
        return None
    return sum(c * (c - 1) for c in Counter(readings).values()) / (n * (n - 1))


def krippendorff_alpha(
    units: Sequence[Sequence[Hashable]],
    level: Level = "nominal",
    distance: Distance | None = None,
) -> Coefficient:
    """Return Krippendorff's alpha, at most 1; None where it is undefined.

    `units` holds the readings of each unit, missing ones left out; for levels other than
    nominal the readings are numbers, and `distance` (such as `masi_distance` on frozensets)
    stands for a level of one's own. Krippendorff (2011), Computing Krippendorff's
    Alpha-Reliability. Undefined when no unit has two readings, or all readings are the same.
    """
    if distance is not None:
        ratings = ratings_of_units(units)
        return _plain(ratings, alpha_by(ratings, distance))
    if level == "nominal":
        return _nominal_alpha(units)
    ratings = ratings_of_units([[number_of(value) for value in readings] for readings in units])
    return _plain(ratings, alpha_statistic(ratings, level), level)


def _nominal_alpha(units: Sequence[Sequence[Hashable]]) -> Coefficient:
    """Return alpha by counting, however many different values (proposed texts) there are."""
    pairable = [Counter(readings) for readings in units if len(readings) >= 2]
    totals: Counter[Hashable] = Counter()
    for counts in pairable:
        totals.update(counts)
    n = totals.total()
    differing = sum(_unequal(counts) / (counts.total() - 1) for counts in pairable)
    expected = _unequal(totals)
    return Coefficient(
        name=ALPHA,
        value=1 - (n - 1) * differing / expected if expected else None,
        units=len(pairable),
        raters=max(map(len, units), default=0),
        weights="nominal",
        note="" if expected else IDENTICAL if pairable else NO_PAIR,
    )


def _unequal(counts: Counter[Hashable]) -> int:
    """Return how many ordered pairs of readings differ."""
    return counts.total() ** 2 - sum(count * count for count in counts.values())


def every_coefficient(
    ratings: Ratings,
    level: Level,
    *,
    weights: Weighting | None = None,
    seed: int,
    resamples: int = RESAMPLES,
) -> list[Coefficient]:
    """Return every coefficient of a level, with errors and intervals, in a fixed order.

    Percent agreement and AC1 are of exact agreement; kappas, Brennan-Prediger and AC2 are
    weighted as asked, else as suits the level; alpha has the distances of the level. One that
    does not suit the ratings has no value and a note. Raises BadInputError for weights other
    than identity at nominal level, and for values that are no numbers where numbers are needed.
    """
    asked = _asked(ratings, level, weights)
    there = [one.statistic for one in asked if one.statistic is not None]
    intervals = iter(bootstrap(there, ratings.clusters, seed=seed, resamples=resamples))
    return [
        _refused(ratings, one)
        if one.statistic is None
        else _with_interval(_measured(ratings, one.statistic, one.weights), next(intervals))
        for one in asked
    ]


def coefficient_values(ratings: Ratings, level: Level) -> list[Coefficient]:
    """Return what `every_coefficient` returns, without errors and intervals: at once."""
    return [
        _refused(ratings, one)
        if one.statistic is None
        else _plain(ratings, one.statistic, one.weights)
        for one in _asked(ratings, level, None)
    ]


def exact_agreement(ratings: Ratings, *, seed: int | None = None) -> list[Coefficient]:
    """Return percent agreement and alpha of values that are on no list, such as wordings.

    Other coefficients need to know all that could be said. Without a `seed` there are no errors
    and intervals; nor for alpha where there are more than MOST_VALUES different values.
    """
    percent = percent_statistic(ratings, np.eye(len(ratings.categories)))
    if len(ratings.categories) > MOST_VALUES:
        said = [[code for code in row if code != MISSING] for row in ratings.codes.tolist()]
        alpha = _nominal_alpha(said)
        noted = alpha if seed is None else alpha.model_copy(update={"note": TOO_MANY})
        return [*_resampled(ratings, [percent], ["identity"], seed), noted]
    return _resampled(ratings, [percent, alpha_statistic(ratings)], ["identity", "nominal"], seed)


def share_of(
    name: str, parts: Floats, clusters: Codes, *, raters: int, seed: int | None = None
) -> Coefficient:
    """Return a ratio of two sums as a number with its interval, such as a rate or a mean.

    `parts` holds, for each unit, what it adds above and below the line; `units` of the result is
    the sum below. The interval draws whole clusters.
    """
    found = Statistic(name, parts, _ratio, _ratio)
    value = found.value()
    plain = Coefficient(
        name=name,
        value=value,
        units=round(float(parts[:, 1].sum())),
        raters=raters,
        note="" if value is not None else "nothing to count",
    )
    if seed is None or value is None:
        return plain
    [interval] = bootstrap([found], clusters, seed=seed)
    return _with_interval(plain, interval)


def set_agreement(
    sets: Sequence[Sequence[Hashable]],
    clusters: Codes,
    distance: Distance,
    name: str,
    *,
    seed: int | None = None,
) -> Coefficient:
    """Return alpha of what readers chose of several things, with a distance between sets."""
    ratings = ratings_of_units(sets)
    ratings = Ratings(ratings.codes, ratings.categories, clusters)
    [found] = _resampled(ratings, [alpha_by(ratings, distance)], ["nominal"], seed)
    return found.model_copy(update={"name": name, "weights": "identity"})


def _ratio(sums: Sums) -> Sums:
    return share(sums[:, 0], sums[:, 1])


def _resampled(
    ratings: Ratings, statistics: Sequence[Statistic], weights: Sequence[str], seed: int | None
) -> list[Coefficient]:
    """Return coefficients, with errors and intervals where there is a seed."""
    if seed is None:
        return [_plain(ratings, one, w) for one, w in zip(statistics, weights, strict=True)]
    intervals = bootstrap(statistics, ratings.clusters, seed=seed)
    return [
        _with_interval(_measured(ratings, one, w), interval)
        for one, w, interval in zip(statistics, weights, intervals, strict=True)
    ]


class _Asked(NamedTuple):
    """A coefficient to compute, or why it does not suit the ratings."""

    name: str
    weights: str
    statistic: Statistic | None
    note: str = ""


def _asked(ratings: Ratings, level: Level, weights: Weighting | None) -> list[_Asked]:
    weighting = weights or WEIGHTING_OF[level]
    if level == "nominal" and weighting != "identity":
        text = f"The weights {weighting!r} need an order, which the nominal level has not:"
        raise BadInputError(f"{text} ask for another level.")
    matrix = agreement_weights(weighting, scores_of(ratings.categories, level))
    exact = np.eye(len(matrix))
    found = [
        _ask("percent_agreement", "identity", lambda: percent_statistic(ratings, exact)),
        _cohen(ratings, weighting, matrix),
        _ask("conger_kappa", weighting, lambda: conger_kappa(ratings, matrix)),
        _ask("fleiss_kappa", weighting, lambda: fleiss_kappa(ratings, matrix)),
        _ask(ALPHA, level, lambda: alpha_statistic(ratings, level)),
        _ask("gwet_ac1", "identity", lambda: gwet_ac1(ratings)),
        _ask("gwet_ac2", weighting, lambda: gwet_ac2(ratings, matrix)),
        _ask("brennan_prediger", weighting, lambda: brennan_prediger(ratings, matrix)),
    ]
    return found if level in ("nominal", "ordinal") else [*found, _intraclass(ratings, level)]


def _ask(name: str, weights: str, make: Callable[[], Statistic]) -> _Asked:
    try:
        return _Asked(name, weights, make())
    except TooLargeError as error:
        return _Asked(name, weights, None, str(error))


def _cohen(ratings: Ratings, weighting: Weighting, matrix: Floats) -> _Asked:
    if ratings.raters == 2:
        return _ask("cohen_kappa", weighting, lambda: cohen_kappa(ratings, matrix))
    note = f"for two raters, here are {ratings.raters}: conger_kappa is its form for more"
    return _Asked("cohen_kappa", weighting, None, note)


def _intraclass(ratings: Ratings, level: Level) -> _Asked:
    if ratings.raters > 1 and not (ratings.codes == MISSING).any():
        return _ask("icc_2_1", level, lambda: intraclass_correlation(ratings, level))
    return _Asked("icc_2_1", level, None, "needs two raters and every rater's number on each unit")


def _plain(ratings: Ratings, statistic: Statistic, weights: str = "identity") -> Coefficient:
    """Return a coefficient without error and interval, and with the reason where it has none."""
    value = statistic.value()
    return Coefficient(
        name=statistic.name,
        value=value,
        units=_pairable(ratings),
        raters=ratings.raters,
        weights=weights,
        note=_why_undefined(ratings) if value is None else "",
    )


def _measured(ratings: Ratings, statistic: Statistic, weights: str) -> Coefficient:
    plain = _plain(ratings, statistic, weights)
    error = statistic.standard_error(ratings.clusters)
    if plain.value is None or error is None:
        return plain
    low, high = t_interval(plain.value, error, statistic.counting(ratings.clusters) - 1)
    return plain.model_copy(update={"se": error, "analytic_low": low, "analytic_high": high})


def _with_interval(found: Coefficient, interval: Interval | None) -> Coefficient:
    if found.value is None:
        return found
    if interval is None:
        return found.model_copy(update={"note": "no interval: too few items have a value"})
    left_out = f"{interval.undefined} of {interval.resamples} resamples undefined, left out"
    note = left_out if interval.undefined else ""
    return found.model_copy(update={"low": interval.low, "high": interval.high, "note": note})


def _refused(ratings: Ratings, one: _Asked) -> Coefficient:
    return Coefficient(
        name=one.name,
        value=None,
        units=_pairable(ratings),
        raters=ratings.raters,
        weights=one.weights,
        note=one.note,
    )


def _pairable(ratings: Ratings) -> int:
    return int((ratings.readings_per_unit() >= 2).sum())


def _why_undefined(ratings: Ratings) -> str:
    if not _pairable(ratings):
        return NO_PAIR
    agreed = percent_statistic(ratings, np.eye(len(ratings.categories))).value()
    return IDENTICAL if agreed == 1 else "undefined: chance alone would agree always"
