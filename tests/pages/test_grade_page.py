"""The grading screen without a browser: nothing yet, normal, wrong places, strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.human_grade import Word
from src.services.workbench import Workbench
from tests.builders import actor
from tests.pages.screens import act, button, component, open_page, serve, words
from tests.services.test_grading import AMARA, grade_all, make_set, study


@pytest.fixture
def graded(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two answers that a judge graded, and no set yet."""
    study(bench, tmp_path, number=1, judges=("judge-a",))
    serve(bench, monkeypatch, tmp_path)
    return bench


def test_without_a_set_the_screen_says_who_opens_one(graded: Workbench) -> None:
    """One sentence, calm."""
    assert "Nothing to grade" in words(open_page("grade", "amara"))


def test_an_answer_is_shown_with_its_criteria_and_without_its_maker(graded: Workbench) -> None:
    """Progress on top; the answer as it is written; nothing of model or judge beside it."""
    make_set(graded)
    page = open_page("grade", "amara")
    task = graded.grading.next_answer(AMARA, "first")
    assert task is not None
    shown = component(page, "grading")
    assert shown["answer"] == task.answer
    assert [card["text"] for card in shown["cards"]] == [c.text for c in task.criteria]
    assert [option["word"] for option in shown["cards"][0]["options"]] == [
        "Not met",
        "Met",
        "Cannot judge",
    ]
    assert "an error" in shown["cards"][2]["about"]
    said = words(page)
    assert "1 of 2" in said
    assert "model-" not in said.replace("I am model-", "")
    assert "judge-a" not in said


def test_each_word_is_stored_as_it_is_said_and_nonsense_is_refused(graded: Workbench) -> None:
    """A grade, a note, a step the scale has not, an act nobody knows; then all is sent."""
    make_set(graded)
    page = open_page("grade", "amara")
    task = graded.grading.next_answer(AMARA, "first")
    assert task is not None
    for kind, target, value, number in (
        ("grade", "k1", "1", 1),
        ("note", "k1", "In the first line.", 2),
        ("grade", "k2", "cannot", 3),
        ("grade", "k3", "7", 4),
        ("dance", "k3", "1", 5),
        ("submit", "", None, 6),
    ):
        act(page, "grading", kind, target, value, number)
    stored = graded.grading.task(AMARA, "first", task.position)
    assert stored.body.words == {
        "k1": Word(value=1.0, note="In the first line."),
        "k2": Word(cannot=True),
    }
    assert stored.receipt is None
    act(page, "grading", "grade", "k3", "0", 7)
    act(page, "grading", "submit", "", None, 8)
    assert graded.grading.task(AMARA, "first", task.position).receipt is not None
    assert graded.grading.own_progress(AMARA, "first") == (1, 2)


def test_a_place_one_does_not_hold_is_no_place(graded: Workbench) -> None:
    """Said in words, with the way on; the same whether there is such an answer or not."""
    make_set(graded)
    for place in ("2", "99", "x"):
        page = open_page("grade", "benoit", set="first", answer=place)
        assert not page.exception
        if place != "x":
            assert "You hold no answer" in page.warning[0].value


def test_what_was_sent_can_be_opened_again_with_its_receipt(graded: Workbench) -> None:
    """And the end of the set is said."""
    make_set(graded, persons=("amara",), graders=1)
    [first, _] = grade_all(graded, "amara")
    assert "That was the last answer for you" in words(open_page("grade", "amara"))
    said = words(open_page("grade", "amara", set="first", answer=str(first)))
    assert "You have sent this answer already" in said
    assert "Send it again" in said


def test_an_answer_can_be_left_to_somebody_else(graded: Workbench) -> None:
    """The next one opens; benoit is given the one that was left."""
    make_set(graded, graders=1)
    page = open_page("grade", "amara")
    left = graded.grading.next_answer(AMARA, "first")
    assert left is not None
    page = button(page, "Leave it to somebody else").click().run()
    assert not page.exception
    now = graded.grading.next_answer(AMARA, "first")
    assert now is not None
    assert component(page, "grading")["answer"] == now.answer != left.answer
    assert grade_all(graded, "benoit") == [left.position]


def test_who_is_no_reviewer_is_told_whose_page_it_is(graded: Workbench) -> None:
    """A lead grades nothing."""
    make_set(graded)
    page = open_page("grade", "lena")
    assert "role reviewer" in page.info[0].value


def test_the_judge_card_stands_below_the_leaderboard(graded: Workbench) -> None:
    """Before anybody graded it says what it needs; then the judge, its alarm and the numbers."""
    page = open_page("leaderboard", "emil")
    assert any("No judge card yet" in info.value for info in page.info)
    make_set(graded)
    grade_all(graded, "amara", value=0.0)
    grade_all(graded, "benoit", value=1.0)
    task = graded.grading.task(actor("benoit"), "first", 1)
    assert task.receipt is not None
    page = open_page("leaderboard", "emil")
    assert any("judge" in heading.value for heading in page.subheader)
    assert "People split evenly" in words(page) or page.dataframe
