"""Markdown tables in answers, read as lists: one entry a row, the disease in front."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

SEPARATOR: Final = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\|?\s*")
"""'|---|:---:|' and '--- | ---': a table is above and below."""
BAR: Final = re.compile(r"(?<!\\)\|")
NUMBER: Final = re.compile(r"[*_#+\s]*\d{1,2}[*_.):\s]*")
NAMING: Final = re.compile(
    r"[*_\s]*(?:(?:most likely|likely|possible|candidate|suspected|ranked|differential|final)\s+)*"
    r"(?:diagnos[ei]s|diagnos[ei]|diagn[oó]stico?|disease|disorder|condition|syndrome|candidate"
    r"|name|krankheit|erkrankung|maladie|enfermedad|doença|malattia|ziekte|aandoening|choroba"
    r"|sjukdom|sykdom|sygdom)(?:\s+name)?[*_:\s]*",
    re.IGNORECASE,
)
"""What the column of the diseases is called."""


def with_tables_as_lists(text: str) -> str:
    """Return a text in which each table is a numbered list: '1. Gout: joint pain; high'."""
    if "|" not in text:
        return text
    lines = text.split("\n")
    read: list[str] = []
    place = 0
    while place < len(lines):
        end = _end_of_table(lines, place)
        if end == place:
            read.append(lines[place])
            place += 1
            continue
        read += _as_list(lines[place:end])
        place = end
    return "\n".join(read)


def _end_of_table(lines: Sequence[str], start: int) -> int:
    """Return the line behind a table that begins here; the same line where none does."""
    if not BAR.search(lines[start]):
        return start
    separated = start + 1 < len(lines) and SEPARATOR.fullmatch(lines[start + 1]) is not None
    if not separated and not _is_framed(lines[start]):
        return start
    end = start
    while end < len(lines) and (BAR.search(lines[end]) if separated else _is_framed(lines[end])):
        end += 1
    return end


def _is_framed(line: str) -> bool:
    bare = line.strip()
    return len(bare) > 2 and bare.startswith("|") and bare.endswith("|")


def _as_list(lines: Sequence[str]) -> list[str]:
    rows = [_cells(line) for line in lines if not SEPARATOR.fullmatch(line)]
    if not rows:
        return []
    header = rows[0]
    naming = next((n for n, cell in enumerate(header) if NAMING.fullmatch(cell)), None)
    is_headed = naming is not None or (len(rows) < len(lines) and not _is_entry(header))
    found: list[str] = []
    for row in rows[1:] if is_headed else rows:
        if entry := _entry(row, naming):
            found.append(f"{len(found) + 1}. {entry}")
    return found


def _is_entry(cells: Sequence[str]) -> bool:
    """Say whether the first row of a table is one of its entries: it is numbered, or all there is.

    A table must have a header, so those who have none write an entry there.
    """
    return NUMBER.fullmatch(cells[0]) is not None or len(cells) == 1


def _entry(cells: Sequence[str], naming: int | None) -> str:
    """Return a row as the disease and what is said of it; empty where no disease stands there."""
    told = [n for n, cell in enumerate(cells) if cell and not NUMBER.fullmatch(cell)]
    if not told:
        return ""
    place = told[0] if naming is None else naming
    if place not in told:
        return ""
    rest = "; ".join(cells[n] for n in told if n != place)
    return f"{cells[place]}: {rest}" if rest else cells[place]


def _cells(line: str) -> list[str]:
    bare = line.strip().removeprefix("|")
    if bare.endswith("|") and not bare.endswith("\\|"):
        bare = bare[:-1]
    cells = (re.sub(r"<br\s*/?>", " ", cell).replace("\\|", "|") for cell in BAR.split(bare))
    return [cell.strip() for cell in cells]
