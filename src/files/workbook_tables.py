"""A release as one Excel workbook for people, a sheet for each table."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from src.files.gold_tables import TABLES, rows_of
from src.files.outgoing import Items, ReleaseFacts, Written
from src.files.xlsx import CONTINUED, Cell, Workbook

ABOUT = "about"
PARTS = "pieces_of_long_texts"


def write(folder: Path, facts: ReleaseFacts, items: Items) -> Written:
    """Write the workbook; a text no cell can hold goes on in the sheet 'continued'."""
    path = folder / f"release-{facts.number}.xlsx"
    tables = {ABOUT: ("what", "said"), **TABLES}
    rows: Counter[str] = Counter()
    with Workbook(path, tables) as book:
        for what, said in _about(facts).items():
            book.add(ABOUT, {"what": what, "said": said})
        for item in items:
            for name, row in rows_of(item):
                book.add(name, row)
                rows[name] += 1
    counted = {f"rows_of_{name}": rows[name] for name in TABLES}
    return Written({path.name: rows["items"]}, figures={**counted, PARTS: book.parts})


def _left(facts: ReleaseFacts) -> dict[str, Cell]:
    """Return the line on readers who left; none where nobody did."""
    words = " ".join(reader.words for reader in facts.readers_left)
    return {"readers who left": words} if words else {}


def _about(facts: ReleaseFacts) -> dict[str, Cell]:
    """Return what the first sheet says."""
    return {
        "release": facts.number,
        "made at": f"{facts.made_at:%Y-%m-%d %H:%M} UTC",
        "notes": facts.notes,
        "sha256": facts.sha256,
        "event log": f"{facts.head.get('seq', '')} {facts.head.get('hash', '')}".strip(),
        **_left(facts),
        "long texts": (
            f"A cell holds at most 32,767 characters. What is longer goes on in the sheet "
            f"{CONTINUED!r}: join the cell with its parts there, in order. The last column of a "
            "row says which of its texts go on; such cells are yellow."
        ),
        "texts": (
            "Every text is stored as text, never as a formula. A carriage return or another "
            "character that the file cannot hold is written as _xHHHH_, its number in hexadecimal."
        ),
        "licences": (
            "Each row of 'items' has its case's source and licence; 'images' says which images "
            "may not be passed on, and why."
        ),
    }
