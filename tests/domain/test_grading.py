"""How answers are drawn for people to grade, and the order in which each person gets them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.errors import BadInputError
from src.domain.grading import (
    DrawKind,
    Gradable,
    doubt_of,
    draw_answers,
    place_in_turn,
    proportional_chances,
)
from src.domain.item import Track


def answers(number: int, model: str = "a", **changes: object) -> list[Gradable]:
    """Return so many answers of a model, each to an item of its own."""
    return [
        Gradable(
            model=model,
            item_id=f"test/diagnosis/{n:04}",
            prediction_sha256=f"{n:064}",
            item_version=1,
            rubric_version=1,
            case_id=f"case-{n}",
            track=Track.DIAGNOSIS,
        ).model_copy(update=changes)
        for n in range(number)
    ]


@given(st.integers(0, 2**31), st.text(max_size=9), st.integers(1, 400))
def test_each_person_meets_every_answer_once(seed: int, person: str, number: int) -> None:
    """Whatever the seed, the order is a permutation of the places 1 to n."""
    places = [place_in_turn(seed, person, number, step) for step in range(number)]
    assert sorted(places) == list(range(1, number + 1))


def test_two_people_meet_the_answers_in_different_orders_and_the_same_seed_gives_the_same() -> None:
    """The order is stored by its seed alone."""
    first = [place_in_turn(7, "amara", 40, step) for step in range(40)]
    second = [place_in_turn(7, "benoit", 40, step) for step in range(40)]
    assert first != second
    assert first != sorted(first)
    assert first == [place_in_turn(7, "amara", 40, step) for step in range(40)]


def test_a_simple_sample_gives_every_answer_the_same_chance() -> None:
    """30 of 120 are drawn with 0.25 each, and the same seed draws the same ones."""
    drawn, passed = draw_answers(answers(120), DrawKind.SIMPLE, 30, 5)
    assert {d.inclusion_probability for d in [*drawn, *passed]} == {0.25}
    assert len({d.answer.item_id for d in drawn}) == 30
    assert len({d.answer.item_id for d in [*drawn, *passed]}) == 120
    assert (drawn, passed) == draw_answers(list(reversed(answers(120))), DrawKind.SIMPLE, 30, 5)


def test_a_stratified_sample_serves_every_model_and_track() -> None:
    """10 of 90 + 9 + 1: largest remainders give 9, 1 and, at the least, 1; so 8, 1 and 1."""
    every = answers(90, "a") + answers(9, "b") + answers(1, "c")
    drawn, passed = draw_answers(every, DrawKind.STRATIFIED, 10, 1)
    assert Counter(d.answer.model for d in passed) == {"a": 82, "b": 8}
    assert Counter(d.answer.model for d in drawn) == {"a": 8, "b": 1, "c": 1}
    chances = {d.answer.model: d.inclusion_probability for d in drawn}
    assert chances == pytest.approx({"a": 8 / 90, "b": 1 / 9, "c": 1.0})


def test_a_sample_smaller_than_its_strata_is_refused() -> None:
    """One pair of model and track would have no chance at all."""
    with pytest.raises(BadInputError, match="at least 3"):
        draw_answers(answers(5, "a") + answers(5, "b") + answers(5, "c"), DrawKind.STRATIFIED, 2, 1)


@given(
    st.lists(st.floats(0.1, 1), min_size=1, max_size=60), st.integers(1, 60), st.integers(0, 999)
)
def test_an_uncertain_draw_is_as_large_as_asked_and_its_chances_add_up(
    doubts: list[float], sample: int, seed: int
) -> None:
    """Systematic sampling: exactly n answers, none twice, chances that sum to n."""
    sample = min(sample, len(doubts))
    every = [
        answer.model_copy(update={"doubt": doubt})
        for answer, doubt in zip(answers(len(doubts)), doubts, strict=True)
    ]
    chances = proportional_chances(doubts, sample)
    assert sum(chances) == pytest.approx(sample)
    assert max(chances) <= 1
    drawn, passed = draw_answers(every, DrawKind.UNCERTAIN, sample, seed)
    assert len(drawn) == sample
    together = sum(d.inclusion_probability for d in [*drawn, *passed])
    assert together == pytest.approx(sample)
    assert len({d.answer.item_id for d in drawn}) == sample


def test_an_uncertain_draw_draws_each_answer_as_often_as_it_says() -> None:
    """Over 2,000 seeds the shares are the chances; weighting by 1/chance gives the true total."""
    doubts = [0.0] * 15 + [0.5] * 10 + [1.0] * 5
    every = [
        answer.model_copy(update={"doubt": doubt})
        for answer, doubt in zip(answers(30), doubts, strict=True)
    ]
    times, totals = Counter[str](), []
    for seed in range(2_000):
        drawn = draw_answers(every, DrawKind.UNCERTAIN, 6, seed).drawn
        times.update(d.answer.item_id for d in drawn)
        totals.append(sum(1 / d.inclusion_probability for d in drawn))
    chances = proportional_chances([max(0.1, doubt) for doubt in doubts], 6)
    for answer, chance in zip(every, chances, strict=True):
        assert times[answer.item_id] / 2_000 == pytest.approx(chance, abs=0.045)
    assert sum(totals) / 2_000 == pytest.approx(30, rel=0.03)


def test_places_in_a_set_say_nothing_of_the_model() -> None:
    """Answers of two models are mixed: neither has a whole half of the places."""
    drawn, passed = draw_answers(answers(50, "a") + answers(50, "b"), DrawKind.EVERY, None, 3)
    assert passed == []
    first_half = Counter(d.answer.model for d in drawn[:50])
    assert 15 < first_half["a"] < 35


def test_doubt_is_the_mean_range_of_the_judges() -> None:
    """(1 - 0)/1, (2 - 1)/2 and nothing from a criterion with one grade: 0.75."""
    assert doubt_of([(1, [0, 1]), (2, [1, 2]), (1, [1])]) == 0.75
    assert doubt_of([(1, [1]), (1, [])]) is None
