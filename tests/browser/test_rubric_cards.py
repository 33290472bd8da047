"""The rubric's cards in a real browser, each change read back from the study's database."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from src.domain.evidence import WholeImage
from src.domain.people import OPERATOR
from src.domain.review import ClaimReading, EditReason, ReviewBody
from src.services.workbench import Workbench, init, open_workbench
from tests.browser.app_server import (
    DESK,
    IDLE,
    PHONE,
    ROOT,
    App,
    running_browser,
    settle,
    window,
)
from tests.builders import actor, add_people, item_line, open_round, write_items

pytestmark = pytest.mark.browser
LINES = (
    {"key": "must_include-1", "text": "Names **ECD** <b>or</b> $5 :red[it]", "points": 1.0},
    {"key": "must_include-2", "text": "Plans appropriate follow-up", "points": 2.0},
    {"key": "must_not-1", "text": "Diagnoses metastases", "points": -1.0, "required": False},
)


class Harness(App):
    """The app's server, with the harness in the place of the app."""

    def start(self) -> None:
        """Start the server and wait until it is well."""
        harness = ROOT / "tests" / "browser" / "harness_rubric.py"
        flags = ["--server.headless=true", f"--server.port={self.port}"]
        with self._log.open("ab") as output:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(harness), *flags],
                env=self._environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait()


class Study:
    """A study whose items are read one a test, and the server that shows their rubrics."""

    def __init__(self, bench: Workbench, app: Harness) -> None:
        self.bench, self.app = bench, app
        self.unread = iter(range(1, 40))

    def next_item(self) -> str:
        """Return an item nobody has touched, held by amara."""
        task = self.bench.reviewing.next_item(actor("amara"), f"round-{next(self.unread)}")
        assert task is not None
        self.round = task.round
        self.item = task.item
        return task.item.item_id

    def address(self) -> str:
        """Return where the rubric of the next item is."""
        item = self.next_item()
        place = urlencode({"as": "amara", "round": self.round, "item": item})
        return f"{self.app.url}/?{place}"

    def draft(self) -> ReviewBody:
        """Return what is stored of the item that is read."""
        task = self.bench.reviewing.task(actor("amara"), self.round, self.item.item_id)
        return task.draft.body

    def until(self, true: Callable[[ReviewBody], object], seconds: float = 8) -> ReviewBody:
        """Return the stored draft once it is as wanted."""
        deadline = time.monotonic() + seconds
        while not true(body := self.draft()):
            assert time.monotonic() < deadline, body
            time.sleep(0.05)
        return body


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    folder: Path = tmp_path_factory.mktemp("rubric")
    url, store = f"sqlite:///{folder / 'review.db'}", str(folder / "images")
    init(url, store)
    bench = open_workbench(url, store)
    claims = [{"text": "It is Erdheim-Chester disease", "images": [1]}]
    line = item_line("001", criteria=list(LINES), claims=claims)
    report = bench.importing.store_file(OPERATOR, write_items(folder / "in", [line]))
    assert report.accepted, report.problems
    add_people(bench)
    for number in range(1, 16):
        open_round(bench, f"round-{number}")
    app = Harness(url, store, folder / "server.log")
    app.start()
    yield Study(bench, app)
    app.stop()
    bench.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def page(study: Study, browser: Browser) -> Iterator[Page]:
    with window(browser, study.app) as page:
        open_rubric(page, study)
        yield page


def open_rubric(page: Page, study: Study) -> None:
    page.goto(study.address())
    page.wait_for_selector(".card")
    page.wait_for_selector(IDLE)


def card(page: Page, number: int) -> Locator:
    return page.locator(".card").nth(number - 1)


def edit(page: Page, number: int) -> Locator:
    page.get_by_role("button", name=f"Edit criterion {number}").click()
    return card(page, number)


def test_a_criterion_stands_there_exactly_as_written_with_its_points(page: Page) -> None:
    expect(card(page, 1).locator(".words .text")).to_have_text(str(LINES[0]["text"]))
    expect(card(page, 1).locator(".points")).to_have_text("+1 point")
    expect(card(page, 3).locator(".points")).to_have_text("−1 point")
    expect(card(page, 3)).to_contain_text("Optional")


