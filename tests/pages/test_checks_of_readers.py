"""Repeats, planted errors, the flow and the report, as the lead and the readers see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.people import OPERATOR
from src.domain.planting import Plant
from src.domain.review import Verdict
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, message, open_page, serve, words

LENA = actor("lena")
PLANTED, WRONG = "test/diagnosis/001", "Langerhans cell histiocytosis"


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study with five items of different diseases, served to the screens."""
    lines = [
        item_line(f"{n:03}", case=f"c{n}", images=[], answer=f"Disease {n}", orpha_code=str(n + 1))
        for n in range(5)
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    serve(bench, monkeypatch, tmp_path)
    return bench


def test_the_lead_sees_the_errors_before_the_round_opens_with_those_ticked(
    study: Workbench,
) -> None:
    """The form proposes, shows right and wrong words, and opens nothing by itself."""
    page = open_page("study", "lena", part="Rounds")
    page.text_input(key="r-name").input("Checked")
    page.multiselect(key="r-persons").set_value(["amara", "benoit"])
    page.number_input(key="r-repeats").set_value(10)
    page.number_input(key="r-planted").set_value(20)
    button(page, "Open the round").click().run()
    assert study.assigning.all_of(LENA) == []
    assert "As it will be shown" in words(page)
    button(page, "Open the round with the errors").click().run()
    assert message(page) == ("done", "Checked is open, with 1 planted error.")
    made = study.assigning.get(LENA, "Checked")
    assert (made.repeats, made.wash_out_days, made.planted_errors) == (0.1, 14, 0.2)
    assert "10% hidden repeats" in words(page)
    assert "% planted errors" in words(page)


def test_an_item_a_reader_knows_is_marked_before_the_round_opens(study: Workbench) -> None:
    """Where no other is left; elsewhere nothing is said."""
    open_round(study, "pilot")
    read_all(study, "amara", "pilot")
    page = open_page("study", "lena", part="Rounds")
    page.text_input(key="r-name").input("Checked")
    page.number_input(key="r-planted").set_value(20)
    page.multiselect(key="r-persons").set_value(["amara", "benoit"])
    button(page, "Open the round").click().run()
    assert "A reader of this round has read this item as it is" in words(page)


def test_closing_a_round_says_what_then_does_not_come_back(study: Workbench) -> None:
    """The round has no planted errors, so it can be opened again."""
    open_round(study, "first", persons=("benoit",), repeats=0.25)
    read_all(study, "benoit")
    assert study.assigning.closing(LENA, "first").repeats == 1
    page = open_page("study", "lena", part="Rounds")
    assert "1 reading is still to come back to readers, the last on 2" in words(page)
    assert "Reopening the round undoes it." in words(page)
    button(page, "Close now").click().run()
    assert "1 reading does not come back." in message(page)[1]


def test_no_error_ticked_opens_nothing_and_back_forgets_them(study: Workbench) -> None:
    """Said in words; the form comes back."""
    page = open_page("study", "lena", part="Rounds")
    page.text_input(key="r-name").input("Checked")
    page.multiselect(key="r-persons").set_value(["amara", "benoit"])
    page.number_input(key="r-planted").set_value(20)
    button(page, "Open the round").click().run()
    box = next(box for box in page.checkbox if str(box.key).startswith("take-"))
    box.uncheck()
    button(page, "Open the round with the errors").click().run()
    assert message(page)[0] == "refused"
    button(page, "Back").click().run()
    assert study.assigning.all_of(LENA) == []
    assert [one.key for one in page.text_input if one.key == "r-name"]


def test_the_card_counts_what_was_found_and_readers_are_told_afterwards(study: Workbench) -> None:
    """Only once the round is closed, which is said to be for good."""
    open_round(study, plants=(Plant(item_id=PLANTED, claim_id="c1", wrong_text=WRONG),))
    read_all(study, "amara", verdict=Verdict.CONTRADICTED)
    read_all(study, "benoit")
    assert "put in on purpose" not in words(open_page("review", "amara", view="mine"))
    page = open_page("study", "lena", part="Rounds")
    button(page, "Count what was found").click().run()
    assert "Found: 1 of 2 (50 %, 9 % to 91 %)" in words(page)
    assert "Untouched claims called wrong: 4 of 8 (50 %, 22 % to 78 %)" in words(page)
    button(page, "Close for good").click().run()
    assert not [b for b in page.button if b.label == "Reopen the round"]
    mine = open_page("review", "amara", view="mine")
    assert WRONG not in words(mine)
    button(mine, "Show me which").click().run()
    assert "You found 1 of 1 error." in words(mine)


def test_the_flow_opens_the_items_of_each_number(study: Workbench) -> None:
    """And closes them with the same button."""
    page = open_page("study", "lena", part="Progress")
    button(page, "In no round: 5").click().run()
    assert [b.label for b in page.button if b.label.startswith("test/")]
    button(page, "In no round: 5").click().run()
    assert not [b.label for b in page.button if b.label.startswith("test/")]


def test_only_the_lead_is_offered_the_report_for_a_paper(study: Workbench) -> None:
    """Hours stand in it; an evaluator sees agreement without it."""
    open_round(study)
    read_all(study, "amara")
    read_all(study, "benoit")
    page = open_page("agreement", "lena")
    button(page, "Write the report").click().run()
    assert not page.exception
    assert "lines are left for you to write" in words(page)
    assert "Write the report" not in words(open_page("agreement", "emil"))
