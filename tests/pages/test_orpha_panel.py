"""What Orphanet says of an item's code, on the review screen: a look-up, a proposal, a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from src.domain.people import OPERATOR
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import act, button, component, message, open_page, serve, words

ONE, TWO, THREE = (f"test/diagnosis/00{n}" for n in (1, 2, 3))
ODD = "**Rare** :red[histiocytosis]"
TABLE = (
    "orpha_code\tpreferred_term\tsynonyms\tparents\n"
    "35687\tErdheim-Chester disease\tPolyostotic histiocytosis\t158022\n"
    f"158022\t{ODD}\t\t\n"
    "160\tCastleman disease\tAngiofollicular hyperplasia\t\n"
)


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of three items: with a code, with an unknown one, without."""
    lines = [
        item_line("001", orpha_code="ORPHA:35687"),
        item_line("002", case="case-2", orpha_code="99999"),
        item_line("003", case="case-3", orpha_code=""),
    ]
    report = bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    assert report.accepted, report.problems
    serve(bench, monkeypatch, tmp_path)
    return bench


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write a small Orphanet file."""
    path = tmp_path / "orphanet.tsv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def read(study: Workbench, item_id: str = ONE, name: str = "first", **plan: Any) -> AppTest:
    """Ask amara and benoit to read an item, and open it as amara."""
    open_round(study, name, item_ids=(item_id,), **plan)
    return open_page("review", "amara", round=name)


def panel(page: AppTest) -> Any:
    """Return the fold, or None where there is none."""
    found = [e for e in page.expander if "ORPHA" in e.label.replace("\\", "")]
    return found[0] if found else None


def said(page: AppTest) -> list[str]:
    """Return the texts of the fold."""
    return [text.value for text in panel(page).text]


def look_up(page: AppTest, text: str) -> list[str]:
    """Type into the search box and return what is offered."""
    fields = [f for f in page.text_input if f.label.startswith("Another disease")]
    fields[0].set_value(text).run()
    assert not page.exception, page.exception
    return [b.label.replace("\\", "") for b in panel(page).button if "ORPHA" in b.label]


def proposal(study: Workbench, item_id: str = ONE) -> str | None:
    task = study.reviewing.task(actor("amara"), "first", item_id)
    return task.draft.body.proposals.orpha_code


def test_the_code_is_shown_with_term_synonyms_and_parents(study: Workbench, table: Path) -> None:
    study.ontologies.store_file(OPERATOR, table)
    page = read(study)
    label = panel(page).label.replace("\\", "")
    assert label == "ORPHA:35687  Erdheim-Chester disease"
    assert said(page)[:2] == ["Polyostotic histiocytosis", f"{ODD} (ORPHA:158022)"]
    assert "INSERM" in panel(page).caption[-1].value.replace("\\", "")


def test_without_a_file_only_the_code_itself_is_there(study: Workbench) -> None:
    page = read(study)
    assert panel(page).label.replace("\\", "") == "ORPHA:35687"
    assert "no Orphanet file" in said(page)[0]
    assert not [f for f in page.text_input if f.label.startswith("Another disease")]
    assert panel(read(study, THREE, "second")) is None


def test_a_code_that_is_not_in_the_file_says_so_and_a_missing_one_can_be_found(
    study: Workbench, table: Path
) -> None:
    study.ontologies.store_file(OPERATOR, table)
    page = read(study, TWO)
    assert said(page) == ["It is not in this study's Orphanet file."]
    page = read(study, THREE, "second")
    assert look_up(page, "castleman") == ["ORPHA:160  Castleman disease"]


def test_another_code_is_found_by_name_and_proposed(study: Workbench, table: Path) -> None:
    study.ontologies.store_file(OPERATOR, table)
    page = read(study)
    assert look_up(page, "angiofoll") == [
        "ORPHA:160  Castleman disease (Angiofollicular hyperplasia)"
    ]
    button(page, "ORPHA:160").click().run()
    assert not page.exception, page.exception
    assert proposal(study) == "160"
    assert "You propose ORPHA:160 Castleman disease" in said(page)
    fields = {field["name"]: field["value"] for field in component(page, "proposals")["fields"]}
    assert fields["orpha"] == "160"
    button(page, "Keep the item's").click().run()
    assert proposal(study) is None


def test_the_items_own_code_is_no_proposal(study: Workbench, table: Path) -> None:
    """However it is written: the item says 'ORPHA:35687', Orphanet 35687."""
    study.ontologies.store_file(OPERATOR, table)
    page = read(study)
    look_up(page, "erdheim")
    button(page, "ORPHA:35687").click().run()
    assert proposal(study) is None


def test_a_name_that_is_not_there_leads_to_the_nearest(study: Workbench, table: Path) -> None:
    study.ontologies.store_file(OPERATOR, table)
    page = read(study)
    assert look_up(page, "castelman") == ["ORPHA:160  Castleman disease"]
    assert "Did you mean" in " ".join(said(page))
    assert look_up(page, "qqqq") == []
    assert "nor one like it" in " ".join(said(page))


def add_name(page: AppTest, text: str) -> None:
    fields = [f for f in page.text_input if f.label.startswith("A name or abbrev")]
    fields[0].set_value(text)
    button(page, "Add the name").click().run()
    assert not page.exception, page.exception


def test_a_name_is_added_and_is_ones_own(study: Workbench, table: Path) -> None:
    study.ontologies.store_file(OPERATOR, table)
    page = read(study)
    add_name(page, "ECD-7")
    assert "ECD-7 (added by you)" in said(page)
    assert [(a.text, a.person) for a in study.ontologies.aliases(OPERATOR)] == [("ECD-7", "amara")]
    add_name(page, "Erdheim-Chester disease")
    assert message(page)[0] == "refused" or "already" in words(page)
    button(page, "Take back").click().run()
    assert study.ontologies.aliases(OPERATOR) == []
    assert "ECD-7 (added by you)" not in said(page)


def test_names_of_others_and_who_gave_them_are_not_sent_before_ones_own_submission(
    study: Workbench, table: Path
) -> None:
    study.ontologies.store_file(OPERATOR, table)
    study.ontologies.add_alias(actor("benoit"), "35687", "ZYX-9")
    page = read(study)
    assert "ZYX-9" not in words(page)
    read_all(study, "amara")
    page = open_page("review", "amara", round="first", item=ONE)
    assert "ZYX-9" in said(page)
    assert "Beno" not in words(page)


def test_before_a_first_reading_nothing_of_it_is_sent(study: Workbench, table: Path) -> None:
    study.ontologies.store_file(OPERATOR, table)
    page = read(study, read_first=True)
    assert panel(page) is None
    assert "Erdheim" not in words(page)
    assert "35687" not in words(page)
    act(page, "first", "commit", "", "Sclerosis of both femora")
    assert panel(page) is not None
