"""Shares of counts and Wilson's interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.proportion import Proportion, wilson_interval

PUBLISHED = [
    (0, 10, 0.0, 0.27753279986288926),
    (7, 10, 0.39677814746114537, 0.8922087325936989),
    (49, 100, 0.3942199893044113, 0.5865198806597284),
    (10, 10, 0.7224672001371106, 1.0),
]
"""part, whole, low, high: reference values at 95 %."""


@pytest.mark.parametrize(("part", "whole", "low", "high"), PUBLISHED)
def test_the_interval_is_the_reference_one(part: int, whole: int, low: float, high: float) -> None:
    """Also at both ends, where other intervals collapse."""
    assert wilson_interval(part, whole) == pytest.approx((low, high), abs=1e-12)


def test_of_nothing_there_is_no_share() -> None:
    """None, and never a zero."""
    nothing = Proportion(part=0, whole=0)
    assert nothing.value is None
    assert nothing.interval is None


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    """It lies inside 0 to 1, and that of the rest is its mirror image."""
    part, whole = counts
    low, high = wilson_interval(part, whole)
    assert 0 <= low <= part / whole <= high <= 1
    mirrored = wilson_interval(whole - part, whole)
    assert mirrored == pytest.approx((1 - high, 1 - low))
