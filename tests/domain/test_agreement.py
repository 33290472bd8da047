"""Percent agreement and alpha against published values, an independent library, and laws."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.domain.agreement import Level, krippendorff_alpha, percent_agreement

OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections C to E."""
FLEISS_1971 = (
    "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 "
    "144444 224445 333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 "
    "111155 224444 133333 555555"
)
"""Fleiss (1971), 30 patients by 6 psychiatrists."""


def units_of(rows: tuple[str, ...]) -> list[list[int]]:
    """Turn observers' rows into the readings of each unit."""
    return [[int(v) for v in unit if v != "."] for unit in zip(*map(str.split, rows), strict=True)]


@pytest.mark.parametrize(
    ("level", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_is_the_published_one_on_every_level(level: Level, published: float) -> None:
    """Krippendorff (2011) gives .743, .815, .849 and .797 on the same twelve units."""
    found = krippendorff_alpha(units_of(OBSERVERS), level).value
    assert found is not None
    assert round(found, 3) == published


def test_alpha_of_two_observers_on_binary_data_is_the_published_one() -> None:
    """Krippendorff (2011), section A: 0.095."""
    first, second = "0100000010", "1110010000"
    found = krippendorff_alpha([list(unit) for unit in zip(first, second, strict=True)]).value
    assert found is not None
    assert round(found, 3) == 0.095


def test_fleiss_data_has_the_published_agreement_and_alpha() -> None:
    """Fleiss (1971): observed agreement .5556; alpha .43341 by irrCAC."""
    units = [list(patient) for patient in FLEISS_1971.split()]
    agreement, alpha = percent_agreement(units).value, krippendorff_alpha(units).value
    assert agreement is not None
    assert alpha is not None
    assert round(agreement, 4) == 0.5556
    assert round(alpha, 5) == 0.43341


def test_alpha_is_undefined_and_says_so_when_all_readings_are_the_same() -> None:
    """No variation: agreement is 1, alpha is no number."""
    found = krippendorff_alpha([["yes", "yes"], ["yes", "yes", "yes"]])
    assert found.value is None
    assert found.note == "undefined, all identical (agreement 1.00)"


def test_units_with_one_reading_count_for_nothing() -> None:
    """A single reading agrees with nobody."""
    assert percent_agreement([["a"], ["a", "b"]]).value == 0.0
    assert percent_agreement([["a"]]).value is None


unhurried = settings(deadline=None, max_examples=100)
"""A busy machine is no failure."""
ratings = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=4), min_size=2, max_size=12)


@unhurried
@given(ratings)
def test_alpha_equals_an_independent_implementation(units: list[list[int]]) -> None:
    """The package krippendorff gives the same value wherever it gives one."""
    width = max(len(unit) for unit in units)
    table = np.array([unit + [np.nan] * (width - len(unit)) for unit in units]).T
    found = krippendorff_alpha(units).value
    pairable = [value for unit in units if len(unit) > 1 for value in unit]
    if len(set(pairable)) < 2:
        assert found is None
        return
    expected = krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")
    assert found == pytest.approx(expected, abs=1e-9)


@unhurried
@given(ratings)
def test_agreement_lies_between_0_and_1_and_does_not_depend_on_order(
    units: list[list[int]],
) -> None:
    """Readers are exchangeable; alpha never exceeds 1."""
    turned = [list(reversed(unit)) for unit in reversed(units)]
    value = percent_agreement(units).value
    assert value is None or 0 <= value <= 1
    again = percent_agreement(turned).value
    assert value == pytest.approx(again) if value is not None else again is None
    alpha = krippendorff_alpha(units).value
    assert alpha is None or alpha <= 1 + 1e-12


def test_any_number_of_different_texts_can_be_compared() -> None:
    """Readers propose texts of their own: 6,000 of them are no table of 6,000 x 6,000."""
    units = [[f"text {n}", f"text {n}" if n % 3 else f"other {n}"] for n in range(6000)]
    found = krippendorff_alpha(units).value
    assert found == pytest.approx(2 / 3, abs=1e-3)


@unhurried
@given(ratings)
def test_alpha_by_counting_is_alpha_by_distances(units: list[list[int]]) -> None:
    """The way for any number of values, and the way that has errors and intervals."""
    found, by_distance = krippendorff_alpha(units), krippendorff_alpha(units, distance=_differ)
    assert found.note == by_distance.note
    assert found.value == (None if by_distance.value is None else pytest.approx(by_distance.value))


def _differ(first: object, second: object) -> float:
    return float(first != second)
