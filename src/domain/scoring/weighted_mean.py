"""Means of a sample whose items had different chances to be drawn."""

from __future__ import annotations

import numpy as np

from src.domain.errors import BadInputError
from src.domain.scoring.resampling import Numbers


def weights_of(chances: Numbers) -> Numbers:
    """Return one weight an item: the reciprocal of its chance to be drawn, above 0 up to 1.

    Raises BadInputError for any other chance.
    """
    if not ((chances > 0) & (chances <= 1)).all():
        raise BadInputError("The chance to be drawn is above 0 and at most 1 for every item.")
    return np.asarray(1 / chances, dtype=np.float64)


def horvitz_thompson_mean(values: Numbers, chances: Numbers, population: int) -> float:
    """Return the mean of a population of known size, each value weighted by 1 / its chance.

    Horvitz and Thompson (1952), Journal of the American Statistical Association 47(260), 663-685.
    Unbiased, and not bound to lie between the values.
    """
    if population < 1:
        raise BadInputError("A population has at least one item.")
    return float((values * weights_of(chances)).sum() / population)


def hajek_mean(values: Numbers, chances: Numbers) -> float | None:
    """Return the mean weighted by 1 / chance, divided by the sum of the weights; None for none.

    Hajek (1971), in Foundations of Statistical Inference, 236. It lies between the values and
    varies less where the chances have little to do with them, so it is what the leaderboard uses.
    """
    if not len(values):
        return None
    weights = weights_of(chances)
    return float((values * weights).sum() / weights.sum())
