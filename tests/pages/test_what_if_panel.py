"""What an edit does to scores: on the leaderboard at once; elsewhere only after one's own word."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from db.people import has_seen
from src.domain.item import Track
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.review import CriterionReading, EditReason
from src.domain.scoring.what_if import Outcome
from src.services.what_if import WhatIfs
from src.services.workbench import Workbench
from src.ui.what_if_panel import TRY
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import act, component, open_page, serve, words
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
    """Then a switch, and nothing but that; and what it does to the scores once it is on."""
    answer(study, tmp_path)
    study.reviewing.next_item(VERA, "first")
    assert found_in(sent_to("vera")) == []

    read(study, "vera")
    page = open_page("review", "vera", item=ITEM, round="first")
    assert "Invented model" not in words(page)
    with study.database.reading() as t:
        assert not has_seen(t, "vera", ITEM, "scores")

    assert "A new revision supersedes the old one" in words(page)

    looking = page.toggle[-1]
    assert looking.label == "Show what this does to the scores"
    looking.set_value(True).run()

    assert not page.exception
    shown = component(page, "effect")
    assert shown["words"] == "Treatment: 1 score would change."
    (line,) = shown["lines"]
    assert line == {
        "model": "Invented model A (general)",
        "score": "0.750 → 1.000",
        "change": "+0.250",
        "rank": "1",
        "sign": "",
        "items": "2",
    }
    with study.database.reading() as t:
        assert has_seen(t, "vera", ITEM, "scores")
    for unsent in (False, True):
        again = open_page("review", "vera", item=ITEM, round="first")
        assert ("is not submitted yet" in words(again)) is unsent
        assert "A new revision supersedes the old one" not in words(again)
        assert "You have seen more than the case since" in words(again)
        act(again, "rubric", "points", "k1", 9.0)


def test_a_closed_panel_works_nothing_out(
    study: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when the page is drawn nor when an edit is stored; open it follows the edit."""
    answer(study, tmp_path)
    read(study, "vera")
    asked: list[str] = []
    outcome = WhatIfs.of_own_reading

    def counting(self: WhatIfs, actor: Actor, round_name: str, item_id: str, *rest: Any) -> Outcome:
        asked.append(item_id)
        return outcome(self, actor, round_name, item_id, *rest)

    monkeypatch.setattr(WhatIfs, "of_own_reading", counting)
    page = open_page("review", "vera", item=ITEM, round="first")
    act(page, "rubric", "keep", "k2")
    assert asked == []

    page.toggle[-1].set_value(True).run()
    assert component(page, "effect")["words"] == "Treatment: no score and no rank would change."
    act(page, "rubric", "points", "k1", 9.0)
    assert len(asked) > 1
    assert component(page, "effect")["words"] == "Treatment: 1 score would change."


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
    page.text_input(key="what-if-find").set_value(ITEM).run()
    assert not page.exception
    page.toggle(key=f"what-if-out-{ITEM}").set_value(True).run()
    assert not page.exception
    said = component(page, "effect")["words"]
    assert said == ("Treatment: 1 score would change. This item would be left out: as tried here.")


@pytest.mark.parametrize(("choice", "score"), [(0, "0.50"), (1, "0.25")])
def test_what_if_counts_as_the_scores_above_it(
    study: Workbench, tmp_path: Path, choice: int, score: str
) -> None:
    """Of two items one is answered, 1/2: the other is left out, or counts as a zero."""
    grades = [{"criterion_id": f"k{n}", "value": n % 2} for n in (1, 2)]
    path = tmp_path / "one.jsonl"
    path.write_text(
        json.dumps({"index": "001", "prediction": "An answer.", "grades": grades}) + "\n",
        encoding="utf-8",
    )
    report = study.predicting.store_file(actor("emil"), path, model="b", track=Track.TREATMENT)
    assert report.accepted
    page = open_page("leaderboard", "emil")
    unanswered = page.radio(key="abstain")
    unanswered.set_value(unanswered.options[choice]).run()
    page.text_input(key="what-if-find").set_value(ITEM).run()
    page.toggle(key=f"what-if-out-{ITEM}").set_value(True).run()

    assert not page.exception
    (line,) = component(page, "effect")["lines"]
    assert line["score"].startswith(score)


def test_an_item_is_found_by_a_part_of_its_id_and_looked_at_only_once_chosen(
    study: Workbench, tmp_path: Path
) -> None:
    """A search records nothing; a search for nothing says so; the address can name the item."""
    answer(study, tmp_path)
    page = open_page("leaderboard", "emil")
    page.text_input(key="what-if-find").set_value("nowhere").run()
    assert any("No item fits" in caption.value for caption in page.caption)
    assert any("no Orphanet file is imported" in caption.value for caption in page.caption)
    page.text_input(key="what-if-find").set_value("treatment/00").run()
    (choice,) = [one for one in page.selectbox if one.label == "Item"]
    assert len(choice.options) == 2
    assert choice.value is None
    with study.database.reading() as t:
        assert not has_seen(t, "emil", ITEM, "scores")

    choice.select_index(0).run()

    assert not page.exception
    with study.database.reading() as t:
        assert has_seen(t, "emil", ITEM, "scores")
    linked = open_page("leaderboard", "emil", **{TRY: ITEM})
    assert component(linked, "effect")["words"]


def test_the_story_of_an_item_leads_to_trying_an_edit_out(study: Workbench, tmp_path: Path) -> None:
    """For who may see scores, and not of what they may still come to read."""
    answer(study, tmp_path)
    label = "Try an edit out"
    assert label in [one.label for one in open_page("items", "emil", item=ITEM).button]
    for person in ("vera", "chen"):
        assert label not in [one.label for one in open_page("items", person, item=ITEM).button]


def test_what_an_edit_would_do_stands_on_top_where_a_link_led_to_it(
    study: Workbench, tmp_path: Path
) -> None:
    """Whoever pressed the button sees it without looking for it; one press brings the scores."""
    answer(study, tmp_path)
    title = "What an edit would do"

    def is_above_the_scores() -> bool:
        shown = words(page)
        return shown.index(title) < shown.index("Table of all tracks")

    page = open_page("leaderboard", "emil", **{TRY: ITEM})
    assert is_above_the_scores()
    next(one for one in page.button if one.label == "Back to the scores alone").click().run()
    assert not is_above_the_scores()
    assert [header.value for header in page.header].count(title) == 1


def test_a_lead_who_may_still_read_an_item_cannot_try_it_out(
    study: Workbench, tmp_path: Path
) -> None:
    """It is not among what they find, not even by its whole id."""
    answer(study, tmp_path)
    page = open_page("leaderboard", "vera")
    page.text_input(key="what-if-find").set_value(ITEM).run()
    assert not page.exception
    assert any("No item fits" in caption.value for caption in page.caption)
    assert "effect" not in words(page)
    assert Role.EVALUATOR in VERA.roles
