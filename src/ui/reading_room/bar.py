"""The line above a reading, as our own component: one element instead of twenty."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, Field

from src.ui.reading_room.choices import Option
from src.ui.reading_room.component import declare

_mount = declare("bar", ("sending.js", "acts.js", "bar.js"), "base.css", "bar.css")


class SkipChoice(BaseModel, frozen=True, extra="forbid"):
    """A reason to pass an item on, and where that leads."""

    value: str
    word: str
    leads: str


class GuidePart(BaseModel, frozen=True, extra="forbid"):
    """A part of the guide; its text is shown exactly as written."""

    title: str = ""
    text: str


class Steps(BaseModel, frozen=True, extra="forbid"):
    """What is stored of the reading, and how far it can be taken back."""

    version: int
    """The draft's: of two states the browser believes the newer."""
    saved: str
    undoable: int = Field(ge=0)
    redoable: int = Field(ge=0)


class BarState(BaseModel, frozen=True, extra="forbid"):
    """What the line says."""

    rounds: tuple[Option, ...]
    round: str
    tracks: tuple[Option, ...]
    """The tracks that can be chosen; the first stands for all of them."""
    track: str
    place: str
    revises: bool
    """True when the item was submitted before: it can be left, not skipped."""
    skips: tuple[SkipChoice, ...]
    guide: tuple[GuidePart, ...]
    guidelines: bool = False
    """True when the study has guidelines of its own to read."""


def bar(
    *,
    key: str,
    state: BarState,
    steps: Steps,
    rev: int,
    seen: int,
    on_change: Callable[[], None],
) -> None:
    """Show the line. Its acts, by kind: 'undo', 'redo', 'pause', 'mine', 'guidelines', 'next';
    'round' and 'track' with the choice as value; 'skip' with the reason as value and the note as
    target; 'key' with an act as target and its key as value; 'reset-keys'.
    """
    data = {**state.model_dump(), **steps.model_dump(), "rev": rev, "seen": seen}
    _mount(key=key, data=data, on_acts_change=on_change)
