"""Published tables, answers and judge replies in; the published numbers out, on the leaderboard.

The numbers are those the reference printed for the same rows and replies: vectors v184 and v186.
"""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas
import pytest

from src.domain.errors import BadInputError
from src.domain.item import Track
from src.domain.people import OPERATOR
from src.domain.scoring.sheet import Policy
from src.domain.scoring.whose_replies import different_judges
from src.files.score_report import board_csv, board_html
from src.services import score_sheets
from src.services.auditing import audit_run
from src.services.board_report import Asked
from src.services.predicting import PredictionReport
from src.services.workbench import Workbench
from tests.builders import png
from tests.services.test_scoring import (
    EMIL,
    answer,
    board,
    edit,
    release_after,
    store,
    treatment,
)

VECTORS = {
    vector["id"]: vector
    for vector in json.loads(
        (Path(__file__).parent.parent / "vectors" / "scoring.json").read_text(encoding="utf-8")
    )["vectors"]
}
PRINTED_OTHERWISE = {"judge_dim_typematch": 3.0}
"""What the reference prints on another scale -> its maximum."""


def import_table(bench: Workbench, path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Store a benchmark table that must be good."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    report = bench.importing.store_file(OPERATOR, path)
    assert report.accepted, report.problems


def import_results(
    bench: Workbench, path: Path, track: Track, rows: dict[str, list[Any]]
) -> PredictionReport:
    """Import a workbook as the published scorer writes its rows."""
    pandas.DataFrame(rows).to_excel(path, index=False)
    return bench.predicting.store_file(EMIL, path, model="m", track=track)


def images(count: int, seed: int = 0) -> str:
    """Return a cell of images."""
    return json.dumps([base64.b64encode(png(seed + n)).decode() for n in range(count)])


def test_the_second_version_from_its_own_files_gives_the_printed_differential_scores(
    bench: Workbench, tmp_path: Path
) -> None:
    """v184: three lists, three replies."""
    vector = VECTORS["v184"]
    import_table(
        bench,
        tmp_path / "diagnosis_opened.tsv",
        [
            {
                **row,
                "question": "Which diagnoses?",
                "context": "",
                "image": images(1, int(row["index"])),
                "image findings": "[]",
            }
            for row in vector["args"]["meta"]
        ],
    )
    given = vector["args"]["predictions"]
    report = import_results(
        bench,
        tmp_path / "m_MRareBench_Diagnosis_per_row.xlsx",
        Track.DIFFERENTIAL,
        {
            "index": [row["index"] for row in given],
            "prediction": [row["prediction"] for row in given],
            "judge_raw": vector["args"]["judge"],
        },
    )
    assert (report.predictions, report.replies, report.problems) == (3, 3, ())

    rows = board(bench, mode="compatible")

    expected = {"mrr": vector["expected"]["MRR"], "mr": vector["expected"]["MR"]}
    for name, value in vector["expected"].items():
        if name not in {"n_total", "n_hit", "MR", "MRR"}:
            expected[name] = value / PRINTED_OTHERWISE.get(name, 1.0)
    assert {name: row.value for (_, name), row in rows.items()} == pytest.approx(
        expected, abs=1e-12
    )
    assert rows[("m", "judge_avg_score")].n == 3
    # Ranks 2 and 1: the list without a hit is no part of the mean.
    assert (rows[("m", "mr")].value, rows[("m", "mr")].n) == (1.5, 2)
    assert rows[("m", "mr")].reasons == {"no entry of the list is a hit": 1}
    assert "less is better" in rows[("m", "mr")].note


RARE = {"candidate": "X", "label": "rare", "is_rare_disease": True, "raw": "{}"}
COMMON = {"candidate": "Y", "label": "nonrare", "is_rare_disease": True, "raw": "{}"}
UNREAD = {"candidate": "Z", "label": "unknown", "raw": "RARE_JUDGE_ERROR: x", "parse_failed": True}


def differential_study(bench: Workbench, folder: Path, answers: Sequence[str]) -> None:
    """Store one ranked-list item for each answer; the disease is always sarcoidosis."""
    rows = [
        {
            "index": str(n),
            "question": "Which diagnoses?",
            "answer": "Sarcoidosis",
            "answer_aliases": "[]",
            "context": "",
            "image": images(1, n),
            "image findings": "[]",
        }
        for n in range(len(answers))
    ]
    import_table(bench, folder / "diagnosis_opened.tsv", rows)


def test_the_mean_rank_is_the_published_one_also_without_any_hit(
    bench: Workbench, tmp_path: Path
) -> None:
    """v185: no hit at all is printed as 0.0, the best there is (D13); here it has no rank."""
    differential_study(bench, tmp_path, ["1. Xeroderma"])
    path = tmp_path / "m.xlsx"
    import_results(
        bench, path, Track.DIFFERENTIAL, {"index": ["0"], "prediction": ["1. Xeroderma"]}
    )
    hits = tmp_path / "n.jsonl"
    line = {"index": "0", "prediction": "1. Lupus\n2. Gout\n3. Sarcoidosis"}
    hits.write_text(json.dumps(line) + "\n", encoding="utf-8")
    bench.predicting.store_file(EMIL, hits, model="n", track=Track.DIFFERENTIAL)

    rows = board(bench, mode="compatible")

    none, some = rows[("m", "mr")], rows[("n", "mr")]
    assert VECTORS["v185"]["expected"]["MR"] == none.value == 0.0
    assert (none.n, none.rank, none.low) == (0, None, None)
    assert "prints 0, the best there is" in none.note
    assert (some.value, some.n, some.rank) == (3.0, 1, 1)


def test_a_missing_answer_is_no_rank_under_any_policy(bench: Workbench, tmp_path: Path) -> None:
    """To count it as 0 would be to count it as better than the first place."""
    differential_study(bench, tmp_path, ["", ""])
    found = {"index": ["0"], "prediction": ["1. Lupus\n2. Sarcoidosis"]}
    import_results(bench, tmp_path / "m.xlsx", Track.DIFFERENTIAL, found)

    row = board(bench, mode="compatible", policy=Policy(abstain="zero"))[("m", "mr")]

    assert (row.value, row.n) == (2.0, 1)


def test_the_share_of_rare_candidates_is_the_published_one_and_that_of_the_audit(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two of ten, none of ten although 'true' is said of a nonrare one, and one unread: 0.1."""
    answers = ["1. Fabry disease\n2. Gaucher disease", "1. Gout", "1. Sarcoidosis\n2. POEMS"]
    differential_study(bench, tmp_path, answers)
    said = [[RARE, RARE], [COMMON], [RARE, UNREAD]]
    table = {
        "index": ["0", "1", "2"],
        "answer": ["Sarcoidosis"] * 3,
        "prediction": answers,
        "rare_candidate_judge_raw": [json.dumps(cell) for cell in said],
    }
    path = tmp_path / "m_MRareBench_Diagnosis_per_row.xlsx"
    report = import_results(bench, path, Track.DIFFERENTIAL, table)
    assert (report.replies, report.problems) == (3, ())

    rows = board(bench, mode="compatible")
    row = rows[("m", "rare_candidate_ratio@10")]
    audit = audit_run(path)

    assert row.value == audit.published["rare_candidate_ratio@10"] == pytest.approx(0.1)
    assert audit.published["rare_candidate_count@10_mean"] == 1.0
    assert audit.published["MR"] == rows[("m", "mr")].value
    told = next(one for one in audit.measures if one.measure == "rare_candidate_ratio@10")
    assert (told.before, told.after, told.unscored) == (row.value, pytest.approx(0.1), 1)
    assert "judge_avg_score" not in {name for _, name in rows}


def test_words_on_candidates_that_cannot_be_read_are_refused_with_their_line(
    bench: Workbench, tmp_path: Path
) -> None:
    """Excel cuts a cell at 32,767 characters: what is left is no JSON."""
    differential_study(bench, tmp_path, [""])
    table = {
        "index": ["0"],
        "prediction": ["1. Gout"],
        "rare_candidate_judge_raw": ['[{"candidate": "Gou'],
    }
    report = import_results(bench, tmp_path / "m.xlsx", Track.DIFFERENTIAL, table)
    [problem] = report.problems
    assert (problem.line, problem.column, problem.rule) == (
        2,
        "rare_candidate_judge_raw",
        "bad_json",
    )


def test_the_second_version_from_its_own_files_gives_the_printed_evidence_scores(
    bench: Workbench, tmp_path: Path
) -> None:
    """v186: three required points, one optional, seven lines of a reply."""
    vector = VECTORS["v186"]
    meta = dict(vector["args"]["meta"][0])
    import_table(
        bench,
        tmp_path / "evidence_verification_opened_FULL609.tsv",
        [{**meta, "image": images(2), "question_open": "What supports it?", "context": ""}],
    )
    report = import_results(
        bench,
        tmp_path / "m_MRareBench_EvidenceVerif_per_row.xlsx",
        Track.EVIDENCE,
        {
            "index": [0],
            "prediction": [vector["args"]["predictions"][0]["prediction"]],
            "t2_judge_raw": vector["args"]["judge"],
        },
    )
    assert (report.predictions, report.replies, report.problems) == (1, 1, ())

    rows = board(bench, mode="compatible")

    found = {name: row.value for (_, name), row in rows.items()}
    compared = set(found) & set(vector["expected"])
    assert {name: found[name] for name in compared} == pytest.approx(
        {name: vector["expected"][name] for name in compared}, abs=1e-12
    )
    assert {
        "required_recall",
        "hierarchical_required_recall",
        "optional_recall",
        "required_contradiction_rate",
        "det_image_select_precision",
    } <= compared
    # v186's cross point is hit by none, so the second gate is closed: 2.2 of 4.2 points.
    assert found["hier_cross_gate_pass_rate"] == 0.0
    assert found["det_required_recall@0.5"] is not None


def judged(index: str, reply: str | None) -> dict[str, Any]:
    """Return an answer with what a judge wrote of it."""
    return {"index": index, "prediction": "P", "judge_reply": reply, "judge": "judge-a"}


def test_a_failed_call_is_a_zero_as_published_and_no_reply_is_no_score(
    bench: Workbench, tmp_path: Path
) -> None:
    """Y N Y N Y N is 0.5 (v181), a failed call 0, so the mean of two is 0.25; the third has none.

    Defect D1 is kept here on purpose: published numbers are checked, not mended.
    """
    store(bench, tmp_path, [treatment(i, f"c{i}") for i in ("1", "2", "3")])
    lines = [judged("1", "YES\nNO\nYES\nNO\nYES\nNO"), judged("2", None)]
    answer(bench, tmp_path, [*lines, {"index": "3", "prediction": "P"}])

    row = board(bench, mode="compatible")[("model-a", "treatment_judge_score")]

    assert (row.value, row.n, row.reasons) == (0.25, 2, {"no judge reply": 1})


def test_no_row_stands_for_a_judge_nobody_asked(bench: Workbench, tmp_path: Path) -> None:
    """A model without a single reply has the measures that need none."""
    store(bench, tmp_path, [treatment("1")])
    answer(bench, tmp_path, [{"index": "1", "prediction": "P"}])
    assert {name for _, name in board(bench, mode="compatible")} == {"substring_match"}


def test_a_reply_says_nothing_of_a_rubric_the_judge_was_not_shown(
    bench: Workbench, tmp_path: Path
) -> None:
    """Defect D4: the reference reads the old verdict on; here gold has no score, and says why."""
    store(bench, tmp_path, [treatment("1")])
    answer(bench, tmp_path, [judged("1", "YES\nYES\nYES\nYES\nYES\nYES")])
    release_after(bench, criteria=(edit("k1", "edit", text="Starts dabrafenib"),))

    name = ("model-a", "treatment_judge_score")
    assert board(bench, mode="compatible", basis="import")[name].value == 1.0
    gold = board(bench, mode="compatible", basis="gold")[name]
    assert (gold.value, gold.reasons) == (None, {"judged against another answer or rubric": 1})


def test_points_and_names_move_no_reply_and_a_second_one_takes_the_place_of_the_first(
    bench: Workbench, tmp_path: Path
) -> None:
    """Only wording counts; the same file again stores nothing."""
    store(bench, tmp_path, [treatment("1")])
    answer(bench, tmp_path, [judged("1", "NO\n" * 6)])
    again = answer(bench, tmp_path, [judged("1", "NO\n" * 6)])
    assert (again.predictions, again.replies, again.unchanged) == (0, 0, 1)
    assert answer(bench, tmp_path, [judged("1", "YES\n" * 6)]).replies == 1
    release_after(bench, criteria=(edit("k3", "edit", points=1.0),))

    for basis in ("import", "gold"):
        row = board(bench, mode="compatible", basis=basis)[("model-a", "treatment_judge_score")]
        assert row.value == 1.0


YES, NO = "YES\n" * 6, "NO\n" * 6


def by_judges(bench: Workbench, folder: Path, said: dict[str, dict[str, str]]) -> None:
    """Import a file of answers for each judge, with its replies: judge -> index -> reply."""
    indexes = sorted({index for replies in said.values() for index in replies})
    store(bench, folder, [treatment(i, f"c{i}") for i in indexes])
    for judge, replies in said.items():
        lines = [
            {"index": i, "prediction": "P", "judge_reply": reply, "judge": judge}
            for i, reply in replies.items()
        ]
        answer(bench, folder, lines)


JUDGE_SCORE = ("model-a", "treatment_judge_score")


def test_a_row_rests_on_the_replies_of_one_judge_the_one_with_the_most(
    bench: Workbench, tmp_path: Path
) -> None:
    """A says yes of three, B, which came later, no of two: 1.0 of three, and never 1/3."""
    by_judges(
        bench, tmp_path, {"judge-a": dict.fromkeys("123", YES), "judge-b": dict.fromkeys("12", NO)}
    )

    row = board(bench, mode="compatible")[JUDGE_SCORE]

    assert (row.value, row.n, row.judge) == (1.0, 3, "judge-a")
    assert "by 3 replies of judge-a; not counted: 2 replies of judge-b" in row.note


def test_the_judge_is_that_of_the_whole_track_not_of_a_page_of_it(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sheets are filled page by page: with one item each, B is alone on the last."""
    monkeypatch.setattr(score_sheets, "PAGE", 1)
    by_judges(
        bench, tmp_path, {"judge-a": dict.fromkeys("12", YES), "judge-b": dict.fromkeys("23", NO)}
    )
    answer(bench, tmp_path, [{**judged("1", YES), "judge": "judge-b"}])

    row = board(bench, mode="compatible")[JUDGE_SCORE]

    assert (row.value, row.n, row.judge) == (pytest.approx(1 / 3), 3, "judge-b")
    assert "not counted: 2 replies of judge-a" in row.note


def test_of_judges_with_as_many_replies_the_newest_counts(bench: Workbench, tmp_path: Path) -> None:
    """Each wrote of one answer: never one from each."""
    by_judges(bench, tmp_path, {"judge-b": {"1": YES}, "judge-a": {"2": YES}, "judge-z": {"1": NO}})

    row = board(bench, mode="compatible")[JUDGE_SCORE]

    assert (row.value, row.n, row.judge) == (0.0, 1, "judge-z")
    assert row.reasons == {"no judge reply": 1}


def test_a_judge_can_be_chosen_and_an_unknown_one_is_refused(
    bench: Workbench, tmp_path: Path
) -> None:
    """The one with fewer replies, when it is asked for; measures without a judge stay."""
    by_judges(bench, tmp_path, {"judge-a": dict.fromkeys("123", YES), "": dict.fromkeys("12", NO)})
    assert bench.scoring.reply_judges(EMIL) == ["", "judge-a"]

    rows = board(bench, mode="compatible", policy=Policy(judge=""))

    row = rows[JUDGE_SCORE]
    assert (row.value, row.n, row.judge, row.reasons) == (0.0, 2, "", {"no judge reply": 1})
    assert "by 2 replies of a judge without a name" in row.note
    assert rows[("model-a", "substring_match")].judge is None
    with pytest.raises(BadInputError, match="No reply of the judge 'judge-x' is stored"):
        board(bench, mode="compatible", policy=Policy(judge="judge-x"))
    with pytest.raises(BadInputError, match="published measures only"):
        board(bench, policy=Policy(judge="judge-a"))


def test_replies_to_an_older_wording_do_not_make_a_judge_the_one_with_the_most(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two that say nothing any more stand behind one that does."""
    by_judges(bench, tmp_path, {"judge-a": dict.fromkeys("12", YES)})
    store(bench, tmp_path, [{**treatment(i, f"c{i}"), "answer": "Trametinib"} for i in "12"])
    answer(bench, tmp_path, [{**judged("1", NO), "judge": "judge-b"}])

    row = board(bench, mode="compatible")[JUDGE_SCORE]

    assert (row.value, row.n, row.judge) == (0.0, 1, "judge-b")


def test_models_that_different_judges_score_are_said_to_be(
    bench: Workbench, tmp_path: Path
) -> None:
    """They stand in one list and are not to be compared: rows, table and page name the judges."""
    by_judges(bench, tmp_path, {"judge-a": {"1": YES}})
    line = {"index": "1", "prediction": "Q", "judge_reply": NO, "judge": "judge-b"}
    answer(bench, tmp_path, [line], model="model-b")

    sides = bench.scoring.side_by_side(EMIL, mode="compatible")
    words = different_judges((line.imported for line in sides), {"model-b": "Model B"})
    report = bench.board_reports.report(EMIL, Asked(mode="compatible"))

    assert words == [
        "In treatment, replies on whole answers are not of the same judge: model-a by judge-a; "
        "Model B by judge-b. Choose one judge before you compare these models."
    ]
    assert any("not of the same judge" in warning for warning in report.warnings)
    table = list(csv.DictReader(board_csv(sides, {}).decode().splitlines()))
    judges = {(r["model_id"], r["measure"]): r["judge"] for r in table}
    assert judges == {
        ("model-a", "treatment_judge_score"): "judge-a",
        ("model-b", "treatment_judge_score"): "judge-b",
        ("model-a", "substring_match"): "",
        ("model-b", "substring_match"): "",
    }
    assert "<th>Judge</th>" in board_html(report).decode()


FIRST_VERSION = {
    # v182: YES YES NO NO NO; v183: 1 1 1 1 0 1 0 1 of 16.
    "v182": (Track.CROSSMODAL, "crossmodal_comparison.tsv", "crossmodal_judge_score"),
    "v183": (Track.EXAMINATION, "examination_workup.tsv", "examination_judge_score"),
}


@pytest.mark.parametrize("vector_id", FIRST_VERSION)
def test_the_first_version_from_its_own_files_gives_the_printed_scores(
    bench: Workbench, tmp_path: Path, vector_id: str
) -> None:
    """The rows of the benchmark's table, and a workbook of answers with the judge's replies."""
    track, name, measure = FIRST_VERSION[vector_id]
    vector = VECTORS[vector_id]
    [given] = vector["args"]["predictions"]
    row = {key: value for key, value in given.items() if key != "prediction"}
    import_table(bench, tmp_path / name, [{**row, "context": "", "image": images(1)}])
    answers = {
        "index": [given["index"]],
        "prediction": [given["prediction"]],
        "judge_reply": vector["args"]["judge"],
    }
    assert import_results(bench, tmp_path / "m.xlsx", track, answers).replies == 1

    assert board(bench, mode="compatible")[("m", measure)].value == vector["expected"][measure]


def test_a_diagnosis_and_its_judge_give_the_published_cascade(
    bench: Workbench, tmp_path: Path
) -> None:
    """YES YES NO is 0.8, NO YES YES 0.2, a failed call 0: a mean of 1/3."""
    rows = [
        {
            "index": str(n),
            "question": "Which disease?",
            "answer": "Gout",
            "context": "",
            "image": images(1, n),
            "answer_aliases": "[]",
        }
        for n in range(3)
    ]
    import_table(bench, tmp_path / "diagnosis_opened.tsv", rows)
    answers = {
        "index": ["0", "1", "2"],
        "prediction": ["Gout", "Lupus", "gout"],
        "judge_reply": ["YES\nYES\nNO", "NO\nYES\nYES", None],
    }
    import_results(bench, tmp_path / "m.xlsx", Track.DIAGNOSIS, answers)

    found = board(bench, mode="compatible")

    assert found[("m", "diagnosis_judge_score")].value == pytest.approx(1 / 3, abs=1e-12)
    assert found[("m", "token_f1")].value == pytest.approx(2 / 3, abs=1e-12)
