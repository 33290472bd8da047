"""The review screen without a browser: who sees what, and what each click stores."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from src.domain.errors import BadInputError
from src.domain.evidence import WholeImage
from src.domain.leakage import LeakKind
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
from src.services.workbench import Workbench
from src.ui.body_edits import reading_of, with_added_text, with_claim, without_added
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items
from tests.pages.screens import act, button, component, message, open_page, press, serve, words

ONE, TWO = "test/diagnosis/001", "test/diagnosis/002"
ODD = "**Names** :red[it] for $5 <b>or</b> _more_"


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items that nobody has been asked to read yet."""
    criteria = [
        {"key": "must_include-1", "text": ODD, "points": 1.0},
        {"key": "must_not-1", "text": "Diagnoses metastases", "points": -1.0},
    ]
    claims = [
        {"text": "It is Erdheim-Chester disease", "images": [1]},
        {"text": "Soft tissue encases the kidneys"},
    ]
    lines = [
        item_line("001", criteria=criteria, claims=claims),
        item_line("002", case="case-2"),
    ]
    report = bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    assert report.accepted, report.problems
    serve(bench, monkeypatch, tmp_path)
    return bench


@pytest.fixture
def page(study: Workbench) -> AppTest:
    """Open the first item as amara."""
    open_round(study)
    return open_page("review", "amara", round="first")


def draft(study: Workbench, item_id: str = ONE, person: str = "amara") -> ReviewBody:
    return study.reviewing.task(actor(person), "first", item_id).draft.body


def click(page: AppTest, label: str) -> None:
    button(page, label).click().run()
    assert not page.exception, page.exception


def choose(page: AppTest, name: str, value: str | None) -> None:
    """Answer a check, or one of the two last questions."""
    act(page, "checks" if name in set(Check) else "decide", "choose", name, value)


def complete(page: AppTest) -> None:
    for verdict in ("● Supported", "Next claim", "○ Not in the evidence"):
        click(page, verdict)
    choose(page, "answer_correct", CheckAnswer.YES)
    choose(page, "recommendation", Recommendation.ACCEPT)
    choose(page, "confidence", Confidence.HIGH)


def submit(page: AppTest) -> None:
    press(page, "decide", "submit")


def test_without_an_open_round_the_page_says_so(study: Workbench) -> None:
    assert "No round is open for you" in words(open_page("review", "amara"))


def test_somebody_without_the_role_sees_no_item(study: Workbench) -> None:
    open_round(study)
    said = words(open_page("review", "chen", item=ONE, round="first"))
    assert "This page is for the role reviewer" in said
    assert "bone pain" not in said


def test_an_item_that_is_not_the_readers_is_not_shown(study: Workbench) -> None:
    open_round(study)
    page = open_page("review", "amara", item=TWO, round="first")
    assert "This item is not yours to read" in words(page)
    assert "bone pain" not in words(page)
    click(page, "Open my next case")
    assert page.query_params["item"] == ONE


def test_the_next_item_stands_in_the_address(page: AppTest) -> None:
    assert page.query_params["item"] == ONE
    assert page.query_params["round"] == "first"
    assert "1 of 2" in [text.value for text in page.text]


def test_case_text_and_criteria_stand_there_exactly_as_written(page: AppTest) -> None:
    shown = [text.value for text in page.text]
    assert ODD in shown
    assert "What is the most likely diagnosis?" in shown
    assert "Erdheim-Chester disease" in shown
    assert not any(ODD in element.value for element in page.markdown)


def test_a_verdict_is_stored_at_once_and_taken_back_by_the_same_click(
    page: AppTest, study: Workbench
) -> None:
    click(page, "◐ Partly supported")
    assert draft(study).claim("c1").verdict is Verdict.PARTLY_SUPPORTED
    assert any(text.value.startswith("Saved ") for text in page.text)
    click(page, "◐ Partly supported")
    assert draft(study).claim("c1").verdict is None


