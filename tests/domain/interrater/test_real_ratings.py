"""Real ratings, by clinicians: the same values as two independent programs.

Values: krippendorff 0.9.0, irrCAC 0.4.4 (with the categories declared), nltk 3.10.4,
statsmodels 0.15.0, scikit-learn 1.9.1 and pingouin 0.7.0, two of them for each.
"""

from __future__ import annotations

import csv
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from src.domain.agreement import Coefficient, every_coefficient, krippendorff_alpha
from src.domain.interrater.alpha import krippendorff_alpha as alpha_statistic
from src.domain.interrater.intraclass import Form, intraclass_correlation
from src.domain.interrater.ratings import Level, Ratings, ratings_of
from src.domain.interrater.weights import Distance, Weighting, jaccard_distance, masi_distance

DATA = Path(__file__).parents[4] / "shared" / "data" / "agreement"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no real ratings at {DATA}: they are handed out beside the project"
)


@pytest.fixture(scope="module")
def physicians() -> Ratings:
    """Give whether 260 statements follow from an answer, as three physicians judge (K-QA)."""
    with (DATA / "kqa_nli_three_physicians.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return ratings_of(
        (n, rater, row[f"label_{rater}"]) for n, row in enumerate(rows) for rater in range(3)
    )


def radiologists(scale: str, at_least: int = 1) -> Ratings:
    """Return nodule ratings from 1 to 5 by up to four radiologists (LIDC-IDRI)."""
    with (DATA / "lidc_nodule_ratings.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return ratings_of(
        [
            (row["nodule"], row["reader_slot"], int(row[scale]))
            for row in rows
            if int(row["n_readers"]) >= at_least
        ],
        categories=range(1, 6),
    )


def named(ratings: Ratings, level: Level, weights: Weighting | None) -> dict[str, Coefficient]:
    """Return all coefficients by name."""
    found = every_coefficient(ratings, level, weights=weights, seed=1, resamples=2)
    return {coefficient.name: coefficient for coefficient in found}


def test_three_physicians_on_answers(physicians: Ratings) -> None:
    """irrCAC gives value and error; alpha also krippendorff, Fleiss statsmodels, Conger nltk."""
    expected = {
        "percent_agreement": (0.8435897, None),
        "fleiss_kappa": (0.694418, 0.034032),
        "gwet_ac1": (0.789793, 0.023925),
        "conger_kappa": (0.695866, 0.033549),
        "brennan_prediger": (0.765385, 0.026331),
        "krippendorff_alpha": (0.694810, 0.034032),
    }
    found = named(physicians, "nominal", None)
    for name, (value, error) in expected.items():
        assert found[name].value == pytest.approx(value, abs=1e-6)
        assert error is None or found[name].se == pytest.approx(error, abs=1e-6)


def test_each_pair_of_physicians(physicians: Ratings) -> None:
    """Cohen's kappa by scikit-learn and statsmodels, its error by statsmodels (by n, not n - 1)."""
    expected = {
        (0, 1): (0.650037856, 0.044185941),
        (0, 2): (0.727870813, 0.042614420),
        (1, 2): (0.711890894, 0.041217829),
    }
    for pair in combinations(range(3), 2):
        two = Ratings(physicians.codes[:, pair], physicians.categories, physicians.clusters)
        found = named(two, "nominal", None)["cohen_kappa"]
        value, error = expected[pair]
        assert found.value == pytest.approx(value, abs=1e-8)
        assert found.se == pytest.approx(error * np.sqrt(260 / 259), abs=1e-8)


