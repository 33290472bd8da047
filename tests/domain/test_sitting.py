"""What counts as work, and what a pace says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.sitting import LONGEST_GAP, active_seconds, counted_seconds, pace
from tests.domain.things import NOW


@pytest.mark.parametrize(
    ("gap", "counted"), [(0, 0), (1.5, 1.5), (120, 120), (121, 120), (86_400, 120), (-3, 0)]
)
def test_a_gap_counts_up_to_two_minutes(gap: float, counted: float) -> None:
    """What is longer counts as two minutes; a clock set back counts nothing."""
    assert active_seconds(NOW, NOW + timedelta(seconds=gap)) == counted


def test_the_first_act_of_all_counts_nothing() -> None:
    """There is no gap before it."""
    assert active_seconds(None, NOW) == 0


@given(st.floats())
def test_no_gap_counts_less_than_nothing_or_more_than_the_longest(seconds: float) -> None:
    """Not even infinity or what is no number."""
    assert 0 <= counted_seconds(seconds) <= LONGEST_GAP


@pytest.mark.parametrize(
    ("seconds", "each", "words"),
    [
        ([], None, "2 of 9"),
        ([60, 60], None, "2 of 9"),
        ([60, 0, 60], None, "2 of 9"),
        ([60, 600, 330], 5.5, "2 of 9, about 6 min each"),
        ([100, 80, 90], 1.5, "2 of 9, about 2 min each"),
        ([10, 20, 30], 1 / 3, "2 of 9, less than a minute each"),
        ([60] * 20 + [6000] * 60, 1.0, "2 of 9, about 1 min each"),
    ],
)
def test_a_pace_is_the_median_of_the_newest_timed_items(
    seconds: list[int], each: float | None, words: str
) -> None:
    """At least three and at most twenty of them; what was not timed is left out."""
    found = pace(2, 9, seconds)
    assert found.minutes_each == (None if each is None else pytest.approx(each))
    assert found.words == words
