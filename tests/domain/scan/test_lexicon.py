"""The names of all diseases in one pass."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.normal import normalise
from tests.domain.scan.things import LEXICON, NO_LEXICON

WORDS = ("castleman", "disease", "hodgkin", "non", "lymphoma", "type", "1", "x")


def found(text: str) -> list[str]:
    """Return the names found in a text."""
    folded = normalise(text).text
    return [folded[hit.start : hit.end] for hit in LEXICON.find(folded)]


def test_the_longest_name_wins() -> None:
    """A name inside another name is no find of its own."""
    assert found("multicentric Castleman disease, Castleman disease") == [
        "multicentric castleman disease",
        "castleman disease",
    ]
    assert found("A non-Hodgkin lymphoma") == ["non hodgkin lymphoma"]


def test_names_end_where_words_end() -> None:
    """Neither the start nor the end of another word."""
    assert found("neurosarcoidosis and sarcoidosislike") == []


def test_names_side_by_side_are_both_found() -> None:
    """They share the blank between them."""
    assert found("sarcoidosis sarcoidosis hypoparathyroidism") == [
        "sarcoidosis",
        "sarcoidosis",
        "hypoparathyroidism",
    ]


@given(st.lists(st.sampled_from(WORDS)))
def test_finds_are_in_order_and_never_inside_one_another(words: list[str]) -> None:
    """Whatever the text."""
    hits = LEXICON.find(" ".join(words))
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(hits))


def test_the_digest_names_the_names_the_genes_and_the_relations() -> None:
    """A scan made with others has to be made again."""
    name = Name(text="Sarcoidosis", orpha_code="97", kind="term")
    plain = Lexicon([name])
    assert plain.sha256 == Lexicon([name]).sha256
    assert len({plain.sha256, NO_LEXICON.sha256, Lexicon([name], {"97": ("BTNL2",)}).sha256}) == 3


def test_an_empty_lexicon_knows_nothing() -> None:
    """The tool runs without an ontology."""
    assert NO_LEXICON.find("sarcoidosis") == []
    assert NO_LEXICON.names_of("") == ()
    assert NO_LEXICON.owners_of_gene("FBN1") == frozenset()
