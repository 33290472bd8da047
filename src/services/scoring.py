"""Scores, computed on read: a leaderboard on four bases, how sure it is, and why they differ."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeVar, cast

import numpy as np
from pydantic import BaseModel

from db import items, judge_replies, judging, predictions
from db.database import Database
from src.domain.errors import BadInputError, NotFoundError
from src.domain.few_cases import marked
from src.domain.item import Track
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.renamed import DISEASE_TRACKS
from src.domain.scoring.bases import (
    CorrectedModel,
    View,
    corrected_models,
    gaps_on,
    means_on,
    policy_figures,
    scores_of,
    steps_between,
    view_of,
    without_each_person,
)
from src.domain.scoring.board import (
    RESAMPLES,
    Basis,
    Comparison,
    Figure,
    Gap,
    Means,
    Pairs,
    Row,
    Sides,
    Standing,
    in_order,
    pairs_of,
    standings,
)
from src.domain.scoring.difference import ChangeKind, Difference, explain_difference
from src.domain.scoring.direction import LESS_IS_BETTER
from src.domain.scoring.judged import OF_CANDIDATES, OF_TEXT, TYPE_MATCH, reply_kind
from src.domain.scoring.prediction_powered import LEAST_CASES, LEAST_GRADED
from src.domain.scoring.ranked_list import MEAN_RANK
from src.domain.scoring.ranks import kendall_tau_b, ranks_of
from src.domain.scoring.resampling import Numbers
from src.domain.scoring.sheet import NO_ANSWER, NO_HIT, NO_REPLY, OTHER_VERSION, Policy, Sheet
from src.domain.scoring.strict import STRICT, measure_name
from src.domain.scoring.whose_replies import WhoseGrades, judge_name, judge_note
from src.services import own_reading_first
from src.services.answer_scores import (
    Mode,
    measures_of,
)
from src.services.kept_answers import KeptAnswers
from src.services.progress import Meter, Watcher
from src.services.score_changes import causes_of_items, peoples_causes
from src.services.score_choice import chosen_measure, chosen_release
from src.services.score_sheets import ScoreSheets, State

SEES_SCORES: Final = (Role.EVALUATOR, Role.LEAD)
ANSWERS_KEPT: Final = 64
COUNT: Final = Policy()
NOTES: Final[Mapping[str, str]] = {
    STRICT: "Share of the attainable points, from stored grades",
    "token_f1": "VLMEvalKit's token F1, from 0 to 1; it prints it times 100",
    "substring_match": "VLMEvalKit's fallback without a judge: the answer's first 50 characters "
    "occur in the prediction",
    "mrr": "Mean of 1/rank of the first hit, as VLMEvalKit finds hits",
    MEAN_RANK: "Mean rank of the first hit, 1 to 10, over the lists with one, as VLMEvalKit finds "
    "hits",
    "hit_rate": "Share of lists with a hit anywhere, as VLMEvalKit finds hits",
    "parse_fail_rate": "Share of lists in which VLMEvalKit finds no entry",
}
JUDGED_NOTE: Final = "VLMEvalKit's, from stored judge replies; a failed call counts as 0 there"
RARE_NOTE: Final = (
    "VLMEvalKit's share of rare diseases among ten entries of a list, from stored judge replies on "
    "each entry; how rare, not how right"
)
NO_HIT_NOTE: Final = "no list has a hit: VLMEvalKit prints 0, the best there is; it has no rank"
TYPE_MATCH_NOTE: Final = "; it prints it from 0 to 3"
TEXT_NOTE: Final = "VLMEvalKit's text similarity (TF-IDF), over the answers it is defined for"
RECALL_NOTE: Final = "A hit among the first {} ranks, as VLMEvalKit finds hits"
IMAGE_NOTE: Final = "VLMEvalKit's image attribution, over the answers it is defined for"
LESS: Final = "less is better"
DISEASE_NOTE: Final = "; the matched disease name counts 3 points"
TOO_FEW: Final = (
    "people graded {graded} of these answers; from "
    f"{LEAST_GRADED} on, of {LEAST_CASES} cases, there is a number"
)

LEAST_WITHHELD: Final = 5
"""Of fewer items a sum says too much: of one it is what review did to it."""

Found = TypeVar("Found")


class ExplainedItem(BaseModel, frozen=True, extra="forbid"):
    """What one item adds to the difference between imported and gold, and why."""

    item_id: str
    kind: ChangeKind
    before: float | None
    after: float | None
    amount: float | None
    """None where too few items are withheld for any amount to be told."""
    causes: tuple[str, ...]


class CauseShare(BaseModel, frozen=True, extra="forbid"):
    """What one kind of change adds to a difference, and in how many items."""

    cause: str
    amount: float
    items: int


class Explanation(BaseModel, frozen=True, extra="forbid"):
    """Why a model's score differs between imported and gold; the amounts add up to it."""

    model: str
    track: Track
    measure: str
    release: int
    difference: Difference
    """Without any number where too few items are withheld; see `is_told`."""
    items: tuple[ExplainedItem, ...]
    split: tuple[CauseShare, ...] = ()
    """By cause, one after the other in the order given; these amounts add up as well.

    What items do of which the own reading is to come stands together at the end, as WITHHELD.
    """
    withheld: int = 0
    """Items of the track that review came to and of which the actor is not told what it did."""

    @property
    def is_told(self) -> bool:
        """False where so few items are withheld that any sum would tell what became of them."""
        return not 0 < self.withheld < LEAST_WITHHELD


