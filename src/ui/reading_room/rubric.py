"""The rubric as one component: every criterion a card that is edited in the browser at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import BaseModel

from src.domain.review import MAX_MAXIMUM, MAX_TEXT, MIN_MAXIMUM
from src.ui.differences import Part
from src.ui.reading_room.component import declare, ignore_change

POINTS = 100.0
"""A criterion gives or takes at most so many points."""


class CardHint(BaseModel, frozen=True, extra="forbid"):
    """A line under a card; a quiet one is shown only while the card lies open."""

    words: str
    quiet: bool = False


class EvidencePiece(BaseModel, frozen=True, extra="forbid"):
    """A piece of evidence a criterion can rest on, and where it leads the eye."""

    token: str
    words: str
    sha256: str | None = None
    box: tuple[int, int, int, int] | None = None
    field: str | None = None
    start: int = 0
    end: int = 0


class EvidenceSource(BaseModel, frozen=True, extra="forbid"):
    """What one choice adds: the evidence of a claim, or an image as a whole."""

    words: str
    tokens: tuple[str, ...]


class Scale(BaseModel, frozen=True, extra="forbid"):
    """What a criterion gives and how it is judged, as the item has it."""

    points: float
    required: bool
    kind: Literal["binary", "ordinal"]
    maximum: int


class RubricCard(BaseModel, frozen=True, extra="forbid"):
    """One criterion as it stands in the reading; `key` names it in every act."""

    key: str
    number: int
    text: str
    points: float
    required: bool
    kind: Literal["binary", "ordinal"]
    maximum: int
    state: Literal["kept", "edited", "deleted", "own"]
    before: Scale | None = None
    """How the item has it; None for the reader's own."""
    was: str = ""
    """The same in words, where the reader has changed it."""
    original: str = ""
    parts: tuple[Part, ...] = ()
    """How the original became the text, word by word; empty where it is the same."""
    reason: str = ""
    asks_reason: bool = False
    note: str = ""
    evidence: tuple[str, ...] = ()
    hints: tuple[CardHint, ...] = ()


_mount = declare(
    "rubric", ("sending.js", "acts.js", "typing.js", "rubric.js"), "base.css", "rubric.css"
)


def rubric(
    *,
    key: str,
    cards: Sequence[RubricCard],
    rev: int,
    seen: int,
    on_change: Callable[[], None] | None = None,
    dimensions: Sequence[str] = (),
    hints: Sequence[str] = (),
    reasons: Sequence[tuple[str, str]] = (),
    pieces: Sequence[EvidencePiece] = (),
    sources: Sequence[EvidenceSource] = (),
    readonly: bool = False,
) -> None:
    """Show the criteria as cards, and under them what is scored in every item of the track.

    It sends acts, each with the value wanted: text, points, required, kind, maximum, reason,
    note, evidence (all its tokens), delete (a reason), keep, add (a text), remove, and order
    (all keys). `hints` are about the rubric as a whole. Fields take the stored text over only
    when `rev` grew and nobody is typing. The key must not contain two underscores in a row.
    """
    _mount(
        key=key,
        data={
            "key": key,
            "rev": rev,
            "seen": seen,
            "cards": [card.model_dump() for card in cards],
            "dimensions": list(dimensions),
            "hints": list(hints),
            "reasons": [list(pair) for pair in reasons],
            "pieces": {piece.token: piece.model_dump() for piece in pieces},
            "sources": [source.model_dump() for source in sources],
            "limits": {
                "text": MAX_TEXT,
                "points": POINTS,
                "lowest": MIN_MAXIMUM,
                "highest": MAX_MAXIMUM,
            },
            "readonly": readonly,
        },
        on_acts_change=on_change or ignore_change,
    )
