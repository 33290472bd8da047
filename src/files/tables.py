"""Tab- or comma-separated tables, read strictly: no row is repaired, shifted or swallowed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from src.domain.errors import Problem
from src.files.faults import FileFault
from src.files.lines import CELL_LIMIT, LineFault, Lines

csv.field_size_limit(CELL_LIMIT)  # Holds for the whole process: Python keeps only one.

MOST_COLUMNS = 1_000
_QUOTES_COUNTED = 100_000


class Row(NamedTuple):
    """One record: the physical line where it begins, and its cells by column."""

    line: int
    cells: dict[str, str]


class Table:
    """A table with a header; read `header` first, then `rows`."""

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._records = self._read_records()
        self.columns: tuple[str, ...] = ()
        self.header_line = 1
        self.can_go_on = True

    def header(self) -> list[Problem]:
        """Read the header; return what is wrong with it. Without a header nothing can follow."""
        for record in self._records:
            if isinstance(record, Problem):
                return [record]
            self.header_line, names = record
            if len(names) > MOST_COLUMNS:
                text = f"The header has {len(names):,} columns: at most {MOST_COLUMNS:,}."
                return [FileFault("too_many_columns", text).at(self.header_line)]
            self.columns = tuple(names)
            return header_problems(names, self.header_line)
        return [no_rows()]

    def rows(self) -> Iterator[Row | Problem]:
        """Yield the rows after the header; a file without any is a problem of its own."""
        found = False
        for record in self._records:
            found = True
            yield record if isinstance(record, Problem) else self._row(*record)
        if not found:
            yield no_rows()

    def _row(self, line: int, cells: list[str]) -> Row | Problem:
        if len(cells) == len(self.columns):
            return Row(line, dict(zip(self.columns, cells, strict=True)))
        text = (
            f"The row has {len(cells)} cells where the header has {len(self.columns)} columns."
            " Nothing was shifted; mend the row."
        )
        return FileFault("ragged_row", text).at(line)

    def _read_records(self) -> Iterator[tuple[int, list[str]] | Problem]:
        reader = csv.reader(self._lines, delimiter=self._delimiter, strict=True)
        while self.can_go_on:
            begins = self._lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except LineFault as fault:
                self._skip_rest(fault, begins)
                yield fault.at(begins, self._column_of(fault, begins))
            except csv.Error as error:
                yield self._fault_of(str(error), begins).at(begins)
            else:
                if cells:
                    yield begins, cells

    def _skip_rest(self, fault: LineFault, begins: int) -> None:
        """Go to the end of the record a bad line belongs to: where its quotes are closed."""
        quotes = fault.quotes + (self._lines.number > begins)
        while quotes % 2:
            try:
                quotes += next(self._lines).count('"')
            except StopIteration:
                return
            except LineFault as another:
                quotes += another.quotes

    def _column_of(self, fault: LineFault, begins: int) -> str | None:
        """Name the column in which a too long line runs over, where that can be told."""
        if fault.rule != "cell_too_large" or self._lines.number < begins:
            return None
        if fault.head.count(b'"') > _QUOTES_COUNTED:
            return None
        outside = fault.head.split(b'"')[::2]
        place = sum(piece.count(self._delimiter.encode()) for piece in outside)
        return self.columns[place] if place < len(self.columns) else None

    def _fault_of(self, error: str, begins: int) -> FileFault:
        last = self._lines.number
        if "end of data" in error:
            text = (
                f"A double quote opened in the record at line {begins} is never closed; all that"
                f' follows, to line {last}, was swallowed. Close it, or write "" for a quote.'
            )
            return FileFault("unterminated_quote", text)
        if "field limit" in error:
            self.can_go_on = False
            text = (
                f"A cell of the record at line {begins} holds more than {CELL_LIMIT:,} characters."
                " Reading stopped here; a quote that is not closed does this too."
            )
            return FileFault("cell_too_large", text)
        if "new-line" in error:
            text = "A carriage return stands alone outside quotes: quote the cell, or end lines"
            return FileFault("stray_carriage_return", text + r" with \n or \r\n.")
        if last > begins:
            text = (
                f"A double quote opened in the record at line {begins} is closed in the wrong"
                f" place, at line {last}: it is probably not closed where it should be."
            )
            return FileFault("unterminated_quote", text)
        text = 'Text follows the closing quote of a cell: write "" for a quote inside a cell.'
        return FileFault("bad_quote", text)


def header_problems(names: Sequence[str], line: int) -> list[Problem]:
    """Return what is wrong with the names of a header: one twice, one empty."""
    problems = [
        FileFault(
            "duplicate_column", f"The column {name!r} stands twice in the header: keep one."
        ).at(line, name)
        for name in dict.fromkeys(names)
        if name.strip() and names.count(name) > 1
    ]
    empty = [str(place) for place, name in enumerate(names, start=1) if not name.strip()]
    if empty:
        text = f"Column {', '.join(empty)} has no name: name it or take it out."
        problems.append(FileFault("empty_column_name", text).at(line))
    return problems


def no_rows() -> Problem:
    """Return the problem of a file without a single record."""
    return Problem(rule="no_rows", message="The file holds no rows: nothing to import.")
