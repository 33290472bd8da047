"""Estimates, intervals and ranks: published vectors, values worked out by hand, and laws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from src.domain.proportion import wilson_interval
from src.domain.scoring.interval import cluster_interval
from src.domain.scoring.misclassification import confusion_of, rogan_gladen
from src.domain.scoring.prediction_powered import (
    LEAST_CASES,
    LEAST_GRADED,
    Weights,
    corrected_mean,
    powered_value,
    ppi_mean,
    tuned_power,
)
from src.domain.scoring.ranks import (
    kendall_tau_b,
    p_better,
    paired_difference,
    rank_intervals,
    ranks_of,
)
from src.domain.scoring.resampling import CELLS_AT_ONCE, case_sums, numbered, resampled_sums

VECTORS = Path(__file__).parents[1] / "vectors" / "statistics.json"
ELSEWHERE = {
    "cohen_kappa",
    "linear_weighted_kappa",
    "quadratic_weighted_kappa",
    "krippendorff_alpha_nominal",
    "fleiss_kappa",
}
"""Functions whose vectors tests/domain/interrater asserts."""
HERE = {
    "confusion [[tn,fp],[fn,tp]]",
    "macro_f1",
    "mcc_phi",
    "wilson_ci_95",
    "rogan_gladen",
    "ppi_mean",
    "paired_bootstrap",
}


def vectors(name: str = "") -> list[dict[str, Any]]:
    """Return the vectors of one function, or all."""
    found = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return [vector for vector in found if name in ("", vector["fn"])]


def one(name: str) -> dict[str, Any]:
    """Return the only vector of a function."""
    (vector,) = vectors(name)
    return vector


def floats(values: list[float]) -> np.ndarray:
    """Return numbers as an array."""
    return np.array(values, dtype=np.float64)


def test_every_vector_is_asserted_somewhere() -> None:
    """A vector that is added needs a test."""
    assert {vector["fn"] for vector in vectors()} == ELSEWHERE | HERE


def test_the_confusion_and_what_it_comes_to_are_those_of_the_vectors() -> None:
    """By scikit-learn: the table, macro F1, and phi."""
    args = one("confusion [[tn,fp],[fn,tp]]")["args"]
    found = confusion_of(
        (bool(h), bool(j)) for h, j in zip(args["human"], args["judge"], strict=True)
    )
    table = [
        [found.true_negatives, found.false_positives],
        [found.false_negatives, found.true_positives],
    ]
    assert table == one("confusion [[tn,fp],[fn,tp]]")["expected"]
    assert found.macro_f1 == pytest.approx(one("macro_f1")["expected"])
    assert found.phi == pytest.approx(one("mcc_phi")["expected"])
    assert (found.sensitivity, found.specificity) == (5 / 7, 4 / 5)


def test_a_judge_that_never_differs_has_no_phi() -> None:
    """Undefined is none, not 0 and not 1."""
    constant = confusion_of([(True, True)] * 3)
    assert (constant.phi, constant.macro_f1, constant.specificity) == (None, None, None)
    assert constant.sensitivity == 1


@pytest.mark.parametrize("vector", vectors("wilson_ci_95"), ids=lambda v: str(v["id"]))
def test_wilson_intervals_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    """Also at nothing and at everything."""
    assert wilson_interval(vector["args"]["k"], vector["args"]["n"]) == pytest.approx(
        tuple(vector["expected"]), abs=1e-9
    )


@pytest.mark.parametrize("vector", vectors("rogan_gladen"), ids=lambda v: str(v["id"]))
def test_rogan_gladen_is_that_of_the_vectors(vector: dict[str, Any]) -> None:
    """Cut off at 0."""
    args = vector["args"]
    found = rogan_gladen(args["p_judge"], args["sensitivity"], args["specificity"])
    assert found == pytest.approx(vector["expected"])


def test_a_judge_no_better_than_a_coin_corrects_nothing() -> None:
    """Sensitivity 0.5 and specificity 0.5 divide by nothing."""
    assert rogan_gladen(0.4, 0.5, 0.5) is None


def test_prediction_powered_inference_is_that_of_the_vector() -> None:
    """theta = mean(f_U) + mean(y - f_L) and its standard error, power 1."""
    args = one("ppi_mean")["args"]
    value, error = ppi_mean(
        floats(args["human_on_labelled"]),
        floats(args["judge_on_labelled"]),
        floats(args["judge_on_unlabelled"]),
    )
    assert value == pytest.approx(one("ppi_mean")["expected"]["theta"])
    assert error == pytest.approx(one("ppi_mean")["expected"]["se"])


def test_the_power_is_that_of_the_formula() -> None:
    """Labelled y = (1, 0), f = (1, 0); elsewhere f = (1, 1, 1, 0).

    All f have the variance 4/6 - (4/6)^2 = 2/9, and the covariance is 1/4: 9/8, cut off at 1. In
    the papers' terms that is 1 x 4/6, and the value is 1/2 + 2/3 (3/4 - 1/2).
    """
    columns = np.array([[2.0, 1.0, 1.0, 1.0, 1.0, 6.0, 4.0, 4.0, 0.0]])
    assert tuned_power(columns) == pytest.approx([1])
    assert tuned_power(columns * [1, 1, 1, 0.8, 1, 1, 1, 1, 1]) == pytest.approx([0.15 / (2 / 9)])
    human = floats([1, 0])
    value, _ = ppi_mean(human, human, floats([1, 1, 1, 0]), power=None)
    assert value == pytest.approx(0.5 + 2 / 3 * 0.25)


def test_a_judge_that_always_says_the_same_has_no_power() -> None:
    """Then people's mean alone remains."""
    human = floats([1, 0, 1, 1])
    value, _ = ppi_mean(human, np.ones(4), np.ones(9), power=None)
    assert value == pytest.approx(0.75)


