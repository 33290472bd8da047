"""Sets of answers, people's grades and judge cards by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import item_line, write_items
from tests.commands.running import Shell

ANSWER = "Erdheim-Chester disease."


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a study with one item, an answer that a judge graded, and a reviewer."""
    made = Shell(tmp_path)
    made.done("init")
    made.done("import", write_items(tmp_path / "in", [item_line("001", images=[])]))
    grades = [{"criterion_id": f"k{n}", "judge": "judge-a", "value": 1} for n in (1, 2, 3)]
    answers = tmp_path / "answers.jsonl"
    answers.write_text(json.dumps({"index": "001", "prediction": ANSWER, "grades": grades}))
    made.done("predictions", answers, "--model", "m", "--track", "diagnosis")
    made.done("people", "add", "amara", "--role", "reviewer")
    return made


def test_a_set_is_opened_closed_and_listed(shell: Shell) -> None:
    """With its seed and how many answers there were to draw from."""
    words = ("grading", "create", "look", "--graders", "1", "--person", "amara", "--seed", "5")
    made = shell.done(*words)["grading_set"]
    assert (made["answers"], made["seed"], made["selection"]["of"]) == (1, 5, 1)
    assert shell.done("grading", "close", "look")["grading_set"]["state"] == "closed"
    assert shell.done("grading", "reopen", "look")["grading_set"]["state"] == "open"
    [listed] = shell.done("grading", "list")["grading_sets"]
    assert (listed["name"], listed["asked"], listed["done"]) == ("look", 1, {})
    refused = shell(*words)
    assert (refused.status, refused.data["error"]["rule"]) == (1, "conflict")


def test_grades_come_in_by_a_file_make_a_card_and_go_out_again(shell: Shell) -> None:
    """Two physicians say that the answer does not mention what the judge says it mentions."""
    assert shell.done("judge-card")["cards"] == []
    line = {
        "prompt_id": "001",
        "completion": ANSWER,
        "rubric": "Mentions BRAF V600E testing",
        "anonymized_physician_ids": ["A", "B"],
        "binary_labels": [False, False],
    }
    file = shell.write("opinions.jsonl", line)
    imported = shell.done("grading", "import", file)
    assert (imported["stored"], imported["taken_as_blind"]) == (2, 2)
    said = shell("grading", "import", file, as_json=False).out
    assert "2 grades say nothing of blindness and count as blind" in said
    assert "--not-blind" in said
    [card] = shell.done("judge-card", "--judge", "judge-a", "--track", "diagnosis")["cards"]
    assert (card["lines"][0]["judge_only"], card["lines"][0]["specificity"]["value"]) == (1, 0.0)
    assert (card["people"], card["from_files"]) == (2, 2)
    out = shell.folder / "out.jsonl"
    done = shell.done("grading", "export", "--out", out)
    assert (done["lines"], done["physicians"]) == (1, 2)
    assert json.loads(out.read_text())["binary_labels"] == [False, False]


def test_of_grades_that_say_they_were_blind_or_are_called_not_nothing_is_assumed(
    shell: Shell,
) -> None:
    """No sentence then, in words or number."""
    line = {
        "prompt_id": "001",
        "completion": ANSWER,
        "rubric": "Mentions BRAF V600E testing",
        "anonymized_physician_ids": ["A"],
        "binary_labels": [True],
    }
    file = shell.write("told.jsonl", {**line, "blind": [True]})
    assert "blindness" not in shell("grading", "import", file, as_json=False).out
    file = shell.write("silent.jsonl", line)
    said = shell("grading", "import", file, "--not-blind", as_json=False).out
    assert "blindness" not in said


def test_a_file_that_is_wrong_is_refused_with_its_lines(shell: Shell) -> None:
    """Status 1, and nothing stored."""
    refused = shell("grading", "import", shell.write("opinions.jsonl", {"prompt_id": "001"}))
    assert refused.status == 1
    assert {p["rule"] for p in refused.data["error"]["problems"]} == {"missing_field"}
    assert shell.done("judge-card")["cards"] == []


def test_who_does_not_grade_blind_is_told_in_words_when_a_set_is_opened(shell: Shell) -> None:
    """On standard error and in the object; of others nothing is said."""
    shell.done("people", "add", "cai", "--role", "reviewer", "--role", "evaluator")
    words = ("grading", "create", "both", "--graders", "1", "--person", "amara", "--person", "cai")
    said = shell(*words)
    assert said.data["warning"].startswith("cai can look up scores as lead or evaluator")
    assert said.data["warning"] in said.err
    alone = shell("grading", "create", "one", "--graders", "1", "--person", "amara")
    assert (alone.data["warning"], alone.err) == ("", "")
