"""Every coefficient gives the published value, and its standard error and interval too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from src.domain.agreement import Coefficient, every_coefficient
from src.domain.interrater.alpha import alpha_by, krippendorff_alpha
from src.domain.interrater.intraclass import Form, intraclass_correlation
from src.domain.interrater.kappas import cohen_kappa, fleiss_kappa
from src.domain.interrater.ratings import Level, Ratings, ratings_of, ratings_of_units
from src.domain.interrater.statistic import Statistic
from src.domain.interrater.weights import (
    Weighting,
    agreement_weights,
    jaccard_distance,
    masi_distance,
    scores_of,
    weights_from,
)
from src.domain.student import t_quantile
from tests.domain.interrater import published

VECTORS = Path(__file__).parents[2] / "vectors" / "statistics.json"
THREE_DIGITS = 0.0005
"""Half of the third digit; errors are held to the same."""


def value_of(statistic: Statistic) -> float:
    """Return a value that is there."""
    found = statistic.value()
    assert found is not None
    return found


def coefficients(
    ratings: Ratings, level: Level = "nominal", weights: Weighting | None = None
) -> dict[str, Coefficient]:
    """Return all coefficients by name; intervals are not looked at here."""
    found = every_coefficient(ratings, level, weights=weights, seed=1, resamples=2)
    return {coefficient.name: coefficient for coefficient in found}


def identity(ratings: Ratings) -> np.ndarray:
    """Return the weights of exact agreement."""
    return np.eye(len(ratings.categories))


@pytest.mark.parametrize(
    ("ratings", "level", "expected"),
    [
        (published.KRIPPENDORFF_C, "nominal", 0.743),
        (published.KRIPPENDORFF_C, "ordinal", 0.815),
        (published.KRIPPENDORFF_C, "interval", 0.849),
        (published.KRIPPENDORFF_C, "ratio", 0.797),
        (published.KRIPPENDORFF_A, "nominal", 0.095),
        (published.KRIPPENDORFF_B, "nominal", 0.692),
        (published.WIKIPEDIA_ALPHA, "nominal", 0.691),
        (published.WIKIPEDIA_ALPHA, "interval", 0.811),
        (published.WIKIPEDIA_ALPHA, "ordinal", 0.807),
        (published.FLEISS_1971, "nominal", 0.433),
        (published.GWET_5_OBSERVERS, "nominal", 0.481),
        (published.GWET_5_OBSERVERS, "interval", 0.772),
        (published.GWET_5_OBSERVERS, "ordinal", 0.769),
        (published.GWET_6_RATERS, "nominal", 0.420),
        (published.GWET_ABSTRACTORS, "nominal", 0.797),
        (published.PARADOX, "nominal", -0.025),
    ],
)
def test_alpha_is_the_published_one(ratings: Ratings, level: Level, expected: float) -> None:
    """On each level, with and without missing readings."""
    assert round(value_of(krippendorff_alpha(ratings, level)), 3) == expected


PERCENT, COHEN, CONGER = "percent_agreement", "cohen_kappa", "conger_kappa"
FLEISS, AC1, AC2, EVEN = "fleiss_kappa", "gwet_ac1", "gwet_ac2", "brennan_prediger"


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        (published.FLEISS_1971, {PERCENT: 0.556, FLEISS: 0.430, EVEN: 0.444, AC1: 0.448}),
        (published.FLEISS_1971, {CONGER: 0.442}),
        (published.WIKIPEDIA_FLEISS, {FLEISS: 0.210}),
        (
            published.GWET_4_RATERS,
            {PERCENT: 0.818, AC1: 0.775, FLEISS: 0.761, CONGER: 0.763, EVEN: 0.773},
        ),
        (
            published.GWET_5_OBSERVERS,
            {PERCENT: 0.616, AC1: 0.497, FLEISS: 0.458, CONGER: 0.469, EVEN: 0.487},
        ),
        (published.GWET_6_RATERS, {PERCENT: 0.551, AC1: 0.445, FLEISS: 0.414, EVEN: 0.439}),
        (
            published.GWET_ABSTRACTORS,
            {PERCENT: 0.890, COHEN: 0.796, FLEISS: 0.796, AC1: 0.849, EVEN: 0.835},
        ),
        (published.COHEN_1968, {COHEN: 0.492}),
        (published.PARADOX, {PERCENT: 0.944, COHEN: -0.023, AC1: 0.941}),
    ],
)
def test_unweighted_coefficients_are_the_published_ones(
    ratings: Ratings, expected: dict[str, float]
) -> None:
    """To three digits; Fleiss' kappa of two raters is Scott's pi, Brennan-Prediger Randolph's."""
    found = coefficients(ratings)
    assert {name: rounded(found[name].value) for name in expected} == expected