def test_the_paired_bootstrap_is_that_of_the_vector() -> None:
    """The same draws, so the same ends.

    The vector's chance counts a tie or not as the 17th digit has it (its low end is -1e-17). Here
    a tie is one half: strictly better are 0.946, and 0.0345 are ties.
    """
    vector = one("paired_bootstrap")
    args, expected = vector["args"], vector["expected"]
    first, second = floats(args["A"]), floats(args["B"])
    found = paired_difference(first, second, np.arange(10), args["B_resamples"], args["seed"])
    assert found is not None
    assert found.difference == pytest.approx(expected["mean_diff"])
    assert (found.low, found.high) == pytest.approx(tuple(expected["ci95"]), abs=1e-12)
    assert 0.946 <= expected["p_A_gt_B"] <= 0.946 + 0.0345
    assert found.p_better == pytest.approx(0.946 + 0.0345 / 2)


def test_a_pair_on_one_case_has_no_interval() -> None:
    """Nothing is known of how cases differ; items only one has a score on do not count."""
    nan = float("nan")
    assert paired_difference(floats([1, 0]), floats([0, 0]), np.zeros(2, np.intp), 9, 1) is None
    assert paired_difference(floats([1, nan]), floats([0, 0]), np.arange(2), 9, 1) is None


def test_more_draws_than_fit_at_once_are_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded without another result."""
    sums = np.arange(12.0).reshape(6, 2)
    whole = resampled_sums(sums, 50, 7)
    monkeypatch.setattr("src.domain.scoring.resampling.CELLS_AT_ONCE", 30)
    assert (resampled_sums(sums, 50, 7) == whole).all()
    assert CELLS_AT_ONCE > 300


def test_whole_cases_are_drawn_and_not_their_answers() -> None:
    """Two cases of three answers, all 0 and all 1: a resample is 0, 1/2 or 1 and nothing else."""
    cases = numbered(["a", "a", "a", "b", "b", "b"])
    sums = case_sums(np.array([[0, 0, 0, 1, 1, 1], [1] * 6], dtype=np.float64), cases, 2)
    drawn = resampled_sums(sums, 500, 3)
    assert set((drawn[:, 0] / drawn[:, 1]).tolist()) == {0.0, 0.5, 1.0}
    assert cluster_interval([0, 0, 0, 1, 1, 1], "aaabbb", 500, seed=3) == (0.0, 1.0)


def sample(n: int, graded: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return people's scores, NaN beyond those graded, and a judge's that are 0.2 too high."""
    rng = np.random.default_rng(seed)
    human = rng.integers(0, 4, n) / 4
    judge = human + 0.2
    human[graded:] = np.nan
    return human, judge


