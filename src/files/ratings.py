"""Ratings of any kind as a table: who gave which value to which unit."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

from rapidfuzz import fuzz

from src.domain.errors import PROBLEMS_SHOWN, BadInputError, Problem
from src.domain.interrater.ratings import Level, Ratings, number_of, ratings_of
from src.files.faults import FileFault
from src.files.lines import Lines
from src.files.mmrarebench import MISSPELT
from src.files.tables import Row, Table

NEEDED = ("unit", "rater", "value")
ITEM = "item"
DELIMITERS = {".tsv": "\t", ".tab": "\t"}


def read_ratings(path: Path, level: Level, categories: Sequence[str] | None = None) -> Ratings:
    """Return the ratings of a .csv or .tsv file with the columns unit, rater and value.

    A column `item` names the item a unit belongs to; other columns are passed over. An empty
    value is a missing reading. At nominal level values are texts as they are written; at the
    others they are numbers, or at ordinal level words whose order `categories` declares. Raises
    BadInputError with every line, column and rule that is wrong.
    """
    table = _Table(level, categories)
    with Lines(path) as lines:
        table.read(Table(lines, DELIMITERS.get(path.suffix.lower(), ",")))
    if table.problems:
        count = len(table.problems)
        text = f"{str(path)!r} is refused: {count} problem{'' if count == 1 else 's'}."
        raise BadInputError(text, table.problems[:PROBLEMS_SHOWN])
    return ratings_of(table.readings, table.categories, table.items or None)


class _Table:
    """The readings so far, and what is wrong with them."""

    def __init__(self, level: Level, categories: Sequence[str] | None) -> None:
        self._level = level
        self._by_number = level in ("interval", "ratio") or (
            level == "ordinal" and (categories is None or all(map(_is_number, categories)))
        )
        self.categories = None if categories is None else [self._value(c) for c in categories]
        self.readings: list[tuple[Hashable, Hashable, Hashable]] = []
        self.items: dict[Hashable, Hashable] = {}
        self.problems: list[Problem] = []
        self._line_of: dict[tuple[str, str], int] = {}

    def read(self, table: Table) -> None:
        self.problems += table.header() or list(_missing(table))
        for row in [] if self.problems else table.rows():
            if isinstance(row, Problem):
                self.problems.append(row)
            else:
                self.problems += self._add(row)

    def _add(self, row: Row) -> list[Problem]:
        unit, rater, written = (row.cells[name] for name in NEEDED)
        column = "unit"
        try:
            _check_named(column, unit)
            column = "rater"
            _check_named(column, rater)
            self._check_once(row.line, unit, rater)
            column = ITEM
            self._check_item(unit, row.cells.get(ITEM))
            column = "value"
            if written.strip():
                self.readings.append((unit, rater, self._checked(written)))
        except FileFault as fault:
            return [fault.at(row.line, column)]
        return []

    def _check_once(self, line: int, unit: str, rater: str) -> None:
        before = self._line_of.setdefault((unit, rater), line)
        if before != line:
            text = f"The rater {rater!r} has read the unit {unit!r} before, at line {before}:"
            raise FileFault("rated_twice", f"{text} keep one reading.")

    def _check_item(self, unit: str, item: str | None) -> None:
        if item is None:
            return
        _check_named(ITEM, item)
        before = self.items.setdefault(unit, item)
        if before != item:
            text = f"The unit {unit!r} is of the item {before!r} further up, here of {item!r}."
            raise FileFault("bad_value", text)

    def _checked(self, written: str) -> Hashable:
        try:
            value = self._value(written)
        except BadInputError:
            text = f"{written[:100]!r} is no finite number, which the {self._level} level needs."
            if self._level == "ordinal":
                text += " Words need their order: declare it with --categories."
            raise FileFault("wrong_type", text) from None
        if self._level == "ratio" and isinstance(value, float) and value < 0:
            text = f"{written[:100]!r} is below 0, which the ratio level does not know."
            raise FileFault("bad_value", text)
        if self.categories is not None and value not in self.categories:
            raise FileFault("unknown_value", f"{written[:100]!r} is none of the categories.")
        return value

    def _value(self, written: str) -> Hashable:
        return number_of(written) if self._by_number else written


def _is_number(written: str) -> bool:
    try:
        number_of(written)
    except BadInputError:
        return False
    return True


def _check_named(column: str, cell: str) -> None:
    if not cell.strip():
        raise FileFault("empty_field", f"The {column} is not named.")


def _missing(table: Table) -> Iterator[Problem]:
    for needed in NEEDED:
        if needed in table.columns:
            continue
        near = [n for n in table.columns if fuzz.ratio(n.strip().casefold(), needed) >= MISSPELT]
        perhaps = f" Is {near[0]!r} meant?" if near else ""
        text = f"The column {needed!r} is missing from the header.{perhaps}"
        yield FileFault("missing_column", text).at(table.header_line, needed)
