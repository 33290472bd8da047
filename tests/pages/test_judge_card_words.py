"""How the judge card writes a number."""

from __future__ import annotations

import pytest

from src.domain.judge_card import Estimate, JudgeCard
from src.files.judge_card_table import against, estimate_words


def test_a_number_has_two_decimals_its_interval_and_its_n_and_no_sign_on_nothing() -> None:
    """A kappa of -0.0000000000000005 is 0.00."""
    assert estimate_words(Estimate(value=-5e-16, low=-0.004, high=0.5, n=8)) == (
        "0.00 (0.00 to 0.50), n = 8"
    )
    assert estimate_words(Estimate(value=-0.28, low=None, high=None, n=8)) == "-0.28, n = 8"
    assert estimate_words(Estimate(value=None, low=None, high=None, n=0)) == "-"


@pytest.mark.parametrize(
    ("from_files", "said"),
    [
        (0, "Against 3 people who graded blind."),
        (2, "Against 3 people whose grades count as blind, 2 of them known only from a file."),
        (3, "Against 3 people whose grades count as blind, known only from a file."),
    ],
)
def test_nobody_known_only_from_a_file_is_said_to_have_graded_blind(
    from_files: int, said: str
) -> None:
    """A file says so, or leaves it unsaid; only of its own graders the study knows."""
    card = JudgeCard(
        judge="judge-a",
        lines=(),
        alarms=(),
        weighted=False,
        people=3,
        from_files=from_files,
        not_blind=0,
        cannot_judge=0,
    )
    assert against(card) == said