def test_evidence_of_the_benchmark_counts_only_once_confirmed(
    page: AppTest, study: Workbench
) -> None:
    image = study.browsing.item(OPERATOR, ONE).item.content.images[0].sha256
    assert draft(study).claim("c1").evidence == ()
    click(page, "Confirm Image 1")
    assert draft(study).claim("c1").evidence == (WholeImage(sha256=image),)
    press(page, "chips-1", "removed", {"chip_id": "0"})
    assert draft(study).claim("c1").evidence == ()


def test_checks_and_the_decision_are_stored_as_they_are_chosen(
    page: AppTest, study: Workbench
) -> None:
    complete(page)
    body = draft(study)
    assert body.checks == {Check.ANSWER_CORRECT: CheckAnswer.YES}
    assert (body.recommendation, body.confidence) == (Recommendation.ACCEPT, Confidence.HIGH)
    choose(page, "answer_correct", None)
    assert draft(study).checks == {}


def test_a_criterion_gets_other_points_with_a_reason_and_is_kept_again(
    page: AppTest, study: Workbench
) -> None:
    click(page, "Edit")
    page.number_input[0].set_value(2.5).run()
    [edit] = draft(study).criteria
    assert (edit.action, edit.points, edit.text) == ("edit", 2.5, None)
    assert edit.reason is EditReason.WEIGHT
    why = next(box for box in page.selectbox if box.label == "Why")
    why.set_value(EditReason.AMBIGUOUS).run()
    assert draft(study).criteria[0].reason is EditReason.AMBIGUOUS
    click(page, "Keep it as it was")
    assert draft(study).criteria == ()


def test_a_criterion_is_deleted_only_with_a_reason(page: AppTest, study: Workbench) -> None:
    click(page, "Too vague to judge")
    [deletion] = draft(study).criteria
    assert (deletion.action, deletion.reason) == ("delete", EditReason.TOO_VAGUE)
    click(page, "Keep it after all")
    assert draft(study).criteria == ()


def test_a_leak_is_flagged_changed_and_taken_away(page: AppTest, study: Workbench) -> None:
    click(page, "Caption of image 2")
    [flag] = draft(study).flags
    assert (flag.kind, flag.place.field) == (LeakKind.ANSWER_IN_CAPTION, "caption:2")
    next(g for g in page.button_group if g.label == "How much").set_value("low").run()
    assert draft(study).flags[0].severity == "low"
    kind = next(box for box in page.selectbox if box.label == "What happens there")
    kind.set_value(LeakKind.GIVE_AWAY_PHRASE).run()
    assert draft(study).flags[0].kind is LeakKind.GIVE_AWAY_PHRASE
    next(b for b in page.button if b.label == "Remove").click().run()
    assert draft(study).flags == ()


def test_what_is_missing_stands_beside_submit(page: AppTest) -> None:
    missing = component(page, "decide")["missing"]
    assert [place["words"] for place in missing[:2]] == [
        "Claim 1 has no verdict.",
        "Claim 2 has no verdict.",
    ]
    assert [place["claim"] for place in missing[:2]] == ["c1", "c2"]
    assert len(missing) == 5


def test_submitting_too_early_stores_nothing_and_keeps_the_draft(
    page: AppTest, study: Workbench
) -> None:
    choose(page, "confidence", Confidence.HIGH)
    submit(page)
    assert study.reviewing.own_review(actor("amara"), "first", ONE) is None
    assert "Claim 1 has no verdict" in words(page)
    assert draft(study).confidence is Confidence.HIGH


def test_what_no_screen_of_ours_sends_is_refused_and_said_so(
    page: AppTest, study: Workbench
) -> None:
    choose(page, "recommendation", "burn it")
    assert draft(study).recommendation is None
    assert "is no answer to" in message(page)[1]


def test_an_act_that_arrives_again_is_not_done_again(page: AppTest, study: Workbench) -> None:
    """A browser sends what it got no answer for once more; what came between stays."""
    choose(page, "confidence", Confidence.LOW)
    first = component(page, "decide")["seen"]
    choose(page, "confidence", Confidence.HIGH)
    act(page, "decide", "choose", "confidence", Confidence.LOW, number=first)
    assert draft(study).confidence is Confidence.HIGH


