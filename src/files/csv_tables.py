"""A release as CSV files for people: every text whole, none of it a formula."""

from __future__ import annotations

import csv
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from src.files.formula_guard import guarded
from src.files.gold_tables import TABLES, rows_of
from src.files.outgoing import Items, ReleaseFacts, Written
from src.files.xlsx import EXCEL_CHARACTERS, Cell, utf16_length

LONG = "cells_longer_than_excel_shows"


def write(folder: Path, facts: ReleaseFacts, items: Items) -> Written:
    """Write one file for each table, in UTF-8 with a byte order mark, every cell in quotes.

    A text that could be taken for a formula has an apostrophe in front; so has one that begins
    with an apostrophe, and one apostrophe is taken away in reading. Numbers are as they are.
    """
    rows: Counter[str] = Counter()
    long = 0
    with ExitStack() as stack:
        writers = {}
        for name, columns in TABLES.items():
            path = folder / f"{name}.csv"
            out = stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
            writers[name] = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writers[name].writerow(columns)
        for item in items:
            for name, row in rows_of(item):
                cells = [row[column] for column in TABLES[name]]
                long += sum(map(_too_long_for_excel, cells))
                writers[name].writerow([_cell(cell) for cell in cells])
                rows[name] += 1
    return Written({f"{name}.csv": rows[name] for name in TABLES}, figures={LONG: long})


def _cell(cell: Cell) -> Cell:
    return guarded(cell) if isinstance(cell, str) else cell


def _too_long_for_excel(cell: Cell) -> bool:
    return (
        isinstance(cell, str)
        and len(cell) > EXCEL_CHARACTERS // 2
        and utf16_length(cell) > EXCEL_CHARACTERS
    )
