"""The claims as a clinician uses them: what shows at once, and what the study then holds."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from src.domain.evidence import WholeImage
from src.domain.people import OPERATOR
from src.domain.review import ReviewBody, Verdict
from src.services.workbench import Workbench
from tests.browser.app_server import (
    DESK,
    PHONE,
    App,
    demo_study,
    running_app,
    running_browser,
    settle,
    window,
)
from tests.browser.reading_room_server import chromium_path
from tests.builders import actor, open_round

pytestmark = pytest.mark.browser
ITEM = "demo/crossmodal/001"
ROUNDS = ("away", "local", "keys", "evidence", "refused", "words", "own", "phone", "hands")
HEARD = """
  window.heard = [];
  document.addEventListener("rarereview", (event) => window.heard.push(event.detail));
"""


@dataclass(frozen=True)
class Study:
    """A study being served, and the same study seen from behind."""

    bench: Workbench
    app: App

    def draft(self, round_name: str) -> ReviewBody:
        return self.bench.reviewing.task(actor("amara"), round_name, ITEM).draft.body

    def until(self, round_name: str, true: Callable[[ReviewBody], object]) -> ReviewBody:
        """Wait until the draft in the database fits."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            body = self.draft(round_name)
            if true(body):
                return body
            time.sleep(0.05)
        raise AssertionError(f"The draft holds {self.draft(round_name)!r}")


@dataclass
class Line:
    """Counts what a page sends to the server."""

    sent: list[object] = field(default_factory=list)

    def listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.sent.append(frame))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Give the demo study with one more round for each test, served by the app."""
    chromium_path()
    folder = tmp_path_factory.mktemp("claims")
    with demo_study(folder) as (bench, url, store):
        for name in ROUNDS:
            open_round(bench, name, item_ids=(ITEM,))
        with running_app(url, store, folder / "app.log") as app:
            yield Study(bench, app)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@contextmanager
def reading(
    study: Study, browser: Browser, round_name: str, size: tuple[int, int] = DESK
) -> Iterator[Page]:
    """Open the item's page and wait until its claims stand there."""
    with window(browser, study.app, size) as page:
        page.add_init_script(HEARD)
        page.goto(f"{study.app.url}/?as=amara&round={round_name}")
        page.wait_for_selector(".claims .claim")
        page.wait_for_selector(".tile")
        settle(page)
        yield page


def head(page: Page, number: int) -> Locator:
    return page.locator(".claims .head").nth(number - 1)


def verdict(page: Page, number: int, word: str) -> Locator:
    group = page.get_by_role("group", name=f"Verdict on claim {number}")
    return group.get_by_role("button", name=word, exact=True)


def announce(page: Page, **detail: object) -> None:
    """Say something on the bus, as the viewer does when a key is pressed."""
    page.evaluate(
        "detail => document.dispatchEvent(new CustomEvent('rarereview', { detail }))", detail
    )


def ids(study: Study) -> list[str]:
    return [claim.claim_id for claim in study.bench.browsing.item(OPERATOR, ITEM).item.claims]


def test_opening_a_claim_asks_nothing_of_the_server_and_is_remembered(
    study: Study, browser: Browser
) -> None:
    line, third = Line(), ids(study)[2]
    with reading(study, browser, "local") as page:
        page.on("websocket", line.listen)
        page.reload()
        page.wait_for_selector(".claims .claim")
        settle(page)
        page.wait_for_timeout(600)
        line.sent.clear()
        head(page, 3).scroll_into_view_if_needed()
        before = head(page, 3).bounding_box()
        head(page, 3).click()
        page.wait_for_timeout(600)
        assert line.sent == []
        assert head(page, 3).get_attribute("aria-expanded") == "true"
        assert head(page, 1).get_attribute("aria-expanded") == "false"
        after = head(page, 3).bounding_box()
        assert before is not None and after is not None
        assert after["y"] == pytest.approx(before["y"], abs=2)
        assert page.evaluate("document.rareReviewClaim") == third
        assert {"type": "claim", "claim_id": third} in page.evaluate("window.heard")

        verdict(page, 3, "Cannot judge").click()
        settle(page)
        assert head(page, 3).get_attribute("aria-expanded") == "true"
        page.reload()
        page.wait_for_selector(".claims .claim")
        settle(page)
        expect(head(page, 3)).to_have_attribute("aria-expanded", "true")
        assert page.evaluate("document.rareReviewClaim") == third


