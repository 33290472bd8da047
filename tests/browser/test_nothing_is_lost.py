"""Whatever breaks off in the middle of a reading: what a clinician did is in the study."""

from __future__ import annotations

import re
import signal
import statistics
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from db.steps import KEPT
from src.domain.people import OPERATOR, Role
from src.domain.review import Recommendation, ReviewBody, Verdict
from tests.browser.app_server import (
    Study,
    choose,
    complete,
    open_reading,
    running_browser,
    served_study,
    settle,
    type_in,
    window,
)
from tests.browser.reading_room_server import chromium_path
from tests.builders import actor

pytestmark = pytest.mark.browser
NOTE = "Note on this claim"
DIAGNOSE, TREAT = "demo/diagnosis/002", "demo/treatment/001"
CASES = (DIAGNOSE, "demo/diagnosis/003")
KILLS = (3, 20)
RELOADS = (0, 100, 300, 600)
HANDS = ("mouse", "keys")
LEAVES = ("menu", "forward")
PASSES = ("seen", "unseen")
ROUNDS = {
    **{f"kills-{times}": (DIAGNOSE,) for times in KILLS},
    **{f"reload-{after}": (DIAGNOSE,) for after in RELOADS},
    **{f"twenty-{hand}": CASES for hand in HANDS},
    **{f"leave-{way}": (DIAGNOSE,) for way in LEAVES},
    **{f"overtaken-{passes}": (DIAGNOSE,) for passes in PASSES},
    "hanging": (DIAGNOSE,),
    "history": (DIAGNOSE,),
    "person": (DIAGNOSE,),
    "network": (TREAT,),
    "outdated": (DIAGNOSE,),
    "undo": (DIAGNOSE,),
    "steps": (DIAGNOSE,),
    "shortcut": CASES,
    "pace": (DIAGNOSE,),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    chromium_path()
    with served_study(tmp_path_factory.mktemp("lost"), ROUNDS) as served:
        for person in ("amara", "benoit"):
            served.bench.people.set_roles(OPERATOR, person, (Role.REVIEWER, Role.ADMIN, Role.LEAD))
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


def comment_of(page: Page) -> str:
    return page.get_by_label("Comment", exact=True).input_value()


def note_of(body: ReviewBody) -> str:
    return body.claims[0].note if body.claims else ""


def verdict_of(body: ReviewBody) -> Verdict | None:
    return body.claims[0].verdict if body.claims else None


def waited(
    page: Page, study: Study, round_name: str, true: Callable[[ReviewBody], object], seconds: int
) -> ReviewBody:
    """Wait until a draft fits while the browser's traffic, which passes through here, goes on."""
    (item, *_) = ROUNDS[round_name]
    deadline = time.monotonic() + seconds
    while not true(body := study.draft(round_name, item)):
        assert time.monotonic() < deadline, f"The draft holds {body!r}"
        page.wait_for_timeout(50)
    return body


# ---- the server is killed ------------------------------------------------------------------


@pytest.mark.parametrize("times", [KILLS[0], pytest.param(KILLS[1], marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_a_server_killed_in_mid_sentence_costs_no_word(
    study: Study, browser: Browser, times: int
) -> None:
    """The page is never reloaded, and each kill falls at another moment after the last key."""
    name, said = f"kills-{times}", {"Comment": "", NOTE: ""}

    def say(page: Page, label: str, words: str) -> None:
        said[label] += words
        page.keyboard.type(words)

    with window(browser, study.app) as page:
        open_reading(page, study.address(name))
        for n in range(times):
            label = ("Comment", NOTE)[n % 2]
            page.get_by_label(label, exact=True).click()
            page.keyboard.press("Control+End")
            say(page, label, f"Sentence {n} be")
            page.wait_for_timeout(n * 137 % 900)
            study.app.stop(signal.SIGKILL)
            say(page, label, "gins while nobody listens")
            study.app.start()
            say(page, label, " and ends. ")
        body = waited(page, study, name, lambda b: b.comment == said["Comment"], 40)
        body = waited(page, study, name, lambda b: note_of(b) == said[NOTE], 40)
        assert comment_of(page) == said["Comment"]
    assert (body.comment, note_of(body)) == (said["Comment"], said[NOTE])


# ---- the network drops ---------------------------------------------------------------------


class Network:
    """The way of a page's websockets to the server; while it is down nothing gets through."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.down = False
        self.open: list[WebSocketRoute] = []
        page.route_web_socket("**/_stcore/stream", self._join)

    def _join(self, near: WebSocketRoute) -> None:
        if self.down:
            near.close()
            return
        far = near.connect_to_server()
        near.on_message(lambda message: None if self.down else far.send(message))
        far.on_message(lambda message: None if self.down else near.send(message))
        self.open.append(near)

    def drop(self) -> None:
        """Let everything be lost from now on; nobody is told."""
        self.down = True
        self.page.context.set_offline(True)

    def notice(self) -> None:
        """Let the browser notice that its connections are gone."""
        for near in self.open:
            near.close()
        self.open = []

    def restore(self) -> None:
        self.down = False
        self.page.context.set_offline(False)


def test_what_is_done_while_the_network_is_away_is_stored_when_it_is_back(
    study: Study, browser: Browser
) -> None:
    with window(browser, study.app) as page:
        network = Network(page)
        open_reading(page, study.address("network"))
        network.drop()
        page.keyboard.press("s")
        page.keyboard.press("v")
        page.keyboard.press("x")
        type_in(page, "Comment", "Typed without a network")
        page.wait_for_timeout(1500)
        network.notice()
        page.keyboard.type(", noticed,")
        page.wait_for_timeout(2000)
        network.restore()
        page.keyboard.type(" and with one.")
        whole = "Typed without a network, noticed, and with one."

        body = waited(page, study, "network", lambda b: b.comment == whole and b.claims, 40)
        assert comment_of(page) == whole
    assert [claim.verdict for claim in body.claims] == [Verdict.SUPPORTED, Verdict.CONTRADICTED]


# ---- the page is reloaded ------------------------------------------------------------------


@pytest.mark.parametrize("after", RELOADS)
def test_a_reload_during_a_save_brings_every_word_back(
    study: Study, browser: Browser, after: int
) -> None:
    name, words = f"reload-{after}", f"Typed {after} ms before a reload."
    with window(browser, study.app) as page:
        open_reading(page, study.address(name))
        type_in(page, NOTE, f"Note. {words}")
        type_in(page, "Comment", words)
        page.wait_for_timeout(after)
        page.reload()
        page.wait_for_selector(".decision .main")
        expect(page.get_by_label("Comment", exact=True)).to_have_value(words)
        expect(page.get_by_label(NOTE, exact=True)).to_have_value(f"Note. {words}")
        study.until(name, DIAGNOSE, lambda b: (b.comment, note_of(b)) == (words, f"Note. {words}"))

        settle(page)
        page.get_by_label(NOTE, exact=True).click()
        page.get_by_label(NOTE, exact=True).blur()
        page.keyboard.press("x")
        page.wait_for_timeout(after)
        page.reload()
        page.wait_for_selector(".decision .main")
        study.until(name, DIAGNOSE, lambda b: verdict_of(b) is Verdict.CONTRADICTED)
        expect(page.get_by_role("button", name="Contradicted", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        settle(page)
        page.reload()
        page.wait_for_selector(".decision .main")
        expect(page.get_by_label("Comment", exact=True)).to_have_value(words)
        assert unanswered(page) == []


def unanswered(page: Page) -> list[str]:
    script = "() => Object.keys(sessionStorage).filter(key => key.startsWith('rareReviewUnans'))"
    return list(page.evaluate(script))


def test_words_a_reload_brings_back_do_not_cover_what_another_window_wrote_meanwhile(
    study: Study, browser: Browser
) -> None:
    """A tab without a network comes back after a colleague's desk took the case further."""
    with window(browser, study.app) as away, window(browser, study.app) as desk:
        network = Network(away)
        open_reading(away, study.address("outdated"))
        network.drop()
        type_in(away, "Comment", "From the tab that was away.")
        away.wait_for_timeout(900)

        open_reading(desk, study.address("outdated"))
        type_in(desk, "Comment", "From the desk.")
        study.until("outdated", DIAGNOSE, lambda body: body.comment == "From the desk.")

        network.restore()
        network.notice()
        away.reload()
        conflict = away.locator(".st-key-conflict")
        expect(conflict.get_by_text("From the desk.")).to_be_visible()
        expect(conflict.get_by_text("From the tab that was away.")).to_be_visible()
        assert study.draft("outdated", DIAGNOSE).comment == "From the desk."


# ---- Submit is pressed ---------------------------------------------------------------------


@pytest.mark.parametrize("hand", HANDS)
def test_submit_pressed_twenty_times_makes_one_review_and_opens_the_next_case(
    study: Study, browser: Browser, hand: str
) -> None:
    name = f"twenty-{hand}"
    with window(browser, study.app) as page:
        open_reading(page, study.address(name))
        complete(page)
        button = page.get_by_role("button", name="Submit and open the next case")
        box = button.bounding_box()
        assert box is not None
        for _ in range(20):
            if hand == "mouse":
                page.mouse.click(box["x"] + 20, box["y"] + box["height"] / 2)
            else:
                page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url: CASES[1].replace("/", "%2F") in url)
        page.wait_for_selector(".decision .main")
        settle(page)
        page.wait_for_timeout(500)
    assert submitted(study, name) == [(CASES[0], 1)]


def submitted(study: Study, round_name: str) -> list[tuple[str, int]]:
    reviews = [(item, study.review(round_name, item)) for item in CASES]
    return [(item, review.revision) for item, review in reviews if review is not None]


def test_the_words_typed_before_control_enter_are_in_the_review(
    study: Study, browser: Browser
) -> None:
    with window(browser, study.app) as page:
        open_reading(page, study.address("shortcut"))
        complete(page)
        type_in(page, "Comment", "Typed and sent by the keyboard.")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url: CASES[1].replace("/", "%2F") in url)
    review = study.review("shortcut", DIAGNOSE)
    assert review is not None
    assert review.body.comment == "Typed and sent by the keyboard."


# ---- the page is left ----------------------------------------------------------------------


@pytest.mark.parametrize("way", LEAVES)
def test_a_page_left_in_mid_edit_has_stored_everything_and_shows_it_again(
    study: Study, browser: Browser, way: str
) -> None:
    """A link waits until all is stored; what the browser's own buttons cut off follows later."""
    name = f"leave-{way}"
    with window(browser, study.app) as page:
        open_reading(page, study.address(name))
        leave(page, "menu")
        come_back(page)

        type_in(page, "Comment", "Left in mid-")
        leave(page, way)
        if way == "menu":
            study.until(name, DIAGNOSE, lambda body: body.comment == "Left in mid-")
        come_back(page)
        study.until(name, DIAGNOSE, lambda body: body.comment == "Left in mid-")
        expect(page.get_by_label("Comment", exact=True)).to_have_value("Left in mid-")

        page.keyboard.press("x")
        leave(page, way)
        if way == "menu":
            study.until(name, DIAGNOSE, lambda body: verdict_of(body) is Verdict.CONTRADICTED)
        come_back(page)
        study.until(name, DIAGNOSE, lambda body: verdict_of(body) is Verdict.CONTRADICTED)
        pressed = page.get_by_role("button", name="Contradicted", exact=True)
        expect(pressed).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_label("Comment", exact=True)).to_have_value("Left in mid-")


def leave(page: Page, way: str) -> None:
    if way == "forward":
        page.go_forward()
    else:
        page.get_by_test_id("stTopNavLink").filter(has_text="Items").click()


def come_back(page: Page) -> None:
    expect(page.get_by_role("heading", name="Items")).to_be_visible()
    settle(page)
    page.go_back()
    page.wait_for_selector(".decision .main")
    settle(page)


OVERTAKE = """(verdict, passes) => {
  verdict.click();
  History.prototype.pushState.call(history, {}, "", "/items?as=amara");
  const step = new PopStateEvent("popstate");
  step.rareReviewHeld = passes === "unseen";
  dispatchEvent(step);
}"""


@pytest.mark.parametrize("passes", PASSES)
def test_a_verdict_that_the_next_page_overtakes_does_not_empty_it(
    study: Study, browser: Browser, passes: str
) -> None:
    """The browser's button, pressed before Streamlit sent the verdict; seen by our script or not.

    The verdict's part is then drawn upon the new page, which is empty until it is asked for again.
    """
    name = f"overtaken-{passes}"
    with window(browser, study.app) as page:
        open_reading(page, study.address(name))
        leave(page, "menu")
        come_back(page)
        for verdict in (Verdict.SUPPORTED, Verdict.CONTRADICTED):
            pressed = page.get_by_role("button", name=verdict.value.capitalize(), exact=True)
            pressed.evaluate(OVERTAKE, passes)
            page.wait_for_timeout(1000)
            come_back(page)
            expect(pressed).to_have_attribute("aria-pressed", "true")
            study.until(name, DIAGNOSE, lambda body, verdict=verdict: verdict_of(body) is verdict)


def test_a_page_left_while_the_server_hangs_stays_left(study: Study, browser: Browser) -> None:
    """What is sent again because no answer comes does not bring the old page back."""
    with window(browser, study.app) as page:
        open_reading(page, study.address("hanging"))
        case = page.url
        leave(page, "menu")
        come_back(page)
        with study.app.held():
            page.keyboard.press("x")
            page.evaluate("void setTimeout(() => history.forward(), 0)")
            page.wait_for_timeout(200)
            page.keyboard.press("s")
            page.wait_for_timeout(3500)
        come_back(page)
        assert page.url == case
        study.until("hanging", DIAGNOSE, lambda body: verdict_of(body) is Verdict.SUPPORTED)


def test_one_step_back_from_another_page_is_the_case_that_was_open(
    study: Study, browser: Browser
) -> None:
    """And one step forward the other page; a third page from the menu is one step more."""
    with window(browser, study.app) as page:
        open_reading(page, study.address("history"))
        case, steps = page.url, page.evaluate("history.length")
        assert "round=history&item=demo%2Fdiagnosis%2F002" in case
        leave(page, "menu")
        come_back(page)
        assert page.url == case
        page.go_forward()
        assert page.url == f"{study.app.url}/items?as=amara"
        come_back(page)
        assert page.url == case

        leave(page, "menu")
        expect(page.get_by_role("heading", name="Items")).to_be_visible()
        settle(page)
        page.get_by_test_id("stTopNavLink").filter(has_text="Review").click()
        page.wait_for_selector(".decision .main")
        settle(page)
        assert page.url == case
        assert page.evaluate("history.length") == steps + 2
        page.go_back()
        come_back(page)
        assert page.url == case


def test_an_item_opened_from_a_list_is_one_step(study: Study, browser: Browser) -> None:
    with window(browser, study.app) as page:
        page.goto(f"{study.app.url}/agreement?as=amara")
        page.get_by_role("button", name=re.compile("units differ$")).first.click()
        listed = page.get_by_role("button", name=re.compile("^demo")).first
        expect(listed).to_be_visible()
        settle(page)
        there, steps = page.url, page.evaluate("history.length")
        listed.click()
        page.wait_for_url(lambda url: "/items?" in url and "item=" in url)
        settle(page)
        assert page.evaluate("history.length") == steps + 1
        page.go_back()
        expect(page.get_by_role("heading", name="Agreement", exact=True)).to_be_visible()
        assert page.url == there


@pytest.mark.parametrize("start", ["/", "/?as=benoit", "/review?as=benoit&round=history"])
def test_going_back_leads_out_of_the_study(study: Study, browser: Browser, start: str) -> None:
    with window(browser, study.app) as page:
        open_reading(page, f"{study.app.url}{start}")
        for _ in range(5):
            page.go_back()
            page.wait_for_timeout(700)
            if page.url == "about:blank":
                return
        raise AssertionError(f"Going back ends at {page.url}")


def test_a_page_chosen_after_a_restart_is_the_same_persons(study: Study, browser: Browser) -> None:
    """A new server remembers nobody: the address names who is at work, in every wish for a page."""
    with window(browser, study.app) as page:
        open_reading(page, study.address("person", "benoit"))
        at_work = page.locator(".st-key-banner input")
        person = at_work.input_value()
        leave(page, "menu")
        expect(page.get_by_role("heading", name="Items")).to_be_visible()
        settle(page)
        page.reload()
        expect(page.get_by_role("heading", name="Items")).to_be_visible()
        expect(at_work).to_have_value(person)
        settle(page)

        study.app.stop(signal.SIGKILL)
        study.app.start()
        page.wait_for_selector('[data-test-connection-state="CONNECTED"]')
        page.get_by_test_id("stTopNavLink").filter(has_text="Review").click()
        page.wait_for_selector(".decision .main")
        expect(at_work).to_have_value(person)
        assert "as=benoit" in page.url


# ---- steps back, and the pace --------------------------------------------------------------


def test_a_step_is_taken_back_by_a_key_after_a_reload(study: Study, browser: Browser) -> None:
    with window(browser, study.app) as page:
        open_reading(page, study.address("undo"))
        choose(page, "Recommendation", "Reject")
        choose(page, "Recommendation", "Accept")
        page.reload()
        page.wait_for_selector(".decision .main")
        settle(page)
        page.keyboard.press("z")
        study.until("undo", DIAGNOSE, lambda b: b.recommendation is Recommendation.REJECT)
        rejects = page.get_by_role("radio", name="Reject", exact=True)
        expect(rejects).to_be_checked()
        settle(page)
        page.reload()
        page.wait_for_selector(".decision .main")
        settle(page)
        page.keyboard.press("z")
        study.until("undo", DIAGNOSE, lambda b: b.recommendation is None)


def test_the_last_fifty_steps_can_be_taken_back(study: Study, browser: Browser) -> None:
    """One more was made: the fifty-first is kept as it is."""
    with window(browser, study.app) as page:
        open_reading(page, study.address("steps"))
        for n in range(KEPT + 1):
            wanted = (Verdict.SUPPORTED, Verdict.CONTRADICTED)[n % 2]
            page.keyboard.press("sx"[n % 2])
            study.until("steps", DIAGNOSE, lambda b, wanted=wanted: verdict_of(b) is wanted)
        task = study.bench.reviewing.task(actor("amara"), "steps", DIAGNOSE)
        assert task.undoable == KEPT
        page.reload()
        page.wait_for_selector(".decision .main")
        settle(page)
        for left in reversed(range(KEPT)):
            page.keyboard.press("z")
            steps_left(study, left)
        assert verdict_of(study.draft("steps", DIAGNOSE)) is Verdict.SUPPORTED


def steps_left(study: Study, wanted: int) -> None:
    deadline = time.monotonic() + 10
    while study.bench.reviewing.task(actor("amara"), "steps", DIAGNOSE).undoable != wanted:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_typed_is_in_the_database_within_a_second(study: Study, browser: Browser) -> None:
    times, said = [], ""
    with window(browser, study.app) as page:
        open_reading(page, study.address("pace"))
        page.get_by_label("Comment", exact=True).click()
        for n in range(20):
            said += f"Edit {n}. "
            page.keyboard.type(f"Edit {n}. ")
            began = time.monotonic()
            study.until("pace", DIAGNOSE, lambda body, said=said: body.comment == said)
            times.append(time.monotonic() - began)
    median, slowest = statistics.median(times), max(times)
    print(f"last key to database: median {median:.3f} s, slowest {slowest:.3f} s, n = {len(times)}")
    assert median <= 1.0
