"""Readers who leave a round, on its card of the Study screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.departure import Part
from src.domain.people import OPERATOR
from src.services.workbench import Workbench
from src.ui.places import stem
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, message, open_page, serve, words

FIRST = stem("first")


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give an item that two of three readers read; Amara has."""
    lines = [item_line("001", images=[])]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara", "benoit", "dalia"), readers=2)
    read_all(bench, "amara")
    serve(bench, monkeypatch, tmp_path)
    return bench


def test_the_lead_ends_a_part_leaves_readings_out_and_takes_it_back(study: Workbench) -> None:
    """Each with a reason; the card says who left, when, and what became of their readings."""
    page = open_page("study", "lena", part="Rounds")
    page.selectbox(key=f"leaves-who-{FIRST}").select("amara")
    page.radio(key=f"leaves-keep-{FIRST}").set_value("They are left out")
    page.text_input(key=f"leaves-why-{FIRST}").input("Moved away.")
    button(page, "End their part").click().run()
    assert not page.exception
    (left,) = study.departing.of_round(actor("lena"), "first")
    assert (left.person, left.part, left.reason) == ("amara", Part.LEFT_OUT, "Moved away.")
    assert "their readings are left out. Moved away." in words(page)
    assert "Amara Okafor (left)" in set(page.dataframe[0].value["Reader"])

    base = stem("first", "amara")
    page.text_input(key=f"change-why-{base}").input("Stays.")
    button(page, "They read on").click().run()
    assert study.assigning.get(actor("lena"), "first").left == ()


def test_a_release_on_the_gold_page_says_who_left_by_number(study: Workbench) -> None:
    """And that their readings do not count; neither their name nor the lead's reason."""
    study.departing.end_part(actor("lena"), "first", "amara", keep=False, reason="Moved away.")
    read_all(study, "benoit")
    read_all(study, "dalia")
    study.releasing.release(actor("lena"))
    shown = words(open_page("gold", "lena")).replace("\\", "")
    assert "Reader 1 left the round 'first'; their 1 reading does not count." in shown
    assert "Amara" not in shown


def test_without_a_reason_nothing_changes_and_the_card_says_so(study: Workbench) -> None:
    """A refusal in plain words."""
    page = open_page("study", "lena", part="Rounds")
    button(page, "End their part").click().run()
    assert "Say why" in words(page) or "Say why" in message(page)[1]
    assert study.departing.of_round(actor("lena"), "first") == []


def test_a_reader_whose_part_has_ended_is_told_calmly(study: Workbench) -> None:
    """No case opens, nothing breaks."""
    study.departing.end_part(actor("lena"), "first", "benoit", keep=True, reason="Left.")
    page = open_page("review", "benoit", round="first")
    assert page.header[0].value == "No round is open for you"
