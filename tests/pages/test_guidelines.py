"""Guidelines on the screens: asked before the next case, read at any time, written by the lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.people import OPERATOR
from src.domain.review import ReviewBody
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items
from tests.pages.screens import act, button, component, message, open_page, serve, words

ONE = "test/diagnosis/001"
ODD = "# Reading\n\n<script>alert(1)</script> and ![x](http://example.org/p.png)\n\nLook twice."


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items in a round."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    return bench


def test_a_reader_acknowledges_once_by_one_button_and_the_case_opens(study: Workbench) -> None:
    """The text stands there; after it the first case, and nothing is asked again."""
    study.guidelines.publish(actor("lena"), ODD)
    page = open_page("review", "amara")
    assert page.header[0].value == "The guidelines of this study"
    assert "Look twice." in words(page)
    button(page, "I have read them").click().run()
    assert component(page, "bar")["guidelines"] is True
    assert study.guidelines.to_acknowledge(actor("amara")) is None
    again = open_page("review", "amara")
    assert [header.value for header in again.header][:1] != ["The guidelines of this study"]


def test_html_is_never_obeyed_and_no_picture_is_loaded(study: Workbench) -> None:
    """Every Markdown element of the panel has HTML off and no picture in it."""
    study.guidelines.publish(actor("lena"), ODD)
    page = open_page("review", "amara")
    (text,) = [one for one in page.markdown if "Look twice." in one.value]
    assert not text.allow_html
    assert "![" not in text.value


def test_a_new_version_waits_until_the_open_case_is_submitted(study: Workbench) -> None:
    """The address names the case in mid-work: it opens, with what was written; then it asks."""
    study.guidelines.publish(actor("lena"), "One.\n\nStays.")
    study.guidelines.acknowledge(actor("amara"), 1)
    page = open_page("review", "amara")
    study.reviewing.save_draft(actor("amara"), "first", ONE, ReviewBody(comment="mine"), 0)
    study.guidelines.publish(actor("lena"), "One and two.\n\nStays.\n\nAll new.", "clearer")
    page.run()
    assert component(page, "comment")["value"] == "mine"
    task = study.reviewing.task(actor("amara"), "first", ONE)
    study.reviewing.save_draft(actor("amara"), "first", ONE, full_reading(task.item), 1)
    page.run()
    act(page, "decide", "submit")
    assert page.header[0].value == "The guidelines have changed"
    assert "clearer" in words(page)
    assert "What changed since version 1: 2 places" in words(page).replace("\\\\", "")
    assert "All new." in words(page)
    assert study.reviewing.own_review(actor("amara"), "first", ONE) is not None


def test_the_bar_leads_to_the_guidelines_and_back_to_the_same_case(study: Workbench) -> None:
    """The address keeps the case."""
    study.guidelines.publish(actor("lena"), "Look first.")
    study.guidelines.acknowledge(actor("amara"), 1)
    page = open_page("review", "amara")
    act(page, "bar", "guidelines")
    assert page.title[-1].value == "Guidelines"
    assert "Look first." in words(page)
    button(page, "Back to reading").click().run()
    assert page.query_params["item"] == ONE


def test_a_study_without_guidelines_offers_none(study: Workbench) -> None:
    """No button in the line, and an address that asks for them says so calmly."""
    assert component(open_page("review", "amara"), "bar")["guidelines"] is False
    assert "no guidelines yet" in words(open_page("review", "amara", view="guidelines"))


def test_the_lead_writes_previews_and_publishes(study: Workbench) -> None:
    """What is typed is kept on the server before it is published."""
    page = open_page("study", "lena", part="Guidelines")
    assert "There are no guidelines yet" in page.info[0].value
    page.text_area(key="guideline-new").input("# First\n\nLook.").run()
    assert study.guidelines.draft(actor("lena")) == "# First\n\nLook."
    assert any("# First" in one.value for one in page.markdown)
    page.text_input(key="guideline-note").input("the beginning")
    button(page, "Publish version 1").click().run()
    assert message(page)[0] != "refused"
    newest = study.guidelines.newest(actor("lena"))
    assert newest is not None
    assert (newest.number, newest.text, newest.note) == (1, "# First\n\nLook.", "the beginning")


def test_readings_under_an_older_version_are_listed_for_the_lead(study: Workbench) -> None:
    """By reader, item and round; the version is chosen in the address."""
    read_all(study, "amara")
    study.guidelines.publish(actor("lena"), "One.")
    page = open_page("study", "lena", part="Guidelines", under="0")
    (frame,) = [d.value for d in page.dataframe if "Submitted" in d.value.columns]
    assert list(frame["Item"]) == ["test/diagnosis/002", ONE]
    assert set(frame["Reader"]) == {"Amara Okafor"}
    assert open_page("study", "lena", part="Guidelines", under="0", since="gone").dataframe
