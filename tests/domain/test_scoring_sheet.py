"""The score sheet: the same scores as the rule, all answers at once, and what policies do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.item import Track
from src.domain.scoring.bases import corrected_models, steps_between, view_of
from src.domain.scoring.board import Gap, Pairs, compare, means_of, pairs_of, standings
from src.domain.scoring.difference import explain_difference
from src.domain.scoring.interval import cluster_interval
from src.domain.scoring.prediction_powered import LEAST_GRADED
from src.domain.scoring.resampling import Numbers, Places
from src.domain.scoring.sheet import (
    ABSENT,
    ADDED,
    ANSWERED,
    DISEASE,
    GRADE_MISSING,
    IMPORTED,
    NEEDS_REVIEW,
    NEW,
    NEW_WORDS,
    NO_ANSWER,
    NO_POINTS,
    OTHER,
    OTHER_VERSION,
    REWORDED,
    UNSCORED,
    Columns,
    HumanGrades,
    ItemFacts,
    Policy,
    Sheet,
    Side,
    majority_of,
    strict_scores,
)
from src.domain.scoring.strict import DISEASE_CRITERION, ScoredCriterion, strict_score

COUNT = Policy()
NAN = float("nan")
Rubrics = list[list[tuple[float, int, bool]]]
"""Of each item: points, maximum and activity of each criterion."""


def sheet_of(
    rubrics: Rubrics,
    grades: np.ndarray,
    *,
    disease: list[list[float]] | None = None,
    fits: list[list[int]] | None = None,
    kinds: list[int] | None = None,
    human: HumanGrades | None = None,
    **facts: Any,
) -> Sheet:
    """Return a sheet whose two sides are the same; grades are models x criteria, as shares."""
    n, models = len(rubrics), len(grades)
    item, points, active, maximum, kind, cells = [], [], [], [], [], []
    place = 0
    for number, rubric in enumerate(rubrics):
        rows = [(3.0 if disease else 0.0, 1, disease is not None), *rubric]
        for own, (point, most, use) in enumerate(rows):
            item.append(number)
            points.append(point)
            maximum.append(most)
            active.append(use)
            kind.append(DISEASE if own == 0 else (kinds or [IMPORTED] * 999)[place])
            if own == 0:
                cells.append([row[number] for row in disease] if disease else [NAN] * models)
            else:
                cells.append(list(grades[:, place]))
                place += 1
    side = Side(
        points=np.array(points),
        active=np.array(active),
        fits=np.array(fits or [[ANSWERED] * n] * models, np.int8),
        grades=np.array(cells, np.float64).reshape(len(item), models).T,
        **({"human": human} if human is not None else {}),
    )
    known = {
        "case": tuple(f"case-{k}" for k in range(n)),
        "n_images": (1,) * n,
        "modality": ("CT",) * n,
        "orpha_code": ("",) * n,
        "in_release": np.ones(n, np.bool_),
        "excluded": ("",) * n,
        "chance": np.ones(n),
        "ambiguous": np.zeros(n, np.bool_),
        "agreed_by": np.ones(n),
    }
    return Sheet(
        track=Track.TREATMENT,
        items=tuple(f"item-{k}" for k in range(n)),
        models=tuple(f"model-{k}" for k in range(models)),
        facts=ItemFacts(**{**known, **facts}),
        columns=Columns(
            item=np.array(item, np.intp),
            criterion=tuple(f"k{k}" for k in range(len(item))),
            sha256=tuple(f"{k:064x}" for k in range(len(item))),
            maximum=np.array(maximum, np.float64),
            kind=np.array(kind, np.int8),
        ),
        imported=side,
        gold=side,
        release=1,
    )


def people(*cells: tuple[int, int, int, float], adjudicator: int = 99) -> HumanGrades:
    """Return grades given as (model, column, person, value)."""
    return HumanGrades(
        model=np.array([c[0] for c in cells], np.intp),
        column=np.array([c[1] for c in cells], np.intp),
        person=np.array([c[2] for c in cells], np.intp),
        value=np.array([c[3] for c in cells]),
        adjudicated=np.array([c[2] == adjudicator for c in cells]),
        blind=np.ones(len(cells), np.bool_),
        persons=("amara", "benoit", "chen"),
    )


def scores(sheet: Sheet, policy: Policy = COUNT) -> tuple[list[list[float]], list[list[str]]]:
    """Return scores and reasons as lists."""
    found = strict_scores(sheet, sheet.gold, policy, sheet.gold.grades)
    return found.values.tolist(), [[UNSCORED[c] for c in row] for row in found.reasons]


CRITERION = st.tuples(
    st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0]), st.integers(1, 3), st.booleans()
)


@given(
    st.lists(st.lists(CRITERION, max_size=4), min_size=1, max_size=5),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_every_answer_scores_what_the_rule_gives_it(
    rubrics: Rubrics, models: int, seed: int, disease: bool
) -> None:
    """The same number as strict_score to 12 digits, and none for the same answers."""
    rng = np.random.default_rng(seed)
    flat = [criterion for rubric in rubrics for criterion in rubric]
    steps = np.array([[rng.integers(0, most + 1) for _, most, _ in flat] for _ in range(models)])
    grades = np.where(rng.random(steps.shape) < 0.1, np.nan, steps).reshape(models, len(flat))
    matches = rng.integers(0, 2, (models, len(rubrics))).astype(float).tolist()
    shares = grades / np.array([most for _, most, _ in flat] or [1])[: len(flat)]
    sheet = sheet_of(rubrics, shares, disease=matches if disease else None)

    values, _ = scores(sheet)

    place = 0
    for item, rubric in enumerate(rubrics):
        criteria = [
            ScoredCriterion(criterion_id=f"c{k}", points=p, maximum=m, active=a)
            for k, (p, m, a) in enumerate(rubric)
        ]
        for model in range(models):
            given_ = {
                f"c{k}": float(grades[model, place + k])
                for k in range(len(rubric))
                if not np.isnan(grades[model, place + k])
            }
            extra = []
            if disease:
                extra = [ScoredCriterion(criterion_id=DISEASE_CRITERION, points=3.0)]
                given_[DISEASE_CRITERION] = matches[model][item]
            expected = strict_score([*extra, *criteria], given_).value
            found = values[model][item]
            assert (expected is None) == bool(np.isnan(found))
            assert expected is None or found == pytest.approx(expected, abs=1e-12)
        place += len(rubric)


def test_why_there_is_no_score_is_said_and_the_first_reason_wins() -> None:
    """Another version before a missing grade, a reworded criterion before an added one."""
    rubric = [[(1.0, 1, True), (1.0, 1, True)]]
    one = np.array([[1.0, NAN]])
    for kind, reason in ((IMPORTED, GRADE_MISSING), (NEW_WORDS, REWORDED), (NEW, ADDED)):
        assert scores(sheet_of(rubric, one, kinds=[IMPORTED, kind]))[1] == [[reason]]
    both = np.array([[NAN, NAN]])
    assert scores(sheet_of(rubric, both, kinds=[NEW, NEW_WORDS]))[1] == [[REWORDED]]
    assert scores(sheet_of(rubric, both, fits=[[OTHER]]))[1] == [[OTHER_VERSION]]
    assert scores(sheet_of(rubric, both, fits=[[ABSENT]]))[1] == [[NO_ANSWER]]
    assert scores(sheet_of([[(-1.0, 1, True)]], np.array([[1.0]])))[1] == [[NO_POINTS]]
    sheet = sheet_of(rubric, np.array([[1.0, 1.0]]), disease=[[NAN]])
    assert scores(sheet)[1] == [[NEEDS_REVIEW]]


def test_no_answer_counts_nothing_or_zero() -> None:
    """The policy decides; an answer to another version is neither."""
    sheet = sheet_of([[(1.0, 1, True)]] * 3, np.ones((1, 3)), fits=[[ANSWERED, ABSENT, OTHER]])
    assert np.isnan(scores(sheet)[0][0]).tolist() == [False, True, True]
    values, reasons = scores(sheet, Policy(abstain="zero"))
    assert values[0][:2] == [1.0, 0.0]
    assert reasons[0] == ["", "", OTHER_VERSION]


def test_an_ambiguous_criterion_counts_is_left_out_or_is_weighed() -> None:
    """Met 1 of 2 points; without it 1 of 1; with a quarter of the readers for it 1 of 1.25."""
    sheet = sheet_of([[(1.0, 1, True), (1.0, 1, True)]], np.array([[1.0, 0.0]]))
    gold = replace(
        sheet.gold,
        ambiguous=np.array([False, False, True]),
        kept_by=np.array([1.0, 1.0, 0.25]),
    )
    sheet = replace(sheet, gold=gold)
    found = [
        scores(sheet, Policy(ambiguous=way))[0][0][0] for way in ("count", "leave-out", "weigh")
    ]
    assert found == [0.5, 1.0, 0.8]


def test_an_ambiguous_item_is_excluded_or_weighs_less() -> None:
    """Scores 1 and 0, the second item kept as ambiguous by a third of the readers."""
    sheet = sheet_of(
        [[(1.0, 1, True)]] * 2,
        np.array([[1.0, 0.0]]),
        ambiguous=np.array([False, True]),
        agreed_by=np.array([1.0, 1 / 3]),
    )
    left_out = view_of(sheet, "gold", "strict_score", Policy(ambiguous="leave-out"))
    assert (left_out.exclusions, left_out.counted.tolist()) == (
        {"kept as ambiguous": 1},
        [True, False],
    )
    weighed = view_of(sheet, "gold", "strict_score", Policy(ambiguous="weigh"))
    assert means_of(weighed.values, sheet.cases, weighed.weights).value == pytest.approx([0.75])
    assert view_of(sheet, "import", "strict_score", Policy(ambiguous="weigh")).weights is None


def test_reviewed_items_of_a_sample_count_by_their_chance() -> None:
    """Chances 1 and 1/3: (1 + 3 x 0) / 4; as gold both count once."""
    sheet = sheet_of([[(1.0, 1, True)]] * 2, np.array([[1.0, 0.0]]), chance=np.array([1.0, 1 / 3]))
    reviewed = view_of(sheet, "reviewed", "strict_score", COUNT)
    assert means_of(reviewed.values, sheet.cases, reviewed.weights).value == pytest.approx([0.25])
    gold = view_of(sheet, "gold", "strict_score", COUNT)
    assert means_of(gold.values, sheet.cases, gold.weights).value == pytest.approx([0.5])


def test_an_adjudicators_grade_stands_before_a_majority_and_that_before_the_judge() -> None:
    """Columns 1 and 2 are the criteria; person 2 is the adjudicator."""
    human = people((0, 1, 0, 1.0), (0, 1, 1, 1.0), (0, 1, 2, 0.0), adjudicator=2)
    settled = human.settled((1, 3))
    assert (settled[0, 1], np.isnan(settled[0, 2])) == (0.0, True)
    without = human.settled((1, 3), without=2)
    assert without[0, 1] == 1.0
    rubric = [[(1.0, 1, True), (1.0, 1, True)]]
    sheet = sheet_of(rubric, np.array([[1.0, 1.0]]), human=human)
    assert view_of(sheet, "gold", "strict_score", COUNT).values.tolist() == [[1.0]]
    assert view_of(sheet, "reviewed", "strict_score", COUNT).values.tolist() == [[0.5]]


def test_who_cannot_judge_says_nothing_and_two_who_differ_say_a_half() -> None:
    """A criterion with more steps takes the median instead."""
    assert majority_of([1.0, 0.0, 1.0]) == 1.0
    assert majority_of([1.0, 0.0]) == 0.5
    assert majority_of([0.0, 0.5, 1.0]) == 0.5
    settled = people((0, 1, 0, NAN), (0, 1, 1, 1.0), (0, 2, 0, NAN)).settled((1, 3))
    assert (settled[0, 1], np.isnan(settled[0, 2])) == (1.0, True)


def test_grades_that_were_not_blind_correct_nothing() -> None:
    """Who saw the judge's grade is no measure of the judge."""
    human = replace(people((0, 1, 0, 1.0)), blind=np.zeros(1, np.bool_))
    assert np.isnan(human.settled((1, 2), blind_only=True)).all()
    assert human.settled((1, 2))[0, 1] == 1.0


