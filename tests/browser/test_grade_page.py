"""Grading answers in a real browser: by keys alone, blind, and nothing that was typed is lost."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from db import human_grades
from src.domain.human_grade import GradingBody, Word
from src.domain.people import OPERATOR
from src.services.grading import GradingPlan
from src.services.workbench import Workbench
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
from tests.builders import actor

pytestmark = pytest.mark.browser
AMARA = actor("amara")
ITEMS = ("demo/diagnosis/001", "demo/treatment/001")
MODELS = ("invented-a", "invented-b")
SETS = ("keys", "kill", "reload", "blind", "phone", "undo", "twice", "busy", "idle", "clock")
"""The last is the newest: the one that the menu leads to."""


@dataclass(frozen=True)
class Grading:
    """A study with a set for each test, served."""

    bench: Workbench
    app: App

    def open(self, page: Page, name: str) -> None:
        """Open the next answer of a set."""
        page.goto(f"{self.app.url}/grade?as=amara&set={name}")
        page.wait_for_selector(".grading .card")
        settle(page)

    def body(self, name: str, place: int) -> GradingBody:
        """Return what is stored of an answer now."""
        return self.bench.grading.task(AMARA, name, place).body

    def place(self, name: str) -> int:
        """Return the answer amara holds in a set."""
        task = self.bench.grading.next_answer(AMARA, name)
        assert task is not None
        return task.position

    def until(
        self, page: Page, name: str, place: int, true: Callable[[GradingBody], object]
    ) -> GradingBody:
        """Wait until what is stored fits, while the page goes on."""
        deadline = time.monotonic() + 40
        while not true(body := self.body(name, place)):
            assert time.monotonic() < deadline, f"The draft holds {body!r}"
            page.wait_for_timeout(50)
        return body


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grading]:
    """Give the demo study with a set of four answers for each test."""
    chromium_path()
    folder: Path = tmp_path_factory.mktemp("grading")
    with demo_study(folder) as (bench, url, store):
        for name in SETS:
            plan = GradingPlan(
                name=name,
                graders=1,
                persons=("amara",),
                item_ids=ITEMS,
                models=MODELS,
                seed=len(name),
            )
            bench.grading.create(OPERATOR, plan)
        with running_app(url, store, folder / "app.log") as app:
            yield Grading(bench, app)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give Debian's chromium."""
    with running_browser() as running:
        yield running


def cards(page: Page) -> int:
    """Return how many criteria the page asks."""
    return page.locator(".grading .card").count()


def test_a_set_is_graded_by_keys_alone(study: Grading, browser: Browser) -> None:
    """1, 0, ?, j, k and Enter; each answer has its receipt, and the last one ends the set."""
    said: list[dict[str, Word]] = []
    with study.bench.database.reading() as t:
        sent = human_grades.gradings_of(t, "amara")
    with window(browser, study.app) as page:
        study.open(page, "keys")
        for number in range(1, 5):
            page.get_by_text(f"{number} of 4", exact=True).wait_for()
            place = study.place("keys")
            keys = ["1", "0", "?"]
            for card in range(cards(page)):
                page.keyboard.press(keys[(card + number) % 3])
                page.keyboard.press("j")
            page.keyboard.press("Enter")
            page.get_by_text(f"Grading {sent + number} stored").wait_for()
            said.append(study.body("keys", place).words)
        page.get_by_text("That was the last answer for you").wait_for()
    words = [word for answer in said for word in answer.values()]
    assert all(word.said for word in words)
    assert {word.value for word in words} == {1.0, 0.0, None}
    assert study.bench.browsing.verify(OPERATOR).problems == ()


