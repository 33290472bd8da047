"""What stands twice: pictures, text, and answers told by a sister item."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from src.domain.duplicates import (
    Clusters,
    Group,
    Match,
    MatchKind,
    Picture,
    Place,
    Wording,
    groups_of,
    look_alike,
    picture_matches,
    rows_of_words,
    text_matches,
    told_answers,
    words_in_common,
)
from src.images.phash import perceptual_hash

REAL = Path(__file__).parents[3] / "shared" / "data" / "images"
STORY = (
    "A 54-year-old woman had bone pain in both knees for two years and was seen because of "
    "weight loss. Bilateral perirenal soft tissue was found on computed tomography, and a "
    "biopsy showed foamy histiocytes that were negative for CD1a."
)
OTHER = (
    "A newborn boy with a large anterior fontanelle and short fourth metacarpals was followed "
    "for eight years. His growth stayed below the third percentile, and no treatment was given "
    "apart from calcium by mouth."
)
hashes = st.lists(st.integers(0, 2**64 - 1).map(lambda n: f"{n:016x}"), max_size=20)


def wording(item: str, case: str, context: str = "", answer: str = "x", **shown: str) -> Wording:
    """Return what an item says, its context shown first."""
    fields = (("context", context), *shown.items()) if context else tuple(shown.items())
    return Wording(item, case, context, fields, (answer,))


@given(hashes)
def test_every_pair_within_eight_bits_is_found_and_no_other(found: list[str]) -> None:
    """The blocks compare what a loop over all pairs compares."""
    expected = [
        (one, other, (int(found[one], 16) ^ int(found[other], 16)).bit_count())
        for one, other in combinations(range(len(found)), 2)
    ]
    assert sorted(look_alike(found)) == [pair for pair in expected if pair[2] <= 8]


def test_pairs_are_found_across_blocks() -> None:
    """The first and the last of many pictures are compared too."""
    numbers = np.random.default_rng(1).integers(0, 2**63, 700, dtype=np.uint64)
    found = [f"{number:016x}" for number in numbers]
    found[699] = f"{int(numbers[0]) ^ 0b1011:016x}"
    assert look_alike(found) == [(0, 699, 3)]


def test_eight_thousand_pictures_are_compared_well_under_two_seconds() -> None:
    """All 32 million pairs, by processor time."""
    numbers = np.random.default_rng(2).integers(0, 2**63, 8_000, dtype=np.uint64)
    began = process_time()
    look_alike([f"{number:016x}" for number in numbers])
    assert process_time() - began < 1.5


def test_a_stopped_comparison_ends_early() -> None:
    """After the first block nothing more is compared."""
    numbers = np.random.default_rng(3).integers(0, 2**63, 1_000, dtype=np.uint64)
    heard: list[float] = []

    def watch(share: float) -> bool:
        heard.append(share)
        return False

    look_alike([f"{number:016x}" for number in numbers], watch)
    assert len(heard) == 1


def test_the_same_picture_in_two_items_is_one_match() -> None:
    """All its places are named; a picture in one item alone is none."""
    pictures = [
        Picture("a" * 64, "0" * 16, (Place("one", 1), Place("two", 3))),
        Picture("b" * 64, "f" * 16, (Place("one", 2),)),
    ]
    (match,) = picture_matches(pictures, [])
    assert match.kind is MatchKind.SAME_IMAGE
    assert match.images == (Place("one", 1), Place("two", 3))
    assert match.share == 1.0


def test_pictures_that_look_alike_are_taken_together_with_the_farthest_pair() -> None:
    """Three pictures in a chain are one match, as unlike as its worst link."""
    pictures = [Picture(c * 64, "0" * 16, (Place(c, 1),)) for c in "abc"]
    (match,) = picture_matches(pictures, [(0, 1, 2), (1, 2, 8)])
    assert match.kind is MatchKind.ALIKE_IMAGES
    assert match.items == ("a", "b", "c")
    assert match.share == 1 - 8 / 64


def test_half_of_a_text_in_another_case_is_found_with_its_words() -> None:
    """A short context that stands inside a longer one is wholly contained."""
    inner = " ".join(STORY.split()[4:26])
    found = text_matches([wording("one", "case-1", STORY), wording("two", "case-2", inner)])
    assert [match.items for match in found] == [("one", "two")]
    assert found[0].share == 1.0
    assert "bone pain in both knees" in found[0].quote


def test_case_accents_and_punctuation_do_not_hide_a_copy() -> None:
    """The copy was typed anew."""
    typed = STORY.upper().replace("-", " ").replace(".", ";").replace("FOAMY", "FOÁMY")
    (match,) = text_matches([wording("one", "case-1", STORY), wording("two", "case-2", typed)])
    assert match.share == 1.0


def test_two_items_of_one_case_share_their_text_by_design() -> None:
    """Only ties between cases are told."""
    assert text_matches([wording("one", "case-1", STORY), wording("two", "case-1", STORY)]) == []


def test_a_shared_sentence_is_no_duplicate() -> None:
    """Less than half of the shorter text is in common."""
    first = f"{STORY} {OTHER}"
    third = OTHER.replace("boy", "girl").replace("eight", "nine").replace("short", "long")
    second = " ".join(STORY.split()[:10]) + " " + third.replace("calcium", "iron")
    assert text_matches([wording("one", "case-1", first), wording("two", "case-2", second)]) == []


def test_a_wording_that_stands_in_every_item_does_not_hide_a_copy() -> None:
    """Long runs are tied to their first alone; the pair that shares all is still found."""
    form = "In this report we describe a patient who was referred to our clinic because of"
    texts = [f"{form} {' '.join(f'w{n}x{k}' for k in range(40))}" for n in range(120)]
    wordings = [wording(f"i{n:03}", f"c{n}", text) for n, text in enumerate(texts)]
    wordings[77] = wording("i077", "c77", texts[12])
    assert [match.items for match in text_matches(wordings)] == [("i012", "i077")]


def test_an_answer_in_the_text_of_a_sister_item_is_told() -> None:
    """The treatment item shows what the diagnosis item asks for."""
    asked = wording("case-1/diagnosis", "case-1", STORY, "Erdheim-Chester disease")
    telling = wording(
        "case-1/treatment",
        "case-1",
        question="How is this patient with Erdheim–Chester disease treated?",
        answer="Vemurafenib",
    )
    elsewhere = wording("case-2/treatment", "case-2", "Erdheim-Chester disease was ruled out.")
    (match,) = told_answers([asked, telling, elsewhere])
    assert match.items == ("case-1/diagnosis", "case-1/treatment")
    assert (match.field, match.quote) == ("question", "Erdheim-Chester disease")


def test_letters_numbers_and_parts_of_words_tell_nothing() -> None:
    """'B' and '2019' stand in many texts, and 'lupus' is no part of 'lupuslike'."""
    sister = wording("two", "case-1", "Option B was right in 2019; a lupuslike rash, grade 12345.")
    for answer in ("B", "2019", "12345", "lupus"):
        assert told_answers([wording("one", "case-1", answer=answer), sister]) == []


def test_a_long_answer_is_told_when_half_its_words_stand_in_a_row() -> None:
    """The treatment was written out in another item of the case."""
    answer = "Start vemurafenib 480 mg twice daily and follow with positron emission tomography"
    sister = wording("two", "case-1", f"We decided: {answer.lower()} every three months.")
    (match,) = told_answers([wording("one", "case-1", answer=answer), sister])
    assert match.share == 1.0
    assert match.quote == answer


def test_ties_between_cases_and_inside_one_make_groups_of_their_own() -> None:
    """A case whose items share pictures does not swallow the group that spans cases."""
    cases = {"a1": "a", "a2": "a", "b1": "b", "c1": "c", "c2": "c"}
    across = Match(kind=MatchKind.SAME_IMAGE, items=("a1", "b1"), share=1)
    within = Match(kind=MatchKind.SAME_IMAGE, items=("a1", "a2"), share=1)
    told = Match(kind=MatchKind.ANSWER_TOLD, items=("c1", "c2"), share=1)
    assert groups_of([within, told, across], cases) == [
        Group(scope="across", items=("a1", "b1"), matches=(across,)),
        Group(scope="within", items=("c1", "c2"), matches=(told,)),
        Group(scope="within", items=("a1", "a2"), matches=(within,)),
    ]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12))))
def test_what_is_tied_is_in_one_cluster_and_each_thing_in_one(
    ties: list[tuple[int, int]],
) -> None:
    """Clusters are a partition that no tie crosses."""
    clusters: Clusters[int] = Clusters()
    for one, other in ties:
        clusters.join(one, other)
    found = clusters.all_of()
    assert sorted(thing for members in found for thing in members) == sorted(
        {thing for tie in ties for thing in tie}
    )
    for one, other in ties:
        assert any(one in members and other in members for members in found)


def test_the_words_in_common_are_quoted_as_they_stand() -> None:
    """Of the first text, punctuation included."""
    begins = "A 54-year-old woman had bone pain in both knees"
    assert words_in_common(STORY, f"{begins} and then something else entirely") == begins
    assert words_in_common(STORY, OTHER) == ""
    assert len(rows_of_words("seven words are not enough for one")) == 0


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no real images at {REAL}")
def test_real_images_match_their_smaller_copies_and_no_other_patients() -> None:
    """Every real picture is found again after a resize; unrelated kinds are kept apart."""
    files = sorted(path for path in REAL.rglob("*") if path.suffix in {".png", ".jpg"})
    pictures = [Image.open(path).convert("RGB") for path in files]
    copies = [p.resize((max(1, p.width * 6 // 10), max(1, p.height * 6 // 10))) for p in pictures]
    originals = [perceptual_hash(picture) for picture in pictures]
    pairs = look_alike([*originals, *(perceptual_hash(copy) for copy in copies)])
    found = {(one, other) for one, other, _ in pairs}
    assert all((n, n + len(files)) in found for n in range(len(files)))
    folders = [path.relative_to(REAL).parts[0] for path in files] * 2
    assert all(folders[one] == folders[other] for one, other in found)
