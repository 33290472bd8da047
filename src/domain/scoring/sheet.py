"""The score sheet of a track: every answer, criterion by criterion, as a table of numbers.

Texts are read once to fill it. After that a score, and what an edit would do to it, is arithmetic:
points, activity, order, exclusions and policies change no grade.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from statistics import fmean, median
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from src.domain.item import Track
from src.domain.scoring.direction import RATES_OF_ERROR
from src.domain.scoring.ranked_list import MEAN_RANK
from src.domain.scoring.resampling import Numbers, Places, numbered
from src.domain.scoring.strict import NEEDS_REVIEW, NO_POINTS

Flags: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int8]
Abstain = Literal["skip", "zero"]
Ambiguous = Literal["count", "leave-out", "weigh"]

NO_ANSWER: Final = "no answer"
OTHER_VERSION: Final = "answered another version"
GRADE_MISSING: Final = "a grade is missing"
REWORDED: Final = "criterion reworded: no grade yet"
ADDED: Final = "criterion added: no grade yet"
UNDEFINED: Final = "not defined for this answer"
NO_REPLY: Final = "no judge reply"
REPLY_TO_OTHER: Final = "judged against another answer or rubric"
NO_HIT: Final = "no entry of the list is a hit"
UNSCORED: Final = (
    "",
    NO_ANSWER,
    OTHER_VERSION,
    GRADE_MISSING,
    REWORDED,
    ADDED,
    NO_POINTS,
    NEEDS_REVIEW,
    UNDEFINED,
    NO_REPLY,
    REPLY_TO_OTHER,
    NO_HIT,
)
"""Why an answer has no score, by its code; the first, empty, where it has one."""
ANSWERED, ABSENT, OTHER = 2, 0, 1
"""What `fits` says of an answer: it fits what is asked, there is none, it is to something else."""
DISEASE, IMPORTED, NEW_WORDS, NEW = 0, 1, 2, 3
"""What a column is: the disease match, imported words, new words of a known criterion, added."""


class Policy(BaseModel, frozen=True, extra="forbid"):
    """What is done with answers and units about which one can be of two minds."""

    abstain: Abstain = "skip"
    """An item a model did not answer is left out, or counts 0 (1 in a rate of errors)."""
    ambiguous: Ambiguous = "count"
    """What gold keeps as ambiguous counts as gold has it, is left out, or counts as far as the
    readers were for it."""
    judge: str | None = None
    """Of published measures: whose replies count; None for the one with the most of each model."""


@dataclass(frozen=True)
class Columns:
    """One column for each wording of a criterion that an item has or had, item after item.

    The first columns of each item are the disease match, of points 0 where a track has none, so
    that no item is without a column.
    """

    item: Places
    criterion: tuple[str, ...]
    sha256: tuple[str, ...]
    maximum: Numbers
    kind: Codes

    @cached_property
    def starts(self) -> Places:
        """Where each item begins."""
        return np.flatnonzero(np.diff(self.item, prepend=-1)).astype(np.intp)

    def of_item(self, item: int) -> slice:
        """Return the columns of an item."""
        stop = self.starts[item + 1] if item + 1 < len(self.starts) else len(self.item)
        return slice(int(self.starts[item]), int(stop))


@dataclass(frozen=True)
class HumanGrades:
    """People's grades on the cells of a sheet, one entry a person and cell."""

    model: Places
    column: Places
    person: Places
    value: Numbers
    """The share of the criterion's maximum; NaN where the person cannot judge."""
    adjudicated: Flags
    """True where an adjudicator said so."""
    blind: Flags
    """True where the person saw neither the judge's grade nor whose answer it was."""
    persons: tuple[str, ...]

    def settled(
        self, shape: tuple[int, int], *, blind_only: bool = False, without: int | None = None
    ) -> Numbers:
        """Return people's word on each cell (models x columns), NaN where there is none.

        An adjudicator's grade stands alone; else what more than half of those who judge say;
        else, so that what people differ on is not left out, their mean (of a graded criterion
        their median). `without` leaves one person's grades out.
        """
        cells: dict[tuple[int, int], list[float]] = defaultdict(list)
        ruled: dict[tuple[int, int], float] = {}
        used = self._said(blind_only=blind_only)
        if without is not None:
            used &= self.person != without
        for place in np.flatnonzero(used):
            cell = (int(self.model[place]), int(self.column[place]))
            cells[cell].append(float(self.value[place]))
            if self.adjudicated[place]:
                ruled[cell] = float(self.value[place])
        found = np.full(shape, np.nan)
        for cell, values in cells.items():
            found[cell] = ruled.get(cell, majority_of(values))
        return found

    def graders(self, model: int, columns: Flags) -> Places:
        """Return whose blind grades make people's word on these columns of a model.

        Not whose every grade there an adjudicator's stands before.
        """
        here = self._said(blind_only=True) & (self.model == model) & columns[self.column]
        ruled = np.zeros(len(columns), np.bool_)
        ruled[self.column[here & self.adjudicated]] = True
        return np.unique(self.person[here & (self.adjudicated | ~ruled[self.column])])

    def _said(self, *, blind_only: bool) -> Flags:
        """Tell which entries are a grade that can count."""
        said = ~np.isnan(self.value)
        return said & self.blind if blind_only else said


