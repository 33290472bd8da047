"""Mean scores and ranks with some items as they would be without one reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from src.domain.scoring.ranks import ranks_of
from src.domain.scoring.resampling import Numbers, ratio
from src.domain.scoring.sheet import ADDED, GRADE_MISSING, REWORDED, UNSCORED, Codes, Flags

NO_GRADE = [UNSCORED.index(reason) for reason in (GRADE_MISSING, REWORDED, ADDED)]


@dataclass(frozen=True)
class OtherItem:
    """One item as it would be."""

    place: int
    values: Numbers
    """What each model scores on it; NaN where it does not count, or has no score."""
    weight: float
    reasons: Codes
    """Why each model has no score on it, where it counts."""
    is_open: bool = False
    """True where it would be no gold, and so counts as imported."""


@dataclass(frozen=True)
class Standings:
    """What each model scores, at which rank, and how many of its answers lack a grade now."""

    value: Numbers
    n: Numbers
    """Items each is the mean of."""
    rank: Numbers
    ungraded: Numbers
    """Answers with a score before, and none now: no stored grade covers a criterion's words."""


def standings_with(
    values: Numbers, weights: Numbers | None, others: Sequence[OtherItem]
) -> Standings:
    """Return the models' weighted means (of models x items) with some items put otherwise."""
    whole = values.copy()
    weight = np.ones(values.shape[1]) if weights is None else weights.copy()
    ungraded = np.zeros(len(values))
    for other in others:
        lacks = np.isnan(other.values) & np.isin(other.reasons, NO_GRADE)
        ungraded += lacks & ~np.isnan(values[:, other.place])
        whole[:, other.place] = other.values
        weight[other.place] = other.weight
    known: Flags = ~np.isnan(whole)
    value = ratio((np.nan_to_num(whole) * weight).sum(axis=1), (known * weight).sum(axis=1))
    return Standings(value, known.sum(axis=1), ranks_of(value), ungraded)
