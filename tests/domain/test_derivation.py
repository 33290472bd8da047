"""Claims and criteria from a benchmark's columns, and how their ids live on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.derivation import (
    Point,
    carry_claim_ids,
    carry_criterion_ids,
    derive_points,
    make_claims,
    make_criteria,
    split_statements,
)
from src.domain.item import Claim, Criterion, Track


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("Start vemurafenib. Check the skin.", ["Start vemurafenib.", "Check the skin."]),
        ("1. Bone scan\n2) Biopsy\n- MRI\n• CT scan", ["Bone scan", "Biopsy", "MRI", "CT scan"]),
        ("Give 2.5 mg b.i.d. Then wait.", ["Give 2.5 mg b.i.d. Then wait."]),
        ("See Fig. 2 and Dr. House.", ["See Fig. 2 and Dr. House."]),
        ("One line\r\nanother line", ["One line", "another line"]),
        ("", []),
        ("a.\n ", []),
    ],
)
def test_an_answer_splits_into_sentences_and_entries(text: str, statements: list[str]) -> None:
    """Bullets and numbers start an entry; abbreviations end no sentence; fragments are left out."""
    assert split_statements(text) == statements


@given(st.text(alphabet="aB .!?\n-1)é🦴", max_size=60))
def test_splitting_changes_no_character_of_a_statement(text: str) -> None:
    """Each statement stands in the text as it is."""
    assert all(statement in text for statement in split_statements(text))


def test_each_track_rests_on_its_own_claims() -> None:
    """Design, section 4."""
    line = [Point(text="Shins are dense.", kind="mainline", images=(1,))]

    def kinds(track: Track) -> list[str]:
        return [p.kind for p in derive_points(track, "First. Second.", line, "confirm")]

    assert kinds(Track.DIAGNOSIS) == kinds(Track.DIFFERENTIAL) == ["answer"]
    assert kinds(Track.TREATMENT) == kinds(Track.EXAMINATION) == ["statement", "statement"]
    assert kinds(Track.CROSSMODAL) == ["mainline", "relation"]
    assert kinds(Track.EVIDENCE) == ["mainline", "final_diagnosis"]


def test_images_a_column_names_become_links_and_positions_outside_do_not() -> None:
    """Positions count from 1."""
    claims = make_claims([Point(text="x", images=(0, 1, 3))], ["1" * 64, "2" * 64])
    assert [link.model_dump()["sha256"] for link in claims[0].links] == ["1" * 64]


def test_criteria_are_numbered_through_their_groups() -> None:
    """Keys count within the group, ids through all."""
    made = make_criteria(
        [("must_include", ["a", " ", "b"], 1.0, True), ("must_not", ["c"], -1.0, True)]
    )
    assert [(c.criterion_id, c.key) for c in made] == [
        ("k1", "must_include-1"),
        ("k2", "must_include-2"),
        ("k3", "must_not-1"),
    ]


def carried(old: list[str], new: list[str], ever: int = 0) -> list[str]:
    """Return the ids the new claims get."""
    before = [Claim(claim_id=f"c{n}", text=text) for n, text in enumerate(old, start=1)]
    after = [Claim(claim_id=f"c{n}", text=text) for n, text in enumerate(new, start=1)]
    return [claim.claim_id for claim in carry_claim_ids(before, after, ever)]


@pytest.mark.parametrize(
    ("old", "new", "ids"),
    [
        (["alpha beta", "gamma delta"], ["gamma delta", "alpha beta"], ["c2", "c1"]),
        (["abcdefghij"], ["abcdefghXX"], ["c1"]),
        (["abcdefghij"], ["abcdefgXXX"], ["c2"]),
        (["same", "same"], ["same", "same"], ["c1", "c2"]),
        (["abcdefghij"], ["abcdefghiX", "abcdefghij"], ["c2", "c1"]),
        ([], ["x"], ["c1"]),
        (["one thing"], [], []),
    ],
)
def test_a_claim_keeps_its_id_when_the_text_is_the_same_or_four_fifths_alike(
    old: list[str], new: list[str], ids: list[str]
) -> None:
    """The same text goes first; a new claim gets a number never used."""
    assert carried(old, new) == ids


def test_an_id_is_never_used_again() -> None:
    """c9 was used once, though no claim of the last version has it."""
    assert carried(["abc"], ["something else"], ever=9) == ["c10"]


texts = st.lists(st.text(alphabet="abc", min_size=1, max_size=6), max_size=6)


@given(texts, texts, st.integers(0, 20))
def test_ids_are_distinct_and_new_ones_are_above_all_old_ones(
    old: list[str], new: list[str], ever: int
) -> None:
    """Holds for claims and criteria of any texts."""
    ids = carried(old, new, ever)
    known = {f"c{n}" for n in range(1, len(old) + 1)}
    assert len(set(ids)) == len(new)
    assert all(int(key[1:]) > max(ever, len(old)) for key in ids if key not in known)
    before = [Criterion(criterion_id=f"k{n}", text=text) for n, text in enumerate(old, start=1)]
    after = [Criterion(criterion_id=f"k{n}", text=text) for n, text in enumerate(new, start=1)]
    assert [c.criterion_id[1:] for c in carry_criterion_ids(before, after, ever)] == [
        i[1:] for i in ids
    ]
