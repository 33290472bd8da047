"""Readings side by side, each with what it changes, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel
from rapidfuzz.distance import Indel
from streamlit.components.v2 import component

Kind = Literal["same", "added", "removed"]
_HERE = Path(__file__).parent
_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")


class Part(BaseModel, frozen=True, extra="forbid"):
    """A stretch of a text: the same in both, or only in the new, or only in the old one."""

    kind: Kind
    text: str


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
    """Points, severity, evidence: short lines under the words."""
    note: str = ""


@lru_cache(maxsize=512)
def differences(old: str, new: str) -> tuple[Part, ...]:
    """Return how a text became another, word by word; both can be put together from it again."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    parts: list[Part] = []
    for step in Indel.opcodes(before, after):
        if step.tag == "equal":
            parts.append(_part("same", before[step.src_start : step.src_end]))
        elif step.tag == "delete":
            parts.append(_part("removed", before[step.src_start : step.src_end]))
        else:
            parts.append(_part("added", after[step.dest_start : step.dest_end]))
    return tuple(parts)


def _part(kind: Kind, words: Sequence[str]) -> Part:
    return Part(kind=kind, text="".join(words))


_mount = component(
    "rarereview_readings",
    js=(_HERE / "differences.js").read_text(encoding="utf-8"),
    css=(_HERE / "differences.css").read_text(encoding="utf-8"),
)


def readings_side_by_side(key: str, readings: Sequence[ShownReading]) -> None:
    """Show readings as cards beside each other, below each other where there is no room.

    Texts are shown exactly as written. The key must not contain two underscores in a row.
    """
    _mount(key=key, data={"readings": [reading.model_dump() for reading in readings]})
