"""Agreement of a round: every coefficient over the verdicts on claims, by items."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.agreement import Coefficient
from src.domain.people import OPERATOR
from src.domain.review import Verdict
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
