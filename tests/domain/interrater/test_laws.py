"""What holds for every table of readings, whatever is in it."""

from __future__ import annotations

import krippendorff as independent
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.domain.agreement import IDENTICAL, NO_PAIR, every_coefficient, percent_agreement
from src.domain.errors import BadInputError
from src.domain.interrater.alpha import alpha_by, krippendorff_alpha
from src.domain.interrater.kappas import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
)
from src.domain.interrater.kappas import percent_agreement as percent_statistic
from src.domain.interrater.ratings import Level, Ratings, ratings_of, ratings_of_units
from src.domain.interrater.statistic import Statistic
from src.domain.interrater.weights import agreement_weights, weights_from

OPTIONS = (1, 2, 3, 4)
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")
unhurried = settings(deadline=None, max_examples=40)
"""A busy machine is no failure."""
cells = st.one_of(st.none(), st.sampled_from(OPTIONS))
tables = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(cells, min_size=raters, max_size=raters), min_size=2, max_size=10
    )
)
"""Units x raters, None where a reading is missing."""


def made(table: list[list[int | None]], options: tuple[int, ...] = OPTIONS) -> Ratings:
    """Return a table of readings with its declared values."""
    readings = [
        (unit, rater, value)
        for unit, row in enumerate(table)
        for rater, value in enumerate(row)
        if value is not None
    ]
    return ratings_of(readings, options)


def every_statistic(ratings: Ratings) -> list[Statistic]:
    """Return each coefficient, unweighted and weighted, and alpha on each level."""
    found = [gwet_ac1(ratings)]
    for weighting in ("identity", "linear", "quadratic", "ordinal", "ratio"):
        weights = agreement_weights(weighting, np.arange(1.0, len(ratings.categories) + 1))
        found += [
            percent_statistic(ratings, weights),
            conger_kappa(ratings, weights),
            fleiss_kappa(ratings, weights),
            gwet_ac2(ratings, weights),
            brennan_prediger(ratings, weights),
        ]
        if ratings.raters == 2:
            found.append(cohen_kappa(ratings, weights))
    return found + [krippendorff_alpha(ratings, level) for level in LEVELS]


def numbers(ratings: Ratings) -> list[float]:
    """Return value and error of each coefficient, nan where there is none."""
    found = []
    for statistic in every_statistic(ratings):
        value, error = statistic.value(), statistic.standard_error(ratings.clusters)
        found += [np.nan if value is None else value, np.nan if error is None else error]
    return found


@unhurried
@given(tables, st.randoms(use_true_random=False))
def test_units_and_raters_can_stand_in_any_order(table, chance) -> None:
    """Nothing depends on where a unit or a rater stands."""
    order = list(range(len(table[0])))
    chance.shuffle(order)
    turned = [[row[place] for place in order] for row in table]
    chance.shuffle(turned)
    assert numbers(made(turned)) == pytest.approx(numbers(made(table)), abs=1e-7, nan_ok=True)


@unhurried
@given(tables, st.permutations(OPTIONS))
def test_nominal_coefficients_do_not_know_the_names_of_values(table, names) -> None:
    """Every value can be given another name."""
    renamed = [[None if v is None else names[v - 1] for v in row] for row in table]
    for of in (gwet_ac1, krippendorff_alpha):
        assert same(of(made(table)), of(made(renamed)))
    for of_weights in (conger_kappa, fleiss_kappa, brennan_prediger, percent_statistic):
        exact = np.eye(len(OPTIONS))
        assert same(of_weights(made(table), exact), of_weights(made(renamed), exact))


@unhurried
@given(tables)
def test_ordered_coefficients_read_the_same_from_both_ends(table) -> None:
    """A scale turned round is the same scale; not so at ratio level, which has a zero."""
    turned = [[None if v is None else 5 - v for v in row] for row in table]
    levels: tuple[Level, ...] = ("ordinal", "interval")
    for level in levels:
        assert same(krippendorff_alpha(made(table), level), krippendorff_alpha(made(turned), level))


@unhurried
@given(tables, st.floats(0.001, 1000), st.floats(-100, 100))
def test_interval_alpha_does_not_know_unit_and_zero_of_a_scale(table, unit, zero) -> None:
    """Degrees Celsius and Fahrenheit agree alike."""
    options = tuple(unit * v + zero for v in OPTIONS)
    scaled = [[None if v is None else options[v - 1] for v in row] for row in table]
    here = krippendorff_alpha(made(table), "interval")
    assert same(here, krippendorff_alpha(made(scaled, options), "interval"))


def same(first: Statistic, second: Statistic) -> bool:
    """Say whether two coefficients are the same number, or both none."""
    a, b = first.value(), second.value()
    return (a is None and b is None) or a == pytest.approx(b, abs=1e-6)


@unhurried
@given(tables)
def test_no_coefficient_is_above_1_and_agreement_is_not_below_0(table) -> None:
    """Whatever the readings."""
    found = made(table)
    assert all((s.value() or 0) <= 1 + 1e-12 for s in every_statistic(found))
    percent = percent_statistic(found, np.eye(len(OPTIONS))).value()
    assert percent is None or 0 <= percent <= 1


@unhurried
@given(st.lists(st.sampled_from(OPTIONS), min_size=2, max_size=10), st.integers(2, 4))
def test_perfect_agreement_is_1_or_undefined(values, raters) -> None:
    """1 where values differ between units; without variation alpha and kappa have no value."""
    found = made([[value] * raters for value in values])
    for statistic in every_statistic(found):
        value = statistic.value()
        assert value == pytest.approx(1) or (value is None and len(set(values)) == 1)


