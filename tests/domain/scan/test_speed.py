"""The scan is fast enough for a whole benchmark on one core."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from src.domain.item import Item
from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.normal import normalise
from src.domain.scan.scanner import scan
from tests.domain.scan.things import item_of

NOMENCLATURE = Path(__file__).parents[4] / "shared/data/ontology/orphanet_nomenclature.tsv"
ITEMS, LENGTH = 1_756, 6_000
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not NOMENCLATURE.is_file(), reason=f"no names at {NOMENCLATURE}"),
]


def rows() -> list[dict[str, str]]:
    """Return the lines of the nomenclature."""
    with NOMENCLATURE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def lexicon() -> Lexicon:
    """Return all its names and genes."""
    names = [
        Name(text=text, orpha_code=row["orpha_code"], kind="synonym" if place else "term")
        for row in rows()
        for place, text in enumerate([row["preferred_term"], *row["synonyms"].split("; ")])
        if text
    ]
    return Lexicon(
        names, {r["orpha_code"]: tuple(r["genes"].split(";")) for r in rows() if r["genes"]}
    )


def texts() -> list[str]:
    """Return as many texts as the benchmark has items, made of definitions."""
    everything = " ".join(row["definition"] for row in rows())
    everything *= ITEMS * LENGTH // len(everything) + 1
    return [everything[n * LENGTH : (n + 1) * LENGTH] for n in range(ITEMS)]


def items() -> list[Item]:
    """Return the items, each with an answer of its own."""
    known = rows()
    return [
        item_of(row["preferred_term"], text, orpha_code=row["orpha_code"])
        for text, row in zip(texts(), known[:: len(known) // ITEMS], strict=False)
    ]


def test_the_dictionary_reads_five_megabytes_a_second() -> None:
    """Folding included; the bound is of processor time and loose."""
    names, read = lexicon(), texts()
    start = time.process_time()
    found = sum(len(names.find(normalise(text).text)) for text in read)
    seconds = time.process_time() - start
    assert found > ITEMS
    assert sum(map(len, read)) / 1e6 / seconds > 5


def test_all_layers_of_text_take_ten_seconds() -> None:
    """For as many items as the benchmark has, without OCR; loose as well."""
    names, read = lexicon(), items()
    start = time.process_time()
    for item in read:
        scan(item, names)
    assert time.process_time() - start < 15