def graded_sheet(n: int, graded: int) -> Sheet:
    """Return one model whose judge calls everything met, and people who call a third so."""
    rubrics: Rubrics = [[(1.0, 1, True)]] * n
    human = people(*((0, 2 * item + 1, 0, float(item % 3 == 0)) for item in range(graded)))
    return sheet_of(rubrics, np.ones((1, n)), human=human)


def test_a_corrected_score_is_what_people_say() -> None:
    """A judge that always says met has no say: 12 of 36 are met."""
    sheet = graded_sheet(90, 36)
    view = view_of(sheet, "corrected", "strict_score", COUNT)
    (model,) = corrected_models(sheet, view, COUNT)
    assert model.found is not None
    assert (model.graded, model.found.power) == (36, 0.0)
    assert model.found.powered.value == pytest.approx(1 / 3)
    assert model.plug_in is None


def test_with_too_few_graded_answers_there_is_no_number() -> None:
    """And it is known how many there are."""
    sheet = graded_sheet(90, LEAST_GRADED - 1)
    view = view_of(sheet, "corrected", "strict_score", COUNT)
    (model,) = corrected_models(sheet, view, COUNT)
    assert (model.graded, model.found) == (LEAST_GRADED - 1, None)


def test_the_plug_in_is_rogan_gladens_rate() -> None:
    """60 answers of one criterion, people grade all: the judge calls 30 of 40 met, 5 of 20 not met.

    Sensitivity 3/4, specificity 3/4, judged rate 35/60: (35/60 - 1/4) / (1/2) = 2/3, the truth.
    """
    met = np.array([1.0] * 40 + [0.0] * 20)
    judge = np.array([1.0] * 30 + [0.0] * 10 + [1.0] * 5 + [0.0] * 15)
    human = people(*((0, 2 * item + 1, 0, value) for item, value in enumerate(met.tolist())))
    sheet = sheet_of([[(1.0, 1, True)]] * 60, judge[None, :], human=human)
    view = view_of(sheet, "corrected", "strict_score", COUNT)
    (model,) = corrected_models(sheet, view, COUNT)
    assert model.plug_in is not None
    assert model.plug_in.value == pytest.approx(2 / 3)
    assert model.plug_in.low is not None
    assert model.plug_in.high is not None
    assert model.plug_in.low < 2 / 3 < model.plug_in.high


