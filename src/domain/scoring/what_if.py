"""What an edit of one item would do to scores and ranks: arithmetic on the grades there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel

from src.domain.item import Criterion, Track
from src.domain.scoring.bases import View
from src.domain.scoring.ranks import ranks_of
from src.domain.scoring.resampling import Numbers, ratio
from src.domain.scoring.sheet import ANSWERED, DISEASE, Sheet


@dataclass(frozen=True)
class After:
    """An item as an edit would leave it."""

    criteria: Sequence[Criterion]
    matches: Mapping[str, bool | None] | None = None
    """Model -> whether its answer names the disease, where names changed; None leaves it."""
    excluded: bool = False
    answered_by: frozenset[str] | None = None
    """The models whose answers fit, where question or images changed; None leaves it."""
    asked_anew: frozenset[str] = frozenset()
    """Ids of criteria whose grades no longer count: what their judge was shown is another."""


class ModelChange(BaseModel, frozen=True, extra="forbid"):
    """A model's score and rank now, and after an edit."""

    model: str
    before: float | None
    after: float | None
    """None where grades that are still missing decide it, see `least` and `most`."""
    rank_before: int | None
    rank_after: int | None
    """None where missing grades decide it, see `rank_best` and `rank_worst`."""
    least: float | None = None
    """If every missing grade came out worst; None where no grade is missing."""
    most: float | None = None
    rank_best: int | None = None
    """With its own missing grades at their best and all others' at their worst."""
    rank_worst: int | None = None
    items_before: int = 0
    """Items its score is the mean of."""
    items_after: int = 0

    @property
    def can_take_another_rank(self) -> bool:
        """True when it would, or with the missing grades could, stand at another rank."""
        if self.rank_best is not None:
            return (self.rank_best, self.rank_worst) != (self.rank_before, self.rank_before)
        return self.rank_before != self.rank_after

    @property
    def is_open(self) -> bool:
        """True when grades that are missing decide its score."""
        return self.least != self.most


class Outcome(BaseModel, frozen=True, extra="forbid"):
    """What an edit of one item does to the models of its track."""

    item_id: str
    track: Track
    models: tuple[ModelChange, ...]
    grades_needed: int = 0
    """Of the judge, one for each answer and each criterion with new words."""
    price: float | None = None
    """USD for these grades; None where no price is known."""

    @property
    def moved(self) -> tuple[ModelChange, ...]:
        """The models whose rank would be, or could come to be, another one."""
        return tuple(m for m in self.models if m.can_take_another_rank)


def outcome_of(
    sheet: Sheet, view: View, item: int, after: After, *, less_is_better: bool = False
) -> Outcome:
    """Return what an edit does to means and ranks. Grades it still needs are counted.

    Points, activity and order need none; new words need one for each answer that fits.
    """
    now = view.values[:, item]
    known, least, most, needed = _scores_after(sheet, view, item, after)
    if after.excluded:
        known = least = most = np.full_like(now, np.nan)
        needed = 0
    elif not view.counted[item]:
        needed = 0
    if not needed:
        least = most = known
    before, low, high = (_means(view, item, values) for values in (now, least, most))
    rank_before = ranks_of(before, less_is_better=less_is_better)
    best, worst = _rank_bounds(low, high, less_is_better=less_is_better)
    counts = [_counted(view, item, values) for values in (now, least)]

    def change(row: int, name: str) -> ModelChange:
        is_sure, keeps = low[row] == high[row], best[row] == worst[row]
        bounds = {
            "least": _number(low[row]),
            "most": _number(high[row]),
            "rank_best": _rank(best[row]),
            "rank_worst": _rank(worst[row]),
        }
        return ModelChange(
            model=name,
            before=_number(before[row]),
            after=_number(low[row]) if is_sure else None,
            rank_before=_rank(rank_before[row]),
            rank_after=_rank(best[row]) if keeps else None,
            items_before=int(counts[0][row]),
            items_after=int(counts[1][row]),
            **(bounds if needed else {}),
        )

    return Outcome(
        item_id=sheet.items[item],
        track=sheet.track,
        grades_needed=needed,
        models=tuple(
            change(row, name) for row, name in enumerate(sheet.models) if view.answers(row)
        ),
    )


def _rank_bounds(low: Numbers, high: Numbers, *, less_is_better: bool) -> tuple[Numbers, Numbers]:
    """Return the best and the worst rank of each model whose score lies anywhere between bounds.

    Missing grades of two models are not bound to each other: one may be at its best while the
    other is at its worst.
    """
    best, worst = np.full(len(low), np.nan), np.full(len(low), np.nan)
    good, bad = (low, high) if less_is_better else (high, low)
    for row in np.flatnonzero(~np.isnan(low)):
        mine, others = bad.copy(), good.copy()
        mine[row], others[row] = good[row], bad[row]
        best[row] = ranks_of(mine, less_is_better=less_is_better)[row]
        worst[row] = ranks_of(others, less_is_better=less_is_better)[row]
    return best, worst


