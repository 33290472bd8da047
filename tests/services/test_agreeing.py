"""Agreement of a round: every coefficient over the verdicts on claims, by items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from src.domain.agreement import Coefficient
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.review import CriterionReading, EditReason, Verdict
from src.domain.routing import AUDIT, STANDARD, RouteReason
from src.domain.study_agreement import Scope
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items

LENA = actor("lena")


def overall(bench: Workbench, seed: int = 0) -> dict[str, Coefficient]:
    """Return all coefficients of the round by name."""
    return {found.name: found for found in bench.agreeing.report(LENA, "first", seed=seed).verdicts}


@pytest.fixture
def read_twice(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a round of three items in which the readers differ on every claim."""
    lines = [item_line(f"00{n}", case=f"case-{n}", images=[]) for n in range(3)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    return bench


def test_a_round_has_every_coefficient_of_its_verdicts(read_twice: Workbench) -> None:
    """Six values can be given, so six are declared; two readers are a case for Cohen."""
    found = overall(read_twice)
    percent, cohen, even = (
        found[name] for name in ("percent_agreement", "cohen_kappa", "brennan_prediger")
    )
    assert (percent.value, percent.raters) == (0.0, 2)
    assert cohen.value == 0.0
    assert even.value == pytest.approx((0 - 1 / 6) / (1 - 1 / 6))
    assert (percent.low, percent.high) == (0.0, 0.0)


def test_by_field_and_overall_tell_the_same(read_twice: Workbench) -> None:
    """One number by two ways."""
    verdicts = next(
        f for f in read_twice.agreeing.by_field(LENA, "first") if f.field == "claim verdict"
    )
    found = overall(read_twice)
    for coefficient in verdicts.coefficients:
        assert found[coefficient.name].value == pytest.approx(coefficient.value)
        assert found[coefficient.name].units == coefficient.units


def test_a_round_nobody_has_read_has_no_number(bench: Workbench) -> None:
    """And says why."""
    found = bench.agreeing.report(LENA).verdicts
    assert {coefficient.value for coefficient in found} == {None}
    assert found[0].note == "undefined: no unit has two readings"


def test_units_are_counted_by_how_they_were_settled_and_why_they_went(
    bench: Workbench, tmp_path: Path
) -> None:
    """Of 3 items with 6 units each: one criterion by majority, one flag for safety, open."""
    lines = [item_line(f"00{n}", case=f"case-{n}", images=[]) for n in range(3)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(
        bench,
        persons=("amara", "benoit", "dalia"),
        item_ids=("test/diagnosis/000",),
        routing=STANDARD.model_copy(update={"audit_share": 0.0}),
    )
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.WRONG)
    flag = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
    read_all(bench, "amara", criteria=(delete,), flags=(flag,))
    read_all(bench, "benoit", criteria=(delete,))
    read_all(bench, "dalia")
    found = bench.agreeing.settled(LENA, Scope())
    assert found.methods == {"unanimous": 5, "majority": 1, "open": 1}
    assert found.reasons == {RouteReason.SAFETY: 1}
    assert found.audit.drawn == 0
    assert bench.agreeing.report(LENA, "first").settled == found


def test_the_audit_tells_how_often_it_found_something(bench: Workbench, tmp_path: Path) -> None:
    """Of four items drawn one waits, two are right, one verdict is not: 1 of 3, with Wilson."""
    lines = [item_line(f"00{n}", case=f"case-{n}", images=[]) for n in range(4)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, routing=STANDARD.model_copy(update={"audit_share": 1.0}))
    items = read_all(bench, "amara")
    read_all(bench, "benoit")

    def rule(item_id: str, **said: Any) -> None:
        ruling = Ruling.model_validate({"round": "first", "item_id": item_id, **said})
        bench.adjudicating.decide(actor("chen"), ruling)

    for item_id in items[:2]:
        rule(item_id, unit=AUDIT, chosen="confirm")
    rule(items[2], unit="claim:c1", chosen="new", value="contradicted", reason="reader_slip")
    settled = bench.agreeing.settled(LENA, Scope())
    assert (settled.audit.drawn, settled.audit.waiting) == (4, 1)
    assert (settled.audit.items.part, settled.audit.items.whole) == (1, 3)
    assert settled.audit.items.interval == pytest.approx((0.0615, 0.7923), abs=1e-4)
    assert (settled.audit.units.part, settled.audit.units.whole) == (1, 18)
    assert settled.reasons == {RouteReason.AUDIT: 4}
    assert settled.methods == {"unanimous": 23, "adjudicated": 1, "open": 1}


def test_a_round_counts_no_ruling_of_an_earlier_one_as_its_own(
    bench: Workbench, tmp_path: Path
) -> None:
    """The second round reads the same item: what the first one ruled is settled, not by it."""
    lines = [item_line("000", images=[])]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    audited = STANDARD.model_copy(update={"audit_share": 1.0})
    open_round(bench, routing=STANDARD.model_copy(update={"audit_share": 0.0}))
    [item_id] = read_all(bench, "amara")
    flag = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED, flags=(flag,))
    for unit in ("claim:c1", flag.unit):
        ruling = Ruling.model_validate(
            {"round": "first", "item_id": item_id, "unit": unit, "chosen": "remove"}
            | {"reason": "reader_slip"}
        )
        bench.adjudicating.decide(actor("chen"), ruling)
    open_round(bench, "second", persons=("dalia", "amara"), routing=audited)
    read_all(bench, "dalia", "second")
    read_all(bench, "amara", "second")
    first, second = (bench.agreeing.report(LENA, name).settled for name in ("first", "second"))
    assert first.methods == {"unanimous": 5, "adjudicated": 2}
    assert second.methods == {"unanimous": 5, "ruled_earlier": 1, "open": 1}
    assert second.reasons == {RouteReason.AUDIT: 1}
    bench.adjudicating.decide(
        actor("chen"), Ruling(round="second", item_id=item_id, unit=AUDIT, chosen="confirm")
    )
    settled = bench.agreeing.report(LENA, "second").settled
    assert settled.audit.units.whole == 6, "the flag of the first round is no unit of this one"
