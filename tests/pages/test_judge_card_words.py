"""How the judge card writes a number."""

from __future__ import annotations

from src.domain.judge_card import Estimate
from src.files.judge_card_table import estimate_words


def test_a_number_has_two_decimals_its_interval_and_its_n_and_no_sign_on_nothing() -> None:
    """A kappa of -0.0000000000000005 is 0.00."""
    assert estimate_words(Estimate(value=-5e-16, low=-0.004, high=0.5, n=8)) == (
        "0.00 (0.00 to 0.50), n = 8"
    )
    assert estimate_words(Estimate(value=-0.28, low=None, high=None, n=8)) == "-0.28, n = 8"
    assert estimate_words(Estimate(value=None, low=None, high=None, n=0)) == "-"