def majority_of(values: list[float]) -> float:
    """Return what more than half of the values are; without that their mean, or their median.

    The median where there are other values than 0 and 1.
    """
    most = max(set(values), key=values.count)
    if 2 * values.count(most) > len(values):
        return most
    return fmean(values) if set(values) <= {0.0, 1.0} else median(values)


NO_GRADES: Final = HumanGrades(
    model=np.zeros(0, np.intp),
    column=np.zeros(0, np.intp),
    person=np.zeros(0, np.intp),
    value=np.zeros(0),
    adjudicated=np.zeros(0, np.bool_),
    blind=np.zeros(0, np.bool_),
    persons=(),
)


@dataclass(frozen=True)
class Scores:
    """Scores (models x items), NaN where there is none, and why, as a code of UNSCORED."""

    values: Numbers
    reasons: Codes


Heards: TypeAlias = tuple[Mapping[str, tuple[int, datetime]], ...]
"""Of each model: judge -> answers it wrote of as they are now, and when it wrote last."""


@dataclass(frozen=True)
class JudgedScores:
    """A published measure as each judge's replies give it; replies of two are never mixed."""

    scores: Mapping[str, Scores]
    """Judge -> scores."""
    heard: Heards
    silent: Scores
    """Where no judge wrote."""

    @cached_property
    def replies(self) -> tuple[dict[str, int], ...]:
        """Of each model: judge -> answers it wrote of; the one that counts by itself in front.

        The one with the most, of several the one heard last, then by name.
        """
        told = [sorted(known.items()) for known in self.heard]
        for one in told:
            one.sort(key=lambda judge: judge[1], reverse=True)
        return tuple({judge: n for judge, (n, _) in one} for one in told)

    def judge(self, model: int, wanted: str | None) -> str | None:
        """Return whose replies a model's row rests on; None where there are none of any."""
        known = self.replies[model]
        if wanted is not None and wanted in self.scores:
            return wanted if wanted in known else None
        return next(iter(known), None)

    def of(self, wanted: str | None) -> Scores:
        """Return the scores by one judge for each model."""
        values, reasons = self.silent.values.copy(), self.silent.reasons.copy()
        for model in range(len(self.replies)):
            judge = self.judge(model, wanted)
            if judge is not None:
                values[model] = self.scores[judge].values[model]
                reasons[model] = self.scores[judge].reasons[model]
        return Scores(values, reasons)


