"""People's grades out and in again, in the shape of HealthBench's meta-evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from db import human_grades
from src.domain.errors import BadInputError
from src.domain.human_grade import GradingBody, Word
from src.domain.people import OPERATOR
from src.services.progress import Progress, WorkStopped
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import actor
from tests.services.test_grading import EMIL, ITEMS, LENA, grade_all, make_set, study

LINE = {
    "prompt_id": "test/diagnosis/001",
    "completion": "I am model-a and say Erdheim-Chester disease (1).",
    "rubric": "Names Erdheim-Chester disease",
    "anonymized_physician_ids": ["Doc A", "Doc B"],
    "binary_labels": [True, False],
    "canary": "a field of somebody else",
}


def written(folder: Path, *lines: dict[str, Any], name: str = "opinions.jsonl") -> Path:
    """Write lines and return their file."""
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def grades(bench: Workbench) -> set[tuple[str, str, str, float | None, bool]]:
    """Return (item, model, criterion, value, blind) of all grades, with their number checked."""
    with bench.database.reading() as t:
        found = human_grades.on_items(t, ITEMS)
    return {(g.item_id, g.model, g.criterion_id, g.value, g.blind) for g in found}


def noted(bench: Workbench) -> list[str]:
    """Return every note that stands beside a newest grade."""
    with bench.database.reading() as t:
        return [g.note for g in human_grades.on_items(t, ITEMS) if g.note]


def test_what_is_exported_comes_back_the_same_and_gives_the_same_bytes(
    bench: Workbench, tmp_path: Path
) -> None:
    """Into another study with the same answers; pseudonyms stay, names never leave."""
    study(bench, tmp_path, judges=("judge-a",))
    make_set(bench)
    grade_all(bench, "amara")
    task = bench.grading.next_answer(actor("benoit"), "first")
    assert task is not None
    body = GradingBody(
        words={"k1": Word(cannot=True, note="No."), "k2": Word(value=0.0), "k3": Word(value=1.0)}
    )
    bench.grading.submit(actor("benoit"), "first", task.position, body, idempotency_key="b")
    first = bench.grade_exchange.export(EMIL, tmp_path / "first.jsonl")
    text = (tmp_path / "first.jsonl").read_text(encoding="utf-8")
    assert (first.lines, first.physicians, first.left_out) == (24, 2, {})
    assert not any(name in text for name in ("amara", "benoit", "Okafor"))
    assert [list(json.loads(line)["notes"].values()) for line in text.splitlines() if "notes" in
            json.loads(line)] == [["No."]]  # fmt: skip

    url = f"sqlite:///{tmp_path / 'other' / 'review.db'}"
    init(url, str(tmp_path / "other-images"))
    other = open_workbench(url, str(tmp_path / "other-images"), bench.clock)
    study(other, tmp_path / "again")
    report = other.grade_exchange.store_file(OPERATOR, tmp_path / "first.jsonl")
    again = other.grade_exchange.store_file(OPERATOR, tmp_path / "first.jsonl")
    second = other.grade_exchange.export(OPERATOR, tmp_path / "second.jsonl")

    assert (report.stored, report.people, report.left_out, report.problems) == (27, 2, {}, ())
    assert (again.stored, again.unchanged) == (0, 27)
    assert grades(other) == grades(bench)
    assert noted(other) == noted(bench) == ["No."]
    assert second.sha256 == first.sha256
    assert other.browsing.verify(OPERATOR).problems == ()
    assert not any(p.active or p.roles for p in other.people.all_of(OPERATOR))
    other.close()


def test_a_file_of_somebody_else_is_matched_by_index_words_and_answer(
    bench: Workbench, tmp_path: Path
) -> None:
    """Without model or criterion id; other fields are passed over."""
    study(bench, tmp_path)
    second = "I am model-b and say Erdheim-Chester disease (2)."
    lines = [
        LINE,
        {**LINE, "prompt_id": "002", "completion": second},
        {**LINE, "prompt_id": "777"},
        {**LINE, "completion": "Nobody said this."},
        {**LINE, "rubric": "Nobody asked this."},
    ]  # fmt: skip
    report = bench.grade_exchange.store_file(LENA, written(tmp_path, *lines), blind=False)
    assert report.left_out == {
        "no such item": 1, "no model gave this answer": 1, "no such criterion": 1
    }  # fmt: skip
    assert grades(bench) == {
        ("test/diagnosis/001", "model-a", "k1", 1.0, False),
        ("test/diagnosis/001", "model-a", "k1", 0.0, False),
        ("test/diagnosis/002", "model-b", "k1", 1.0, False),
        ("test/diagnosis/002", "model-b", "k1", 0.0, False),
    }
    ids = [p.person_id for p in bench.people.all_of(LENA) if not p.roles and not p.active]
    assert ids == ["physician-doc-a", "physician-doc-b"]


def test_a_grade_that_a_file_calls_not_blind_is_none(bench: Workbench, tmp_path: Path) -> None:
    """Label by label; the whole file can be called not blind too."""
    study(bench, tmp_path, models=("model-a",), number=1)
    line = {**LINE, "blind": [True, False]}
    assert bench.grade_exchange.store_file(LENA, written(tmp_path, line)).stored == 2
    assert {(value, blind) for *_, value, blind in grades(bench)} == {(1.0, True), (0.0, False)}


def test_grades_that_say_nothing_of_blindness_are_counted(bench: Workbench, tmp_path: Path) -> None:
    """HealthBench's own file is such: they count as blind, unless the whole file is called not."""
    study(bench, tmp_path, models=("model-a",), number=2)
    second = "I am model-a and say Erdheim-Chester disease (2)."
    told = {**LINE, "prompt_id": "002", "completion": second, "blind": [True, True]}
    silent = {**LINE, "cannot_judge": ["Doc C"]}
    path = written(tmp_path, silent, told, {**LINE, "prompt_id": "777"})

    report = bench.grade_exchange.store_file(LENA, path)
    called = bench.grade_exchange.store_file(LENA, path, blind=False)

    assert (report.stored, report.taken_as_blind) == (5, 3)
    assert (called.stored, called.taken_as_blind) == (5, 0)