def test_submit_stores_the_review_and_opens_the_next_case(page: AppTest, study: Workbench) -> None:
    complete(page)
    submit(page)
    review = study.reviewing.own_review(actor("amara"), "first", ONE)
    assert review is not None
    assert review.revision == 1
    assert page.query_params["item"] == TWO
    assert any(text.value.startswith("Review 1 stored") for text in page.text)


def test_after_the_last_case_the_page_says_so_and_offers_what_was_read(study: Workbench) -> None:
    open_round(study)
    read_all(study, "amara")
    page = open_page("review", "amara", round="first")
    assert "That was the last case for today" in words(page)
    click(page, "Review 2")
    assert page.query_params["item"] == TWO
    assert "You submitted this item, revision 1" in words(page).replace("\\\\", "")


def test_a_submitted_item_is_revised_and_the_first_review_stays(study: Workbench) -> None:
    open_round(study)
    read_all(study, "amara")
    page = open_page("review", "amara", round="first", item=ONE)
    assert component(page, "decide")["closed"] == "Nothing is changed yet."
    choose(page, "confidence", Confidence.LOW)
    assert component(page, "decide")["label"] == "Store the revision"
    submit(page)
    review = study.reviewing.own_review(actor("amara"), "first", ONE)
    assert review is not None
    assert (review.revision, review.body.confidence) == (2, Confidence.LOW)


def test_two_windows_are_asked_and_neither_is_overwritten(study: Workbench) -> None:
    open_round(study)
    one = open_page("review", "amara", round="first")
    two = open_page("review", "amara", round="first")
    click(one, "● Supported")
    click(two, "✕ Contradicted")
    assert draft(study).claim("c1").verdict is Verdict.SUPPORTED
    assert "Another window saved newer work" in words(two)
    shown = [text.value for text in two.text]
    assert {"Supported", "Contradicted"} <= set(shown)
    click(two, "Put mine on top")
    assert draft(study).claim("c1").verdict is Verdict.CONTRADICTED

    click(one, "? Cannot judge")
    click(one, "Keep the newer work")
    assert draft(study).claim("c1").verdict is Verdict.CONTRADICTED
    assert "Another window" not in words(one)


def test_a_draft_comes_back_with_a_note_of_when_it_was_written(
    page: AppTest, study: Workbench
) -> None:
    click(page, "● Supported")
    again = open_page("review", "amara", round="first")
    assert any(text.value.startswith("Restored what you wrote at") for text in again.text)


def test_one_readers_page_holds_nothing_of_anothers(page: AppTest, study: Workbench) -> None:
    task = study.reviewing.next_item(actor("benoit"), "first")
    assert task is not None
    body = full_reading(task.item, comment="Only Benoît says this.")
    study.reviewing.save_draft(actor("benoit"), "first", ONE, body, 0)
    page.run()
    assert "Only Benoît says this" not in words(page)


def test_a_skipped_item_comes_to_nobody_twice(page: AppTest, study: Workbench) -> None:
    click(page, "Not my field")
    assert message(page)[0] in {"", "done"}
    assert page.query_params["item"] == TWO


def test_an_added_claim_is_judged_and_removed_like_the_others() -> None:
    body = with_added_text(ReviewBody(), 0, "The cells carry BRAF V600E")
    body = with_claim(body, "added:0", verdict=Verdict.SUPPORTED)
    added = reading_of(body, "added:0")
    assert added is not None
    assert (added.text, added.verdict) == ("The cells carry BRAF V600E", Verdict.SUPPORTED)
    assert without_added(body, 0) == ReviewBody()


def test_a_code_that_is_none_is_refused_in_words() -> None:
    from src.ui.proposal_form import _digits

    assert _digits("ORPHA:538", "35687") == "538"
    assert _digits("35687", "35687") is None
    with pytest.raises(BadInputError, match="not an ORPHA code"):
        _digits("ECD", "35687")
