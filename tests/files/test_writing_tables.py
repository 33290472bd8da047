"""Tables for people: no text becomes a formula, none is cut, and each comes back the same."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from src.domain.evidence import ImageBox, TextSpan, WholeImage, span_of
from src.domain.gold import GoldClaim, SettledUnit
from src.domain.item import Track
from src.files import csv_tables, workbook_tables
from src.files.formula_guard import guarded, is_risky, unguarded
from src.files.gold_tables import TABLES
from src.files.outgoing import OutgoingItem
from src.files.xlsx import EXCEL_CHARACTERS, Workbook, utf16_length
from tests.files.outgoing_samples import TRICKY, facts, image, outgoing

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=200)
FORMULAS = [
    "=1+1",
    "+41 79 000",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\ufeff=1",
    "\u200b=1",
    "＝1+1",
    "'quoted'",
    "''=1",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
]
MARKUP = ["<r>none</r>", "<r><t>none</t></r>", "<b>none</b>"]


def full_item(folder: Path) -> OutgoingItem:
    """Return an item with something in every table."""
    images = [image(folder, n) for n in (1, 2)]
    first = images[0].record.sha256
    links = (
        ImageBox(sha256=first, x=1, y=2, width=3, height=4, label="=box"),
        span_of("context", TRICKY, 0, 3),
    )
    claim = GoldClaim(
        claim_id="c1",
        text="-claim",
        kind="answer",
        verdict="supported",
        evidence=links,
        refused=(WholeImage(sha256=images[1].record.sha256),),
    )
    unit = SettledUnit(unit="claim:c1", key="supported", value="x", method="single", votes={"a": 2})
    return outgoing(
        images=images,
        context=TRICKY,
        groups=[("must_include", ["@criterion"], 1.0, True), ("must_not", ["=bad"], -1.5, True)],
        gold={"claims": (claim,), "units": (unit,), "checks": {"unsafe": "no"}},
    )


def read_csv(folder: Path, name: str) -> list[dict[str, str]]:
    """Read a table by the rule the documentation gives."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [{k: unguarded(v) for k, v in row.items()} for row in csv.DictReader(file)]


def read_sheet(path: Path, name: str) -> list[dict[str, Any]]:
    """Read a sheet by the rule the documentation gives, long texts put together again."""
    book = openpyxl.load_workbook(path)
    header, *rows = book[name].iter_rows()
    found = [
        {str(head.value): _value(cell.value) for head, cell in zip(header, row, strict=True)}
        for row in rows
    ]
    for sheet, row, column, _, text in book["continued"].iter_rows(min_row=2, values_only=True):
        if sheet == name:
            found[int(str(row)) - 2][str(column)] += _value(text)
    return found


def _value(value: object) -> Any:
    return unescape(value) if isinstance(value, str) else "" if value is None else value


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_a_formula_is_guarded_in_csv(text: str) -> None:
    """By an apostrophe in front, which one takes away again."""
    assert is_risky(text)
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@given(texts)
def test_guarding_loses_nothing_and_leaves_nothing_risky(text: str) -> None:
    """The law of the guard: it comes off again, and no cell begins a formula."""
    assert unguarded(guarded(text)) == text
    shown = guarded(text).lstrip()
    assert shown[:1] not in set("=+-@") or not shown


def test_every_table_has_its_columns_and_rows(tmp_path: Path) -> None:
    """One row for each item, claim, link, criterion, unit and image."""
    item = full_item(tmp_path / "in")
    written = csv_tables.write(tmp_path, facts([item]), iter([item]))
    assert written.rows == {
        "items.csv": 1,
        "claims.csv": 1,
        "evidence.csv": 3,
        "criteria.csv": 2,
        "units.csv": 1,
        "images.csv": 2,
    }
    for name, columns in TABLES.items():
        assert tuple(read_csv(tmp_path, name)[0]) == columns


def test_csv_comes_back_the_same_with_pandas_and_the_stated_rule(tmp_path: Path) -> None:
    """As docs/exports.md says it is read."""
    item = full_item(tmp_path / "in")
    csv_tables.write(tmp_path, facts([item]), iter([item]))
    table = pd.read_csv(tmp_path / "items.csv", dtype=str, keep_default_na=False)
    row = table.map(lambda text: text.removeprefix("'")).iloc[0]
    assert (row["context"], row["question"]) == (TRICKY, "What is it?")
    assert (row["licence"], row["source"], row["retracted"]) == ("CC BY 4.0", "A journal", "no")
    assert json.loads(row["aliases"]) == ["ECD"]
    boxes = read_csv(tmp_path, "evidence")
    assert [(b["role"], b["type"], b["image"], b["x"], b["quote"]) for b in boxes] == [
        ("evidence", "box", "1", "1", ""),
        ("evidence", "span", "", "", TRICKY[:3]),
        ("refused", "image", "2", "", ""),
    ]
    assert [row["points"] for row in read_csv(tmp_path, "criteria")] == ["1.0", "-1.5"]


