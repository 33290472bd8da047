"""Around a reading: undo, own keys, reading first, practice, a pause, and the reader's own list."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from src.domain.people import OPERATOR
from src.domain.review import Check, CheckAnswer, Recommendation, ReviewBody
from src.domain.round import RoundKind, SkipReason
from src.services.workbench import Workbench
from src.ui.body_edits import with_whole
from src.ui.draft_session import Change, open_draft
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import act, component, message, open_page, serve, words

ONE, TWO = "test/diagnosis/001", "test/diagnosis/002"
ANSWER = "Erdheim-Chester disease"


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items that nobody has been asked to read yet."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    report = bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    assert report.accepted, report.problems
    serve(bench, monkeypatch, tmp_path)
    return bench


def draft(study: Workbench, round_name: str = "first") -> ReviewBody:
    return study.reviewing.task(actor("amara"), round_name, ONE).draft.body


def test_a_step_is_taken_back_and_put_back_again(study: Workbench) -> None:
    open_round(study)
    page = open_page("review", "amara", round="first")
    assert component(page, "bar")["undoable"] == 0
    act(page, "checks", "choose", Check.UNSAFE, CheckAnswer.YES)
    act(page, "checks", "choose", Check.UNSAFE, CheckAnswer.NO)
    assert component(page, "bar")["undoable"] == 2
    act(page, "bar", "undo", "1")
    assert draft(study).checks == {Check.UNSAFE: CheckAnswer.YES}
    assert component(page, "bar")["saved"] == "Taken back: checks"
    act(page, "bar", "undo", "2")
    assert draft(study).checks == {}
    act(page, "bar", "redo", "3")
    assert draft(study).checks == {Check.UNSAFE: CheckAnswer.YES}


def test_steps_can_be_taken_back_after_a_reload(study: Workbench) -> None:
    open_round(study)
    page = open_page("review", "amara", round="first")
    act(page, "checks", "choose", Check.UNSAFE, CheckAnswer.YES)
    again = open_page("review", "amara", round="first")
    act(again, "bar", "undo", "1")
    assert draft(study).checks == {}


def test_while_two_windows_differ_the_field_keeps_what_was_written_in_it(study: Workbench) -> None:
    """The other window's text under one's own hands would be sent on as if one had typed it."""
    open_round(study)
    one, two = (open_page("review", "amara", round="first") for _ in range(2))
    act(one, "decide", "choose", "recommendation", Recommendation.REJECT)
    act(two, "decide", "choose", "recommendation", Recommendation.ACCEPT)
    questions = component(two, "decide")["groups"]
    assert questions[0]["value"] == Recommendation.ACCEPT
    assert draft(study).recommendation is Recommendation.REJECT
    assert "Choose above" in component(two, "decide")["closed"]


def test_a_key_of_ones_own_is_kept_and_one_that_is_taken_is_refused(study: Workbench) -> None:
    open_round(study)
    page = open_page("review", "amara", round="first")
    act(page, "bar", "key", "box", "g")
    assert component(page, "images")["keys"] == {"box": "g"}
    act(page, "bar", "key", "pin", "r")
    assert message(page)[0] == "refused"
    again = open_page("review", "amara", round="first")
    assert component(again, "images")["keys"] == {"box": "g"}
    act(again, "bar", "reset-keys")
    assert component(again, "images")["keys"] == {}


def test_where_reading_comes_first_the_answer_is_not_sent_before(study: Workbench) -> None:
    open_round(study, read_first=True)
    page = open_page("review", "amara", round="first")
    said = words(page)
    assert ANSWER not in said
    assert "Claims" not in [header.value for header in page.header]
    assert component(page, "images")["readonly"]
    act(page, "first", "commit", "", "Sclerosis of both femora")
    said = words(page)
    assert ANSWER in said
    assert "Sclerosis of both femora" in said
    act(page, "checks", "choose", Check.ANSWER_CORRECT, CheckAnswer.YES)
    assert draft(study).checks == {Check.ANSWER_CORRECT: CheckAnswer.YES}


def test_an_empty_first_reading_opens_nothing(study: Workbench) -> None:
    open_round(study, read_first=True)
    page = open_page("review", "amara", round="first")
    act(page, "first", "commit", "", "   ")
    assert ANSWER not in words(page)
    assert message(page)[0] == "refused"


def test_a_practice_case_is_compared_with_gold_once_it_is_read(study: Workbench) -> None:
    open_round(study, persons=("amara",))
    read_all(study, "amara")
    study.releasing.release(OPERATOR, "The first")
    practice = {"kind": RoundKind.CALIBRATION, "item_ids": (ONE, TWO)}
    open_round(study, "practice", persons=("benoit",), **practice)
    page = open_page("review", "benoit", round="practice")
    assert "agree on" not in words(page)
    for claim in component(page, "claims")["cards"]:
        act(page, "claims", "verdict", claim["target"], "contradicted")
    act(page, "checks", "choose", Check.ANSWER_CORRECT, CheckAnswer.YES)
    act(page, "decide", "choose", "recommendation", Recommendation.ACCEPT)
    act(page, "decide", "choose", "confidence", "high")
    act(page, "decide", "submit")
    said = words(page)
    assert "You and gold agree on" in said
    assert "Practice so far: 1 of 2 cases" in said
    assert component(page, "decide")["closed"].startswith("A practice case is read once")


def test_a_pause_says_what_the_sitting_was_and_goes_on_where_one_was(study: Workbench) -> None:
    open_round(study)
    page = open_page("review", "amara", round="first")
    act(page, "checks", "choose", Check.UNSAFE, CheckAnswer.NO)
    assert study.sittings.current(actor("amara"), "first") is not None
    act(page, "bar", "pause")
    assert "Paused" in words(page)
    assert study.sittings.current(actor("amara"), "first") is None
    next(b for b in page.button if b.label == "Go on").click().run()
    assert page.query_params["item"] == ONE


def test_own_readings_are_listed_and_opened_again(study: Workbench) -> None:
    open_round(study)
    read_all(study, "amara")
    page = open_page("review", "amara", round="first", view="mine")
    listed = [b.label.replace("\\", "") for b in page.button]
    assert [label for label in listed if label.startswith("test/")] == [TWO, ONE]
    next(b for b in page.button if b.label.replace("\\", "") == ONE).click().run()
    assert page.query_params["item"] == ONE
    assert "You submitted this item, revision 1" in words(page).replace("\\\\", "")


def test_skipping_says_where_the_item_goes(study: Workbench) -> None:
    open_round(study)
    page = open_page("review", "amara", round="first")
    act(page, "bar", "skip", "The second image is black.", SkipReason.IMAGE_UNREADABLE)
    assert "study lead" in message(page)[1]
    act(page, "bar", "skip", "", "because")
    assert "no reason" in message(page)[1]


def test_acts_of_two_runs_at_once_are_all_stored_and_nobody_is_asked(study: Workbench) -> None:
    """Streamlit begins a new run while the callbacks of the one before are still at work."""
    open_round(study)
    reader = actor("amara")
    task = study.reviewing.next_item(reader, "first")
    assert task is not None
    draft = open_draft(reader, task, study.assigning.get(reader, "first"))

    def answering(check: Check) -> Callable[[], None]:
        def edit(body: ReviewBody) -> ReviewBody:
            return with_whole(body, checks={**body.checks, check: CheckAnswer.NO})

        return draft.alone(lambda: draft.put(Change(check, edit, repr)))

    with ThreadPoolExecutor(len(Check)) as threads:
        for done in [threads.submit(answering(check)) for check in Check]:
            done.result()

    assert draft.tab.waiting == {}
    stored = study.reviewing.task(reader, "first", ONE).draft.body
    assert stored.checks == dict.fromkeys(Check, CheckAnswer.NO)


def test_nobody_is_asked_where_nothing_that_is_stored_is_taken_away(study: Workbench) -> None:
    """A server that fell after storing and before saying so made a window seem outdated."""
    open_round(study)
    one, two = (open_page("review", "amara", round="first") for _ in range(2))
    act(one, "claims", "note", "c1", "Written before.")
    act(two, "claims", "note", "c1", "Written before. And after.")
    assert draft(study).claim("c1").note == "Written before. And after."
    assert "Another window" not in words(two)
    act(one, "claims", "note", "c1", "Something else.")
    assert "Another window saved newer work" in words(one)
    assert draft(study).claim("c1").note == "Written before. And after."