def test_fields_open_without_asking_the_server(page: Page, study: Study) -> None:
    study.app._server.send_signal(signal.SIGSTOP)
    try:
        field = edit(page, 1).get_by_label("In better words")
        expect(field).to_be_visible(timeout=300)
        expect(field).to_be_editable()
    finally:
        study.app._server.send_signal(signal.SIGCONT)


def test_another_meaning_is_stored_and_asks_why(page: Page, study: Study) -> None:
    one = edit(page, 2)
    one.get_by_label("In better words").fill("Plans cardiac MRI every year")
    body = study.until(lambda body: body.criteria)
    assert (body.criteria[0].action, body.criteria[0].reason) == ("edit", None)
    expect(one.locator(".diff ins").first).to_be_visible()
    expect(one.locator(".diff del").first).to_contain_text("appropriate")
    one.get_by_label("Why", exact=True).select_option("too_vague")
    body = study.until(lambda body: body.criteria[0].reason)
    assert body.criteria[0].reason is EditReason.TOO_VAGUE
    expect(one.get_by_text("Saved", exact=True).first).to_be_visible()


def test_a_comma_is_wording_and_nobody_is_asked(page: Page, study: Study) -> None:
    edit(page, 2).get_by_label("In better words").fill("Plans appropriate follow-up.")
    body = study.until(lambda body: body.criteria)
    assert body.criteria[0].reason is EditReason.WORDING


def test_points_scale_and_need_are_stored_and_all_is_taken_back(page: Page, study: Study) -> None:
    one = edit(page, 1)
    more = one.get_by_role("button", name="Half a point more")
    for _ in range(3):
        more.click()
    expect(one.locator(".points")).to_have_text("+2.5 points", timeout=300)
    one.get_by_label("Required").uncheck()
    one.get_by_label("How it is judged").select_option("ordinal")
    one.get_by_label("up to").fill("4")
    body = study.until(lambda body: body.criteria and body.criteria[0].maximum == 4)
    [reading] = body.criteria
    assert (reading.points, reading.required, reading.kind) == (2.5, False, "ordinal")
    assert reading.reason is EditReason.WEIGHT
    expect(one).to_contain_text("was +1 point, required")
    one.get_by_role("button", name="Keep it as it was").click()
    expect(one.locator(".points")).to_have_text("+1 point", timeout=300)
    study.until(lambda body: body.criteria == ())


def test_a_criterion_goes_only_for_a_reason_and_comes_back(page: Page, study: Study) -> None:
    one = edit(page, 3)
    one.get_by_role("button", name="Delete").click()
    assert study.draft().criteria == ()
    one.get_by_role("button", name="It is wrong").click()
    expect(one).to_contain_text("to be deleted: it is wrong")
    body = study.until(lambda body: body.criteria)
    assert (body.criteria[0].action, body.criteria[0].reason) == ("delete", EditReason.WRONG)
    page.get_by_role("button", name="Change criterion 3").click()
    one.get_by_role("button", name="Keep it after all").click()
    study.until(lambda body: body.criteria == ())


def test_own_criteria_are_begun_changed_moved_and_removed(page: Page, study: Study) -> None:
    for text in ("Asks for BRAF", "Wants a bone scan"):
        page.get_by_role("button", name="Add a criterion").click()
        page.keyboard.type(text)
    body = study.until(lambda body: len(body.added_criteria) == 2)
    assert [added.text for added in body.added_criteria] == ["Asks for BRAF", "Wants a bone scan"]
    second = card(page, 5)
    second.get_by_label("Points", exact=True).fill("0.5")
    second.get_by_role("button", name="Up").click()
    body = study.until(lambda body: body.criterion_order and body.added_criteria[1].points == 0.5)
    keys = [f"added:{added.key}" for added in body.added_criteria]
    assert body.criterion_order == ("k1", "k2", "k3", keys[1], keys[0])
    expect(card(page, 4).locator(".words .text")).to_have_text("Wants a bone scan")
    card(page, 5).get_by_role("button", name="Remove").click()
    body = study.until(lambda body: len(body.added_criteria) == 1)
    assert (body.added_criteria[0].text, body.added_criteria[0].points) == (
        "Wants a bone scan",
        0.5,
    )