def rounded(value: float | None) -> float:
    """Return a number that is there, to three digits."""
    assert value is not None
    return round(value, 3)


@pytest.mark.parametrize(
    ("weights", "ac2", "fleiss", "conger", "even", "alpha", "percent"),
    [
        ("linear", 0.859, 0.818, 0.814, 0.848, 0.800, 0.939),
        ("quadratic", 0.914, 0.865, 0.858, 0.902, 0.849, 0.975),
        ("ordinal", 0.899, 0.850, 0.844, 0.886, 0.834, 0.968),
    ],
)
def test_weighted_coefficients_are_the_published_ones(
    weights: Weighting,
    ac2: float,
    fleiss: float,
    conger: float,
    even: float,
    alpha: float,
    percent: float,
) -> None:
    """Gwet (2014) on four raters; irrCAC's alpha has the weights where ours has distances."""
    ratings = published.GWET_4_RATERS
    found = coefficients(ratings, "ordinal", weights)
    names = (AC2, FLEISS, CONGER, EVEN)
    assert [rounded(found[name].value) for name in names] == [ac2, fleiss, conger, even]
    matrix = agreement_weights(weights, scores_of(ratings.categories, "ordinal"))
    by_weights = alpha_by(ratings, lambda a, b: float(1 - matrix[int(str(a)) - 1, int(str(b)) - 1]))
    assert round(value_of(by_weights), 3) == alpha
    kappa = fleiss_kappa(ratings, matrix)
    assert round(float(kappa.parts[:, 0].sum() / kappa.parts[:, 1].sum()), 3) == percent


def test_quadratic_weights_on_five_observers_are_the_published_ones() -> None:
    """AC2 .83043, Fleiss .75072, alpha .77186 (irrCAC)."""
    found = coefficients(published.GWET_5_OBSERVERS, "interval")
    names = (AC2, FLEISS, "krippendorff_alpha")
    assert [rounded(found[name].value) for name in names] == [0.830, 0.751, 0.772]


def test_weighted_kappa_is_the_published_one() -> None:
    """Cohen (1968): .348 with his costs; Gwet's abstractors: .892157 with quadratic weights."""
    costs = np.array(published.COHEN_1968_COSTS)
    assert round(value_of(cohen_kappa(published.COHEN_1968, weights_from(costs))), 3) == 0.348
    squared = agreement_weights("quadratic", np.arange(3.0))
    assert round(value_of(cohen_kappa(published.GWET_ABSTRACTORS, squared)), 3) == 0.892


@pytest.mark.parametrize(
    ("ratings", "weights", "name", "error", "low", "high"),
    [
        (published.GWET_4_RATERS, "identity", AC1, 0.14295, 0.461, 1),
        (published.GWET_4_RATERS, "linear", AC2, 0.11733, 0.600, 1),
        (published.GWET_4_RATERS, "quadratic", AC2, 0.10396, 0.685, 1),
        (published.GWET_4_RATERS, "ordinal", AC2, 0.10690, 0.664, 1),
        (published.GWET_4_RATERS, "identity", FLEISS, 0.15302, 0.424, 1),
        (published.GWET_4_RATERS, "identity", CONGER, 0.14917, None, 1),
        (published.GWET_4_RATERS, "identity", EVEN, 0.14472, None, 1),
        (published.GWET_5_OBSERVERS, "identity", AC1, 0.12197, None, None),
        (published.GWET_6_RATERS, "identity", AC1, 0.08418757, None, None),
        (published.GWET_ABSTRACTORS, "identity", AC1, 0.04321747, None, None),
        (published.GWET_ABSTRACTORS, "identity", COHEN, 0.05891072, None, None),
        (published.FLEISS_1971, "identity", FLEISS, 0.0542, 0.319, 0.541),
        (published.FLEISS_1971, "identity", AC1, 0.05566, None, None),
    ],
)
def test_standard_errors_and_their_intervals_are_the_published_ones(
    ratings: Ratings,
    weights: Weighting,
    name: str,
    error: float,
    low: float | None,
    high: float | None,
) -> None:
    """Gwet (2014) and the R package irrCAC; intervals by Student's t, cut off at 1."""
    found = coefficients(ratings, "ordinal", weights)[name]
    assert found.se == pytest.approx(error, abs=THREE_DIGITS)
    assert found.analytic_low == pytest.approx(low or found.analytic_low, abs=THREE_DIGITS)
    assert found.analytic_high == pytest.approx(high or found.analytic_high, abs=THREE_DIGITS)


