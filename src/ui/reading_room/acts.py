"""Acts: what a reader does in a component, numbered, so that each is stored exactly once."""

from __future__ import annotations

from pydantic import BaseModel, Field

from src.ui.reading_room.component import sent


class Act(BaseModel, frozen=True, extra="forbid"):
    """One thing done in a component; what kind, target and value may be is the component's."""

    n: int = Field(ge=1)
    """Grows with each act of a component; the server names the last it has applied."""
    kind: str
    target: str = ""
    value: str | float | bool | tuple[str, ...] | None = None
    upon: int | None = None
    """The newest version of what it changes that it can have been made upon, where that counts."""

    @property
    def text(self) -> str:
        """The value as a text; empty when it is none."""
        return self.value if isinstance(self.value, str) else ""


class _Acts(BaseModel, frozen=True, extra="forbid"):
    rev: int
    n: int
    acts: tuple[Act, ...]


def acts_after(key: str, rev: int, applied: int) -> tuple[Act, ...]:
    """Return the acts a component has sent since number `applied`, in order.

    None of an older revision than `rev`: the component sends those that still wait once more,
    so that what a browser remembers from before a restart is never done a second time.
    """
    found = sent(key, "acts", _Acts)
    if found is None or found.rev < rev:
        return ()
    return tuple(act for act in found.acts if act.n > applied)
