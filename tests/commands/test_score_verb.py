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
    assert set(found) == {"rows", "orders", "pairs", "groups", "unscored", "warnings"}
    assert shell.done("score", "--basis", "import", "--leave-one-out")["leave_one_out"] == []


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