def test_the_standard_error_of_alpha_is_the_published_one() -> None:
    """irrCAC gives .14548 in R and .14557 in Python on four raters."""
    found = coefficients(published.GWET_4_RATERS)["krippendorff_alpha"]
    assert found.se == pytest.approx(0.14548, abs=THREE_DIGITS)


def test_ordinal_alpha_has_no_published_error_and_an_interval_all_the_same() -> None:
    """None is not made up."""
    found = every_coefficient(published.GWET_5_OBSERVERS, "ordinal", seed=1, resamples=200)
    alpha = next(c for c in found if c.name == "krippendorff_alpha")
    assert alpha.se is None
    assert alpha.low is not None


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("icc_1_1", 0.17),
        ("icc_2_1", 0.29),
        ("icc_3_1", 0.71),
        ("icc_1_k", 0.44),
        ("icc_2_k", 0.62),
        ("icc_3_k", 0.91),
    ],
)
def test_intraclass_correlations_are_the_published_ones(form: Form, expected: float) -> None:
    """Shrout and Fleiss (1979), who give two digits."""
    found = intraclass_correlation(published.SHROUT_FLEISS, "interval", form)
    assert round(value_of(found), 2) == expected


def test_masi_is_the_published_distance() -> None:
    """Passonneau (2006); nltk gives .6667 for a set and its double."""
    assert masi_distance(frozenset("ab"), frozenset("abcd")) == pytest.approx(0.6667, abs=5e-5)
    assert masi_distance(frozenset("ab"), frozenset("bc")) == pytest.approx(1 - 1 / 9)
    assert masi_distance(frozenset("ab"), frozenset("cd")) == 1
    assert masi_distance(frozenset(), frozenset()) == 0
    assert jaccard_distance(frozenset("ab"), frozenset("bc")) == pytest.approx(2 / 3)
    assert jaccard_distance(frozenset(), frozenset()) == 0


def vectors(name: str) -> list[dict[str, Any]]:
    """Return the vectors of one function that were handed out with the design."""
    found = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return [vector for vector in found if vector["fn"] == name]


@pytest.mark.parametrize(
    ("name", "weighting"),
    [
        ("cohen_kappa", "identity"),
        ("linear_weighted_kappa", "linear"),
        ("quadratic_weighted_kappa", "quadratic"),
    ],
)
def test_kappa_of_two_is_that_of_the_vectors(name: str, weighting: Weighting) -> None:
    """By scikit-learn; none where both are constant."""
    assert vectors(name)
    for vector in vectors(name):
        pairs = zip(vector["args"]["human"], vector["args"]["judge"], strict=True)
        ratings = ratings_of(
            [(n, r, v) for n, pair in enumerate(pairs) for r, v in enumerate(pair)]
        )
        weights = agreement_weights(weighting, scores_of(ratings.categories, "ordinal"))
        assert cohen_kappa(ratings, weights).value() == pytest.approx(vector["expected"])


def test_alpha_and_fleiss_kappa_are_those_of_the_vectors() -> None:
    """Alpha with a missing reading."""
    (alpha,), (fleiss,) = vectors("krippendorff_alpha_nominal"), vectors("fleiss_kappa")
    (rows,) = alpha["args"].values()
    readings = [
        (unit, rater, value)
        for rater, row in enumerate(rows)
        for unit, value in enumerate(row)
        if value is not None
    ]
    found = krippendorff_alpha(ratings_of(readings))
    assert value_of(found) == pytest.approx(alpha["expected"])
    units = ratings_of_units(*fleiss["args"].values())
    assert value_of(fleiss_kappa(units, identity(units))) == pytest.approx(fleiss["expected"])


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 11, 12, 29, 100, 999, 1000, 1001, 20_000])
@pytest.mark.parametrize("chance", [0.6, 0.975, 0.995])
def test_students_t_is_scipys(freedom: int, chance: float) -> None:
    """To eight digits, below and above where the expansion takes over."""
    assert t_quantile(chance, freedom) == pytest.approx(student.ppf(chance, freedom), rel=1e-8)
