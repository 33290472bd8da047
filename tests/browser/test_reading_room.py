"""The reading room's components in a real browser, around a harness app."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.reading_room_server import (
    CHROMIUM_ARGS,
    GREEN,
    SIZES,
    chromium_path,
    draw_images,
    landmark,
    running_harness,
)

pytestmark = pytest.mark.browser
COUNT = 6
Kept = dict[str, Any]
TEXT = (
    "A 34-year-old woman \U0001f469\u200d\U0001f9b0 was seen for dyspnoea.\r\n"
    "She had *never* smoked; <b>serum</b> VEGF-D was 1,200 pg/mL.\n\n"
    "High-resolution CT showed thin-walled cysts in both lungs. A left chylothorax was drained "
    "twice. Renal angiomyolipomas were found on ultrasound."
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium_path()
    images = tmp_path_factory.mktemp("room")
    draw_images(images, COUNT)
    with running_harness(images, COUNT) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
        yield browser
        browser.close()


@pytest.fixture
def room(browser: Browser, address: str) -> Iterator[Page]:
    """The harness in a page of its own; afterwards nothing may have failed or left loopback."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(8000)
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    _open(page, address)
    yield page
    context.close()
    assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []
    assert errors == []


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".tile")
    page.wait_for_selector("textarea")
    _settle(page)


def _settle(page: Page) -> None:
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def _kept(page: Page) -> Kept:
    kept = json.loads(page.locator(".st-key-kept pre").text_content() or "{}")
    assert isinstance(kept, dict)
    return kept


