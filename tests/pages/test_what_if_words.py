"""What the what-if says beside its numbers: whether the item counts, and what would be needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.item import Track
from src.domain.review import Check, CheckAnswer
from src.domain.scoring.difference import Difference
from src.domain.scoring.what_if import ModelChange, Outcome
from src.services.scoring import CauseShare, Explanation
from src.services.workbench import Workbench
from src.ui.leaderboard_changes import headline, signed
from src.ui.what_if_panel import beside, effect_line, summary
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import component, open_page, serve
from tests.pages.test_leaderboard_page import RUBRIC, answer


def outcome(**found: object) -> Outcome:
    """Return what a what-if found."""
    return Outcome.model_validate(
        {"item_id": "test/treatment/001", "track": Track.TREATMENT, "models": (), **found}
    )


def test_an_item_that_does_not_count_says_why_on_the_leaderboard(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before anything of it is edited, and after points of it are."""
    lines = [
        item_line(index, track="treatment", case=f"case-{index}", criteria=RUBRIC)
        for index in ("001", "002")
    ]
    bench.importing.store_file(actor("lena"), write_items(tmp_path / "in", lines))
    answer(bench, tmp_path)
    open_round(bench, persons=("amara",))
    said = {Check.ANSWER_CORRECT: CheckAnswer.YES, Check.ANSWERABLE: CheckAnswer.NO}
    read_all(bench, "amara", checks=said)
    bench.releasing.release(actor("lena"))
    serve(bench, monkeypatch, tmp_path)

    page = open_page("leaderboard", "emil")
    page.text_input(key="what-if-find").set_value("test/treatment/001").run()

    assert not page.exception
    shown = component(page, "effect")["words"]
    assert "Treatment: no score and no rank would change." in shown
    assert "This item is left out: unanswerable." in shown


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, []),
        ({"left_out_then": "unanswerable"}, ["This item would be left out: unanswerable."]),
        (
            {"left_out_now": "rejected in review"},
            ["This item is left out now (rejected in review), and would count."],
        ),
        (
            {"gives_nothing": True},
            [
                "No criterion that counts would give points: no answer to this item would have "
                "a score."
            ],
        ),
        (
            {"not_released": "read in version 1"},
            ["A release would not hold this item: read in version 1."],
        ),
        (
            {
                "not_released": "open: criterion:k1 (a reading changed since it was decided), "
                "claim:c2; confirmed leak not resolved: flag:answer_in_caption:caption:2"
            },
            [
                "A release would not hold this item: open: Criterion k1 (a reading changed since "
                "it was decided), Claim c2; confirmed leak not resolved: Answer in a caption: "
                "caption 2."
            ],
        ),
    ],
)
def test_why_an_item_does_not_count_stands_in_words(
    found: dict[str, object], said: list[str]
) -> None:
    """Nothing where it counts before and after."""
    assert beside(outcome(**found)) == said


@pytest.mark.parametrize(
    ("amount", "digits", "said"),
    [
        (0.08, 2, "+0.08"),
        (-0.1, 2, "−0.10"),
        (0.004, 2, "+0.004"),
        (-0.006, 3, "−0.006"),
        (0.0004, 3, "+0.0004"),
        (1e-17, 3, "0.000"),
        (0.0, 2, "0.00"),
    ],
)
def test_a_change_has_as_many_digits_as_its_scores_and_more_before_it_reads_as_nothing(
    amount: float, digits: int, said: str
) -> None:
    """An error of rounding is nothing."""
    assert signed(amount, digits) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (0.614, 0.599, "0.614 as imported, 0.599 in gold: −0.015"),
        (0.75, 1.0, "0.75 as imported, 1.00 in gold: +0.25"),
        (0.6144, 0.5986, "0.6144 as imported, 0.5986 in gold: −0.0158"),
        (0.39, 0.3904, "0.3900 as imported, 0.3904 in gold: +0.0004"),
        (0.5, 0.5 + 1e-17, "0.50 as imported, 0.50 in gold: 0.00"),
    ],
)
def test_what_changed_is_told_with_the_digits_that_make_it_add_up(
    before: float, after: float, said: str
) -> None:
    """0.61 and 0.60 with a difference of -0.02 were all rounded rightly, each for itself."""
    found = Explanation(
        model="a",
        track=Track.TREATMENT,
        measure="strict_score",
        release=1,
        difference=Difference(before_mean=before, after_mean=after, delta=after - before),
        split=(CauseShare(cause="rubric edit", amount=after - before, items=1),),
        items=(),
        withheld=5,
    )
    assert headline(found, "A") == f"A: {said}."


def test_a_tried_edit_is_told_with_the_digits_that_make_it_add_up() -> None:
    """From three digits on; also where missing grades leave the score within bounds."""
    change = {"model": "a", "rank_before": 1, "rank_after": 1, "before": 0.6144, "after": 0.5986}
    line = effect_line(ModelChange.model_validate(change), {})
    assert (line.score, line.change) == ("0.6144 → 0.5986", "−0.0158")
    bounds = {**change, "after": None, "least": 0.5986, "most": 0.7}
    line = effect_line(ModelChange.model_validate(bounds), {})
    assert line.score == "0.6144 → 0.5986 to 0.7000"
    assert line.change == "−0.0158 to +0.0856"


def test_new_answers_and_new_grades_are_told_apart() -> None:
    """The first come from the models, the second from the judge."""
    assert "2 answers would be to another version" in beside(outcome(answers_needed=2))[0]
    change = {"model": "model-a", "before": 0.5, "after": None, "rank_before": 1, "rank_after": 1}
    found = outcome(models=(change,), grades_needed=3)
    assert "3 grades would be needed, at a price not known here" in summary(found)
    assert beside(found) == []
