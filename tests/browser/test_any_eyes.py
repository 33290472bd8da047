"""Every screen for any eyes: light and dark, small and enlarged, seen, heard, without motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from src.domain.evidence import ImageBox, TextSpan, WholeImage
from src.domain.people import OPERATOR
from src.domain.review import (
    Check,
    CheckAnswer,
    Confidence,
    EditReason,
    Recommendation,
    ReviewBody,
    Verdict,
)
from src.services.grading import GradingPlan
from src.services.reviewing import Task
from src.services.workbench import Workbench
from tests.browser.app_server import App, demo_study, running_app, running_browser, settle, window
from tests.browser.reading_room_server import chromium_path
from tests.builders import actor, open_round

pytestmark = pytest.mark.browser
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""axe-core's names for the rules of WCAG 2.2, levels A and AA."""
ORDER = ("heading-order", "page-has-heading-one", "empty-heading")
"""Rules beyond those levels that are kept all the same."""
TEXT, SIGN = 4.5, 3.0
"""The least contrasts of WCAG 2.2: 1.4.3 for text, 1.4.11 for signs."""
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
ENLARGED: ViewportSize = {"width": 720, "height": 450}
"""A window of 1440 by 900 at 200 %."""
KEYS_ONLY, TREAT = "keys only", "demo/treatment/001"
LEAKING, READ_FIRST, DIALOGS, HITS = "leaking", "read first", "dialogs", "hits"
DISPUTED = {"item": "demo/diagnosis/005", "round": "Pilot reading"}
SEEN = (Path(__file__).parent / "seen.js").read_text(encoding="utf-8")


def press(key: str) -> Callable[[Page], None]:
    return lambda page: page.keyboard.press(key)


