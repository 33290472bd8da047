"""Error rates by Dawid and Skene: their own data, simulated readers, and no way into gold."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from src.domain.errors import BadInputError
from src.domain.interrater.dawid_skene import ErrorReport, dawid_skene
from tests.domain.interrater.published import ANAESTHETISTS

AS_IN_RATER = Path(__file__).parents[4] / "shared" / "data" / "agreement" / "anesthesia.csv"


@pytest.fixture(scope="module")
def anaesthetists() -> ErrorReport:
    """Give the report on 45 patients, read three times by the first of five observers."""
    return dawid_skene(ANAESTHETISTS, categories=(1, 2, 3, 4))


def likely(report: ErrorReport) -> str:
    """Return the most likely class of each unit."""
    return "".join(report.categories[int(np.argmax(chances))] for chances in report.posterior)


def test_prevalence_and_likelihood_are_the_published_ones(anaesthetists: ErrorReport) -> None:
    """Dawid and Skene (1979): .40, .42, .11, .07; log-likelihood -192.890881."""
    assert [round(p, 2) for p in anaesthetists.prevalence] == [0.40, 0.42, 0.11, 0.07]
    assert anaesthetists.prevalence == pytest.approx((0.3996, 0.4220, 0.1118, 0.0667), abs=5e-5)
    assert anaesthetists.log_likelihood == pytest.approx(-192.890881, abs=5e-6)
    assert anaesthetists.converged


def test_the_first_observers_error_rates_are_the_published_ones(
    anaesthetists: ErrorReport,
) -> None:
    """The observer with three readings of each patient."""
    published = [[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]]
    rates = anaesthetists.raters[0].rates
    assert [[round(rate, 2) for rate in row or ()] for row in rates] == published


def test_the_most_likely_classes_are_the_published_ones(anaesthetists: ErrorReport) -> None:
    """On patients 2 and 36 the majority says otherwise."""
    assert likely(anaesthetists) == "142222132243121111222222112111131224233111212"


@pytest.mark.skipif(
    not AS_IN_RATER.is_file(),
    reason=f"no ratings at {AS_IN_RATER}: they are handed out beside the project",
)
def test_the_file_of_the_package_rater_gives_what_two_other_programs_give() -> None:
    """By dallascard's program and crowd-kit 1.4.2 without its early stop."""
    with AS_IN_RATER.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = dawid_skene(
        [(row["item"], row["rater"], int(float(row["rating"]))) for row in rows], (1, 2, 3, 4)
    )
    assert found.log_likelihood == pytest.approx(-190.7309966, abs=1e-6)
    assert found.prevalence == pytest.approx((0.39997, 0.42158, 0.11179, 0.06667), abs=5e-6)
    assert (found.raters[0].rates[0] or ())[:2] == pytest.approx((0.907, 0.093), abs=5e-4)


def test_simulated_readers_get_the_error_rates_they_were_made_with() -> None:
    """Three readers of known habits on 4,000 units."""
    draw = np.random.default_rng(3)
    habits = [
        [[0.9, 0.1], [0.2, 0.8]],
        [[0.8, 0.2], [0.1, 0.9]],
        [[0.95, 0.05], [0.3, 0.7]],
    ]
    truth = (draw.random(4000) < 0.3).astype(int)
    readings = [
        (unit, rater, int(draw.random() < rates[kind][1]))
        for unit, kind in enumerate(truth)
        for rater, rates in enumerate(habits)
    ]
    found = dawid_skene(readings)
    assert found.prevalence == pytest.approx((0.7, 0.3), abs=0.05)
    for rater, rates in zip(found.raters, habits, strict=True):
        for row, expected in zip(rater.rates, rates, strict=True):
            assert row == pytest.approx(expected, abs=0.07)


def test_readers_in_full_agreement_make_no_errors() -> None:
    """A class nobody gave has no row; missing readings do no harm."""
    found = dawid_skene([(n, r, n % 2) for n in range(6) for r in range(n % 2 + 2)], (0, 1, 2))
    assert found.prevalence == pytest.approx((0.5, 0.5, 0))
    assert found.raters[0].rates == ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), None)
    assert found.raters[2].rates == (None, (0.0, 1.0, 0.0), None)
    assert found.log_likelihood == pytest.approx(6 * np.log(0.5))


def test_what_cannot_be_estimated_is_refused() -> None:
    """No readings; a value that was not declared."""
    with pytest.raises(BadInputError, match="no readings"):
        dawid_skene([])
    with pytest.raises(BadInputError, match="'b' is none of the declared"):
        dawid_skene([(1, 1, "b")], ("a",))
