"""The demo study, loaded whole: scores, grades and the judge card are those its README states."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.load import GRADED, GRADING, READERS, load
from src.domain.item import Track
from src.domain.people import OPERATOR
from src.domain.round import RoundState
from src.domain.scoring.board import Basis, Row
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import actor

EMIL, LENA = actor("emil"), actor("lena")
BASES: tuple[Basis, ...] = ("import", "gold", "corrected", "reviewed")
WIDE = (Track.DIAGNOSIS, Track.TREATMENT)
"""The tracks of twenty cases and more."""
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
    """The table of demo/README.md, over the items of release 1; review turns the ranking."""
    lines = [
        line
        for line in demo.scoring.side_by_side(EMIL, release=1, reviewed_only=True)
        if line.imported.track in RUBRICS
    ]
    first = demo.scoring.leaderboard(EMIL, basis="gold", release=1)
    gold = {(row.model, row.track): row for row in first}

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
    assert everything[("invented-a", "crossmodal")] == pytest.approx(0.917, abs=5e-4)
    assert everything[("invented-b", "examination")] == pytest.approx(0.45)


@pytest.mark.parametrize("track", WIDE)
def test_a_first_start_shows_every_column_with_its_intervals(demo: Workbench, track: Track) -> None:
    """Imported, gold, corrected and reviewed; ranks, pairs, groups and what one grader carries."""
    for basis in BASES:
        rows = [row for row in demo.scoring.leaderboard(EMIL, basis=basis) if row.track == track]
        assert len(rows) == 3
        for row in rows:
            assert None not in (row.value, row.low, row.high, row.rank, row.rank_low, row.rank_high)
        pairs = demo.scoring.comparisons(EMIL, track, basis=basis)
        assert len(pairs) == 3
        assert all(pair.p_better is not None and pair.low < pair.high for pair in pairs)
    by_images = demo.breakdowns.groups(EMIL, track, "images")
    by_modality = demo.breakdowns.groups(EMIL, track, "modality")
    assert {group.group for group in by_images} >= {"1 image", "2 or 3 images"}
    assert len({group.group for group in by_modality if group.cases > 1}) >= 4


def test_people_put_the_misread_model_before_the_one_the_judge_preferred(demo: Workbench) -> None:
    """In diagnosis the judge ranks B, A, C; corrected by people the order is B, C, A."""
    orders = {
        basis: [
            row.model[-1]
            for row in demo.scoring.leaderboard(EMIL, basis=basis)
            if row.track is Track.DIAGNOSIS
        ]
        for basis in ("gold", "corrected")
    }

    assert orders == {"gold": ["b", "a", "c"], "corrected": ["b", "c", "a"]}


def test_so_few_cases_are_told_and_not_corrected(demo: Workbench) -> None:
    """People graded some answers of crossmodal and examination: too few for a corrected score."""
    rows = [
        row for row in demo.scoring.leaderboard(EMIL, basis="corrected") if row.track not in WIDE
    ]

    assert len(rows) == 6
    assert all(row.value is None and row.graded for row in rows)
    assert all(f"people graded {row.graded} of these answers" in row.note for row in rows)


def test_a_grader_can_be_left_out_of_diagnosis_and_the_score_stays(demo: Workbench) -> None:
    """Two people graded each of the twenty: without either there is a number, close by."""
    left = [one for one in demo.scoring.without_each_grader(EMIL) if one.track is Track.DIAGNOSIS]

    assert len(left) == 3
    for one in left:
        assert one.low is not None and one.high is not None
        assert one.value - 0.05 < one.low <= one.high < one.value + 0.05


def test_the_second_release_adds_forty_items_and_leaves_the_first_as_it_was(
    demo: Workbench,
) -> None:
    """Three units of these forty were disputed and are decided."""
    first, second = (len(demo.releasing.page(LENA, number, size=100)) for number in (1, 2))
    kinds = [one.kind for one in demo.releasing.difference(LENA, 1, 2, size=100)]

    assert (first, second) == (7, 47)
    assert kinds == ["added"] * 40


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
    for fair in ("invented-a", "invented-b"):
        assert 0.9 < (lines[fair].informedness or 0) < 1
    assert (lines["invented-c"].informedness or 0) < 0
    assert [(alarm.rule, alarm.name) for alarm in card.alarms] == [
        ("worthless", "invented-c"),
        ("unequal", "invented-b, invented-c"),
    ]
    assert (card.weighted, card.people, card.cannot_judge, card.not_blind) == (True, 3, 5, 0)
    whole = card.lines[0]
    assert whole.split == 8
    assert 0.7 < (whole.person_person.value or 0) < 1
    assert demo.browsing.verify(OPERATOR).problems == ()
