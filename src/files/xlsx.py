"""Excel workbooks, written row by row in memory of a fixed size; a text is never a formula."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter

from src.files.formula_guard import is_risky

Cell = str | int | float
EXCEL_CHARACTERS = 32_767
"""The most in one cell, in UTF-16 units as Excel counts them."""
EXCEL_ROWS = 1_048_576
CONTINUED = "continued"
"""The sheet that holds what a cell cannot, and the column that says so."""
CONTINUED_COLUMNS = ("sheet", "row", "column", "part", "text")
MADE = datetime(1980, 1, 1, tzinfo=UTC)
"""When each workbook says it was made: the same content has the same bytes."""
NUMBER, HEADER, TEXT, GUARDED, CUT = "number", "header", "text", "guarded", "cut"
AS_TEXT: Mapping[str, object] = {"num_format": "@"}
"""The format Text, so that editing a text makes no formula and no date of it."""
STYLES: Mapping[str, dict[str, object]] = {
    NUMBER: {},
    HEADER: {**AS_TEXT, "bold": True},
    TEXT: dict(AS_TEXT),
    GUARDED: {**AS_TEXT, "quote_prefix": True},
    CUT: {**AS_TEXT, "quote_prefix": True, "bg_color": "#FFF2CC"},
}
Styled = tuple[Cell, str]
"""A cell and the name of its style."""
_WIDE = frozenset({"question", "context", "answer", "text", "caption", "quote", "value"})
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What a workbook holds as _xHHHH_: characters XML has not, and what looks like such an escape."""
_LONGEST_ESCAPE = 7
_TAKEN_FOR_MARKUP = ("<r>", "</r>")
"""The library takes a text that begins and ends so for a cell of formatted pieces."""


class Workbook:
    """A workbook in the making: rows go to files, which are packed at the end.

    A text longer than a cell can hold goes on in the sheet 'continued', and its row says so. A
    table longer than a sheet goes on in another one, 'NAME 2', after all others.
    """

    def __init__(
        self,
        path: Path,
        tables: Mapping[str, Sequence[str]],
        *,
        characters: int = EXCEL_CHARACTERS,
        rows: int = EXCEL_ROWS,
    ) -> None:
        self._characters, self._most_rows = characters, rows
        self._stack = ExitStack()
        scratch = tempfile.TemporaryDirectory(dir=path.parent, prefix=".sheets-")
        folder = self._stack.enter_context(scratch)
        options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
        self._book = xlsxwriter.Workbook(path, options)
        self._book.set_properties({"created": MADE})
        self._styles = {name: self._book.add_format(said) for name, said in STYLES.items()}
        self._columns = {
            **{name: (*columns, CONTINUED) for name, columns in tables.items()},
            CONTINUED: CONTINUED_COLUMNS,
        }
        self._sheets: Counter[str] = Counter()
        self._open = {name: self._sheet(name) for name in self._columns}
        self.parts = 0
        """How many pieces of text stand in the sheet 'continued'."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            if kind is None:
                self._book.close()
            else:
                self._book.fileclosed = True  # else it complains that it was not written

    def add(self, table: str, row: Mapping[str, Cell]) -> None:
        """Add a row to a table; a missing column is empty."""
        sheet = self._with_room(table)
        cells: list[Styled] = []
        rest: dict[str, list[str]] = {}
        for column in self._columns[table][:-1]:
            cell = row.get(column, "")
            if not isinstance(cell, str):
                cells.append((cell, NUMBER))
                continue
            first, *parts = self._parts(cell)
            cells.append((first, CUT if parts else _style_of(first)))
            if parts:
                rest[column] = parts
        number = sheet.add([*cells, (_said(rest), TEXT)])
        for column, parts in rest.items():
            self._continue(sheet.name, number, column, parts)

    def _continue(self, sheet: str, row: int, column: str, parts: Sequence[str]) -> None:
        for part, text in enumerate(parts, start=2):
            place: list[Styled] = [(sheet, TEXT), (row, NUMBER), (column, TEXT), (part, NUMBER)]
            self._with_room(CONTINUED).add([*place, (text, _style_of(text))])
            self.parts += 1

    def _parts(self, text: str) -> list[str]:
        if len(text) * _LONGEST_ESCAPE <= self._characters:
            return [text]
        return list(_pieces(text, self._characters))

    def _with_room(self, table: str) -> _Sheet:
        """Return the sheet a table's next row goes to: another one where the last is full."""
        if self._open[table].rows >= self._most_rows:
            self._open[table] = self._sheet(table)
        return self._open[table]

    def _sheet(self, table: str) -> _Sheet:
        self._sheets[table] += 1
        number = self._sheets[table]
        name = table if number == 1 else f"{table} {number}"
        return _Sheet(self._book.add_worksheet(name), self._styles, self._columns[table])


class _Sheet:
    """One sheet; a row that is written is no longer in memory."""

    def __init__(self, sheet: Any, styles: Mapping[str, object], columns: Sequence[str]) -> None:
        self._sheet, self._styles = sheet, styles
        self.name = str(sheet.get_name())
        self.rows = 0
        for place, column in enumerate(columns):
            sheet.set_column(place, place, 60 if column in _WIDE else 16)
        sheet.freeze_panes(1, 0)
        self.add([(column, HEADER) for column in columns])

    def add(self, cells: Sequence[Styled]) -> int:
        """Write a row and return its number, the header's being 1; empty texts are no cells."""
        for place, (cell, style) in enumerate(cells):
            if cell != "":
                self._put(place, cell, self._styles[style])
        self.rows += 1
        return self.rows

    def _put(self, place: int, cell: Cell, style: object) -> None:
        if not isinstance(cell, str):
            self._sheet.write_number(self.rows, place, cell, style)
        elif cell.startswith(_TAKEN_FOR_MARKUP[0]) and cell.endswith(_TAKEN_FOR_MARKUP[1]):
            self._sheet.write_rich_string(self.rows, place, cell[:1], style, cell[1:], style)
        else:
            self._sheet.write_string(self.rows, place, cell, style)


def _style_of(text: str) -> str:
    return GUARDED if is_risky(text) else TEXT


def _said(rest: Mapping[str, Sequence[str]]) -> str:
    """Return which columns of a row go on elsewhere, for people."""
    named = [f"{column}: {len(parts)} more" for column, parts in rest.items()]
    return f"{'; '.join(named)} in the sheet '{CONTINUED}'" if named else ""


def _pieces(text: str, characters: int) -> Iterator[str]:
    """Yield a text in pieces, none longer than a cell holds once it is escaped."""
    start = used = 0
    for place, character in enumerate(text):
        cost = _cost(character)
        if used + cost > characters:
            yield text[start:place]
            start, used = place, 0
        used += cost
    yield text[start:]


def _cost(character: str) -> int:
    """Return the most UTF-16 units a character takes in a cell."""
    if character == "_" or _ESCAPED.match(character):
        return _LONGEST_ESCAPE
    return 2 if ord(character) > 0xFFFF else 1


def utf16_length(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)
