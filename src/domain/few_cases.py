"""What a number of a handful of cases is called wherever it is shown: its interval says little."""

from __future__ import annotations

from typing import Final

LEAST_CASES: Final = 5
"""An interval made by drawing fewer cases again and again is too narrow to be believed."""
TOO_FEW: Final = "too few to say"


def marked(text: str, cases: int) -> str:
    """Return a number in words with the mark 'too few to say' where it rests on too few cases."""
    return f"{text}: {TOO_FEW}" if cases < LEAST_CASES else text
