"""Folding keeps every place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.scan.normal import normalise, normalise_label

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60) | st.text(
    st.sampled_from("aÉßﬁ'’s -–β½\u0301\u00ad🦴İAZ09\n"), max_size=40
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Erdheim–Chester’s  Disease", "erdheim chester disease"),
        ("Behçet's", "behcet"),
        ("STRASSE Straße", "strasse strasse"),
        ("ﬁbrosis", "fibrosis"),
        ("β-thalassaemia", "beta thalassaemia"),
        ("Cafe\u0301 au lait", "cafe au lait"),
        ("soft\u00adhyphen", "softhyphen"),
        ("O'Brien (2A)", "o brien 2a"),
        ("Łukasz Ødegård", "lukasz odegard"),
        (" \x00\n", ""),
        ("", ""),
    ],
)
def test_case_accents_dashes_and_possessives_fold(text: str, folded: str) -> None:
    """One spelling for what reads the same."""
    assert normalise(text).text == folded


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    """normalise is idempotent on its text."""
    once = normalise(text).text
    assert normalise(once).text == once


@given(TEXTS)
def test_words_stand_in_the_original_in_the_same_order(text: str) -> None:
    """Spans lie inside the text, are never empty and never go back."""
    normal = normalise(text)
    before = (0, 0)
    for word in re.finditer(r"\S+", normal.text):
        start, end = normal.span(*word.span())
        assert 0 <= start < end <= len(text)
        assert before[0] <= start and before[1] <= end
        before = (start, end)


@given(st.text(st.sampled_from("abé ß-🦴'"), max_size=30))
def test_what_stands_at_a_span_folds_to_it(text: str) -> None:
    """Words of whole characters come back as they are."""
    normal = normalise(text)
    for word in re.finditer(r"\S+", normal.text):
        start, end = normal.span(*word.span())
        assert word.group() in normalise(text[start:end]).text


def test_an_accent_after_the_last_letter_belongs_to_the_span() -> None:
    """Marking 'café' leaves no accent behind."""
    text = "un cafe\u0301 noir"
    normal = normalise(text)
    start = normal.text.index("cafe")
    assert text[slice(*normal.span(start, start + 4))] == "cafe\u0301"


def test_labels_are_split_at_digits_capitals_and_underscores() -> None:
    """File names are words too."""
    assert normalise_label("erdheimChester_01.jpg").text == "erdheim chester 01 jpg"
    normal = normalise_label("x_ErdheimChester1.png")
    start = normal.text.index("erdheim")
    assert normal.span(start, start + len("erdheim chester")) == (2, 16)