def test_the_order_is_changed_with_the_keyboard_alone(page: Page, study: Study) -> None:
    page.get_by_role("button", name="Edit criterion 1").focus()
    page.keyboard.press("Enter")
    card(page, 1).get_by_role("button", name="Down").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    study.until(lambda body: body.criterion_order == ("k2", "k3", "k1"))
    expect(card(page, 3).get_by_role("button", name="Close criterion 3")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit criterion 3")).to_be_focused()


def test_evidence_of_a_claim_is_linked_and_unlinked(page: Page, study: Study) -> None:
    image = study.item.content.images[0].sha256
    claim = ClaimReading(claim_id="c1", evidence=(WholeImage(sha256=image),))
    body = ReviewBody(claims=(claim,))
    task = study.bench.reviewing.task(actor("amara"), study.round, study.item.item_id)
    study.bench.reviewing.save_draft(
        actor("amara"), study.round, study.item.item_id, body, task.draft.version
    )
    page.reload()
    page.wait_for_selector(".card")
    one = edit(page, 2)
    expect(one).to_contain_text("No evidence is linked.")
    one.get_by_label("Evidence to link").select_option(index=0)
    one.get_by_role("button", name="Link", exact=True).click()
    body = study.until(lambda body: body.criteria)
    assert (body.criteria[0].action, body.criteria[0].evidence) == ("keep", claim.evidence)
    expect(one).not_to_contain_text("No evidence is linked.")
    one.get_by_role("button", name="Unlink").click()
    study.until(lambda body: body.criteria == ())


def test_hints_and_the_tracks_dimensions_are_read_not_edited(page: Page) -> None:
    expect(card(page, 2)).to_contain_text("“appropriate” can be read in several ways.")
    fixed = page.locator(".fixed")
    expect(fixed).to_contain_text("The same disease (3 of 5 points)")
    assert fixed.locator("input, button, textarea, select").count() == 0
    one = edit(page, 2)
    one.get_by_label("In better words").fill("Plans cardiac MRI every year")
    expect(one).not_to_contain_text("can be read in several ways")


def test_a_refused_value_is_said_calmly_and_stays_in_the_field(page: Page, study: Study) -> None:
    one = edit(page, 1)
    points = one.get_by_label("Points", exact=True)
    points.fill("500")
    expect(one).to_contain_text("A number from -100 to 100, please.")
    expect(points).to_have_value("500")
    field = one.get_by_label("In better words")
    field.fill(" ")
    expect(one).to_contain_text("A criterion needs words. Its last words are kept.")
    expect(field).to_have_value(" ")
    settle(page)
    assert study.draft().criteria == ()


def test_what_is_typed_while_the_server_is_down_arrives_when_it_is_back(
    page: Page, study: Study
) -> None:
    field = edit(page, 1).get_by_label("In better words")
    field.fill("Names ECD with its proof")
    study.until(lambda body: body.criteria)
    study.app.stop(signal.SIGKILL)
    field.press_sequentially(" in tissue")
    page.wait_for_timeout(1200)
    study.app.start()
    study.until(lambda body: body.criteria[0].text == "Names ECD with its proof in tissue", 25)
    expect(field).to_have_value("Names ECD with its proof in tissue")


def test_on_a_phone_targets_are_large_and_nothing_leaves_the_screen(
    study: Study, browser: Browser
) -> None:
    with window(browser, study.app, PHONE) as page:
        open_rubric(page, study)
        edit(page, 2)
        wide, small = page.locator(".rubric").evaluate(
            "box => [[...box.querySelectorAll('*')].filter(n => n.offsetParent"
            " && n.getBoundingClientRect().right > innerWidth + 1).length,"
            " [...box.querySelectorAll('button, select, input[type=number]')].filter(n =>"
            " n.offsetParent && n.getBoundingClientRect().height < 44).map(n => n.outerHTML)]"
        )
        assert (wide, small) == (0, [])
    assert DESK[0] > PHONE[0]
