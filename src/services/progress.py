"""How far a long piece of work is, and that somebody stopped it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from pydantic import BaseModel

from src.domain.errors import ReviewToolError


class Progress(BaseModel, frozen=True, extra="forbid"):
    """So much of so much is done after so long."""

    done: int
    total: int
    seconds: float
    what: str = ""
    """What is being done now, where the work has several parts."""

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 1.0

    @property
    def seconds_left(self) -> float | None:
        """How long it still takes at this rate; None while nobody can tell."""
        if not self.done or self.seconds < 1:
            return None
        return self.seconds * (self.total - self.done) / self.done


Watcher = Callable[[Progress], bool]
"""Hears of progress; returns False to stop."""


class WorkStopped(ReviewToolError):
    """Somebody stopped a piece of work."""

    rule = "stopped"


class Meter:
    """Tells a watcher how far a piece of work is, and ends it when the watcher says so."""

    def __init__(self, watch: Watcher | None, total: int, what: str = "") -> None:
        self._watch, self._total, self._what = watch, total, what
        self._began = monotonic()

    def at(self, done: int) -> None:
        """Tell how much is done; raise WorkStopped when somebody asked to stop."""
        if not self.goes_on(done):
            raise WorkStopped("Stopped. Nothing was changed.")

    def goes_on(self, done: int) -> bool:
        """Tell how much is done, and return False when somebody asked to stop."""
        if self._watch is None:
            return True
        seconds = monotonic() - self._began
        return self._watch(Progress(done=done, total=self._total, seconds=seconds, what=self._what))
