"""Krippendorff's alpha on every level, and with any distance."""

from __future__ import annotations

import numpy as np

from src.domain.interrater.ratings import Codes, Floats, Level, Ratings
from src.domain.interrater.statistic import Statistic, Sums, require_room, share
from src.domain.interrater.weights import Distance, distances_by, ratio_distances, scores_of

NAME = "krippendorff_alpha"


def krippendorff_alpha(ratings: Ratings, level: Level = "nominal") -> Statistic:
    """Return Krippendorff's alpha, at most 1, for values of a level of measurement.

    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability. At interval and ratio level
    the categories are numbers, at ratio level none below 0, else BadInputError is raised.
    Units with one reading do not count. The error is that of Gwet (2014), chapter 5, which leaves
    alpha's correction for small samples out; none is published for the ordinal level, whose
    distances depend on the readings themselves.
    """
    if level == "ordinal":
        return _ordinal_alpha(ratings)
    size = len(ratings.categories)
    if level == "nominal":
        return _alpha(ratings, 1 - np.eye(size))
    scores = scores_of(ratings.categories, level)
    if level == "interval":
        return _alpha(ratings, (scores[:, None] - scores[None, :]) ** 2)
    return _alpha(ratings, ratio_distances(scores))


def alpha_by(ratings: Ratings, distance: Distance) -> Statistic:
    """Return alpha, at most 1, with a distance of one's own, such as MASI or Jaccard on sets.

    The distance stands where Krippendorff has the squared difference: it is not squared again.
    Krippendorff (2013), Content Analysis, 3rd edition, section 12.3; sets: Passonneau (2006).
    """
    return _alpha(ratings, distances_by(distance, ratings.categories))


def _alpha(ratings: Ratings, distances: Floats) -> Statistic:
    counts = _pairable_counts(ratings)
    read = counts.sum(axis=1)
    farthest = distances.max(initial=0)
    distances = distances / farthest if farthest else distances  # The unit must not matter.
    within = ((counts @ distances) * counts).sum(axis=1) / np.maximum(read - 1, 1)

    def value_of(sums: Sums, small_sample: int = 1) -> Sums:
        totals = sums[:, 1:]
        expected = ((totals @ distances) * totals).sum(axis=1)
        return 1 - share(sums[:, 0] * (totals.sum(axis=1) - small_sample), expected)

    parts = np.column_stack([within, counts])
    return Statistic(NAME, parts, value_of, lambda sums: value_of(sums, small_sample=0))


def _ordinal_alpha(ratings: Ratings) -> Statistic:
    """Return alpha by ranks, which each resample has of its own: so it keeps pairs of values."""
    counts = _pairable_counts(ratings)
    first, second = _pairs_within_units(counts)
    require_room(NAME, len(counts), len(first))
    scale = np.maximum(counts.sum(axis=1, keepdims=True) - 1, 1)
    together = 2 * counts[:, first] * counts[:, second] / scale

    def value_of(sums: Sums) -> Sums:
        pairs, totals = sums[:, : len(first)], sums[:, len(first) :]
        n = totals.sum(axis=1)
        ranks = np.cumsum(totals, axis=1) - totals / 2
        ranks = ranks - n[:, None] / 2  # Around 0, so that one value alone expects exactly 0.
        observed = (pairs * (ranks[:, first] - ranks[:, second]) ** 2).sum(axis=1)
        expected = 2 * (n * (totals * ranks**2).sum(axis=1) - (totals * ranks).sum(axis=1) ** 2)
        return 1 - share(observed * (n - 1), expected)

    return Statistic(NAME, np.hstack([together, counts]), value_of, error_of=None)


def _pairs_within_units(counts: Floats) -> tuple[Codes, Codes]:
    """Return the places of every two values that some unit was given both of."""
    given = (counts > 0).astype(np.float64)
    first, second = np.nonzero(np.triu(given.T @ given, k=1))
    return first, second


def _pairable_counts(ratings: Ratings) -> Floats:
    counts = ratings.counts()
    counts[counts.sum(axis=1) < 2] = 0
    return counts
