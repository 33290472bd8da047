"""`manage.py audit-run`: published runs re-read; every number is worked out by hand."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import pandas
import pytest

from src.domain.scoring.evaluation import evaluate_examination, evaluate_treatment
from tests.commands.running import Shell

OUTAGE = "Failed to obtain answer via API."


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a command line without a study."""
    return Shell(tmp_path)


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    """Write rows as a table, by the file's name comma- or tab-separated or a workbook."""
    path = folder / name
    frame = pandas.DataFrame(rows)
    if path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, sep="\t" if path.suffix == ".tsv" else ",", index=False)
    return path


def of(found: Any, measure: str) -> Any:
    """Return one measure of an answer."""
    return next(audit for audit in found["measures"] if audit["measure"] == measure)


def defects(audit: Any) -> dict[str, tuple[int, float]]:
    """Return defect -> rows and how far it moved the mean."""
    return {d["defect"]: (d["rows"], round(d["moved"], 9)) for d in audit["defects"]}


def numbered(*scores: int) -> str:
    """Return scores as many judges write them."""
    return "\n".join(f"{n}. {score}" for n, score in enumerate(scores, start=1))


def examination_run(folder: Path, name: str = "m_Examination.csv") -> Path:
    """Write a run of five answers whose judge numbers its scores, and of one outage.

    The reference reads '1. 0 ... 8. 0' as 1 0 2 0 0 0 0 0: 3/16 = 0.1875 where 0 was meant.
    Eight ones are read 1 1 2 1 1 1 1 1: 9/16 where 8/16 was meant; eight twos 1 2 2 2 2 2 2 2:
    15/16 where 1 was meant.
    """
    replies = [
        numbered(*[0] * 8),
        numbered(*[1] * 8),
        numbered(*[2] * 8),
        "2 1 1 0 0 1 1",
        OUTAGE,
        "1\n1\n1\n1\n1\n1\n1\n1",
    ]
    rows = [
        {"index": f"e{n}", "question": "Q", "answer": "A", "prediction": "P", "judge_reply": reply}
        for n, reply in enumerate(replies)
    ]
    return write(folder, name, rows)


@pytest.mark.parametrize("name", ["m_Examination.csv", "m_Examination.tsv", "m_Examination.xlsx"])
def test_line_numbers_that_were_read_as_scores_are_told_from_the_scores(shell: Shell, name: str):
    """Before: (3 + 9 + 15 + 0 + 0 + 8) / 96. After: (0 + 8 + 16 + 8) / 64, two without a score."""
    found = shell.done("audit-run", examination_run(shell.folder, name))

    audit = of(found, "examination_judge_score")
    assert (audit["n"], audit["changed"], audit["unscored"]) == (6, 5, 2)
    assert audit["before"] == pytest.approx(35 / 96)
    assert audit["after"] == pytest.approx(32 / 64)
    rows = {row["index"]: (row["before"], row["after"], row["defect"]) for row in audit["rows"]}
    assert rows == {
        "e0": (0.1875, 0.0, "D7"),
        "e1": (0.5625, 0.5, "D7"),
        "e2": (0.9375, 1.0, "D7"),
        "e3": (0.0, None, "D8"),
        "e4": (0.0, None, "D2"),
        "e5": (0.5, 0.5, None),
    }
    assert {d["defect"]: d["rows"] for d in audit["defects"]} == {"D2": 1, "D7": 3, "D8": 1}
    moved = math.fsum(d["moved"] for d in audit["defects"])
    assert moved == pytest.approx(audit["after"] - audit["before"])
    assert found["track"] == "examination"
    assert not (shell.folder / "review.db").exists()


def test_what_is_recomputed_is_what_the_reference_prints_to_the_last_digit(shell: Shell):
    """The same function the vectors pin, over the file's rows in the file's order."""
    found = shell.done("audit-run", examination_run(shell.folder))
    replies = [row["reply"] for row in _rows(shell.folder / "m_Examination.csv")]
    expected = evaluate_examination([{"index": str(n)} for n in range(6)], replies)
    assert found["published"] == expected


