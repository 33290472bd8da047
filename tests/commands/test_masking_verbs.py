"""Masks and conditions by command line: listed, proposed, applied, withdrawn, shown, written."""

from __future__ import annotations

from pathlib import Path

from tests.builders import item_line, write_items
from tests.commands.running import Shell

ITEM = "test/diagnosis/001"
CONTEXT = "Biopsy showed Erdheim-Chester disease."


def study(tmp_path: Path) -> Shell:
    """Give a study of one leaky item and its lead."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", write_items(tmp_path / "in", [item_line("001", context=CONTEXT)]))
    shell.done("people", "add", "lena", "--role", "lead")
    shell.done("people", "add", "amara", "--role", "reviewer")
    return shell


def test_masks_go_by_command_line(tmp_path: Path) -> None:
    """The lead flags, changes, applies and withdraws; others are refused with status 1."""
    shell = study(tmp_path)
    place = ["--kind", "answer_in_text", "--field", "context", "--quote", "Erdheim-Chester disease"]
    flag = ["mask", "flag", ITEM, *place, "--reason", "the answer"]
    assert shell(*flag, "--person", "amara").status == 1
    (mask,) = shell.done(*flag, "--person", "lena")["masks"]
    shell.done("mask", "change", mask["mask_id"], "--replacement", "it", "--person", "lena")
    compared = shell.done("mask", "compare", ITEM)
    assert compared["texts"][0]["after"] == "Biopsy showed it."
    assert shell.done("mask", "apply", ITEM, "--person", "lena")["version"] == 2
    listed = shell.done("mask", "list", ITEM)
    assert (listed["version"], listed["standing"]) == (2, [])
    assert shell.done("item", ITEM)["context"] == "Biopsy showed it."
    back = shell.done("mask", "withdraw", ITEM, "--person", "lena", "--reason", "a test")
    assert back["version"] == 3
    assert shell.done("item", ITEM)["context"] == CONTEXT
    assert shell.done("mask", "propose", ITEM, "--person", "lena")["masks"] == []
    assert shell.done("verify")["problems"] == []


def test_a_round_that_asks_the_old_version_is_named_and_stopped_or_moved_on(
    tmp_path: Path,
) -> None:
    """By the answer of apply, by the list of rounds, and in one act."""
    shell = study(tmp_path)
    shell.done("round", "create", "first", "--readers", "1", "--person", "amara")
    place = ["--kind", "answer_in_text", "--field", "context", "--quote", "Biopsy"]
    shell.done("mask", "flag", ITEM, *place, "--reason", "it", "--person", "lena")
    (asked,) = shell.done("mask", "apply", ITEM, "--person", "lena")["rounds"]
    assert (asked["round"], asked["asked"], asked["missing"]) == ("first", 1, 1)
    (listed,) = shell.done("round", "list")["rounds"]
    assert (listed["outdated"], listed["stopped"]) == (1, 0)
    moved = shell.done("round", "stop", "first", "--into", "again")
    assert [one["item_id"] for one in moved["stopped"]] == [ITEM]
    assert (moved["into"]["name"], moved["into"]["items"]) == ("again", 1)
    assert shell("round", "stop", "first").status == 1
    shell.done("round", "put-back", "first", ITEM)
    stopped = shell.done("round", "stop", "first", "--item", ITEM)
    assert stopped["into"] is None


def test_a_box_on_an_image_is_flagged_by_its_numbers(tmp_path: Path) -> None:
    """One that leaves the image, or is no box, is refused."""
    shell = study(tmp_path)
    flag = ["mask", "flag", ITEM, "--kind", "answer_in_image", "--reason", "burned in"]
    flag += ["--person", "lena", "--image"]
    assert shell(*flag, "3", "--box", "1,2,3,4").status == 1
    assert shell(*flag, "1", "--box", "1,2,3").status == 1
    assert shell(*flag, "1", "--box", "1,2,300,4").status == 1
    shell.done(*flag, "1", "--box", "1,2,3,4")
    before = shell.done("item", ITEM)["images"][0]["sha256"]
    shell.done("mask", "apply", ITEM, "--person", "lena")
    assert shell.done("item", ITEM)["images"][0]["sha256"] != before


def test_conditions_go_by_command_line(tmp_path: Path) -> None:
    """Of one item, or of all as a file; anything else is refused in words."""
    shell = study(tmp_path)
    assert shell.done("condition", ITEM, "--as", "nodx")["context"] == "Biopsy showed [withheld]."
    assert shell.done("condition", ITEM, "--as", "text")["images"] == []
    out = tmp_path / "out"
    (file,) = shell.done("condition", "--as", "full", "--out", out)["files"]
    assert (file["items"], file["images"]) == (1, 2)
    assert (out / file["path"]).is_file()
    assert shell("condition", ITEM, "--as", "half").status == 1
    assert shell("condition", "--as", "full").status == 1
    assert shell("condition", "test/diagnosis/999").status == 1
