"""The review screen as a clinician uses it: what they do is exactly what the study then holds."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from src.domain.evidence import ImageBox, TextSpan, WholeImage
from src.domain.leakage import LeakKind
from src.domain.people import OPERATOR
from src.domain.review import (
    Check,
    CheckAnswer,
    Confidence,
    EditReason,
    Recommendation,
    Verdict,
)
from tests.browser.app_server import (
    PHONE,
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
CROSS, TREAT, DIAGNOSE = "demo/crossmodal/001", "demo/treatment/001", "demo/diagnosis/002"
EXAMINE = "demo/examination/001"
ROUNDS = {
    "journey": (CROSS, TREAT),
    "windows": (TREAT,),
    "crash": (DIAGNOSE,),
    "clicks": (DIAGNOSE, "demo/diagnosis/003"),
    "late": (DIAGNOSE,),
    "phone": (CROSS,),
    "skip": (DIAGNOSE,),
    "marks": (EXAMINE,),
    "fresh": (CROSS,),
    "persons": (TREAT,),
    "question": (TREAT,),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Give the demo study with one more round for each test, served by the app."""
    chromium_path()
    folder = tmp_path_factory.mktemp("review")
    with served_study(folder, ROUNDS) as study:
        yield study


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


def enlarge(page: Page, number: int) -> Locator:
    page.locator(".tile").nth(number - 1).click()
    page.wait_for_selector(".stage img")
    page.wait_for_timeout(400)
    return page.locator(".pane").first


def draw(page: Page, pane: Locator) -> None:
    frame = pane.bounding_box()
    assert frame is not None
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    page.mouse.move(x - 60, y - 40)
    page.mouse.down()
    page.mouse.move(x, y)
    page.mouse.move(x + 70, y + 50)
    page.mouse.up()


def quote_first_sentence(page: Page, part: str = "section") -> None:
    """Select the first sentence of the case, or of the question, by keys and use it as evidence."""
    page.locator(f".case .{part} .text").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("e")
    settle(page)


