"""The Orphanet file and the names people add, by command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import Shell

FILE = (
    "orpha_code\tpreferred_term\tsynonyms\n"
    "35687\tErdheim-Chester disease\tPolyostotic histiocytosis\n"
    "160\tCastleman disease\t\n"
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give an empty study and its command line."""
    made = Shell(tmp_path)
    made.done("init")
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a small Orphanet file."""
    path = tmp_path / "orphanet.tsv"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_file_is_taken_over_and_looked_up(shell: Shell, file: Path) -> None:
    taken = shell.done("orphanet", file)
    assert (taken["entities"], taken["names"], taken["changed"]) == (2, 3, True)
    assert shell.done("orphanet", file)["changed"] is False
    assert [f["orpha_code"] for f in shell.done("orphanet", "--find", "erd")["found"]] == ["35687"]
    said = shell("orphanet", "--find", "castelman", as_json=False)
    assert said.out == "did you mean ORPHA:160  Castleman disease\n"


def test_without_a_file_a_look_up_says_so(shell: Shell) -> None:
    said = shell("orphanet", "--find", "erd", as_json=False)
    assert "No Orphanet file is in force" in said.out
    assert shell.done("orphanet", "--find", "erd") == {"found": []}


def test_a_malformed_file_is_refused_with_line_and_rule(shell: Shell, file: Path) -> None:
    file.write_text(FILE + "x\tA\t\n", encoding="utf-8")
    run = shell("orphanet", file)
    assert run.status == 1
    (problem,) = run.data["error"]["problems"]
    assert (problem["line"], problem["column"], problem["rule"]) == (4, "orpha_code", "bad_code")


def test_without_a_path_the_configured_file_is_taken_over(
    shell: Shell, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And doctor says which file is in force, and what is wrong with the setting."""
    monkeypatch.delenv("RARE_REVIEW_ORPHANET_FILE", raising=False)
    assert shell("orphanet").data["error"]["message"].startswith("Name an Orphanet file")
    assert shell.done("doctor")["settings"]["ontology"].startswith("none")

    monkeypatch.setenv("RARE_REVIEW_ORPHANET_FILE", str(file))
    run = shell("doctor")
    assert run.status == 1
    assert "run 'manage.py orphanet'" in run.data["problems"][0]
    assert shell.done("orphanet")["entities"] == 2
    said = shell.done("doctor")["settings"]["ontology"]
    assert said.startswith("orphanet.tsv, 2 entities, sha256 ")
    assert "Orphanet / Orphadata, INSERM, CC BY 4.0" in said

    monkeypatch.setenv("RARE_REVIEW_ORPHANET_FILE", str(file) + ".none")
    assert "which is no file" in shell("doctor").data["problems"][0]


def test_people_add_names_and_take_them_back(shell: Shell, file: Path) -> None:
    shell.done("orphanet", file)
    shell.done("people", "add", "amara", "--role", "reviewer")
    added = shell.done("alias", "add", "ORPHA:35687", "ECD", "--person", "amara")["alias"]
    assert (added["subject"], added["text"], added["person"]) == ("orpha:35687", "ECD", "amara")
    assert shell.done("alias", "list")["aliases"] == [added]
    said = shell("orphanet", "--find", "ecd", as_json=False)
    assert said.out == "ORPHA:35687  Erdheim-Chester disease (ECD)\n"
    shell.done("alias", "withdraw", "ORPHA:35687", "ECD", "--person", "amara")
    assert shell.done("alias", "list", "ORPHA:35687")["aliases"] == []
    assert shell("alias", "add", "ORPHA:1", "A", "--person", "amara").status == 1
    assert shell.done("verify")["intact"] is True