class MovedModel(BaseModel, frozen=True, extra="forbid"):
    """A model that stands elsewhere, among the models that both orders hold."""

    model: str
    before: int
    after: int


class ModelCauses(BaseModel, frozen=True, extra="forbid"):
    """What each kind of change adds to the difference between a model's imported and gold score."""

    model: str
    before: float | None
    after: float | None
    split: tuple[CauseShare, ...]
    """One after the other in the order given; the amounts add up to the difference.

    Empty, and before and after None, where too few items are withheld to tell any of it.
    """
    withheld: int = 0
    """As in an explanation."""

    @property
    def is_told(self) -> bool:
        """False where so few items are withheld that any sum would tell what became of them."""
        return not 0 < self.withheld < LEAST_WITHHELD


class OrderAgreement(BaseModel, frozen=True, extra="forbid"):
    """How far two bases put the models in the same order."""

    track: Track
    measure: str
    before: str
    after: str
    basis: Basis | None = None
    """Of two releases: what both are scored by; None of two bases."""
    models: int
    cases: int
    """The fewest that one of these scores rests on."""
    tau_b: float | None
    """Kendall's tau-b, -1 to 1; None for fewer than two models, or all equal."""
    moved: tuple[MovedModel, ...] = ()


class WithoutOne(BaseModel, frozen=True, extra="forbid"):
    """How far a corrected score moves when one grader is left out."""

    model: str
    track: Track
    value: float
    low: float | None
    """The lowest value without one of the graders; None where there is none without any."""
    high: float | None
    graders: int
    """Whose grades the score rests on."""
    too_few: int = 0
    """Of these, how many graded so much that without them there is no number."""


