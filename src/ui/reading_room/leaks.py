"""Leaks in the form: hits of the scan to be decided, and what the reader flagged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, Field

from src.ui.reading_room.choices import Option
from src.ui.reading_room.component import declare

_SCRIPTS = (
    "sending.js",
    "acts.js",
    "typing.js",
    "act_field.js",
    "choices.js",
    "hit_desk.js",
    "hits.js",
    "leaks.js",
)
_STYLES = ("base.css", "choices.css", "fields.css", "leaks.css", "hits.css")
_mount = declare("leaks", _SCRIPTS, *_STYLES)


class LeakCard(BaseModel, frozen=True, extra="forbid"):
    """One leak as it is flagged; pressing its place leads there."""

    spot: str
    """What names the leak in every act."""
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


class Answer(BaseModel, frozen=True, extra="forbid"):
    """One thing that can be said of a hit, by a button and by a key."""

    value: str
    word: str
    leak: bool
    """True when it confirms the hit, False when it dismisses it."""
    act: str
    """The name by which the reading room knows its key."""


class HitCard(BaseModel, frozen=True, extra="forbid"):
    """One hit of the scan, and what is said of it."""

    hit_id: str
    before: str
    quote: str
    """The words that were found; `before` and `after` is what stands around them."""
    after: str
    where: str
    why: tuple[str, ...]
    low: bool
    says: str
    """The value of an answer; empty while nothing is said, 'flagged' where a leak of the reader's
    own covers it."""
    kind: str
    """How it gives the answer away: as flagged, or as it would be."""
    note: str = ""
    sha256: str | None = None
    box: tuple[int, int, int, int] | None = None
    field: str | None = None
    """The field of text in which it is marked, if there is one."""
    start: int | None = Field(default=None, ge=0)
    end: int | None = Field(default=None, ge=1)


def leaks(
    *,
    key: str,
    hits: Sequence[HitCard],
    answers: Sequence[Answer],
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
    """Show the hits of the scan, the leaks flagged beside them, and the ways to flag another.

    Marking words, an image or a box is done in the case text and the viewer, while the leak
    stands in the place of the active claim. The acts, by kind: 'hit' with an answer, or None,
    'hit-kind' and 'hit-note' with the hit's id as target; 'add' with a place as target; 'kind',
    'severity', 'note' and 'gone' with the leak's spot. What is said of each hit is told in the
    browser to those who mark it, so that saying it draws nothing else.
    """
    _mount(
        key=key,
        data={
            "key": key,
            "hits": [hit.model_dump() for hit in hits],
            "answers": [answer.model_dump() for answer in answers],
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