@dataclass(frozen=True)
class Side:
    """What answers are held against: the items as imported, or as review left them."""

    points: Numbers
    active: Flags
    fits: Codes
    """Models x items."""
    grades: Numbers
    """The judge's, models x columns, as a share of the maximum; NaN where there is none."""
    human: HumanGrades = NO_GRADES
    human_chance: Numbers | None = None
    """Models x items: the chance that people were to grade the answer, 1 where nobody did; None
    where nobody graded any."""
    ambiguous: Flags | None = None
    """Columns gold keeps as ambiguous; None where there are none."""
    kept_by: Numbers | None = None
    """The share of readers who keep the criterion of a column; 1 where nobody differs."""
    published: Mapping[str, Scores] = field(default_factory=dict)
    """The measures of the published scorer that need no judge."""
    by_judge: Mapping[str, JudgedScores] = field(default_factory=dict)
    """Those that rest on a judge's replies."""

    @cached_property
    def merged_grades(self) -> Numbers:
        """People's word where there is one, else the judge's; the disease match as it is."""
        if not len(self.human.value):
            return self.grades
        human = self.human.settled(self.grades.shape)
        return np.where(np.isnan(human), self.grades, human)

    def peoples_grades(self, kind: Codes, without: int | None = None) -> Numbers:
        """Return blind grades of people alone; the disease match, which nobody grades, as it is."""
        human = self.human.settled(self.grades.shape, blind_only=True, without=without)
        return np.where(kind == DISEASE, self.grades, human)


@dataclass(frozen=True)
class ItemFacts:
    """What is known of the items, one entry each."""

    case: tuple[str, ...]
    n_images: tuple[int, ...]
    modality: tuple[str, ...]
    orpha_code: tuple[str, ...]
    in_release: Flags
    excluded: tuple[str, ...]
    """Why review takes an item out of the scores; empty where it does not."""
    chance: Numbers
    """To be drawn into the round its gold rests on; 1 where everything was read."""
    ambiguous: Flags
    """True where gold keeps what the whole item rests on as ambiguous."""
    agreed_by: Numbers
    """The share of readers who say what gold says of it; 1 where nobody differs."""


