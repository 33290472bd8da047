"""The adjudicate screen as an adjudicator uses it: by keys, over reloads, in two windows."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from src.domain.people import OPERATOR, Person, Role
from src.services.adjudicating import Case
from tests.browser.app_server import (
    App,
    Study,
    demo_study,
    running_app,
    running_browser,
    settle,
    window,
)
from tests.browser.reading_room_server import chromium_path
from tests.builders import actor

pytestmark = pytest.mark.browser
PILOT, CROSS, CAPTION = "Pilot reading", "demo/crossmodal/002", "demo/diagnosis/005"
CHEN = actor("chen")


@pytest.fixture
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Give the demo study with a second adjudicator, served by the app."""
    chromium_path()
    folder = tmp_path_factory.mktemp("adjudicate")
    with demo_study(folder) as (bench, url, store):
        sofia = Person(
            person_id="sofia", display_name="Sofia Rossi", roles=frozenset({Role.ADJUDICATOR})
        )
        bench.people.add(OPERATOR, sofia)
        with running_app(url, store, folder / "app.log") as app:
            yield Study(bench, app)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


def open_case(page: Page, app: App, item: str, person: str = "chen") -> None:
    place = {"as": person, "item": item, "round": PILOT}
    page.goto(f"{app.url}/adjudicate?{urlencode(place)}")
    page.wait_for_selector(".desk .unit.open .unit-body")
    settle(page)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def case_of(study: Study, item: str) -> Case:
    return study.bench.adjudicating.case(CHEN, PILOT, item)


def stored(study: Study, item: str, unit: str) -> str:
    """Return the rationale of a ruling in the making, as the study holds it."""
    drafts = study.bench.adjudicating.drafts(CHEN, PILOT, item)
    return drafts[unit].rationale if unit in drafts else ""


@pytest.mark.timeout(180)
def test_a_whole_item_is_settled_without_a_mouse(study: Study, browser: Browser) -> None:
    """By a reading, by words of one's own, and by merging; then the next item."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CAPTION)
        press(page, "1", "Enter", "4", "3", "Enter")
        expect(page.locator(".desk .receipt")).to_contain_text("Settled: Can it be answered")
        expect(page.locator(".unit.open .unit-title")).to_have_text("Criterion 2")

        press(page, "n")
        expect(page.get_by_label("The wording", exact=True)).to_be_focused()
        page.keyboard.press("Control+A")
        page.keyboard.type("Cites dense neutrophils without vasculitis, j, k or x.")
        press(page, "Escape", "Enter", "3", "2")
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_label("Rationale, if it helps")).to_be_focused()
        page.keyboard.type("Between them.")
        press(page, "Control+Enter")
        expect(page.locator(".unit.open .unit-title")).to_contain_text("caption 2")

        press(page, "m", "Enter", "1", "1", "Enter")
        expect(page.locator(".desk .end")).to_contain_text("Nothing is open on this item.")
        expect(page.locator(".desk .progress")).to_have_text("3 of 3 units settled")
        press(page, "n")
        expect(page.locator(".unit.open .unit-title")).to_have_text("Claim 3")
        expect(page.locator(".desk .receipt")).to_be_hidden()

    case = case_of(study, CAPTION)
    values = {unit.unit: unit for unit in case.settled if unit.method == "adjudicated"}
    assert values["check:answerable_without_images"].reason == "reader_slip"
    assert values["criterion:k2"].value == {
        "action": "edit",
        "text": "Cites dense neutrophils without vasculitis, j, k or x.",
        "points": None,
    }
    assert values["flag:answer_in_caption:caption:2"].key == "flagged"
    assert study.bench.browsing.verify(OPERATOR).problems == ()


def test_a_reload_in_mid_rationale_loses_nothing_and_says_so(
    study: Study, browser: Browser
) -> None:
    """Half a word, typed this very moment, is there again with the choice it goes with."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CROSS)
        press(page, "2", "Enter", "5")
        page.get_by_label("Rationale, if it helps").click()
        page.keyboard.type("The wall is bri")
        page.reload()
        page.wait_for_selector(".desk .unit.open .unit-body")
        settle(page)

        field = page.get_by_label("Rationale, if it helps")
        expect(field).to_have_value("The wall is bri")
        expect(page.locator(".unit.open .restored")).to_contain_text("is here again")
        expect(page.locator(".take[aria-pressed='true']")).to_contain_text("Reader B")
        expect(page.get_by_role("radio", name="The image is poor")).to_be_checked()
        page.wait_for_timeout(800)
        assert stored(study, CROSS, "claim:c3") == "The wall is bri"