def test_a_physician_who_says_otherwise_later_supersedes_themselves(
    bench: Workbench, tmp_path: Path
) -> None:
    """And the first file again turns it back: each time by a row more."""
    study(bench, tmp_path)
    first = written(tmp_path, LINE)
    later = written(tmp_path, {**LINE, "binary_labels": [True, True]}, name="later.jsonl")
    stored = [bench.grade_exchange.store_file(LENA, path).stored for path in (first, later, first)]
    assert stored == [2, 1, 1]
    assert {value for *_, value, _ in grades(bench)} == {1.0, 0.0}
    assert bench.browsing.verify(OPERATOR).problems == ()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"binary_labels": [True]}, "bad_value"),
        ({"anonymized_physician_ids": ["Doc A", "Doc A"]}, "duplicate_id"),
        ({"binary_labels": [1, False]}, "wrong_type"),
        ({"completion": None}, "wrong_type"),
        ({"values": [1.0]}, "bad_value"),
        ({"values": [7.0, 0.0]}, "out_of_range"),
        ({"values": [-1.0, 0.0]}, "bad_value"),
        ({"values": [0.0, 0.0]}, "contradiction"),
        ({"blind": [True]}, "bad_value"),
        ({"condition": "x-ray"}, "unknown_value"),
        ({"rubric": ""}, "empty_field"),
        ({"notes": {"Doc C": "Nobody."}}, "bad_value"),
        ({"notes": {"Doc A": "x" * 2_001}}, "bad_value"),
        ({"binary_labels": [False, False]}, "graded_twice"),
    ],
)
def test_a_line_that_is_wrong_refuses_the_whole_file(
    bench: Workbench, tmp_path: Path, change: dict[str, Any], rule: str
) -> None:
    """Every fault is named with its line; nothing is stored."""
    study(bench, tmp_path, models=("model-a",), number=1)
    report = bench.grade_exchange.store_file(LENA, written(tmp_path, LINE, {**LINE, **change}))
    assert [(p.line, p.rule) for p in report.problems] == [(2, rule)]
    assert grades(bench) == set()


@pytest.mark.parametrize(
    ("change", "column", "rule", "message"),
    [
        (
            {"binary_labels": [True]},
            "binary_labels",
            "bad_value",
            "The field 'binary_labels' has 1 entry, and 'anonymized_physician_ids' has 2: give one "
            "for each physician.",
        ),
        (
            {"anonymized_physician_ids": ["Doc A", "Doc A"]},
            "anonymized_physician_ids",
            "duplicate_id",
            "The physician 'Doc A' is named twice in this line: keep one.",
        ),
        (
            {"cannot_judge": ["Doc A"]},
            "cannot_judge",
            "duplicate_id",
            "The physician 'Doc A' is named twice in this line: keep one.",
        ),
        (
            {"anonymized_physician_ids": ["Doc A", ""]},
            "anonymized_physician_ids",
            "empty_field",
            "A physician in 'anonymized_physician_ids' has no name.",
        ),
    ],
)
def test_what_the_lists_of_a_line_lack_is_said_of_the_field(
    bench: Workbench,
    tmp_path: Path,
    change: dict[str, Any],
    column: str,
    rule: str,
    message: str,
) -> None:
    """With its line and rule, and without printing the line."""
    study(bench, tmp_path, models=("model-a",), number=1)
    path = written(tmp_path, {**LINE, **change})
    (problem,) = bench.grade_exchange.store_file(LENA, path).problems
    assert (problem.line, problem.column, problem.rule) == (1, column, rule)
    assert problem.message == message


