"""The guideline verbs: published from a file, listed, shown, acknowledged."""

from __future__ import annotations

from pathlib import Path

from tests.builders import item_line, write_items
from tests.commands.running import Shell


def test_guidelines_go_by_command_line(tmp_path: Path) -> None:
    """Published twice from a file, acknowledged, and bound to the reading that follows."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", write_items(tmp_path / "in", [item_line("001", images=[])]))
    shell.done("people", "add", "amara", "--role", "reviewer")
    shell.done("round", "create", "first", "--readers", "1", "--person", "amara")
    file = tmp_path / "guide.md"
    file.write_bytes("\ufeff# Lesen\r\n\r\nErst die Bilder \u2013 dann der Text.\n".encode())

    first = shell.done("guideline", "add", file)
    file.write_text("# Lesen\n\nErst der Text.\n", encoding="utf-8")
    second = shell.done("guideline", "add", file, "--note", "other order")

    assert (first["number"], second["number"], second["note"]) == (1, 2, "other order")
    shown = shell.done("guideline", "show", "1")
    assert shown["text"] == "# Lesen\n\nErst die Bilder \u2013 dann der Text."
    refused = shell("review", "next", "--person", "amara", "--round", "first")
    assert (refused.status, refused.data["error"]["rule"]) == (1, "unread_guideline")
    shell.done("guideline", "acknowledge", "2", "--person", "amara")
    assert shell.done("review", "next", "--person", "amara", "--round", "first")["item_id"]
    versions = shell.done("guideline", "list")["guidelines"]
    assert [(v["number"], v["acknowledged_by"], v["readings"]) for v in versions] == [
        (2, 1, 0),
        (1, 0, 0),
    ]
    assert shell.done("guideline", "readings", "0") == {"readings": []}


def test_html_is_published_as_text_and_its_publisher_is_told(tmp_path: Path) -> None:
    """The first tag is named; an arrow, a comparison or an address in brackets is none."""
    shell = Shell(tmp_path)
    shell.done("init")
    file = tmp_path / "guide.md"
    file.write_text("# Read\n\nFirst <b class='x'>the images</b>.\n", encoding="utf-8")
    said = shell("guideline", "add", file)
    assert said.data["warning"].startswith("\"<b class='x'>\" is HTML, which readers see as")
    assert said.data["warning"] in said.err
    file.write_text(
        "# Read\n\nIf CD4 < 200 -> AIDS, x<y>z? <https://orpha.net>\n", encoding="utf-8"
    )
    plain = shell("guideline", "add", file)
    assert (plain.data["warning"], plain.err) == ("", "")


def test_a_file_that_is_no_text_is_refused_and_nothing_is_published(tmp_path: Path) -> None:
    """Not there, not UTF-8, empty, or too long: a refusal in plain words, no traceback."""
    shell = Shell(tmp_path)
    shell.done("init")
    for name, content in (("a.md", b"\xff\xfe\x00"), ("b.md", b" \n"), ("c.md", b"x" * 500_000)):
        (tmp_path / name).write_bytes(content)
        run = shell("guideline", "add", tmp_path / name)
        assert (run.status, run.data["error"]["rule"]) == (1, "bad_input")
    assert shell("guideline", "add", tmp_path / "none.md").status == 1
    assert shell.done("guideline", "list") == {"guidelines": []}
    assert shell("guideline", "show", "1").status == 1
