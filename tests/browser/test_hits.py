"""Hits of the scan as a clinician decides them: where they lead, and one key for each word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from db import hits as kept
from src.domain.evidence import ImageBox
from src.domain.leakage import DismissReason, Hit, Layer, LeakKind, LeakPlace, Method
from src.domain.people import OPERATOR
from src.domain.review import ReviewBody, Verdict
from tests.browser.app_server import (
    PHONE,
    Study,
    open_reading,
    running_browser,
    served_study,
    settle,
    window,
)
from tests.browser.reading_room_server import chromium_path

pytestmark = pytest.mark.browser
TEXT, CAPTION, IMAGE = "demo/diagnosis/006", "demo/diagnosis/005", "demo/diagnosis/004"
ROUNDS = {
    "keys": (TEXT,),
    "place": (CAPTION,),
    "image": (IMAGE,),
    "own": (TEXT,),
    "pressed": (TEXT,),
    "typing": (TEXT,),
    "alone": (TEXT,),
    "phone": (TEXT,),
    "first": (TEXT,),
    "orpha": (TEXT,),
}
WORDS = "known LAM"
ORPHANET = (
    "orpha_code\tpreferred_term\tsynonyms\tparents\n"
    "2485\tMelorheostosis\tLeri disease\t\n"
    "160\tCastleman disease\tAngiofollicular hyperplasia\t\n"
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Give the demo study with one more round for each test, served by the app."""
    chromium_path()
    folder = tmp_path_factory.mktemp("hits")
    with served_study(folder, ROUNDS) as study:
        read_in_image(study)
        table = folder / "orphanet.tsv"
        Path(table).write_text(ORPHANET, encoding="utf-8")
        study.bench.ontologies.store_file(OPERATOR, table)
        yield study


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


def read_in_image(study: Study) -> None:
    """Let OCR have read the lettering on the fifth image, as it does where it is installed."""
    image = study.bench.browsing.item(OPERATOR, IMAGE).item.content.images[4]
    hit = Hit(
        hit_id="a" * 16,
        layer=Layer.IMAGE_TEXT,
        start=12,
        end=21,
        image=5,
        box=ImageBox(sha256=image.sha256, x=20, y=1147, width=408, height=39),
        quote=WORDS,
        alias="LAM",
        method=Method.ACRONYM,
        score=1,
        rule="answer_acronym",
    )
    with study.bench.database.transaction() as t:
        record = kept.scans_of(t, [(IMAGE, 1)])[IMAGE, 1]
        kept.replace(t, {(IMAGE, 1): (record, [hit])})


@contextmanager
def reading(study: Study, browser: Browser, name: str, **size: Any) -> Iterator[Page]:
    with window(browser, study.app, **size) as page:
        open_reading(page, study.address(name))
        yield page


def desk(page: Page) -> Locator:
    return page.get_by_role("region", name="A hit of the scan")


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)
    settle(page)


def row(page: Page, words: str) -> Locator:
    return page.locator(".hits button.hit", has_text=words)


def test_hits_are_walked_through_and_decided_by_one_key_each(
    study: Study, browser: Browser
) -> None:
    with reading(study, browser, "keys") as page:
        expect(desk(page)).to_be_hidden()
        press(page, "h")
        expect(desk(page)).to_contain_text("Hit 1 of 2 · Case text")
        press(page, "1")
        body = study.until("keys", TEXT, lambda body: body.flags)
        assert [(f.kind, f.severity) for f in body.flags] == [(LeakKind.GIVE_AWAY_PHRASE, "high")]
        desk(page).get_by_label("What happens there").select_option(LeakKind.ANSWER_IN_TEXT)
        study.until("keys", TEXT, lambda body: body.flags[0].kind is LeakKind.ANSWER_IN_TEXT)
        press(page, "h")
        expect(desk(page)).to_contain_text("melorheostosis")
        press(page, "4")
        body = study.until("keys", TEXT, lambda body: body.dismissed)
        assert body.dismissed[0].reason is DismissReason.RULED_OUT_THERE
        expect(page.get_by_text("Found by the scan: 2 of 2 decided")).to_be_visible()
        expect(row(page, "melorheostosis")).to_contain_text("Ruled out there")
        mark = page.locator(".case .hit", has_text="melorheostosis")
        expect(mark).to_have_attribute("data-state", "none")

        press(page, "2")
        body = study.until("keys", TEXT, lambda body: len(body.flags) == 2)
        assert (body.dismissed, body.flags[1].severity) == ((), "low")
        expect(mark).to_have_attribute("data-state", "leak")
        press(page, "2")
        study.until("keys", TEXT, lambda body: len(body.flags) == 1)
        expect(row(page, "melorheostosis")).to_contain_text("Undecided")
        press(page, "z")
        study.until("keys", TEXT, lambda body: len(body.flags) == 2)
        expect(row(page, "melorheostosis")).to_contain_text("Hints at it")

        press(page, "q")
        expect(desk(page)).to_contain_text("consistent with")
        answers = desk(page).get_by_role("button", name="Gives it away")
        expect(answers).to_have_attribute("aria-pressed", "true")