def test_enter_twice_sends_an_answer_once_and_the_next_one_can_be_sent(
    study: Grading, browser: Browser
) -> None:
    """The second press comes while the last word is still on its way, or after it was stored."""
    with window(browser, study.app) as page:
        study.open(page, "twice")
        for number, pause in enumerate((0, 60, 120, 250), start=1):
            page.get_by_text(f"{number} of 4", exact=True).wait_for()
            fresh = page.locator(".grading:not(:has(input:checked)) .card[aria-current]")
            expect(fresh).to_have_count(1)
            settle(page)
            for _ in range(cards(page)):
                page.keyboard.press("1")
                page.keyboard.press("j")
            page.keyboard.press("Enter")
            page.wait_for_timeout(pause)
            page.keyboard.press("Enter")
        page.get_by_text("That was the last answer for you").wait_for()
        assert page.evaluate("document.rareReviewWaiting.size") == 0


def test_enter_leads_to_what_is_missing_and_keys_of_streamlit_do_nothing(
    study: Grading, browser: Browser
) -> None:
    """Nothing is sent before every criterion has a word; a grade can be taken back."""
    with window(browser, study.app) as page:
        study.open(page, "undo")
        place = study.place("undo")
        page.keyboard.press("1")
        study.until(page, "undo", place, lambda b: len(b.words) == 1)
        for key in ("r", "c"):
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        expect(page.locator(".card[aria-current]")).to_have_attribute("aria-label", "Criterion 2")
        page.keyboard.press("k")
        page.keyboard.press("Backspace")
        study.until(page, "undo", place, lambda b: not any(w.said for w in b.words.values()))
        assert study.place("undo") == place
        assert page.get_by_role("dialog").count() == 0


def test_a_server_killed_in_mid_word_costs_neither_grade_nor_letter(
    study: Grading, browser: Browser
) -> None:
    """What was typed while nobody listened is stored when the server is back, without a reload."""
    with window(browser, study.app) as page:
        study.open(page, "kill")
        place = study.place("kill")
        page.keyboard.press("1")
        page.keyboard.press("n")
        page.keyboard.type("The answer na")
        study.app.stop(signal.SIGKILL)
        page.keyboard.type("mes it in pass")
        study.app.start()
        page.keyboard.type("ing.")
        body = study.until(
            page,
            "kill",
            place,
            lambda b: any(w.note == "The answer names it in passing." for w in b.words.values()),
        )
        field = page.locator(".card[aria-current] textarea")
        expect(field).to_have_value("The answer names it in passing.")
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        for _ in range(cards(page) - 1):
            page.keyboard.press("0")
            page.keyboard.press("j")
        page.keyboard.press("Control+Enter")
        page.get_by_text(re.compile(r"^Grading \d+ stored")).wait_for()
    assert [word.value for word in body.words.values()] == [1.0]
    sent = study.body("kill", place)
    assert [w.note for w in sent.words.values() if w.note] == ["The answer names it in passing."]


def test_a_word_said_after_a_server_came_back_unseen_is_stored_without_a_reload(
    study: Grading, browser: Browser
) -> None:
    """Nothing was on its way when it went, so nothing but the word itself asks it for the page."""
    with window(browser, study.app) as page:
        study.open(page, "idle")
        place = study.place("idle")
        study.app.stop(signal.SIGKILL)
        expect(page.locator('[data-test-connection-state="CONNECTED"]')).to_have_count(0)
        study.app.start()
        page.locator('[data-test-connection-state="CONNECTED"]').wait_for(timeout=30_000)
        settle(page)
        page.keyboard.press("1")
        body = study.until(page, "idle", place, lambda b: len(b.words) == 1)
        assert [word.value for word in body.words.values()] == [1.0]
        page.get_by_text(re.compile("^Saved ")).wait_for()