def _until(page: Page, true: Callable[[Kept], object], seconds: float = 6) -> Kept:
    """Wait until what the server kept fits, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        kept = _kept(page)
        if true(kept):
            return kept
        page.wait_for_timeout(40)
    raise AssertionError(f"The server keeps {_kept(page)}")


def _boxes(kept: Kept) -> list[Kept]:
    return list(kept["room"]["boxes"]) if kept["room"] else []


def _place(box: Kept) -> tuple[int, int, int, int]:
    return box["x"], box["y"], box["width"], box["height"]


def _enlarge(page: Page, number: int) -> Locator:
    page.locator(".tile").nth(number - 1).click()
    pane = page.locator(".pane").first
    page.wait_for_selector(".stage img")
    page.wait_for_timeout(250)
    return pane


def _patch(page: Page, pane: Locator) -> tuple[float, float, float, float]:
    """Find the green patch on the screen: left, top, right, bottom in page coordinates."""
    frame = pane.bounding_box()
    assert frame is not None
    shot = Image.open(io.BytesIO(pane.screenshot())).convert("RGB")
    pixels = shot.load()
    assert pixels is not None
    found = [
        (x, y) for y in range(shot.height) for x in range(shot.width) if _is_green(pixels[x, y])
    ]
    xs, ys = [x for x, _ in found], [y for _, y in found]
    left, top = frame["x"], frame["y"]
    return left + min(xs), top + min(ys), left + max(xs) + 1, top + max(ys) + 1


def _is_green(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 30 for a, b in zip(pixel, GREEN, strict=True))


def _drag(page: Page, x0: float, y0: float, x1: float, y1: float) -> None:
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def _draw_around_patch(page: Page, pane: Locator) -> Kept:
    corners = _patch(page, pane)
    page.keyboard.press("b")
    _drag(page, *corners)
    page.keyboard.press("b")
    return _until(page, _boxes)


def test_the_grid_shows_every_image_with_its_slot_name_and_its_caption_as_written(
    room: Page,
) -> None:
    tiles = room.locator(".tile")
    assert tiles.count() == COUNT
    room.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
        ".flatMap(h => [...h.shadowRoot.querySelectorAll('.tile img')])"
        f".filter(i => i.complete && i.naturalWidth > 0).length === {COUNT}"
    )
    first = tiles.nth(0).locator(".words").inner_text()
    assert "Figure 1A" in first
    assert "**Not bold** <img src=x onerror=alert(1)>" in first
    _enlarge(room, 3)
    assert ":red[Not red] $5.1$ ~~not struck~~" in room.locator(".under").inner_text()


def test_looking_at_two_images_ticks_them_and_asks_the_server_nothing(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    sent: list[object] = []

    def count(frame: object) -> None:
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", count))
    _open(page, address)
    page.wait_for_timeout(400)
    before = len(sent)

    for number in ("1", "2"):
        page.keyboard.press(number)
        page.wait_for_timeout(700)
        for key in ("+", "+", "i", "t", "]", "0"):
            page.keyboard.press(key)
    page.keyboard.press("Escape")

    assert page.locator(".tile", has_text="✓ viewed").count() == 2
    assert len(sent) == before
    page.get_by_label("Comment").click()
    kept = _until(page, lambda kept: kept["room"] and kept["room"]["viewed"])
    assert [int(sha256, 16) for sha256 in kept["room"]["viewed"]] == [0, 1]
    page.close()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_box_on_a_zoomed_and_turned_image_is_in_whole_canonical_pixels(
    room: Page, turns: int
) -> None:
    pane = _enlarge(room, 2)
    for _ in range(turns):
        room.keyboard.press("t")
    x0, y0, x1, y1 = _patch(room, pane)
    room.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    room.mouse.wheel(0, -500)
    room.wait_for_timeout(300)

    kept = _draw_around_patch(room, pane)

    [box] = _boxes(kept)
    assert all(isinstance(value, int) for value in _place(box))
    expected = landmark(*SIZES[1])
    assert all(abs(a - b) <= 2 for a, b in zip(_place(box), expected, strict=True)), (box, expected)
    assert int(box["sha256"], 16) == 1
    assert box["claim_id"] == "c1"


def test_zoomed_beyond_its_pixels_the_full_copy_is_loaded(room: Page) -> None:
    _enlarge(room, 2)
    with room.expect_request("**/room/full/**"):
        room.keyboard.press("a")
    room.wait_for_timeout(300)
    assert room.locator(".corner.tr").inner_text().startswith("100 %")


def test_the_view_and_the_boxes_survive_a_rerun(room: Page) -> None:
    pane = _enlarge(room, 1)
    room.keyboard.press("+")
    room.keyboard.press("t")
    kept = _draw_around_patch(room, pane)
    zoom = room.locator(".corner.tr").inner_text()

    room.get_by_role("button", name="Rerun").click()
    again = _until(room, lambda now: now["runs"] > kept["runs"])

    assert _boxes(again) == _boxes(kept)
    assert again["returned"]["boxes"] == _boxes(kept)
    assert room.locator(".corner.tr").inner_text() == zoom
    assert "turned 90°" in zoom


def test_a_box_is_moved_resized_removed_and_brought_back(room: Page) -> None:
    pane = _enlarge(room, 1)
    drawn = _boxes(_draw_around_patch(room, pane))[0]
    x0, y0, x1, y1 = _patch(room, pane)

    _drag(room, (x0 + x1) / 2, (y0 + y1) / 2, (x0 + x1) / 2 + 60, (y0 + y1) / 2 + 30)
    moved = _boxes(_until(room, lambda kept: _boxes(kept) != [drawn]))[0]
    assert moved["x"] > drawn["x"] and moved["y"] > drawn["y"]
    assert (moved["width"], moved["height"]) == (drawn["width"], drawn["height"])

    _drag(room, x1 + 60, y1 + 30, x1 + 100, y1 + 80)
    grown = _boxes(_until(room, lambda kept: _boxes(kept) != [moved]))[0]
    assert (grown["x"], grown["y"]) == (moved["x"], moved["y"])
    assert grown["width"] > moved["width"] and grown["height"] > moved["height"]

    room.keyboard.press("Delete")
    _until(room, lambda kept: not _boxes(kept))
    room.keyboard.press("Control+z")
    assert _boxes(_until(room, _boxes)) == [grown]


def test_a_box_is_drawn_moved_and_resized_by_keys_alone(room: Page) -> None:
    for key in ("1", "b", "Enter"):
        room.keyboard.press(key)
        room.wait_for_timeout(150)
    assert not _boxes(_kept(room)), "a box being placed is not finished"
    room.keyboard.press("Enter")
    placed = _boxes(_until(room, _boxes))[0]

    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowUp", "Alt+Shift+ArrowRight"):
        room.keyboard.press(key)
    after = _boxes(_until(room, lambda kept: _boxes(kept) != [placed]))[0]

    assert after["x"] == placed["x"] + 11
    assert after["y"] == placed["y"] - 1
    assert after["width"] == placed["width"] + 10
    assert after["height"] == placed["height"]


def test_a_box_in_hand_and_one_not_yet_answered_outlive_a_change_by_the_server(room: Page) -> None:
    pane = _enlarge(room, 1)
    x0, y0, x1, y1 = _patch(room, pane)
    room.keyboard.press("b")
    room.mouse.move(x0, y0)
    room.mouse.down()
    room.mouse.move(x0 + 20, y0 + 20)

    room.evaluate(
        "() => [...document.querySelectorAll('button')]"
        ".find(b => b.textContent === 'Empty on the server').click()"
    )
    _until(room, lambda kept: kept["rev"] == 2)
    room.mouse.move(x1, y1)
    room.mouse.up()

    kept = _until(room, _boxes)
    assert kept["room"]["rev"] == 2
    expected = landmark(*SIZES[0])
    assert all(abs(a - b) <= 2 for a, b in zip(_place(_boxes(kept)[0]), expected, strict=True))


def test_the_servers_boxes_are_taken_when_its_revision_grew(room: Page) -> None:
    pane = _enlarge(room, 1)
    _draw_around_patch(room, pane)
    assert room.locator(".room .chip").count() == 1

    room.get_by_role("button", name="Empty on the server").click()
    kept = _until(room, lambda kept: kept["rev"] == 2)

    assert kept["returned"]["boxes"] == []
    room.wait_for_timeout(200)
    assert room.locator(".room .chip").count() == 0


def test_an_image_is_chosen_and_unchosen_as_evidence_for_the_active_claim(room: Page) -> None:
    assert room.locator(".tile.evidence").count() == 1, "the pre-linked image"
    _enlarge(room, 2)
    room.keyboard.press("e")
    kept = _until(room, lambda kept: kept["room"] and kept["room"]["chosen"])
    assert [int(sha256, 16) for sha256 in kept["room"]["chosen"]["c1"]] == [2, 1]

    room.get_by_role("button", name="Use this image as evidence").click()
    kept = _until(room, lambda kept: len(kept["room"]["chosen"]["c1"]) == 1)
    assert [int(sha256, 16) for sha256 in kept["room"]["chosen"]["c1"]] == [2]


def test_compared_images_zoom_and_pan_together(room: Page) -> None:
    room.keyboard.press("1")
    room.keyboard.press("k")
    room.keyboard.press("2")
    room.keyboard.press("m")
    room.wait_for_timeout(400)
    panes = room.locator(".pane")
    assert panes.count() == 2
    before = [panes.nth(at).locator(".corner.tr").inner_text() for at in (0, 1)]

    panes.nth(0).hover()
    room.mouse.wheel(0, -400)
    room.wait_for_timeout(200)

    after = [panes.nth(at).locator(".corner.tr").inner_text() for at in (0, 1)]
    grown = [int(b.split()[0]) / int(a.split()[0]) for a, b in zip(before, after, strict=True)]
    assert grown[0] > 1.5
    assert grown[0] == pytest.approx(grown[1], abs=0.12)


def test_two_compared_images_can_be_swiped(room: Page) -> None:
    for key in ("1", "m", "w"):
        room.keyboard.press(key)
    divider = room.get_by_label("Swipe between the two images")
    divider.focus()
    for _ in range(10):
        room.keyboard.press("ArrowRight")
    assert "55%" in (room.locator(".pane").nth(1).get_attribute("style") or "")


def _select(page: Page, quote: str) -> None:
    """Select a stretch of the case text as a drag of the mouse does, from its first letter on."""
    page.evaluate(
        """quote => {
            const hosts = [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')];
            const body = hosts.map(h => h.shadowRoot.querySelector('.text')).find(Boolean);
            const at = body.textContent.indexOf(quote);
            const find = units => {
                const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
                let left = units;
                for (let n = walker.nextNode(); n; n = walker.nextNode()) {
                    if (left <= n.length) return [n, left];
                    left -= n.length;
                }
            };
            getSelection().setBaseAndExtent(...find(at), ...find(at + quote.length));
        }""",
        quote,
    )
    page.wait_for_timeout(100)


def test_a_span_after_an_emoji_is_marked_in_code_points(room: Page) -> None:
    _select(room, "thin-walled cysts")
    room.get_by_role("button", name="Use as evidence").click()
    marked = _until(room, lambda kept: kept["marked"])["marked"]

    start = TEXT.index("thin-walled cysts")
    assert (marked["start"], marked["end"]) == (start, start + len("thin-walled cysts"))
    assert TEXT[marked["start"] : marked["end"]] == marked["quote"] == "thin-walled cysts"
    assert marked["prefix"] == TEXT[start - 30 : start]
    assert marked["suffix"] == TEXT[marked["end"] : marked["end"] + 30]
    assert (marked["field"], marked["claim_id"]) == ("context", "c1")
    assert room.locator("mark").inner_text() == "thin-walled cysts"


def test_the_key_e_marks_selected_text_before_it_chooses_an_image(room: Page) -> None:
    _enlarge(room, 1)
    _select(room, "chylothorax")
    room.keyboard.press("e")
    kept = _until(room, lambda kept: kept["marked"])
    assert kept["marked"]["quote"] == "chylothorax"
    assert not (kept["room"] or {}).get("chosen")


def test_a_span_is_selected_with_the_mouse_and_by_sentences_with_keys(room: Page) -> None:
    body = room.locator(".text").first
    frame = body.bounding_box()
    assert frame is not None
    room.mouse.dblclick(frame["x"] + 100, frame["y"] + 12)
    room.get_by_role("button", name="Use as evidence").click()
    first = _until(room, lambda kept: kept["marked"])["marked"]["quote"]
    assert first and first == first.strip()

    body.focus()
    room.keyboard.press("ArrowDown")
    room.keyboard.press("ArrowDown")
    room.keyboard.press("e")
    kept = _until(room, lambda kept: kept["marked"]["quote"] != first)
    assert kept["marked"]["quote"].startswith("She had *never* smoked")


def _has_spans(count: int, kept: Kept) -> bool:
    return len(kept["spans"]) == count


def test_overlapping_spans_are_all_shown_and_one_is_removed(room: Page) -> None:
    for quote in ("thin-walled cysts in both", "cysts in both lungs"):
        before = len(_kept(room)["spans"])
        _select(room, quote)
        room.keyboard.press("e")
        _until(room, partial(_has_spans, before + 1))
    expect(room.locator("mark")).to_have_count(3)
    assert room.locator("mark").all_inner_texts() == ["thin-walled ", "cysts in both", " lungs"]

    room.locator("mark").nth(1).click()
    room.get_by_role("button", name="Remove").first.click()

    kept = _until(room, lambda kept: len(kept["spans"]) == 1)
    assert kept["spans"][0]["end"] - kept["spans"][0]["start"] == len("cysts in both lungs")


def test_an_event_scrolls_to_a_span_and_another_shows_a_box(room: Page) -> None:
    room.evaluate(
        "() => document.dispatchEvent(new CustomEvent('rarereview', "
        "{detail: {type: 'scroll', field: 'findings', start: 0, end: 5}}))"
    )
    assert room.locator("details").nth(1).get_attribute("open") is not None
    assert room.locator(".glow").count() >= 1

    sha256 = f"{1:064x}"
    room.evaluate(
        "sha256 => document.dispatchEvent(new CustomEvent('rarereview', {detail: "
        "{type: 'show', sha256, box: {x: 100, y: 100, width: 40, height: 40}}}))",
        sha256,
    )
    room.wait_for_timeout(400)
    assert room.locator(".corner.tl").inner_text() == "2 Figure 2A"
    assert int(room.locator(".corner.tr").inner_text().split()[0]) > 300


def test_a_chip_leads_to_its_box_and_to_its_span_and_is_removed(room: Page) -> None:
    pane = _enlarge(room, 2)
    _draw_around_patch(room, pane)
    room.keyboard.press("0")
    before = int(room.locator(".corner.tr").inner_text().split()[0])
    for _ in range(3):
        room.keyboard.press("Escape")

    room.get_by_role("button", name="Box", exact=True).last.click()
    room.wait_for_timeout(300)
    assert room.locator(".corner.tl").inner_text() == "2 Figure 2A"
    assert int(room.locator(".corner.tr").inner_text().split()[0]) > before

    room.get_by_role("button", name="Renal angiomyolipomas", exact=True).click()
    assert room.locator(".glow").count() >= 1
    room.get_by_role("button", name="Remove Box").click()
    _until(room, lambda kept: not kept["returned"]["boxes"])
    room.wait_for_timeout(200)
    assert room.locator(".handles").count() == 0


def test_a_text_field_saves_while_one_types_and_keeps_it_through_reruns(room: Page) -> None:
    comment = room.get_by_label("Comment")
    comment.click()
    room.keyboard.type("Cysts, ", delay=15)
    _until(room, lambda kept: kept["texts"].get("note") == "Cysts, ")
    focused = "() => document.activeElement.shadowRoot.activeElement.tagName"
    assert room.evaluate(focused) == "TEXTAREA"

    more = "thin-walled \U0001f469.\nSecond line"
    room.keyboard.type(more, delay=40)
    _until(room, lambda kept: kept["texts"]["note"] == "Cysts, " + more)
    room.get_by_role("button", name="Rerun").click()
    room.wait_for_timeout(500)
    assert comment.input_value() == "Cysts, " + more


def test_what_was_typed_goes_before_a_shortcut_that_saves(room: Page) -> None:
    room.get_by_label("Comment").click()
    room.keyboard.type("Just typed")
    room.keyboard.press("Control+Enter")
    kept = _until(room, lambda kept: kept["saved"])
    assert kept["saved"] == {"note": "Just typed"}


def test_the_servers_text_wins_only_when_nobody_is_typing(room: Page) -> None:
    comment = room.get_by_label("Comment")
    comment.fill("kept for now")
    _until(room, lambda kept: kept["texts"].get("note") == "kept for now")
    room.wait_for_timeout(1600)
    room.get_by_role("button", name="Empty on the server").click()
    _until(room, lambda kept: kept["rev"] == 2)
    room.wait_for_timeout(300)
    assert comment.input_value() == ""

    comment.click()
    room.keyboard.type("typing")
    room.evaluate(
        "() => [...document.querySelectorAll('button')]"
        ".find(b => b.textContent === 'Empty on the server').click()"
    )
    _until(room, lambda kept: kept["rev"] == 3 and kept["texts"].get("note") == "typing")
    assert comment.input_value() == "typing"


def test_the_letters_r_and_c_never_reach_streamlit(room: Page) -> None:
    runs = _kept(room)["runs"]
    _enlarge(room, 1)
    for key in ("r", "c"):
        room.keyboard.press(key)
    room.locator("summary").first.focus()
    for key in ("r", "c"):
        room.keyboard.press(key)
    assert _kept(room)["runs"] - runs <= 1, "only the viewed tick may have been sent"
    assert room.get_by_role("dialog").count() == 0

    comment = room.get_by_label("Comment")
    comment.click()
    _settle(room)
    runs = _kept(room)["runs"]
    room.keyboard.type("rcrcrc")
    room.wait_for_timeout(300)
    assert _kept(room)["runs"] == runs
    assert room.get_by_role("dialog").count() == 0
    assert comment.input_value() == "rcrcrc"


def test_no_key_of_the_viewer_fires_while_one_types(room: Page) -> None:
    room.get_by_label("Another answer").click()
    room.keyboard.type("1 b e m f ?")
    assert room.locator(".pane").count() == 0
    assert room.locator(".sheet").is_hidden()


def test_where_boxes_are_only_shown_nothing_can_be_drawn(room: Page, address: str) -> None:
    _open(room, f"{address}/?readonly=1")
    pane = _enlarge(room, 1)
    frame = pane.bounding_box()
    assert frame is not None
    room.keyboard.press("b")
    _drag(room, frame["x"] + 50, frame["y"] + 50, frame["x"] + 200, frame["y"] + 200)
    room.keyboard.press("e")
    room.wait_for_timeout(400)
    assert _kept(room)["room"] is None
    assert room.get_by_role("button", name="Draw a box").count() == 0


def test_on_a_phone_nothing_is_cut_off_and_an_image_opens_large(room: Page, address: str) -> None:
    room.set_viewport_size({"width": 390, "height": 844})
    _open(room, address)
    assert room.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert room.locator(".tile").first.bounding_box()["width"] < 390  # type: ignore[index]

    room.locator(".tile").first.click()
    room.wait_for_timeout(600)
    cover = room.locator(".room").bounding_box()
    assert cover == {"x": 0, "y": 0, "width": 390, "height": 844}
    for button in room.locator(".bar button:visible").all():
        frame = button.bounding_box()
        assert frame is not None
        assert frame["x"] >= 0 and frame["x"] + frame["width"] <= 390
        assert frame["height"] >= 44 and frame["width"] >= 44
    room.get_by_role("button", name="Back to the grid").click()
    assert room.locator(".tile").first.is_visible()


def test_every_button_of_the_viewer_has_a_name(room: Page) -> None:
    _enlarge(room, 1)
    for button in room.locator(".room button:visible").all():
        assert button.get_attribute("aria-label") or button.inner_text().strip()
