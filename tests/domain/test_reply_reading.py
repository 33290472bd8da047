"""A judge's reply is read strictly: as many answers as asked, each in its place, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.scoring.reply_reading import YES_NO, read_reply

SIX = (YES_NO,) * 6
EIGHT = (2,) * 8
FIVE = (YES_NO, YES_NO, 3, YES_NO, YES_NO)
THREE = (YES_NO,) * 3


@pytest.mark.parametrize(
    ("reply", "scales", "values"),
    [
        ("YES\nNO\nYES", THREE, (1, 0, 1)),
        ("yes, no, yes", THREE, (1, 0, 1)),
        ("YES NO YES.", THREE, (1, 0, 1)),
        ("1. YES\n2. NO\n3. YES", THREE, (1, 0, 1)),
        ("3) YES\n1) NO\n2) NO", THREE, (0, 0, 1)),
        ("**1.** YES - no violation was found\n**2.** NO\n**3.** YES", THREE, (1, 0, 1)),
        ("Here are my answers:\n\nYES\nNO\nYES", THREE, (1, 0, 1)),
        ("No problem. My answers:\n1: YES\n2: NO\n3: NO", THREE, (1, 0, 0)),
        ("<think>NO, yes, no</think>YES\nYES\nYES", THREE, (1, 1, 1)),
        ("Exact match: YES\nCategory: NO\nSpecificity: NO", THREE, (1, 0, 0)),
        ("Is it exact? YES\nIs it specific? NO\nSame organ? NO", THREE, (1, 0, 0)),
        ("Criterion 1: YES\nCriterion 2: NO\nCriterion 3: NO", THREE, (1, 0, 0)),
        ("1. 0\n2. 0\n3. 0\n4. 0\n5. 0\n6. 0\n7. 0\n8. 0", EIGHT, (0,) * 8),
        ("1) 1\n2) 1\n3) 1\n4) 1\n5) 1\n6) 1\n7) 1\n8) 1", EIGHT, (1,) * 8),
        ("2 1 1 0 0 1 1 2", EIGHT, (2, 1, 1, 0, 0, 1, 1, 2)),
        ("\n".join(f"Dimension {n}: {n % 3}/2" for n in range(1, 9)), EIGHT,
         (1, 2, 0, 1, 2, 0, 1, 2)),
        ("Here are my answers:\nYES\nNO\n2\nYES\nNO", FIVE, (1, 0, 2, 1, 0)),
        ("1. PRESENCE: YES\n2. TOP1: NO\n3. TYPE_MATCH: 3\n4. YES\n5. NO", FIVE, (1, 0, 3, 1, 0)),
    ],
)  # fmt: skip
def test_what_was_answered_is_read(reply, scales, values):
    assert read_reply(reply, scales).values == values


@pytest.mark.parametrize(
    ("reply", "scales", "failure"),
    [
        (None, THREE, "call"),
        ("  ", THREE, "call"),
        ("JUDGE_ERROR: timed out, yes really", THREE, "call"),
        ("Failed to obtain answer via API.", THREE, "outage"),
        ("YES\nYES", THREE, "count"),
        ("YES\nunclear\nNO", THREE, "count"),
        ("YES\nNO\nYES\nNO", THREE, "count"),
        ("Answer each question with YES or NO only: YES YES", SIX, "count"),
        ("1. YES - no safety violations were found\n2. NO", SIX, "numbers"),
        ("1. YES\n2. NO\n2. YES", THREE, "numbers"),
        ("1. YES\n2. unclear\n3. NO", THREE, "answer"),
        ("1. YES\n2. NO: YES\n3. NO", THREE, "answer"),
        ("5/6", SIX, "count"),
        ("85%", SIX, "count"),
        ("2 1 1 0 0 1 1", EIGHT, "count"),
        ("1. 3\n2. 0\n3. 0\n4. 0\n5. 0\n6. 0\n7. 0\n8. 0", EIGHT, "answer"),
        ("YES\nNO\nYES\nYES\nNO", FIVE, "answer"),
        ("I cannot judge this.", THREE, "count"),
    ],
)
def test_what_is_not_surely_an_answer_to_each_question_is_none_with_the_reason(
    reply, scales, failure
):
    read = read_reply(reply, scales)
    assert (read.values, read.failure) == (None, failure)
    assert read.reason


@pytest.mark.parametrize(
    ("reply", "scales", "reason"),
    [
        ("1/2 2/2 1/2 0/2 1/2 2/2 1/2 2/2", EIGHT, "8 answers stand on one line, where "
         "8 answers are asked, one a line"),
        ("Scores: 1/2, 2/2, 1/2, 0/2, 1/2, 2/2, 1/2, 2/2", EIGHT, "8 answers stand on one line, "
         "where 8 answers are asked, one a line"),
        ("My answers:\nYES NO YES\nNO NO NO", SIX, "3 answers stand on one line, where "
         "6 answers are asked, one a line"),
        ("0.5", SIX, "it is one number, 0.5, where 6 answers are asked"),
        ("**50 %**", SIX, "it is one number, 50 %, where 6 answers are asked"),
        ("5/6", SIX, "it is one number, 5/6, where 6 answers are asked"),
        ("0.5 of the criteria are met.", SIX, "a line begins with the number 0.5, where 6 answers "
         "are asked"),
        ("1.5\nWell done.", EIGHT, "a line begins with the number 1.5, where 8 answers are asked"),
        ("1.YES\n2.NO", THREE, "its answers are numbered 1, 2, not 1 to 3"),
        ("1.2\n2.2\n3.1", EIGHT, "its answers are numbered 1, 2, 3, not 1 to 8"),
        ("2 1 1 0 0 1 1", EIGHT, "7 answers were found where 8 are asked"),
        ("YES\nYES", THREE, "2 answers were found where 3 are asked"),
        ("YES, as 2 of 3 were named\nYES", THREE, "2 answers were found where 3 are asked"),
    ],
)  # fmt: skip
def test_the_reason_says_what_stands_in_the_reply(reply, scales, reason):
    """In words for who looks at the reply itself, which has no score."""
    read = read_reply(reply, scales)
    assert (read.values, read.reason) == (None, reason)


@given(st.text(max_size=200), st.lists(st.sampled_from([YES_NO, 2, 3]), max_size=8))
def test_any_text_gives_values_within_their_scales_or_a_reason(reply, scales):
    read = read_reply(reply, scales)
    if read.values is None:
        assert read.reason
        return
    assert len(read.values) == len(scales)
    assert all(0 <= value <= scale for value, scale in zip(read.values, scales, strict=True))


@given(st.lists(st.integers(0, 1), min_size=2, max_size=9), st.booleans())
def test_a_reply_in_the_form_that_was_asked_for_is_always_read(values, numbered):
    words = ["YES" if value else "NO" for value in values]
    lines = [f"{n}. {word}" for n, word in enumerate(words, start=1)] if numbered else words
    assert read_reply("\n".join(lines), (YES_NO,) * len(values)).values == tuple(values)