def test_a_constant_error_of_the_judge_is_taken_out_whole() -> None:
    """With a judge 0.2 too high everywhere, the estimate lies near the judge's mean - 0.2."""
    human, judge = sample(400, 60, 5)
    found = corrected_mean(human, judge, np.arange(400), 2000, 1)
    assert found is not None
    assert found.power == pytest.approx(1, abs=0.1)
    assert abs(found.powered.value - (judge.mean() - 0.2)) < 0.02
    assert found.powered.high - found.powered.low < found.human.high - found.human.low
    assert found.human.value == pytest.approx(np.nanmean(human))


def test_too_few_graded_answers_give_no_number() -> None:
    """One answer less than asked for, or cases less than asked for."""
    human, judge = sample(100, LEAST_GRADED - 1, 5)
    assert corrected_mean(human, judge, np.arange(100), 10, 1) is None
    human, judge = sample(100, 40, 5)
    cases = np.concatenate([np.arange(40) % (LEAST_CASES - 1), np.arange(60)]).astype(np.intp)
    assert corrected_mean(human, judge, cases, 10, 1) is None


def test_with_everything_graded_people_alone_speak() -> None:
    """Nothing is left for the judge to say."""
    human, judge = sample(40, 40, 5)
    found = corrected_mean(human, judge, np.arange(40), 200, 1)
    assert found is not None
    assert (found.power, found.powered.value) == (0.0, pytest.approx(human.mean()))
    assert found.powered == found.human


def test_answers_without_a_judge_count_nowhere_and_weights_do() -> None:
    """The first 30 are graded; those with the score 1 weigh three times as much."""
    human = np.full(60, np.nan)
    human[:30] = [0.0] * 15 + [1.0] * 15
    judge = np.full(60, 0.5)
    judge[40:] = np.nan
    weights = np.where(human == 1, 3.0, 1.0)
    found = corrected_mean(human, judge, np.arange(60), 200, 1, Weights(chance=1 / weights))
    assert found is not None
    assert found.powered.value == pytest.approx(0.75)


def test_ranks_share_and_skip() -> None:
    """Equal scores share a rank, one without a score has none, and less can be better."""
    values = floats([0.3, 0.1 + 0.2, 0.9, float("nan")])
    assert ranks_of(values)[:3].tolist() == [2, 2, 1]
    assert np.isnan(ranks_of(values)[3])
    assert ranks_of(values, less_is_better=True)[:3].tolist() == [1, 1, 3]


def test_rank_intervals_hold_95_of_100_orders() -> None:
    """In 10 of 100 resamples the two change places: both could be first or second."""
    draws = np.array([[0.6, 0.5, 0.1]] * 90 + [[0.5, 0.6, 0.1]] * 10)
    low, high = rank_intervals(draws)
    assert (low.tolist(), high.tolist()) == ([1, 1, 3], [2, 2, 3])
    assert p_better(draws[:, 0], draws[:, 1]) == 0.9
    assert p_better(draws[:, 0], draws[:, 1], less_is_better=True) == pytest.approx(0.1)
    assert p_better(draws[:, 0], draws[:, 0]) == 0.5
    assert p_better(draws[:, 0] * np.nan, draws[:, 0]) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=12))
def test_tau_b_is_scipys(pairs: list[tuple[int, int]]) -> None:
    """With ties on either side; undefined where one side is constant."""
    first, second = zip(*pairs, strict=True)
    expected = kendalltau(first, second).statistic
    found = kendall_tau_b(first, second)
    assert (found is None) == bool(np.isnan(expected))
    assert found is None or found == pytest.approx(expected)


def test_people_alone_are_weighted_by_the_chance_each_answer_had_to_be_drawn() -> None:
    """Ten 1 drawn for certain and ten 0 drawn at 1/3 weigh 10 to 30: Hajek's mean is 1/4."""
    human = floats([1] * 10 + [0] * 10)
    found = corrected_mean(
        human,
        np.full(20, 0.5),
        np.arange(20),
        200,
        1,
        Weights(chance=1 / floats([1] * 10 + [3] * 10)),
    )
    assert found is not None
    assert found.human.value == pytest.approx(0.25)
    assert found.powered.value == pytest.approx(0.25)


