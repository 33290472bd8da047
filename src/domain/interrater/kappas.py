"""Agreement corrected for chance: kappas, AC1 and AC2, Brennan-Prediger, and none at all.

All take the observed agreement of Gwet: the mean over units with two readings of the (weighted)
share of agreeing pairs. They differ in what they call chance. Weights are categories x
categories, 1 on the diagonal; the identity gives the unweighted coefficient.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from src.domain.errors import BadInputError
from src.domain.interrater.ratings import MISSING, Floats, Ratings
from src.domain.interrater.statistic import Statistic, Sums, require_room, share


def percent_agreement(ratings: Ratings, weights: Floats) -> Statistic:
    """Return the (weighted) share of agreeing pairs of readings, 0 to 1, each unit weighing same.

    Fleiss (1971), Psychological Bulletin 76(5), 378-382; units with one reading do not count.
    """
    parts = _observed(ratings, weights)[:, :2]
    return Statistic("percent_agreement", parts, _observed_share, _observed_share)


def fleiss_kappa(ratings: Ratings, weights: Floats) -> Statistic:
    """Return Fleiss' kappa, at most 1: chance is two draws from what all raters gave together.

    Fleiss (1971), Psychological Bulletin 76(5), 378-382; missing readings, weights and error as
    Gwet (2014), chapters 2, 3 and 5. For two raters without missing readings it is Scott's pi.
    """

    def chance(shares: Sums) -> Sums:
        return np.asarray(((shares @ weights) * shares).sum(axis=1))

    return _by_shares("fleiss_kappa", ratings, weights, chance)


def gwet_ac1(ratings: Ratings) -> Statistic:
    """Return Gwet's AC1, at most 1: chance only where a unit is hard to rate.

    It depends on the number of declared categories. Gwet (2008), British Journal of Mathematical
    and Statistical Psychology 61(1), 29-48; missing readings and error as Gwet (2014), chapters
    2 and 5.
    """
    return gwet_ac2(ratings, np.eye(len(ratings.categories)), "gwet_ac1")


def gwet_ac2(ratings: Ratings, weights: Floats, name: str = "gwet_ac2") -> Statistic:
    """Return Gwet's AC2, at most 1: AC1 with weights. Gwet (2014), chapters 3 to 5."""
    size = len(ratings.categories)
    scale = weights.sum() / (size * (size - 1)) if size > 1 else np.nan

    def chance(shares: Sums) -> Sums:
        return np.asarray(scale * (shares * (1 - shares)).sum(axis=1))

    return _by_shares(name, ratings, weights, chance)


def brennan_prediger(ratings: Ratings, weights: Floats) -> Statistic:
    """Return the coefficient of Brennan and Prediger, at most 1: chance is any category alike.

    It depends on the number of declared categories. Brennan and Prediger (1981), Educational and
    Psychological Measurement 41(3), 687-699; weights and error as Gwet (2014), chapters 4, 5.
    """
    size = len(ratings.categories)
    even = weights.sum() / size**2 if size else np.nan

    def chance(shares: Sums) -> Sums:
        return np.full(len(shares), even)

    return _by_shares("brennan_prediger", ratings, weights, chance)


def conger_kappa(ratings: Ratings, weights: Floats, name: str = "conger_kappa") -> Statistic:
    """Return Conger's kappa, at most 1: chance is two raters who keep their own habits.

    The mean over all pairs of raters of the agreement their own shares of values would give.
    Conger (1980), Psychological Bulletin 88(2), 322-328; missing readings, weights and error as
    Gwet (2014), chapters 2, 3 and 5. A rater who is not drawn in a resample is left out of it.
    """
    raters, size = ratings.raters, len(ratings.categories)
    require_room(name, len(ratings.codes), raters, size)

    def value_of(sums: Sums) -> Sums:
        given = sums[:, 3:].reshape(len(sums), raters, size)
        each = given.sum(axis=2)
        present = each.real > 0
        habits = np.where(present[:, :, None], given / each[:, :, None], 0)
        together = habits.sum(axis=1)
        alone = ((habits @ weights) * habits).sum(axis=(1, 2))
        pairs = present.sum(axis=1) * (present.sum(axis=1) - 1)
        chance = share(((together @ weights) * together).sum(axis=1) - alone, pairs)
        return _beyond(_observed_share(sums), chance)

    parts = np.hstack([_observed(ratings, weights), _given_by_rater(ratings)])
    return Statistic(name, parts, value_of, _as_published(value_of, parts))