@pytest.mark.parametrize(
    ("scale", "level", "expected"),
    [
        ("malignancy", "nominal", 0.17642104974),
        ("malignancy", "ordinal", 0.41877747507),
        ("malignancy", "interval", 0.45838704568),
        ("malignancy", "ratio", 0.47071087624),
        ("subtlety", "nominal", 0.14011586847),
        ("subtlety", "ordinal", 0.35358853239),
        ("subtlety", "interval", 0.36264384699),
        ("spiculation", "nominal", 0.14911817649),
        ("spiculation", "ordinal", 0.31672536413),
        ("spiculation", "interval", 0.40121290760),
    ],
)
def test_radiologists_alpha_with_missing_readings(
    scale: str, level: Level, expected: float
) -> None:
    """By krippendorff; nominal and interval by nltk too. 1,782 nodules, 1 to 4 readings each."""
    assert alpha_statistic(radiologists(scale), level).value() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("level", "weights", "expected"),
    [
        (
            "nominal",
            "identity",
            {
                "fleiss_kappa": (0.158577, 0.014924),
                "gwet_ac1": (0.244419, 0.012821),
                "conger_kappa": (0.185328, 0.014433),
                "brennan_prediger": (0.228681, 0.013011),
                "krippendorff_alpha": (0.176421, 0.012933),
            },
        ),
        (
            "interval",
            "quadratic",
            {
                "fleiss_kappa": (0.399896, 0.022226),
                "gwet_ac2": (0.711063, 0.014875),
                "conger_kappa": (0.469025, 0.020061),
                "brennan_prediger": (0.638844, 0.014989),
                "krippendorff_alpha": (0.458387, 0.018241),
            },
        ),
        (
            "ordinal",
            "ordinal",
            {
                "fleiss_kappa": (0.360036, 0.020599),
                "gwet_ac2": (0.661030, 0.014328),
                "conger_kappa": (0.425122, 0.018942),
                "brennan_prediger": (0.588409, 0.014232),
            },
        ),
        (
            "ordinal",
            "linear",
            {
                "fleiss_kappa": (0.279694, 0.017609),
                "gwet_ac2": (0.522053, 0.013114),
                "conger_kappa": (0.332433, 0.016701),
                "brennan_prediger": (0.462322, 0.012958),
            },
        ),
    ],
)
def test_radiologists_on_malignancy(
    level: Level, weights: Weighting, expected: dict[str, tuple[float, float]]
) -> None:
    """irrCAC's values and errors, although most nodules miss readings."""
    found = named(radiologists("malignancy"), level, weights)
    for name, (value, error) in expected.items():
        assert found[name].value == pytest.approx(value, abs=1e-6), name
        assert found[name].se == pytest.approx(error, abs=5e-6), name


def test_nodules_that_four_radiologists_read() -> None:
    """Fleiss' kappa by statsmodels; two of the four by scikit-learn and statsmodels."""
    ratings = radiologists("malignancy", at_least=4)
    assert named(ratings, "nominal", None)["fleiss_kappa"].value == pytest.approx(0.17415406530)
    two = Ratings(ratings.codes[:, :2], ratings.categories, ratings.clusters)
    for weights, value, error in (
        ("quadratic", 0.5629428786, 0.0328876396),
        ("linear", 0.4210990070, 0.0272079873),
        ("identity", 0.2350584762, 0.0260783674),
    ):
        found = named(two, "ordinal", weights)["cohen_kappa"]
        assert found.value == pytest.approx(value, abs=1e-9)
        assert found.se == pytest.approx(error * np.sqrt(598 / 597), abs=1e-8)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("icc_1_1", 0.453538),
        ("icc_2_1", 0.458685),
        ("icc_3_1", 0.476642),
        ("icc_1_k", 0.768508),
        ("icc_2_k", 0.772179),
        ("icc_3_k", 0.784619),
    ],
)
def test_nodules_intraclass_correlation(form: Form, expected: float) -> None:
    """By pingouin, on nodules that four radiologists read."""
    ratings = radiologists("malignancy", at_least=4)
    found = intraclass_correlation(ratings, "interval", form).value()
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("first_only", "distance", "expected"),
    [
        (True, masi_distance, 0.48626887372),
        (True, jaccard_distance, 0.50285181470),
        (False, masi_distance, 0.34543396040),
        (False, jaccard_distance, 0.41994310979),
    ],
)
def test_dermatologists_differentials_as_sets(
    first_only: bool, distance: Distance, expected: float
) -> None:
    """By nltk and irrCAC: 6,319 lists on 1,267 cases, the first group of each or all of it."""
    with (DATA / "dermatology_ddx_readers.jsonl").open(encoding="utf-8") as file:
        cases = [json.loads(line)["readers"] for line in file]
    units = [
        [frozenset(c for group in (reader[:1] if first_only else reader) for c in group)
         for reader in readers]
        for readers in cases
    ]  # fmt: skip
    found = krippendorff_alpha(units, distance=distance)
    assert found.value == pytest.approx(expected, abs=1e-9)
    assert found.units == 1267
