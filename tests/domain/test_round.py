"""Which items a round draws, and in which order a reader gets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.errors import BadInputError
from src.domain.item import READING_ORDER, Track
from src.domain.round import Candidate, RoundItem, draw, expected_share, reading_order


def candidates(count: int) -> list[Candidate]:
    """Return items of several tracks on cases of six."""
    return [
        Candidate(
            item_id=f"i{n:03}",
            item_version=1,
            rubric_version=1,
            case_id=f"case-{n // 6}",
            track=list(Track)[n % 6],
        )
        for n in range(count)
    ]


def test_without_a_sample_everything_is_drawn_for_certain() -> None:
    """The inclusion probability is 1."""
    drawn = draw(candidates(5), None, 1)
    assert [item.inclusion_probability for item in drawn] == [1.0] * 5


@given(st.integers(1, 30), st.integers(0, 2**31 - 1), st.randoms(use_true_random=False))
def test_a_seeded_sample_can_be_drawn_again(sample: int, seed: int, random: object) -> None:
    """Same seed, same items, in whatever order the candidates come; the chance is n of N."""
    found = draw(candidates(30), sample, seed)
    again = draw(list(reversed(candidates(30))), sample, seed)
    assert {i.candidate.item_id for i in again} == {i.candidate.item_id for i in found}
    assert len({i.candidate.item_id for i in found}) == sample
    assert {i.inclusion_probability for i in found} == {sample / 30}


def test_every_item_is_drawn_as_often_as_its_inclusion_probability_says() -> None:
    """Over 2,000 seeds each of 10 items is in a sample of 3 between 25 and 35 % of the time."""
    counts = dict.fromkeys((c.item_id for c in candidates(10)), 0)
    for seed in range(2_000):
        for item in draw(candidates(10), 3, seed):
            counts[item.candidate.item_id] += 1
    assert all(500 < count < 700 for count in counts.values())


@pytest.mark.parametrize("sample", [0, -1, 11])
def test_no_sample_larger_than_the_items_or_empty(sample: int) -> None:
    """Refused with the numbers."""
    with pytest.raises(BadInputError, match="10 items"):
        draw(candidates(10), sample, 1)


def test_a_case_is_read_in_the_order_in_which_no_answer_is_given_away() -> None:
    """Diagnosis, differential, examination, crossmodal, evidence, treatment; case after case."""
    items = [RoundItem(candidate=c, inclusion_probability=1.0) for c in reversed(candidates(12))]
    found = [(i.candidate.case_id, i.candidate.track) for i in reading_order(items)]
    assert found == [(f"case-{n}", track) for n in (0, 1) for track in READING_ORDER]
    assert [t.value for t in READING_ORDER] == [
        "diagnosis", "differential", "examination", "crossmodal", "evidence", "treatment",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("items", "readers", "persons", "share"),
    [(40, 2, 4, 20), (41, 2, 4, 21), (5, 3, 3, 5), (5, 1, 0, 0), (1, 1, 9, 1)],
)
def test_a_reader_can_expect_an_even_share(
    items: int, readers: int, persons: int, share: int
) -> None:
    """Rounded up, never more than there is."""
    assert expected_share(items, readers, persons) == share
