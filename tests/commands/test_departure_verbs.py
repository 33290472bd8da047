"""A reader who leaves, by command line."""

from __future__ import annotations

from pathlib import Path

from tests.builders import item_line, write_items
from tests.commands.running import Shell


def test_a_part_is_ended_changed_listed_and_taken_back(tmp_path: Path) -> None:
    """Readers are named by id for the lead; what makes no sense is refused."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", write_items(tmp_path / "in", [item_line("001", images=[])]))
    for person in ("amara", "benoit"):
        shell.done("people", "add", person, "--role", "reviewer")
    people = ("--person", "amara", "--person", "benoit")
    shell.done("round", "create", "first", "--readers", "1", *people)
    shell.done("review", "next", "--person", "amara", "--round", "first")

    ended = shell.done("round", "end-part", "first", "amara", "--keep", "--reason", "Left")
    assert (ended["part"], ended["readings"]) == ("kept", 0)
    assert shell.done("review", "next", "--person", "benoit", "--round", "first")["item_id"]
    changed = shell.done("round", "end-part", "first", "amara", "--leave-out", "--reason", "x")
    assert changed["part"] == "left_out"
    (left,) = shell.done("round", "left", "first")["left"]
    assert (left["person"], left["number"], left["by"]) == ("amara", 1, "operator")
    back = shell.done("round", "take-back", "first", "amara", "--reason", "Stays")
    assert back["persons"] == ["amara", "benoit"]
    assert shell.done("round", "left", "first") == {"left": []}
    assert shell("round", "take-back", "first", "amara", "--reason", "x").status == 1
    assert shell("round", "left", "none").status == 1
    assert shell.done("verify")["intact"] is True


def test_the_release_verb_says_who_left(tmp_path: Path) -> None:
    """By number, and whether what they read counts; neither a name nor the reason."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", write_items(tmp_path / "in", [item_line("001", images=[])]))
    for person in ("amara", "benoit"):
        shell.done("people", "add", person, "--role", "reviewer")
    people = ("--person", "amara", "--person", "benoit")
    shell.done("round", "create", "first", "--readers", "1", *people)
    shell.done("round", "end-part", "first", "amara", "--leave-out", "--reason", "Moved")
    item = shell.done("review", "next", "--person", "benoit", "--round", "first")
    review = {
        "claims": [{"claim_id": c["claim_id"], "verdict": "supported"} for c in item["claims"]],
        "checks": {"answer_correct": "yes"},
        "recommendation": "accept",
        "confidence": "high",
    }
    sent = {
        "round": "first",
        "item_id": item["item_id"],
        "item_version": 1,
        "idempotency_key": "k",
        "review": review,
    }
    shell.done("review", "submit", "--person", "benoit", shell.write("r.json", sent))

    made = shell("release", as_json=False).out

    assert "Reader 1 left the round 'first'; their 0 readings do not count." in made
    assert "amara" not in made
    assert "Moved" not in made
