"""What an edit does to scores follows it, in a real browser: beside a reading and a ruling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from db.people import has_seen
from src.domain.people import OPERATOR, Person
from src.domain.review import CriterionReading, EditReason
from src.services.workbench import Workbench, init, open_workbench
from tests.browser.app_server import DESK, PHONE, App, running_app, running_browser, settle, window
from tests.browser.reading_room_server import chromium_path
from tests.builders import add_people, open_round, read_all
from tests.services.test_what_if import ITEM, OMAR, VERA, rule, submit_item, two_models

pytestmark = pytest.mark.browser
SWITCH = "Show what this does to the scores"


@dataclass(frozen=True)
class Study:
    """Two items that two models answered, read by Vera, and settled by Omar."""

    bench: Workbench
    app: App

    def place(self, page_name: str, person: str, round_name: str) -> str:
        return f"{self.app.url}/{page_name}?as={person}&round={round_name}&item={ITEM}"

    def seen_by(self, person: str) -> bool:
        with self.bench.database.reading() as t:
            return has_seen(t, person, ITEM, "scores")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    chromium_path()
    folder: Path = tmp_path_factory.mktemp("live")
    url, store = f"sqlite:///{folder / 'review.db'}", str(folder / "images")
    init(url, store)
    bench = open_workbench(url, store)
    add_people(bench)
    for person in (VERA, OMAR):
        known = Person(person_id=person.person_id, display_name="A person", roles=person.roles)
        bench.people.add(OPERATOR, known)
    two_models(bench, folder)
    open_round(bench, "alone", persons=("vera",))
    task = bench.reviewing.next_item(VERA, "alone")
    assert task is not None
    submit_item(bench, VERA, ITEM, round_name="alone")
    open_round(bench)
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.TOO_VAGUE)
    read_all(bench, "amara", criteria=(delete,))
    read_all(bench, "benoit")
    (dispute,) = [d for d in bench.adjudicating.disputes(OPERATOR) if d.item_id == ITEM]
    letters = {"delete" in reading.key: reading.reader for reading in dispute.readings}
    rule(bench, dispute.unit, letters[True])
    with running_app(url, store, folder / "app.log") as app:
        yield Study(bench, app)
    bench.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


def panel(page: Page) -> Locator:
    return page.locator(".effect")


def open_panel(page: Page) -> None:
    page.get_by_text(SWITCH, exact=True).click()
    expect(panel(page)).to_be_visible()
    settle(page)


def turn_to(page: Page, word: str) -> None:
    """Choose, and not settle, the reading of the first unit that says a word."""
    reader = "A" if f"A: {word}" in page.locator(".unit-line").first.inner_text() else "B"
    page.locator(".unit-head").first.click()
    page.locator(".unit.open .take").filter(has_text=f"Reader {reader}").click()
    settle(page)


def test_scores_follow_each_edit_of_a_reading_without_a_new_page(
    study: Study, browser: Browser
) -> None:
    """Closed, nothing of scores is there; opening it is the record; then it follows the cards."""
    with window(browser, study.app, DESK) as page:
        page.goto(study.place("review", "vera", "alone"))
        page.wait_for_selector(".decision .main")
        settle(page)
        expect(panel(page)).to_have_count(0)
        assert not study.seen_by("vera")

        open_panel(page)
        assert study.seen_by("vera")
        status = panel(page).get_by_role("status")
        expect(status).to_have_text("Treatment: no score and no rank would change.")

        page.get_by_role("button", name="Edit criterion 1").click()
        page.locator(".card").first.get_by_role("button", name="Delete").click()
        page.locator(".card").first.get_by_role("button", name="It is wrong").click()
        settle(page)
        expect(status).to_contain_text("scores would change")
        expect(panel(page).get_by_role("row").filter(has_text="model-a")).to_contain_text("0.458")


def test_scores_follow_a_ruling_that_is_only_begun(study: Study, browser: Browser) -> None:
    """The other reading tried out on the desk: nothing moves any more, and nothing is settled."""
    with window(browser, study.app, DESK) as page:
        page.goto(study.place("adjudicate", "omar", "first") + "&show=ruled")
        page.wait_for_selector(".desk .unit")
        settle(page)
        expect(panel(page)).to_have_count(0)
        open_panel(page)
        assert study.seen_by("omar")
        status = panel(page).get_by_role("status")
        expect(status).to_contain_text("2 scores would change")

        turn_to(page, "Keep")

        expect(status).to_have_text("Treatment: no score and no rank would change.")
        assert len(study.bench.adjudicating.case(OMAR, "first", ITEM).ruled) == 1


def test_on_a_phone_no_line_is_wider_than_the_screen(study: Study, browser: Browser) -> None:
    """The lines are those of the ruling as it stands on the desk, whatever was begun before."""
    with window(browser, study.app, PHONE) as page:
        page.goto(study.place("adjudicate", "omar", "first") + "&show=ruled")
        page.wait_for_selector(".desk .unit")
        settle(page)
        turn_to(page, "Delete")
        open_panel(page)
        expect(panel(page).locator("table")).to_be_visible()
        box = panel(page).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE[0]
        widths = panel(page).evaluate("node => [node.scrollWidth, node.clientWidth]")
        assert widths[0] <= widths[1]
