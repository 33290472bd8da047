"""Hidden repeats: which of their own readings a reader gives once more, and when it comes."""

from __future__ import annotations

from src.domain.canonical import digest
from src.domain.errors import BadInputError

LARGEST_SHARE = 0.25
WASH_OUT_DAYS = 14
LONGEST_WASH_OUT = 365
TURN = 1 / 3
"""How often a repeat that is due comes instead of a new item: now and then, never in a row."""
SUFFIX = " (repeats)"
LONGEST_NAME = 100


def companion_name(round_name: str) -> str:
    """Return the name of the hidden round that keeps the repeats of a round."""
    return f"{round_name}{SUFFIX}"


def check_settings(round_name: str, share: float, wash_out_days: int) -> None:
    """Raise BadInputError when a round cannot have such repeats."""
    if not 0 < share <= LARGEST_SHARE:
        raise BadInputError(
            f"The share of repeats {share:g} is not above 0 and at most {LARGEST_SHARE:g}."
        )
    if not 1 <= wash_out_days <= LONGEST_WASH_OUT:
        raise BadInputError(
            f"Readings are repeated after 1 to {LONGEST_WASH_OUT} days, not after {wash_out_days}."
        )
    if len(companion_name(round_name)) > LONGEST_NAME:
        longest = LONGEST_NAME - len(SUFFIX)
        raise BadInputError(f"The name of a round with repeats has at most {longest} characters.")


def is_drawn(seed: int, person: str, item_id: str, share: float) -> bool:
    """Tell whether a reading is among the share that comes back; the same seed draws the same."""
    return _chance("repeat", seed, person, item_id) < share


def is_turn(seed: int, person: str, had: int) -> bool:
    """Tell whether a repeat that is due comes next, for a reader who has had so many items."""
    return _chance("turn", seed, person, str(had)) < TURN


def _chance(what: str, seed: int, person: str, subject: str) -> float:
    """Return a number from 0 to 1, without 1, that seems random and is always the same."""
    return int(digest([what, seed, person, subject])[:13], 16) / 16**13