def test_a_digit_opens_an_image_unless_a_hit_lies_open(study: Study, browser: Browser) -> None:
    with reading(study, browser, "first") as page:
        press(page, "h")
        press(page, "Escape")
        expect(desk(page)).to_be_hidden()
        press(page, "2")
        page.wait_for_selector(".pane")
        assert study.draft("first", TEXT) == ReviewBody(
            images_viewed=study.draft("first", TEXT).images_viewed
        )
        press(page, "h")
        press(page, "3")
        study.until("first", TEXT, lambda body: body.dismissed)
        expect(page.locator(".corner.tl")).to_contain_text("2")


def test_an_open_hit_is_seen_above_the_desk_and_a_folded_caption_is_unfolded(
    study: Study, browser: Browser
) -> None:
    with reading(study, browser, "place") as page:
        press(page, "h")
        mark = page.locator(".case .hit.on-desk")
        expect(mark).to_have_text("typical of")
        page.wait_for_timeout(900)
        at, over = mark.bounding_box(), desk(page).bounding_box()
        assert at is not None and over is not None
        assert at["y"] > 100 and at["y"] + at["height"] < over["y"]
        page.wait_for_selector(".pane")
        expect(page.locator(".corner.tl")).to_contain_text("2")
        expect(desk(page)).to_contain_text("It is a phrase that announces an answer.")


def test_words_read_in_an_image_are_outlined_there_and_decided_without_touching_a_box(
    study: Study, browser: Browser
) -> None:
    with reading(study, browser, "image") as page:
        expect(page.locator(".tile").nth(4).locator("svg rect")).to_have_count(1)
        press(page, "h")
        found = page.locator(".pane .hit-box")
        expect(found).to_contain_text(f"Scan: {WORDS}")
        dashes = found.locator("rect").nth(1).get_attribute("stroke-dasharray")
        assert dashes == "10 3 1.5 3", "neither the benchmark's dashes nor the dots of a leak"
        press(page, "1")
        study.until("image", IMAGE, lambda body: body.flags)
        expect(found).to_contain_text(f"⚑ {WORDS}")
        assert page.locator(".pane .box").count() == 0

        press(page, "Escape")
        frame = page.locator(".pane").first.bounding_box()
        assert frame is not None
        press(page, "b")
        page.mouse.move(frame["x"] + 300, frame["y"] + 60)
        page.mouse.down()
        page.mouse.move(frame["x"] + 340, frame["y"] + 90)
        page.mouse.move(frame["x"] + 380, frame["y"] + 120)
        page.mouse.up()
        body = study.until("image", IMAGE, lambda body: body.claims)
        [flag] = body.flags
        assert flag.place.box is not None and flag.place.box.width == 408
        press(page, "b")

        line = found.locator("rect").nth(1).bounding_box()
        assert line is not None
        page.mouse.click(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2)
        expect(desk(page)).to_contain_text("Inside image 5")


def test_pressing_words_or_a_line_opens_the_hit_and_low_ones_are_folded(
    study: Study, browser: Browser
) -> None:
    with reading(study, browser, "pressed") as page:
        fold = page.get_by_text("Mentions of low rank (2)")
        expect(row(page, "Leri disease")).to_be_hidden()
        page.locator(".case .hit", has_text="Leri disease").click()
        expect(desk(page)).to_contain_text("Hit 1 of 2 of low rank")
        expect(desk(page)).to_contain_text("It is negated there.")
        desk(page).get_by_role("button", name="Ruled out there").click()
        study.until("pressed", TEXT, lambda body: body.dismissed)
        desk(page).get_by_role("button", name="Close the hit").click()
        expect(desk(page)).to_be_hidden()
        expect(fold).to_be_visible()
        line = row(page, "consistent with")
        line.click()
        expect(line).to_have_attribute("aria-expanded", "true")
        line.click()
        expect(desk(page)).to_be_hidden()