def test_verdicts_come_from_the_keyboard_and_twice_the_same_takes_it_back(
    study: Study, browser: Browser
) -> None:
    first, second = ids(study)[:2]
    with reading(study, browser, "keys") as page:
        announce(page, type="verdict", verdict="partly_supported")
        announce(page, type="verdict", verdict="partly_supported")
        study.until("keys", lambda body: body.claim(first).verdict is Verdict.PARTLY_SUPPORTED)
        announce(page, type="next-claim")
        announce(page, type="verdict", verdict="not_in_evidence")
        study.until("keys", lambda body: body.claim(second).verdict is Verdict.NOT_IN_EVIDENCE)
        page.wait_for_timeout(500)
        announce(page, type="verdict", verdict="not_in_evidence")
        study.until("keys", lambda body: body.claim(second).verdict is None)
        assert study.draft("keys").claim(first).verdict is Verdict.PARTLY_SUPPORTED

        page.evaluate("document.rareReviewKeys = { ...document.rareReviewKeys, supported: 'h' }")
        announce(page, type="keys")
        expect(verdict(page, 2, "Supported").locator("kbd")).to_have_text("h")
        announce(page, type="claim", claim_id=first, reveal=True)
        expect(head(page, 1)).to_be_focused()


def test_evidence_leads_to_its_place_and_the_right_piece_is_taken_away(
    study: Study, browser: Browser
) -> None:
    item = study.bench.browsing.item(OPERATOR, ITEM).item
    claim_id = item.claims[0].claim_id
    with reading(study, browser, "evidence") as page:
        verdict(page, 1, "Supported").click()
        expect(page.get_by_text("Nothing is marked as evidence yet.")).to_be_visible()
        for number in (1, 2):
            page.locator(".tile").nth(number - 1).click()
            page.wait_for_selector(".stage img")
            page.keyboard.press("e")
            settle(page)
            page.keyboard.press("Escape")
        chips = page.get_by_role("group", name="Evidence of claim 1")
        expect(chips.get_by_role("button", name="Image 2", exact=True)).to_be_visible()
        expect(page.get_by_text("Nothing is marked as evidence yet.")).to_have_count(0)
        page.evaluate("window.heard.length = 0")
        chips.get_by_role("button", name="Image 1", exact=True).click()
        [shown] = [said for said in page.evaluate("window.heard") if said["type"] == "show"]
        assert shown["sha256"] == item.content.images[0].sha256

        chips.get_by_role("button", name="Remove Image 1").click()
        chips.get_by_role("button", name="Remove Image 2").click()
        expect(chips.get_by_role("button", name="Remove")).to_have_count(0)
        study.until("evidence", lambda body: not body.claim(claim_id).evidence)

        given = [link for link in item.claims[0].links if isinstance(link, WholeImage)]
        confirm = chips.get_by_role("button", name="Confirm")
        assert confirm.count() == len(item.claims[0].links)
        if given:
            confirm.first.click()
            study.until("evidence", lambda body: body.claim(claim_id).evidence)


