"""What another gold of one item would do to scores and ranks: arithmetic on stored grades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from src.domain.item import Track
from src.domain.scoring.bases import AMBIGUOUS, View
from src.domain.scoring.ranks import ranks_of
from src.domain.scoring.resampling import Numbers, ratio
from src.domain.scoring.sheet import (
    ANSWERED,
    DISEASE,
    Policy,
    Sheet,
    Side,
    counting_columns,
    strict_scores,
    weights_of,
)


@dataclass(frozen=True)
class Alone:
    """One item as a release would leave it, on a sheet of its own, on the basis of the whole."""

    sheet: Sheet
    view: View
    policy: Policy


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
    left_out_now: str = ""
    """Why the item does not count; empty where it does."""
    left_out_then: str = ""
    """Why it would not."""
    not_released: str = ""
    """Why a release would not hold it, and it would count as imported."""
    gives_nothing: bool = False
    """True when no criterion that would count gives points: no answer would have a score."""
    answers_needed: int = 0
    """Of models whose answer now fits and then would be to another version."""
    grades_needed: int = 0
    """Of the judge, one for each answer and each criterion that would be asked anew."""
    price: float | None = None
    """USD for these grades; None where no price is known."""

    @property
    def moved(self) -> tuple[ModelChange, ...]:
        """The models whose rank would be, or could come to be, another one."""
        return tuple(m for m in self.models if m.can_take_another_rank)


def outcome_of(
    sheet: Sheet, view: View, item: int, then: Alone, *, less_is_better: bool = False
) -> Outcome:
    """Return what becomes of means and ranks if an item becomes what it is alone.

    Grades it still needs are counted. Points, activity and order need none; new words, and words
    that show another reference answer, need one for each answer that fits.
    """
    now, fitted = view.values[:, item], view.side.fits[:, item] == ANSWERED
    is_left_out = not then.view.counted[0]
    needed = len(grades_needed(sheet, view, item, then))
    least = _scores_then(sheet, then, False if needed else None)
    most = _scores_then(sheet, then, True) if needed else least
    fits = _of_models(sheet, then, then.view.side.fits[:, 0] == ANSWERED, False)
    before = _means(view, item, now)
    low, high = (_means(view, item, values, _weight(then)) for values in (least, most))
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
        left_out_now=_why_left_out(sheet, view, item),
        left_out_then=_why_left_out(then.sheet, then.view, 0),
        gives_nothing=not is_left_out
        and not bool((weights_of(then.view.side, then.policy) > 0).any()),
        answers_needed=0 if is_left_out else int((fitted & ~fits).sum()),
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


def grades_needed(sheet: Sheet, view: View, item: int, then: Alone) -> frozenset[tuple[str, str]]:
    """Return model and hash of the wording of each grade that only this makes missing."""
    missing_then = _missing(then.sheet, then.view, 0, then.policy)
    return missing_then - _missing(sheet, view, item, then.policy)


def _missing(sheet: Sheet, view: View, item: int, policy: Policy) -> frozenset[tuple[str, str]]:
    """Return model and hash of the wording of each grade an item's scores lack; of no disease."""
    if not view.counted[item]:
        return frozenset()
    columns, side, own = sheet.columns, view.side, sheet.columns.of_item(item)
    asked = counting_columns(side, policy)[own] & (columns.kind[own] != DISEASE)
    fits = side.fits[:, item] == ANSWERED
    blank = np.isnan(_grades(view)[:, own]) & asked & fits[:, None]
    return frozenset(
        (sheet.models[row], columns.sha256[own.start + column])
        for row, column in np.argwhere(blank)
    )


def _grades(view: View) -> Numbers:
    return view.side.merged_grades if view.basis == "reviewed" else view.side.grades