@dataclass(frozen=True)
class Sheet:
    """Everything a track's scores are made of, at one state of the study."""

    track: Track
    items: tuple[str, ...]
    models: tuple[str, ...]
    facts: ItemFacts
    columns: Columns
    imported: Side
    gold: Side
    """The same as imported where there is no release."""
    judges: tuple[str, ...] = ()
    """Who graded."""
    release: int | None = None

    @cached_property
    def cases(self) -> Places:
        """The number of each item's case."""
        return numbered(self.facts.case)

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Item -> its place."""
        return {item: place for place, item in enumerate(self.items)}


def joined(pages: Sequence[Sheet]) -> Sheet:
    """Return one sheet of the items of all pages, in their order, the models by name.

    The pages are of one track and one release; at least one. A model that answered nothing of a
    page has no answer there. Chances of people's grades and judges are not joined.
    """
    models = tuple(sorted({model for page in pages for model in page.models}))
    rows = [np.array([models.index(model) for model in page.models], np.intp) for page in pages]
    items = _offsets([len(page.items) for page in pages])
    columns = Columns(
        item=np.concatenate([p.columns.item + n for p, n in zip(pages, items, strict=False)]),
        criterion=tuple(c for page in pages for c in page.columns.criterion),
        sha256=tuple(c for page in pages for c in page.columns.sha256),
        maximum=np.concatenate([page.columns.maximum for page in pages]),
        kind=np.concatenate([page.columns.kind for page in pages]),
    )
    of_pages = [page.columns for page in pages]
    imported = _joined_sides([page.imported for page in pages], of_pages, rows, len(models))
    gold = imported
    if any(page.gold is not page.imported for page in pages):
        gold = _joined_sides([page.gold for page in pages], of_pages, rows, len(models))
    return Sheet(
        track=pages[0].track,
        items=tuple(item for page in pages for item in page.items),
        models=models,
        facts=_joined_facts([page.facts for page in pages]),
        columns=columns,
        imported=imported,
        gold=gold,
        release=pages[0].release,
    )


def _offsets(lengths: Sequence[int]) -> list[int]:
    """Return where each of some parts starts, and where the last one ends."""
    return [0, *accumulate(lengths)]


def _joined_facts(facts: Sequence[ItemFacts]) -> ItemFacts:
    return ItemFacts(
        case=tuple(one for fact in facts for one in fact.case),
        n_images=tuple(one for fact in facts for one in fact.n_images),
        modality=tuple(one for fact in facts for one in fact.modality),
        orpha_code=tuple(one for fact in facts for one in fact.orpha_code),
        in_release=np.concatenate([fact.in_release for fact in facts]),
        excluded=tuple(one for fact in facts for one in fact.excluded),
        chance=np.concatenate([fact.chance for fact in facts]),
        ambiguous=np.concatenate([fact.ambiguous for fact in facts]),
        agreed_by=np.concatenate([fact.agreed_by for fact in facts]),
    )


def _joined_sides(
    sides: Sequence[Side], columns: Sequence[Columns], rows: Sequence[Places], models: int
) -> Side:
    starts = _offsets([len(page.item) for page in columns])
    ambiguous = [
        np.zeros(len(page.item), np.bool_) if side.ambiguous is None else side.ambiguous
        for side, page in zip(sides, columns, strict=True)
    ]
    kept_by = [
        np.ones(len(page.item)) if side.kept_by is None else side.kept_by
        for side, page in zip(sides, columns, strict=True)
    ]
    return Side(
        points=np.concatenate([side.points for side in sides]),
        active=np.concatenate([side.active for side in sides]),
        fits=_beside([side.fits for side in sides], rows, models, ABSENT),
        grades=_beside([side.grades for side in sides], rows, models, np.nan),
        human=_joined_grades([side.human for side in sides], rows, starts),
        ambiguous=np.concatenate(ambiguous) if any(a.any() for a in ambiguous) else None,
        kept_by=np.concatenate(kept_by),
        published={
            measure: _joined_scores([s.published[measure] for s in sides], rows, models)
            for measure in sides[0].published
        },
        by_judge={
            measure: _joined_judges([s.by_judge[measure] for s in sides], rows, models)
            for measure in sides[0].by_judge
        },
    )


def _joined_scores(pages: Sequence[Scores], rows: Sequence[Places], models: int) -> Scores:
    silent = UNSCORED.index(NO_ANSWER)
    return Scores(
        values=_beside([page.values for page in pages], rows, models, np.nan),
        reasons=_beside([page.reasons for page in pages], rows, models, silent),
    )


def _joined_judges(
    pages: Sequence[JudgedScores], rows: Sequence[Places], models: int
) -> JudgedScores:
    heard: list[dict[str, tuple[int, datetime]]] = [{} for _ in range(models)]
    for page, row in zip(pages, rows, strict=True):
        for model, known in zip(row, page.heard, strict=True):
            for judge, (n, at) in known.items():
                before, newest = heard[model].get(judge, (0, at))
                heard[model][judge] = (before + n, max(newest, at))
    judges = sorted({judge for page in pages for judge in page.scores})
    return JudgedScores(
        scores={
            judge: _joined_scores([p.scores.get(judge, p.silent) for p in pages], rows, models)
            for judge in judges
        },
        heard=tuple(heard),
        silent=_joined_scores([page.silent for page in pages], rows, models),
    )


def _beside(
    tables: Sequence[NDArray[Any]], rows: Sequence[Places], models: int, without: float
) -> NDArray[Any]:
    """Return tables of pages side by side, each row at its model's; `without` where none is."""
    starts = _offsets([table.shape[1] for table in tables])
    found = np.full((models, starts[-1]), without, tables[0].dtype)
    for table, row, start in zip(tables, rows, starts, strict=False):
        found[row, start : start + table.shape[1]] = table
    return found


def _joined_grades(
    pages: Sequence[HumanGrades], rows: Sequence[Places], starts: Sequence[int]
) -> HumanGrades:
    if not any(len(page.value) for page in pages):
        return NO_GRADES
    persons = tuple(dict.fromkeys(person for page in pages for person in page.persons))
    numbers = [np.array([persons.index(p) for p in page.persons], np.intp) for page in pages]
    return HumanGrades(
        model=np.concatenate([row[page.model] for page, row in zip(pages, rows, strict=True)]),
        column=np.concatenate(
            [page.column + start for page, start in zip(pages, starts, strict=False)]
        ),
        person=np.concatenate([n[page.person] for page, n in zip(pages, numbers, strict=True)]),
        value=np.concatenate([page.value for page in pages]),
        adjudicated=np.concatenate([page.adjudicated for page in pages]),
        blind=np.concatenate([page.blind for page in pages]),
        persons=persons,
    )


