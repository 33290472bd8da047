"""A reference answer that review corrects to another disease takes the old one's names with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from src.domain.item import Track
from src.domain.people import OPERATOR
from src.domain.renamed import dropped_names, is_another_disease
from src.domain.review import Proposals
from src.services.workbench import Workbench
from tests.builders import actor, item_line
from tests.services.test_scoring import EMIL, answer, board, graded, release_after, store

ITEM = "test/diagnosis/001"
LCH = "Langerhans cell histiocytosis"


def scores(bench: Workbench, folder: Path, *texts: str, **proposed: Any) -> dict[str, float | None]:
    """Return text -> the gold score of an answer of which only the name can earn, 3 of 5."""
    store(bench, folder, [item_line("001")])
    for text in texts:
        answer(bench, folder, [graded("001", 0, 0, 0, text=text)], text, Track.DIAGNOSIS)
    release_after(bench, proposals=Proposals(**proposed))
    rows = board(bench, basis="gold")
    return {text: rows[(text, "strict_score")].value for text in texts}


def test_names_and_code_of_the_old_disease_no_longer_score(
    bench: Workbench, tmp_path: Path
) -> None:
    """They were of Erdheim-Chester disease; what a code without a known name means is unscored."""
    found = scores(bench, tmp_path, "ECD", "ORPHA:35687", "Erdheim-Chester", LCH, answer=LCH)
    assert found == {"ECD": 0.0, "ORPHA:35687": None, "Erdheim-Chester": 0.0, LCH: 0.6}


def test_gold_says_which_names_were_dropped_and_so_does_what_changed(
    bench: Workbench, tmp_path: Path
) -> None:
    """In the release, and as the reason why the score moved."""
    scores(bench, tmp_path, "ECD", answer=LCH)
    body = bench.browsing.gold(OPERATOR, 1, ITEM).body
    assert (body.aliases, body.dropped_names) == ((), ("ECD",))
    why = bench.scoring.difference(EMIL, "ECD", Track.DIAGNOSIS)
    assert "name of the old answer dropped: ECD" in why.items[0].causes


def test_a_name_proposed_anew_and_a_better_writing_keep_the_names(
    bench: Workbench, tmp_path: Path
) -> None:
    """Readers say that the old name fits the new answer too."""
    found = scores(bench, tmp_path, "ECD", LCH, answer=LCH, aliases=("ECD",))
    assert found == {"ECD": 0.6, LCH: 0.6}
    assert bench.browsing.gold(OPERATOR, 1, ITEM).body.dropped_names == ()


def test_another_writing_of_the_same_disease_keeps_its_names(
    bench: Workbench, tmp_path: Path
) -> None:
    """A hyphen moved is no other disease; the release is written as it always was."""
    found = scores(bench, tmp_path, "ECD", answer="Erdheim Chester disease")
    assert found == {"ECD": 0.6}
    body = bench.browsing.gold(OPERATOR, 1, ITEM).body
    assert "dropped_names" not in body.model_dump()


def test_a_name_a_person_accepted_for_the_old_disease_counts_no_longer(
    bench: Workbench, tmp_path: Path
) -> None:
    """It was said of the imported answer."""
    subject = f"item:{ITEM}"
    store(bench, tmp_path, [item_line("001")])
    bench.ontologies.add_alias(actor("lena"), subject, "Polyostotic histiocytosis")
    found = scores(bench, tmp_path, "Polyostotic histiocytosis", answer=LCH)
    assert found == {"Polyostotic histiocytosis": 0.0}


@pytest.mark.parametrize(
    ("text", "another"),
    [(LCH, True), ("ECD", False), ("Erdheim-Chester disease with BRAF V600E", False)],
)
def test_only_what_is_surely_another_disease_drops_names(
    bench: Workbench, tmp_path: Path, text: str, *, another: bool
) -> None:
    """A name the item already had, or a closer description, does not."""
    store(bench, tmp_path, [item_line("001")])
    item = bench.browsing.item(OPERATOR, ITEM).item
    assert is_another_disease(item.track, item.content, text) is another
    assert dropped_names(item.track, item.content, text) == (("ECD",) if another else ())
    assert dropped_names(Track.TREATMENT, item.content, text) == ()
