"""What a text changes of another one, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel
from rapidfuzz.distance import Indel

Kind = Literal["same", "added", "removed"]
_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")


class Part(BaseModel, frozen=True, extra="forbid"):
    """A stretch of a text: the same in both, or only in the new, or only in the old one."""

    kind: Kind
    text: str


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
