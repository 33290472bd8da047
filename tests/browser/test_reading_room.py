"""The reading room's components in a real browser, around a harness app."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from src.ui.reading_room.palette import CLAIM_COLOURS, LEAK_COLOUR
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
MOST = 40
FIRST = 30_000
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
    draw_images(images, MOST)
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
    # The first page of a new server is slow where the machine is busy.
    page.goto(url, timeout=FIRST)
    page.wait_for_selector(".tile", timeout=FIRST)
    page.wait_for_selector("textarea", timeout=FIRST)
    _settle(page)


def _settle(page: Page) -> None:
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def _listen(page: Page) -> None:
    """Write down what the components tell each other from now on."""
    page.evaluate(
        "() => { window.told = []; document.addEventListener('rarereview', "
        "event => window.told.push(event.detail)); }"
    )


def _told(page: Page, *kinds: str) -> list[Kept]:
    told = page.evaluate("() => window.told")
    return [detail for detail in told if detail["type"] in kinds]


def _tell(page: Page, **detail: object) -> None:
    page.evaluate(
        "detail => document.dispatchEvent(new CustomEvent('rarereview', {detail}))", detail
    )


def _count_frames(page: Page) -> list[object]:
    sent: list[object] = []

    def count(frame: object) -> None:
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", count))
    return sent


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


def test_looking_at_two_images_ticks_them_and_asks_the_server_nothing_meanwhile(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    sent = _count_frames(page)
    _open(page, address)
    page.wait_for_timeout(400)
    before = len(sent)

    for looked_at, number in enumerate(("1", "2"), start=1):
        page.keyboard.press(number)
        expect(page.locator(".still.viewed")).to_have_count(looked_at)
        for key in ("+", "+", "i", "t", "]", "0"):
            page.keyboard.press(key)
    page.keyboard.press("Escape")

    assert page.locator(".tile", has_text="✓ viewed").count() == 2
    assert len(sent) == before
    page.get_by_label("Comment").click()
    kept = _until(page, lambda kept: kept["room"] and kept["room"]["viewed"])
    assert [int(sha256, 16) for sha256 in kept["room"]["viewed"]] == [0, 1]
    page.close()


def test_the_ticks_travel_by_themselves_once_the_reader_lingers(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    _open(page, address)
    sent = page.locator(".still.viewed")
    page.keyboard.press("1")
    expect(sent).to_have_count(1)
    kept = _until(page, lambda kept: kept["room"] and kept["room"]["viewed"])
    assert [int(sha256, 16) for sha256 in kept["room"]["viewed"]] == [0]
    page.close()


@pytest.mark.parametrize("ticks", [False, True])
def test_where_nothing_can_be_marked_yet_only_the_ticks_travel_if_asked_for(
    room: Page, address: str, ticks: bool
) -> None:
    _open(room, f"{address}/?readonly=1{'&ticks=1' if ticks else ''}")
    for number in ("1", "2"):
        room.keyboard.press(number)
        room.wait_for_timeout(300)
    expect(room.locator(".still.viewed")).to_have_count(2)
    room.keyboard.press("Escape")
    if ticks:
        kept = _until(room, lambda kept: kept["room"] and len(kept["room"]["viewed"]) == 2)
        assert (kept["room"]["boxes"], kept["room"]["chosen"]) == ([], {})
    else:
        room.get_by_label("Comment").click()
        room.wait_for_timeout(2000)
        assert _kept(room)["room"] is None


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_box_on_a_zoomed_and_turned_image_is_in_whole_canonical_pixels(
    room: Page, turns: int
) -> None:
    pane = _enlarge(room, 2)
    for zoom in ((), (-500,), (-400, -480)):
        for key in ("o", *("t" * turns)):
            room.keyboard.press(key)
        room.wait_for_timeout(100)
        x0, y0, x1, y1 = _patch(room, pane)
        room.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
        for by in zoom:
            room.mouse.wheel(0, by)
        room.wait_for_timeout(400)
        shown = int(room.locator(".corner.tr").inner_text().split()[0]) / 100

        [box] = _boxes(_draw_around_patch(room, pane))
        room.keyboard.press("Delete")

        assert all(isinstance(value, int) for value in _place(box))
        # The pointer is no finer than the screen, one of whose pixels is 1 / zoom of the image's.
        reach = max(1, round(1 / shown))
        expected = landmark(*SIZES[1])
        off = [abs(a - b) for a, b in zip(_place(box), expected, strict=True)]
        assert max(off) <= reach, (zoom, box, expected)
        assert (int(box["sha256"], 16), box["claim_id"]) == (1, "c1")
        _until(room, lambda kept: not _boxes(kept))


@pytest.mark.parametrize("turns", [0, 1])
def test_the_pixel_under_the_pointer_stays_there_while_the_wheel_zooms(
    room: Page, turns: int
) -> None:
    pane = _enlarge(room, 1)
    for _ in range(turns):
        room.keyboard.press("t")
    room.wait_for_timeout(100)
    x0, y0, _, _ = _patch(room, pane)
    for by in (-120, -120, -240, 360):
        room.mouse.move(x0, y0)
        room.mouse.wheel(0, by)
        room.wait_for_timeout(200)
        left, top, _, _ = _patch(room, pane)
        assert abs(left - x0) <= 1 and abs(top - y0) <= 1


def test_the_full_copy_is_asked_for_only_when_zoomed_beyond_the_smaller_one(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _open(page, address)
    _enlarge(page, 2)
    page.keyboard.press("+")
    page.wait_for_timeout(300)
    assert not [url for url in asked if "/room/full/" in url]

    with page.expect_request("**/room/full/**"):
        page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert len([url for url in asked if "/room/full/" in url]) == 1
    page.close()


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


def test_a_box_is_moved_resized_and_removed_by_mouse(room: Page) -> None:
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


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_keys_move_and_resize_a_box_as_it_is_seen_on_a_turned_image(room: Page, turns: int) -> None:
    pane = _enlarge(room, 1)
    for _ in range(turns):
        room.keyboard.press("t")
    _draw_around_patch(room, pane)
    before = _shown(room)
    for key in ("Shift+ArrowRight", "Alt+Shift+ArrowDown", "Alt+Shift+ArrowRight"):
        room.keyboard.press(key)
    room.wait_for_timeout(100)
    after = _shown(room)

    scale = int(room.locator(".corner.tr").inner_text().split()[0]) / 100
    moved = [round((b - a) / scale) for a, b in zip(before, after, strict=True)]
    assert moved == pytest.approx([10, 0, 10, 10], abs=1), "left, top, width, height"


def _shown(page: Page) -> list[float]:
    box = page.locator(".pane .box rect").first
    return [float(box.get_attribute(name) or "nan") for name in ("x", "y", "width", "height")]


def test_undo_drops_the_box_in_hand_and_otherwise_asks_for_the_whole_reading(room: Page) -> None:
    _listen(room)
    for key in ("1", "b", "Enter", "z"):
        room.keyboard.press(key)
        room.wait_for_timeout(120)
    assert room.locator(".pane .box").count() == 0
    assert _told(room, "undo", "redo") == []

    for key in ("z", "y", "Control+z", "Control+Shift+z"):
        room.keyboard.press(key)
    assert [told["type"] for told in _told(room, "undo", "redo")] == ["undo", "redo"] * 2
    assert not _boxes(_kept(room))


def test_a_label_is_written_on_the_selected_box_by_keys_and_stored_with_it(room: Page) -> None:
    for key in ("1", "b", "Enter", "Enter", "Enter"):
        room.keyboard.press(key)
        room.wait_for_timeout(150)
    room.keyboard.type("Cyst, 4 mm: rcz")
    kept = _until(room, lambda kept: _boxes(kept) and _boxes(kept)[0]["label"])
    room.keyboard.press("Enter")
    assert _boxes(kept)[0]["label"].startswith("Cyst")
    _until(room, lambda kept: _boxes(kept)[0]["label"] == "Cyst, 4 mm: rcz")
    assert room.locator(".pane .tag").inner_html() == "1 · Cyst, 4 mm: rcz"

    label = room.get_by_label("Label of the selected box")
    label.fill("\U0001f469" * 300)
    kept = _until(room, lambda kept: _boxes(kept)[0]["label"] != "Cyst, 4 mm: rcz")
    assert _boxes(kept)[0]["label"] == "\U0001f469" * 200


def test_a_leaks_boxes_are_dotted_and_have_a_colour_no_claim_has(room: Page) -> None:
    pane = _enlarge(room, 1)
    _tell(room, type="claim", claim_id="leak")
    kept = _draw_around_patch(room, pane)
    assert _boxes(kept)[0]["claim_id"] == "leak"
    line = room.locator(".pane .box rect").nth(1)
    assert line.get_attribute("stroke") == LEAK_COLOUR not in CLAIM_COLOURS
    assert line.get_attribute("stroke-dasharray") == "0.1 5"
    assert room.locator(".pane .tag").inner_html() == "⚑"


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


def test_boxes_the_server_names_anew_stay_the_ones_in_hand(room: Page) -> None:
    pane = _enlarge(room, 1)
    drawn = _boxes(_draw_around_patch(room, pane))[0]
    room.get_by_role("button", name="Named anew by the server").click()
    _until(room, lambda kept: kept["rev"] == 2 and _boxes(kept)[0]["box_id"] != drawn["box_id"])
    room.wait_for_timeout(200)
    assert room.locator(".handles").count() == 1, "it is still selected"
    pane.focus()

    room.keyboard.press("Shift+ArrowRight")
    kept = _until(room, lambda kept: _boxes(kept)[0]["x"] == drawn["x"] + 10)
    assert len(_boxes(kept)) == 1


def test_an_image_is_chosen_and_unchosen_as_evidence_for_the_active_claim(room: Page) -> None:
    assert room.locator(".tile.evidence").count() == 1, "the pre-linked image"
    _enlarge(room, 2)
    room.keyboard.press("e")
    kept = _until(room, lambda kept: kept["room"] and kept["room"]["chosen"])
    assert [int(sha256, 16) for sha256 in kept["room"]["chosen"]["c1"]] == [2, 1]

    room.get_by_role("button", name="Use this image as evidence").click()
    kept = _until(room, lambda kept: len(kept["room"]["chosen"]["c1"]) == 1)
    assert [int(sha256, 16) for sha256 in kept["room"]["chosen"]["c1"]] == [2]


def test_the_evidence_of_another_claim_is_there_without_asking_the_server(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    sent = _count_frames(page)
    _open(page, address)
    assert page.locator(".tile.given").inner_text().startswith("1")
    assert "the benchmark's 1" in page.locator(".tile.given").inner_text()
    page.wait_for_timeout(400)
    before = len(sent)

    _tell(page, type="claim", claim_id="c2")

    assert page.locator(".tile.evidence").count() == 0
    assert "the benchmark's 2" in page.locator(".tile.given").inner_text()
    assert len(sent) == before

    page.locator(".tile.given").focus()
    page.keyboard.press("e")
    kept = _until(page, lambda kept: kept["room"] and kept["room"]["chosen"])
    assert [int(sha256, 16) for sha256 in kept["room"]["chosen"]["c2"]] == [3]
    assert page.locator(".tile.given").count() == 0
    page.close()


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
    expect(room.get_by_label("Swipe between the two images")).to_be_focused()
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


@pytest.mark.parametrize("way", ["digit", "arrow", "tile", "pane", "pinned"])
def test_who_goes_to_an_image_is_done_with_the_words_selected_before(room: Page, way: str) -> None:
    """Afterwards the key of evidence is meant for the image."""
    if way == "pane":
        _enlarge(room, 2)
    elif way == "arrow":
        room.locator(".tile").first.focus()
    elif way == "pinned":
        for key in ("1", "m"):
            room.keyboard.press(key)
    _select(room, "chylothorax")
    use = room.get_by_role("button", name="Use as evidence")
    expect(use).to_be_visible()
    if way == "pane":
        room.locator(".pane").first.click()
    elif way == "arrow":
        room.keyboard.press("ArrowRight")
    elif way == "tile":
        room.locator(".tile").nth(1).click()
    else:
        room.keyboard.press("2")
    expect(use).to_be_hidden()
    room.keyboard.press("e")
    kept = _until(room, lambda kept: (kept["room"] or {}).get("chosen"))
    assert kept["marked"] is None


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


def test_what_is_announced_leads_to_a_box_and_to_a_span_and_the_box_is_removed(room: Page) -> None:
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
    room.get_by_role("button", name="No boxes on the server").click()
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
    room.keyboard.press("Control+s")
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


def test_no_key_fires_in_any_kind_of_field(room: Page) -> None:
    _listen(room)
    for field in (
        "<textarea id='f'></textarea>",
        "<input id='f'>",
        "<select id='f'><option>supported</option></select>",
        "<div id='f' contenteditable tabindex='0'></div>",
    ):
        for shadow in (False, True):
            room.evaluate(
                """([field, shadow]) => {
                    const host = document.body.appendChild(document.createElement('div'));
                    const root = shadow ? host.attachShadow({mode: 'open'}) : host;
                    root.innerHTML = field;
                    const node = root.querySelector('#f');
                    node.addEventListener('keydown', event => event.stopPropagation());
                    node.focus();
                }""",
                [field, shadow],
            )
            for key in "1bemspxnuvzyk?":
                room.keyboard.press(key)
            room.evaluate("() => document.body.lastChild.remove()")
    assert _told(room, "verdict", "next-claim", "undo", "redo") == []
    assert room.locator(".pane").count() == 0
    assert room.locator(".sheet").is_hidden()


def test_verdicts_and_the_next_claim_are_told_once_and_never_reach_the_page(room: Page) -> None:
    _listen(room)
    room.evaluate(
        "() => { window.leaked = []; window.addEventListener('keydown', "
        "event => window.leaked.push(event.key)); }"
    )
    for key in "spxnuv":
        room.keyboard.press(key)
    told = _told(room, "verdict", "next-claim")
    assert [one.get("verdict") for one in told] == [
        "supported", "partly_supported", "contradicted", "not_in_evidence", "cannot_judge", None,
    ]  # fmt: skip
    assert not set("spxnuv") & set(room.evaluate("() => window.leaked"))
    for key in ("Alt+s", "Control+Alt+s", "Shift+s"):
        room.keyboard.press(key)
    assert len(_told(room, "verdict")) == 5, "none with a modifier"
    room.keyboard.press("S")
    assert len(_told(room, "verdict")) == 6, "Caps Lock changes nothing"


def test_control_and_enter_submit_once_what_was_typed_is_stored(room: Page) -> None:
    _listen(room)
    room.keyboard.press("Control+Enter")
    assert len(_told(room, "submit")) == 1
    room.get_by_label("Comment").click()
    room.keyboard.type("Just typed")
    room.keyboard.press("Control+Enter")
    _until(room, lambda kept: kept["texts"].get("note") == "Just typed")
    room.wait_for_timeout(200)
    assert len(_told(room, "submit")) == 2


def test_a_readers_own_keys_hold_everywhere_and_the_sheet_shows_them(
    room: Page, address: str
) -> None:
    _open(room, f'{address}/?keys={{"supported":"g","box":",","evidence":";"}}')
    _listen(room)
    for key in "sbg":
        room.keyboard.press(key)
    assert [told["verdict"] for told in _told(room, "verdict")] == ["supported"]
    assert room.evaluate("() => document.rareReviewKeys.supported") == "g"
    assert room.locator(".pane").count() == 0
    assert room.get_by_role("button", name="Draw a box").locator("kbd").inner_text() == ","

    _select(room, "chylothorax")
    assert room.get_by_role("button", name="Use as evidence").inner_text().split() == [
        "Use", "as", "evidence", ";",
    ]  # fmt: skip
    room.keyboard.press(";")
    assert _until(room, lambda kept: kept["marked"])["marked"]["quote"] == "chylothorax"

    room.keyboard.press("?")
    assert "yours; was s" in room.locator(".sheet").inner_text()
    room.keyboard.press(",")
    assert room.locator(".pane").count() == 0, "the sheet is modal"


def test_the_sheet_of_keys_holds_the_focus_and_gives_it_back(room: Page) -> None:
    tile = room.locator(".tile").nth(1)
    tile.focus()
    room.keyboard.press("?")
    sheet = room.locator(".sheet")
    expect(sheet).to_be_visible()
    assert sheet.locator("h3").all_inner_texts() == [
        "Images", "Boxes", "Claims", "Leaks", "Whole screen",
    ]  # fmt: skip
    inside = "() => document.activeElement.shadowRoot.activeElement.closest('.sheet') !== null"
    for key in ("Shift+Tab", "Shift+Tab", "Tab", "Tab", "Tab", "Tab"):
        room.keyboard.press(key)
        assert room.evaluate(inside), key
    room.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(tile).to_be_focused()
    assert room.locator(".tile").count() == COUNT


def test_another_key_is_chosen_on_the_sheet_unless_it_cannot_be_used(room: Page) -> None:
    _listen(room)
    room.keyboard.press("?")
    change = room.locator('.sheet [data-change="supported"]')
    note = room.locator(".sheet [role=status]")
    refused = {"c": "belongs to the page", "3": "opens an image", "x": "already does something"}
    for key, words in refused.items():
        change.click()
        room.keyboard.press(key)
        expect(note).to_contain_text(words)
    change.click()
    room.keyboard.press("Escape")
    expect(room.locator(".sheet")).to_be_visible()
    assert _told(room, "set-key") == []

    change.click()
    room.keyboard.press("g")
    assert _told(room, "set-key") == [{"type": "set-key", "act": "supported", "key": "g"}]
    assert _told(room, "verdict") == []


def test_a_refused_key_says_why_and_the_next_one_is_tried(room: Page) -> None:
    _listen(room)
    room.keyboard.press("?")
    change = room.locator('.sheet [data-change="supported"]')
    note = room.locator(".sheet [role=status]")
    change.click()
    refused = {"c": "belongs to the page", "r": "belongs to the page", "3": "opens an image"}
    for key, words in {**refused, "x": "already does something"}.items():
        room.keyboard.press(key)
        expect(note).to_contain_text(words)
        expect(note).to_contain_text("Press another, or Esc.")
        expect(change).to_have_class("change awaits")
    room.keyboard.press("g")
    assert _told(room, "set-key") == [{"type": "set-key", "act": "supported", "key": "g"}]
    expect(note).not_to_contain_text("already")

    change.click()
    room.keyboard.press("c")
    room.keyboard.press("Escape")
    expect(note).to_have_text("The key is left as it is.")
    room.keyboard.press("h")
    assert len(_told(room, "set-key")) == 1
    expect(room.locator(".sheet")).to_be_visible()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
def test_the_grid_gives_any_number_of_images_of_any_shape_their_room(
    room: Page, address: str, count: int
) -> None:
    _open(room, f"{address}/?count={count}")
    room.wait_for_timeout(200)
    frame = room.locator(".room .body").bounding_box()
    tiles = [tile.bounding_box() for tile in room.locator(".tile .frame").all()]
    assert frame is not None and len(tiles) == count
    assert all(tile and tile["width"] >= 140 and tile["height"] >= 90 for tile in tiles)
    inside = [
        tile
        for tile in tiles
        if tile and tile["y"] + tile["height"] <= frame["y"] + frame["height"]
    ]
    if count <= 7:
        assert len(inside) == count
        shown = sum(tile["width"] * tile["height"] for tile in inside)
        assert shown > frame["width"] * frame["height"] * 0.5
    else:
        room.locator(".tile").first.focus()
        for _ in range(count - 1):
            room.keyboard.press("ArrowRight")
        last = room.locator(".tile").last
        expect(last).to_be_focused()
        expect(last).to_be_in_viewport()


def test_a_reload_keeps_how_the_images_are_laid_out(room: Page) -> None:
    for key in ("1", "k", "2", "m", "t", "+", "i"):
        room.keyboard.press(key)
        room.wait_for_timeout(60)
    before = room.locator(".corner.tr").all_inner_texts()
    room.wait_for_timeout(600)
    room.reload()
    room.wait_for_selector(".pane")
    _settle(room)
    room.wait_for_selector(".stage img")
    room.wait_for_timeout(400)
    assert room.locator(".corner.tr").all_inner_texts() == before
    assert "invert(1)" in (room.locator(".stage").nth(1).get_attribute("style") or "")
    kept = room.evaluate("() => sessionStorage.getItem('rareReviewRooms')")
    assert len(kept) < 4000


def test_a_run_that_changes_nothing_here_leaves_every_node_alone(room: Page) -> None:
    _enlarge(room, 1)
    room.wait_for_timeout(300)
    for mode in ("Large", "Grid"):
        if mode == "Grid":
            room.keyboard.press("Escape")
        before = _kept(room)["runs"]
        room.evaluate(
            """() => {
                const hosts = document.querySelectorAll('[data-testid=stBidiComponentIsolated]');
                const root = [...hosts].map(h => h.shadowRoot.querySelector('.room')).find(Boolean);
                window.changes = [];
                const note = all => window.changes.push(...all.map(one => one.target.className));
                new MutationObserver(note).observe(root, {childList: true, subtree: true});
            }"""
        )
        room.get_by_role("button", name="Other claim").click()
        _until(room, lambda kept: kept["runs"] > before)  # noqa: B023
        room.get_by_role("button", name="Rerun").click()
        _until(room, lambda kept: kept["runs"] > before + 1)  # noqa: B023
        changed = [str(name) for name in room.evaluate("() => window.changes")]
        assert not [name for name in changed if "body" in name or "film" in name]


def test_a_selection_by_touch_can_be_used_although_its_press_is_cancelled(room: Page) -> None:
    room.evaluate(
        """() => {
            const hosts = [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')];
            const body = hosts.map(h => h.shadowRoot.querySelector('.text')).find(Boolean);
            for (const kind of ['pointerdown', 'pointercancel']) {
                const how = {bubbles: true, composed: true, pointerType: 'touch'};
                body.dispatchEvent(new PointerEvent(kind, how));
            }
        }"""
    )
    _select(room, "chylothorax")
    room.get_by_role("button", name="Use as evidence").click()
    assert _until(room, lambda kept: kept["marked"])["marked"]["quote"] == "chylothorax"


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


def test_undo_and_redo_stand_over_the_images_only_where_these_cover_the_page(room: Page) -> None:
    for name in ("Undo the last change", "Make the undone change again"):
        button = room.get_by_role("button", name=name, exact=True)
        expect(button).to_have_count(0)
    _enlarge(room, 1)
    room.set_viewport_size({"width": 390, "height": 844})
    room.keyboard.press("Escape")
    room.locator(".tile").first.click()
    for name in ("Undo the last change", "Make the undone change again"):
        expect(room.get_by_role("button", name=name, exact=True)).to_be_visible()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_images_name_the_claim_that_boxes_and_evidence_go_to(
    room: Page, address: str, size: tuple[int, int]
) -> None:
    room.set_viewport_size({"width": size[0], "height": size[1]})
    target = room.locator(".bar .target")
    _open(room, f"{address}/?readonly=1")
    expect(target).to_be_hidden()

    _open(room, address)
    _enlarge(room, 1)
    expect(target).to_be_in_viewport(ratio=1)
    expect(target).to_have_text("Claim 1")
    expect(target).to_have_attribute("title", "Lymphangioleiomyomatosis")
    for claim, words in (("c2", "Claim 2"), ("leak", "Leak"), (None, "No claim open")):
        _tell(room, type="claim", claim_id=claim)
        expect(target).to_have_text(words)
    _tell(room, type="claim", claim_id="c2")
    swatch = "node => getComputedStyle(node, '::before').backgroundColor"
    red, green, blue = (int(CLAIM_COLOURS[1][at : at + 2], 16) for at in (1, 3, 5))
    assert target.evaluate(swatch) == f"rgb({red}, {green}, {blue})"


def test_a_case_without_images_says_so_and_offers_nothing_to_do_with_one(
    room: Page, address: str
) -> None:
    room.goto(f"{address}/?count=0")
    expect(room.get_by_text("This case has no images")).to_be_visible()
    _settle(room)
    assert room.locator(".room button:visible:not([data-act=help])").count() == 0
    _listen(room)
    for key in "be1mf":
        room.keyboard.press(key)
    assert room.locator(".pane").count() == 0
    room.keyboard.press("s")
    assert len(_told(room, "verdict")) == 1


def test_an_image_shown_smaller_than_it_is_says_so_in_plain_words(room: Page) -> None:
    _enlarge(room, 2)
    corner = room.locator(".corner.tr")
    expect(corner).to_contain_text(" %, reduced")
    expect(corner).to_have_attribute("title", re.compile("fine detail can be lost"))
    room.keyboard.press("a")
    expect(corner).not_to_contain_text("reduced")
    expect(corner).to_have_attribute("title", "")


def test_captions_of_compared_images_are_cut_between_lines(room: Page) -> None:
    for key in ("3", "k", "1", "k", "2", "k", "m"):
        room.keyboard.press(key)
    rows = room.locator(".under")
    expect(rows).to_have_count(3)
    long = rows.first
    assert long.evaluate("n => n.scrollHeight > n.clientHeight")
    assert long.evaluate("n => n.clientHeight % parseFloat(getComputedStyle(n).lineHeight)") == 0
    assert room.locator(".captions").evaluate("n => n.scrollHeight <= n.clientHeight")
    assert "carries small nodules" in (long.get_attribute("title") or "")


def test_the_frame_of_the_image_in_hand_is_whole_in_its_corners(room: Page) -> None:
    """The words in the corners lie under it."""
    for key in ("1", "m"):
        room.keyboard.press(key)
    room.wait_for_timeout(400)
    active = room.locator(".pane.active")
    active.focus()
    room.keyboard.press("+")
    room.wait_for_timeout(200)
    frame = active.bounding_box()
    assert frame is not None
    shot = Image.open(io.BytesIO(room.screenshot())).convert("RGB")
    left, top = round(frame["x"]), round(frame["y"])
    right, bottom = round(frame["x"] + frame["width"]), round(frame["y"] + frame["height"])
    edges = [shot.getpixel((x, y)) for x in range(left, right) for y in (top, bottom - 1)]
    edges += [shot.getpixel((x, y)) for x in (left, right - 1) for y in range(top, bottom)]
    assert set(edges) == {(0x7C, 0xC4, 0xFF)}