@unhurried
@given(tables)
def test_a_rater_who_read_nothing_changes_nothing_but_their_number(table) -> None:
    """Nor does a unit nobody read."""
    more = [[*row, None] for row in table] + [[None] * (len(table[0]) + 1)]
    a = [s.value() for s in every_statistic(made(table)) if s.name != "cohen_kappa"]
    b = [s.value() for s in every_statistic(made(more)) if s.name != "cohen_kappa"]
    assert a == pytest.approx(b)


@unhurried
@given(tables)
def test_percent_agreement_is_one_number_by_two_ways(table) -> None:
    """The fast one for loose units, and the one with errors and intervals."""
    loose = percent_agreement([[v for v in row if v is not None] for row in table]).value
    whole = percent_statistic(made(table), np.eye(len(OPTIONS))).value()
    assert loose == pytest.approx(whole) if loose is not None else whole is None


@unhurried
@given(tables, st.sampled_from(LEVELS))
def test_alpha_is_that_of_an_independent_program(table, level) -> None:
    """The package krippendorff, on every level, wherever it has a value."""
    found = krippendorff_alpha(made(table), level).value()
    pairable = {v for row in table for v in row if sum(c is not None for c in row) > 1 and v}
    if len(pairable) < 2:
        assert found is None
        return
    data = np.array([[np.nan if v is None else v for v in row] for row in table]).T
    expected = independent.alpha(data, level_of_measurement=level, value_domain=list(OPTIONS))
    assert found == pytest.approx(expected, abs=1e-9)


@unhurried
@given(tables)
def test_alpha_by_a_distance_of_ones_own_is_the_alpha_of_its_level(table) -> None:
    """With 0 and 1, nominal; with squared differences, interval."""
    ratings = made(table)
    assert same(alpha_by(ratings, lambda a, b: float(a != b)), krippendorff_alpha(ratings))
    squared = alpha_by(ratings, lambda a, b: (float(str(a)) - float(str(b))) ** 2)
    assert same(squared, krippendorff_alpha(ratings, "interval"))


@pytest.mark.parametrize("level", LEVELS)
def test_readings_that_are_all_the_same_leave_kappa_and_alpha_undefined(level: Level) -> None:
    """They say so; AC1 and Brennan-Prediger are 1, if more values were declared."""
    found = {c.name: c for c in every_coefficient(made([[1, 1], [1, 1]]), level, seed=1)}
    for name in ("cohen_kappa", "conger_kappa", "fleiss_kappa", "krippendorff_alpha"):
        assert (found[name].value, found[name].note) == (None, IDENTICAL)
    for name in ("percent_agreement", "gwet_ac1", "gwet_ac2", "brennan_prediger"):
        assert found[name].value == pytest.approx(1)
    alone = {c.name: c for c in every_coefficient(made([[1, 1], [1, 1]], (1,)), level, seed=1)}
    for name in ("gwet_ac1", "gwet_ac2", "brennan_prediger"):
        assert (alone[name].value, alone[name].note) == (None, IDENTICAL)


@pytest.mark.parametrize("table", [[[1, None], [None, 2]], [[None, None]], []])
def test_without_a_unit_that_two_read_there_is_no_number(table) -> None:
    """And the note says why."""
    found = every_coefficient(made(table), "nominal", seed=1)
    assert {c.value for c in found} == {None}
    assert NO_PAIR in {c.note for c in found}


def test_declared_values_that_nobody_gave_lower_chance_for_ac1_and_brennan_prediger() -> None:
    """So they are to be declared; kappa and alpha do not see them."""
    table: list[list[int | None]] = [[1, 1], [1, 2], [2, 2], [2, 2]]
    few, many = made(table, (1, 2)), made(table, (1, 2, 3, 4))
    assert (gwet_ac1(many).value() or 0) > (gwet_ac1(few).value() or 0)
    assert same(krippendorff_alpha(few), krippendorff_alpha(many))
    assert same(fleiss_kappa(few, np.eye(2)), fleiss_kappa(many, np.eye(4)))


def test_wrong_tables_are_refused_with_the_reason() -> None:
    """A rater twice, an undeclared value, text for a number, a category twice, bad costs."""
    twice = [("u", "amara", 1), ("u", "amara", 1)]
    with pytest.raises(BadInputError, match="'amara' reads the unit 'u' twice"):
        ratings_of(twice)
    with pytest.raises(BadInputError, match="none of the declared"):
        ratings_of([("u", "amara", 3)], (1, 2))
    with pytest.raises(BadInputError, match="declared twice"):
        ratings_of([], (1, 1))
    with pytest.raises(BadInputError, match="no number"):
        krippendorff_alpha(ratings_of_units([["a", "b"]]), "interval")
    with pytest.raises(BadInputError, match="below 0"):
        krippendorff_alpha(ratings_of_units([[-1, 1]]), "ratio")
    with pytest.raises(BadInputError, match="for two raters"):
        cohen_kappa(ratings_of_units([[1, 2, 3]]), np.eye(3))
    with pytest.raises(BadInputError, match="need an order"):
        every_coefficient(made([[1, 2]]), "nominal", weights="linear", seed=1)
    with pytest.raises(BadInputError, match="symmetric"):
        weights_from(np.array([[0.0, 1.0], [2.0, 0.0]]))
    with pytest.raises(BadInputError, match="different values"):
        ratings_of_units([[n, n + 1] for n in range(3000)])
