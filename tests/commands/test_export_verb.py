"""The verb export: every format from the command line, and what it says of what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from src.domain.evidence import ImageBox
from src.domain.exports import ExportFormat
from src.domain.people import OPERATOR
from src.domain.review import ClaimReading, Verdict
from src.services.workbench import open_workbench
from tests.builders import actor, add_people, full_reading, item_line, open_round, write_items
from tests.commands.running import Shell


def line_of(index: str, licence: str | None) -> dict[str, Any]:
    """Return an item of a case of its own."""
    return {**item_line(index), "case": {"case_id": f"case-{index}", "licence": licence}}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a study with a release of two items, one of unknown licence, with a box on each."""
    shell = Shell(tmp_path)
    shell.done("init")
    lines = [line_of("1", "CC BY 4.0"), line_of("2", None)]
    shell.done("import", write_items(tmp_path / "in", lines))
    bench = open_workbench(f"sqlite:///{tmp_path / 'review.db'}", str(tmp_path / "images"))
    add_people(bench)
    open_round(bench, persons=("amara",))
    while (task := bench.reviewing.next_item(actor("amara"), "first")) is not None:
        shown = task.item.content.images[0].sha256
        box = ImageBox(sha256=shown, x=1, y=1, width=9, height=9)
        claim = ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, evidence=(box,))
        bench.reviewing.submit(
            actor("amara"),
            "first",
            task.item.item_id,
            full_reading(task.item, claims=(claim,)),
            item_version=1,
            idempotency_key=task.item.item_id,
        )
    bench.releasing.release(OPERATOR)
    bench.close()
    return shell


@pytest.mark.parametrize("format", list(ExportFormat))
def test_every_format_is_written_and_its_files_named(
    shell: Shell, tmp_path: Path, format: ExportFormat
) -> None:
    """Path, hash and rows of each; the manifest is the last."""
    words = ("export", "--release", "1", "--format", format.value, "--out", tmp_path / "out")
    done = shell.done(*words)
    assert done["format"] == format.value
    assert all((tmp_path / "out" / file["path"]).is_file() for file in done["files"])
    assert all(len(file["sha256"]) == 64 and file["rows"] >= 0 for file in done["files"])
    assert done["files"][-1]["path"].startswith("manifest-")
    assert shell.done(*words)["files"] == done["files"]


def test_images_of_unknown_licence_are_named_with_the_way_to_leave_them_out(
    shell: Shell, tmp_path: Path
) -> None:
    """In words and under --json."""
    words = ("export", "--release", "1", "--format", "coco", "--out", tmp_path / "out")
    said = shell(*words, as_json=False).out
    assert "of unknown licence: 2 images; --known-licences-only leaves them out" in said
    done = shell.done(*words)
    assert (done["images"], done["unknown"], done["images_left_out"]) == (2, 2, {})
    fewer = shell.done(*words, "--known-licences-only")
    assert (fewer["unknown"], fewer["images_left_out"]) == (0, {"no licence is given": 2})
    manifest = json.loads((tmp_path / "out" / "manifest-coco.json").read_text(encoding="utf-8"))
    assert manifest["choices"]["known_only"] is True


def test_images_are_files_where_that_is_asked_for(shell: Shell, tmp_path: Path) -> None:
    """Of the VLMEvalKit tables only."""
    words = ("export", "--release", "1", "--out", tmp_path / "out", "--images", "files")
    done = shell.done(*words, "--format", "vlmevalkit")
    paths = [file["path"] for file in done["files"]]
    assert "MMrarebench/diagnosis/images/1--1.png" in paths
    assert shell(*words, "--format", "hf").data["error"]["rule"] == "bad_input"


def test_a_format_that_does_not_exist_is_wrong_usage_and_the_others_are_named(
    shell: Shell, tmp_path: Path
) -> None:
    """So that a slip of the pen is seen at once."""
    run = shell("export", "--release", "1", "--format", "parquet", "--out", tmp_path / "out")
    assert (run.status, run.data["error"]["rule"]) == (2, "usage")
    assert all(format.value in run.err for format in ExportFormat)
