"""Models' answers are read as strictly as items."""

from __future__ import annotations

import json

import pytest

from src.domain.errors import BadInputError
from src.domain.item import Track
from src.files.predictions import IncomingGrade, IncomingPrediction, read_predictions

SHA = "c" * 64


def answers(path, track=Track.DIAGNOSIS):
    records = list(read_predictions(path, track))
    assert all(isinstance(record, IncomingPrediction) for record in records), records
    return records


@pytest.mark.parametrize(("name", "mark"), [("p.tsv", "\t"), ("p.csv", ","), ("P.CSV", ",")])
def test_a_table_of_answers_is_read_with_all_other_columns_left_alone(raw, name, mark):
    rows = ["index,question,prediction", "001,q,NA", "1e5,q,nan", "3,q,", '4,q,"a\r\nb"']

    found = answers(raw("\n".join(rows).replace(",", mark), name))

    assert [(p.index, p.prediction) for p in found] == [
        ("001", "NA"),
        ("1e5", "nan"),
        ("3", ""),
        ("4", "a\r\nb"),
    ]
    assert [p.line for p in found] == [2, 3, 4, 5]
    assert found[0].visible_sha256 is None


def test_an_answer_may_name_its_item_whole_and_what_was_seen(raw):
    path = raw(f"item_id\tprediction\tvisible_sha256\nd/diagnosis/1\tECD\t{SHA}\n", "p.tsv")

    [answer] = answers(path)

    assert (answer.item_id, answer.index, answer.visible_sha256) == ("d/diagnosis/1", None, SHA)


def test_json_lines_may_bring_grades(raw):
    grades = [
        {"criterion_id": "k1", "value": True, "quote": "q", "rationale": "r", "judge": "j"},
        {"criterion_id": "k2", "value": 2},
        {"criterion_id": "k3", "status": "api_error"},
    ]
    line = {"index": "1", "prediction": "ECD", "grades": grades}

    [answer] = answers(raw(json.dumps(line) + "\n", "p.jsonl"))

    assert answer.grades == (
        IncomingGrade(criterion_id="k1", value=1.0, quote="q", rationale="r", judge="j"),
        IncomingGrade(criterion_id="k2", value=2.0),
        IncomingGrade(criterion_id="k3", value=None, status="api_error"),
    )


def test_json_lines_may_say_what_they_are(raw):
    lines = '{"format": "rare-review/predictions/1"}\n{"index": "1", "prediction": ""}\n'

    assert [(p.line, p.prediction) for p in answers(raw(lines, "p.jsonl"))] == [(2, "")]


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        ({"index": 1, "prediction": "a"}, "index", "wrong_type"),
        ({"index": "1", "prediction": 5}, "prediction", "wrong_type"),
        ({"index": "1", "prediction": None}, "prediction", "wrong_type"),
        ({"index": "1"}, "prediction", "missing_field"),
        ({"prediction": "a"}, "index", "missing_field"),
        ({"index": "", "prediction": "a"}, "index", "bad_id"),
        ({"index": "1", "prediction": "a", "answer": "b"}, "answer", "unknown_field"),
        ({"item_id": "d/treatment/1", "prediction": "a"}, "item_id", "wrong_track"),
        ({"index": "1", "prediction": "a", "visible_sha256": "x"}, "visible_sha256", "bad_value"),
    ],
)
def test_an_answer_that_is_wrong_is_refused(raw, places, line, column, rule):
    path = raw(json.dumps(line), "p.jsonl")

    assert places(read_predictions(path, Track.DIAGNOSIS)) == [(1, column, rule)]


@pytest.mark.parametrize(
    ("grade", "column", "rule"),
    [
        ({"value": 1}, "grades[0].criterion_id", "missing_field"),
        ({"criterion_id": "k1"}, "grades[0]", "bad_value"),
        ({"criterion_id": "k1", "value": "yes"}, "grades[0].value", "wrong_type"),
        ({"criterion_id": "k1", "value": -1}, "grades[0].value", "bad_value"),
        ({"criterion_id": "k1", "value": 1, "status": "fine"}, "grades[0].status", "unknown_value"),
        ({"criterion_id": "k1", "value": 1, "score": 1}, "grades[0].score", "unknown_field"),
    ],
)
def test_a_grade_that_is_wrong_is_refused(raw, places, grade, column, rule):
    path = raw(json.dumps({"index": "1", "prediction": "a", "grades": [grade]}), "p.jsonl")

    assert places(read_predictions(path, Track.DIAGNOSIS)) == [(1, column, rule)]


