"""Readings as cards beside each other: what each says, changes, and rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from src.ui.differences import Part
from src.ui.reading_room.component import declare


class ShownEvidence(BaseModel, frozen=True, extra="forbid"):
    """A piece of evidence in words, and what is announced in the browser to be led to it."""

    words: str
    leads: dict[str, Any]
    refused: bool = False
    """True for what the benchmark names and the reader says is none."""


class ShownReading(BaseModel, frozen=True, extra="forbid"):
    """One reader's reading as a card: a letter, a sign, a few words, and a text."""

    reader: str
    title: str = ""
    """Stands instead of 'Reader A', where what is shown is no reader's."""
    colour: str
    words: str
    sign: str = ""
    tint: str = ""
    parts: tuple[Part, ...] = ()
    facts: tuple[str, ...] = ()
    """Points, severity: short lines under the words."""
    evidence: tuple[ShownEvidence, ...] = ()
    note: str = ""


_mount = declare("readings", ("sending.js", "reading_card.js", "readings.js"), "reading_card.css")


def readings_side_by_side(key: str, readings: Sequence[ShownReading]) -> None:
    """Show readings as cards beside each other, below each other where there is no room.

    Texts are shown exactly as written. The key must not contain two underscores in a row.
    """
    _mount(key=key, data={"readings": [reading.model_dump(mode="json") for reading in readings]})
