"""The demo study, loaded whole: scores, grades and the judge card are those its README states."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.load import GRADED, GRADING, READERS, load
from src.domain.item import Track
from src.domain.people import OPERATOR
from src.domain.round import RoundState
from src.domain.scoring.board import Row
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import actor

EMIL, LENA = actor("emil"), actor("lena")
RUBRICS = (Track.TREATMENT, Track.CROSSMODAL, Track.EXAMINATION)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Give the demo study as `manage.py demo` loads it, to be looked at only."""
    folder = tmp_path_factory.mktemp("demo")
    url, store = f"sqlite:///{folder / 'demo.db'}", str(folder / "images")
    init(url, store)
    bench = open_workbench(url, store)
    load(bench)
    yield bench
    bench.close()


def reviewed_of(row: Row | None) -> float | None:
    """Return a row's score on the items of the release."""
    assert row is not None
    return row.policies["reviewed"].value


def test_its_scores_are_those_worked_out_by_hand(demo: Workbench) -> None:
    """The table of demo/README.md, over the items of the release; review turns the ranking."""
    lines = [
        line
        for line in demo.scoring.side_by_side(EMIL, reviewed_only=True)
        if line.imported.track in RUBRICS
    ]
    gold = {(row.model, row.track): row for row in demo.scoring.leaderboard(EMIL, basis="gold")}

    scores = {
        (line.imported.model[-1], line.imported.track.value): (
            line.imported.value,
            reviewed_of(gold[(line.imported.model, line.imported.track)]),
            line.reviewed.value if line.reviewed else None,
        )
        for line in lines
    }
    assert scores == {
        ("a", "treatment"): pytest.approx((0.775, 0.5, 0.5)),
        ("b", "treatment"): pytest.approx((0.55, 0.75, 0.75)),
        ("c", "treatment"): pytest.approx((0.575, 0.625, 0.5)),
        ("a", "crossmodal"): pytest.approx((3 / 4, 2 / 3, 2 / 3)),
        ("b", "crossmodal"): pytest.approx((3 / 4, 1, 1)),
        ("c", "crossmodal"): pytest.approx((3 / 4, 2 / 3, 2.5 / 3)),
        ("a", "examination"): pytest.approx((3 / 5, 2 / 5, 2 / 5)),
        ("b", "examination"): pytest.approx((2 / 5, 3 / 5, 2 / 5)),
        ("c", "examination"): pytest.approx((3 / 5, 2 / 5, 3 / 5)),
    }
    everything = {(row.model, row.track.value): row.value for row in demo.scoring.leaderboard(EMIL)}
    assert everything[("invented-a", "treatment")] == pytest.approx(0.767, abs=5e-4)
    assert everything[("invented-b", "examination")] == pytest.approx(0.45)


def test_so_few_cases_are_told_and_not_corrected(demo: Workbench) -> None:
    """People graded some answers of each model in each track: too few for a corrected score."""
    rows = demo.scoring.leaderboard(EMIL, basis="corrected")

    assert all(row.value is None and row.graded for row in rows)
    assert all(f"people graded {row.graded} of these answers" in row.note for row in rows)


def test_one_set_is_graded_by_two_each_and_one_waits_for_its_graders(demo: Workbench) -> None:
    """Drawn with known chances; every clinician of the open set has answers to grade."""
    sets = {one.grading_set.name: one for one in demo.grading.all_of(LENA)}

    first, second = sets[GRADED], sets[GRADING]
    assert first.grading_set.state is RoundState.CLOSED
    assert sum(first.done.values()) == first.asked == 36
    assert first.grading_set.selection["of"] == 24
    assert second.grading_set.state is RoundState.OPEN
    assert second.done == dict.fromkeys(READERS, 1)
    for reader in READERS:
        done, expected = demo.grading.own_progress(actor(reader), GRADING)
        assert (done, expected) == (1, 4)


def test_the_judge_card_names_the_one_model_that_the_judge_misreads(demo: Workbench) -> None:
    """Fair on two models, worse than guessing on the third; people differ and are unsure too."""
    [card] = demo.judge_cards.cards(EMIL)

    lines = {line.name: line for line in card.lines if line.by == "model"}
    assert lines["invented-a"].informedness == lines["invented-b"].informedness == 1
    assert (lines["invented-c"].informedness or 0) < 0
    assert [(alarm.rule, alarm.name) for alarm in card.alarms] == [
        ("worthless", "invented-c"),
        ("unequal", "invented-b, invented-c"),
    ]
    assert (card.weighted, card.people, card.cannot_judge, card.not_blind) == (True, 3, 3, 0)
    whole = card.lines[0]
    assert whole.split == 4
    assert 0.7 < (whole.person_person.value or 0) < 1
    assert demo.browsing.verify(OPERATOR).problems == ()
