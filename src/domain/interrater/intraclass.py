"""Intraclass correlation of numbers that every rater gave to every unit."""

from __future__ import annotations

from typing import Literal

import numpy as np

from src.domain.errors import BadInputError
from src.domain.interrater.ratings import MISSING, Level, Ratings
from src.domain.interrater.statistic import Statistic, Sums, share
from src.domain.interrater.weights import scores_of

Form = Literal["icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k"]


def intraclass_correlation(ratings: Ratings, level: Level, form: Form = "icc_2_1") -> Statistic:
    """Return an intraclass correlation, at most 1, of a table without missing readings.

    Form 1: each unit has raters of its own; 2: the raters are a sample of all raters, and it
    matters that one gives higher numbers; 3: only these raters, and it does not. `_1` speaks of
    one rater's number, `_k` of the mean of all. Shrout and Fleiss (1979), Psychological Bulletin
    86(2), 420-428. Raises BadInputError for fewer than two raters and where a reading is missing.
    """
    if ratings.raters < 2 or (ratings.codes == MISSING).any():
        raise BadInputError("An intraclass correlation needs every rater's number on every unit.")
    scores = scores_of(ratings.categories, level)
    numbers = scores[ratings.codes] - scores[ratings.codes].mean()
    k = ratings.raters
    ones = np.ones((len(numbers), 1))
    of_units = numbers.sum(axis=1, keepdims=True) ** 2
    squares = (numbers**2).sum(axis=1, keepdims=True)

    def value_of(sums: Sums) -> Sums:
        n, columns = sums[:, 0], sums[:, 1 : k + 1]
        middle = columns.sum(axis=1) ** 2 / (n * k)
        units = sums[:, k + 1] / k - middle
        raters = (columns**2).sum(axis=1) / n - middle
        rest = sums[:, k + 2] - middle - units - raters
        return _form(form, k, n, units, raters, rest)

    parts = np.hstack([ones, numbers, of_units, squares])
    return Statistic(form, parts, value_of, error_of=None)


def _form(form: Form, k: int, n: Sums, units: Sums, raters: Sums, rest: Sums) -> Sums:
    """Return the coefficient from the sums of squares between units, raters, and the rest."""
    between = units / (n - 1)
    within = (raters + rest) / (n * (k - 1))
    of_raters, error = raters / (k - 1), rest / ((n - 1) * (k - 1))
    if form == "icc_1_1":
        return share(between - within, between + (k - 1) * within)
    if form == "icc_1_k":
        return share(between - within, between)
    if form == "icc_2_1":
        return share(between - error, between + (k - 1) * error + k * (of_raters - error) / n)
    if form == "icc_2_k":
        return share(between - error, between + (of_raters - error) / n)
    return share(between - error, between + (k - 1) * error if form == "icc_3_1" else between)
