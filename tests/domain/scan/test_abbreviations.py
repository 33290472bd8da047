"""Abbreviations are read from the text that defines them."""

from __future__ import annotations

import pytest

from src.domain.scan.abbreviations import definitions

DEFINED = [
    ("with Erdheim-Chester disease (ECD) today", "ECD", "Erdheim-Chester disease"),
    (
        "EGPA (eosinophilic granulomatosis with polyangiitis)",
        "EGPA",
        "eosinophilic granulomatosis with polyangiitis",
    ),
    ("ECD, i.e. Erdheim-Chester disease, is rare", "ECD", "Erdheim-Chester disease"),
    ("Erdheim-Chester disease, also known as ECD, is", "ECD", "Erdheim-Chester disease"),
    ("Erdheim-Chester disease (hereafter ECD)", "ECD", "Erdheim-Chester disease"),
    ("hemophagocytic lymphohistiocytosis [HLH]", "HLH", "hemophagocytic lymphohistiocytosis"),
    (
        "PNH (paroxysmal nocturnal hemoglobinuria, found)",
        "PNH",
        "paroxysmal nocturnal hemoglobinuria",
    ),
    ("Castleman disease (CD; 2 of 3)", "CD", "Castleman disease"),
]


@pytest.mark.parametrize(("text", "short", "long"), DEFINED)
def test_a_definition_is_found_in_either_order(text: str, short: str, long: str) -> None:
    """Both forms with their places."""
    found = [d for d in definitions(text) if d.short == short]
    assert [d.long for d in found] == [long]
    assert all(text[d.start : d.end] == short for d in found)
    assert all(text[d.long_start : d.long_end] == long for d in found)


@pytest.mark.parametrize(
    "text",
    [
        "a mass (left)",
        "fever (38.5)",
        "seen (Figure 1)",
        "bone pain (ECD)",
        "CT (see below)",
        "(((",
        "",
    ],
)
def test_other_brackets_define_nothing(text: str) -> None:
    """The letters must be found in the long form, the first at its start."""
    assert definitions(text) == []
