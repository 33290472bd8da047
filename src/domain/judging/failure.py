"""Why a criterion has no grade, in the words of the leaderboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

FailureKind = Literal["refused", "unread", "late", "unreached", "failed"]
WaitingKind = Literal["asking", "budget", "stopped"]

LATE_WORDS: Final = "did not answer in time"
UNREACHED_WORDS: Final = "cannot be reached"
"""Words of judges' failures by which one kind is told from another."""

NOT_ASKED: Final = "no grade asked yet"
NOT_ASKED_OR_SPLIT: Final = "no grade asked yet, or the panel's judges differ"
FAILED: Final[Mapping[FailureKind, str]] = {
    "refused": "the judge refused",
    "unread": "the judge's reply could not be read",
    "late": "the call failed: no answer in time",
    "unreached": "the call failed: no connection",
    "failed": "the call failed: an error",
}
WAITING: Final[Mapping[WaitingKind, str]] = {
    "asking": "no grade asked yet: a run has planned it",
    "budget": "no grade asked yet: the budget did not cover it",
    "stopped": "no grade asked yet: the run was stopped",
}


def sentence(words: str) -> str:
    """Return what is said of a failure with a capital and a full stop."""
    whole = words[:1].upper() + words[1:]
    return whole if whole.endswith((".", "!", "?")) else f"{whole}."