def _rows(path: Path) -> list[dict[str, str]]:
    frame = pandas.read_csv(path)
    return [{"reply": reply} for reply in frame["judge_reply"]]


def test_chatty_and_short_replies_and_missing_predictions_of_a_treatment_run(shell: Shell):
    """Three YES of six asked were 1.0, 'no violation' counted as a NO, nan was graded."""
    replies = {
        "short": "YES\nYES\nYES",
        "chatty": "1. YES - no violation\n2. YES\n3. YES\n4. YES\n5. YES\n6. YES",
        "fine": "YES\nNO\nYES\nNO\nYES\nNO",
        "zero": "3/0",
        "missing": "NO\nNO\nNO\nNO\nNO\nNO",
        "failed": None,
    }
    rows = [
        {
            "index": name,
            "prediction": None if name == "missing" else "P",
            "rubric_must_include": "x",
            "said": reply,
        }
        for name, reply in replies.items()
    ]
    path = write(shell.folder, "run.csv", rows)

    found = shell.done("audit-run", path, "--column", "said")

    audit = of(found, "treatment_judge_score")
    found_rows = {
        row["index"]: (row["before"], row["after"], row["defect"]) for row in audit["rows"]
    }
    assert found_rows == {
        "short": (1.0, None, "D6"),
        "chatty": (pytest.approx(6 / 7), 1.0, "D6"),
        "fine": (0.5, 0.5, None),
        "zero": (0.0, None, "D9"),
        "missing": (0.0, None, "D10"),
        "failed": (0.0, None, "D1"),
    }
    assert audit["before"] == pytest.approx((1 + 6 / 7 + 0.5) / 6)
    assert audit["after"] == pytest.approx(0.75)
    given = [replies[name] for name in replies]
    assert found["published"] == evaluate_treatment([{"index": n} for n in replies], given)


@pytest.mark.parametrize("findings", ["image findings", "image_findings"])
def test_a_run_over_findings_is_of_the_second_version_whatever_the_file_is_called(
    shell: Shell, findings: str
):
    """Aliases stand in both versions' tables, findings only in the second's."""
    row = {"index": 0, "answer": "Gout", "answer_aliases": "[]", "prediction": "1. Gout"}
    found = shell.done("audit-run", write(shell.folder, "run.csv", [row | {findings: "[]"}]))
    assert (found["track"], found["published"]["MR"]) == ("differential", 1.0)


@pytest.mark.parametrize(
    ("name", "replies", "expected"),
    [
        # YES YES YES of 'nan' is 1.0, NO NO NO is 0.
        ("m_MMRareBench_Diagnosis.csv", ("YES\nYES\nYES", "NO\nNO\nNO"), 0.5),
        ("m_Treatment.csv", ("YES\n" * 6, "NO\n" * 6), 0.5),
        ("m_Crossmodal.csv", ("YES\n" * 5, "NO\n" * 5), 0.5),
        ("m_Examination.csv", ("2\n" * 8, "1\n" * 8), 0.75),
        ("m_MRareBench_Diagnosis.csv", ("YES\nYES\n3\nYES\nYES", "NO\nNO\n0\nNO\nNO"), 0.5),
    ],
)
def test_rows_without_an_answer_are_in_the_mean_as_the_reference_has_it(
    shell: Shell, name: str, replies: tuple[str, str], expected: float
):
    """Read as 'nan', judged, and counted; leaving them out is another figure beside it."""
    rows = [
        {"index": n, "answer": "Gout", "prediction": prediction, "judge_reply": reply}
        for n, (prediction, reply) in enumerate(zip(("P", None), replies, strict=True))
    ]

    found = shell.done("audit-run", write(shell.folder, name, rows))

    audit = found["measures"][0]
    printed = next(v for k, v in found["published"].items() if k.endswith(("_score", "avg_score")))
    assert (audit["before"], audit["with_missing"], printed) == (expected,) * 3
    assert (audit["after"], audit["missing"], audit["unscored"]) == (
        audit["rows"][0]["after"],
        1,
        1,
    )
    told = shell("audit-run", shell.folder / name, as_json=False).out
    assert f"{expected:.4f} after with 1 row in which an answer is missing" in told


