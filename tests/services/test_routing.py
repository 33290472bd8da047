"""Rounds with a rule: majorities become gold, safety and the audit wait for somebody to look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from src.domain.adjudication import CONFIRM
from src.domain.errors import BadInputError, NotAllowedError
from src.domain.evidence import ImageBox
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import (
    Check,
    CheckAnswer,
    ClaimReading,
    CriterionReading,
    EditReason,
    Verdict,
)
from src.domain.round import RoundKind
from src.domain.routing import AUDIT, EVERY_DIFFERENCE, STANDARD
from src.services.adjudicating import Ruling
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items

CHEN, LENA = actor("chen"), actor("lena")
ITEM = "test/diagnosis/000"
READERS = ("amara", "benoit", "dalia")
NO_AUDIT = STANDARD.model_copy(update={"audit_share": 0.0})
ALL_AUDITED = STANDARD.model_copy(update={"audit_share": 1.0})
FLAG = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
DELETE = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.WRONG)


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a study with one item, not yet read."""
    lines = [item_line("000", case="case-0")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    return bench


def ruling(unit: str, chosen: str, **changes: Any) -> Ruling:
    """Return a ruling on a unit of the item."""
    reason = None if chosen == CONFIRM else Reason.READER_SLIP
    given = {"round": "first", "item_id": ITEM, "unit": unit, "chosen": chosen, "reason": reason}
    return Ruling.model_validate({**given, **changes})


def disputed(bench: Workbench) -> dict[str, list[str]]:
    """Return unit -> codes of what waits for an adjudicator."""
    found = bench.adjudicating.disputes(CHEN)
    return {dispute.unit: [reason.value for reason in dispute.reasons] for dispute in found}


def test_a_majority_makes_gold_in_a_round_with_the_standard_rule(study: Workbench) -> None:
    """Two of three delete a criterion: nobody is asked, and gold says how it came to it."""
    open_round(study, persons=READERS, routing=NO_AUDIT)
    read_all(study, "amara", criteria=(DELETE,))
    read_all(study, "benoit", criteria=(DELETE,))
    read_all(study, "dalia")
    assert disputed(study) == {}
    assert study.adjudicating.totals(CHEN) == (0, 0, 0)

    study.releasing.release(LENA)

    [gold] = study.releasing.page(LENA, 1)
    unit = next(unit for unit in gold.body.units if unit.unit == "criterion:k1")
    assert (gold.method, unit.method, sorted(unit.votes.values())) == (
        "majority",
        "majority",
        [1, 2],
    )
    assert [criterion.active for criterion in gold.body.criteria] == [False, True, True]
    assert study.browsing.verify(OPERATOR).problems == ()


def test_the_same_readings_are_a_dispute_where_every_difference_is(study: Workbench) -> None:
    """Also in a round from before there was a rule; the codes say which it was."""
    for name, routing in (("first", None), ("second", EVERY_DIFFERENCE)):
        open_round(study, name, READERS, routing=routing)
        read_all(study, "amara", name, criteria=(DELETE,))
        read_all(study, "benoit", name, criteria=(DELETE,))
        read_all(study, "dalia", name)
    found = [(d.round, d.unit, d.reasons) for d in study.adjudicating.disputes(CHEN)]
    assert found == [
        ("first", "criterion:k1", ("difference",)),
        ("second", "criterion:k1", ("difference",)),
    ]


def test_a_round_takes_the_standard_rule_and_practice_takes_none(study: Workbench) -> None:
    """Unless told otherwise; the rule is stored with the round and proven with it."""
    plan = RoundPlan(name="first", readers=1, persons=("amara",))
    other = STANDARD.model_copy(update={"ordinal_range": 1, "audit_share": 0.2})
    study.assigning.create(LENA, plan.model_copy(update={"name": "before", "routing": other}))
    assert study.assigning.get(LENA, "before").routing == other
    assert study.assigning.create(LENA, plan).routing == STANDARD
    read_all(study, "amara")
    if disputed(study):
        study.adjudicating.decide(CHEN, ruling(AUDIT, CONFIRM))
    study.releasing.release(LENA)
    practice = RoundPlan(name="practice", kind=RoundKind.CALIBRATION, persons=("benoit",))
    assert study.assigning.create(LENA, practice).routing is None
    assert study.browsing.verify(OPERATOR).problems == ()


def test_somebody_looks_at_a_leak_that_all_readers_flag(study: Workbench) -> None:
    """It is on the list until it is ruled on; ruled to be one, it keeps the item out still."""
    open_round(study, routing=NO_AUDIT)
    read_all(study, "amara", flags=(FLAG,))
    read_all(study, "benoit", flags=(FLAG,))
    assert disputed(study) == {FLAG.unit: ["safety"]}
    assert study.adjudicating.totals(CHEN) == (1, 1, 1)
    assert [unit.unit for unit in study.adjudicating.case(CHEN, "first", ITEM).settled].count(
        FLAG.unit
    ) == 0

    study.adjudicating.decide(CHEN, ruling(FLAG.unit, "A"))

    assert disputed(study) == {}
    assert study.adjudicating.totals(CHEN) == (0, 0, 1)
    [left_out] = study.releasing.preview(LENA).left_out
    assert left_out.reason == f"confirmed leak not resolved: {FLAG.unit}"
    study.adjudicating.decide(CHEN, ruling(FLAG.unit, "remove"))
    assert study.releasing.release(LENA).items == 1


def test_harm_that_all_readers_see_is_looked_at(study: Workbench) -> None:
    """Safety is no matter of votes."""
    open_round(study, routing=EVERY_DIFFERENCE)
    checks = {Check.ANSWER_CORRECT: CheckAnswer.YES, Check.UNSAFE: CheckAnswer.YES}
    read_all(study, "amara", checks=checks)
    read_all(study, "benoit", checks=checks)
    assert disputed(study) == {"check:unsafe": ["safety"]}
    with pytest.raises(BadInputError, match="No item is ready"):
        study.releasing.release(LENA)
    study.adjudicating.decide(CHEN, ruling("check:unsafe", "A"))
    assert study.releasing.release(LENA).items == 1


def test_evidence_is_settled_though_the_verdict_is_agreed(study: Workbench) -> None:
    """One reader's boxes, or a value of one's own that lies on the image."""
    open_round(study, routing=NO_AUDIT)
    image = study.browsing.item(OPERATOR, ITEM).item.content.images[0]
    boxes = [ImageBox(sha256=image.sha256, x=x, y=0, width=20, height=20) for x in (0, 60)]
    for reader, box in zip(("amara", "benoit"), boxes, strict=True):
        claim = ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, evidence=(box,))
        read_all(study, reader, claims=(claim,))
    unit = "field:evidence:c1"
    assert disputed(study) == {unit: ["evidence_boxes_differ"]}
    outside = [{**boxes[0].model_dump(), "width": 5_000}]
    with pytest.raises(BadInputError, match="leaves"):
        study.adjudicating.decide(CHEN, ruling(unit, "new", value=outside))

    both = [box.model_dump() for box in boxes]
    study.adjudicating.decide(CHEN, ruling(unit, "merge", value=both))

    study.releasing.release(LENA)
    [gold] = study.releasing.page(LENA, 1)
    assert set(gold.body.claims[0].evidence) == set(boxes)
    assert gold.method == "adjudicated"


