"""The evidence of a claim as small buttons that lead the eye to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, Field

from src.ui.reading_room.component import declare, ignore_change, sent
from src.ui.reading_room.palette import claim_colour


class EvidenceChip(BaseModel, frozen=True, extra="forbid"):
    """One link from a claim to a whole image, a box on one, or a text span."""

    chip_id: str
    text: str
    sha256: str | None = None
    box: tuple[int, int, int, int] | None = None
    """x, y, width, height in whole pixels of the canonical copy; None for the whole image."""
    field: str | None = None
    start: int = Field(default=0, ge=0)
    end: int = Field(default=0, ge=0)
    benchmark: bool = False
    """True when it came with the benchmark and nobody has confirmed it."""


class _Removed(BaseModel, frozen=True, extra="forbid"):
    chip_id: str


_mount = declare("evidence_chips", ("sending.js", "evidence_chips.js"), "evidence_chips.css")


def evidence_chips(
    *,
    key: str,
    chips: Sequence[EvidenceChip],
    number: int,
    on_remove: Callable[[], None] | None = None,
    readonly: bool = False,
) -> str | None:
    """Show a claim's evidence and return the id of the chip just removed, if any.

    Pressing a chip asks nothing of the server: the viewer goes to the image or box, the case
    text to the span. `number` is the claim's, for its colour.
    """
    _mount(
        key=key,
        data={
            "chips": [chip.model_dump() for chip in chips],
            "colour": claim_colour(number),
            "readonly": readonly or on_remove is None,
        },
        on_removed_change=on_remove or ignore_change,
    )
    return removed_chip(key)


def removed_chip(key: str) -> str | None:
    """Return the id of the chip just removed; for use inside `on_remove`."""
    removed = sent(key, "removed", _Removed)
    return removed.chip_id if removed else None
