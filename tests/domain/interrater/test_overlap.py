"""Boxes, spans, sets and edited text: fixed values, an independent pairing, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from src.domain.evidence import ImageBox, TextSpan, span_of
from src.domain.interrater.assignment import best_pairs
from src.domain.interrater.overlap import (
    iou,
    match_boxes,
    over_pairs,
    set_overlap,
    shared_words,
    span_f1,
    text_similarity,
)

unhurried = settings(deadline=None, max_examples=100)
"""A busy machine is no failure."""
IMAGE, OTHER = "a" * 64, "b" * 64
TEXT = "The lesion is of low signal and enhances late."


def box(x: int, y: int, width: int, height: int, image: str = IMAGE) -> ImageBox:
    """Return a box on an image."""
    return ImageBox(sha256=image, x=x, y=y, width=width, height=height)


def span(start: int, end: int, field: str = "context") -> TextSpan:
    """Return a span of the text."""
    return span_of(field, TEXT, start, end)


boxes = st.lists(
    st.builds(box, st.integers(0, 12), st.integers(0, 12), st.integers(1, 8), st.integers(1, 8)),
    max_size=5,
)
spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 5)).map(lambda p: span(p[0], p[0] + p[1])),
    max_size=4,
)


def test_the_overlap_of_boxes_is_the_published_one() -> None:
    """.6667 and .3333; .79641 as pycocotools has it."""
    assert iou(box(0, 0, 10, 10), box(2, 0, 10, 10)) == pytest.approx(0.6667, abs=5e-5)
    assert iou(box(0, 0, 10, 10), box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert iou(box(10, 10, 30, 20), box(12, 11, 30, 20)) == pytest.approx(0.79641, abs=5e-6)
    assert iou(box(0, 0, 10, 10), box(0, 0, 10, 10, OTHER)) == 0


def test_a_box_below_half_is_no_pair() -> None:
    """F1 0 at IoU 1/3; 1 where neither reader drew anything; 0 where only one did."""
    far = match_boxes([box(0, 0, 10, 10)], [box(5, 0, 10, 10)])
    assert (far.f1, far.mean_iou) == (0.0, None)
    assert match_boxes([], []).f1 == 1.0
    assert match_boxes([box(0, 0, 1, 1)], []).f1 == 0.0
    near = match_boxes([box(0, 0, 10, 10), box(50, 50, 9, 9)], [box(2, 0, 10, 10)])
    assert (near.f1, near.pairs) == (pytest.approx(2 / 3), ((0, 0),))
    assert near.mean_iou == pytest.approx(2 / 3)


def test_two_fair_pairs_are_better_than_one_good_one() -> None:
    """A greedy pairing takes the best first and leaves two boxes alone."""
    first = [box(0, 0, 10, 10), box(3, 0, 10, 10)]
    second = [box(3, 0, 9, 10), box(6, 0, 10, 10)]
    found = match_boxes(first, second)
    assert iou(first[1], second[0]) > max(iou(first[0], second[0]), iou(first[1], second[1])) > 0.5
    assert found.pairs == ((0, 0), (1, 1))
    assert found.f1 == 1.0


@unhurried
@given(boxes, boxes)
def test_boxes_agree_the_same_both_ways(first, second) -> None:
    """F1 lies between 0 and 1; a mean IoU is at least the threshold."""
    there, back = match_boxes(first, second), match_boxes(second, first)
    assert there.f1 == back.f1
    assert 0 <= there.f1 <= 1
    assert there.mean_iou == pytest.approx(back.mean_iou)
    assert there.mean_iou is None or 0.5 <= there.mean_iou <= 1
    assert match_boxes(first, first).f1 == 1


@unhurried
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 10_000))
def test_the_best_pairing_is_that_of_scipy(rows: int, columns: int, seed: int) -> None:
    """The same total gain; ties may be paired otherwise."""
    gains = np.random.default_rng(seed).integers(0, 5, (rows, columns)).astype(float)
    pairs = best_pairs(gains.tolist())
    assert len(pairs) == min(rows, columns)
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
    best = gains[linear_sum_assignment(gains, maximize=True)].sum()
    assert sum(gains[a, b] for a, b in pairs) == pytest.approx(best)


def test_marked_text_agrees_by_its_characters() -> None:
    """10 of 10 and 10 characters shared by half; twice marked counts once; fields are apart."""
    assert span_f1([span(0, 10)], [span(5, 15)]) == 0.5
    assert span_f1([span(0, 10), span(2, 8)], [span(0, 10)]) == 1.0
    assert span_f1([span(0, 10)], [span(0, 10, "question")]) == 0.0
    assert span_f1([], []) == 1.0
    assert span_f1([], [span(0, 1)]) == 0.0


@unhurried
@given(spans, spans)
def test_spans_agree_the_same_both_ways(first, second) -> None:
    """Between 0 and 1, and 1 with oneself."""
    assert span_f1(first, second) == span_f1(second, first)
    assert 0 <= span_f1(first, second) <= 1
    assert span_f1(first, first) == 1


def test_sets_and_edited_texts_agree_by_what_they_share() -> None:
    """Jaccard; edits over the longer text; words as the benchmark counts them."""
    assert set_overlap(["a", "b"], ["b", "c", "c"]) == pytest.approx(1 / 3)
    assert set_overlap([], []) == 1.0
    assert text_similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert text_similarity("", "") == 1.0
    assert shared_words("low signal", "signal low") == 1.0


def test_a_measure_of_pairs_becomes_one_of_a_unit() -> None:
    """The mean over pairs of readers; none where fewer than two read."""
    sets = [{"a"}, {"a"}, {"b"}]
    assert over_pairs(sets, set_overlap) == pytest.approx(1 / 3)
    assert over_pairs([{"a"}], set_overlap) is None
    assert over_pairs([[], []], lambda a, b: match_boxes(a, b).mean_iou) is None