def click(role: Any, name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role(role, name=name).first.click()


def press_on(what: str, words: str) -> Callable[[Page], None]:
    return lambda page: page.locator(what, has_text=words).first.click()


def flag_a_place(page: Page) -> None:
    page.get_by_label("Flag a whole place").select_option(index=1)
    page.wait_for_selector(".leak")


def reword(page: Page) -> None:
    """Put a criterion in other words and close it: then its line shows the difference."""
    field = page.get_by_label("In better words", exact=True)
    page.get_by_role("button", name="Edit criterion 1").click()
    field.fill("Names the drug, and how much of it.")
    field.press("Escape")
    page.wait_for_selector(".card ins")


def open_the_leak(page: Page) -> None:
    """Open the third unit of the desk, whose readings carry signs, once the desk is there."""
    page.wait_for_selector(".desk .unit.open .unit-body")
    for title in ("Criterion 2", "caption 2"):
        page.keyboard.press("j")
        expect(page.locator(".unit.open .unit-title")).to_contain_text(title)


def enlarge(page: Page) -> None:
    page.locator(".tile").first.click()
    page.wait_for_selector(".stage img")


@dataclass(frozen=True)
class Place:
    """A state of a screen: whose, where, and what was done there."""

    page: str
    person: str
    at: Mapping[str, str]
    acts: tuple[Callable[[Page], None], ...] = ()

    def open(self, page: Page, app: App) -> None:
        page.goto(f"{app.url}/{self.page}?{urlencode({'as': self.person, **self.at})}")
        page.wait_for_selector("h1", state="attached")
        settle(page)
        for act in self.acts:
            act(page)
            settle(page)


SCREENS = {
    "review": Place("review", "benoit", {}),
    "grade": Place("grade", "dalia", {}),
    "adjudicate": Place("adjudicate", "chen", {}),
    "agreement": Place("agreement", "lena", {}),
    "leakage": Place("leakage", "lena", {}),
    "leaderboard": Place("leaderboard", "lena", {}),
    "gold": Place("gold", "lena", {}),
    "items": Place("items", "lena", {}),
    "study": Place("study", "lena", {}),
}
PLACES = SCREENS | {
    "review: a verdict given": Place("review", "benoit", {}, (press("v"), press("s"))),
    "review: one image large": Place("review", "benoit", {}, (enlarge,)),
    "review: the sheet of keys": Place("review", "benoit", {}, (enlarge, press("?"))),
    "review: skipping": Place("review", "benoit", {}, (click("button", "Skip"),)),
    "review: the guide": Place("review", "benoit", {}, (click("button", "Guide"),)),
    "review: a criterion reworded": Place("review", "amara", {"round": LEAKING}, (reword,)),
    "review: all open": Place(
        "review",
        "benoit",
        {},
        (
            click("button", "Edit criterion 1"),
            press_on("summary", "Propose changes"),
            press_on("summary", "Reword, split or remove"),
        ),
    ),
    "review: a leak": Place("review", "dalia", {"round": LEAKING}, (flag_a_place,)),
    "review: a hit": Place("review", "dalia", {"round": HITS}, (press("h"),)),
    "review: hits decided": Place(
        "review",
        "amara",
        {"round": HITS},
        (press("h"), press("1"), press("h"), press("3"), press_on("summary", "Mentions of low")),
    ),
    "review: a first reading": Place("review", "dalia", {"round": READ_FIRST}),
    "review: nothing left": Place("review", "dalia", {"round": "Pilot reading"}),
    "adjudicate: a dispute": Place("adjudicate", "chen", DISPUTED, (open_the_leak,)),
    "grade: two words said": Place("grade", "dalia", {}, (press("1"), press("j"), press("?"))),
    "leaderboard: the table": Place(
        "leaderboard", "lena", {}, (click("tab", "Table of all tracks"),)
    ),
    "gold: before a release": Place("gold", "lena", {}, (click("button", "Make release 3"),)),
    "items: one item's story": Place("items", "lena", {"item": DISPUTED["item"]}),
    "study: import": Place("study", "lena", {}, (click("radio", "Import"),)),
    "study: rounds": Place("study", "lena", {}, (click("radio", "Rounds"),)),
    "study: grading": Place(
        "study",
        "lena",
        {},
        (click("radio", "Grading"), press_on("summary", "Open a new grading set")),
    ),
    "study: people": Place("study", "lena", {}, (click("radio", "People"),)),
    "study: log": Place("study", "lena", {}, (click("radio", "Log"),)),
    "the menu": Place("items", "lena", {}, (click("button", "Main menu"),)),
}


@dataclass(frozen=True)
class Study:
    """A study being served, and the same study seen from behind."""

    bench: Workbench
    app: App


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Give the demo study with a round to be read by keys alone, served by the app."""
    chromium_path()
    folder = tmp_path_factory.mktemp("eyes")
    with demo_study(folder) as (bench, url, store):
        open_round(bench, KEYS_ONLY, item_ids=(TREAT,))
        open_round(bench, LEAKING, ("dalia", "amara"), item_ids=(TREAT,))
        open_round(bench, HITS, ("dalia", "amara"), item_ids=("demo/diagnosis/006",))
        open_round(bench, READ_FIRST, ("dalia", "amara"), item_ids=(TREAT,), read_first=True)
        open_round(bench, DIALOGS, item_ids=(TREAT,))
        bench.grading.create(
            OPERATOR, GradingPlan(name="answers", graders=1, persons=("dalia",), seed=2)
        )
        with running_app(url, store, folder / "app.log") as app:
            yield Study(bench, app)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def axe() -> str:
    """Give axe-core as its package ships it: nothing is fetched."""
    package = pytest.importorskip(
        "axe_playwright_python", reason="'pip install axe-playwright-python' brings axe-core"
    )
    return (files(package.__name__) / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds wrong: each serious or critical thing, and all about headings."""
    page.evaluate(axe)
    found = page.evaluate(
        """async ([tags, order]) => {
          const rules = Object.fromEntries(order.map((rule) => [rule, { enabled: true }]));
          const said = await axe.run(document, {
            runOnly: { type: "tag", values: tags }, rules, resultTypes: ["violations"],
          });
          return said.violations.flatMap((rule) => rule.nodes.map((node) => ({
            rule: rule.id, impact: rule.impact, html: node.html.slice(0, 200),
            says: [...node.any, ...node.all, ...node.none].map((one) => one.message).join("; "),
          })));
        }""",
        [TAGS, ORDER],
    )
    return [
        f"{one['rule']} ({one['impact']}): {one['says']}: {one['html']}"
        for one in found
        if one["impact"] in {"serious", "critical"} or one["rule"] in ORDER
    ]


def tabbed(page: Page, times: int) -> Iterator[dict[str, Any]]:
    """Press Tab so many times; give each thing that takes the focus, as a person meets it."""
    for _ in range(times):
        page.keyboard.press("Tab")
        stop = page.evaluate(f"{SEEN}; focused()")
        if stop is not None:
            yield stop


def reach(page: Page, name: str, group: str = "") -> None:
    """Go on with Tab until the thing of this name, or of this group, has the focus."""
    met = []
    for stop in tabbed(page, 160):
        if stop["what"].startswith(("DIV", "MAIN")) and not stop["inComponent"]:
            continue
        met.append(stop["what"])
        if (group and stop["group"] == group) or (name and f" {name}" in f" {stop['what']}"):
            return
    raise AssertionError(f"{name or group!r} is not on the way of Tab: {met}")


def choose(page: Page, group: str, number: int) -> None:
    """Answer a question by keys: reach it, then take the option of this number, from 0."""
    reach(page, "", group)
    for _ in range(number):
        page.keyboard.press("ArrowRight")
    if not page.evaluate(f"{SEEN}; focused()")["checked"]:
        page.keyboard.press("Space")
    settle(page)


def show(page: Page, size: ViewportSize, scheme: Any) -> None:
    """Change the window and the person's preference while the page stands."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]')
    page.wait_for_timeout(350)
    assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).colorScheme") == scheme


@pytest.mark.parametrize("name", PLACES)
def test_nothing_serious_is_found_in_light_in_dark_and_on_a_phone(
    study: Study, browser: Browser, axe: str, name: str
) -> None:
    with window(browser, study.app) as page:
        found: dict[str, list[str]] = {}
        PLACES[name].open(page, study.app)
        found["light"] = findings(page, axe)
        show(page, DESK, "dark")
        found["dark"] = findings(page, axe)
        show(page, PHONE, "light")
        found["phone"] = findings(page, axe)

    assert found == {"light": [], "dark": [], "phone": []}


@pytest.mark.parametrize(
    "name",
    [
        "review: a verdict given",
        "review: hits decided",
        "review: a leak",
        "review: a criterion reworded",
        "review: the guide",
        "adjudicate: a dispute",
        "leakage",
    ],
)
def test_words_and_signs_stand_out_from_what_is_behind_them(
    study: Study, browser: Browser, name: str
) -> None:
    with window(browser, study.app) as page:
        PLACES[name].open(page, study.app)
        for scheme in ("light", "dark"):
            show(page, DESK, scheme)
            assert_legible(page.evaluate(f"{SEEN}; written()"))


def assert_legible(seen: list[dict[str, Any]]) -> None:
    signs = [one for one in seen if one["sign"]]
    assert len(seen) > 20
    assert signs, "this place was chosen because signs stand there"
    assert [one for one in signs if one["contrast"] < SIGN] == []
    assert [one for one in seen if one["contrast"] < (SIGN if one["large"] else TEXT)] == []


@pytest.mark.parametrize("name", SCREENS)
def test_each_page_has_a_title_and_a_language_of_its_own(
    study: Study, browser: Browser, name: str
) -> None:
    with window(browser, study.app) as page:
        PLACES[name].open(page, study.app)

        assert page.title() == f"{name.capitalize()} · RareReview"
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.get_by_role("heading", level=1).all_inner_texts() == [name.capitalize()]


@pytest.mark.parametrize(
    "name",
    [
        *SCREENS,
        "review: skipping",
        "review: all open",
        "review: a leak",
        "adjudicate: a dispute",
        "items: one item's story",
    ],
)
def test_nothing_is_cut_off_and_the_page_does_not_scroll_sideways(
    study: Study, browser: Browser, name: str
) -> None:
    context = browser.new_context(viewport=ENLARGED, device_scale_factor=2)
    page = context.new_page()
    PLACES[name].open(page, study.app)
    for size in (ENLARGED, PHONE):
        show(page, size, "light")
        wide, cut = page.evaluate(f"{SEEN}; [document.documentElement.scrollWidth, cutOff()]")
        assert wide <= size["width"]
        assert cut == []
    context.close()


@pytest.mark.parametrize("size", [ENLARGED, PHONE], ids=["at 200 %", "on a phone"])
def test_submit_can_be_reached_however_small_the_window(
    study: Study, browser: Browser, size: ViewportSize
) -> None:
    context = browser.new_context(viewport=size, device_scale_factor=2)
    page = context.new_page()
    SCREENS["review"].open(page, study.app)
    submit = page.get_by_role("button", name="Submit and open the next case")

    submit.scroll_into_view_if_needed()
    frame = submit.bounding_box()
    context.close()

    assert frame is not None
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= size["width"]
    assert 0 <= frame["y"] <= size["height"] - frame["height"]


@pytest.mark.parametrize(
    ("name", "stops"),
    [("review: one image large", 45), ("review: all open", 130), ("adjudicate: a dispute", 45)],
)
def test_whatever_has_the_focus_shows_it(
    study: Study, browser: Browser, name: str, stops: int
) -> None:
    with window(browser, study.app) as page:
        PLACES[name].open(page, study.app)
        for scheme in ("light", "dark"):
            show(page, DESK, scheme)
            page.evaluate(f"{SEEN}; deepest()?.blur()")
            assert_focus_is_seen(list(tabbed(page, stops)), stops)


def assert_focus_is_seen(met: list[dict[str, Any]], stops: int) -> None:
    assert len({one["what"] for one in met}) > stops / 3
    assert any(one["inComponent"] for one in met)
    drawn_by_streamlit = ("INPUT", "A Skip to main content", "BUTTON Main menu")
    for one in met:
        if one["inComponent"] or not one["what"].startswith(drawn_by_streamlit):
            assert one["outlined"], one
        assert one["shown"], one


def test_nothing_moves_for_those_who_asked_for_that(study: Study, browser: Browser) -> None:
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")
    page = context.new_page()
    PLACES["review: one image large"].open(page, study.app)
    moving = page.evaluate(f"{SEEN}; moving()")
    context.close()

    assert moving == []


def mark_by_keys(page: Page, case: str) -> None:
    """Keep a box on the first image, choose that image, and mark the case's first sentence."""
    reach(page, "Image 1")
    page.keyboard.press("Enter")
    page.wait_for_selector(".stage img")
    for key in ("b", "Enter", "Shift+ArrowRight", "Alt+Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    settle(page)
    page.keyboard.press("b")
    page.keyboard.press("e")
    settle(page)
    page.keyboard.press("Escape")
    reach(page, case)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("e")
    settle(page)


def edit_by_keys(page: Page, number: int, words: str) -> None:
    """Put a criterion in other words, and say why."""
    reach(page, f"Edit criterion {number}")
    page.keyboard.press("Enter")
    reach(page, "In better words")
    page.keyboard.press("Control+a")
    page.keyboard.type(words)
    reach(page, "Why")
    page.keyboard.press("a")
    settle(page)


def test_a_whole_review_is_written_and_sent_without_a_mouse(study: Study, browser: Browser) -> None:
    amara = actor("amara")
    with window(browser, study.app) as page:
        page.add_init_script(
            "window.pointed = 0;"
            "addEventListener('pointerdown', () => { window.pointed += 1; }, true);"
        )
        page.goto(f"{study.app.url}/review?{urlencode({'as': 'amara', 'round': KEYS_ONLY})}")
        page.wait_for_selector(".tile")
        page.wait_for_selector(".decision .main")
        settle(page)

        task = study.bench.reviewing.task(amara, KEYS_ONLY, TREAT)
        mark_by_keys(page, "DIV Case")
        for number in range(len(task.item.claims)):
            page.keyboard.press("s" if number == 0 else "n")
            settle(page)
            page.keyboard.press("v")
        choose(page, "Is the answer correct?", 0)
        edit_by_keys(page, 1, "Names the drug and its dose.")
        reach(page, "Comment")
        page.keyboard.type("Written by keys alone.")
        choose(page, "Recommendation", 1)
        choose(page, "How sure are you?", 2)
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("stored").first).to_be_visible()
        settle(page)
        assert page.evaluate("window.pointed") == 0

    review = study.bench.reviewing.own_review(amara, KEYS_ONLY, TREAT)
    assert review is not None
    assert_written(review.body, task)


def assert_written(body: ReviewBody, task: Task) -> None:
    """Compare what was stored with what was done by keys."""
    item = task.item
    said = {reading.claim_id: reading for reading in body.claims}
    first, *others = item.claims
    assert said[first.claim_id].verdict is Verdict.SUPPORTED
    assert {said[c.claim_id].verdict for c in others} == {Verdict.NOT_IN_EVIDENCE}
    evidence = said[first.claim_id].evidence
    [box] = [link for link in evidence if isinstance(link, ImageBox)]
    [whole] = [link for link in evidence if isinstance(link, WholeImage)]
    [span] = [link for link in evidence if isinstance(link, TextSpan)]
    assert box.sha256 == whole.sha256 == item.content.images[0].sha256
    assert box.width > 10 and box.height > 10
    assert (span.start, span.quote) == (0, item.content.context[: span.end])
    assert span.quote.endswith(".")
    [edit] = body.criteria
    assert edit.criterion_id == next(c for c in item.criteria if c.active).criterion_id
    assert (edit.action, edit.text) == ("edit", "Names the drug and its dose.")
    assert edit.reason is EditReason.AMBIGUOUS
    assert body.checks == {Check.ANSWER_CORRECT: CheckAnswer.YES}
    assert body.recommendation is Recommendation.ACCEPT_WITH_EDITS
    assert body.confidence is Confidence.HIGH
    assert body.comment == "Written by keys alone."


@pytest.mark.parametrize("name", ["Skip", "Guide"])
def test_a_dialog_keeps_its_keys_and_gives_the_focus_back(
    study: Study, browser: Browser, name: str
) -> None:
    with window(browser, study.app) as page:
        page.goto(f"{study.app.url}/review?{urlencode({'as': 'amara', 'round': DIALOGS})}")
        page.wait_for_selector(".decision .main")
        settle(page)
        page.locator(".case .section .text").first.focus()
        page.keyboard.press("ArrowDown")
        opener = page.locator(".bar").get_by_role("button", name=name, exact=True)
        opener.focus()
        page.keyboard.press("Enter")
        dialog = page.locator("dialog[open]")
        expect(dialog).to_have_count(1)
        for _ in range(2):
            for key in "esnvbzm1":
                page.keyboard.press(key)
            settle(page)
            # Also when a press beside the words has taken the focus from them.
            dialog.locator("h2").click()
        expect(dialog).to_have_count(1)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        assert page.evaluate(f"{SEEN}; focused().what") == f"BUTTON {name}"
        settle(page)

    draft = study.bench.reviewing.task(actor("amara"), DIALOGS, TREAT).draft
    assert draft.body == ReviewBody()


def test_everything_one_can_press_or_fill_in_has_a_name(study: Study, browser: Browser) -> None:
    with window(browser, study.app) as page:
        PLACES["review: all open"].open(page, study.app)
        enlarge(page)
        names = page.evaluate(f"{SEEN}; named()")

    assert len(names) > 60
    assert [one for one in names if not one["name"]] == []
