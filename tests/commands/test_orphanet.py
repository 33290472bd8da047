"""The Orphanet file and the names people add, by command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.ontology import code_doubt
from tests.builders import item_line, write_items
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


def test_a_look_up_shows_synonyms_added_names_and_parents(shell: Shell, tmp_path: Path) -> None:
    """As words and as JSON; a parent that has no entry is named by its code."""
    table = tmp_path / "family.tsv"
    table.write_text(
        "orpha_code\tpreferred_term\tsynonyms\tparents\n"
        "35687\tErdheim-Chester disease\tECD; Polyostotic sclerosing histiocytosis\t1234;98293\n"
        "98293\tHistiocytosis\t\t\n",
        encoding="utf-8",
    )
    shell.done("orphanet", table)
    shell.done("people", "add", "amara")
    shell.done("alias", "add", "ORPHA:35687", "Lipoid granulomatosis", "--person", "amara")
    (found,) = shell.done("orphanet", "--find", "erdheim")["found"]
    assert found["synonyms"] == ["ECD", "Polyostotic sclerosing histiocytosis"]
    assert found["aliases"] == ["Lipoid granulomatosis"]
    terms = {one["orpha_code"]: one["term"] for one in found["parents"]}
    assert terms == {"98293": "Histiocytosis", "1234": ""}
    said = shell("orphanet", "--find", "erdheim", as_json=False).out
    assert "also: ECD; Polyostotic sclerosing histiocytosis" in said
    assert "ORPHA:98293 Histiocytosis" in said


def test_an_import_notes_codes_that_the_file_in_force_does_not_use(
    shell: Shell, tmp_path: Path
) -> None:
    """The items are stored all the same; without a file, or on codes in use, nothing is said."""
    table = tmp_path / "codes.tsv"
    table.write_text(
        "orpha_code\tpreferred_term\tsynonyms\n35687\tErdheim-Chester disease\t\n"
        "11\tOBSOLETE: Old disease\t\n",
        encoding="utf-8",
    )
    codes = ["35687", "ORPHA:11", "13", "none", ""]
    lines = [
        item_line(str(n), case=f"case-{n}", images=[], orpha_code=code)
        for n, code in enumerate(codes)
    ]
    file = write_items(tmp_path / "in", lines)
    (before,) = shell.done("import", file)["files"]
    assert (before["new"], before["notes"]) == (5, [])
    shell.done("orphanet", table)
    for given in (["--dry-run"], []):
        (report,) = shell.done("import", file, *given)["files"]
        noted = [(note["line"], note["rule"]) for note in report["notes"]]
        assert report["unchanged"] == 5
        assert noted == [(2, "orpha_obsolete"), (3, "orpha_unknown"), (4, "orpha_unknown")]
    assert "3 notes, nothing was refused" in shell("import", file, as_json=False).out


def test_a_code_that_moved_is_noted_with_the_one_that_stands_for_it() -> None:
    """A code in use is not doubtful."""
    assert code_doubt("ORPHA:35687", ("active", "")) is None
    assert code_doubt("12", ("moved", "35687")) == (
        "orpha_moved",
        "ORPHA:12 is moved in the Orphanet file in force; ORPHA:35687 stands for it now.",
    )


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
    assert said.out.splitlines() == [
        "ORPHA:35687  Erdheim-Chester disease (ECD)",
        "    also: Polyostotic histiocytosis",
        "    added here: ECD",
    ]
    shell.done("alias", "withdraw", "ORPHA:35687", "ECD", "--person", "amara")
    assert shell.done("alias", "list", "ORPHA:35687")["aliases"] == []
    assert shell("alias", "add", "ORPHA:1", "A", "--person", "amara").status == 1
    assert shell.done("verify")["intact"] is True