def strict_scores(sheet: Sheet, side: Side, policy: Policy, grades: Numbers) -> Scores:
    """Return the strict score of every answer from these grades, by strict.strict_score's rule.

    A missing grade leaves an answer unscored; an item nobody could earn points on as well.
    """
    weight = weights_of(side, policy)
    starts = sheet.columns.starts
    attainable = np.add.reduceat(np.maximum(weight, 0), starts)
    earned = np.add.reduceat(np.nan_to_num(grades) * weight, starts, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.clip(np.where(attainable > 0, earned / attainable, np.nan), 0, 1)
    reasons = _why_unscored(sheet, side, policy, grades, attainable)
    return _with_policy(Scores(np.where(reasons == 0, values, np.nan), reasons), side, policy)


def published_scores(side: Side, measure: str, policy: Policy) -> Scores:
    """Return a measure of the published scorer; of one that needs a judge by one for each model.

    Where a missing answer counts, it counts as the worst there is: 1 in a rate of errors. It has
    no rank, so that no policy can count it as one.
    """
    judged = side.by_judge.get(measure)
    scores = side.published[measure] if judged is None else judged.of(policy.judge)
    if measure == MEAN_RANK:
        return scores
    return _with_policy(scores, side, policy, worst=1.0 if measure in RATES_OF_ERROR else 0.0)


def weights_of(side: Side, policy: Policy) -> Numbers:
    """Return what each column weighs: its points where it is active, as the policy has it."""
    weight = np.where(side.active, side.points, 0.0)
    if side.ambiguous is None or side.kept_by is None or policy.ambiguous == "count":
        return weight
    share = 0.0 if policy.ambiguous == "leave-out" else side.kept_by
    return np.where(side.ambiguous, weight * share, weight)


def missing_grades(side: Side, policy: Policy, grades: Numbers) -> Flags:
    """Tell which grades are missing that a score needs (models x columns), answered or not."""
    return np.isnan(grades) & counting_columns(side, policy)


def counting_columns(side: Side, policy: Policy) -> Flags:
    """Tell on which columns a score rests."""
    if side.ambiguous is None or policy.ambiguous != "leave-out":
        return side.active
    return side.active & ~side.ambiguous


def _why_unscored(
    sheet: Sheet, side: Side, policy: Policy, grades: Numbers, attainable: Numbers
) -> Codes:
    """Return the code of why each answer has no score; what is asked first stands last."""
    missing = missing_grades(side, policy, grades)
    kind = sheet.columns.kind
    found = np.zeros(side.fits.shape, np.int8)

    def mark(answers: Flags, reason: str) -> None:
        found[np.broadcast_to(answers, found.shape)] = UNSCORED.index(reason)

    def any_of(columns: Flags) -> Flags:
        return np.logical_or.reduceat(columns, sheet.columns.starts, axis=1)

    mark(any_of(missing & (kind == DISEASE)), NEEDS_REVIEW)
    mark(attainable <= 0, NO_POINTS)
    if (missing & (kind != DISEASE)).any():
        mark(any_of(missing & (kind == IMPORTED)), GRADE_MISSING)
        mark(any_of(missing & (kind == NEW)), ADDED)
        mark(any_of(missing & (kind == NEW_WORDS)), REWORDED)
    mark(side.fits == OTHER, OTHER_VERSION)
    mark(side.fits == ABSENT, NO_ANSWER)
    return found


def _with_policy(scores: Scores, side: Side, policy: Policy, worst: float = 0.0) -> Scores:
    if policy.abstain == "skip":
        return scores
    silent = side.fits == ABSENT
    reasons = np.where(silent, 0, scores.reasons).astype(np.int8)
    return Scores(np.where(silent, worst, scores.values), reasons)
