"""Leaks in the form: each with its place, what happens there, how much, and a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, Field

from src.ui.reading_room.choices import Option
from src.ui.reading_room.component import declare

_SCRIPTS = ("sending.js", "acts.js", "typing.js", "act_field.js", "choices.js", "leaks.js")
_mount = declare("leaks", _SCRIPTS, "base.css", "choices.css", "fields.css", "leaks.css")


class LeakCard(BaseModel, frozen=True, extra="forbid"):
    """One leak as it is flagged; pressing its place leads there."""

    unit: str
    """What it is agreed or disputed as; it names the leak in every act."""
    where: str
    kind: str
    severity: str
    note: str = ""
    sha256: str | None = None
    box: tuple[int, int, int, int] | None = None
    """x, y, width, height in whole pixels of the canonical copy."""
    field: str | None = None
    start: int | None = Field(default=None, ge=0)
    end: int | None = Field(default=None, ge=1)


def leaks(
    *,
    key: str,
    cards: Sequence[LeakCard],
    kinds: Sequence[Option],
    severities: Sequence[Option],
    places: Sequence[Option],
    max_chars: int,
    rev: int,
    seen: int,
    on_change: Callable[[], None],
    readonly: bool = False,
) -> None:
    """Show the leaks flagged so far and the ways to flag another.

    Marking words, an image or a box is done in the case text and the viewer, while the leak
    stands in the place of the active claim. The acts, by kind: 'add' with a place as target;
    'kind', 'severity' and 'note' with the leak's unit as target; 'gone' with its unit.
    """
    _mount(
        key=key,
        data={
            "key": key,
            "cards": [card.model_dump() for card in cards],
            "kinds": [kind.model_dump() for kind in kinds],
            "severities": [severity.model_dump() for severity in severities],
            "places": [place.model_dump() for place in places],
            "max": max_chars,
            "rev": rev,
            "seen": seen,
            "readonly": readonly,
        },
        on_acts_change=on_change,
    )
