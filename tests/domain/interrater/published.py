"""Tables of readings that were published with the values of their coefficients."""

from __future__ import annotations

from collections.abc import Sequence

from src.domain.interrater.ratings import Ratings, ratings_of


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


def by_rater(*rows: str, categories: Sequence[int] | None = None) -> Ratings:
    """Return the table of raters' rows; '.' or '*' is a missing reading."""
    readings = [
        (unit, rater, int(value))
        for rater, row in enumerate(rows)
        for unit, value in enumerate(row.split())
        if value not in ".*"
    ]
    return ratings_of(readings, categories)


def by_unit(rows: Sequence[str], categories: Sequence[str] | None = None) -> Ratings:
    """Return the table of units' rows, one sign a rater."""
    readings = [(n, rater, v) for n, row in enumerate(rows) for rater, v in enumerate(row)]
    return ratings_of(readings, categories)


def by_count(rows: Sequence[Sequence[int]]) -> Ratings:
    """Return the table of units given as counts by category; raters are places in the count."""
    spread = [[k for k, n in enumerate(row) for _ in range(n)] for row in rows]
    readings = [(n, rater, k) for n, row in enumerate(spread) for rater, k in enumerate(row)]
    return ratings_of(readings, range(len(rows[0])))


def by_table(rows: Sequence[Sequence[int]]) -> Ratings:
    """Return the table of two raters given as counts: rows the first, columns the second."""
    units = [pair for a, row in enumerate(rows) for b, n in enumerate(row) for pair in [(a, b)] * n]
    readings = [(n, rater, k) for n, unit in enumerate(units) for rater, k in enumerate(unit)]
    return ratings_of(readings, range(len(rows)))


KRIPPENDORFF_C = by_rater(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections C to E."""
KRIPPENDORFF_A = by_rater("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
"""Krippendorff (2011), section A: two observers, two values."""
KRIPPENDORFF_B = by_unit(["ab", "aa", "bb", "bb", "db", "cc", "cc", "cc", "ee", "dd", "dd", "ad"])
"""Krippendorff (2011), section B: two observers, five values."""
WIKIPEDIA_ALPHA = by_rater(
    "* * * * * 3 4 1 2 1 1 3 3 * 3",
    "1 * 2 1 3 3 4 3 * * * * * * *",
    "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
)
"""Wikipedia, Krippendorff's alpha: three observers, fifteen units."""
FLEISS_1971 = by_unit(
    words(
        "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444"
        " 222333 144444 224445 333335 111455 111112 224444 133555 555555 244444 224555 114444"
        " 144445 222224 111155 224444 133333 555555"
    )
)
"""Fleiss (1971), Psychological Bulletin 76(5): 30 patients, 6 psychiatrists, 5 diagnoses."""
WIKIPEDIA_FLEISS = by_count(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
)
"""Wikipedia, Fleiss' kappa: ten subjects, fourteen raters."""
GWET_4_RATERS = by_rater(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . .",
    ". 3 3 3 2 3 4 2 2 5 1 3",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Gwet (2014), Handbook of Inter-Rater Reliability; cac.raw4raters of the R package irrCAC."""
GWET_5_OBSERVERS = by_rater(
    "1 1 2 . 0 0 1 1 2 2 . 0 1 3 1",
    "1 1 3 0 0 0 0 . 2 1 1 0 2 3 1",
    "2 0 3 0 0 0 2 2 2 1 0 0 2 2 1",
    ". 1 3 . . . . 0 . 1 0 0 2 2 .",
    "2 . . 0 0 0 1 . 2 . . . . 3 1",
)
"""cac.raw5obser of irrCAC: fifteen subjects, five observers, values 0 to 3."""
GWET_6_RATERS = by_count(
    [
        [int(n) for n in row]
        for row in words(
            "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050"
            " 02031"
        )
    ]
)
"""distrib.6raters of irrCAC: fifteen subjects, six raters, five categories."""
GWET_ABSTRACTORS = by_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
"""cont3x3abstractors of irrCAC: pregnancies as two abstractors classed them."""
COHEN_1968 = by_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
"""Cohen (1960, 1968): 200 patients, two judges, three kinds of disorder."""
COHEN_1968_COSTS = [[0.0, 1.0, 3.0], [1.0, 0.0, 6.0], [3.0, 6.0, 0.0]]
PARADOX = by_table([[118, 5], [2, 0]])
"""High agreement on a rare finding: kappa is below 0."""
SHROUT_FLEISS = by_rater("9 6 8 7 10 6", "2 1 4 1 5 2", "5 3 6 2 6 4", "8 2 8 6 9 7")
"""Shrout and Fleiss (1979), Psychological Bulletin 86(2): six targets, four judges."""
ANAESTHETISTS = [
    (patient, observer, int(row[place]))
    for patient, row in enumerate(
        words(
            "1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223"
            " 4444444 2223343 1111111 2223212 1211111 1112111 1111111 1111111 2222221 2221322"
            " 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121"
            " 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111"
            " 1111111 1212111 2322222 1211111 2222222"
        ),
        start=1,
    )
    for place, observer in enumerate((1, 1, 1, 2, 3, 4, 5))
]
"""Dawid and Skene (1979), Applied Statistics 28(1): the fitness of 45 patients for anaesthesia.

As github.com/dallascard/dawid_skene has the table. The R package rater has 1 1 2 for the first
observer on patient 7, where the published error rates come out only with 1 2 2.
"""