def test_draws_that_prefer_what_the_judge_finds_hard_do_not_move_the_corrected_mean() -> None:
    """Hard answers are drawn at 0.6 and others at 0.1; the judge errs on the hard ones alone.

    Over 400 draws the mean of the estimates is the truth within three of its standard errors. With
    the judge's mean over the answers not drawn, which lack the hard ones, it is 0.03 too high.
    """
    rng = np.random.default_rng(11)
    hard = np.arange(300) < 120
    truth = np.where(hard, rng.random(300) < 0.1, rng.random(300) < 0.9).astype(np.float64)
    judge = np.where(hard & (rng.random(300) < 0.2), 1.0, truth)
    chance = np.where(hard, 0.6, 0.1)
    values = []
    for _ in range(400):
        human = np.where(rng.random(300) < chance, truth, np.nan)
        values.append(powered_value(human, judge, np.arange(300), Weights(chance=chance)))
    found = floats([value for value in values if value is not None])
    assert len(found) == 400
    assert abs(found.mean() - truth.mean()) < 3 * found.std() / 20


def test_cases_of_unequal_weight_have_wider_intervals() -> None:
    """Two of 20 cases weigh 50 times the others: they tell as much as 2.2 equal ones."""
    human = floats([0, 1] * 10)
    judge = np.concatenate([human, np.full(20, 0.5)])
    padded = np.concatenate([human, np.full(20, np.nan)])
    weights = np.where(np.arange(40) < 2, 50.0, 1.0)
    equal = corrected_mean(padded, judge, np.arange(40), 200, 1)
    unequal = corrected_mean(padded, judge, np.arange(40), 200, 1, Weights(chance=1 / weights))
    assert equal is not None
    assert unequal is not None
    assert unequal.human.high - unequal.human.low > 2 * (equal.human.high - equal.human.low)


def test_known_zeros_lower_a_corrected_mean_and_need_nobody_to_grade_them() -> None:
    """Half of 60 items were not answered: people's mean of the others, 2/3, is halved."""
    judge = np.where(np.arange(60) < 30, 1.0, np.nan)
    human = np.where(np.arange(60) < 30, np.arange(60) % 3 > 0, np.nan).astype(np.float64)
    silent = Weights(zeros=np.arange(60) >= 30)

    found = corrected_mean(human, judge, np.arange(60), 200, 1, silent)

    assert found is not None
    assert found.powered.value == pytest.approx(1 / 3)
    assert found.human.value == pytest.approx(1 / 3)
    assert powered_value(human, judge, np.arange(60), silent) == pytest.approx(1 / 3)
    assert found.powered.low < 1 / 3 < found.powered.high < 0.5
    nobody = np.full(60, np.nan)
    assert corrected_mean(nobody, judge, np.arange(60), 200, 1, silent) is None


@given(st.integers(0, 200), st.floats(0.05, 1.0))
def test_a_judge_who_says_what_people_say_is_corrected_by_nothing(seed: int, share: float) -> None:
    """Whatever answers weigh, whoever grades them all: the judge's own weighted mean stands."""
    rng = np.random.default_rng(seed)
    judge, counts = rng.random(40), rng.uniform(share, 1, 40)
    zeros = np.arange(40) >= 30
    judge[zeros] = np.nan
    weights = Weights(answer=counts, zeros=zeros)
    expected = np.nansum(judge * counts) / counts.sum()
    assert powered_value(judge, judge, np.arange(40), weights) == pytest.approx(expected)


def test_an_interval_ends_inside_the_scale_even_where_grades_speak_for_nothing_else() -> None:
    """The judge finds all that was graded wrong, and people right, and all else right."""
    human = np.where(np.arange(80) < 30, 1.0, np.nan)
    judge = np.where(np.arange(80) < 30, 0.2 * (np.arange(80) % 2), 1.0)
    found = corrected_mean(human, judge, np.arange(80), 200, 1)
    assert found is not None
    assert 0 <= found.powered.low <= found.powered.value <= found.powered.high <= 1