def test_a_missing_answer_that_equals_a_missing_prediction_was_worth_one(shell: Shell):
    """Both are the word 'nan' (D10): token F1 1.0; without them the mean is that of the rest."""
    rows = [
        {"index": 0, "answer": None, "answer_aliases": "", "prediction": None},
        {"index": 1, "answer": "Gout", "answer_aliases": "", "prediction": "Gout"},
        {"index": 2, "answer": "Gout", "answer_aliases": "", "prediction": "Lupus"},
    ]
    path = write(shell.folder, "m_MMRarebench_Diagnosis.xlsx", rows)

    found = shell.done("audit-run", path)

    audit = of(found, "token_f1")
    assert (audit["before"], audit["after"]) == (pytest.approx(2 / 3), 0.5)
    assert defects(audit) == {"D10": (1, round(0.5 - 2 / 3, 9))}
    assert found["published"]["diagnosis_f1"] == pytest.approx(200 / 3)


def test_a_result_file_of_the_first_version_cannot_tell_what_its_judge_wrote(shell: Shell):
    """It keeps no judge text (D17); that is said, and what can be computed is."""
    rows = [{"index": 1, "answer": "Rest", "prediction": "rest", "rubric_must_not": ""}]
    found = shell.done("audit-run", write(shell.folder, "m_MMRarebench_Treatment.xlsx", rows))
    assert [audit["measure"] for audit in found["measures"]] == ["substring_match"]
    assert found["replies"] is None
    assert "keeps no text of the judge" in found["cannot_tell"][0]

    means = shell.write("m_Treatment_judge_score.json", {"treatment_judge_score": 0.4, "n": 9})
    found = shell.done("audit-run", means)
    assert (found["kind"], found["measures"]) == ("means", [])
    assert found["published"] == {"treatment_judge_score": 0.4, "n": 9.0}
    assert "means and no rows" in found["cannot_tell"][0]


def test_rows_of_the_second_version_are_read_and_their_own_scores_checked(shell: Shell):
    """A preamble shifts the five lines: 0, 1, 0, 0, 1 where 1, 0, 2, 1, 0 was meant."""
    rows = [
        {
            "index": "0",
            "answer": "Sarcoidosis",
            "prediction": "1. Sarcoidosis",
            "judge_presence": 0,
            "judge_score": score,
            "judge_raw": "Here are my answers:\nYES\nNO\n2\nYES\nNO",
        }
        for score in (0.4, 0.9)
    ]
    found = shell.done("audit-run", write(shell.folder, "per_row.xlsx", rows))

    audit = of(found, "judge_avg_score")
    assert found["track"] == "differential"
    assert audit["before"] == pytest.approx((0 + 1 + 0 + 0 + 1) / 5)
    assert audit["after"] == pytest.approx((1 + 0 + 2 / 3 + 1 + 0) / 5)
    assert {d["defect"]: d["rows"] for d in audit["defects"]} == {"D8": 2}
    assert of(found, "hit_rate")["before"] == 1.0
    [differs] = found["stored_differs"]
    assert (differs["line"], differs["stored"], differs["recomputed"]) == (3, "0.9", 0.4)


def test_aliases_come_from_the_benchmarks_table_and_are_missed_without_it(shell: Shell):
    """The published per-row file has none: a hit by an alias is no hit, and that is said."""
    row = {
        "index": "7",
        "answer": "Sarcoidosis",
        "prediction": "1. Boeck disease",
        "judge_presence": 1,
        "judge_raw": "YES\nYES\n3\nYES\nYES",
    }
    run = write(shell.folder, "per_row.xlsx", [row])
    alone = shell.done("audit-run", run)
    assert of(alone, "hit_rate")["before"] == 0.0
    assert any("answer_aliases" in text for text in alone["cannot_tell"])

    table = shell.folder / "diagnosis_opened.tsv"
    table.write_text(
        'index\tanswer\tanswer_aliases\n7\tSarcoidosis\t"[""Boeck disease""]"\n', encoding="utf-8"
    )
    found = shell.done("audit-run", run, "--benchmark", table)
    assert of(found, "hit_rate")["before"] == 1.0
    assert found["published"]["hit_rate"] == 1.0
    assert found["cannot_tell"] == []