def test_no_key_of_a_hit_fires_while_a_note_is_typed(study: Study, browser: Browser) -> None:
    with reading(study, browser, "typing") as page:
        note = desk(page).get_by_role("button", name="Note", exact=True)
        press(page, "h")
        expect(note).to_be_disabled()
        press(page, "5")
        note.click()
        page.keyboard.type("h 1 q: 2 readers, one word")
        body = study.until("typing", TEXT, lambda body: body.dismissed and body.dismissed[0].note)
        assert body.dismissed[0].note == "h 1 q: 2 readers, one word"
        assert (len(body.dismissed), body.flags) == (1, ())
        press(page, "Escape")
        press(page, "h")
        expect(desk(page)).to_contain_text("Hit 2 of 2")
        press(page, "d")
        page.get_by_label("Comment", exact=True).click()
        page.keyboard.type("h1")
        study.until("typing", TEXT, lambda body: body.comment == "h1")
        assert study.draft("typing", TEXT).flags == ()


def test_a_leak_of_ones_own_is_marked_by_a_key_and_a_file_is_named(
    study: Study, browser: Browser
) -> None:
    with reading(study, browser, "own") as page:
        press(page, "d")
        page.locator(".case .section .text").first.focus()
        for key in ("ArrowDown", "e"):
            press(page, key)
        expect(page.locator(".leaks .leak")).to_contain_text("A 22-year-old rower")
        for key in ("ArrowDown", "ArrowDown", "e"):
            press(page, key)
        expect(page.locator(".leaks .leak")).to_have_count(2)
        page.get_by_label("Flag a whole place").select_option(
            "File name of image 2: case6_thigh_ct.png"
        )
        body = study.until("own", TEXT, lambda body: len(body.flags) == 3)
        assert [flag.kind for flag in body.flags] == [
            LeakKind.ANSWER_IN_TEXT,
            LeakKind.ANSWER_IN_TEXT,
            LeakKind.ANSWER_IN_FILE_NAME,
        ]
        assert body.flags[2].place == LeakPlace(field="file_name:2")
        expect(page.locator(".leaks .leak")).to_have_count(3)
        page.locator(".case .section .text").first.focus()
        press(page, "Escape")
        expect(page.get_by_role("button", name="Mark a leak")).to_be_visible()
        assert all(reading.evidence == () for reading in body.claims)


def test_a_word_on_a_hit_draws_the_leaks_alone(study: Study, browser: Browser) -> None:
    """What comes back from the server for it holds neither the case text nor the images."""
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    with window(browser, study.app) as page:
        page.on("websocket", listen)
        open_reading(page, study.address("alone"))
        press(page, "h")
        heard.clear()
        press(page, "1")
        study.until("alone", TEXT, lambda body: body.flags)
        settle(page)
        assert any("consistent with" in frame for frame in heard)
        assert not [frame for frame in heard if "A 22-year-old rower" in frame]
        assert not [frame for frame in heard if "thumb_url" in frame]
        expect(page.locator(".decision .says")).to_contain_text("1 place that the scan found")


def test_on_a_phone_the_desk_leaves_the_words_in_sight(study: Study, browser: Browser) -> None:
    with reading(study, browser, "phone", size=PHONE) as page:
        line = row(page, "melorheostosis")
        line.scroll_into_view_if_needed()
        line.click()
        page.wait_for_timeout(600)
        at = page.locator(".case .hit.on-desk").bounding_box()
        over = desk(page).bounding_box()
        assert at is not None and over is not None
        assert at["y"] > 0 and at["y"] + at["height"] < over["y"]
        assert over["width"] <= PHONE[0] and over["y"] + over["height"] <= PHONE[1] + 1
        desk(page).get_by_role("button", name="Gives it away").click()
        study.until("phone", TEXT, lambda body: body.flags)


def test_a_code_typed_into_the_proposals_shows_in_the_panel_below(
    study: Study, browser: Browser
) -> None:
    with reading(study, browser, "orpha") as page:
        press(page, "s")
        study.until("orpha", TEXT, lambda body: body.claims[0].verdict is Verdict.SUPPORTED)
        panel = page.locator("details", has_text="ORPHA:2485").last
        panel.locator("summary").click()
        page.get_by_text("Propose changes to the item").click()
        code = page.get_by_label("ORPHA code", exact=True)
        code.fill("160")
        expect(page.get_by_text("You propose ORPHA:160 Castleman disease")).to_be_visible()
        expect(code).to_have_value("160")
        assert study.draft("orpha", TEXT).proposals.orpha_code == "160"

        page.get_by_role("button", name="Keep the item's").click()
        study.until("orpha", TEXT, lambda body: body.proposals.orpha_code is None)
        expect(code).to_have_value("2485")
        search = page.get_by_label("Another disease, by name or code")
        search.fill("angiofoll")
        search.press("Enter")
        page.get_by_role("button", name="ORPHA:160").click()
        study.until("orpha", TEXT, lambda body: body.proposals.orpha_code == "160")
        expect(code).to_have_value("160")
