"""Grading sets on the Study screen: opening one, refusals, progress, closing, who may what."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from src.domain.grading import DrawKind
from src.domain.people import OPERATOR, Person, Role
from src.domain.round import RoundState
from src.services.grading import GradingProgress
from src.services.workbench import Workbench
from tests.builders import actor
from tests.pages.screens import button, message, open_page, serve, words
from tests.services.test_grading import grade_all, make_set, study

LENA = actor("lena")


@pytest.fixture
def answered(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of eight answers, of two models to four items, that one judge graded."""
    study(bench, tmp_path, judges=("judge-a",))
    serve(bench, monkeypatch, tmp_path)
    return bench


def form(person: str = "lena") -> AppTest:
    """Open the form, with a name and two graders typed in."""
    page = open_page("study", person, part="Grading")
    page.text_input(key="g-name").set_value("First *look*")
    page.multiselect(key="g-persons").set_value(["amara", "benoit"])
    return page.run()


def only_set(study: Workbench) -> GradingProgress:
    """Return the one set there is."""
    [found] = study.grading.all_of(LENA)
    return found


def test_without_a_set_it_says_what_one_is_and_without_answers_how_they_come(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing yet is two sentences; there is no button that could only be refused."""
    serve(bench, monkeypatch, tmp_path)
    page = open_page("study", "lena", part="Grading")

    said = [info.value.replace("\\", "") for info in page.info]
    assert said[0].startswith("There is no grading set yet.")
    assert said[1].startswith("No model's answers are here yet. Import them on Leaderboard")
    assert not [b for b in page.button if b.key == "g-see"]


def test_the_work_is_told_before_a_set_is_opened_and_is_what_is_opened(
    answered: Workbench,
) -> None:
    """5 of 8 answers, 40 % of them by both: 2 + 5 = 7 gradings with 3 criteria each."""
    page = form()
    page.selectbox(key="g-draw").set_value(DrawKind.SIMPLE).run()
    page.number_input(key="g-sample").set_value(5)
    page.number_input(key="g-overlap").set_value(40)
    page.text_input(key="g-seed").set_value("12")
    button(page, "See how much work").click().run()

    assert answered.grading.all_of(LENA) == []
    told = next(text.value for text in page.text if "in all" in text.value)
    assert told == (
        "It will hold 5 of 8 answers, to be graded 7 times in all: 21 grades on single criteria. "
        "With 2 people that is about 4 answers each. Seed 12."
    )
    button(page, "Open First *look*").click().run()
    assert message(page)[0] == "done"
    made = only_set(answered)
    assert (made.grading_set.name, made.grading_set.seed) == ("First *look*", 12)
    assert (made.grading_set.answers, made.asked) == (5, 7)
    assert page.text_input(key="g-name").value == ""
    done = len(grade_all(answered, "amara", "First *look*"))
    assert done + len(grade_all(answered, "benoit", "First *look*")) == 7
    assert answered.browsing.verify(OPERATOR).problems == ()


def test_a_refusal_says_what_to_do_and_keeps_all_that_was_typed(answered: Workbench) -> None:
    """No name, nobody, no number, too large a number, no such item, a seed that is a word."""
    page = open_page("study", "lena", part="Grading")
    button(page, "See how much work").click().run()
    assert message(page) == ("refused", "Give the set a name.")
    page.text_input(key="g-name").set_value("first").run()
    button(page, "See how much work").click().run()
    assert message(page) == ("refused", "Say who grades.")
    page.multiselect(key="g-persons").set_value(["amara", "benoit"])
    page.selectbox(key="g-draw").set_value(DrawKind.STRATIFIED).run()
    button(page, "See how much work").click().run()
    assert message(page) == ("refused", "Say how many answers are to be drawn.")
    page.number_input(key="g-sample").set_value(50)
    page.text_area(key="g-items").set_value("test/diagnosis/001\n")
    button(page, "See how much work").click().run()
    assert message(page) == ("refused", "A sample of 50 cannot be drawn from 2 answers.")
    page.text_area(key="g-items").set_value("test/diagnosis/999")
    button(page, "See how much work").click().run()
    assert message(page) == ("refused", "There is no item 'test/diagnosis/999'.")
    page.text_input(key="g-seed").set_value("seven")
    button(page, "See how much work").click().run()
    assert message(page) == ("refused", "The seed 'seven' is no whole number.")

    assert page.text_input(key="g-name").value == "first"
    assert page.multiselect(key="g-persons").value == ["amara", "benoit"]
    assert page.number_input(key="g-sample").value == 50
    assert page.text_area(key="g-items").value == "test/diagnosis/999"
    assert page.text_input(key="g-seed").value == "seven"
    assert answered.grading.all_of(LENA) == []


def test_an_uncertain_draw_asks_for_two_judges_and_a_known_name_is_refused(
    answered: Workbench,
) -> None:
    """What the service refuses is said in its words, before anything is opened."""
    make_set(answered, "First *look*")
    page = form()
    button(page, "See how much work").click().run()
    assert message(page) == ("refused", "There is already a grading set 'First *look*'.")
    page.text_input(key="g-name").set_value("second")
    page.selectbox(key="g-draw").set_value(DrawKind.UNCERTAIN).run()
    assert page.multiselect(key="g-judges").options == ["judge-a"]
    page.number_input(key="g-sample").set_value(4)
    button(page, "See how much work").click().run()
    assert "no answer here has grades by two judges" in message(page)[1]


def test_a_change_of_the_form_puts_the_numbers_away(answered: Workbench) -> None:
    """What is opened is what was looked at: the button goes with the numbers."""
    page = form()
    button(page, "See how much work").click().run()
    assert button(page, "Open First")
    page.number_input(key="g-graders").set_value(1).run()
    assert not [b for b in page.button if b.key == "g-open"]
    assert page.number_input(key="g-overlap").disabled
    button(page, "See how much work").click().run()
    assert "graded 8 times in all: 24 grades" in words(page)


def test_who_can_see_scores_is_named_before_they_are_asked(answered: Workbench) -> None:
    """Their grades are not blind: the form says that they count on no card."""
    eva = Person(
        person_id="eva", display_name="Eva", roles=frozenset({Role.REVIEWER, Role.EVALUATOR})
    )
    answered.people.add(OPERATOR, eva)
    page = form()
    assert "can see scores" not in words(page)
    page.multiselect(key="g-persons").set_value(["amara", "eva"]).run()
    assert "Eva: can see scores, so their grades count on no judge card." in words(page).replace(
        "\\", ""
    )


def test_a_set_shows_how_many_each_has_graded_and_can_be_closed_and_reopened(
    answered: Workbench,
) -> None:
    """Numbers of gradings by person; no grade, no model, no judge."""
    make_set(answered, "first")
    grade_all(answered, "amara", "first")
    page = open_page("study", "lena", part="Grading")

    frame = page.dataframe[0].value
    assert frame.to_dict("records") == [
        {"Grader": "Amara Okafor", "Answers graded": 8},
        {"Grader": "Benoît Marchand", "Answers graded": 0},
    ]
    said = words(page).replace("\\", "")
    assert "8 of 16 gradings sent" in said
    assert "8 of 8 answers · All of them · 2 gradings of each · seed 11" in said
    button(page, "Close the set").click().run()
    assert only_set(answered).grading_set.state is RoundState.CLOSED
    button(page, "Reopen the set").click().run()
    assert only_set(answered).grading_set.state is RoundState.OPEN


def test_an_admin_sees_the_sets_and_only_a_lead_opens_or_closes_them(answered: Workbench) -> None:
    """The screen offers an admin no act that the service would refuse."""
    make_set(answered, "first")
    admin = Person(person_id="ada", display_name="Ada", roles=frozenset({Role.ADMIN}))
    answered.people.add(OPERATOR, admin)

    page = open_page("study", "ada", part="Grading")

    assert "0 of 16 gradings sent" in words(page)
    assert [b.key for b in page.button if "set" in (b.key or "")] == []
    assert not page.expander


def test_the_list_of_sets_pages_and_each_page_holds_ten(answered: Workbench) -> None:
    """The newest first; the two oldest of twelve stand on the second page."""
    for number in range(1, 13):
        make_set(answered, f"set {number:02}")
    first, second = (open_page("study", "lena", part="Grading", page=n) for n in ("1", "2"))
    shown = [[f"set {n:02}" in words(page) for n in range(1, 13)] for page in (first, second)]
    assert shown == [[False] * 2 + [True] * 10, [True] * 2 + [False] * 10]