def test_a_digit_answers_what_has_the_focus_and_swaps_no_reading(
    study: Study, browser: Browser
) -> None:
    """On the button it is how sure one is; one that answers nothing does nothing."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CAPTION)
        taken = page.locator(".unit.open .take[aria-pressed='true']")
        press(page, "1", "Enter", "4", "9")
        expect(taken).to_contain_text("Reader A")
        press(page, "2")
        expect(page.locator(".unit.open button.main")).to_be_focused()
        press(page, "3")
        expect(taken).to_contain_text("Reader A")
        expect(page.locator(".unit.open").get_by_role("radio", name="High")).to_be_checked()
        press(page, "8")
        expect(page.locator(".unit.open button.main")).to_be_focused()
        expect(taken).to_contain_text("Reader A")


def test_enter_in_a_restored_ruling_goes_to_what_is_missing_then_to_both_answers(
    study: Study, browser: Browser
) -> None:
    """So that the digits that follow answer why and how sure, whatever was answered before."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CAPTION)
        press(page, "2", "Enter", "4")
        page.wait_for_timeout(800)
        open_case(page, study.app, CAPTION)
        taken = page.locator(".unit.open .take[aria-pressed='true']")
        expect(taken).to_contain_text("Reader B")
        press(page, "Enter", "2")
        expect(page.locator(".unit.open button.main")).to_be_focused()
        page.wait_for_timeout(800)
        open_case(page, study.app, CAPTION)
        press(page, "Enter", "1", "3")
        expect(taken).to_contain_text("Reader B")
        first = page.locator(".unit.open .why input").first
        expect(first).to_be_checked()
        expect(page.locator(".unit.open").get_by_role("radio", name="High")).to_be_checked()
        expect(page.locator(".unit.open button.main")).to_be_focused()


def test_two_adjudicators_in_two_windows_both_rule_and_both_are_kept(
    study: Study, browser: Browser
) -> None:
    """The second sees the first's ruling before their own is stored, and agrees by a key."""
    with window(browser, study.app) as first, window(browser, study.app) as second:
        open_case(first, study.app, CROSS)
        open_case(second, study.app, CROSS, "sofia")
        press(second, "2", "Enter", "1", "1")
        press(first, "1", "Enter", "4", "3", "Enter")
        expect(first.locator(".desk .progress")).to_have_text("2 of 3 units settled")
        press(second, "Enter")
        block = second.locator(".unit.open .block[data-kind='settled by another']")
        expect(block).to_contain_text("Settled by another adjudicator")
        expect(block).to_contain_text("Supported")
        press(second, "Escape", "y")
        expect(second.locator(".desk .receipt")).to_contain_text("Settled: Claim 3")

    earlier = case_of(study, CROSS).earlier["claim:c3"]
    assert (earlier.revision, earlier.mine, earlier.key) == (2, False, "supported")


