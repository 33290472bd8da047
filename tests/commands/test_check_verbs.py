"""Repeats and planted errors on the command line: proposed, approved, counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from src.commands.console import REFUSED
from tests.builders import item_line, write_items
from tests.commands.running import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a study with eight items and two readers."""
    shell = Shell(tmp_path)
    shell.done("init")
    lines = [
        item_line(f"{n:03}", case=f"c{n}", images=[], answer=f"Disease {n}", orpha_code=str(n + 1))
        for n in range(8)
    ]
    shell.done("import", write_items(tmp_path / "in", lines))
    for person in ("amara", "benoit"):
        shell.done("people", "add", person)
    return shell


CREATE = ("round", "create", "first", "--readers", "2", "--person", "amara", "--person", "benoit")


def test_errors_are_proposed_approved_and_planted(shell: Shell, tmp_path: Path) -> None:
    """What was printed goes back as it is; the proposal opens nothing."""
    proposed = shell.done(*CREATE, "--planted-errors", "0.25", "--seed", "5")
    assert (proposed["opened"], proposed["seed"], len(proposed["plants"])) == (False, 5, 2)
    assert proposed["known_to_readers"] == []
    assert shell.done("round", "list")["rounds"] == []
    file = shell.write("plants.json", proposed)
    made = shell.done(*CREATE, "--plants", file, "--seed", "5", "--repeats", "0.1")
    assert (made["planted_errors"], made["repeats"], made["wash_out_days"]) == (0.25, 0.1, 14)
    found = shell.done("round", "planted", "first")
    assert [one["item_id"] for one in found["errors"]] == sorted(
        one["item_id"] for one in proposed["plants"]
    )
    assert found["all"] == {"found": 0, "read": 0, "share": None, "low": None, "high": None}
    nothing = {"called_wrong": 0, "read": 0, "share": None, "low": None, "high": None}
    assert (found["untouched"], found["compared"]) == (nothing, 0)
    assert shell.done("round", "repeats", "first")["drawn"] == 0
    assert shell.done("verify")["problems"] == []

    refused = refused_by(shell, "round", "close", "first")["message"]
    assert "cannot be opened again" in refused
    assert "--for-good" in refused
    assert "is open" in refused_by(shell, "round", "reopen", "first")["message"]
    closed = shell.done("round", "close", "first", "--for-good")
    assert (closed["state"], closed["repeats_given_up"]) == ("closed", 0)


def refused_by(shell: Shell, *words: str | Path) -> Any:
    """Run a verb that must be refused, and return why."""
    run = shell(*words)
    assert run.status == REFUSED, run.out + run.err
    return run.data["error"]


def test_a_file_of_ones_own_is_refused_with_all_that_is_wrong(shell: Shell) -> None:
    """The item, the claim, and a field that is not known."""
    ghost = {"item_id": "test/diagnosis/999", "claim_id": "c1", "wrong_text": "x"}
    claim = {"item_id": "test/diagnosis/001", "claim_id": "c9", "wrong_text": "x"}
    refused = refused_by(shell, *CREATE, "--plants", shell.write("own.json", [ghost, claim]))
    assert len(refused["problems"]) == 2
    odd = refused_by(shell, *CREATE, "--plants", shell.write("odd.json", [{**ghost, "wrong": "x"}]))
    assert "plants.0.wrong" in str(odd["problems"])
    empty = refused_by(shell, *CREATE, "--plants", shell.write("empty.json", []))
    assert "no list" in empty["message"]
    assert shell.done("round", "list")["rounds"] == []
