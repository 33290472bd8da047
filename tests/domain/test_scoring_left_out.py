"""Means and ranks with some items put otherwise, worked out by hand."""

from __future__ import annotations

import numpy as np

from src.domain.scoring.left_out import OtherItem, standings_with
from src.domain.scoring.sheet import ADDED, NO_ANSWER, UNSCORED

VALUES = np.array([[1.0, 0.5, np.nan], [0.5, 0.5, 1.0]])


def codes(*reasons: str) -> np.ndarray:
    """Return reasons as their codes."""
    return np.array([UNSCORED.index(reason) for reason in reasons], np.int8)


def test_without_other_items_the_means_are_as_they_are() -> None:
    """(1 + 0.5) / 2 and (0.5 + 0.5 + 1) / 3; what has no score is in no mean."""
    found = standings_with(VALUES, None, ())
    assert found.value.tolist() == [0.75, 2 / 3]
    assert (found.rank.tolist(), found.n.tolist(), found.ungraded.tolist()) == (
        [1, 2],
        [2, 3],
        [0, 0],
    )


def test_other_items_take_the_place_of_those_there_are() -> None:
    """The first item counts 0 for both: 0.25 to 0.5, and the order turns round."""
    found = standings_with(VALUES, None, [OtherItem(0, np.zeros(2), 1.0, codes("", ""))])
    assert (found.value.tolist(), found.rank.tolist()) == ([0.25, 0.5], [2, 1])
    assert VALUES[0, 0] == 1.0


def test_weights_come_with_the_items() -> None:
    """The first weighs 3 from then on: (3 * 1 + 0.5) / 4 for the first model."""
    weights = np.ones(3)
    other = OtherItem(0, np.array([1.0, 1.0]), 3.0, codes("", ""))
    assert standings_with(VALUES, weights, [other]).value[0] == 0.875
    assert weights.tolist() == [1, 1, 1]


def test_only_scores_lost_for_want_of_a_grade_are_ungraded() -> None:
    """Of the last item the first model had none before; of the second the other did not answer."""
    lost = np.full(2, np.nan)
    others = [
        OtherItem(1, lost, 1.0, codes(ADDED, NO_ANSWER)),
        OtherItem(2, lost, 1.0, codes(ADDED, ADDED)),
    ]
    found = standings_with(VALUES, None, others)
    assert (found.ungraded.tolist(), found.n.tolist()) == ([1, 1], [1, 1])


def test_a_model_left_with_nothing_has_no_score_and_no_rank() -> None:
    """Excluded everywhere it is neither zero nor last."""
    lost = np.array([np.nan, 0.5])
    others = [OtherItem(place, lost, 1.0, codes("", "")) for place in range(3)]
    found = standings_with(VALUES, None, others)
    assert np.isnan(found.value[0])
    assert np.isnan(found.rank[0])
    assert found.rank[1] == 1