def test_a_reading_goes_from_the_first_page_to_a_receipt_and_is_stored_exactly(
    study: Study, browser: Browser
) -> None:
    item = study.bench.browsing.item(OPERATOR, CROSS).item
    with window(browser, study.app) as page:
        open_reading(page, study.address("journey"))
        assert f"item={CROSS.replace('/', '%2F')}" in page.url
        for number in (1, 2):
            enlarge(page, number)
            page.wait_for_timeout(1200)
            page.keyboard.press("Escape")

        for number, key in enumerate("spxn", start=1):
            page.keyboard.press(key)
            settle(page)
            assert len([c for c in study.draft("journey", CROSS).claims if c.verdict]) == number
            page.keyboard.press("v")
            settle(page)
        page.keyboard.press("u")
        settle(page)

        page.keyboard.press("v")
        settle(page)
        pane = enlarge(page, 3)
        page.keyboard.press("b")
        draw(page, pane)
        settle(page)
        page.keyboard.press("b")
        page.keyboard.press("e")
        settle(page)
        quote_first_sentence(page)

        page.get_by_role("button", name="Edit criterion 2").click()
        settle(page)
        field = page.get_by_label("In better words", exact=True)
        field.fill("Says that both knees take up tracer alike.")
        study.until("journey", CROSS, lambda body: body.criteria)
        page.get_by_label("Why", exact=True).select_option(EditReason.AMBIGUOUS.value)
        study.until("journey", CROSS, lambda body: body.criteria[0].reason)
        page.get_by_label("Flag a whole place").select_option("Caption of image 2")
        study.until("journey", CROSS, lambda body: body.flags)

        choose(page, "Is the answer correct?", "No")
        choose(page, "Recommendation", "Accept with edits")
        choose(page, "How sure are you?", "High")
        type_in(page, "Comment", "The second criterion is too broad; **and so")
        study.until("journey", CROSS, lambda body: body.comment.endswith("and so"))
        page.reload()
        page.wait_for_selector(".decision .main")
        settle(page)
        expect(page.get_by_text("Restored what you wrote at")).to_be_visible()
        comment = page.get_by_label("Comment", exact=True)
        expect(comment).to_have_value("The second criterion is too broad; **and so")
        comment.click()
        page.keyboard.press("End")
        page.keyboard.type(" is the third.")

        page.get_by_role("button", name="Submit and open the next case").click()
        expect(page.get_by_text(re.compile("Review \\d+ stored"))).to_be_visible()
        settle(page)
        assert TREAT.replace("/", "%2F") in page.url

    review = study.review("journey", CROSS)
    assert review is not None
    body = review.body
    assert review.revision == 1
    assert [c.verdict for c in sorted(body.claims, key=lambda c: c.claim_id)] == [
        Verdict.SUPPORTED,
        Verdict.PARTLY_SUPPORTED,
        Verdict.CONTRADICTED,
        Verdict.NOT_IN_EVIDENCE,
        Verdict.CANNOT_JUDGE,
    ]
    third = item.content.images[2].sha256
    evidence = body.claim(item.claims[0].claim_id).evidence
    [box] = [link for link in evidence if isinstance(link, ImageBox)]
    [whole] = [link for link in evidence if isinstance(link, WholeImage)]
    [span] = [link for link in evidence if isinstance(link, TextSpan)]
    assert box.sha256 == whole.sha256 == third
    assert box.width > 20 and box.height > 20
    assert item.content.context[span.start : span.end] == span.quote
    assert span.quote.startswith("A 56-year-old man")
    [edit] = body.criteria
    task = study.bench.reviewing.task(actor("amara"), "journey", CROSS)
    active = [criterion for criterion in task.item.criteria if criterion.active]
    assert edit.criterion_id == active[1].criterion_id
    assert (edit.action, edit.text) == ("edit", "Says that both knees take up tracer alike.")
    assert edit.reason is EditReason.AMBIGUOUS
    [flag] = body.flags
    assert (flag.kind, flag.place.field) == (LeakKind.ANSWER_IN_CAPTION, "caption:2")
    assert body.checks == {Check.ANSWER_CORRECT: CheckAnswer.NO}
    assert body.recommendation is Recommendation.ACCEPT_WITH_EDITS
    assert body.confidence is Confidence.HIGH
    assert body.comment == "The second criterion is too broad; **and so is the third."
    seen = {item.content.images[n].sha256 for n in (0, 1, 2)}
    assert set(body.images_viewed) == seen


def test_a_second_window_is_asked_before_either_text_is_lost(
    study: Study, browser: Browser
) -> None:
    with window(browser, study.app) as one, window(browser, study.app) as two:
        open_reading(one, study.address("windows"))
        open_reading(two, study.address("windows"))
        type_in(one, "Comment", "From the first window.")
        study.until("windows", TREAT, lambda body: body.comment == "From the first window.")

        type_in(two, "Comment", "From the second window.")
        expect(two.get_by_text("Another window saved newer work")).to_be_visible()
        expect(
            two.locator(".st-key-conflict").get_by_text("From the first window.")
        ).to_be_visible()
        expect(
            two.locator(".st-key-conflict").get_by_text("From the second window.")
        ).to_be_visible()
        assert study.draft("windows", TREAT).comment == "From the first window."

        two.wait_for_timeout(1600)
        two.get_by_role("button", name="Keep the other window's").click()
        expect(two.get_by_label("Comment", exact=True)).to_have_value("From the first window.")
        assert study.draft("windows", TREAT).comment == "From the first window."

        type_in(two, "Comment", "Now from the second. ")
        study.until("windows", TREAT, lambda body: "Now from the second. " in body.comment)
        type_in(one, "Comment", "On top. ")
        expect(one.get_by_text("Another window saved newer work")).to_be_visible()
        one.get_by_role("button", name="Put mine on top").click()
        study.until("windows", TREAT, lambda body: "On top. " in body.comment)


def test_what_is_typed_while_the_server_is_down_is_stored_when_it_is_back(
    study: Study, browser: Browser
) -> None:
    with window(browser, study.app) as page:
        open_reading(page, study.address("crash"))
        type_in(page, "Comment", "Written before.")
        study.until("crash", DIAGNOSE, lambda body: body.comment == "Written before.")
        study.app.stop(signal.SIGKILL)
        page.keyboard.type(" And while nobody listened.")
        page.wait_for_timeout(1500)
        study.app.start()
        whole = "Written before. And while nobody listened."
        expect(page.get_by_label("Comment", exact=True)).to_have_value(whole)
        study.until("crash", DIAGNOSE, lambda body: body.comment == whole)