def _scores_after(
    sheet: Sheet, view: View, item: int, after: After
) -> tuple[Numbers, Numbers, Numbers, int]:
    """Return the item's scores after an edit, the lowest and highest they can be, and the calls.

    A score that waits for a grade is left out of the first, as it would be on the leaderboard.
    """
    columns, side = sheet.columns, view.side
    place = columns.of_item(item)
    grades = side.merged_grades if view.basis == "reviewed" else side.grades
    at = {
        (columns.criterion[n], columns.sha256[n]): n
        for n in range(place.start, place.stop)
        if columns.kind[n] != DISEASE
    }
    fits = side.fits[:, item] == ANSWERED
    if after.answered_by is not None:
        fits = fits & np.array([model in after.answered_by for model in sheet.models], np.bool_)
    points, given = _disease(sheet, view, place, after, grades)
    needed = 0
    for criterion in after.criteria:
        if not criterion.active:
            continue
        column = at.get((criterion.criterion_id, criterion.sha256))
        column = None if criterion.criterion_id in after.asked_anew else column
        known = grades[:, column] if column is not None else np.full(len(fits), np.nan)
        if column is None or not side.active[column]:
            needed += int((np.isnan(known) & fits).sum())
        points.append(criterion.points)
        given.append(known)
    weight, table = np.array(points), np.array(given).reshape(len(points), len(fits))
    lowest, highest = np.where(weight > 0, 0.0, 1.0), np.where(weight < 0, 0.0, 1.0)
    tables = [table, *(np.where(np.isnan(table), g[:, None], table) for g in (lowest, highest))]
    known_scores, least, most = (np.where(fits, _earned(weight, cells), np.nan) for cells in tables)
    return known_scores, least, most, needed


def _disease(
    sheet: Sheet, view: View, place: slice, after: After, grades: Numbers
) -> tuple[list[float], list[Numbers]]:
    """Return points and grades of the disease match, as names would leave it."""
    active = [
        n
        for n in range(place.start, place.stop)
        if sheet.columns.kind[n] == DISEASE and view.side.active[n]
    ]
    if not active:
        return [], []
    matched = grades[:, active[0]]
    if after.matches is not None:
        found = [after.matches.get(model) for model in sheet.models]
        matched = np.array([np.nan if match is None else float(match) for match in found])
    return [float(view.side.points[active[0]])], [matched]


def _earned(weight: Numbers, table: Numbers) -> Numbers:
    """Return the strict score of each model; NaN with a grade missing or nothing to earn."""
    attainable = float(np.maximum(weight, 0).sum())
    if attainable <= 0:
        return np.full(table.shape[1], np.nan)
    return np.clip(weight @ table / attainable, 0, 1)


def _means(view: View, item: int, values: Numbers) -> Numbers:
    """Return each model's mean with other scores on one item."""
    whole = view.values.copy()
    whole[:, item] = values
    known = ~np.isnan(whole)
    weights = np.ones(whole.shape[1]) if view.weights is None else view.weights
    return ratio((np.nan_to_num(whole) * weights).sum(axis=1), (known * weights).sum(axis=1))


def _counted(view: View, item: int, values: Numbers) -> Numbers:
    """Return how many items each model has a score on, with other scores on one of them."""
    known = ~np.isnan(view.values)
    known[:, item] = ~np.isnan(values)
    return np.asarray(known.sum(axis=1))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _rank(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


class Flip(BaseModel, frozen=True, extra="forbid"):
    """A criterion, or a whole item, whose change moved a rank."""

    item: str
    criterion: str
    """Empty where the item as a whole left."""
    model: str
    rank_without: int
    """Where the model would stand had this not changed."""
    rank: int


def flips(sheet: Sheet, view: View, *, less_is_better: bool = False) -> list[Flip]:
    """Return every criterion and item whose change, taken back alone, gives a model another rank.

    The change lies between imported and the view's side. An excluded item comes back as it was
    imported.
    """
    now = _means(view, 0, view.values[:, 0]) if sheet.items else np.zeros(0)
    ranks = ranks_of(now, less_is_better=less_is_better)
    found = []
    for item, criterion, values in _taken_back(sheet, view):
        other = ranks_of(_means(view, item, values), less_is_better=less_is_better)
        found += [
            Flip(
                item=sheet.items[item],
                criterion=criterion,
                model=sheet.models[row],
                rank_without=int(other[row]),
                rank=int(ranks[row]),
            )
            for row in np.flatnonzero(~np.isnan(ranks) & (other != ranks) & ~np.isnan(other))
        ]
    return found


def _taken_back(sheet: Sheet, view: View) -> list[tuple[int, str, Numbers]]:
    """Return (item, criterion, the item's scores) for each change that is taken back alone."""
    columns, before, side = sheet.columns, sheet.imported, view.side
    if before is side:
        return []
    changed = (before.active != side.active) | (
        before.active & side.active & (before.points != side.points)
    )
    grades = side.merged_grades if view.basis == "reviewed" else side.grades
    found = []
    for item in np.flatnonzero(view.asked & ~view.counted):
        place = columns.of_item(int(item))
        weight = np.where(before.active[place], before.points[place], 0.0)
        mine = np.where(before.active[place], before.grades[:, place], 0.0).T
        fits = before.fits[:, item] == ANSWERED
        found.append((int(item), "", np.where(fits, _earned(weight, mine), np.nan)))
    for item in np.unique(columns.item[changed & view.counted[columns.item]]):
        place = columns.of_item(int(item))
        own = np.arange(place.start, place.stop)
        names = dict.fromkeys(columns.criterion[n] for n in own[changed[own]])
        for name in names:
            same = np.array([columns.criterion[n] == name for n in own])
            active = np.where(same, before.active[own], side.active[own])
            points = np.where(same, before.points[own], side.points[own])
            weight = np.where(active, points, 0.0)
            mine = np.where(
                active[:, None], np.where(same, before.grades[:, own], grades[:, own]).T, 0.0
            )
            fits = side.fits[:, item] == ANSWERED
            found.append((int(item), name, np.where(fits, _earned(weight, mine), np.nan)))
    return found
