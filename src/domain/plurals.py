"""Numbers with their nouns, for everything that people read."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: '1 item', '2 items', '1,756 items'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