POINTS = [
    {"point": "Nodes", "image": "Image 1", "credit": "required", "category": "macro_pattern"},
    {"point": "Granulomas", "image": "Image 2", "credit": "required", "category": ""},
    {"point": "Stain", "image": "", "credit": "optional", "category": "modality"},
]
VERDICTS = {
    "0": "YES\nYES\nNO\nNO\nNO",
    "1": "YES\nunclear\nNO\nYES\nNO",
    "2": "YES\nYES",
    "3": OUTAGE,
    "4": "JUDGE_ERROR: timed out",
}


def cache(shell: Shell) -> Path:
    """Write a judge's cache as the second version keeps it, as JSON."""
    entries = {index: {"vec": [0] * 5, "raw": raw} for index, raw in VERDICTS.items()}
    return shell.write("m_EvidenceVerif_judge_gpt_tmp.json", entries)


def test_a_cache_alone_tells_the_share_of_yes_and_says_what_it_lacks(shell: Shell):
    """2/5, then 2/5 (shifted), 2/5 (filled up with NO), 0, 0; only the first can be read."""
    found = shell.done("audit-run", cache(shell))

    audit = of(found, "share_of_yes")
    assert [(row["before"], row["after"], row["defect"]) for row in audit["rows"]] == [
        (0.4, 0.4, None),
        (0.4, None, "D8"),
        (0.4, None, "D23"),
        (0.0, None, "D2"),
        (0.0, None, "D1"),
    ]
    said = " ".join(found["cannot_tell"])
    assert "--benchmark" in said
    assert "D4" in said


def test_with_the_benchmarks_table_a_cache_tells_the_recall(shell: Shell):
    """Required are the first two lines: 1, 1/2 (YES, then the next line that says anything)."""
    table = shell.folder / "evidence.tsv"
    pandas.DataFrame(
        [{"index": index, "acceptable_evidence_points": json.dumps(POINTS)} for index in VERDICTS]
    ).to_csv(table, sep="\t", index=False)

    found = shell.done("audit-run", cache(shell), "--benchmark", table)

    audit = of(found, "required_recall")
    assert [row["before"] for row in audit["rows"]] == [1.0, 0.5, 1.0, 0.0, 0.0]
    assert (audit["before"], audit["after"]) == (0.5, 1.0)
    assert not any("--benchmark" in text for text in found["cannot_tell"])


def test_where_nobody_says_how_many_points_were_asked_no_share_is_told(shell: Shell):
    """Neither padding nor shifting can be known then: no figure, no defect, and the reason."""
    replies = ("YES\nNO\nYES", "YES\nYES", OUTAGE, "JUDGE_ERROR: timed out")
    rows = [
        {"index": n, "prediction": "Nodes.", "t2_judge_raw": reply}
        for n, reply in enumerate(replies)
    ]
    run = write(shell.folder, "ev.tsv", rows)

    found = shell.done("audit-run", run, "--track", "evidence")

    assert (found["measures"], found["published"]) == ([], {})
    [said] = found["cannot_tell"]
    assert said.startswith("Of 4 rows nothing says how many points the judge was asked about")
    assert "Among them: 1 failed call (D1), 1 outage text (D2)" in said
    assert "stands for the recall" not in said
    told = shell("audit-run", run, "--track", "evidence", as_json=False).out
    assert "share_of_yes" not in told
    assert "D8:" not in told


def test_rows_the_benchmarks_table_lacks_are_in_no_figure(shell: Shell):
    """Of the other row the share of YES is 1/2; it is no recall, and held against none."""
    row = {"prediction": "Nodes.", "t2_judge_raw": "YES\nNO", "t2_required_recall": 1.0}
    run = write(shell.folder, "ev.tsv", [{"index": 0, **row}, {"index": 1, **row}])
    points = json.dumps([{"point": "Nodes", "credit": "required"}])
    table = write(shell.folder, "bench.tsv", [{"index": 0, "acceptable_evidence_points": points}])

    found = shell.done("audit-run", run, "--track", "evidence", "--benchmark", table)

    audit = of(found, "share_of_yes")
    assert (audit["n"], audit["before"], audit["after"], audit["defects"]) == (1, 0.5, 0.5, [])
    assert found["stored_differs"] == []
    assert "stands for the recall" in found["cannot_tell"][0]
    assert found["cannot_tell"][1].startswith("Of 1 row nothing says")


