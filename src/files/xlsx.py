"""Excel workbooks, written row by row into memory of a fixed size; a text is never a formula."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from src.files.formula_guard import is_risky

Cell = str | int | float
EXCEL_CHARACTERS = 32_767
"""The most in one cell, in UTF-16 units as Excel counts them."""
EXCEL_ROWS = 1_048_576
CONTINUED = "continued"
"""The sheet that holds what a cell cannot, and the column that says so."""
CONTINUED_COLUMNS = ("sheet", "row", "column", "part", "text")
Styled = tuple[Cell, int]
"""A cell and its style."""
_NUMBER, _HEADER, _TEXT, _GUARDED, _CUT = 0, 1, 2, 3, 4
"""Styles: texts have the format Text, so that editing one makes no formula and no date of it."""
_WIDE = frozenset({"question", "context", "answer", "text", "caption", "quote", "value"})
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_LONGEST_ESCAPE = 7
_MADE = (1980, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFFF2CC"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="2" borderId="0" xfId="0" quotePrefix="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class Workbook:
    """A workbook in the making: rows go to files, which are packed at the end.

    A text longer than a cell can hold goes on in the sheet 'continued', and its row says so. A
    table longer than a sheet goes on in another one, 'NAME 2'.
    """

    def __init__(
        self,
        path: Path,
        tables: Mapping[str, Sequence[str]],
        *,
        characters: int = EXCEL_CHARACTERS,
        rows: int = EXCEL_ROWS,
    ) -> None:
        self._path = path
        self._characters, self._most_rows = characters, rows
        self._stack = ExitStack()
        scratch = tempfile.TemporaryDirectory(dir=path.parent, prefix=".sheets-")
        self._folder = Path(self._stack.enter_context(scratch))
        self._columns = {
            **{name: (*columns, CONTINUED) for name, columns in tables.items()},
            CONTINUED: CONTINUED_COLUMNS,
        }
        self._sheets: list[_Sheet] = []
        self._open = {name: self._sheet(name, name) for name in self._columns}
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
                self._pack()

    def add(self, table: str, row: Mapping[str, Cell]) -> None:
        """Add a row to a table; a missing column is empty."""
        sheet = self._with_room(table)
        cells: list[Styled] = []
        rest: dict[str, list[str]] = {}
        for column in self._columns[table][:-1]:
            cell = row.get(column, "")
            if not isinstance(cell, str):
                cells.append((cell, _NUMBER))
                continue
            first, *parts = self._parts(cell)
            cells.append((first, _CUT if parts else _style_of(first)))
            if parts:
                rest[column] = parts
        number = sheet.add([*cells, (_said(rest), _TEXT)])
        for column, parts in rest.items():
            self._continue(sheet.name, number, column, parts)

    def _continue(self, sheet: str, row: int, column: str, parts: Sequence[str]) -> None:
        for part, text in enumerate(parts, start=2):
            place: list[Styled] = [(sheet, _TEXT), (row, _NUMBER), (column, _TEXT)]
            following = self._with_room(CONTINUED)
            following.add([*place, (part, _NUMBER), (text, _style_of(text))])
            self.parts += 1

    def _parts(self, text: str) -> list[str]:
        if len(text) * _LONGEST_ESCAPE <= self._characters:
            return [text]
        return list(_pieces(text, self._characters))

    def _with_room(self, table: str) -> _Sheet:
        """Return the sheet a table's next row goes to: another one where the last is full."""
        if self._open[table].rows >= self._most_rows:
            number = 1 + sum(sheet.table == table for sheet in self._sheets)
            self._open[table] = self._sheet(table, f"{table} {number}")
        return self._open[table]

    def _sheet(self, table: str, name: str) -> _Sheet:
        path = self._folder / f"{len(self._sheets) + 1}.xml"
        out = self._stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
        sheet = _Sheet(table, name, path, out, self._columns[table])
        self._sheets.append(sheet)
        return sheet

    def _pack(self) -> None:
        order = list(self._columns)
        sheets = sorted(self._sheets, key=lambda sheet: order.index(sheet.table))
        with ZipFile(self._path, "w", ZIP_DEFLATED) as archive:
            for name, text in _fixed_parts([sheet.name for sheet in sheets]).items():
                archive.writestr(_entry(name), text)
            for number, sheet in enumerate(sheets, start=1):
                sheet.finish()
                with (
                    sheet.path.open("rb") as source,
                    archive.open(_entry(_sheet_path(number)), "w", force_zip64=True) as out,
                ):
                    shutil.copyfileobj(source, out, 1 << 20)


class _Sheet:
    """One sheet, its rows on the disk."""

    def __init__(
        self, table: str, name: str, path: Path, out: IO[str], columns: Sequence[str]
    ) -> None:
        self.table, self.name, self.path, self._out = table, name, path, out
        self._letters = [_letters(number) for number in range(1, len(columns) + 1)]
        self.rows = 0
        widths = "".join(
            f'<col min="{number}" max="{number}" width="{_width(column)}" customWidth="1"/>'
            for number, column in enumerate(columns, start=1)
        )
        out.write(
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>"
        )
        self.add([(column, _HEADER) for column in columns])

    def add(self, cells: Sequence[Styled]) -> int:
        """Write a row and return its number, the header's being 1; empty texts are no cells."""
        self.rows += 1
        written = "".join(
            _cell(f"{letters}{self.rows}", cell, style)
            for letters, (cell, style) in zip(self._letters, cells, strict=True)
            if cell != ""
        )
        self._out.write(f'<row r="{self.rows}">{written}</row>')
        return self.rows

    def finish(self) -> None:
        """Write what ends a sheet."""
        self._out.write("</sheetData></worksheet>")
        self._out.close()


def _cell(place: str, cell: Cell, style: int) -> str:
    if not isinstance(cell, str):
        return f'<c r="{place}" s="{style}"><v>{cell!r}</v></c>'
    text = escape(_UNFIT.sub(_escaped, cell))
    return (
        f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    )


def _escaped(found: re.Match[str]) -> str:
    """Return a character XML cannot hold, or the start of what looks like an escape, as _xHHHH_."""
    return f"_x{ord(found.group()):04X}_"


def _style_of(text: str) -> int:
    return _GUARDED if is_risky(text) else _TEXT


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
    if character == "_" or _UNFIT.match(character):
        return _LONGEST_ESCAPE
    return 2 if ord(character) > 0xFFFF else 1


def utf16_length(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _letters(number: int) -> str:
    """Return the name of a column, A for 1, AA for 27."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _width(column: str) -> int:
    return 60 if column in _WIDE else 16


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _MADE)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _sheet_path(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _fixed_parts(names: Sequence[str]) -> dict[str, str]:
    """Return the parts of the package beside the sheets, by path."""
    numbers = range(1, len(names) + 1)
    overrides = "".join(
        f'<Override PartName="/{_sheet_path(number)}" ContentType="{_TYPES}.worksheet+xml"/>'
        for number in numbers
    )
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    targets = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    return {
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
            f"{overrides}</Types>"
        ),
        "_rels/.rels": (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets>'
            "</workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{targets}'
            f'<Relationship Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" '
            'Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": _STYLES,
    }
