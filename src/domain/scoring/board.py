"""A leaderboard: models x items in, means with their intervals and ranks out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel

from src.domain.item import Track
from src.domain.scoring.ranks import p_better, rank_intervals, ranks_of
from src.domain.scoring.resampling import (
    Numbers,
    Places,
    case_sums,
    percentiles,
    ratio,
    resampled_sums,
)
from src.domain.scoring.sheet import Policy

Basis = Literal["import", "gold", "reviewed", "corrected"]

SEED: Final = 20_261_120
"""Of every interval; a row names it, so that the interval can be computed again."""
RESAMPLES: Final = 2_000


class Figure(BaseModel, frozen=True, extra="forbid"):
    """A mean, of how many answers, and its 95 % interval where it is known."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


class Row(BaseModel, frozen=True, extra="forbid"):
    """One line of a leaderboard: a model's mean on a track, how sure it is, what is not in it.

    n + unscored + excluded is the number of items the basis asks in the track.
    """

    model: str
    track: Track
    measure: str
    basis: Basis
    release: int | None = None
    n: int
    """Answers with a score."""
    cases: int
    unscored: int
    excluded: int
    value: float | None
    low: float | None
    """95 % interval, whole cases drawn again and again; None with fewer than two cases."""
    high: float | None
    rank: int | None = None
    """Within track and measure, equal scores sharing one; None without a score."""
    rank_low: int | None = None
    """The best rank in 95 % of the resamples."""
    rank_high: int | None = None
    p_better: float | None = None
    """The chance that it is better than the next model below; None for the last."""
    reasons: dict[str, int] = {}
    """Why answers have no score -> how many."""
    exclusions: dict[str, int] = {}
    """Why items are excluded -> how many."""
    policies: dict[str, Figure] = {}
    """all, reviewed, reviewed_minus_excluded -> what the score is on these items."""
    policy: Policy = Policy()
    weighted: bool = False
    """True where the items are a sample and count by 1 / their chance to be drawn."""
    graded: int = 0
    """Answers that people graded, of which a corrected score is made."""
    human: Figure | None = None
    """People alone, beside a corrected score."""
    plug_in: Figure | None = None
    """The judge's mean put right by its sensitivity and specificity, beside a corrected score."""
    note: str = ""
    seed: int = SEED
    resamples: int = RESAMPLES


class Sides(BaseModel, frozen=True, extra="forbid"):
    """A model's score on a track on every basis there is, side by side."""

    imported: Row
    gold: Row | None = None
    """Of the judge alone; where only the release counts, with people's grades before it."""
    corrected: Row | None = None
    reviewed: Row | None = None

    @property
    def rows(self) -> tuple[Row | None, ...]:
        """Imported, gold, corrected and reviewed."""
        return self.imported, self.gold, self.corrected, self.reviewed


class Comparison(BaseModel, frozen=True, extra="forbid"):
    """How one model stands to another on the items both have a score on."""

    model: str
    other: str
    track: Track
    measure: str
    basis: Basis
    difference: float
    low: float
    high: float
    p_better: float
    n: int = 0
    """Items both have a score on."""


@dataclass(frozen=True)
class Means:
    """The means of several models on the same items, and their resamples."""

    n: Places
    cases: Places
    value: Numbers
    low: Numbers
    high: Numbers
    draws: Numbers
    """Resamples x models."""