def test_a_link_of_the_benchmark_is_refused_by_keys_alone_and_taken_back(
    study: Study, browser: Browser
) -> None:
    """Refused, neither its image nor any other is drawn as the benchmark's any more."""
    claim = study.bench.browsing.item(OPERATOR, ITEM).item.claims[0]
    [link, *others] = claim.links
    with reading(study, browser, "refused") as page:
        chips = page.get_by_role("group", name="Evidence of claim 1")
        drawn = page.locator(".tile.given")
        expect(drawn).to_have_count(len(claim.links))
        open_name = chips.get_by_role("button", name="the benchmark's").first.text_content() or ""
        name = open_name.removesuffix(", the benchmark's")
        chips.get_by_role("button", name=f"Confirm {name}").focus()
        page.keyboard.press("Tab")
        expect(chips.get_by_role("button", name=f"Not this: {name}")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".claims .spoken")).to_have_text(
            f"{name} is refused as evidence of claim 1"
        )
        refused = chips.get_by_role("button", name=f"{name}, not this", exact=True)
        expect(refused).to_be_focused()
        expect(refused.locator(".place")).to_have_css("text-decoration-line", "line-through")
        study.until("refused", lambda body: body.claim(claim.claim_id).refused == (link,))
        expect(drawn).to_have_count(len(others))
        assert head(page, 1).locator(".more").text_content() == ""

        page.reload()
        page.wait_for_selector(".claims .claim")
        expect(refused).to_be_visible()
        back = chips.get_by_role("button", name=f"Take back: not {name}")
        box = back.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 24
        refused.focus()
        page.keyboard.press("Tab")
        expect(back).to_be_focused()
        page.keyboard.press("Enter")
        expect(chips.get_by_role("button", name=f"Confirm {name}")).to_be_visible()
        study.until("refused", lambda body: not body.claim(claim.claim_id).refused)
        expect(drawn).to_have_count(len(claim.links))


def test_better_words_are_kept_beside_the_item_s_own_and_a_claim_goes_out_and_comes_back(
    study: Study, browser: Browser
) -> None:
    claim = study.bench.browsing.item(OPERATOR, ITEM).item.claims[0]
    words = f"{claim.text} <b>Surely</b>"
    with reading(study, browser, "words") as page:
        page.get_by_text("Reword, split or remove").locator("visible=true").click()
        field = page.get_by_label("The claim in better words").locator("visible=true")
        expect(field).to_have_value(claim.text)
        field.fill(words)
        study.until("words", lambda body: body.claim(claim.claim_id).text == words)
        expect(page.locator(".claims ins").first).to_be_visible()
        assert "".join(page.locator(".claims .change ins").all_text_contents()) in words
        assert page.locator(".claims .full b").count() == 0
        page.reload()
        page.wait_for_selector(".claims .claim")
        expect(
            page.get_by_label("The claim in better words").locator("visible=true")
        ).to_have_value(words)
        page.get_by_role("button", name="Remove this claim").locator("visible=true").click()
        expect(page.get_by_text("You took this claim out.")).to_be_visible()
        study.until("words", lambda body: body.claim(claim.claim_id).removed)
        page.get_by_role("button", name="Take the claim back in").click()
        study.until("words", lambda body: not body.claim(claim.claim_id).removed)
        expect(verdict(page, 1, "Supported")).to_be_visible()


def test_own_claims_keep_their_words_when_one_before_them_goes(
    study: Study, browser: Browser
) -> None:
    count = len(ids(study))
    with reading(study, browser, "own") as page:
        for words in ("The first of my own", "The second of my own"):
            page.get_by_role("button", name="Add a claim").click()
            page.keyboard.type(words)
        study.until("own", lambda body: len(body.added_claims) == 2)
        verdict(page, count + 2, "Supported").click()
        study.until("own", lambda body: body.added_claims[1].verdict)
        page.get_by_label("What the claim says").locator("visible=true").press("End")
        page.keyboard.type(", and more")
        head(page, count + 1).click()
        page.get_by_role("button", name="Remove this claim").locator("visible=true").click()
        body = study.until("own", lambda body: len(body.added_claims) == 1)
        assert body.added_claims[0].text == "The second of my own, and more"
        assert body.added_claims[0].verdict is Verdict.SUPPORTED
        expect(page.locator(".claims .claim")).to_have_count(count + 1)
        shown = page.get_by_label("What the claim says").locator("visible=true")
        expect(shown).to_have_value("The second of my own, and more")
        shown.fill("Now the only one")
        study.until("own", lambda body: body.added_claims[0].text == "Now the only one")

        page.get_by_role("button", name="Split this claim").locator("visible=true").click()
        page.keyboard.press("End")
        page.keyboard.type(", its other half")
        body = study.until("own", lambda body: len(body.added_claims) == 2)
        study.until(
            "own", lambda body: body.added_claims[1].text == "Now the only one, its other half"
        )
        page.get_by_role("button", name="Add a claim").click()
        expect(page.locator(".claims .claim")).to_have_count(count + 3)
        head(page, 1).click()
        expect(page.locator(".claims .claim")).to_have_count(count + 2)