def test_a_place_that_cannot_be_written_is_said_in_words(bench: Workbench, tmp_path: Path) -> None:
    """No traceback, and no half a file."""
    with pytest.raises(BadInputError, match="cannot be written"):
        bench.grade_exchange.export(EMIL, tmp_path / "nowhere" / "file.jsonl")


def test_a_fault_in_the_last_line_of_a_long_file_leaves_nothing_of_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """Far behind the first batch; the problem names line, field and both lines at odds."""
    study(bench, tmp_path, models=("model-a",), number=1)
    lines = [{**LINE, "anonymized_physician_ids": [f"D{n}"], "binary_labels": [True]}
             for n in range(700)]  # fmt: skip
    wrong = {**LINE, "anonymized_physician_ids": ["D3"], "binary_labels": [False]}
    report = bench.grade_exchange.store_file(LENA, written(tmp_path, *lines, wrong))
    (problem,) = report.problems
    assert (problem.line, problem.column) == (701, "anonymized_physician_ids")
    assert problem.message == (
        "'D3' has another grade on this criterion of this answer in line 4. "
        "Leave one of the two lines out."
    )
    assert grades(bench) == set()
    assert not [p for p in bench.people.all_of(LENA) if p.person_id.startswith("physician-")]
    assert bench.grade_exchange.store_file(LENA, written(tmp_path, *lines)).stored == 700


def test_the_same_line_twice_counts_once(bench: Workbench, tmp_path: Path) -> None:
    """It says nothing new; an import that is repeated stores nothing."""
    study(bench, tmp_path, models=("model-a",), number=1)
    path = written(tmp_path, LINE, LINE)
    reports = [bench.grade_exchange.store_file(LENA, path) for _ in range(2)]
    assert [(r.stored, r.unchanged) for r in reports] == [(2, 2), (0, 4)]


def test_an_import_tells_how_far_it_is_and_stops_only_before_it_stores(
    bench: Workbench, tmp_path: Path
) -> None:
    """Stopped while lines are checked it has changed nothing."""
    study(bench, tmp_path, models=("model-a",), number=1)
    path, heard = written(tmp_path, LINE), list[tuple[str, int, int]]()

    def watch(progress: Progress) -> bool:
        heard.append((progress.what, progress.done, progress.total))
        return progress.what != "checking lines"

    with pytest.raises(WorkStopped):
        bench.grade_exchange.store_file(LENA, path, watch=watch)
    assert grades(bench) == set()
    heard.clear()
    bench.grade_exchange.store_file(LENA, path, watch=lambda p: watch(p) or True)
    assert heard[-1] == ("storing grades", 2, 2)
    assert ("checking lines", 1, 1) in heard


def test_a_study_that_reads_its_own_export_gives_nobody_a_second_voice(
    bench: Workbench, tmp_path: Path
) -> None:
    """Its people are known by the pseudonyms of its exports; their own words hold."""
    study(bench, tmp_path)
    make_set(bench)
    grade_all(bench, "amara")
    first = bench.grade_exchange.export(EMIL, tmp_path / "own.jsonl")
    report = bench.grade_exchange.store_file(LENA, tmp_path / "own.jsonl")
    assert (report.stored, report.people) == (0, 0)
    assert report.left_out == {"said by somebody of this study, whose own word holds": 24}
    assert bench.grade_exchange.export(EMIL, tmp_path / "again.jsonl").sha256 == first.sha256


def test_notes_can_be_left_out_of_a_file_and_such_a_file_takes_none_away(
    bench: Workbench, tmp_path: Path
) -> None:
    """Notes are free text; a later note of the same physician is a word more."""
    study(bench, tmp_path, models=("model-a",), number=1)
    line = {**LINE, "notes": {"Doc A": "Only in passing."}, "cannot_judge": ["Doc C"]}
    assert bench.grade_exchange.store_file(LENA, written(tmp_path, line)).stored == 3
    done = bench.grade_exchange.export(EMIL, tmp_path / "bare.jsonl", notes=False)
    assert "notes" not in json.loads(Path(done.file).read_text(encoding="utf-8"))
    assert bench.grade_exchange.store_file(LENA, tmp_path / "bare.jsonl").stored == 0
    assert noted(bench) == ["Only in passing."]
    later = {**line, "notes": {"Doc A": "In the last line.", "Doc C": "No image."}}
    assert bench.grade_exchange.store_file(LENA, written(tmp_path, later)).stored == 2
    assert sorted(noted(bench)) == ["In the last line.", "No image."]


def test_a_file_called_not_blind_only_later_is_taken_at_its_word(
    bench: Workbench, tmp_path: Path
) -> None:
    """Grades that were first taken for blind count nowhere from then on."""
    study(bench, tmp_path, models=("model-a",), number=1)
    path = written(tmp_path, LINE)
    bench.grade_exchange.store_file(LENA, path)
    assert bench.grade_exchange.store_file(LENA, path, blind=False).stored == 2
    assert {blind for *_, blind in grades(bench)} == {False}
