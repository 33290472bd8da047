"""What an edit does to scores: on the leaderboard at once; elsewhere only after one's own word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from src.domain.people import OPERATOR, Person, Role
from src.domain.review import CriterionReading, EditReason
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, open_page, serve, words
from tests.pages.test_leaderboard_page import RUBRIC, answer
from tests.services.test_what_if import OMAR, VERA, submit_item

ITEM = "test/treatment/001"
GIVES_SCORES_AWAY = ("scores", "Scores", "Invented model", "leaderboard", "strict_score")
"""What no reader's browser may be sent: names of models, and words of scores."""


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give two treatment items, answered and graded, in a round of Amara and Vera."""
    for person in (VERA, OMAR):
        known = Person(person_id=person.person_id, display_name="A person", roles=person.roles)
        bench.people.add(OPERATOR, known)
    lines = [
        item_line(index, track="treatment", case=f"case-{index}", criteria=RUBRIC)
        for index in ("001", "002")
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara", "vera"))
    serve(bench, monkeypatch, tmp_path)
    return bench


def sent_to(person: str, page: str = "review", **place: str) -> str:
    """Return everything a page sends a person at the first item of the round.

    The moment at which a component was drawn, its `rev`, is left out.
    """
    sent = words(open_page(page, person, item=ITEM, round="first", **place))
    return re.sub(r"rev\W+\d{13}", "rev", sent)


def found_in(sent: str) -> list[str]:
    """Return what gives scores away."""
    return [word for word in GIVES_SCORES_AWAY if word in sent]


def read(study: Workbench, person: str) -> None:
    """Let a person read everything and delete the second criterion."""
    delete = CriterionReading(criterion_id="k2", action="delete", reason=EditReason.TOO_VAGUE)
    task = study.reviewing.next_item(VERA if person == "vera" else actor(person), "first")
    assert task is not None
    if person != "vera":
        read_all(study, person, criteria=(delete,))
        return
    submit_item(study, VERA, task.item.item_id, criteria=(delete,))


@pytest.mark.parametrize("person", ["amara", "vera"])
def test_what_a_reader_is_sent_is_the_same_with_and_without_answers_of_models(
    study: Workbench, tmp_path: Path, person: str
) -> None:
    """Before their own reading, to the last byte: whoever they are, nothing rests on a score."""
    study.reviewing.next_item(VERA if person == "vera" else actor(person), "first")
    without = sent_to(person)
    answer(study, tmp_path)
    assert sent_to(person) == without
    assert found_in(without) == []


def test_a_reader_without_the_role_is_sent_no_score_after_their_reading_either(
    study: Workbench, tmp_path: Path
) -> None:
    """Neither as words nor as a model's name."""
    answer(study, tmp_path)
    read(study, "amara")
    assert found_in(sent_to("amara")) == []


def test_an_evaluator_who_reads_sees_nothing_before_their_own_reading(
    study: Workbench, tmp_path: Path
) -> None:
    """Then a button, and nothing but that; and what it does to the scores once pressed."""
    answer(study, tmp_path)
    study.reviewing.next_item(VERA, "first")
    assert found_in(sent_to("vera")) == []

    read(study, "vera")
    page = open_page("review", "vera", item=ITEM, round="first")
    assert "Invented model" not in words(page)
    assert not page.dataframe

    button(page, "Show what this does to the scores").click().run()

    assert not page.exception
    (line,) = page.dataframe[0].value.to_dict("records")
    assert line["Model"] == "Invented model A (general)"
    assert (line["Now"], line["Then"], line["Change"]) == ("0.750", "1.000", "+0.25")


def test_an_adjudicator_without_the_role_is_sent_no_score(study: Workbench, tmp_path: Path) -> None:
    """Nor is one with it, before they have ruled."""
    answer(study, tmp_path)
    read(study, "amara")
    read(study, "vera")
    for person in ("chen", "omar"):
        sent = sent_to(person, "adjudicate")
        assert "Invented model" not in sent
        assert "to the scores" not in sent


def test_the_leaderboard_tries_an_edit_out(study: Workbench, tmp_path: Path) -> None:
    """An item that leaves: the mean of 1/2 and 1 becomes 1."""
    answer(study, tmp_path)
    page = open_page("leaderboard", "emil")
    page.text_input(key="what-if-item").set_value(ITEM).run()
    assert not page.exception
    page.toggle(key=f"what-if-out-{ITEM}").set_value(True).run()
    assert not page.exception
    said = [text.value for text in page.text]
    assert "Treatment: 1 score would change." in said


def test_a_lead_who_may_still_read_an_item_cannot_try_it_out(
    study: Workbench, tmp_path: Path
) -> None:
    """The refusal names no score."""
    answer(study, tmp_path)
    page = open_page("leaderboard", "vera")
    page.text_input(key="what-if-item").set_value(ITEM).run()
    assert not page.exception
    assert any("may still be asked to read" in w.value.replace("\\", "") for w in page.warning)
    assert Role.EVALUATOR in VERA.roles
