"""The claims of an item: one lies open with everything about it, the others are a line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from src.ui.reading_room.component import declare, ignore_change
from src.ui.reading_room.palette import claim_colour

ChangedWords = tuple[Literal["same", "added", "removed"], str]
"""A stretch of a claim's words: in both texts, or only in the reader's, or only in the item's."""


class ClaimChip(BaseModel, frozen=True, extra="forbid"):
    """One link from a claim to a whole image, a box on one, or a text span."""

    link: str = Field(min_length=1, pattern=r"^\S+$")
    """Names the link by what it is, never by its place in a list."""
    text: str
    sha256: str | None = None
    box: tuple[int, int, int, int] | None = None
    """x, y, width, height in whole pixels of the canonical copy; None for the whole image."""
    field: str | None = None
    start: int = Field(default=0, ge=0)
    end: int = Field(default=0, ge=0)
    benchmark: bool = False
    """True when it came with the benchmark, confirmed or not."""
    refused: bool = False
    """True when the reader says that it is not this."""


class VerdictChoice(BaseModel, frozen=True, extra="forbid"):
    """One verdict that can be given: its sign, its word, and the act of the keyboard it is."""

    value: str
    sign: str
    word: str
    colour: str
    act: str
    """What the reader's map of keys calls it; the map names the key shown beside the word."""
    needs_evidence: bool = False


class ClaimCard(BaseModel, frozen=True, extra="forbid"):
    """One claim as it stands. Texts are shown exactly as written."""

    target: str
    """Its id, or 'added:N' for the reader's own."""
    number: int = Field(ge=1)
    text: str
    original: str | None = None
    """What the item says; None for the reader's own."""
    change: tuple[ChangedWords, ...] = ()
    """How the reader's words differ from the item's, word by word; empty when they do not."""
    verdict: str | None = None
    evidence: tuple[ClaimChip, ...] = ()
    given: tuple[ClaimChip, ...] = ()
    """The benchmark's links that are not confirmed: open ones and refused ones, in its order."""
    note: str = ""
    removed: bool = False


_SCRIPTS = ("sending.js", "acts.js", "typing.js", "act_field.js", "claims.js")
_mount = declare("claims", _SCRIPTS, "base.css", "fields.css", "claims.css")


def claims(
    *,
    key: str,
    cards: Sequence[ClaimCard],
    verdicts: Sequence[VerdictChoice],
    active: str | None,
    rev: int,
    seen: int,
    max_chars: int,
    on_change: Callable[[], None] | None,
    readonly: bool = False,
) -> None:
    """Show the claims; what the reader does comes as acts, `seen` being the last one stored.

    Opening another claim asks nothing of the server: the viewer and the case text follow by the
    bus. `active` is the claim that lies open at first, unless the browser remembers another, and
    again whenever the server names another one. The acts, by kind:

    verdict   target claim, value the verdict or None
    note      target claim, value the text
    text      target claim, value its words; the target after the last own claim begins a new one
    removed   target claim of the item, value True or False
    gone      target own claim, value its text, so that no other is removed by mistake
    link      target "claim link", value "evidence", "none", or "refused" for the benchmark's

    The key must not contain two underscores in a row.
    """
    _mount(
        key=key,
        data={
            "key": key,
            "cards": [_card(card) for card in cards],
            "verdicts": [verdict.model_dump() for verdict in verdicts],
            "active": active,
            "next_colour": claim_colour(len(cards) + 1),
            "max": max_chars,
            "rev": rev,
            "seen": seen,
            "readonly": readonly or on_change is None,
        },
        on_acts_change=on_change or ignore_change,
    )


def _card(card: ClaimCard) -> dict[str, object]:
    return {**card.model_dump(), "colour": claim_colour(card.number)}
