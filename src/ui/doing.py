"""Doing what a component has sent: each thing once, in order, and none that was not stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

import streamlit as st

from src.ui.notices import settles, tell

STORED = "What could not be stored before is stored now."


class Numbered(Protocol):
    """Something a browser sent, with a number that grows from one to the next."""

    @property
    def n(self) -> int:
        """The number."""
        ...


Sent = TypeVar("Sent", bound=Numbered)


@dataclass
class Doing:
    """How far one browser tab has come with what a component sends."""

    applied: int = 0
    """The number of the last thing that was done here, or refused for good; 0 before the first.
    The browser is told it, and keeps and sends again whatever has a higher one."""
    failed: bool = False
    """True while something waits that could not be stored."""

    def go_through(self, sent: Iterable[Sent], do: Callable[[Sent], None]) -> None:
        """Do one thing after the other; stop at the first that could not be stored.

        What a rule refuses is said and passed over, for it would be refused again. What comes
        after something that was not stored waits with it: it may rest upon it, as a ruling does
        upon its reasons.
        """
        for one in sent:
            if not settles(partial(do, one)):
                self.failed = True
                return
            self.applied = one.n
            if self.failed:
                self.failed = False
                tell(STORED)


def doing_of(key: str) -> Doing:
    """Return how far this browser tab has come with a component that stands for itself."""
    place = f"doing-{key}"
    found = st.session_state.get(place)
    if not isinstance(found, Doing):
        found = st.session_state[place] = Doing()
    return found