def test_a_server_that_is_killed_costs_no_word(study: Study, browser: Browser) -> None:
    """What is typed while it is down is stored when it is back, and can be settled then."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CROSS)
        press(page, "1")
        page.get_by_label("Rationale, if it helps").click()
        page.keyboard.type("Before. ")
        study.app.stop()
        page.keyboard.type("Meanwhile.")
        page.wait_for_timeout(700)
        study.app.start()
        for _ in range(200):
            if stored(study, CROSS, "claim:c3") == "Before. Meanwhile.":
                break
            page.wait_for_timeout(100)
        assert stored(study, CROSS, "claim:c3") == "Before. Meanwhile."
        press(page, "Escape", "Enter", "1", "2")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".desk .progress")).to_have_text("2 of 3 units settled")


def test_what_is_written_after_a_server_came_back_unseen_is_stored_without_a_reload(
    study: Study, browser: Browser
) -> None:
    """Nothing was on its way when it went: what is written next asks it for the whole page."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CAPTION)
        study.app.stop(signal.SIGKILL)
        expect(page.locator('[data-test-connection-state="CONNECTED"]')).to_have_count(0)
        study.app.start()
        page.locator('[data-test-connection-state="CONNECTED"]').wait_for(timeout=30_000)
        settle(page)
        press(page, "1")
        page.get_by_label("Rationale, if it helps").click()
        page.keyboard.press("Control+A")
        page.keyboard.type("Said to a new server.")
        said: list[str] = []
        for _ in range(200):
            drafts = study.bench.adjudicating.drafts(CHEN, PILOT, CAPTION).values()
            said = [draft.rationale for draft in drafts]
            if "Said to a new server." in said:
                break
            page.wait_for_timeout(100)
        assert "Said to a new server." in said


def test_readers_are_switched_off_and_their_evidence_with_them(
    study: Study, browser: Browser
) -> None:
    """On the images, and one after the other by a key; the open unit's evidence alone."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CROSS)
        boxes = page.locator(".tile svg rect")
        expect(boxes).to_have_count(4)
        page.locator(".reader-on", has_text="Reader B").click()
        expect(boxes).to_have_count(2)
        page.locator(".reader-on", has_text="Reader B").click()
        press(page, "h")
        expect(boxes).to_have_count(1)
        press(page, "h", "h", "h")
        expect(boxes).to_have_count(4)
        press(page, "j")
        expect(page.locator(".reader-letter")).to_have_text(
            ["A", "B", "B", "C", "A", "C", "A", "B"]
        )
        press(page, "u")
        assert page.locator(".tile svg rect").count() > 4


def pieces_of(study: Study, unit: str) -> list[str]:
    """Return what the ruling in the making on a claim rests on of the adjudicator's own."""
    draft = study.bench.adjudicating.drafts(CHEN, PILOT, CROSS).get(unit)
    return sorted(link.type for link in draft.own.values()) if draft else []


