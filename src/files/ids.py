"""Ids as they are written: exact strings, that no two rows may share."""

from __future__ import annotations

import unicodedata

from src.domain.item import Track
from src.files.faults import FileFault

LONGEST = 200
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories: controls, bidi and zero-width marks, surrogates, line separators."""


def check_id(text: str, *, slash: bool = True) -> None:
    """Refuse an id that is empty, too long or holds characters nobody can see."""
    if not text.strip():
        raise FileFault("bad_id", "The id is empty: every row needs its own.")
    if len(text) > LONGEST:
        raise FileFault("bad_id", f"The id has {len(text)} characters: at most {LONGEST}.")
    hidden = next((c for c in text if unicodedata.category(c) in _INVISIBLE), None)
    if hidden is not None:
        name = unicodedata.name(hidden, "a control character").lower()
        raise FileFault(
            "bad_id", f"The id {text!r} holds U+{ord(hidden):04X} ({name}), which cannot be seen."
        )
    if not slash and "/" in text:
        raise FileFault("bad_id", f"The name {text!r} holds a slash, which separates parts of ids.")


class SeenIds:
    """Remembers where each id stood; ids that only look different are the same."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str, str], tuple[str, int]] = {}

    def add(self, dataset: str, track: Track | None, index: str, line: int) -> None:
        """Note an id; refuse one that was there before, also in other case, width or spaces."""
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", index).casefold())
        key = (dataset, track.value if track else "", folded.strip())
        first = self._lines.setdefault(key, (index, line))
        if first[1] != line:
            raise FileFault(
                "duplicate_id",
                f"The id {index!r} of line {line} is the same as {first[0]!r} of line {first[1]}.",
            )
