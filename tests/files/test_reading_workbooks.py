"""Answers in an Excel workbook: texts as they are, formulas refused, each problem in its place."""

from __future__ import annotations

import datetime
import zipfile

import openpyxl
import pandas
import pytest
import xlsxwriter

from src.domain.item import Track
from src.files import sheets
from src.files.predictions import IncomingPrediction, read_predictions


@pytest.fixture
def workbook(tmp_path):
    """Write rows as the first sheet of a workbook; `put` may do more to it."""

    def write(rows, put=None, name="answers.xlsx"):
        path = tmp_path / name
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Answers"
        for row in rows:
            sheet.append(row)
        if put is not None:
            put(sheet)
        book.save(path)
        return path

    return write


def answers(path):
    records = list(read_predictions(path, Track.DIAGNOSIS))
    assert all(isinstance(record, IncomingPrediction) for record in records), records
    return records


def test_a_workbook_of_answers_is_read_with_all_other_columns_left_alone(workbook):
    rows = [
        ["index", "question", "prediction", "score"],
        ["001", "=1+1", "Gout\nin the toe", "=A1"],
        [2, None, "nan", None],
        [],
        ["NA", None, None, 0.5],
        [4, None, 17.5, None],
    ]

    found = answers(workbook(rows))

    assert [(a.index, a.prediction, a.line) for a in found] == [
        ("001", "Gout\nin the toe", 2),
        ("2", "nan", 3),
        ("NA", "", 5),
        ("4", "17.5", 6),
    ]


def test_a_result_file_as_pandas_writes_it_is_read(tmp_path):
    path = tmp_path / "model_MRareBench_Diagnosis_per_row.xlsx"
    frame = {"index": ["0", "1"], "prediction": ["1. Gout", None], "judge_raw": ["YES\nNO", None]}
    pandas.DataFrame(frame).to_excel(path, index=False)

    found = answers(path)

    assert [(a.index, a.prediction, a.reply.text) for a in found] == [
        ("0", "1. Gout", "YES\nNO"),
        ("1", "", None),
    ]


def test_a_formula_is_refused_and_a_text_that_looks_like_one_is_a_text(tmp_path, places):
    path = tmp_path / "answers.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Answers")
        sheet.write_row(0, 0, ["index", "prediction"])
        sheet.write_string(1, 0, "1")
        sheet.write_string(1, 1, "=1+1")
        sheet.write_string(2, 0, "2")
        sheet.write_formula(2, 1, "=1+1", None, "Gout")

    fine, formula = read_predictions(path, Track.DIAGNOSIS)

    assert isinstance(fine, IncomingPrediction)
    assert fine.prediction == "=1+1"
    assert places([formula]) == [(3, "prediction", "formula")]
    assert "'Answers'" in formula.message


@pytest.mark.parametrize("value", [True, datetime.datetime(2026, 1, 2), "#N/A"])
def test_what_is_no_text_and_no_number_is_refused(workbook, places, value):
    def put(sheet):
        sheet["B2"] = value
        if value == "#N/A":
            sheet["B2"].data_type = "e"

    path = workbook([["index", "prediction"], ["1", "x"]], put)

    assert places(read_predictions(path, Track.DIAGNOSIS)) == [(2, "prediction", "wrong_type")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["index", "prediktion"]], (1, "prediction", "missing_column")),
        ([["prediction"], ["x"]], (1, "index", "missing_column")),
        ([["index", "index", "prediction"], ["1", "1", "x"]], (1, "index", "duplicate_column")),
        ([["index", None, "prediction"], ["1", "1", "x"]], (1, None, "empty_column_name")),
        ([["index", "prediction"], ["1", "x", None, "more"]], (2, None, "ragged_row")),
        ([["index", "prediction"], ["1", "x"], [1, "y"]], (3, "index", "duplicate_id")),
        ([["index", "prediction"]], (None, None, "no_rows")),
        ([], (None, None, "no_rows")),
    ],
)
def test_problems_have_row_column_and_rule(workbook, rows, expected, places):
    found = list(read_predictions(workbook(rows), Track.DIAGNOSIS))
    assert places(r for r in found if not isinstance(r, IncomingPrediction)) == [expected]


def test_what_is_no_workbook_or_too_large_is_refused_whole(raw, workbook, places, monkeypatch):
    for content in (b"index,prediction\n1,x\n", b"", b"\xd0\xcf\x11\xe0" + b"\0" * 600):
        path = raw(content, "p.xlsx")
        assert places(read_predictions(path, Track.DIAGNOSIS)) == [(None, None, "bad_workbook")]

    hollow = raw(b"", "hollow.xlsx")
    with zipfile.ZipFile(hollow, "w") as packed:
        packed.writestr("something", "else")
    assert places(read_predictions(hollow, Track.DIAGNOSIS)) == [(None, None, "bad_workbook")]

    path = workbook([["index", "prediction"], ["1", "x"]])
    monkeypatch.setattr(sheets, "UNPACKED_LIMIT", 1_000)
    assert places(read_predictions(path, Track.DIAGNOSIS)) == [(None, None, "file_too_large")]