@pytest.mark.parametrize(("size", "least"), [(DESK, 24), (PHONE, 44)])
def test_everything_one_can_press_is_large_enough(
    study: Study, browser: Browser, size: tuple[int, int], least: int
) -> None:
    with reading(study, browser, "phone", size) as page:
        small = page.locator(".claims button:visible, .claims summary:visible").evaluate_all(
            "(nodes, least) => nodes.map((n) => [n.textContent, n.getBoundingClientRect()])"
            ".filter(([, box]) => box.height < least - 0.5 || box.width < 24)"
            ".map(([text, box]) => `${text} ${box.width}x${box.height}`)",
            least,
        )
        assert small == []
        wide = page.locator(".claims *").evaluate_all(
            "nodes => nodes.filter(n => n.getBoundingClientRect().right > innerWidth + 1).length"
        )
        assert wide == 0


def test_a_claim_is_opened_judged_and_noted_by_keys_alone(study: Study, browser: Browser) -> None:
    second = ids(study)[1]
    with reading(study, browser, "hands") as page:
        head(page, 2).focus()
        page.keyboard.press("Enter")
        assert head(page, 2).get_attribute("aria-expanded") == "true"
        expect(head(page, 2)).to_be_focused()
        page.keyboard.press("Tab")
        expect(verdict(page, 2, "Supported")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        study.until("hands", lambda body: body.claim(second).verdict is Verdict.PARTLY_SUPPORTED)
        expect(verdict(page, 2, "Partly supported")).to_be_focused()
        page.get_by_label("Note on this claim").locator("visible=true").focus()
        page.keyboard.type("crsx")
        body = study.until("hands", lambda body: body.claim(second).note == "crsx")
        assert body.claim(second).verdict is Verdict.PARTLY_SUPPORTED


def _judge_alone(page: Page) -> None:
    verdict(page, 1, "Supported").click()
    assert verdict(page, 1, "Supported").get_attribute("aria-pressed") == "true"
    expect(page.locator(".claims .spoken")).to_have_text("Verdict on claim 1: supported")
    head(page, 2).click()
    verdict(page, 2, "Contradicted").click()
    assert "contradicted" in (head(page, 2).get_attribute("aria-label") or "")
    page.get_by_label("Note on this claim").locator("visible=true").fill("Seen without a net.")
    waiting = page.get_by_text("Waiting for the server. Your text is kept.")
    expect(waiting.first).to_be_visible(timeout=15_000)


def test_a_verdict_shows_at_once_while_the_server_is_away_and_is_stored_when_it_is_back(
    study: Study, browser: Browser
) -> None:
    first, second = ids(study)[:2]
    with reading(study, browser, "away") as page:
        study.app.stop(signal.SIGKILL)
        try:
            _judge_alone(page)
        finally:
            study.app.start()
        body = study.until("away", lambda body: body.claim(second).note)
    assert body.claim(first).verdict is Verdict.SUPPORTED
    assert body.claim(second).verdict is Verdict.CONTRADICTED
    assert body.claim(second).note == "Seen without a net."
