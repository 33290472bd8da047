"""What each reason asks for, and what is kept as ambiguous."""

from __future__ import annotations

import pytest

from src.domain.gold import SettledUnit, build_gold, settle
from src.domain.reasons import FixEffect, Reason, Remedy, Reread, fix_effects, remedy_for
from src.domain.review import CriterionReading, EditReason
from src.domain.units import units_of
from tests.domain.things import body, decision, make_item, review

ITEM = make_item()
DELETE = CriterionReading(criterion_id="k2", action="delete", reason=EditReason.WRONG)
REVIEWS = [review("amara"), review("benoit", body(criteria=(DELETE,)))]
UNIT = next(unit for unit in units_of(ITEM, REVIEWS) if unit.name == "criterion:k2")


def settled(reason: Reason, remedy: Remedy | None = None) -> tuple[SettledUnit, str]:
    """Return the ruled unit and the digest of gold."""
    ruling = decision(UNIT, UNIT.readings[0].key, None, reason=reason, remedy=remedy)
    units, _ = settle(ITEM, REVIEWS, {UNIT.name: ruling})
    found = next(unit for unit in units if unit.unit == UNIT.name)
    return found, build_gold(ITEM, REVIEWS, units, "first").input_digest


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_leads_somewhere(reason: Reason) -> None:
    """For a claim and for a criterion."""
    assert {remedy_for(reason, "claim:c1"), remedy_for(reason, "criterion:k1")} <= set(Remedy)


def test_ambiguous_words_of_a_criterion_are_for_the_rubric() -> None:
    """Those of a claim or a question are for the item."""
    assert remedy_for(Reason.AMBIGUOUS_WORDING, "criterion:k1") is Remedy.RUBRIC_EDIT
    assert remedy_for(Reason.AMBIGUOUS_WORDING, "field:question") is Remedy.ITEM_EDIT


@pytest.mark.parametrize(
    ("reason", "remedy", "ambiguous"),
    [
        (Reason.TRUE_CLINICAL_AMBIGUITY, None, True),
        (Reason.TRUE_CLINICAL_AMBIGUITY, Remedy.KEPT_AS_AMBIGUOUS, True),
        (Reason.TRUE_CLINICAL_AMBIGUITY, Remedy.RUBRIC_EDIT, False),
        (Reason.RUBRIC_GAP, None, False),
        (Reason.RUBRIC_GAP, Remedy.KEPT_AS_AMBIGUOUS, True),
    ],
)
def test_true_ambiguity_is_kept_unless_the_lead_says_otherwise(
    reason: Reason, remedy: Remedy | None, ambiguous: bool
) -> None:
    """Gold then says so beside the readers' distribution."""
    unit, _ = settled(reason, remedy)
    assert unit.ambiguous is ambiguous
    assert ("ambiguous" in unit.model_dump()) is ambiguous
    assert sorted(unit.distribution.values()) == [0.5, 0.5]


def test_what_the_lead_says_against_the_reason_makes_gold_another() -> None:
    """What the reason asks for anyway leaves the hash as it was before leads could answer."""
    _, open_ = settled(Reason.TRUE_CLINICAL_AMBIGUITY)
    assert settled(Reason.TRUE_CLINICAL_AMBIGUITY, Remedy.KEPT_AS_AMBIGUOUS)[1] == open_
    assert settled(Reason.TRUE_CLINICAL_AMBIGUITY, Remedy.ITEM_EDIT)[1] != open_
    _, gap = settled(Reason.RUBRIC_GAP)
    assert settled(Reason.RUBRIC_GAP, Remedy.RUBRIC_EDIT)[1] == gap
    assert settled(Reason.RUBRIC_GAP, Remedy.KEPT_AS_AMBIGUOUS)[1] != gap


def test_effects_are_means_by_reason() -> None:
    """Reasons without a unit read twice are not named."""
    found = [
        Reread(reason=Reason.RUBRIC_GAP, before=0.0, after=1.0),
        Reread(reason=Reason.RUBRIC_GAP, before=0.5, after=0.5),
        Reread(reason=Reason.READER_SLIP, before=0.0, after=0.0),
    ]
    assert fix_effects(found) == [
        FixEffect(reason=Reason.RUBRIC_GAP, units=2, before=0.25, after=0.75),
        FixEffect(reason=Reason.READER_SLIP, units=1, before=0.0, after=0.0),
    ]
