"""`manage.py match-queue`: what waits, and what people say of it, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import item_line, write_items
from tests.commands.running import Shell

ITEM = "test/diagnosis/001"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a study with one diagnosis and one answer that needs a person."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", write_items(tmp_path / "in", [item_line("001", images=[], criteria=[])]))
    shell.done("people", "add", "emil", "--name", "Emil", "--role", "evaluator")
    shell.done("people", "add", "amara", "--name", "Amara", "--role", "reviewer")
    path = tmp_path / "answers.csv"
    path.write_text("index,prediction\n001,Erdheim disease\n", encoding="utf-8")
    shell.done("predictions", path, "--model", "m", "--track", "diagnosis")
    return shell


def strict(shell: Shell) -> float | None:
    """Return the model's strict score as imported."""
    [row] = shell.done("score", "--basis", "import")["rows"]
    value: float | None = row["value"]
    return value


def test_a_name_waits_is_accepted_and_taken_back(shell: Shell) -> None:
    """Each step shows in the score, and the chain proves it."""
    found = shell.done("match-queue", "list")
    assert [(n["item_id"], n["name"], n["models"]) for n in found["names"]] == [
        (ITEM, "Erdheim disease", ["m"])
    ]
    assert strict(shell) is None

    said = shell.done("match-queue", "accept", ITEM, "Erdheim disease", "--person", "emil")
    assert (said["ruling"]["ruling"], said["ruling"]["person"]) == ("accepted", "emil")
    assert strict(shell) == 1.0
    assert shell.done("match-queue", "list")["names"] == []
    assert len(shell.done("match-queue", "list", "--ruled")["rulings"]) == 1
    assert shell.done("match-queue", "list", "--ruled", "--after", ITEM)["rulings"] == []

    shell.done("match-queue", "reject", ITEM, "Erdheim disease", "--person", "emil")
    assert strict(shell) == 0.0
    shell.done("match-queue", "reopen", ITEM, "Erdheim disease", "--person", "emil")
    assert strict(shell) is None
    assert shell.done("verify")["intact"]


def test_a_reader_and_a_name_that_is_not_open_are_refused(shell: Shell) -> None:
    """Status 1 and the rule."""
    refused = shell("match-queue", "accept", ITEM, "Erdheim disease", "--person", "amara")
    assert (refused.status, refused.data["error"]["rule"]) == (1, "not_allowed")
    refused = shell("match-queue", "accept", ITEM, "Gout", "--person", "emil")
    assert (refused.status, refused.data["error"]["rule"]) == (1, "bad_input")


def test_the_list_tells_how_many_models_it_does_not_name(shell: Shell, tmp_path: Path) -> None:
    """Eleven models gave the name; five are named, and the item is one verb away."""
    for n in range(10):
        path = tmp_path / f"{n}.csv"
        path.write_text("index,prediction\n001,Erdheim disease\n", encoding="utf-8")
        shell.done("predictions", path, "--model", f"n{n}", "--track", "diagnosis")

    said = shell("match-queue", "list", as_json=False).out

    assert "11 answers (m, n0, n1, n2, n3 and 6 more)" in said
    assert f"manage.py item {ITEM}" in said
    assert len(shell.done("match-queue", "list")["names"][0]["models"]) == 5


def test_pages_of_the_list_lead_on(shell: Shell, tmp_path: Path) -> None:
    """Also among the names of one item; so do the rulings."""
    path = tmp_path / "other.csv"
    path.write_text("index,prediction\n001,Chester disease\n", encoding="utf-8")
    shell.done("predictions", path, "--model", "n", "--track", "diagnosis")

    first = shell.done("match-queue", "list", "--size", "1")
    second = shell.done("match-queue", "list", "--size", "1", "--after", first["after"])

    assert first["after"] == f"{ITEM}#1"
    assert [n["name"] for p in (first, second) for n in p["names"]] == [
        "Erdheim disease",
        "Chester disease",
    ]
    assert second["after"] == ""
    for name in ("Erdheim disease", "Chester disease"):
        shell.done("match-queue", "reject", ITEM, name, "--person", "emil")
    first = shell.done("match-queue", "list", "--ruled", "--size", "1")
    second = shell.done("match-queue", "list", "--ruled", "--size", "1", "--after", first["after"])
    assert [r["name"] for p in (first, second) for r in p["rulings"]] == [
        "Chester disease",
        "Erdheim disease",
    ]
    assert second["after"] == ""