def means_of(
    values: Numbers,
    cases: Places,
    weights: Numbers | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Means:
    """Return the mean of each model (values: models x items, NaN where there is no score).

    All models are resampled on the same cases. With `weights`, 1 / the chance of each item to be
    drawn, the mean is Hajek's. A model with scores from fewer than two cases has no interval.
    """
    known = ~np.isnan(values)
    used = known.any(axis=0)
    values, known, cases = values[:, used], known[:, used], cases[used]
    weight = np.ones(values.shape[1]) if weights is None else weights[used]
    found, places = np.unique(cases, return_inverse=True)
    counted = known * weight
    above, below = case_sums(
        np.concatenate([np.nan_to_num(values) * weight, counted]), places, len(found)
    ).T.reshape(2, len(values), len(found))
    value = ratio(above.sum(axis=1), below.sum(axis=1))
    n_cases = (below > 0).sum(axis=1)
    if len(found):
        drawn = resampled_sums(np.concatenate([above, below]).T, resamples, seed)
        draws = ratio(drawn[:, : len(values)], drawn[:, len(values) :])
    else:
        draws = np.full((1, len(values)), np.nan)
    low, high = percentiles(draws)
    sure = n_cases >= 2
    return Means(
        n=known.sum(axis=1),
        cases=n_cases,
        value=value,
        low=np.where(sure, low, np.nan),
        high=np.where(sure, high, np.nan),
        draws=draws,
    )


@dataclass(frozen=True)
class Standing:
    """Where a model stands."""

    rank: int
    low: int | None
    high: int | None
    p_better: float | None
    """Than the next one below."""


def standings(
    value: Numbers, low: Numbers, draws: Numbers, *, less_is_better: bool
) -> dict[int, Standing]:
    """Return the place of each model that has a score, with its rank interval.

    Ranks are counted among the models with a score. Where one of them has no interval (`low`), as
    with one case, there are no intervals of ranks and no chances.
    """
    known = np.flatnonzero(~np.isnan(value))
    if not len(known):
        return {}
    sure = not np.isnan(low[known]).any()
    ranks = ranks_of(value[known], less_is_better=less_is_better)
    kept = draws[:, known]
    low, high = rank_intervals(kept, less_is_better=less_is_better) if sure else (ranks, ranks)
    order = np.argsort(ranks, kind="stable")
    below = dict(pairwise(order))
    return {
        int(model): Standing(
            rank=int(ranks[place]),
            low=int(low[place]) if sure else None,
            high=int(high[place]) if sure else None,
            p_better=p_better(kept[:, place], kept[:, below[place]], less_is_better=less_is_better)
            if sure and place in below
            else None,
        )
        for place, model in enumerate(known)
    }


@dataclass(frozen=True)
class Gap:
    """How one model differs from another on the items both have a score on."""

    first: int
    second: int
    n: int
    """Items both have a score on."""
    difference: float
    low: float
    high: float
    p_better: float


def compare_all(
    values: Numbers,
    cases: Places,
    *,
    less_is_better: bool = False,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Iterator[Gap]:
    """Yield every pair of models, compared on the same items and the same resamples.

    A pair with fewer than two cases in common is left out.
    """
    upper = np.triu_indices(len(values), 1)
    n_cases = int(cases.max(initial=-1)) + 1
    for start in range(0, len(upper[0]), 64):
        first, second = (side[start : start + 64] for side in upper)
        gaps = values[first] - values[second]
        known = ~np.isnan(gaps)
        sums = case_sums(np.concatenate([gaps, known]), cases, n_cases)
        shared = (sums[:, len(first) :] > 0).sum(axis=0)
        drawn = resampled_sums(sums, resamples, seed)
        draws = ratio(drawn[:, : len(first)], drawn[:, len(first) :])
        low, high = percentiles(draws)
        for place in np.flatnonzero(shared >= 2):
            column = draws[:, place]
            zero = np.zeros_like(column)
            better = p_better(column, zero, less_is_better=less_is_better)
            assert better is not None
            yield Gap(
                first=int(first[place]),
                second=int(second[place]),
                n=int(known[place].sum()),
                difference=float(gaps[place][known[place]].mean()),
                low=float(low[place]),
                high=float(high[place]),
                p_better=better,
            )


def in_order(rows: Sequence[Row], ranks: Mapping[str, Standing]) -> list[Row]:
    """Return the rows of one measure with their ranks, best first, those without a score last."""
    placed = []
    for row in rows:
        standing = ranks.get(row.model)
        if standing is not None:
            row = row.model_copy(
                update={
                    "rank": standing.rank,
                    "rank_low": standing.low,
                    "rank_high": standing.high,
                    "p_better": standing.p_better,
                }
            )
        placed.append(row)
    return sorted(placed, key=lambda row: (row.rank is None, row.rank or 0, row.model))
