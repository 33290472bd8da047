"""score: the leaderboard, and beside it orders, pairs, groups and graders, by command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import write_items
from tests.commands.running import Shell
from tests.services.test_scoring import graded, treatment


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a study of two models on two items: 1 and 1/4."""
    made = Shell(tmp_path)
    made.done("init")
    items = [treatment("001"), treatment("002", "case-2")]
    made.done("import", write_items(tmp_path / "in", items))
    for model, values in (("model-a", (1, 1, 1, 0)), ("model-b", (1, 0, 0, 0))):
        path = tmp_path / "answers.jsonl"
        lines = [graded(index, *values) for index in ("001", "002")]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        made.done("predictions", path, "--model", model, "--track", "treatment")
    return made


def test_score_tells_what_is_asked_beside_the_rows(shell: Shell) -> None:
    """Pairs and groups are those of the basis; what is not asked for is not there."""
    found = shell.done("score", "--basis", "import", "--pairs", "--groups", "images")

    assert [(r["model"], r["p_better"], r["p_better_n"]) for r in found["rows"]] == [
        ("model-a", 1.0, 2),
        ("model-b", None, 0),
    ]
    [pair] = found["pairs"]
    assert (pair["difference"], pair["p_better"], pair["n"], pair["cases"]) == (0.75, 1.0, 2, 2)
    assert {group["who"]: group["value"] for group in found["groups"]} == {
        "model-a": 1.0,
        "model-b": 0.25,
    }
    assert found["grades_of"] == {"judges": ["judge-a"], "panel": []}
    assert set(found) == {
        "rows",
        "orders",
        "pairs",
        "groups",
        "unscored",
        "grades_of",
        "warnings",
    }
    said = shell("score", "--basis", "import", as_json=False).out
    assert "Grades that count: of judge-a." in said
    published = shell.done("score", "--mode", "compatible", "--basis", "import")
    assert published["grades_of"] == {"judges": [], "panel": []}


def test_leaving_one_out_says_in_words_that_there_is_nobody(shell: Shell) -> None:
    """Nobody graded, and there is no release: the option is not passed over in silence."""
    found = shell.done("score", "--basis", "import", "--leave-one-out")
    assert (found["leave_one_out"], found["leave_one_reader_out"]["lines"]) == ([], [])
    said = shell("score", "--basis", "import", "--leave-one-out", as_json=False).out
    assert "No grader is left out: no score is corrected by people here" in said
    assert "No reader is left out: there is no release" in said


def test_leaving_one_out_tells_of_each_reader_behind_gold(shell: Shell) -> None:
    """The only reader deletes a criterion of 2 points; without them both items are as imported."""
    shell.done("people", "add", "amara", "--name", "Amara Okafor", "--role", "reviewer")
    routing = ("--routing", "every-difference")
    shell.done("round", "create", "first", "--readers", "1", "--person", "amara", *routing)
    for _ in range(2):
        item = shell.done("review", "next", "--person", "amara", "--round", "first")
        claims = [{"claim_id": c["claim_id"], "verdict": "supported"} for c in item["claims"]]
        deleted = {"criterion_id": "k3", "action": "delete", "reason": "wrong"}
        review = {
            "round": "first",
            "item_id": item["item_id"],
            "item_version": item["item_version"],
            "idempotency_key": item["item_id"],
            "review": {
                "claims": claims,
                "checks": {"answer_correct": "yes"},
                "criteria": [deleted],
                "recommendation": "accept_with_edits",
                "confidence": "high",
            },
        }
        shell.done("review", "submit", "--person", "amara", shell.write("r.json", review))
    shell.done("release")

    found = shell.done("score", "--leave-one-out")["leave_one_reader_out"]

    assert [(one["model"], one["value"], one["low"]) for one in found["lines"]] == [
        ("model-a", 1.0, 1.0),
        ("model-b", 0.5, 0.25),
    ]
    said = shell("score", "--leave-one-out", as_json=False).out
    assert "gold: 0.500, n = 2, by 1 reader; without any one between 0.250 and 0.250" in said
    assert "most without Amara Okafor: 0.250 (n = 2; 2 items otherwise, 2 of them no gold" in said


def test_a_pair_is_told_in_words(shell: Shell) -> None:
    """The text says how much, how sure and on how many items."""
    said = shell("score", "--basis", "import", "--pairs", as_json=False).out
    assert "model-a minus model-b, treatment strict_score: +0.750" in said
    assert "n = 2, better with a chance of 1.00" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--basis", "import", "--against", "1"), "rests on no release"),
        (("--basis", "corrected", "--groups", "images"), "People graded too little of a group"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    shell: Shell, words: tuple[str, ...], told: str
) -> None:
    """Imported has no release to compare; a corrected group has too few grades."""
    run = shell("score", *words)
    assert run.status == 1
    assert told in run.data["error"]["message"]