def test_no_cell_of_a_workbook_is_a_formula_and_each_comes_back(tmp_path: Path) -> None:
    """Read by openpyxl, each text is the text it was; numbers are numbers."""
    given = [*FORMULAS, *MARKUP]
    items = [
        outgoing(str(n), question=text, answer=TRICKY, context=text) for n, text in enumerate(given)
    ]
    workbook_tables.write(tmp_path, facts(items), iter(items))
    path = tmp_path / "release-1.xlsx"
    for sheet in openpyxl.load_workbook(path):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    found = read_sheet(path, "items")
    assert [row["question"] for row in found] == given
    assert [row["context"] for row in found] == given
    assert {row["answer"] for row in found} == {TRICKY}
    assert [row["index"] for row in found] == [str(n) for n in range(len(given))]
    assert all(isinstance(row["readers"], int) for row in found)


def test_a_guarded_cell_stays_a_text_when_somebody_edits_it(tmp_path: Path) -> None:
    """It has the format Text and the mark a spreadsheet sets for an apostrophe."""
    item = outgoing(question="=1+1")
    workbook_tables.write(tmp_path, facts([item]), iter([item]))
    sheet = openpyxl.load_workbook(tmp_path / "release-1.xlsx")["items"]
    cell = next(c for row in sheet.iter_rows(min_row=2) for c in row if c.value == "=1+1")
    assert (cell.number_format, cell.quotePrefix) == ("@", True)


@pytest.mark.parametrize(
    "text", ["long " * 20_000, "🦴" * 40_000, "a\r" * 30_000, "_x0041_" * 9_000]
)
def test_a_text_longer_than_a_cell_goes_on_and_comes_back_whole(tmp_path: Path, text: str) -> None:
    """No cell is longer than Excel holds, and the row says where the rest is."""
    item = outgoing(context=text)
    written = workbook_tables.write(tmp_path, facts([item]), iter([item]))
    path = tmp_path / "release-1.xlsx"
    for sheet in openpyxl.load_workbook(path):
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert utf16_length(str(cell.value)) <= EXCEL_CHARACTERS
    (row,) = read_sheet(path, "items")
    assert row["context"] == text
    parts = written.figures[workbook_tables.PARTS]
    assert row["continued"] == f"context: {parts} more in the sheet 'continued'"
    assert parts > 0


def test_csv_cuts_nothing_and_counts_what_excel_would_not_show(tmp_path: Path) -> None:
    """The file holds all of it; the manifest warns."""
    item = outgoing(context="long " * 20_000)
    written = csv_tables.write(tmp_path, facts([item]), iter([item]))
    assert read_csv(tmp_path, "items")[0]["context"] == "long " * 20_000
    assert written.figures == {csv_tables.LONG: 1}


def test_a_table_longer_than_a_sheet_goes_on_in_another(tmp_path: Path) -> None:
    """No row is lost at the limit, which is lower here than Excel's."""
    path = tmp_path / "many.xlsx"
    with Workbook(path, {"units": ("n",)}, rows=4) as book:
        for number in range(8):
            book.add("units", {"n": number})
    found = openpyxl.load_workbook(path)
    assert found.sheetnames == ["units", "continued", "units 2", "units 3"]
    names = ("units", "units 2", "units 3")
    numbers = [row[0] for name in names for row in found[name].values if row[0] != "n"]
    assert numbers == list(range(8))


def test_a_workbook_that_failed_is_not_there(tmp_path: Path) -> None:
    """Nor are the files it was being made of."""

    def broken() -> Any:
        yield outgoing()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        workbook_tables.write(tmp_path, facts(), broken())
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=1, max_size=5))
def test_any_text_comes_back_from_a_workbook(
    tmp_path_factory: pytest.TempPathFactory, found: list[str]
) -> None:
    """With cells of 50 characters, so that most are cut: the law of the round trip."""
    path = tmp_path_factory.mktemp("law") / "any.xlsx"
    with Workbook(path, {"t": ("text", "number")}, characters=50) as book:
        for text in found:
            book.add("t", {"text": text, "number": 1.5})
    assert [row["text"] for row in read_sheet(path, "t")] == found
    assert [row["number"] for row in read_sheet(path, "t")] == [1.5] * len(found)


def test_what_gold_says_more_of_a_unit_later_is_kept(tmp_path: Path) -> None:
    """Fields the tables do not know stand in 'more', as JSON."""

    class Later(SettledUnit, frozen=True, extra="allow"):
        """A unit of a later version."""

    unit = Later(
        unit="claim:c1", key="x", value=None, method="majority", votes={}, distribution={"x": 0.5}
    )
    item = outgoing("1", Track.TREATMENT)
    body = item.gold.body.model_copy(update={"units": (unit,)})
    item = item.model_copy(update={"gold": item.gold.model_copy(update={"body": body})})
    csv_tables.write(tmp_path, facts(), iter([item]))
    (row,) = read_csv(tmp_path, "units")
    assert (row["method"], json.loads(row["more"])) == ("majority", {"distribution": {"x": 0.5}})


def test_the_same_workbook_has_the_same_bytes(tmp_path: Path) -> None:
    """No time of day in it."""
    item = full_item(tmp_path / "in")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        workbook_tables.write(tmp_path / name, facts(), iter([item]))
    first, second = ((tmp_path / n / "release-1.xlsx").read_bytes() for n in ("one", "two"))
    assert first == second
    assert isinstance(item.gold.body.claims[0].evidence[1], TextSpan)
