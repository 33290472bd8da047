"""A leaderboard: models x items in, means with their intervals and ranks out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
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
PAIRS_AT_ONCE: Final = 64
"""Bounds memory."""


class Figure(BaseModel, frozen=True, extra="forbid"):
    """A mean, of how many answers, and its 95 % interval where it is known."""

    value: float | None
    n: int
    cases: int | None = None
    """Of how many cases; None where it is not told."""
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
    """The chance that it is better than the next model below, on the items both have a score on;
    None for the last."""
    p_better_n: int = 0
    """How many items these are."""
    p_better_cases: int = 0
    """Of how many cases."""
    reasons: dict[str, int] = {}
    """Why answers have no score -> how many."""
    exclusions: dict[str, int] = {}
    """Why items are excluded -> how many."""
    policies: dict[str, Figure] = {}
    """all, reviewed, reviewed_minus_excluded -> what the score is on these items."""
    policy: Policy = Policy()
    judge: str | None = None
    """Whose replies a published measure rests on, '' where the file of answers named nobody; None
    where it needs none."""
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

    def on(self, basis: Basis) -> Row | None:
        """The row of a basis."""
        sides = ("import", "gold", "corrected", "reviewed")
        return dict(zip(sides, self.rows, strict=True))[basis]


def best_first(sides: Sequence[Sides], basis: Basis) -> list[Sides]:
    """Return the lines of each measure in the order of a basis's own rows, those without last."""
    places = list(dict.fromkeys((line.imported.track, line.imported.measure) for line in sides))

    def key(line: Sides) -> tuple[int, bool, int, str]:
        row = line.on(basis)
        rank = None if row is None else row.rank
        place = places.index((line.imported.track, line.imported.measure))
        return place, rank is None, rank or 0, line.imported.model

    return sorted(sides, key=key)


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
    """The chance that the first is better."""
    n: int = 0
    """Items both have a score on."""
    cases: int = 0
    graded: int = 0
    """Of a corrected score: how many of these people graded, of the model with fewer."""


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
class Gap:
    """How one model differs from another on the items both have a score on."""

    first: int
    second: int
    n: int
    """Items both have a score on."""
    cases: int
    difference: float
    low: float
    high: float
    p_better: float
    graded: int = 0
    """Of a corrected score: how many of these people graded, of the model with fewer."""


Pairs = Sequence[tuple[int, int]]
"""Models by their place, the one asked about first."""


def pairs_of(models: int) -> Pairs:
    """Return every two of so many models."""
    return list(combinations(range(models), 2))


def compare(
    values: Numbers,
    cases: Places,
    pairs: Pairs,
    weights: Numbers | None = None,
    *,
    less_is_better: bool = False,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Iterator[Gap]:
    """Yield pairs of models, each compared on the items both have a score on.

    All pairs are resampled on the same cases, which are those of means_of. A pair with fewer than
    two cases in common is left out. With `weights` the difference is Hajek's.
    """
    used = ~np.isnan(values).all(axis=0)
    if not used.any():
        return
    values = values[:, used]
    known_cases, places = np.unique(cases[used], return_inverse=True)
    weight = np.ones(values.shape[1]) if weights is None else weights[used]
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        part = pairs[start : start + PAIRS_AT_ONCE]
        first, second = np.array(part, np.intp).T
        gaps = values[first] - values[second]
        known = ~np.isnan(gaps)
        rows = np.concatenate([np.nan_to_num(gaps) * weight, known * weight])
        sums = case_sums(rows, places, len(known_cases))
        shared = (sums[:, len(part) :] > 0).sum(axis=0)
        drawn = resampled_sums(sums, resamples, seed)
        draws = ratio(drawn[:, : len(part)], drawn[:, len(part) :])
        low, high = percentiles(draws)
        total = sums.sum(axis=0)
        for place in np.flatnonzero(shared >= 2):
            column = draws[:, place]
            better = p_better(column, np.zeros_like(column), less_is_better=less_is_better)
            assert better is not None
            yield Gap(
                first=int(first[place]),
                second=int(second[place]),
                n=int(known[place].sum()),
                cases=int(shared[place]),
                difference=float(total[place] / total[len(part) + place]),
                low=float(low[place]),
                high=float(high[place]),
                p_better=better,
            )


@dataclass(frozen=True)
class Standing:
    """Where a model stands."""

    rank: int
    low: int | None
    high: int | None
    p_better: float | None
    """Than the next one below, on the items both have a score on."""
    p_better_n: int
    """How many these are."""
    p_better_cases: int
    """Of how many cases."""


def standings(
    value: Numbers,
    low: Numbers,
    draws: Numbers,
    compared: Callable[[Pairs], Iterable[Gap]],
    *,
    less_is_better: bool,
) -> dict[int, Standing]:
    """Return the place of each model that has a score, with its rank interval.

    Ranks are counted among the models with a score. Where one of them has no interval (`low`), as
    with one case, there are no intervals of ranks. `compared` says how pairs of models differ; what
    it leaves out has no chance.
    """
    known = np.flatnonzero(~np.isnan(value))
    if not len(known):
        return {}
    sure = not np.isnan(low[known]).any()
    ranks = ranks_of(value[known], less_is_better=less_is_better)
    kept = draws[:, known]
    low, high = rank_intervals(kept, less_is_better=less_is_better) if sure else (ranks, ranks)
    order = [int(model) for model in known[np.argsort(ranks, kind="stable")]]
    gaps = {gap.first: gap for gap in compared(list(pairwise(order)))}
    return {
        int(model): Standing(
            rank=int(ranks[place]),
            low=int(low[place]) if sure else None,
            high=int(high[place]) if sure else None,
            p_better=gaps[model].p_better if model in gaps else None,
            p_better_n=gaps[model].n if model in gaps else 0,
            p_better_cases=gaps[model].cases if model in gaps else 0,
        )
        for place, model in enumerate(known.tolist())
    }


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
                    "p_better_n": standing.p_better_n,
                    "p_better_cases": standing.p_better_cases,
                }
            )
        placed.append(row)
    return sorted(placed, key=lambda row: (row.rank is None, row.rank or 0, row.model))
