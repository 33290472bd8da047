"""Excel workbooks, read row by row: a formula is refused, never computed and never believed."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from src.domain.errors import Problem
from src.files.faults import FileFault, require_file
from src.files.tables import MOST_COLUMNS, Row, header_problems, no_rows

SUFFIX = ".xlsx"
UNPACKED_LIMIT = 256 * 1024 * 1024
"""The most bytes all parts of a workbook may have, unpacked: its texts are held in memory."""
FORMULA, ERROR = "f", "e"
_UNREADABLE = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError,
    IndexError, AttributeError, EOFError, OSError,
)  # fmt: skip
"""What the library raises of a file that is no workbook, or a broken one."""


class Sheet:
    """The first sheet of a workbook, as a table with a header; read `header` first, then `rows`.

    Only the `wanted` columns are read; what stands in others does not matter. A problem names
    the sheet in its message and the sheet's row as its line.
    """

    def __init__(self, path: Path, wanted: Collection[str]) -> None:
        require_file(path)
        self._path = path
        self._wanted = wanted
        self._records = self._read_records()
        self.name = ""
        self.columns: tuple[str, ...] = ()
        self.header_line = 1

    def header(self) -> list[Problem]:
        """Read the header; return what is wrong with it. Without a header nothing can follow."""
        for record in self._records:
            if isinstance(record, Problem):
                return [record]
            self.header_line, cells = record
            try:
                names = [_text(cell) for cell in cells]
            except FileFault as fault:
                return [self._named(fault).at(self.header_line)]
            while names and not names[-1].strip():
                names.pop()
            self.columns = tuple(names)
            if len(names) > MOST_COLUMNS:
                text = f"The header has {len(names):,} columns: at most {MOST_COLUMNS:,}."
                return [FileFault("too_many_columns", text).at(self.header_line)]
            return header_problems(names, self.header_line)
        return [no_rows()]

    def rows(self) -> Iterator[Row | Problem]:
        """Yield the rows after the header; a sheet without any is a problem of its own."""
        found = False
        for record in self._records:
            found = True
            if isinstance(record, Problem):
                yield record
            else:
                yield from self._row(*record)
        if not found:
            yield no_rows()

    def _row(self, line: int, cells: tuple[Any, ...]) -> list[Row | Problem]:
        if any(cell.value is not None for cell in cells[len(self.columns) :]):
            text = f"The row has cells right of the {len(self.columns)} columns of the header."
            return [self._named(FileFault("ragged_row", text)).at(line)]
        texts: dict[str, str] = {}
        problems: list[Row | Problem] = []
        for place, column in enumerate(self.columns):
            if column not in self._wanted:
                continue
            try:
                texts[column] = _text(cells[place]) if place < len(cells) else ""
            except FileFault as fault:
                problems.append(self._named(fault).at(line, column))
        return problems or [Row(line, texts)]

    def _named(self, fault: FileFault) -> FileFault:
        return FileFault(fault.rule, f"Sheet {self.name!r}: {fault}")

    def _read_records(self) -> Iterator[tuple[int, tuple[Any, ...]] | Problem]:
        try:
            if self._path.is_file() and not self._path.stat().st_size:
                raise FileFault("bad_workbook", f"{self._path.name!r} is empty: it has no byte.")
            _check_size(self._path)
            book = load_workbook(self._path, read_only=True, keep_links=False)
            with closing(book):
                if not book.worksheets:
                    raise FileFault("bad_workbook", "The workbook has no sheet of cells.")
                sheet = book.worksheets[0]
                self.name = str(sheet.title)
                for number, cells in enumerate(sheet.iter_rows(), start=1):
                    if any(cell.value is not None for cell in cells):
                        yield number, cells
        except FileFault as fault:
            yield fault.at(None)
        except _UNREADABLE as error:
            text = (
                f"{self._path.name!r} is no workbook that can be read ({type(error).__name__}): it"
                " may be damaged, protected by a password or of the older format .xls."
            )
            yield FileFault("bad_workbook", text).at(None)


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        size = sum(part.file_size for part in packed.infolist())
    if size > UNPACKED_LIMIT:
        text = f"The workbook has {size:,} bytes, unpacked: at most {UNPACKED_LIMIT:,}."
        raise FileFault("file_too_large", text)


def _text(cell: Any) -> str:
    """Return the text of a cell: texts as they are, numbers as they are written in full.

    A text that begins with an equals sign is a text; only what the workbook itself marks as a
    formula is one.
    """
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == FORMULA:
        raise FileFault(
            "formula", "The cell holds a formula: paste it as a value (Paste special, Values)."
        )
    if cell.data_type == ERROR:
        raise FileFault("wrong_type", f"The cell holds the error {value}: put a text there.")
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind = "true or false" if isinstance(value, bool) else "a date or time"
        text = f"The cell holds {kind} where a text is needed: format the column as Text."
        raise FileFault("wrong_type", text)
    return str(int(value)) if float(value).is_integer() else repr(value)