class Scoring:
    """Turns stored answers and grades into scores; nothing it computes is stored."""

    def __init__(self, database: Database, sheets: ScoreSheets) -> None:
        self._database = database
        self._sheets = sheets
        self._kept: KeptAnswers[object] = KeptAnswers(ANSWERS_KEPT)

    def state(self, actor: Actor) -> State:
        """Return what scores rest on now: as long as it is equal, every score is what it was."""
        actor.require(*SEES_SCORES)
        return self._sheets.state()

    def fill(
        self,
        actor: Actor,
        *,
        release: int | None = None,
        mode: Mode = "strict",
        condition: str = "full",
        watch: Watcher | None = None,
    ) -> None:
        """Read what scores rest on, as far as it is not at hand; what comes next is arithmetic.

        Raises WorkStopped when the watcher says so, NotFoundError without the release named.
        """
        actor.require(*SEES_SCORES)
        number, state = self._number("corrected", release), self._sheets.state()
        with self._database.reading() as t:
            meter = Meter(watch, sum(items.counts(t).values()), "items")
        done = 0

        def filled(number_of_items: int) -> None:
            nonlocal done
            done += number_of_items
            meter.at(done)

        for track in Track:
            self._sheets.of(track, number, mode, condition, state, filled)

    def leaderboard(
        self,
        actor: Actor,
        *,
        basis: Basis = "import",
        release: int | None = None,
        mode: Mode = "strict",
        condition: str = "full",
        policy: Policy = COUNT,
    ) -> list[Row]:
        """Return a row for each model, track and measure, best first within each measure.

        import: every item as its newest import asks it. gold: the items of the release (the
        newest when none is named) as gold, the others as imported, without what is excluded.
        corrected: the same, the judge put right by people's grades; no number where people
        graded too little. reviewed: only the items of the release, people's grades before the
        judge's. Raises NotFoundError without such a release; corrected does without any.
        """
        actor.require(*SEES_SCORES)
        _check_basis(basis, mode)
        self._check_judge(mode, policy)
        number = self._number(basis, release)

        def made(state: State) -> list[Row]:
            return [
                row
                for track in Track
                for measure in measures_of(track, mode)
                for row in _rows(
                    self._sheets.of(track, number, mode, condition, state), basis, measure, policy
                )
            ]

        return self._once(("rows", basis, number, mode, condition, policy), made)

    def side_by_side(
        self,
        actor: Actor,
        *,
        release: int | None = None,
        mode: Mode = "strict",
        condition: str = "full",
        reviewed_only: bool = False,
        policy: Policy = COUNT,
    ) -> list[Sides]:
        """Return all bases side by side in one reading; without any release, no gold.

        With `reviewed_only` imported and gold hold the items of the release and no others.
        """
        actor.require(*SEES_SCORES)
        self._check_judge(mode, policy)
        try:
            number: int | None = self._release(release)
        except NotFoundError:
            if release is not None:
                raise
            number = None

        def made(state: State) -> list[Sides]:
            return [
                line
                for track in Track
                for measure in measures_of(track, mode)
                for line in _sides(
                    self._sheets.of(track, number, mode, condition, state),
                    measure,
                    policy,
                    reviewed_only=reviewed_only and number is not None,
                )
            ]

        return self._once(("sides", number, mode, condition, reviewed_only, policy), made)

    def comparisons(
        self,
        actor: Actor,
        track: Track,
        *,
        basis: Basis = "import",
        release: int | None = None,
        mode: Mode = "strict",
        measure: str | None = None,
        condition: str = "full",
        only_release: bool = False,
        policy: Policy = COUNT,
    ) -> list[Comparison]:
        """Return how each two models differ on the items both have a score on, with P(A > B).

        Corrected scores are compared on what the judge scored of both; a pair of which people
        graded too little is left out. Raises BadInputError for corrected published measures.
        With `only_release` imported holds the items of the release and no others.
        """
        actor.require(*SEES_SCORES)
        _check_basis(basis, mode)
        name = chosen_measure(track, mode, measure)
        number = self._release(release) if only_release else self._number(basis, release)

        def made(state: State) -> list[Comparison]:
            sheet = self._sheets.of(track, number, mode, condition, state)
            view = view_of(sheet, basis, name, policy, only_release=only_release)
            pairs = pairs_of(len(sheet.models))
            less = name in LESS_IS_BETTER
            return [
                Comparison(
                    model=sheet.models[gap.first],
                    other=sheet.models[gap.second],
                    track=track,
                    measure=name,
                    basis=basis,
                    difference=gap.difference,
                    low=gap.low,
                    high=gap.high,
                    p_better=gap.p_better,
                    n=gap.n,
                    cases=gap.cases,
                    graded=gap.graded,
                )
                for gap in gaps_on(sheet, view, pairs, policy, less_is_better=less)
            ]

        asked = ("gaps", track, basis, number, name, mode, condition, only_release, policy)
        return self._once(asked, made)

    def orders(
        self,
        actor: Actor,
        *,
        basis: Basis = "gold",
        release: int | None = None,
        against: int | None = None,
        mode: Mode = "strict",
        condition: str = "full",
        policy: Policy = COUNT,
    ) -> list[OrderAgreement]:
        """Return how far orders of the models agree, and which models moved.

        Imported and gold, gold and corrected; without any release imported and corrected. With
        `against` that release and the other one, on a basis. Raises NotFoundError without such a
        release, BadInputError for imported, which rests on none.
        """
        actor.require(*SEES_SCORES)

        def board(on: Basis, number: int | None) -> list[Row]:
            return self.leaderboard(
                actor, basis=on, release=number, mode=mode, condition=condition, policy=policy
            )

        if against is not None:
            if basis == "import":
                raise BadInputError(
                    "What was imported rests on no release. Compare releases on the basis gold, "
                    "corrected or reviewed."
                )
            number, other = self._release(release), self._release(against)
            found = _orders(
                f"release {other}", board(basis, other), f"release {number}", board(basis, number)
            )
            return [one.model_copy(update={"basis": basis}) for one in found]
        held: int | None = self._number("corrected", release)
        before, rows = "import", board("import", None)
        found = []
        if held is not None:
            gold = board("gold", held)
            found, before, rows = _orders(before, rows, "gold", gold), "gold", gold
        if mode == "strict":
            found += _orders(before, rows, "corrected", board("corrected", held))
        return found

    def without_each_grader(
        self,
        actor: Actor,
        *,
        release: int | None = None,
        condition: str = "full",
        policy: Policy = COUNT,
    ) -> list[WithoutOne]:
        """Return how far each corrected score moves without any one of those who graded."""
        actor.require(*SEES_SCORES)
        number = self._number("corrected", release)

        def made(state: State) -> list[WithoutOne]:
            found: list[WithoutOne] = []
            for track in Track:
                sheet = self._sheets.of(track, number, "strict", condition, state)
                found += _without_one(sheet, policy)
            return found

        return self._once(("without", number, condition, policy), made)

    def difference(
        self,
        actor: Actor,
        model: str,
        track: Track,
        *,
        release: int | None = None,
        mode: Mode = "strict",
        measure: str | None = None,
        condition: str = "full",
        reviewed_only: bool = False,
        policy: Policy = COUNT,
    ) -> Explanation:
        """Return the items that account for the difference between imported and gold, with why.

        `measure` is one of the track's; its first when none is named. Items that move nothing
        are not listed, nor are those of which the actor's own reading is still to come; with these
        the amounts add up to the difference. Where these are fewer than LEAST_WITHHELD, no amount
        and no mean is told: what is left after subtraction would be theirs. With `reviewed_only`
        people's grades count before the judge's.
        """
        actor.require(*SEES_SCORES)
        name, number = chosen_measure(track, mode, measure), self._release(release)
        sheet = self._sheets.of(track, number, mode, condition, self._sheets.state())
        basis: Basis = "reviewed" if reviewed_only else "gold"
        view = view_of(sheet, basis, name, policy)
        row = sheet.models.index(model) if model in sheet.models else None
        stages = [
            (cause, _by_item(sheet, values, row))
            for cause, values in _stages(sheet, name, policy, view)
        ]
        before, after = stages[0][1], stages[-1][1]
        kept = self._withheld(actor, sheet, view)
        is_told = not 0 < len(kept) < LEAST_WITHHELD
        weights = _weight_of_items(sheet, view)
        difference = explain_difference(before, after, weights)
        told = tuple(c for c in difference.contributions if c.item_id not in kept)
        difference = difference.model_copy(update={"contributions": told})
        if not is_told:
            difference = Difference(before_mean=None, after_mean=None, delta=None)
        graded = {c.item_id: after.get(c.item_id) is not None for c in told}
        causes = causes_of_items(self._database, number, mode, graded)
        counting = [item_id for item_id, has_score in graded.items() if has_score]
        by_people = peoples_causes(sheet, row, counting) if basis == "reviewed" else {}
        return Explanation(
            model=model,
            track=track,
            measure=name,
            release=number,
            difference=difference,
            items=tuple(
                ExplainedItem(
                    item_id=c.item_id,
                    kind=c.kind,
                    before=before.get(c.item_id),
                    after=after.get(c.item_id),
                    amount=c.amount if is_told else None,
                    causes=(
                        *(causes.get(c.item_id) or _excluded(sheet, c.item_id)),
                        *by_people.get(c.item_id, ()),
                    ),
                )
                for c in told
            ),
            split=tuple(_split(_withholding(stages, kept), weights, kept)) if is_told else (),
            withheld=len(kept),
        )

    def causes(
        self,
        actor: Actor,
        track: Track,
        *,
        release: int | None = None,
        mode: Mode = "strict",
        measure: str | None = None,
        condition: str = "full",
        policy: Policy = COUNT,
    ) -> list[ModelCauses]:
        """Return for every model how its difference between imported and gold splits by cause.

        What items do of which the own reading is to come stands together at the end, as WITHHELD.
        """
        actor.require(*SEES_SCORES)
        name, number = chosen_measure(track, mode, measure), self._release(release)
        sheet = self._sheets.of(track, number, mode, condition, self._sheets.state())
        view = view_of(sheet, "gold", name, policy)
        stages = _stages(sheet, name, policy, view)
        kept = self._withheld(actor, sheet, view)
        is_told = not 0 < len(kept) < LEAST_WITHHELD
        weights = _weight_of_items(sheet, view)
        found = []
        for row, model in enumerate(sheet.models):
            steps = [(cause, _by_item(sheet, values, row)) for cause, values in stages]
            whole = explain_difference(steps[0][1], steps[-1][1], weights)
            found.append(
                ModelCauses(
                    model=model,
                    before=whole.before_mean if is_told else None,
                    after=whole.after_mean if is_told else None,
                    split=tuple(_split(_withholding(steps, kept), weights, kept))
                    if is_told
                    else (),
                    withheld=len(kept),
                )
            )
        return found

    def reply_judges(self, actor: Actor) -> list[str]:
        """Return whose replies are stored for published measures, '' for a judge nobody named."""
        actor.require(*SEES_SCORES)
        with self._database.reading() as t:
            return judge_replies.judges(t)

    def whose_grades(self, actor: Actor, mode: Mode = "strict") -> WhoseGrades:
        """Return which judges gave grades, and by which of them strict scores go.

        Nobody's for published measures, which rest on replies.
        """
        actor.require(*SEES_SCORES)
        if mode != "strict":
            return WhoseGrades()
        with self._database.reading() as t:
            return WhoseGrades(
                judges=tuple(judging.judges(t, nameless=True)), panel=predictions.panel(t)
            )

    def _check_judge(self, mode: Mode, policy: Policy) -> None:
        if policy.judge is None:
            return
        if mode == "strict":
            raise BadInputError(
                "A judge can be chosen for the published measures only, in the mode compatible. "
                "'judge --panel NAME' chooses by whose grades strict scores go."
            )
        with self._database.reading() as t:
            known = judge_replies.judges(t)
        if policy.judge not in known:
            others = ", ".join(map(judge_name, known)) or "no judge at all"
            raise BadInputError(
                f"No reply of the judge {policy.judge!r} is stored; there are replies of {others}."
            )

    def _withheld(self, actor: Actor, sheet: Sheet, view: View) -> set[str]:
        """Return the items that review came to and of which the actor's own reading is to come.

        Whether it changed anything there or not: how many it changed would tell something.
        """
        with self._database.reading() as t:
            kept = own_reading_first.kept_in_track(t, actor, sheet.track)
        come_to = view.asked & (sheet.facts.in_release | ~view.counted)
        return {item for item, here in zip(sheet.items, come_to, strict=True) if here} & kept

    def _number(self, basis: Basis, wanted: int | None) -> int | None:
        """Return the release a basis rests on; None for import, and for corrected without any."""
        if basis == "import":
            return None
        try:
            return self._release(wanted)
        except NotFoundError:
            if basis == "corrected" and wanted is None:
                return None
            raise

    def _release(self, wanted: int | None) -> int:
        with self._database.reading() as t:
            number = chosen_release(t, wanted)
        if number is None:
            raise NotFoundError(
                "There is no release yet: freeze one first, or ask for the basis 'import'."
            )
        return number

    def _once(self, key: tuple[object, ...], make: Callable[[State], Found]) -> Found:
        """Return what was made of the same question at the same state, or make it."""
        state = self._sheets.state()
        return cast(Found, self._kept.once((*key, state), lambda: make(state)))


