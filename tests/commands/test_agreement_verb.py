"""`manage.py agreement --ratings FILE`: outside data, checked without a study."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.commands.agreement import in_one_line
from src.domain.agreement import Coefficient
from tests.commands.running import Shell

NAMES = [
    "percent_agreement", "cohen_kappa", "conger_kappa", "fleiss_kappa", "krippendorff_alpha",
    "gwet_ac1", "gwet_ac2", "brennan_prediger",
]  # fmt: skip
GWET = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . .",
    ". 3 3 3 2 3 4 2 2 5 1 3",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Gwet (2014), cac.raw4raters."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a command line without a study."""
    return Shell(tmp_path)


@pytest.fixture
def gwet(tmp_path: Path) -> Path:
    """Write Gwet's four raters as a table."""
    path = tmp_path / "gwet.csv"
    rows = [
        f"{unit},rater {rater},{'' if value == '.' else value}"
        for rater, row in enumerate(GWET)
        for unit, value in enumerate(row.split())
    ]
    path.write_text("unit,rater,value\n" + "\n".join(rows), encoding="utf-8")
    return path


def test_a_table_gets_every_coefficient_with_error_and_interval(shell: Shell, gwet: Path) -> None:
    """No database is needed; what is undefined is null with a note."""
    found = shell.done("agreement", "--ratings", gwet, "--level", "nominal")
    assert [c["name"] for c in found["coefficients"]] == NAMES
    by_name = {c["name"]: c for c in found["coefficients"]}
    ac1 = by_name["gwet_ac1"]
    assert (round(ac1["value"], 5), round(ac1["se"], 5)) == (0.77544, 0.14295)
    assert round(ac1["analytic_low"], 3) == 0.461
    assert ac1["low"] < ac1["value"] <= ac1["high"]
    assert (ac1["units"], ac1["raters"]) == (11, 4)
    cohen = by_name["cohen_kappa"]
    assert (cohen["value"], cohen["low"]) == (None, None)
    assert cohen["note"].startswith("for two raters")
    assert (found["units"], found["raters"], found["readings"]) == (12, 4, 41)
    assert found["categories"] == ["1", "2", "3", "4", "5"]
    assert not (shell.folder / "review.db").exists()


@pytest.mark.parametrize(
    ("level", "alpha"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_goes_by_the_level(shell: Shell, gwet: Path, level: str, alpha: float) -> None:
    """Krippendorff's values."""
    found = shell.done("agreement", "--ratings", gwet, "--level", level)["coefficients"]
    value = next(c["value"] for c in found if c["name"] == "krippendorff_alpha")
    assert round(value, 3) == alpha


def test_weights_categories_and_seed_can_be_chosen(shell: Shell, gwet: Path) -> None:
    """AC2 .914 with quadratic weights; a sixth category changes AC1, not kappa."""
    quadratic = shell.done(
        "agreement", "--ratings", gwet, "--level", "ordinal", "--weights", "quadratic"
    )
    values = {c["name"]: c["value"] for c in quadratic["coefficients"]}
    assert round(values["gwet_ac2"], 3) == 0.914
    plain = shell.done("agreement", "--ratings", gwet, "--seed", "1")
    assert plain == shell.done("agreement", "--ratings", gwet, "--seed", "1")
    assert plain != shell.done("agreement", "--ratings", gwet, "--seed", "2")
    more = shell.done("agreement", "--ratings", gwet, "--seed", "1", "--categories", "1,2,3,4,5,6")
    before, after = (
        {c["name"]: c["value"] for c in found["coefficients"]} for found in (plain, more)
    )
    assert after["gwet_ac1"] > before["gwet_ac1"]
    assert after["fleiss_kappa"] == pytest.approx(before["fleiss_kappa"])


def test_readings_that_are_all_the_same_are_null_with_a_note(shell: Shell, tmp_path: Path) -> None:
    """And not 0, 1 or nan."""
    path = tmp_path / "same.csv"
    path.write_text("unit,rater,value\n1,A,yes\n1,B,yes\n2,A,yes\n2,B,yes\n", encoding="utf-8")
    found = {c["name"]: c for c in shell.done("agreement", "--ratings", path)["coefficients"]}
    assert found["percent_agreement"]["value"] == 1
    for name in NAMES[1:]:
        assert found[name]["value"] is None
        assert found[name]["note"] == "undefined, all identical (agreement 1.00)"


def test_a_bad_table_is_refused_by_line_column_and_rule(shell: Shell, tmp_path: Path) -> None:
    """Status 1, and nothing on standard output but the refusal."""
    path = tmp_path / "bad.csv"
    path.write_text("unit,rater,value\n1,A,1\n1,A,2\n", encoding="utf-8")
    run = shell("agreement", "--ratings", path)
    assert run.status == 1
    assert "bad.csv" in run.data["error"]["message"]
    (problem,) = run.data["error"]["problems"]
    assert (problem["line"], problem["column"], problem["rule"]) == (3, "rater", "rated_twice")


def test_options_that_do_not_fit_together_are_wrong_usage(shell: Shell, gwet: Path) -> None:
    """Status 2; weights that the level does not know are a refusal."""
    assert shell("agreement", "--level", "nominal").status == 2
    assert shell("agreement", "--ratings", gwet, "--round", "first").status == 2
    assert shell("agreement", "--ratings", gwet, "--level", "some").status == 2
    assert shell("agreement", "--ratings", gwet, "--weights", "linear").status == 1
    shown = shell("agreement", "--ratings", gwet, as_json=False)
    assert len(shown.out.splitlines()) == len(NAMES)


def test_a_file_that_is_not_there_is_said_once(shell: Shell) -> None:
    """The refusal and its only problem are the same sentence."""
    run = shell("agreement", "--ratings", shell.folder / "none.csv", as_json=False)
    assert run.status == 1
    assert run.err.count("does not exist") == 1


def test_no_number_is_minus_nothing() -> None:
    """A kappa a rounding error below 0 is 0."""
    found = Coefficient(
        name="cohen_kappa", weights="identity", value=-1e-9, low=-1e-9, high=0.5, units=9, raters=2
    )
    assert in_one_line(found).split()[2:] == ["0.0000", "95", "%", "0.0000", "to", "0.5000"]
