"""Duplicates by command line: groups in words, or whole as JSON."""

from __future__ import annotations

from pathlib import Path

from tests.builders import item_line, write_items
from tests.commands.running import Shell

SAME = [{"path": "one.png", "caption": ""}]


def study(tmp_path: Path, second: str) -> Shell:
    """Give a study of two cases, of which the second shows a picture."""
    shell = Shell(tmp_path)
    shell.done("init")
    other = [{"path": second, "caption": ""}]
    lines = [
        item_line("001", case="case-1", context="A man.", images=SAME),
        item_line("002", case="case-2", context="A girl fell.", images=other),
    ]
    shell.done("import", write_items(tmp_path / "in", lines))
    return shell


def test_groups_are_listed_with_what_ties_them(tmp_path: Path) -> None:
    """As one JSON object, and in lines."""
    shell = study(tmp_path, "one.png")
    found = shell.done("duplicates")
    (group,) = found["groups"]
    assert (found["items"], group["scope"]) == (2, "across")
    assert group["items"] == ["test/diagnosis/001", "test/diagnosis/002"]
    assert [match["kind"] for match in group["matches"]] == ["same_image"]
    assert found["of"]["test/diagnosis/002"] == {"case_id": "case-2", "track": "diagnosis"}
    said = shell("duplicates", as_json=False)
    assert said.status == 0
    assert "Groups across cases: 1, within one case: 0." in said.out
    assert "the same picture: test/diagnosis/001 image 1, test/diagnosis/002 image 1" in said.out


def test_a_study_without_duplicates_has_no_groups(tmp_path: Path) -> None:
    """And an empty one neither."""
    assert study(tmp_path / "two", "two.png").done("duplicates")["groups"] == []
    empty = Shell(tmp_path)
    empty.done("init")
    assert empty.done("duplicates")["groups"] == []