def _check_basis(basis: Basis, mode: Mode) -> None:
    if basis == "corrected" and mode == "compatible":
        raise BadInputError(
            "The published measures rest on texts and no grades: there is nothing to correct. "
            "Ask for the basis corrected in the strict mode."
        )


# ---- rows ---------------------------------------------------------------------------------


def _rows(
    sheet: Sheet, basis: Basis, measure: str, policy: Policy, *, only_release: bool = False
) -> list[Row]:
    """Return the rows of one measure, best first."""
    if not sheet.models:
        return []
    view = view_of(sheet, basis, measure, policy, only_release=only_release)
    means = means_on(sheet, view)
    less = measure in LESS_IS_BETTER
    figures = policy_figures(sheet, view) if sheet.release is not None else None
    corrected = corrected_models(sheet, view, policy) if basis == "corrected" else None
    rows = []
    for model in range(len(sheet.models)):
        if view.answers(model):
            row = _row(sheet, view, means, model, measure, policy, figures)
            rows.append(row if corrected is None else _put_right(row, corrected[model]))
    if reply_kind(sheet.track, measure) and not any(map(_was_judged, rows)):
        return []
    return in_order(rows, _standing(sheet, view, means, corrected, policy, less=less))


def _was_judged(row: Row) -> bool:
    """Say whether a judge wrote of any answer; a measure of a judge nobody asked is no row."""
    return bool(row.n) or any(r not in (NO_REPLY, NO_ANSWER, OTHER_VERSION) for r in row.reasons)