def cohen_kappa(ratings: Ratings, weights: Floats) -> Statistic:
    """Return Cohen's kappa of two raters, -1 to 1, or with weights the weighted kappa.

    Only units that both read count. Cohen (1960), Educational and Psychological Measurement
    20(1), 37-46; weighted: Cohen (1968), Psychological Bulletin 70(4), 213-220; the error is
    that of Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72(5), 323-327, with n - 1
    for n as Gwet (2014) has it. Raises BadInputError for any other number of raters.
    """
    if ratings.raters != 2:
        raise BadInputError(f"Cohen's kappa is for two raters, not {ratings.raters}.")
    both = ratings.of_units(ratings.readings_per_unit() == 2)
    inside = conger_kappa(both, weights, "cohen_kappa")
    parts = np.zeros((len(ratings.codes), inside.parts.shape[1]))
    parts[ratings.readings_per_unit() == 2] = inside.parts
    return Statistic(inside.name, parts, inside.value_of, inside.error_of)


def _by_shares(
    name: str, ratings: Ratings, weights: Floats, chance: Callable[[Sums], Sums]
) -> Statistic:
    """Return a coefficient whose chance depends only on the mean share of each category."""
    counts = ratings.counts()
    read = ratings.readings_per_unit()[:, None]
    shares = counts / np.maximum(read, 1)
    parts = np.hstack([_observed(ratings, weights), shares])

    def value_of(sums: Sums) -> Sums:
        return _beyond(_observed_share(sums), chance(sums[:, 3:] / sums[:, 2:3]))

    return Statistic(name, parts, value_of, _as_published(value_of, parts))


def _as_published(value_of: Callable[[Sums], Sums], parts: Floats) -> Callable[[Sums], Sums]:
    """Return the function whose derivative gives Gwet's own standard error.

    Gwet (2014), chapter 5, takes the share of units with two readings as fixed in one place:
    where some units have one reading his error is larger than that of the plain delta method
    (0.143 and 0.125 on his own table); where none has, they are the same.
    """
    total = parts.sum(axis=0, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, paired = value_of(total)[0], total[0, 1] / total[0, 2]

    def error_of(sums: Sums) -> Sums:
        return np.asarray(value_of(sums) + value * sums[:, 1] / sums[:, 2] / paired)

    return error_of


def _observed_share(sums: Sums) -> Sums:
    return share(sums[:, 0], sums[:, 1])


def _beyond(observed: Sums, chance: Sums) -> Sums:
    return share(observed - chance, 1 - chance)


def _observed(ratings: Ratings, weights: Floats) -> Floats:
    """Return for each unit its share of agreeing pairs, whether it has a pair, whether a reading.

    The first three sums of every coefficient of this file.
    """
    counts = ratings.counts()
    read = counts.sum(axis=1)
    agreeing = (counts * (counts @ weights - 1)).sum(axis=1)
    paired = read >= 2
    shares = np.where(paired, agreeing / np.where(paired, read * (read - 1), 1), 0)
    return np.column_stack([shares, paired, read > 0])


def _given_by_rater(ratings: Ratings) -> Floats:
    """Return units x (raters x categories): 1 where the rater gave the unit that category."""
    units, raters = ratings.codes.shape
    size = len(ratings.categories)
    found = np.zeros((units, raters, size))
    rows, columns = np.nonzero(ratings.codes != MISSING)
    found[rows, columns, ratings.codes[rows, columns]] = 1
    return found.reshape(units, raters * size)
