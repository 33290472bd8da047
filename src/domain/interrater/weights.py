"""How near two values are: weights of agreement, and distances for alpha."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias

import numpy as np

from src.domain.errors import BadInputError
from src.domain.interrater.ratings import Floats, Level, number_of

Weighting = Literal["identity", "linear", "quadratic", "ordinal", "ratio"]
Distance: TypeAlias = Callable[[Hashable, Hashable], float]
"""How far apart two values are, at least 0, the same both ways, 0 for the same value."""

WEIGHTING_OF: dict[Level, Weighting] = {
    "nominal": "identity",
    "ordinal": "ordinal",
    "interval": "quadratic",
    "ratio": "ratio",
}
"""The weights that suit a level where no others are asked for."""


def scores_of(categories: Sequence[Hashable], level: Level) -> Floats:
    """Return a number for each category: its place from 1, or at interval and ratio its own.

    Raises BadInputError for a category that is no number at those levels.
    """
    if level in ("interval", "ratio"):
        return np.array([number_of(category) for category in categories], dtype=np.float64)
    return np.arange(1, len(categories) + 1, dtype=np.float64)


def agreement_weights(weighting: Weighting, scores: Floats) -> Floats:
    """Return categories x categories: 1 on the diagonal, 0 for the two farthest apart.

    `ordinal` counts the pairs of places between two values, so gaps do not matter; `linear`
    (Cicchetti and Allison 1971), `quadratic` (Fleiss and Cohen 1973) and `ratio` go by the
    scores. Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 3. Raises
    BadInputError for ratio weights of a score below 0.
    """
    size = len(scores)
    if weighting == "identity" or size < 2:
        return np.eye(size)
    gaps = np.abs(scores[:, None] - scores[None, :])
    if weighting == "linear":
        return np.asarray(1 - gaps / gaps.max())
    if weighting == "quadratic":
        return np.asarray(1 - (gaps / gaps.max()) ** 2)
    if weighting == "ratio":
        return weights_from(ratio_distances(scores))
    ranks = scores.argsort().argsort()
    steps = np.abs(ranks[:, None] - ranks[None, :])
    return weights_from(steps * (steps + 1) / 2)


def weights_from(disagreement: Floats) -> Floats:
    """Return agreement weights from costs of disagreement, 0 on the diagonal.

    1 - cost / highest cost. Cohen (1968), Psychological Bulletin 70(4), 213-220. Raises
    BadInputError when costs are negative, not the same both ways, or nowhere above 0.
    """
    costs = np.asarray(disagreement, dtype=np.float64)
    if (costs < 0).any() or (np.diag(costs) != 0).any() or not np.allclose(costs, costs.T):
        raise BadInputError("Costs are symmetric, 0 on the diagonal and never below 0.")
    if costs.max() == 0:
        raise BadInputError("No disagreement costs anything: some two values have to differ.")
    return np.asarray(1 - costs / costs.max())


def ratio_distances(scores: Floats) -> Floats:
    """Return ((x - y) / (x + y))^2 of each pair of scores; 0 and 0 are equal.

    Raises BadInputError for a score below 0.
    """
    if (scores < 0).any():
        raise BadInputError("A value at ratio level is below 0: use the interval level.")
    gaps = scores[:, None] - scores[None, :]
    sums = scores[:, None] + scores[None, :]
    return np.asarray((gaps / np.where(sums == 0, 1, sums)) ** 2)


def distances_by(distance: Distance, categories: Sequence[Hashable]) -> Floats:
    """Return categories x categories of a distance, asked once for each two."""
    size = len(categories)
    found = np.zeros((size, size))
    for first in range(size):
        for second in range(first):
            found[first, second] = distance(categories[first], categories[second])
    return np.asarray(found + found.T)


def jaccard_distance(first: Hashable, second: Hashable) -> float:
    """Return 1 - shared / all members of two frozensets, 0 to 1; two empty sets are equal.

    Jaccard (1912), New Phytologist 11(2), 37-50.
    """
    a, b = _members(first), _members(second)
    return 1 - len(a & b) / len(a | b) if a | b else 0.0


def masi_distance(first: Hashable, second: Hashable) -> float:
    """Return 1 - Jaccard similarity x monotonicity of two frozensets, 0 to 1.

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they only overlap,
    0 where they share nothing. Passonneau (2006), Measuring Agreement on Set-valued Items
    (MASI) for Semantic and Pragmatic Annotation, LREC. Two empty sets are equal.
    """
    a, b = _members(first), _members(second)
    if a == b:
        return 0.0
    if not a & b:
        return 1.0
    monotonicity = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - monotonicity * len(a & b) / len(a | b)


def _members(value: Hashable) -> AbstractSet[object]:
    if isinstance(value, AbstractSet):
        return value
    raise BadInputError(f"A set is needed here, not {value!r}.")