def test_one_judge_grades_a_criterion_once(raw, places):
    grades = [{"criterion_id": "k1", "value": 1, "judge": "j"}] * 2
    path = raw(json.dumps({"index": "1", "prediction": "a", "grades": grades}), "p.jsonl")

    assert places(read_predictions(path, Track.DIAGNOSIS)) == [(1, "grades", "duplicate_id")]


@pytest.mark.parametrize(
    ("content", "places_expected"),
    [
        ("", [(None, None, "no_rows")]),
        ("index\tprediction\n", [(None, None, "no_rows")]),
        ("index\tpredictions\n1\ta\n", [(1, "prediction", "missing_column")]),
        ("prediction\na\n", [(1, "index", "missing_column")]),
        ("index\tprediction\tindex\n", [(1, "index", "duplicate_column")]),
        ("index\tprediction\n1\n", [(2, None, "ragged_row")]),
        ('index\tprediction\n1\t"a\n', [(2, None, "unterminated_quote")]),
        ("index\tprediction\n\ta\n", [(2, "index", "bad_id")]),
    ],
)
def test_a_table_that_is_wrong_is_refused(raw, places, content, places_expected):
    assert places(read_predictions(raw(content, "p.tsv"), Track.DIAGNOSIS)) == places_expected


def test_a_first_line_alone_is_no_answer(raw, places):
    path = raw('{"format": "rare-review/predictions/1"}', "p.jsonl")

    assert places(read_predictions(path, Track.DIAGNOSIS)) == [(None, None, "no_rows")]


def test_two_answers_to_one_item_are_refused(raw):
    _, problem = read_predictions(raw("index,prediction\na,x\n A,y\n", "p.csv"), Track.DIAGNOSIS)

    assert (problem.line, problem.column, problem.rule) == (3, "index", "duplicate_id")


def test_a_sha256_in_a_table_is_checked(raw, places):
    path = raw("index,prediction,visible_sha256\n1,x,ABC\n", "p.csv")

    assert places(read_predictions(path, Track.DIAGNOSIS)) == [(2, "visible_sha256", "bad_value")]


def test_a_file_of_another_kind_is_refused(raw, places, tmp_path):
    path = raw("x", "p.pkl")

    assert places(read_predictions(path, Track.DIAGNOSIS)) == [(None, None, "unknown_format")]
    with pytest.raises(BadInputError):
        read_predictions(tmp_path / "none.csv", Track.DIAGNOSIS)


REPLIES = [
    ({"judge_reply": "YES\nNO"}, "YES\nNO"),
    ({"judge_reply": "YES", "judge": "j"}, "YES"),
    ({"judge_reply": None}, None),
    ({"judge_reply": " "}, None),
    ({"judge_reply": "JUDGE_ERROR: timed out"}, None),
]


@pytest.mark.parametrize(("given", "text"), REPLIES)
def test_json_lines_may_bring_what_a_judge_wrote_or_that_the_call_failed(raw, given, text):
    line = {"index": "1", "prediction": "ECD", **given}

    [answer] = answers(raw(json.dumps(line) + "\n", "p.jsonl"))

    assert answer.reply is not None
    assert (answer.reply.text, answer.reply.judge) == (text, given.get("judge", ""))


@pytest.mark.parametrize("column", ["judge_reply", "judge_raw", "t2_judge_raw"])
def test_a_table_may_bring_replies_as_the_published_result_files_do(raw, column):
    text = f'index,prediction,{column}\n1,a,"YES\nNO"\n2,b,\n'

    found = answers(raw(text, "p.csv"))

    assert [a.reply and a.reply.text for a in found] == ["YES\nNO", None]
    assert answers(raw("index,prediction\n1,a\n", "q.csv"))[0].reply is None