def test_twenty_clicks_on_submit_make_one_review(study: Study, browser: Browser) -> None:
    with window(browser, study.app) as page:
        open_reading(page, study.address("clicks"))
        complete(page)
        submit = page.get_by_role("button", name="Submit and open the next case")
        submit.evaluate("button => { for (let n = 0; n < 20; n += 1) button.click(); }")
        expect(page.get_by_text("stored", exact=False).first).to_be_visible()
        settle(page)
        settle(page)
    reviews = [r for r in study.bench.reviewing.recent(actor("amara"), 50) if r[0] == "clicks"]
    assert [(item, study.review("clicks", item).revision) for _, item, _, _ in reviews] == [  # type: ignore[union-attr]
        (DIAGNOSE, 1)
    ]


def test_the_last_words_before_a_click_on_submit_are_in_the_review(
    study: Study, browser: Browser
) -> None:
    with window(browser, study.app) as page:
        open_reading(page, study.address("late"))
        complete(page)
        type_in(page, "Comment", "Typed and sent at once.")
        page.get_by_role("button", name="Submit and open the next case").click()
        expect(page.get_by_text("That was the last case of this round")).to_be_visible()
        review = study.review("late", DIAGNOSE)
        assert review is not None
        assert review.body.comment == "Typed and sent at once."

        page.get_by_role("button", name="My readings").click()
        page.get_by_role("button", name=DIAGNOSE).first.click()
        expect(page.get_by_text("You submitted this item, revision 1.")).to_be_visible()
        page.wait_for_selector(".tile")
        settle(page)
        choose(page, "Recommendation", "Reject")
        page.get_by_role("button", name="Store the revision").click()
        settle(page)
        revised = study.review("late", DIAGNOSE)
        assert revised is not None
        assert revised.revision == 2
        assert revised.body.recommendation is Recommendation.REJECT


def test_leaks_are_marked_on_image_and_text_and_missing_things_are_added(
    study: Study, browser: Browser
) -> None:
    item = study.bench.browsing.item(OPERATOR, EXAMINE).item
    with window(browser, study.app) as page:
        open_reading(page, study.address("marks"))
        page.get_by_role("button", name="Mark a leak").click()
        settle(page)
        pane = enlarge(page, 2)
        page.keyboard.press("b")
        draw(page, pane)
        settle(page)
        quote_first_sentence(page)
        study.until("marks", EXAMINE, lambda body: len(body.flags) == 2)

        page.get_by_role("button", name="Add a claim").click()
        settle(page)
        type_in(page, "What the claim says", "Light chains were never measured.")
        study.until("marks", EXAMINE, lambda body: body.added_claims)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Contradicted").click()
        settle(page)
        page.get_by_role("button", name="Add a criterion").click()
        settle(page)
        type_in(page, "What an answer must say, or must not say", "Asks for light chains.")
        study.until("marks", EXAMINE, lambda body: body.added_criteria)
        page.get_by_text("Propose changes to the item").click()
        type_in(page, "Further names that count as the answer, one on each line", "TTR test")
        body = study.until("marks", EXAMINE, lambda body: body.proposals.aliases)

    by_kind = {flag.kind: flag.place for flag in body.flags}
    box = by_kind[LeakKind.ANSWER_IN_IMAGE].box
    assert box is not None
    assert box.sha256 == item.content.images[1].sha256
    assert by_kind[LeakKind.ANSWER_IN_IMAGE].image == 2
    span = by_kind[LeakKind.ANSWER_IN_TEXT].span
    assert span is not None
    assert item.content.context[span.start : span.end] == span.quote
    assert all(reading.evidence == () for reading in body.claims)
    [claim] = body.added_claims
    assert (claim.text, claim.verdict) == (
        "Light chains were never measured.",
        Verdict.CONTRADICTED,
    )
    [criterion] = body.added_criteria
    assert (criterion.text, criterion.points) == ("Asks for light chains.", 1.0)
    assert body.proposals.aliases == ("TTR test",)