def _sides(sheet: Sheet, measure: str, policy: Policy, *, reviewed_only: bool) -> list[Sides]:
    """Return the lines of one measure, best as imported first."""
    imported = _rows(sheet, "import", measure, policy, only_release=reviewed_only)
    gold: list[Row] = []
    reviewed: list[Row] = []
    if sheet.release is not None:
        reviewed = _rows(sheet, "reviewed", measure, policy)
        gold = reviewed if reviewed_only else _rows(sheet, "gold", measure, policy)
    corrected = _rows(sheet, "corrected", measure, policy) if measure == STRICT else []
    by_model = [{row.model: row for row in rows} for rows in (gold, corrected, reviewed)]
    return [
        Sides(
            imported=row,
            gold=by_model[0].get(row.model),
            corrected=by_model[1].get(row.model),
            reviewed=by_model[2].get(row.model),
        )
        for row in imported
    ]


def _standing(
    sheet: Sheet,
    view: View,
    means: Means,
    corrected: list[CorrectedModel] | None,
    policy: Policy,
    *,
    less: bool,
) -> dict[str, Standing]:
    value, low, draws = means.value, means.low, means.draws
    if corrected is not None:
        nothing = np.full(RESAMPLES, np.nan)
        value = np.array([c.found.powered.value if c.found else np.nan for c in corrected])
        low = np.array([c.found.powered.low if c.found else np.nan for c in corrected])
        draws = np.stack([c.found.draws if c.found else nothing for c in corrected], axis=1)

    def compared(pairs: Pairs) -> Iterable[Gap]:
        return gaps_on(sheet, view, pairs, policy, less_is_better=less)

    found = standings(value, low, draws, compared, less_is_better=less)
    return {sheet.models[model]: standing for model, standing in found.items()}


