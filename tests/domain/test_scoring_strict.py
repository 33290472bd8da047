"""The strict score: bounds, laws, and none of the published defects."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from src.domain.errors import BadInputError
from src.domain.scoring.difference import explain_difference
from src.domain.scoring.disease_match import match_disease
from src.domain.scoring.interval import cluster_interval
from src.domain.scoring.strict import ScoredCriterion, diagnosis_score, strict_score
from src.domain.scoring.text import token_f1

POINTS = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0])


@st.composite
def graded_rubrics(draw):
    """A rubric with at least one positive criterion, and a grade for each criterion."""
    criteria = [ScoredCriterion(criterion_id="first", points=draw(st.sampled_from([0.5, 1, 2])))]
    criteria += [
        ScoredCriterion(
            criterion_id=f"c{number}", points=draw(POINTS), maximum=draw(st.integers(1, 3))
        )
        for number in range(draw(st.integers(0, 5)))
    ]
    grades = {
        criterion.criterion_id: float(draw(st.integers(0, criterion.maximum)))
        for criterion in criteria
    }
    return criteria, grades


@given(graded_rubrics())
def test_a_score_is_between_0_and_1_and_the_raw_one_is_kept(graded):
    scored = strict_score(*graded)
    assert scored.reason is None
    assert 0.0 <= scored.value <= 1.0
    assert scored.value == min(1.0, max(0.0, scored.raw))
    assert scored.raw <= 1.0


@given(graded_rubrics(), st.floats(0, 1))
def test_a_criterion_without_points_or_inactive_changes_nothing(graded, grade):
    criteria, grades = graded
    before = strict_score(criteria, grades)
    idle = ScoredCriterion(criterion_id="idle", points=0)
    sleeping = ScoredCriterion(criterion_id="sleeping", points=2, active=False)

    assert strict_score([*criteria, idle, sleeping], {**grades, "idle": grade}) == before


@given(graded_rubrics())
def test_meeting_a_positive_criterion_never_lowers_and_an_error_never_raises_the_score(graded):
    criteria, grades = graded
    before = strict_score(criteria, grades).value
    for criterion in criteria:
        better = {**grades, criterion.criterion_id: float(criterion.maximum)}
        after = strict_score(criteria, better).value
        assert after >= before if criterion.points >= 0 else after <= before


@given(graded_rubrics(), st.sampled_from([0.25, 2.0, 8.0]))
def test_only_the_proportion_of_points_counts_and_their_order_does_not(graded, factor):
    criteria, grades = graded
    scaled = [
        criterion.model_copy(update={"points": criterion.points * factor})
        for criterion in reversed(criteria)
    ]
    assert strict_score(scaled, grades).raw == pytest.approx(strict_score(criteria, grades).raw)


def test_a_rubric_is_scored_as_worked_out_by_hand():
    # 1 of 2 points met, half of an ordinal criterion of 2 points, one error of -1: (1+1-1)/4.
    criteria = [
        ScoredCriterion(criterion_id="met", points=1),
        ScoredCriterion(criterion_id="not met", points=1),
        ScoredCriterion(criterion_id="half", points=2, maximum=2),
        ScoredCriterion(criterion_id="error", points=-1),
    ]
    grades = {"met": True, "not met": False, "half": 1, "error": True}
    assert strict_score(criteria, grades).value == 0.25


def test_errors_beyond_what_was_earned_give_zero_and_stay_visible_in_the_raw_score():
    criteria = [
        ScoredCriterion(criterion_id="good", points=5),
        ScoredCriterion(criterion_id="error", points=-5),
    ]
    scored = strict_score(criteria, {"good": 0, "error": 1})
    assert (scored.value, scored.raw) == (0.0, -1.0)


@pytest.mark.parametrize(
    ("criteria", "grades", "reason"),
    [
        ([], {}, "no positive points are active"),
        ([("error", -1, True)], {"error": 1}, "no positive points are active"),
        ([("a", 1, False)], {"a": 1}, "no positive points are active"),
        ([("a", 1, True)], {}, "the only grade is missing"),
        ([("a", 1, True), ("b", 1, True), ("c", 1, True)], {"b": 1}, "2 of 3 grades are missing"),
        ([("a", 1, True), ("b", 1, True)], {"b": 1, "z": 1}, "1 of 2 grades is missing"),
    ],
)
def test_what_cannot_be_scored_has_no_score_but_a_reason(criteria, grades, reason):
    rubric = [
        ScoredCriterion(criterion_id=name, points=points, active=active)
        for name, points, active in criteria
    ]
    scored = strict_score(rubric, grades)
    assert (scored.value, scored.raw, scored.reason) == (None, None, reason)


@pytest.mark.parametrize("grade", [-0.1, 1.5, math.nan, math.inf])
def test_a_grade_off_the_scale_is_refused_by_name(grade):
    with pytest.raises(BadInputError, match="'dose'"):
        strict_score([ScoredCriterion(criterion_id="dose", points=1)], {"dose": grade})


def test_a_criterion_that_stands_twice_and_points_that_are_no_number_are_refused():
    twice = [ScoredCriterion(criterion_id="dose", points=1)] * 2
    with pytest.raises(BadInputError, match="'dose' stands twice"):
        strict_score(twice, {"dose": 1})
    with pytest.raises(ValidationError):
        ScoredCriterion(criterion_id="dose", points=math.nan)


def test_the_disease_match_counts_three_points_and_a_doubtful_one_leaves_it_unscored():
    criteria = [ScoredCriterion(criterion_id="reasoning", points=1)]
    grades = {"reasoning": 0}
    right = match_disease("sarcoidosis", ["Sarcoidosis"])
    wrong = match_disease("tuberculosis", ["Sarcoidosis"])
    doubtful = match_disease("pulmonary sarcoidosis", ["Sarcoidosis"])

    assert diagnosis_score(criteria, grades, right).value == 0.75
    assert diagnosis_score(criteria, grades, wrong).value == 0.0
    assert diagnosis_score(criteria, grades, doubtful).value is None
    assert diagnosis_score(criteria, grades, doubtful).reason == "waits in the queue of names"


# --- the published defects: the reference's behaviour first, then ours ---------------------------


def test_d1_a_failed_judge_call_is_not_a_zero():
    criteria = [ScoredCriterion(criterion_id=name, points=1) for name in ("a", "b")]
    assert strict_score(criteria, {"a": 1}).value is None


def test_d6_half_a_reply_does_not_inflate_the_score():
    # The reference divides 3 YES of 6 asked by the 3 it found: 1.0.
    criteria = [ScoredCriterion(criterion_id=str(number), points=1) for number in range(6)]
    scored = strict_score(criteria, {"0": 1, "1": 1, "2": 1})
    assert (scored.value, scored.reason) == (None, "3 of 6 grades are missing")


def test_d10_a_missing_prediction_never_matches_a_missing_answer():
    assert token_f1(["nan"], "nan") == 1.0
    assert match_disease("nan", ["nan"]).match is not True
    assert match_disease("", ["Sarcoidosis"]).match is False
    assert match_disease("nan", ["Sarcoidosis"]).match is False


def test_d15_a_forbidden_test_costs_points():
    criteria = [
        ScoredCriterion(criterion_id="key test", points=1),
        ScoredCriterion(criterion_id="forbidden test", points=-1),
    ]
    careful = strict_score(criteria, {"key test": 1, "forbidden test": 0})
    careless = strict_score(criteria, {"key test": 1, "forbidden test": 1})
    assert (careful.value, careless.value) == (1.0, 0.0)


# --- intervals ----------------------------------------------------------------------------------


def test_the_interval_of_a_constant_is_that_constant_and_one_case_gives_none():
    assert cluster_interval([0.5] * 4, ["a", "a", "b", "c"], seed=1) == (0.5, 0.5)
    assert cluster_interval([0.1, 0.9], ["a", "a"], seed=1) is None
    assert cluster_interval([], [], seed=1) is None


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6)), min_size=2, max_size=30),
    st.integers(0, 2**32),
)
def test_the_interval_lies_within_the_values_and_the_seed_fixes_it(scores, seed):
    values, clusters = [list(column) for column in zip(*scores, strict=True)]
    interval = cluster_interval(values, clusters, resamples=50, seed=seed)
    if len(set(clusters)) < 2:
        assert interval is None
        return
    assert interval == cluster_interval(values, clusters, resamples=50, seed=seed)
    low, high = interval
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


def test_scores_that_move_together_within_a_case_widen_the_interval():
    # 20 cases of 10 equal scores: as good as 20 scores, not 200. The normal interval of 20
    # scores, half 0 and half 1, is 0.5 +- 1.96 * 0.5 / sqrt(20) = 0.5 +- 0.219.
    values = [float(case % 2) for case in range(20) for _ in range(10)]
    cases = [case for case in range(20) for _ in range(10)]

    clustered = cluster_interval(values, cases, seed=3)
    naive = cluster_interval(values, list(range(200)), seed=3)

    assert clustered == pytest.approx((0.5 - 0.219, 0.5 + 0.219), abs=0.04)
    assert clustered[1] - clustered[0] > 2.5 * (naive[1] - naive[0])


def test_a_case_with_more_items_weighs_more():
    # Nine items of 1 and one of 0 in two cases: a resample is 1, 0 or, half of the time, 9/10.
    values, cases = [1.0] * 9 + [0.0], ["many"] * 9 + ["one"]
    assert cluster_interval(values, cases, seed=5, level=0.2) == (0.9, 0.9)


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    # 200 studies of 40 cases whose scores are 0 or 1 with chance 0.6: 95 % nominal.
    generator = np.random.default_rng(11)
    covered = 0
    for study in range(200):
        values = (generator.random(40) < 0.6).astype(float).tolist()
        low, high = cluster_interval(values, range(40), resamples=300, seed=study)
        covered += low <= 0.6 <= high
    assert 180 <= covered <= 199


@pytest.mark.parametrize(
    ("values", "clusters", "options"),
    [
        ([1.0], ["a", "b"], {}),
        ([1.0, math.nan], ["a", "b"], {}),
        ([1.0, 0.0], ["a", "b"], {"resamples": 0}),
        ([1.0, 0.0], ["a", "b"], {"level": 1.0}),
    ],
)
def test_an_interval_of_what_is_no_list_of_scores_is_refused(values, clusters, options):
    with pytest.raises(BadInputError):
        cluster_interval(values, clusters, seed=1, **options)


# --- explained differences ----------------------------------------------------------------------

SCORES = st.dictionaries(
    st.sampled_from("abcdefgh"), st.one_of(st.none(), st.floats(0, 1)), max_size=8
)


@given(SCORES, SCORES)
def test_what_the_items_contribute_adds_up_to_the_difference(before, after):
    difference = explain_difference(before, after)
    if difference.delta is None:
        assert difference.before_mean is None or difference.after_mean is None
        assert difference.contributions == ()
        return
    assert difference.delta == difference.after_mean - difference.before_mean
    total = math.fsum(item.amount for item in difference.contributions)
    assert total == pytest.approx(difference.delta, abs=1e-12)


@given(SCORES)
def test_nothing_changed_means_nothing_to_explain(scores):
    assert explain_difference(scores, scores).contributions == ()


def test_a_difference_names_what_changed_left_and_joined_the_largest_first():
    # Before: a 0.1, b 0.4, c 0.7 (mean 0.4). After: a 0.6, b 0.4, d 0.8 (mean 0.6).
    # a: (0.6-0.1)/2 = 0.25; c left: (0.25-0.7)/3 = -0.15; d joined: (0.8-0.5)/3 = 0.1.
    difference = explain_difference(
        {"a": 0.1, "b": 0.4, "c": 0.7}, {"a": 0.6, "b": 0.4, "c": None, "d": 0.8}
    )
    assert [(item.item_id, item.kind) for item in difference.contributions] == [
        ("a", "changed"),
        ("c", "left"),
        ("d", "joined"),
    ]
    assert [item.amount for item in difference.contributions] == pytest.approx([0.25, -0.15, 0.1])
    assert difference.delta == pytest.approx(0.2)


def test_when_no_item_stayed_each_is_measured_from_zero():
    difference = explain_difference({"a": 0.2}, {"b": 0.8})
    amounts = {item.item_id: item.amount for item in difference.contributions}
    assert amounts == pytest.approx({"a": -0.2, "b": 0.8})
