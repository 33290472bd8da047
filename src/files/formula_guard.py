"""Keeps a spreadsheet from taking case text for a formula."""

from __future__ import annotations

import unicodedata

MARK = "'"
_STARTS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20" + MARK)
"""What begins a formula, also in full width, and the mark itself."""
_ALSO = frozenset("\t\r\n")


def is_risky(text: str) -> bool:
    """Tell whether a spreadsheet could take a text for a formula, or for a guarded text."""
    if text[:1] in _ALSO:
        return True
    seen = (c for c in text if not c.isspace() and not unicodedata.category(c).startswith("C"))
    return next(seen, "") in _STARTS


def guarded(text: str) -> str:
    """Return a text with an apostrophe in front where it is risky; take one away to read it."""
    return f"{MARK}{text}" if is_risky(text) else text


def unguarded(cell: str) -> str:
    """Return the text of a guarded cell."""
    return cell.removeprefix(MARK)