def test_all_means_are_those_of_one_model_at_a_time() -> None:
    """The same interval as cluster_interval where all have a score; the order is one of models."""
    rng = np.random.default_rng(3)
    values, cases = rng.random((3, 40)), np.arange(40) // 2
    found = means_of(values, cases, resamples=500, seed=9)
    for model in range(3):
        expected = cluster_interval(values[model].tolist(), cases.tolist(), 500, seed=9)
        assert (found.low[model], found.high[model]) == pytest.approx(expected)
    places = standings(found.value, found.low, found.draws, on(values, cases), less_is_better=False)
    best = int(np.argmax(found.value))
    assert (places[best].rank, places[best].low) == (1, 1)
    assert sum(place.p_better is None for place in places.values()) == 1


def on(values: Numbers, cases: Places) -> Callable[[Pairs], Iterable[Gap]]:
    """Return what compares models by their scores."""
    return lambda pairs: compare(values, cases, pairs)


def test_pairs_are_compared_on_what_both_answered() -> None:
    """The second model has no score on the last two items, where the first would win."""
    values = np.array([[1.0, 0.0, 1.0, 1.0], [1.0, 0.0, NAN, NAN], [NAN, NAN, NAN, 0.0]])
    gaps = list(compare(values, np.arange(4), pairs_of(3), resamples=200, seed=1))
    assert [(g.first, g.second, g.n, g.difference, g.p_better) for g in gaps] == [
        (0, 1, 2, 0.0, 0.5)
    ]