def test_an_audited_item_is_gold_once_it_is_confirmed(study: Workbench) -> None:
    """On the list like a dispute; a revision asks anew; no reader of it confirms it."""
    open_round(study, routing=ALL_AUDITED)
    read_all(study, "amara")
    read_all(study, "benoit")
    assert disputed(study) == {AUDIT: ["audit"]}
    assert [line.open_units for line in study.adjudicating.worst_first(CHEN)] == [1]
    [left_out] = study.releasing.preview(LENA).left_out
    assert "audit" in left_out.reason
    case = study.adjudicating.case(CHEN, "first", ITEM)
    assert (case.audit, len(case.settled) > 3) == ("waiting", True)

    study.adjudicating.decide(
        CHEN, ruling(AUDIT, CONFIRM, input_digest=case.disputes[0].input_digest)
    )

    assert disputed(study) == {}
    study.releasing.release(LENA)
    [gold] = study.releasing.page(LENA, 1)
    assert (gold.audit, gold.method) == ("confirmed", "unanimous")
    revise(study, comment="A word mended.")
    assert disputed(study) == {}
    task = study.reviewing.task(actor("amara"), "first", ITEM)
    first, *others = full_reading(task.item).claims
    revise(study, claims=(first.model_copy(update={"note": "Only on image 2."}), *others))
    [dispute] = study.adjudicating.disputes(CHEN)
    assert (dispute.unit, dispute.stale) == (AUDIT, True)
    assert study.browsing.verify(OPERATOR).problems == ()


def revise(bench: Workbench, **changes: Any) -> None:
    """Let amara send another revision of the item."""
    body = full_reading(bench.reviewing.task(actor("amara"), "first", ITEM).item, **changes)
    bench.reviewing.submit(
        actor("amara"),
        "first",
        ITEM,
        body,
        item_version=1,
        idempotency_key=f"again {changes}"[:200],
    )


def test_an_audit_that_finds_something_is_told_in_gold(study: Workbench) -> None:
    """A ruling that differs from what all readers say ends the audit."""
    open_round(study, routing=ALL_AUDITED)
    read_all(study, "amara")
    read_all(study, "benoit")
    study.adjudicating.decide(CHEN, ruling("claim:c1", "new", value="contradicted"))
    assert disputed(study) == {}
    study.releasing.release(LENA)
    [gold] = study.releasing.page(LENA, 1)
    assert (gold.audit, gold.method, gold.body.claims[0].verdict) == (
        "changed",
        "adjudicated",
        "contradicted",
    )


def test_a_ruling_needs_a_reason_and_a_confirmation_has_none(study: Workbench) -> None:
    """Readers who agree have no reason to differ."""
    with pytest.raises(ValidationError, match="reason"):
        ruling("claim:c1", "A", reason=None)
    with pytest.raises(ValidationError, match="reason"):
        ruling(AUDIT, CONFIRM, reason=Reason.READER_SLIP)
    open_round(study, routing=ALL_AUDITED)
    read_all(study, "amara")
    read_all(study, "benoit")
    study.people.set_roles(OPERATOR, "amara", actor("amara").roles | CHEN.roles)
    with pytest.raises(NotAllowedError, match="You read this item"):
        study.adjudicating.decide(study.people.actor("amara"), ruling(AUDIT, CONFIRM))
