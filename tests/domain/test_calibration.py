"""A practice reading beside gold, unit by unit."""

from __future__ import annotations

from typing import Any

import pytest

from src.domain.calibration import CalibrationResult, compare
from src.domain.gold import SettledUnit, settle
from src.domain.item import Item
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.review import (
    AddedClaim,
    AddedCriterion,
    Check,
    CheckAnswer,
    ClaimReading,
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
    Verdict,
)
from tests.domain.things import body, make_item, review

FLAG = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
EDIT = CriterionReading(criterion_id="k1", action="edit", points=2.0, reason=EditReason.WEIGHT)


def gold_of(item: Item, **changes: Any) -> list[SettledUnit]:
    """Return the gold of an item that two readers read alike."""
    said = [review(person, body(**changes)) for person in ("amara", "benoit")]
    settled, state = settle(item, said, {})
    assert state.open_units == ()
    return settled


def differing(gold: list[SettledUnit], **changes: Any) -> list[str]:
    """Return the units on which a practice reading differs from gold."""
    feedback = compare(make_item(), review("dalia", body(**changes)), gold)
    return [unit.unit for unit in feedback.units if not unit.same]


FULL: dict[str, Any] = {
    "checks": {Check.ANSWER_CORRECT: CheckAnswer.YES, Check.UNSAFE: CheckAnswer.NO},
    "criteria": (EDIT,),
    "flags": (FLAG,),
    "added_claims": (AddedClaim(text="The kidneys are encased.", verdict=Verdict.SUPPORTED),),
    "added_criteria": (AddedCriterion(text="Mentions BRAF testing", points=0.5),),
    "proposals": Proposals(answer="Erdheim-Chester disease, BRAF-mutated"),
}


def test_who_says_what_gold_says_agrees_on_every_unit() -> None:
    """Claims, checks, fields, criteria, flags and additions."""
    feedback = compare(make_item(), review("dalia", body(**FULL)), gold_of(make_item(), **FULL))
    assert feedback.share == 1.0
    assert feedback.agreed == len(feedback.units) == 11


@pytest.mark.parametrize(
    ("changes", "units"),
    [
        ({"verdict": Verdict.CONTRADICTED}, ["claim:c1", "claim:c2"]),
        ({"checks": {Check.ANSWER_CORRECT: CheckAnswer.NO}}, ["check:answer_correct"]),
        ({"recommendation": Recommendation.REJECT}, ["field:recommendation"]),
        ({"criteria": (EDIT.model_copy(update={"points": 3.0}),)}, ["criterion:k1"]),
        ({"criteria": ()}, ["criterion:k1"]),
        ({"flags": ()}, ["flag:answer_in_text:context"]),
        ({"proposals": Proposals()}, ["field:answer"]),
        ({"proposals": Proposals(answer="Another")}, ["field:answer"]),
    ],
)
def test_each_difference_is_named(changes: dict[str, Any], units: list[str]) -> None:
    """One change to a reading that agrees otherwise."""
    assert differing(gold_of(make_item(), **FULL), **{**FULL, **changes}) == units


def test_additions_meet_when_they_say_nearly_the_same() -> None:
    """At least 80 % similar is the same thing; its verdict must be the same too."""
    gold = gold_of(make_item(), **FULL)
    alike = AddedClaim(text="The kidneys are encased", verdict=Verdict.SUPPORTED)
    assert differing(gold, **{**FULL, "added_claims": (alike,)}) == []
    other = alike.model_copy(update={"verdict": Verdict.CONTRADICTED})
    assert [u[:7] for u in differing(gold, **{**FULL, "added_claims": (other,)})] == ["claim:+"]
    missed = differing(gold, **{**FULL, "added_claims": ()})
    assert [u[:7] for u in missed] == ["claim:+"]
    elsewhere = AddedClaim(text="Quite another thing", verdict=Verdict.SUPPORTED)
    assert len(differing(gold, **{**FULL, "added_claims": (elsewhere,)})) == 2


def test_silence_on_both_sides_is_no_unit() -> None:
    """No flag, no addition, no proposal: only claims, the check, the word and the criteria."""
    feedback = compare(make_item(), review("dalia"), gold_of(make_item()))
    assert [unit.unit for unit in feedback.units] == [
        "claim:c1",
        "claim:c2",
        "check:answer_correct",
        "field:recommendation",
        "criterion:k1",
        "criterion:k2",
    ]


def test_a_check_only_one_side_answered_is_left_out() -> None:
    """Most checks may stay unanswered; that is no mistake."""
    answered = {Check.ANSWER_CORRECT: CheckAnswer.YES, Check.UNSAFE: CheckAnswer.NO}
    assert differing(gold_of(make_item()), checks=answered) == []
    assert differing(gold_of(make_item(), checks=answered)) == []


def test_what_an_adjudicator_removed_or_wrote_anew_means_what_a_reader_would_mean() -> None:
    """Other keys, the same thing: a leak ruled none, a criterion switched off, a new wording."""
    gold = [
        *(u for u in gold_of(make_item()) if u.unit != "criterion:k1"),
        settled("flag:answer_in_text:context", "removed", None),
        settled("criterion:k1", "removed", None),
        settled("field:claim_text:c1", '"It is Erdheim-Chester."', "It is Erdheim-Chester."),
        settled("field:answer", "removed", None),
        settled("claim:+12345678", "removed", None),
    ]
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.WRONG)
    reworded = ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, text="It is Erdheim-Chester.")
    claims = (reworded, ClaimReading(claim_id="c2", verdict=Verdict.SUPPORTED))
    assert differing(gold, claims=claims, criteria=(delete,)) == []
    assert differing(gold, flags=(FLAG,)) == [
        "criterion:k1",
        "flag:answer_in_text:context",
        "field:claim_text:c1",
    ]


def settled(unit: str, key: str, value: Any) -> SettledUnit:
    """Return a unit as an adjudicator left it."""
    return SettledUnit(unit=unit, key=key, value=value, method="adjudicated", votes={})


def test_nothing_of_how_gold_came_about_is_in_the_feedback() -> None:
    """Neither votes nor methods, reasons or names."""
    said = compare(make_item(), review("dalia"), gold_of(make_item())).model_dump_json()
    for word in ("votes", "method", "unanimous", "amara", "benoit", "review-"):
        assert word not in said


@pytest.mark.parametrize(
    ("read", "agreed", "mark", "passed"),
    [(2, 8, 0.8, True), (2, 7, 0.8, False), (1, 10, 0.8, None), (2, 10, None, None)],
)
def test_the_mark_is_passed_or_missed_only_once_all_is_read(
    read: int, agreed: int, mark: float | None, passed: bool | None
) -> None:
    """Without a mark nobody passes or fails."""
    result = CalibrationResult(
        person="amara", items_read=read, items=2, agreed=agreed, units=10, pass_mark=mark
    )
    assert result.passed is passed
