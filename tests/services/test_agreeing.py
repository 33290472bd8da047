"""Agreement of a round: every coefficient over the verdicts on claims, by items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from db.database import Database
from src.domain.agreement import Coefficient
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.review import CriterionReading, EditReason, Recommendation, Verdict
from src.domain.routing import AUDIT, STANDARD, RouteReason
from src.domain.study_agreement import Scope
from src.services.adjudicating import Ruling
from src.services.agreeing import Agreeing
from src.services.workbench import Workbench
from tests.builders import (
    actor,
    full_reading,
    item_line,
    open_round,
    read_all,
    statements,
    write_items,
)

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


def test_intervals_are_computed_once_and_another_process_finds_them(
    read_twice: Workbench,
) -> None:
    """Kept under what is read now: the values stand without them before, and after a change."""
    bench = read_twice
    verdicts = bench.agreeing.compare(LENA, Scope()).rows[0]
    assert (verdicts.name, verdicts.units, verdicts.items, verdicts.differing) == (
        "claim verdict",
        3,
        3,
        3,
    )
    assert verdicts.coefficients[0].low is None and not bench.agreeing.has_intervals(LENA, Scope())
    bench.agreeing.intervals(LENA, Scope())
    url = bench.database.engine.url.render_as_string(hide_password=False)
    other = Agreeing(Database(url))
    assert other.has_intervals(LENA, Scope())
    percent = other.compare(LENA, Scope()).rows[0].coefficients[0]
    assert (percent.value, percent.low, percent.high) == (0.0, 0.0, 0.0)
    item_id = "test/diagnosis/000"
    item = bench.browsing.item(LENA, item_id).item
    bench.reviewing.submit(
        actor("amara"),
        "first",
        item_id,
        full_reading(item, verdict=Verdict.CONTRADICTED),
        item_version=1,
        idempotency_key="revised",
    )
    assert not other.has_intervals(LENA, Scope())
    assert other.compare(LENA, Scope()).rows[0].coefficients[0].value == pytest.approx(1 / 3)


def test_a_new_reading_costs_that_item_and_no_other(read_twice: Workbench) -> None:
    """Of three items one is read again from what is kept of it."""
    bench = read_twice
    bench.agreeing.compare(LENA, Scope())
    item_id = "test/diagnosis/000"
    item = bench.browsing.item(LENA, item_id).item
    bench.reviewing.submit(
        actor("benoit"),
        "first",
        item_id,
        full_reading(item, verdict=Verdict.NOT_IN_EVIDENCE),
        item_version=1,
        idempotency_key="revised",
    )
    with statements(bench) as ran:
        bench.agreeing.compare(LENA, Scope())
    assert sum("outcome.body" in statement for statement in ran) == 1
    assert not any("FROM review JOIN payload" in statement for statement in ran), "nobody settles"


def test_two_readers_are_compared_by_themselves(read_twice: Workbench) -> None:
    """Rows the first one's, columns the second's; each number opens its units."""
    pair = Scope(pair=("amara", "benoit"))
    found = read_twice.agreeing.confusion(LENA, pair)
    a, b = found.values.index("supported"), found.values.index("contradicted")
    assert (found.counts[a][b], found.counts[b][a], found.pairs) == (3, 0, 3)
    pooled = read_twice.agreeing.confusion(LENA, Scope())
    assert (pooled.counts[a][b], pooled.counts[b][a], pooled.pairs) == (3, 3, 3)
    met = ("supported", "contradicted")
    units = read_twice.agreeing.units(LENA, pair, "claim verdict", met=met)
    assert [item_id for _, item_id, _ in units] == [f"test/diagnosis/00{n}" for n in range(3)]
    assert read_twice.agreeing.units(LENA, pair, "claim verdict", met=met[::-1]) == []
    [row] = read_twice.agreeing.compare(LENA, Scope(), "pair").rows
    cohen = row.get("cohen_kappa")
    assert cohen is not None and cohen.value == 0.0


def test_recommendations_are_ordered_values(bench: Workbench, tmp_path: Path) -> None:
    """A near miss counts in part: Gwet's AC2 is above AC1, alpha is ordinal."""
    lines = [item_line(f"00{n}", case=f"case-{n}", images=[]) for n in range(3)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    read_all(bench, "amara", recommendation=Recommendation.ACCEPT)
    read_all(bench, "benoit", recommendation=Recommendation.ACCEPT_WITH_EDITS, comment="Edit it.")
    rows = {row.name: row for row in bench.agreeing.compare(LENA, Scope()).rows}
    row = rows["field recommendation"]
    first, second = row.get("gwet_ac1"), row.get("gwet_ac2")
    alpha = row.get("krippendorff_alpha")
    assert first and second and alpha
    assert first.value is not None and second.value is not None and first.value < second.value
    assert alpha.weights == "ordinal"
