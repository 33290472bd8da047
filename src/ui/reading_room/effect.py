"""What an edit does to scores and ranks; after an edit elsewhere on the page it is told anew."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from src.ui.reading_room.component import declare

MOST = 8
"""Models that lie open; the others are folded."""


class EffectLine(BaseModel, frozen=True, extra="forbid"):
    """One model that moves, in words."""

    model: str
    score: str
    """Before and after; after within bounds where grades are missing."""
    change: str = ""
    rank: str
    """Before and after; one number where it stays."""
    sign: str = ""
    """Which way the rank moves; empty where it stays."""
    items: str
    """Of how many items the score is the mean."""


_mount = declare("effect", ("sending.js", "effect.js"), "base.css", "effect.css")


def effect(*, key: str, words: str, lines: Sequence[EffectLine]) -> None:
    """Show in words what an edit does, then the models that move, in the order given."""
    _mount(
        key=key,
        data={"words": words, "lines": [line.model_dump() for line in lines], "most": MOST},
    )