def test_evidence_is_ticked_and_added_by_the_mouse_on_images_and_in_the_text(
    study: Study, browser: Browser
) -> None:
    """One reader's verdict is the start; a box is drawn and taken out, words are marked."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CROSS)
        press(page, "1")
        page.locator(".tile").first.click()
        settle(page)
        page.locator('.bar [data-act="box"]').click()
        frame = page.locator(".pane").bounding_box()
        assert frame is not None
        x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
        page.mouse.move(x - 30, y - 30)
        page.mouse.down()
        page.mouse.move(x + 20, y + 30, steps=4)
        page.mouse.up()
        settle(page)
        expect(page.locator(".chip", has_text="Yours")).to_be_visible()
        expect(page.locator(".evidence-row.own")).to_contain_text("Box on image 1")
        expect(page.get_by_role("radio", name="● Supported")).to_be_checked()

        case = page.locator("details.section").first
        case.locator("summary").click()
        body = case.locator(".text")
        body.evaluate(
            """(node) => {
              const range = document.createRange();
              range.setStart(node.firstChild, 0);
              range.setEnd(node.firstChild, 9);
              document.getSelection().setBaseAndExtent(node.firstChild, 0, node.firstChild, 9);
            }"""
        )
        page.locator(".use").click()
        settle(page)
        expect(page.locator(".evidence-row.own")).to_have_count(2)
        expect(case.locator("mark[data-sign*='Yours']")).to_have_count(1)

        offered = page.locator(".evidence-row:not(.own) input")
        ticks = [offered.nth(n).is_checked() for n in range(offered.count())]
        assert True in ticks and False in ticks
        page.wait_for_timeout(600)
        assert pieces_of(study, "claim:c3") == ["box", "span"]

        page.locator(".evidence-row.own").first.get_by_role("button", name="Take out").click()
        settle(page)
        page.reload()
        page.wait_for_selector(".desk .unit.open .unit-body")
        settle(page)
        expect(page.locator(".evidence-row.own")).to_have_count(1)
        assert pieces_of(study, "claim:c3") == ["span"]


def test_evidence_is_ticked_and_added_by_keys(study: Study, browser: Browser) -> None:
    """A box placed, moved and kept; a reader's image taken; settled without the mouse."""
    with window(browser, study.app) as page:
        open_case(page, study.app, CROSS)
        press(page, "n", "Escape", "b", "Enter", "ArrowRight", "Shift+ArrowDown", "Enter")
        expect(page.locator(".evidence-row.own")).to_have_count(1)
        press(page, "ArrowRight", "Enter")
        page.wait_for_timeout(700)
        page.keyboard.type("Wall")
        press(page, "Enter")
        page.wait_for_timeout(600)
        expect(page.locator(".evidence-row.own")).to_contain_text("Box on image 1, Wall")
        press(page, "Escape", "Escape", "Escape")
        press(page, "v")
        expect(page.locator(".evidence-row.own").last).to_contain_text("Image 1")
        press(page, "v")
        expect(page.locator(".evidence-row.own")).to_have_count(1)
        page.locator(".tile").nth(4).focus()
        press(page, "Enter", ",", "v")
        ticked = page.locator(".evidence-row:not(.own) input:checked")
        expect(ticked).to_have_count(1)
        expect(page.locator(".chip", has_text="✓")).to_have_count(1)
        press(page, "v", ",", "v", "Delete")
        expect(ticked).to_have_count(1)
        press(page, "n")
        expect(page.locator(".unit.open .editor input").first).to_be_focused()
        press(page, "Space", "Enter", "4", "3", "Enter")
        expect(page.locator(".desk .progress")).to_have_text("2 of 3 units settled")
    settled = {unit.unit: unit for unit in case_of(study, CROSS).settled}["claim:c3"]
    assert settled.evidence is not None
    assert [link.label for link in settled.evidence if link.type == "box"] == ["", "Wall"]


def test_two_windows_of_one_adjudicator_lose_no_word_of_either(
    study: Study, browser: Browser
) -> None:
    """Who types second is asked; both texts are kept, and typing goes on upon them."""
    field = "Rationale, if it helps"
    with window(browser, study.app) as first, window(browser, study.app) as second:
        for page in (first, second):
            open_case(page, study.app, CROSS)
            press(page, "1")
        first.get_by_label(field).click()
        first.keyboard.type("From the first.")
        first.wait_for_timeout(900)
        second.get_by_label(field).click()
        second.keyboard.type("From the second.")
        conflict = second.locator(".st-key-conflict")
        expect(conflict).to_contain_text("From the first.")
        expect(conflict).to_contain_text("From the second.")
        assert stored(study, CROSS, "claim:c3") == "From the first."
        expect(second.get_by_label(field)).to_have_value("From the second.")

        second.wait_for_timeout(1600)
        second.get_by_role("button", name="Keep both, mine below").click()
        expect(second.get_by_label(field)).to_have_value("From the first.\nFrom the second.")
        second.get_by_label(field).press("End")
        second.keyboard.type(" And more.")
        second.wait_for_timeout(1200)
        assert stored(study, CROSS, "claim:c3").endswith("And more.")
        expect(conflict).to_be_hidden()
