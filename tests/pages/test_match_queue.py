"""Names that need a person, on the leaderboard: looked for when asked, ruled on, taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from src.domain.item import Track
from src.domain.people import OPERATOR
from src.services.workbench import Workbench
from src.ui import match_queue
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, message, open_page, serve, words

NAME = "Erdheim *disease*"


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give two diagnoses and one model whose answers to both need a person."""
    lines = [item_line(index, case=f"c{index}", criteria=[]) for index in ("001", "002")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    path = tmp_path / "answers.jsonl"
    answers = [{"index": "001", "prediction": NAME}, {"index": "002", "prediction": "Chester's"}]
    path.write_text("".join(json.dumps(answer) + "\n" for answer in answers), encoding="utf-8")
    report = bench.predicting.store_file(actor("emil"), path, model="m", track=Track.DIAGNOSIS)
    assert report.accepted
    serve(bench, monkeypatch, tmp_path)
    return bench


def opened(person: str = "emil", **place: str) -> AppTest:
    """Open the leaderboard and ask for the names."""
    page = open_page("leaderboard", person, **place)
    if not page.toggle(key="names-queue").value:
        page.toggle(key="names-queue").set_value(True).run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    """Return the texts that are shown exactly as they are."""
    return "\n".join(text.value for text in page.text)


def test_names_are_looked_for_only_when_asked(study: Workbench) -> None:
    """Until then nothing of the answers is sent."""
    assert NAME not in words(open_page("leaderboard", "emil"))
    page = opened()
    assert f"{NAME}\nIs it Erdheim-Chester disease?" in texts(page)


@pytest.mark.parametrize(
    ("label", "value", "says"),
    [("The same disease", 1.0, "the same disease"), ("Another disease", 0.0, "another disease")],
)
def test_one_press_settles_a_name_and_another_takes_it_back(
    study: Workbench, label: str, value: float, says: str
) -> None:
    """The scores follow at once; who said it stands beside the way back."""
    page = opened()
    button(page, label).click().run()
    assert message(page)[0] in ("", "done")
    rows = study.scoring.leaderboard(actor("emil"))
    assert [(row.n, row.value) for row in rows] == [(1, value)]

    page.toggle(key="names-said").set_value(True).run()
    assert says in texts(page)
    assert "Emil Novak" in texts(page)
    button(page, "Take back").click().run()
    assert [row.n for row in study.scoring.leaderboard(actor("emil"))] == [0]
    assert not page.exception


def test_pages_follow_each_other_by_the_address(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One name a page here; a link to a page opens it."""
    monkeypatch.setattr(match_queue, "SIZE", 1)
    page = opened()
    assert NAME in texts(page)
    assert "Chester's" not in texts(page)
    button(page, "Further names").click().run()
    assert "Chester's" in texts(page)
    assert "Chester's" in texts(opened(**{match_queue.AFTER: "test/diagnosis/001"}))


def test_what_was_said_is_paged_by_the_address(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One ruling a page here, each with its case."""
    monkeypatch.setattr(match_queue, "SAID", 1)
    for index, name in (("001", NAME), ("002", "Chester's")):
        study.matching.reject(actor("lena"), f"test/diagnosis/{index}", name)
    page = opened()
    page.toggle(key="names-said").set_value(True).run()
    assert "Chester's" not in texts(page)
    button(page, "Further words").click().run()
    place = page.query_params[match_queue.SAID_AFTER]
    assert "Chester's" in texts(page)
    assert NAME not in texts(page)
    button(page, "test/diagnosis/002")
    linked = open_page("leaderboard", "emil", **{match_queue.SAID_AFTER: place})
    assert "Chester's" in texts(linked), "the address opens the page it names"
    button(page, "First words").click().run()
    assert NAME in texts(page)


@pytest.mark.parametrize(("person", "screen"), [("emil", "leaderboard"), ("chen", "adjudicate")])
def test_a_name_leads_to_its_case(study: Workbench, person: str, screen: str) -> None:
    """From either screen; there the item's own rules say who may see what."""
    page = open_page(screen, person)
    page.toggle(key="names-queue").set_value(True).run()
    leads = [b for b in page.button if str(b.key).startswith("case-")]
    assert [b.label.replace("\\", "") for b in leads] == [
        "test/diagnosis/001",
        "test/diagnosis/002",
    ]
    assert not page.exception
    leads[0].click().run()
    # A test opens one screen alone: that the other is asked for is all that shows.
    assert "pages/items.py" in page.exception[0].message
    shown = open_page("items", person, item="test/diagnosis/001")
    assert "Erdheim-Chester disease" in texts(shown)


def test_before_the_own_reading_neither_the_name_nor_what_was_said_of_it_is_sent(
    study: Workbench,
) -> None:
    """The item itself opens as it is read, without its history."""
    open_round(study, item_ids=["test/diagnosis/001"], blind_adjudication=True)
    read_all(study, "amara")
    read_all(study, "benoit")
    study.matching.accept(actor("emil"), "test/diagnosis/001", NAME)
    page = open_page("adjudicate", "chen")
    page.toggle(key="names-queue").set_value(True).run()
    page.toggle(key="names-said").set_value(True).run()
    assert NAME not in words(page)
    assert "Chester's" in texts(page)
    assert NAME not in words(open_page("items", "chen", item="test/diagnosis/001"))
    study.matching.reopen(actor("emil"), "test/diagnosis/001", NAME)
    page.run()
    assert NAME not in words(page)
    assert "before your own reading" in words(page)


def test_when_nothing_waits_it_says_so(study: Workbench) -> None:
    """And a name somebody else has settled meanwhile is refused in words."""
    page = opened()
    for index in ("001", "002"):
        name = NAME if index == "001" else "Chester's"
        study.matching.reject(actor("lena"), f"test/diagnosis/{index}", name)
    assert "No name waits." in words(opened())
    button(page, "The same disease").click().run()
    assert not page.exception


def test_a_reader_does_not_see_what_models_answered(study: Workbench) -> None:
    """The page is not theirs."""
    page = open_page("leaderboard", "amara")
    assert not page.toggle
    assert NAME not in words(page)