def test_a_skipped_item_goes_to_somebody_else_with_its_reason(
    study: Study, browser: Browser
) -> None:
    with window(browser, study.app) as page:
        open_reading(page, study.address("skip"))
        page.get_by_role("button", name="Skip").click()
        page.get_by_role("button", name="I have a conflict of interest").click()
        expect(
            page.get_by_text("Passed on. You are shown nothing of this patient again.")
        ).to_be_visible()
        expect(page.get_by_text("That was the last case of this round")).to_be_visible()


def test_on_a_phone_everything_is_there_and_nothing_is_cut_off(
    study: Study, browser: Browser
) -> None:
    with window(browser, study.app, PHONE) as page:
        open_reading(page, study.address("phone"))
        wide = page.evaluate(
            "() => [...document.querySelectorAll('[data-testid=stMain] *')]"
            ".filter(n => n.getBoundingClientRect().right > innerWidth + 1"
            " && !n.closest('[role=radiogroup]')).map(n => n.className).slice(0, 5)"
        )
        assert wide == []
        submit = page.get_by_role("button", name="Submit and open the next case")
        submit.scroll_into_view_if_needed()
        expect(submit).to_be_visible()
        page.locator(".tile").first.scroll_into_view_if_needed()
        assert page.locator(".tile").count() == 5


def test_working_as_somebody_else_for_a_while_loses_nothing(study: Study, browser: Browser) -> None:
    """Widgets that were away come back with what is stored, never with their defaults."""
    with window(browser, study.app) as page:
        open_reading(page, study.address("persons"))
        choose(page, "Is the answer correct?", "No")
        choose(page, "Recommendation", "Reject")
        choose(page, "How sure are you?", "Moderate")
        before = study.until("persons", TREAT, lambda body: body.confidence)

        for name in ("Chen Wei", "Amara Okafor"):
            page.locator(".st-key-banner").get_by_role("combobox").click()
            page.get_by_role("option").filter(has_text=name).click()
            page.wait_for_timeout(1500)
            settle(page)
        page.wait_for_selector(".tile")
        page.locator(".tile").first.click()
        page.keyboard.press("v")
        settle(page)
        page.wait_for_timeout(800)

        after = study.draft("persons", TREAT)
        assert after.model_copy(update={"images_viewed": ()}) == before.model_copy(
            update={"images_viewed": ()}
        )


def test_a_box_can_be_drawn_before_anything_else_is_touched(study: Study, browser: Browser) -> None:
    """The first claim lies open from the start, so the first box has a claim to belong to."""
    with window(browser, study.app) as page:
        open_reading(page, study.address("fresh"))
        pane = enlarge(page, 1)
        page.keyboard.press("b")
        draw(page, pane)
        body = study.until("fresh", CROSS, lambda body: body.claims)
        assert [type(link) for link in body.claims[0].evidence] == [ImageBox]

        page.keyboard.press("b")
        for _ in ("the selected box", "the large image"):
            page.keyboard.press("Escape")
        expect(page.locator(".stage img")).to_have_count(0)
        page.get_by_role("button", name="Box on image 1").first.click()
        expect(page.locator(".stage img").first).to_be_visible()
        assert study.draft("fresh", CROSS).claims[0].evidence == body.claims[0].evidence

        page.get_by_role("button", name="Remove Box on image 1").click()
        study.until("fresh", CROSS, lambda body: not any(c.evidence for c in body.claims))


def test_words_of_the_question_are_evidence_like_those_of_the_case(
    study: Study, browser: Browser
) -> None:
    item = study.bench.browsing.item(OPERATOR, TREAT).item
    with window(browser, study.app) as page:
        open_reading(page, study.address("question"))
        quote_first_sentence(page, "lead")
        body = study.until("question", TREAT, lambda body: any(c.evidence for c in body.claims))
    [span] = body.claims[0].evidence
    assert isinstance(span, TextSpan)
    assert span.field == "question"
    assert span.quote == item.content.question[span.start : span.end] != ""
