"""What a reader types stays words, also where its field loses the focus while they type."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from src.domain.review import Verdict
from tests.browser.app_server import (
    Study,
    open_reading,
    running_browser,
    served_study,
    settle,
    window,
)
from tests.browser.reading_room_server import chromium_path, draw_images, running_harness

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
CROSS = "demo/crossmodal/001"
FIELDS = ("Comment", "Note on this claim")
ROUNDS = dict.fromkeys(FIELDS, (CROSS,))
AWAY = "The server does not answer. Go on writing"
DIALOG_AFTER = 3500  # milliseconds after which Streamlit says that the connection is lost
QUIET = 2000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


# ---- the server dies -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    chromium_path()
    with served_study(tmp_path_factory.mktemp("guard"), ROUNDS) as served:
        yield served


@pytest.mark.parametrize("label", FIELDS)
def test_who_types_while_the_server_is_dead_types_on_and_gives_no_verdict(
    study: Study, browser: Browser, label: str
) -> None:
    """The second claim lies open and has a verdict: letters, or a restart, must not touch it."""
    with window(browser, study.app) as page:
        open_reading(page, study.address(label))
        page.keyboard.press("v")
        page.keyboard.press("s")
        study.until(label, CROSS, lambda body: any(c.verdict for c in body.claims))
        settle(page)
        field(page, label).click()
        page.keyboard.type(said := "Before")
        study.app.stop(signal.SIGKILL)
        for words in (" xpnu", " rc sx", " v1 e"):
            page.keyboard.type(words, delay=60)
            said += words
            page.wait_for_timeout(DIALOG_AFTER / 2)
            assert page.get_by_test_id("stDialog").count() == 0
            assert field(page, label).input_value() == said
        expect(page.locator(".bar .saved")).to_contain_text(AWAY)

        study.app.start()
        for _ in range(12):
            page.keyboard.type(" xs", delay=40)
            said += " xs"
            page.wait_for_timeout(500)
        expect(page.locator(".bar .saved")).not_to_contain_text("server", timeout=20_000)
        assert field(page, label).input_value() == said
        body = study.until(label, CROSS, lambda b: said in (b.comment, *(c.note for c in b.claims)))
        assert page.locator(".claims .head").nth(1).get_attribute("aria-expanded") == "true"
    given = [claim.verdict for claim in body.claims if claim.verdict]
    assert given == [Verdict.SUPPORTED]


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True).locator("visible=true")


def test_the_line_says_that_the_server_is_away_and_is_quiet_when_it_is_back(
    study: Study, browser: Browser
) -> None:
    """Also for somebody who types nothing; no dialog stands in the way of the next verdict."""
    with window(browser, study.app) as page:
        open_reading(page, study.address("Comment"))
        study.app.stop(signal.SIGKILL)
        saved = page.locator(".bar .saved")
        expect(saved).to_contain_text(AWAY)
        page.wait_for_timeout(DIALOG_AFTER)
        assert page.get_by_test_id("stDialog").count() == 0
        study.app.start()
        expect(saved).not_to_contain_text("server", timeout=20_000)


# ---- the field loses the focus for another reason ------------------------------------------


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium_path()
    images = tmp_path_factory.mktemp("room")
    draw_images(images, 2)
    with running_harness(images, 2) as url:
        yield url


@pytest.fixture
def room(browser: Browser, address: str) -> Iterator[Page]:
    """The harness with the cursor in its comment, and a hand that takes the field away."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address, timeout=30_000)
    page.wait_for_selector(".tile", timeout=30_000)
    page.wait_for_selector("textarea", timeout=30_000)
    settle(page)
    page.evaluate(
        """() => {
            window.told = [];
            const note = (event) => window.told.push(event.detail.type);
            document.addEventListener('rarereview', note);
            const hosts = [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')];
            const area = hosts.map(h => h.shadowRoot.querySelector('textarea')).find(Boolean);
            window.take = () => { window.place = area.parentNode; area.remove(); };
            window.bring = () => window.place.append(area);
        }"""
    )
    page.get_by_label("Comment").click()
    page.keyboard.type("Cysts")
    yield page
    page.close()


def commands(page: Page) -> list[str]:
    told = page.evaluate("() => window.told")
    return [kind for kind in told if kind in ("verdict", "undo", "next-claim")]


def test_letters_that_lost_their_field_are_no_commands(room: Page) -> None:
    room.evaluate("take()")
    room.keyboard.type("sxv1zbe?", delay=30)
    room.keyboard.press("Control+z")
    room.wait_for_timeout(200)
    assert commands(room) == []
    assert room.locator(".pane").count() == 0
    assert room.locator(".sheet").is_hidden()


def test_letters_are_commands_again_after_a_while_without_any(room: Page) -> None:
    room.evaluate("take()")
    room.keyboard.press("s")
    room.wait_for_timeout(QUIET + 200)
    room.keyboard.press("x")
    assert commands(room) == ["verdict"]


@pytest.mark.parametrize("how", ["press", "Tab", "Escape"])
def test_letters_are_commands_as_soon_as_the_reader_has_left_the_field(
    room: Page, how: str
) -> None:
    room.evaluate("take()")
    room.keyboard.press("s")
    if how == "press":
        room.mouse.click(700, 880)
    else:
        room.keyboard.press(how)
    room.keyboard.press("x")
    assert commands(room) == ["verdict"]


def test_who_leaves_a_field_by_a_press_or_a_key_gives_commands_at_once(room: Page) -> None:
    room.mouse.click(700, 880)
    room.keyboard.press("s")
    assert commands(room) == ["verdict"]
    room.get_by_label("Comment").click()
    room.keyboard.press("Tab")
    room.get_by_label("Comment").click()
    room.locator(".tile").first.focus()
    room.keyboard.press("x")
    assert commands(room) == ["verdict"] * 2


def test_a_field_let_go_gives_commands_before_any_timer_has_run(room: Page) -> None:
    """On a busy machine a timer comes after the next key; the look-out for the field did, too."""
    room.evaluate(
        """() => {
            const at = document.activeElement;
            (at.shadowRoot?.activeElement ?? at).blur();
            const key = new KeyboardEvent('keydown', { key: 's', bubbles: true, cancelable: true });
            return Promise.resolve().then(() => { document.body.dispatchEvent(key); });
        }"""
    )
    assert commands(room) == ["verdict"]
    assert room.get_by_label("Comment").input_value() == "Cysts"


def test_a_field_that_is_there_again_gets_the_focus_and_the_letters_in_between(room: Page) -> None:
    comment = room.get_by_label("Comment")
    room.keyboard.press("ArrowLeft")
    room.evaluate("take()")
    room.keyboard.type("rx")
    room.evaluate("bring()")
    expect(comment).to_be_focused()
    room.keyboard.type("z")
    assert comment.input_value() == "Cystrxzs"
    assert commands(room) == []


def test_a_field_drawn_anew_gets_the_focus_back_with_its_cursor(room: Page) -> None:
    """As after a restart of the server: another node, under the same name, with the same words."""
    room.keyboard.press("ArrowLeft")
    room.evaluate(
        """() => {
            take();
            const twin = document.createElement('textarea');
            twin.setAttribute('aria-label', 'Comment');
            twin.value = 'Cysts';
            setTimeout(() => window.place.append(twin), 400);
        }"""
    )
    room.keyboard.type("x")
    room.wait_for_timeout(900)
    room.keyboard.type("y")
    twin = room.locator("textarea[aria-label=Comment]")
    expect(twin).to_be_focused()
    assert twin.input_value() == "Cystxys"
    assert commands(room) == []
