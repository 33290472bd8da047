"""Import: exact, all or nothing, the same file twice changes nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.database import Database
from db.models import Base
from src.domain.errors import NotAllowedError, ReviewToolError
from src.domain.people import OPERATOR
from src.services.importing import ImportProgress
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, png, read_all, write_items

TRICKY = (
    "Knochen \u0065\u0301 é 🦴 \u202eabc\u202c\r\nline two\u2028 three\t\x85 'DROP TABLE'; %s {0}"
)


def counts(database: Database) -> dict[str, int]:
    """Return the number of rows of every table."""
    with database.reading() as t:
        return {
            name: t.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def state(bench: Workbench, tmp_path: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return all row counts, and every file of the image store with its hash."""
    files = sorted(p for p in (tmp_path / "images").rglob("*") if p.is_file() and p.name != "lock")
    hashes = [(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files]
    return counts(bench.database), hashes


def test_the_same_file_twice_changes_nothing(bench: Workbench, tmp_path: Path) -> None:
    """Row counts of every table and the image store are the same after the second time."""
    path = write_items(tmp_path / "in", [item_line("001"), item_line("002", case="case-2")])
    bench.importing.store_file(OPERATOR, path)
    before = state(bench, tmp_path)
    report = bench.importing.store_file(OPERATOR, path)
    assert (report.new, report.changed, report.unchanged) == (0, 0, 2)
    assert state(bench, tmp_path) == before


def test_a_changed_item_is_a_new_version_and_reviews_stay_with_the_old(
    bench: Workbench, tmp_path: Path
) -> None:
    """Of two items one changed; the reading of version 1 is still a reading of version 1."""
    first = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", first))
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    changed = [item_line("001", context="Another context."), first[1]]
    report = bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", changed))
    assert (report.new, report.changed, report.unchanged) == (0, 1, 1)
    assert bench.browsing.item(OPERATOR, "test/diagnosis/001").item.version == 2
    kept = bench.reviewing.own_review(actor("amara"), "first", "test/diagnosis/001")
    assert kept is not None
    assert kept.item_version == 1
    task = bench.reviewing.task(actor("amara"), "first", "test/diagnosis/001")
    assert (task.item.version, task.item.content.context) == (1, first[0]["context"])
    open_round(bench, "second", ("dalia",))
    assert (
        bench.reviewing.task(
            actor("dalia"), "second", next_id(bench, "dalia", "second")
        ).item.version
        == 2
    )
    assert bench.browsing.verify(OPERATOR).problems == ()


def next_id(bench: Workbench, person: str, round_name: str) -> str:
    """Return the id of a reader's next item."""
    task = bench.reviewing.next_item(actor(person), round_name)
    assert task is not None
    return task.item.item_id


def criteria(bench: Workbench) -> dict[str, str]:
    """Return text -> id of the newest rubric."""
    item = bench.browsing.item(OPERATOR, "test/diagnosis/001").item
    return {criterion.text: criterion.criterion_id for criterion in item.criteria}


def lines_of(*texts: str) -> list[dict[str, Any]]:
    """Return an item with these criteria."""
    return [item_line("001", images=[], criteria=[{"key": "k", "text": text} for text in texts])]


def test_criteria_keep_their_ids_over_versions_and_old_ids_never_return(
    bench: Workbench, tmp_path: Path
) -> None:
    """Same text, reworded text, new text, and a text dropped long ago whose number is not reused."""  # noqa: E501
    folder = tmp_path / "in"
    bench.importing.store_file(
        OPERATOR, write_items(folder, lines_of("Names the disease", "Asks for BRAF"))
    )
    bench.importing.store_file(OPERATOR, write_items(folder, lines_of("Names the diseases")))
    assert criteria(bench) == {"Names the diseases": "k1"}
    bench.importing.store_file(
        OPERATOR, write_items(folder, lines_of("Wants a scan", "Names the diseases"))
    )
    assert criteria(bench) == {"Wants a scan": "k3", "Names the diseases": "k1"}


def test_one_bad_row_of_many_stores_nothing(bench: Workbench, tmp_path: Path) -> None:
    """Twenty good items and one with a broken image: no row, no image; the problem is named."""
    path = write_items(tmp_path / "in", [item_line(f"{n:03}") for n in range(20)])
    (tmp_path / "in" / "013-2.png").write_bytes(png(1)[:400])
    before = state(bench, tmp_path)
    report = bench.importing.store_file(OPERATOR, path)
    assert report.problem_count == len(report.problems) == 1
    assert (report.problems[0].line, report.problems[0].column) == (14, "images[1].path")
    assert state(bench, tmp_path) == before


def test_a_dry_run_stores_nothing_and_counts_what_would_be(
    bench: Workbench, tmp_path: Path
) -> None:
    """Everything but storing."""
    path = write_items(tmp_path / "in", [item_line("001")])
    before = state(bench, tmp_path)
    report = bench.importing.store_file(OPERATOR, path, dry_run=True)
    assert (report.new, report.images) == (1, 2)
    assert state(bench, tmp_path) == before


def test_an_import_stopped_in_the_middle_changes_nothing(bench: Workbench, tmp_path: Path) -> None:
    """Stopped as late as can be: when all is read and storing would begin."""
    path = write_items(tmp_path / "in", [item_line(f"{n:03}") for n in range(6)])
    before = state(bench, tmp_path)

    def stop(progress: ImportProgress) -> bool:
        return progress.phase != "storing"

    with pytest.raises(ReviewToolError, match="stopped"):
        bench.importing.store_file(OPERATOR, path, watch=stop)
    assert state(bench, tmp_path) == before


def test_two_items_with_the_same_image_store_it_once(bench: Workbench, tmp_path: Path) -> None:
    """Content addresses images, not names."""
    shared = [{"path": "shared.png"}]
    path = write_items(
        tmp_path / "in", [item_line("001", images=shared), item_line("002", images=shared)]
    )
    report = bench.importing.store_file(OPERATOR, path)
    assert (report.new, counts(bench.database)["image"]) == (2, 1)
    assert len(list((tmp_path / "images").rglob("full.*"))) == 1


def test_text_is_the_same_from_file_to_database_to_export(bench: Workbench, tmp_path: Path) -> None:
    """Decomposed letters, bidi marks, line and paragraph separators, CRLF: code point for code point."""  # noqa: E501
    line = item_line("001", context=TRICKY, question=TRICKY, answer=TRICKY, images=[])
    path = write_items(tmp_path / "in", [line])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert bench.importing.store_file(OPERATOR, path).problems == ()
    content = bench.browsing.item(OPERATOR, "test/diagnosis/001").item.content
    assert (content.context, content.question, content.answer) == (TRICKY, TRICKY, TRICKY)
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(actor("lena"))
    bench.exporting.export(actor("lena"), 1, tmp_path / "out")
    with (tmp_path / "out" / "release-1.jsonl").open(encoding="utf-8", newline="") as lines:
        exported = json.loads(list(lines)[1])
    assert (exported["context"], exported["question"], exported["answer"]) == (TRICKY,) * 3


@pytest.mark.parametrize("index", ["001", "1e5", "NA", "None", "nan", "TRUE", "1-2", "MARCH1", "é"])
def test_an_id_stays_the_string_it_is(bench: Workbench, tmp_path: Path, index: str) -> None:
    """Through a table and out again."""
    path = tmp_path / "diagnosis.tsv"
    cells = [index, "Which disease?", "ECD", "", "[]", "", ""]
    head = "index\tquestion\tanswer\tcontext\timage\tcategory\tORPHA_code"
    path.write_text(head + "\n" + "\t".join(cells) + "\n", encoding="utf-8")
    report = bench.importing.store_file(OPERATOR, path, dataset="d")
    assert report.problems == ()
    assert [i.item_id for i in bench.browsing.items(OPERATOR)] == [f"d/diagnosis/{index}"]


def test_only_a_lead_imports(bench: Workbench, tmp_path: Path) -> None:
    """Readers, adjudicators and evaluators do not."""
    path = write_items(tmp_path / "in", [item_line("001")])
    for person in ("amara", "chen", "emil", "stranger"):
        with pytest.raises(NotAllowedError):
            bench.importing.store_file(actor(person), path)


def test_a_reader_gets_the_rubric_their_round_was_opened_with(
    bench: Workbench, tmp_path: Path
) -> None:
    """A rubric imported later does not change what is being read."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines_of("Names it")))
    open_round(bench, persons=("amara",))
    bench.importing.store_file(
        OPERATOR, write_items(tmp_path / "in", lines_of("Names it", "Asks for BRAF"))
    )
    task = bench.reviewing.next_item(actor("amara"), "first")
    assert task is not None
    assert [c.text for c in task.item.criteria] == ["Names it"]
    assert full_reading(task.item).claims
