"""Intervals by resampling whole items: what they are, what they see, and where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from src.domain.agreement import every_coefficient
from src.domain.interrater.alpha import krippendorff_alpha
from src.domain.interrater.kappas import conger_kappa, fleiss_kappa, gwet_ac1
from src.domain.interrater.kappas import percent_agreement as percent_statistic
from src.domain.interrater.ratings import Level, Ratings
from src.domain.interrater.statistic import bootstrap
from src.domain.scoring.interval import cluster_interval
from tests.domain.interrater import published


def simulated(items: int, claims: int, raters: int, seed: int, alike: float = 0.0) -> Ratings:
    """Return readings of claims in items; `alike` is how often an item's claims share a fate."""
    draw = np.random.default_rng(seed)
    hard = draw.random((items, 1)) < 0.5
    hard = np.where(draw.random((items, claims)) < alike, hard, draw.random((items, claims)) < 0.5)
    truth = draw.integers(0, 3, (items * claims, 1))
    guess = draw.integers(0, 3, (items * claims, raters))
    wrong = draw.random((items * claims, raters)) < np.where(hard.reshape(-1, 1), 0.9, 0.1)
    codes = np.where(wrong, guess, truth)
    return Ratings(codes, (0, 1, 2), np.repeat(np.arange(items), claims))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_an_interval_is_that_of_resampling_the_table_itself(level: Level) -> None:
    """The weighted sums give what drawing items and computing anew gives, draw for draw."""
    ratings = simulated(12, 3, 3, seed=5)
    draws = np.random.default_rng(9).integers(0, 12, (50, 12))
    values = {"alpha": [], "conger": []}
    for draw in draws:
        chosen = np.concatenate([np.flatnonzero(ratings.clusters == item) for item in draw])
        again = Ratings(ratings.codes[chosen], ratings.categories, np.arange(len(chosen)))
        values["alpha"].append(krippendorff_alpha(again, level).value())
        values["conger"].append(conger_kappa(again, np.eye(3)).value())
    statistics = [krippendorff_alpha(ratings, level), conger_kappa(ratings, np.eye(3))]
    found = bootstrap(statistics, ratings.clusters, seed=9, resamples=50)
    for expected, interval in zip(values.values(), found, strict=True):
        assert interval is not None
        low, high = np.quantile(np.array(expected, dtype=float), [0.025, 0.975])
        assert (interval.low, interval.high) == pytest.approx((low, high))


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    """A seed is written down with the result."""
    first, again, other = (
        every_coefficient(published.FLEISS_1971, "nominal", seed=seed, resamples=300)
        for seed in (4, 4, 5)
    )
    assert first == again
    assert first != other


def test_claims_of_one_item_are_no_independent_facts() -> None:
    """By items an interval and an error are wider than by claims, where claims share a fate."""
    nested = simulated(150, 4, 3, seed=1, alike=0.9)
    alone = Ratings(nested.codes, nested.categories, np.arange(len(nested.codes)))
    alpha = krippendorff_alpha(nested)
    (by_items,) = bootstrap([alpha], nested.clusters, seed=2)
    (by_claims,) = bootstrap([alpha], alone.clusters, seed=2)
    assert by_items is not None
    assert by_claims is not None
    assert by_items.high - by_items.low > 1.15 * (by_claims.high - by_claims.low)
    assert (alpha.standard_error(nested.clusters) or 0) > 1.15 * (
        alpha.standard_error(alone.clusters) or 1
    )


def test_error_and_interval_tell_the_same_story() -> None:
    """With many items the interval is the value and two errors to each side."""
    ratings = simulated(600, 2, 3, seed=3, alike=0.5)
    statistics = [
        krippendorff_alpha(ratings),
        fleiss_kappa(ratings, np.eye(3)),
        conger_kappa(ratings, np.eye(3)),
        gwet_ac1(ratings),
        percent_statistic(ratings, np.eye(3)),
    ]
    for statistic, interval in zip(
        statistics, bootstrap(statistics, ratings.clusters, seed=1), strict=True
    ):
        error = statistic.standard_error(ratings.clusters)
        assert error is not None
        assert interval is not None
        assert (interval.high - interval.low) / (2 * 1.96) == pytest.approx(error, rel=0.08)


def test_percent_agreement_has_the_interval_of_a_mean() -> None:
    """About what the interval of scores gives, which draws by another method."""
    ratings = simulated(200, 3, 3, seed=8)
    parts = percent_statistic(ratings, np.eye(3)).parts
    (found,) = bootstrap([percent_statistic(ratings, np.eye(3))], ratings.clusters, seed=1)
    expected = cluster_interval(parts[:, 0].tolist(), ratings.clusters.tolist(), seed=1)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(expected, abs=0.005)


def test_one_item_has_no_interval_and_says_so() -> None:
    """Nothing is known of how items differ."""
    one = Ratings(np.array([[0, 1], [0, 0]]), (0, 1), np.array([0, 0]))
    found = every_coefficient(one, "nominal", seed=1)
    percent = found[0]
    assert (percent.value, percent.se, percent.low) == (0.5, None, None)
    assert percent.note == "no interval: too few items have a value"


def test_resamples_without_a_value_are_left_out_and_counted() -> None:
    """One unit of three differs: a resample without it is all identical."""
    rare = Ratings(np.array([[0, 0], [0, 0], [1, 0]]), (0, 1), np.arange(3))
    found = {c.name: c for c in every_coefficient(rare, "nominal", seed=1, resamples=400)}
    kappa = found["fleiss_kappa"]
    assert kappa.low is not None
    assert kappa.note.endswith("of 400 resamples undefined, left out")
    assert not found["gwet_ac1"].note


def test_items_need_not_stand_together() -> None:
    """The units of an item can be scattered over the table."""
    ratings = simulated(30, 3, 3, seed=4)
    order = np.random.default_rng(1).permutation(len(ratings.codes))
    scattered = Ratings(ratings.codes[order], ratings.categories, ratings.clusters[order])
    for level in ("nominal", "ordinal"):
        a = every_coefficient(ratings, level, seed=3, resamples=200)
        b = every_coefficient(scattered, level, seed=3, resamples=200)
        for first, second in zip(a, b, strict=True):
            assert first.low == pytest.approx(second.low)
            assert first.se == pytest.approx(second.se)