def test_evidence_rows_bring_their_own_points(shell: Shell):
    """The published per-row file holds points and categories beside the reply."""
    row = {
        "index": "0",
        "prediction": "Nodes.",
        "t2_required_points": json.dumps(["[Image 1] Nodes", "[Image 2] Granulomas"]),
        "t2_optional_points": json.dumps(["Stain"]),
        "t2_required_categories": json.dumps(["macro_pattern", "cross_image_integration"]),
        "t2_judge_raw": "YES\nNO\nYES\nNO\nNO",
        "t2_required_recall": 0.5,
    }
    found = shell.done("audit-run", write(shell.folder, "per_row.xlsx", [row]))
    audit = of(found, "required_recall")
    assert (audit["before"], audit["after"], audit["changed"]) == (0.5, 0.5, 0)
    # Macro 1 x 1, cross 2 x 0: 1/3.
    assert found["published"]["hierarchical_required_recall"] == pytest.approx(1 / 3)
    assert found["stored_differs"] == []


def test_a_cache_of_rare_candidates_kept_failures_as_not_rare(shell: Shell):
    """One rare, one not, one unreadable: 1/3 before, 1/2 after."""
    lines = [
        {"candidate": "Gaucher disease", "label": "rare", "raw": '{"label": "rare"}'},
        {"candidate": "Gout", "label": "nonrare", "raw": '{"label": "nonrare"}'},
        {"candidate": "Fabry disease", "label": "unknown", "raw": "RARE_JUDGE_ERROR: timed out"},
    ]
    path = shell.folder / "rare_candidate_cache.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    audit = of(shell.done("audit-run", path), "rare_candidate_share")

    assert (audit["before"], audit["after"]) == (pytest.approx(1 / 3), 0.5)
    assert defects(audit) == {"D1": (1, round(0.5 - 1 / 3, 9))}


def test_a_pickle_is_never_opened_whatever_it_is_called(shell: Shell, tmp_path: Path):
    """It would run its writer's program; the refusal says how to make JSON of it."""

    class Planted:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    for name in ("cache.pkl", "cache.json"):
        path = shell.folder / name
        path.write_bytes(pickle.dumps({"0": Planted()}))
        run = shell("audit-run", path)
        assert run.status == 1
        assert [p["rule"] for p in run.data["error"]["problems"]] == ["pickle"]
        assert "json.dump" in run.data["error"]["message"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("run.csv", "index,judge_reply\n1,YES\n", "unknown_track"),
        ("m_Treatment.csv", "judge_reply\nYES\n", "missing_column"),
        ("m_Treatment.csv", "index,reply\n1\n", "ragged_row"),
        ("m_Treatment.xlsx", "no workbook", "bad_workbook"),
        ("m_Treatment.txt", "x", "unknown_format"),
        ("cache.json", "[1]", "wrong_type"),
        ("cache.json", '{"0": "YES"}', "wrong_type"),
        ("cache.json", '{"0": {"vec": [1]}}', "missing_field"),
        ("cache.json", "{}", "no_rows"),
        ("cache.json", "{", "bad_json"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    shell: Shell, name: str, content: str, rule: str
):
    """The rule is one of docs/formats.md."""
    path = shell.folder / name
    path.write_text(content, encoding="utf-8")
    run = shell("audit-run", path)
    assert run.status == 1, run.out
    assert run.data["error"]["problems"][0]["rule"] == rule


def test_people_read_the_totals_and_the_first_rows(shell: Shell):
    """Without --json the same is said in lines."""
    run = shell("audit-run", examination_run(shell.folder), as_json=False)
    assert run.status == 0
    assert "examination_judge_score: 0.3646 before, 0.5000 after; 6 rows, 5 changed" in run.out
    assert "D7: 3 rows" in run.out
