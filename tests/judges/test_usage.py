"""What a call used up: as it is told, and where it is not, never less than it can have been."""

from __future__ import annotations

from typing import Any

import pytest

from src.judges.usage import MOST_TOKENS, Usage, usage_of


def used(told_in: Any, told_out: Any, received: str = "Yes, ä.") -> tuple[int, int, bool]:
    """Return what a call used with a prompt of 100 bytes, an image, and a longest reply of 50."""
    found = usage_of(
        told_in, told_out, sent="p" * 100, images=1, received=received, longest=50
    )  # fmt: skip
    return found.tokens_in, found.tokens_out, found.estimated


def test_what_a_judge_tells_is_taken() -> None:
    """Also as 700.0, as some addresses write it, and a reply of nothing."""
    assert used(700, 50) == (700, 50, False)
    assert used(700.0, 50) == (700, 50, False)
    assert used(700, 0, received="") == (700, 0, False)
    assert used(MOST_TOKENS, 1) == (MOST_TOKENS, 1, False)


@pytest.mark.parametrize(
    "nonsense",
    [None, -1, -(10**30), 10**30, MOST_TOKENS + 1, float("nan"), float("inf"), "700", True, [1], 0],
    ids=str,
)
def test_what_is_missing_or_cannot_be_is_the_most_it_can_have_been(nonsense: Any) -> None:
    """A token a byte, 6,000 for an image, 64 for the frame; each side on its own."""
    assert used(nonsense, nonsense) == (100 + 6_000 + 64, 8, True)
    assert used(nonsense, 50) == (6_164, 50, True)
    assert used(700, nonsense) == (700, 8, True)


def test_a_reply_counts_for_no_more_than_the_longest_one() -> None:
    """That much is held back for it; halves of characters do no harm."""
    assert used(700, None, received="x" * 1_000) == (700, 50, True)
    assert used(700, None, received="\ud800x") == (700, 2, True)


def test_what_several_calls_used_adds_up() -> None:
    """Estimated as soon as one of them is."""
    told, guessed = Usage(tokens_in=1, tokens_out=2), Usage(tokens_in=10, estimated=True)
    assert told + told == Usage(tokens_in=2, tokens_out=4)
    assert told + guessed == Usage(tokens_in=11, tokens_out=2, estimated=True)