def test_a_note_the_database_does_not_take_is_not_called_saved_and_is_stored_when_it_does(
    study: Grading, browser: Browser
) -> None:
    """The page says in plain words that it waits; nobody touches it until it says Saved."""
    with window(browser, study.app) as page:
        page.set_default_timeout(60_000)
        study.open(page, "busy")
        place = study.place("busy")
        status = page.locator(".card[aria-current] .field .status")
        with study.bench.database.transaction() as t:
            t.execute(text("SELECT 1"))
            page.keyboard.press("n")
            page.keyboard.type("The dose is unsafe.")
            page.get_by_text("Not stored yet. The database is busy.").wait_for()
            assert status.inner_text() != "Saved"
        study.until(page, "busy", place, lambda body: body.words)
        expect(status).to_have_text("Saved", timeout=60_000)
        page.get_by_text("What could not be stored before is stored now.").wait_for()
    [word] = study.body("busy", place).words.values()
    assert word.note == "The dose is unsafe."


def test_a_grade_given_after_the_clock_went_back_is_stored(
    study: Grading, browser: Browser
) -> None:
    """The page is left and opened again in between, in the same session."""
    with window(browser, study.app) as page:
        study.open(page, "clock")
        place = study.place("clock")
        page.keyboard.press("1")
        study.until(page, "clock", place, lambda body: len(body.words) == 1)
        page.evaluate("const now = Date.now; Date.now = () => now() - 3600000")
        page.get_by_role("link", name="Review").first.click()
        page.wait_for_selector(".grading .card", state="detached")
        page.get_by_role("link", name="Grade").first.click()
        page.wait_for_selector(".grading .card")
        settle(page)
        page.keyboard.press("0")
        body = study.until(
            page, "clock", place, lambda b: [w.value for w in b.words.values()] == [0.0]
        )
    assert [word.value for word in body.words.values()] == [0.0]


def test_a_reload_right_after_the_last_letter_loses_nothing(
    study: Grading, browser: Browser
) -> None:
    """The same answer comes back, with every grade and every word."""
    with window(browser, study.app) as page:
        study.open(page, "reload")
        place = study.place("reload")
        page.keyboard.press("?")
        page.keyboard.press("n")
        page.keyboard.type("Cut off in mid sent")
        page.reload()
        page.wait_for_selector(".grading .card")
        body = study.until(
            page,
            "reload",
            place,
            lambda b: any(w.note == "Cut off in mid sent" for w in b.words.values()),
        )
        expect(page.locator(".card textarea").first).to_have_value("Cut off in mid sent")
        assert page.get_by_role("radio", name="Cannot judge").first.is_checked()
    assert [word.cannot for word in body.words.values()] == [True]


def test_no_byte_of_model_judge_or_other_graders_reaches_the_browser(
    study: Grading, browser: Browser
) -> None:
    """Neither in the page nor in anything that came over the wire."""
    came: list[str] = []

    def hear(payload: str | bytes) -> None:
        came.append(payload if isinstance(payload, str) else payload.decode("utf-8", "ignore"))

    with window(browser, study.app) as page:
        page.on("websocket", lambda socket: socket.on("framereceived", hear))
        page.on("response", lambda r: came.append(f"{r.url} {r.headers}"))
        study.open(page, "blind")
        place = study.place("blind")
        page.keyboard.press("1")
        study.until(page, "blind", place, lambda b: b.words)
        settle(page)
    everything = "\n".join(came)
    assert "Cannot judge" in everything
    with study.bench.database.reading() as t:
        graders = human_grades.on_items(t, ITEMS)
    assert graders
    for secret in (*MODELS, "judge-", "inclusion", "prediction_sha256"):
        assert secret not in everything, secret


def test_on_a_phone_everything_can_be_touched(study: Grading, browser: Browser) -> None:
    """Nothing is wider than the screen, and each choice is at least 44 pixels high."""
    with window(browser, study.app, PHONE) as page:
        study.open(page, "phone")
        width = page.evaluate("document.documentElement.scrollWidth")
        heights = [box.bounding_box() for box in page.locator(".grading .option").all()]
    assert width <= PHONE[0]
    assert all(box is not None and box["height"] >= 44 for box in heights)
