"""A name never runs from one sentence into the next."""

from __future__ import annotations

import pytest

from src.domain.scan.sentences import runs_on


@pytest.mark.parametrize(
    ("quote", "ends"),
    [
        ("Pompe. Disease", True),
        ("Pompe? Disease", True),
        ('Pompe." Disease', True),
        ("Pompe [1].\nDisease", True),
        ("Pompe\n\ndisease", True),
        ("Pompe\ndisease", False),
        ("St. Louis encephalitis", False),
        ("J. M. Charcot disease", False),
        ("pompe.disease", False),
        ("Gaucher's disease, type 1", False),
    ],
)
def test_a_full_stop_ends_a_sentence_unless_a_word_is_cut_short(quote: str, ends: bool) -> None:
    """Initials and abbreviations go on."""
    assert runs_on(quote) == ends


def test_the_points_of_a_name_itself_end_nothing() -> None:
    """It is looked for as it is written."""
    assert not runs_on("Foo. Bar disease", "Foo. Bar disease")