def test_a_model_is_better_than_the_next_on_the_items_both_have() -> None:
    """The first leads by an item the second has no score on; on what both have it is behind.

    So its rank is 1, and its chance to be better than the next is that of the pair: below 1/2.
    """
    rng = np.random.default_rng(5)
    shared = rng.random(30) * 0.5
    ahead = shared + rng.normal(0.05, 0.2, 30)
    values = np.array([[*shared, *[1.0] * 10], [*ahead, *[NAN] * 10]])
    cases = np.arange(40)
    found = means_of(values, cases)
    places = standings(found.value, found.low, found.draws, on(values, cases), less_is_better=False)
    (gap,) = compare(values, cases, [(0, 1)])
    assert places[0].rank == 1
    assert (places[0].p_better, places[0].p_better_n) == (gap.p_better, 30)
    assert gap.p_better < 0.5
    (other,) = compare(values, cases, [(1, 0)])
    assert other.p_better == pytest.approx(1 - gap.p_better)


def test_a_pair_on_the_same_items_differs_as_its_means_do() -> None:
    """Cases nobody has a score on are not drawn, so pairs and intervals rest on one resampling."""
    rng = np.random.default_rng(6)
    values = np.full((2, 40), NAN)
    values[:, 25:] = rng.random((2, 15))
    means = means_of(values, np.arange(40))
    (gap,) = compare(values, np.arange(40), [(0, 1)])
    apart = means.draws[:, 0] - means.draws[:, 1]
    assert gap.p_better == float((apart > 0).mean())
    assert (gap.low, gap.high) == pytest.approx(tuple(np.quantile(apart, [0.025, 0.975])))