def _row(
    sheet: Sheet,
    view: View,
    means: Means,
    model: int,
    measure: str,
    policy: Policy,
    figures: list[dict[str, Figure]] | None,
) -> Row:
    n, asked = int(means.n[model]), int(view.asked.sum())
    excluded = sum(view.exclusions.values())
    reasons = view.reasons(model)
    no_hit = measure == MEAN_RANK and n == 0 and NO_HIT in reasons
    note = _note(sheet.track, measure, reasons, view.exclusions)
    judged = view.side.by_judge.get(measure)
    judge = judged.judge(model, policy.judge) if judged is not None else None
    if judged is not None and (whose := judge_note(judged, model, judge)):
        note = f"{note}; {whose}"
    return Row(
        model=sheet.models[model],
        track=sheet.track,
        measure=measure,
        basis=view.basis,
        release=sheet.release if view.basis != "import" else None,
        n=n,
        cases=int(means.cases[model]),
        unscored=asked - excluded - n,
        excluded=excluded,
        value=0.0 if no_hit else _number(means.value[model]),
        low=_number(means.low[model]),
        high=_number(means.high[model]),
        reasons=dict(sorted(reasons.items())),
        exclusions=dict(view.exclusions),
        policies=figures[model] if figures is not None and view.basis != "import" else {},
        policy=policy,
        judge=judge,
        weighted=view.weights is not None,
        note=f"{note}; {NO_HIT_NOTE}" if no_hit else note,
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _put_right(row: Row, corrected: CorrectedModel) -> Row:
    """Return a row with the score people would give; without a number where that is not known."""
    found = corrected.found
    if found is None:
        too_few = TOO_FEW.format(graded=corrected.graded)
        return row.model_copy(
            update={
                "value": None,
                "low": None,
                "high": None,
                "graded": corrected.graded,
                "note": f"{row.note}; no number: {too_few}",
            }
        )
    human = Figure(
        value=found.human.value, n=corrected.graded, low=found.human.low, high=found.human.high
    )
    return row.model_copy(
        update={
            "value": found.powered.value,
            "low": found.powered.low,
            "high": found.powered.high,
            "graded": corrected.graded,
            "human": human,
            "plug_in": corrected.plug_in,
        }
    )


def _note(
    track: Track, measure: str, reasons: Mapping[str, int], exclusions: Mapping[str, int]
) -> str:
    """Return what the measure is, and how many answers are not in it for which reason."""
    parts = [about(track, measure)]
    parts += [f"{number} without a score: {reason}" for reason, number in sorted(reasons.items())]
    parts += [f"{number} excluded: {reason}" for reason, number in exclusions.items()]
    return "; ".join(parts)


def about(track: Track, measure: str) -> str:
    """Return in a few words what a measure is."""
    text = NOTES.get(measure, IMAGE_NOTE)
    if measure in OF_TEXT:
        text = TEXT_NOTE
    if measure in OF_CANDIDATES:
        text = RARE_NOTE
    elif reply_kind(track, measure):
        text = JUDGED_NOTE + (TYPE_MATCH_NOTE if measure == TYPE_MATCH else "")
    if measure.startswith("recall@"):
        text = RECALL_NOTE.format(measure.partition("@")[2])
    if measure == STRICT and track in DISEASE_TRACKS:
        text += DISEASE_NOTE
    return f"{text}; {LESS}" if measure in LESS_IS_BETTER else text


def _orders(
    before: str, first: Sequence[Row], after: str, second: Sequence[Row]
) -> list[OrderAgreement]:
    """Return for each track and measure how far two leaderboards agree on the order."""
    one, other = _values_of(first), _values_of(second)
    found = []
    for place in dict.fromkeys((track, measure) for track, measure, _ in one):
        models = [m for *at, m in one if tuple(at) == place and (*place, m) in other]
        values = [[side[(*place, m)] for m in models] for side in (one, other)]
        found.append(
            OrderAgreement(
                track=place[0],
                measure=place[1],
                before=before,
                after=after,
                models=len(models),
                cases=_fewest_cases(place, models, (*first, *second)),
                tau_b=kendall_tau_b(*values),
                moved=_moved(models, *values, less=place[1] in LESS_IS_BETTER),
            )
        )
    return found


def _moved(
    models: Sequence[str], before: Sequence[float], after: Sequence[float], *, less: bool
) -> tuple[MovedModel, ...]:
    """Return the models whose rank among these differs, best afterwards first."""
    first, second = (ranks_of(np.array(side), less_is_better=less) for side in (before, after))
    moved = [
        MovedModel(model=model, before=int(one), after=int(other))
        for model, one, other in zip(models, first, second, strict=True)
        if one != other
    ]
    return tuple(sorted(moved, key=lambda one: one.after))


def _fewest_cases(place: tuple[Track, str], models: Sequence[str], rows: Sequence[Row]) -> int:
    """Return on how few cases a score of these models in this track and measure rests."""
    here = (r.cases for r in rows if (r.track, r.measure) == place and r.model in models)
    return min(here, default=0)


def _values_of(rows: Iterable[Row]) -> dict[tuple[Track, str, str], float]:
    return {(r.track, r.measure, r.model): r.value for r in rows if r.value is not None}


ORDER_OF: Final[Mapping[Basis | None, str]] = {
    None: "on all items",
    "gold": "as gold on all items",
    "corrected": "corrected by people on all items",
    "reviewed": "on the items of each release only",
}
"""What both releases are scored by -> what their order is told of; of two bases always all."""


def order_text(order: OrderAgreement, names: Mapping[str, str] | None = None) -> str:
    """Return how far two orders agree, on which items, and which models moved.

    Of an order that has a tau-b.
    """
    shown = names or {}
    start = (
        f"Order of {counted(order.models, 'model')}, {order.track} {measure_name(order.measure)}, "
        f"{order.before} to {order.after}, {ORDER_OF[order.basis]}: "
        f"Kendall's tau-b {marked(f'{order.tau_b:.2f}', order.cases)} "
        "(1 is the same order, -1 the opposite)"
    )
    if not order.moved:
        return f"{start}. No model moved."
    moved = (f"{shown.get(m.model, m.model)} {m.before} to {m.after}" for m in order.moved)
    return f"{start}. Moved: {'; '.join(moved)}."


NO_GRADERS: Final = (
    "No grader is left out: no score is corrected by people here; it takes blind grades of at "
    f"least {LEAST_GRADED} answers of a model, of {LEAST_CASES} cases."
)
WITHOUT_ONE: Final = (
    "Each grader left out leaves answers to fewer people: a majority of 2 to 1 becomes a tie, and "
    "what nobody else graded drops out. So the score itself need not lie between the lowest and "
    "the highest without one."
)
OUTSIDE: Final = (
    "the score itself lies outside, for with one grader fewer majorities become ties, and answers "
    "nobody else graded drop out"
)


def without_text(one: WithoutOne) -> str:
    """Return how far a corrected score hangs on single graders."""
    start = (
        f"corrected: {one.value:.2f}, by the grades of {counted(one.graders, 'person', 'people')}"
    )
    if one.low is None or one.high is None:
        return f"{start}; without any of them too few answers are graded for a number."
    low, high = f"{one.low:.2f}", f"{one.high:.2f}"
    reached = low if low == high else f"between {low} and {high}"
    between = f"{start}; without any one of them {reached}"
    if not one.low <= one.value <= one.high:
        between += f" ({OUTSIDE})"
    if not one.too_few:
        return f"{between}."
    return f"{between}, or, without {one.too_few} of them, no number: too few answers are graded."


def _without_one(sheet: Sheet, policy: Policy) -> list[WithoutOne]:
    view = view_of(sheet, "corrected", STRICT, policy)
    if not len(view.side.human.persons):
        return []
    left_out = without_each_person(sheet, view, policy)
    found = []
    for model, corrected in enumerate(corrected_models(sheet, view, policy)):
        known = [value for value in left_out[model] if value is not None]
        if corrected.found is not None and left_out[model]:
            found.append(
                WithoutOne(
                    model=sheet.models[model],
                    track=sheet.track,
                    value=corrected.found.powered.value,
                    low=min(known, default=None),
                    high=max(known, default=None),
                    graders=len(left_out[model]),
                    too_few=len(left_out[model]) - len(known),
                )
            )
    return found


# ---- why two bases differ -----------------------------------------------------------------

EXCLUDED: Final = "exclusion"
HUMAN_GRADES: Final = "human grade"
WITHHELD: Final = "items you have still to read"
NAMES_CHANGED: Final = "answer, names, question or images"
"""Of the published measures, which know no rubric."""


def _stages(sheet: Sheet, measure: str, policy: Policy, view: View) -> list[tuple[str, Numbers]]:
    """Return the scores (models x items) as imported, then after each kind of change in turn.

    The last are those of the view.
    """
    steps = [("", scores_of(sheet, sheet.imported, measure, policy).values)]
    if measure == STRICT:
        for cause, side in steps_between(sheet):
            steps.append((cause, scores_of(sheet, side, measure, policy).values))
    else:
        steps.append((NAMES_CHANGED, scores_of(sheet, sheet.gold, measure, policy).values))
    found = [(cause, np.where(view.asked, values, np.nan)) for cause, values in steps]
    found.append((EXCLUDED, np.where(view.counted, steps[-1][1], np.nan)))
    return [*found, (HUMAN_GRADES, view.values)]


def _by_item(sheet: Sheet, values: np.ndarray, row: int | None) -> dict[str, float | None]:
    if row is None:
        return {}
    return {
        item: None if np.isnan(value) else float(value)
        for item, value in zip(sheet.items, values[row], strict=True)
    }


def _excluded(sheet: Sheet, item_id: str) -> list[str]:
    """Return why an item is excluded, such as a leak in one outside the release; or nothing."""
    reason = sheet.facts.excluded[sheet.place_of[item_id]]
    return [reason] if reason else []


def _weight_of_items(sheet: Sheet, view: View) -> dict[str, float] | None:
    if view.weights is None:
        return None
    return dict(zip(sheet.items, view.weights.tolist(), strict=True))


def _withholding(
    stages: Sequence[tuple[str, Mapping[str, float | None]]], kept: Collection[str]
) -> list[tuple[str, Mapping[str, float | None]]]:
    """Return the stages with what some items do put together in a last one."""
    if not kept:
        return list(stages)
    before = stages[0][1]
    found: list[tuple[str, Mapping[str, float | None]]] = [
        (cause, {item: before[item] if item in kept else value for item, value in values.items()})
        for cause, values in stages
    ]
    return [*found, (WITHHELD, stages[-1][1])]


def _split(
    stages: Sequence[tuple[str, Mapping[str, float | None]]],
    weights: Mapping[str, float] | None,
    kept: Collection[str],
) -> Iterator[CauseShare]:
    """Yield what each stage adds to the mean of the one before, where it changes anything.

    What is withheld is always said, of all such items: not of how many something changed.
    """
    for (_, before), (cause, after) in pairwise(stages):
        step = explain_difference(before, after, weights)
        if cause == WITHHELD and step.delta is not None:
            yield CauseShare(cause=cause, amount=step.delta, items=len(kept))
        elif step.delta is not None and step.contributions:
            yield CauseShare(cause=cause, amount=step.delta, items=len(step.contributions))