def _scores_then(sheet: Sheet, then: Alone, best: bool | None) -> Numbers:
    """Return the models' scores on the item alone, as the leaderboard would have them.

    With `best` or at worst for what grades of criteria are missing; None leaves them missing, and
    the scores with them. A disease name that needs a person's word is never guessed.
    """
    view, columns = then.view, then.sheet.columns
    scores = view.values[:, 0]
    if best is not None:
        grades, gives = _grades(view), weights_of(view.side, then.policy) > 0
        guessed = np.where(gives if best else ~gives, 1.0, 0.0)
        blank = np.isnan(grades) & (columns.kind != DISEASE)
        filled = np.where(blank, guessed, grades)
        found = strict_scores(then.sheet, view.side, then.policy, filled)
        scores = np.where(view.counted, found.values, np.nan)[:, 0]
    silent = 0.0 if then.policy.abstain == "zero" and view.counted[0] else np.nan
    return _of_models(sheet, then, scores, silent)


def _of_models(sheet: Sheet, then: Alone, values: NDArray[Any], without: float) -> NDArray[Any]:
    """Return values of the models in the order of the whole sheet, with those without an answer."""
    row_of = {model: row for row, model in enumerate(then.sheet.models)}
    rows = [row_of.get(model, -1) for model in sheet.models]
    return np.append(values, np.array(without, values.dtype))[rows]


def _weight(then: Alone) -> float:
    """Return what the item weighs beside others."""
    facts = then.sheet.facts
    weighs = then.policy.ambiguous == "weigh" and facts.ambiguous[0]
    return float(facts.agreed_by[0]) if weighs else 1.0


def _why_left_out(sheet: Sheet, view: View, item: int) -> str:
    """Return why an item does not count; empty where it does."""
    if view.counted[item]:
        return ""
    return sheet.facts.excluded[item] or AMBIGUOUS


def _earned(weight: Numbers, table: Numbers) -> Numbers:
    """Return the strict score of each model; NaN with a grade missing or nothing to earn."""
    attainable = float(np.maximum(weight, 0).sum())
    if attainable <= 0:
        return np.full(table.shape[1], np.nan)
    return np.clip(weight @ table / attainable, 0, 1)


def _means(view: View, item: int, values: Numbers, weight: float | None = None) -> Numbers:
    """Return each model's mean with other scores on one item, and where given another weight."""
    whole = view.values.copy()
    whole[:, item] = values
    known = ~np.isnan(whole)
    weights = np.ones(whole.shape[1]) if view.weights is None else view.weights.copy()
    if weight is not None:
        weights[item] = weight
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


LEAST_WEIGHT = 1e-9
"""What is left of a sum below this is rounding: nothing is left. No item weighs as little."""


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
    imported. Each change costs as much as there are models, whatever the number of items.
    """
    values = view.values
    weights = np.ones(len(sheet.items)) if view.weights is None else view.weights
    above = (np.nan_to_num(values) * weights).sum(axis=1)
    below = (~np.isnan(values) * weights).sum(axis=1)
    ranks = ranks_of(ratio(above, below), less_is_better=less_is_better)
    found = []
    for item, criterion, then in _taken_back(sheet, view):
        now = values[:, item]
        more = weights[item] * (np.nan_to_num(then) - np.nan_to_num(now))
        wider = weights[item] * (~np.isnan(then) * 1.0 - ~np.isnan(now))
        under = below + wider
        under[under < LEAST_WEIGHT] = 0.0
        other = ranks_of(ratio(above + more, under), less_is_better=less_is_better)
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
    changed[_same_matches(sheet, before, side)] = False
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


def _same_matches(sheet: Sheet, before: Side, side: Side) -> NDArray[np.intp]:
    """Return the columns of disease matches that are for all models what they were as imported.

    An item's match as imported is its first column, and its match as gold the second.
    """
    first = sheet.columns.starts
    second = first + 1
    was, now = before.grades[:, first], side.grades[:, second]
    same = ((was == now) | (np.isnan(was) & np.isnan(now))).all(axis=0)
    same &= (before.points[first] == side.points[second]) & (
        before.active[first] == side.active[second]
    )
    return np.concatenate([first[same], second[same]])
