"""Opening a grading set in a real browser: nothing typed is lost, and its graders find it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.app_server import (
    PHONE,
    App,
    demo_study,
    running_app,
    running_browser,
    settle,
    window,
)
from tests.browser.reading_room_server import chromium_path

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Give the demo study, served by the app."""
    chromium_path()
    folder = tmp_path_factory.mktemp("sets")
    with (
        demo_study(folder) as (_, url, store),
        running_app(url, store, folder / "app.log") as running,
    ):
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give Debian's chromium."""
    with running_browser() as running:
        yield running


def open_form(page: Page, app: App) -> None:
    """Open the part with the sets, and unfold the form."""
    page.goto(f"{app.url}/study?as=lena&part=Grading")
    page.get_by_text("3 of 12 gradings sent").wait_for()
    settle(page)
    page.get_by_text("Open a new grading set").click()
    page.get_by_role("textbox", name="Name of the set").wait_for()


def fill(page: Page, label: str, text: str) -> None:
    """Type into a field and leave it, as a person does."""
    page.get_by_role("textbox", name=label, exact=True).fill(text)
    page.keyboard.press("Tab")
    settle(page)


def see_the_work(page: Page) -> None:
    """Ask how much work it is."""
    page.get_by_role("button", name="See how much work it is").click()
    settle(page)


def test_a_refused_form_keeps_what_was_typed_and_the_set_it_opens_reaches_its_grader(
    app: App, browser: Browser
) -> None:
    """The name stays after a refusal; then the numbers, the set, and its first answer."""
    with window(browser, app) as page:
        open_form(page, app)
        fill(page, "Name of the set", "Third answers")
        fill(page, "Seed, a whole number", "seven")
        see_the_work(page)
        page.get_by_text("Say who grades.").wait_for()
        who = page.get_by_role("combobox", name="Who grades")
        who.fill("Dalia")
        page.keyboard.press("Enter")
        settle(page)
        page.keyboard.press("Escape")
        page.get_by_role("spinbutton", name="Gradings of each answer").fill("1")
        page.keyboard.press("Tab")
        settle(page)
        see_the_work(page)
        page.get_by_text("The seed 'seven' is no whole number.").wait_for()
        name = page.get_by_role("textbox", name="Name of the set", exact=True)
        expect(name).to_have_value("Third answers")
        fill(page, "Seed, a whole number", "7")
        see_the_work(page)
        page.get_by_text(
            "It will hold 162 of 162 answers, to be graded 162 times in all"
        ).wait_for()
        page.get_by_role("button", name="Open Third answers").click()
        page.get_by_text("Third answers is open: 162 answers, 162 gradings.").wait_for()
        page.get_by_text("0 of 162 gradings sent").wait_for()
        page.goto(f"{app.url}/grade?as=dalia&set=Third+answers")
        page.get_by_text("1 of 162", exact=True).wait_for()


def test_on_a_phone_the_form_has_no_sideways_scroll(app: App, browser: Browser) -> None:
    """Every field stands inside 390 pixels."""
    with window(browser, app, PHONE) as page:
        open_form(page, app)
        settle(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE[0]
        for field in page.locator("[data-testid='stExpander'] input:visible").all():
            box = field.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= PHONE[0]
