"""Blind adjudication: an own reading first, and nothing of any reader before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.errors import BadInputError, ConflictError, NotAllowedError
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import AddedCriterion, Verdict
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items

CHEN = actor("chen")
ITEM, CLAIM = "test/diagnosis/001", "claim:c1"


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give an item of a blind round on which two readers differ, one adding a criterion."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench, blind_adjudication=True)
    added = AddedCriterion(text="Asks for a biopsy of the kidney")
    read_all(bench, "amara", added_criteria=(added,), comment="Amara is sure")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    return bench


def test_no_reading_is_handed_out_before_ones_own(study: Workbench) -> None:
    """Not on the screen, in the list of disputes, or by ruling blindly."""
    for act in (
        lambda: study.adjudicating.case(CHEN, "first", ITEM),
        lambda: study.discussing.ask(CHEN, "first", ITEM, CLAIM, "Why?"),
        lambda: study.adjudicating.decide(
            CHEN,
            Ruling(round="first", item_id=ITEM, unit=CLAIM, chosen="A", reason=Reason.READER_SLIP),
        ),
    ):
        with pytest.raises(NotAllowedError, match="own reading"):
            act()
    assert list(study.adjudicating.disputes(CHEN)) == []
    unseen = study.adjudicating.unseen(CHEN, "first", ITEM)
    assert unseen is not None and unseen.asked == (CLAIM,)
    shown = unseen.model_dump_json()
    for word in ("biopsy of the kidney", "Amara is sure", "contradicted", "supported"):
        assert word not in shown


def test_an_own_reading_is_kept_and_stands_beside_the_readings(study: Workbench) -> None:
    """A value for each unit is enough; then everything is shown, and nothing is asked again."""
    study.adjudicating.commit_own_reading(CHEN, "first", ITEM, "", {CLAIM: "cannot_judge"})
    assert study.adjudicating.unseen(CHEN, "first", ITEM) is None
    case = study.adjudicating.case(CHEN, "first", ITEM)
    assert case.own is not None and case.own.values == {CLAIM: "cannot_judge"}
    assert {d.unit for d in case.disputes} > {CLAIM}
    with pytest.raises(ConflictError, match="stays as it is"):
        study.adjudicating.commit_own_reading(CHEN, "first", ITEM, "Other words", {})
    assert study.browsing.verify(OPERATOR).problems == ()


def test_one_line_is_an_own_reading_too(study: Workbench) -> None:
    """Without any value; white space is no line."""
    with pytest.raises(BadInputError, match="Write one line"):
        study.adjudicating.commit_own_reading(CHEN, "first", ITEM, " \n ", {})
    own = study.adjudicating.commit_own_reading(CHEN, "first", ITEM, "Hairy  kidneys.\n", {})
    assert own.line == "Hairy kidneys."


def test_a_value_that_cannot_be_said_is_refused(study: Workbench) -> None:
    """Of a unit that is not asked, or a word that is none."""
    for values in ({"criterion:k1": "keep"}, {CLAIM: "perhaps"}):
        with pytest.raises(BadInputError, match="cannot be said"):
            study.adjudicating.commit_own_reading(CHEN, "first", ITEM, "A line", values)


def test_a_round_that_is_not_blind_asks_for_nothing(bench: Workbench, tmp_path: Path) -> None:
    """And takes no own reading."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    assert bench.adjudicating.unseen(CHEN, "first", ITEM) is None
    with pytest.raises(ConflictError, match="asks for no own reading"):
        bench.adjudicating.commit_own_reading(CHEN, "first", ITEM, "A line", {})


def test_a_lead_who_settles_nothing_is_not_held_up(study: Workbench) -> None:
    assert study.adjudicating.case(actor("lena"), "first", ITEM).disputes