def test_a_difference_of_sampled_items_is_weighted_as_their_means_are() -> None:
    """Two items of weights 1 and 3, differences 0.4 and 0: (0.4 + 0) / 4."""
    values, weights = np.array([[0.9, 0.5], [0.5, 0.5]]), np.array([1.0, 3.0])
    (gap,) = compare(values, np.arange(2), [(0, 1)], weights)
    means = means_of(values, np.arange(2), weights)
    assert gap.difference == pytest.approx(0.1)
    assert means.value[0] - means.value[1] == pytest.approx(0.1)


def test_one_case_has_no_interval_and_no_rank_interval() -> None:
    """Nothing is known of how cases differ."""
    values, cases = np.array([[0.2, 0.4], [0.3, 0.1]]), np.zeros(2, np.intp)
    found = means_of(values, cases)
    assert found.value == pytest.approx([0.3, 0.2])
    assert np.isnan(found.low).all()
    places = standings(found.value, found.low, found.draws, on(values, cases), less_is_better=True)
    assert (places[1].rank, places[1].low, places[1].p_better) == (1, None, None)


def test_the_steps_from_imported_to_gold_end_at_gold() -> None:
    """Question, then names, then rubric: every step changes only what it names."""
    sheet = sheet_of(
        [[(1.0, 1, True), (1.0, 1, True)]] * 2, np.array([[1.0, 0.0, 1.0, 0.0]]), disease=[[0, 0]]
    )
    gold = replace(
        sheet.gold,
        active=sheet.gold.active & (np.arange(6) != 2),
        fits=np.array([[ANSWERED, OTHER]], np.int8),
        grades=np.where(sheet.columns.kind == DISEASE, 1.0, sheet.gold.grades),
    )
    sheet = replace(sheet, gold=gold)
    found = {
        cause: strict_scores(sheet, side, COUNT, side.grades).values[0].tolist()
        for cause, side in steps_between(sheet)
    }
    assert [round(values[0], 3) for values in found.values()] == [0.2, 0.8, 1.0]
    assert all(np.isnan(values[1]) for values in found.values())


def test_weighted_differences_add_up() -> None:
    """An item of weight 3 left: the amounts still make the difference of the weighted means."""
    before = {"a": 0.5, "b": 1.0, "c": 0.0}
    after = {"a": 1.0, "b": None, "c": 0.25}
    found = explain_difference(before, after, {"a": 1.0, "b": 3.0, "c": 2.0})
    assert found.before_mean == pytest.approx(3.5 / 6)
    assert found.after_mean == pytest.approx(0.5)
    assert sum(c.amount for c in found.contributions) == pytest.approx(0.5 - 3.5 / 6)
