"""The items screen: found, filtered, paged, and each with its story."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.evidence import span_of
from src.domain.leakage import LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, open_page, serve, words


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study without items."""
    serve(bench, monkeypatch, tmp_path)
    return bench


def bring_in(study: Workbench, tmp_path: Path, number: int) -> None:
    """Import so many items; every tenth is of another track."""
    lines = [
        item_line(f"{n:03d}", "treatment" if n % 10 == 9 else "diagnosis", f"case-{n}", images=[])
        for n in range(number)
    ]
    study.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))


def test_an_empty_study_says_where_items_come_from(study: Workbench) -> None:
    """Nothing imported yet: one sentence, no table."""
    page = open_page("items", "lena")
    assert "Nothing is imported yet" in page.info[0].value


def test_a_long_list_is_read_page_by_page(study: Workbench, tmp_path: Path) -> None:
    """Thirty items: 25 on the first page, 5 on the second, which the address names."""
    bring_in(study, tmp_path, 30)
    page = open_page("items", "lena")
    opened = [b for b in page.button if str(b.key).startswith("open-")]
    assert len(opened) == 25
    button(page, "Next page").click().run()
    opened = [b for b in page.button if str(b.key).startswith("open-")]
    assert len(opened) == 5
    assert page.query_params["after"]


def test_search_and_track_narrow_the_list(study: Workbench, tmp_path: Path) -> None:
    """A part of an id and a track both narrow it; what fits nothing says so."""
    bring_in(study, tmp_path, 12)
    page = open_page("items", "lena")
    page.selectbox(key="chosen-track").select("treatment").run()
    assert [b.key for b in page.button if str(b.key).startswith("open-")] == [
        "open-test/treatment/009"
    ]
    page.text_input(key="q").input("no such id").run()
    assert "No item fits" in page.info[0].value


def test_an_items_story_holds_its_versions_rounds_and_releases(
    study: Workbench, tmp_path: Path
) -> None:
    """After a release the story names the round and the release, and shows text as written."""
    lines = [item_line("001", context="Ring of *Kayser* & $x$ <b>bold</b>")]
    study.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(study)
    read_all(study, "amara")
    read_all(study, "benoit")
    study.releasing.release(actor("lena"))
    page = open_page("items", "lena", item="test/diagnosis/001")
    shown = words(page)
    assert "Ring of *Kayser* & $x$ <b>bold</b>" in shown
    tables = {frame.proto.id or n: frame.value for n, frame in enumerate(page.dataframe)}
    columns = [list(frame.columns) for frame in tables.values()]
    assert ["Round", "Item version", "Rubric version", "Readings missing"] in columns
    assert ["Release", "Status", "Settled by"] in columns


def test_an_unknown_item_is_a_sentence_with_a_way_back(study: Workbench, tmp_path: Path) -> None:
    """An address made by hand leads to no traceback."""
    bring_in(study, tmp_path, 1)
    page = open_page("items", "lena", item="test/diagnosis/999")
    assert "There is no item" in page.warning[0].value
    button(page, "Back to the list").click().run()
    assert "item" not in page.query_params


def test_a_reviewer_sees_no_items_here(study: Workbench, tmp_path: Path) -> None:
    """Reviewers see items in their rounds only."""
    bring_in(study, tmp_path, 1)
    page = open_page("items", "amara", item="test/diagnosis/000")
    assert "does not hold it" in page.info[0].value
    assert "Erdheim" not in words(page)


def test_readings_of_an_older_version_are_marked_as_such(study: Workbench, tmp_path: Path) -> None:
    """After masks the round stays bound to the version it read, and the story says so."""
    bring_in(study, tmp_path, 1)
    item_id = "test/diagnosis/000"
    open_round(study)
    read_all(study, "amara")
    read_all(study, "benoit")
    assert "which is not the newest" not in words(open_page("items", "lena", item=item_id))
    place = LeakPlace(field="context", span=span_of("context", item_line("0")["context"], 2, 13))
    kind = LeakKind.ANSWER_IN_TEXT
    masks = study.masking.flag(actor("lena"), item_id, kind, place, "too old").masks
    study.masking.apply(actor("lena"), item_id, [mask.mask_id for mask in masks])
    page = open_page("items", "lena", item=item_id)
    assert "first asks version 1, which is not the newest" in words(page).replace("\\", "")
    tables = [frame.value for frame in page.dataframe]
    assert [list(table["By"]) for table in tables if "By" in table] == [["Masks", "Import"]]
