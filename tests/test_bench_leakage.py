"""The runner of the leakage benchmark: what counts as found, as a false hit, as a stray."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import bench_leakage
from benchmarks.bench_leakage import Judged, Tally, figures, judged, lies_on, read_seeds
from benchmarks.leakage_planting import KINDS, Planted, PlantedCase
from src.domain.item import CaseRecord, Item, ItemContent, Track
from src.domain.leakage import Hit, Layer, Mention, Method
from src.domain.scan.lexicon import Lexicon

TEXT = "Her notes name Arvella disease on the first page."
START = TEXT.index("Arvella")
END = START + len("Arvella disease")


def hit(start: int = START, end: int = END, **changes: object) -> Hit:
    """Return a hit in the context."""
    values = {
        "hit_id": "0" * 16,
        "layer": Layer.TEXT,
        "field": "context",
        "start": start,
        "end": end,
        "quote": TEXT[start:end],
        "alias": "Arvella disease",
        "method": Method.EXACT,
        "score": 1.0,
        "rule": "answer",
    }
    return Hit.model_validate(values | changes)


def spot(role: str = "leak", kind: str = "exact_name") -> Planted:
    """Return the truth about the name in the context."""
    return Planted(kind, "form", role, Layer.TEXT, "context", None, START, END, TEXT[START:END])


def case(planted: Planted) -> PlantedCase:
    """Return a case that asks for the name in its context."""
    item = Item(
        item_id="planted/diagnosis/1",
        case=CaseRecord(case_id="case-1"),
        track=Track.DIAGNOSIS,
        content=ItemContent(question="What is it?", context=TEXT, answer="Arvella disease"),
    )
    return PlantedCase(item, {}, {}, {}, (planted,))


def test_a_hit_lies_on_a_spot_when_place_and_characters_meet():
    assert lies_on(hit(), spot())
    assert lies_on(hit(START + 3, START + 5), spot())


@pytest.mark.parametrize(
    "other",
    [
        hit(END, END + 3),
        hit(field="question"),
        hit(layer=Layer.NAMES),
    ],
)
def test_a_hit_elsewhere_lies_on_no_spot(other):
    assert not lies_on(other, spot())


def test_a_real_scan_finds_a_name_that_is_planted():
    found = judged(case(spot()), Lexicon([]))

    assert found.is_hit
    assert found.strays == ()


def test_a_hit_beside_what_was_planted_is_a_stray():
    elsewhere = Planted("exact_name", "form", "leak", Layer.TEXT, "question", None, 0, 4, "What")

    found = judged(case(elsewhere), Lexicon([]))

    assert not found.is_hit
    assert len(found.strays) == 1


def test_low_hits_find_no_leak_and_are_counted_apart():
    low = hit(mention=Mention.NEGATED)
    tally = Tally()

    tally.add(Judged(case(spot()), spot(), (low,), ()))
    tally.add(Judged(case(spot()), spot(), (low, hit()), ()))

    assert (tally.recall.part, tally.recall.whole, tally.low_only) == (1, 2, 1)


def test_precision_counts_false_hits_and_strays_against_leaks_found():
    tally = Tally()
    tally.add(Judged(case(spot()), spot(), (hit(), hit()), ()))
    tally.add(Judged(case(spot("near_miss")), spot("near_miss"), (hit(),), (hit(),)))

    assert (tally.precision.part, tally.precision.whole) == (1, 3)
    assert tally.hit == Counter(form=1)


def test_there_is_one_figure_a_kind_one_for_mentions_and_two_totals():
    found = [Judged(case(spot()), spot(), (hit(),), ())]

    lines = list(figures(found, (1,)))

    assert [line["kind"] for line in lines[:16]] == [kind.name for kind in KINDS]
    assert lines[0]["recall"] == 1.0
    assert lines[1]["recall"] is None
    assert lines[16]["kind"] == "mention"
    assert [line["n"] for line in lines[17:]] == [1, 1]


def test_without_an_orphanet_file_one_line_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("RARE_REVIEW_ORPHANET_FILE", str(tmp_path / "absent.tsv"))

    (line,) = bench_leakage.run()

    assert "absent.tsv" in line["skipped"]


def test_seeds_are_read_as_ranges_and_lists():
    assert read_seeds("101-103") == (101, 102, 103)
    assert read_seeds("1,4") == (1, 4)


def test_what_reporting_seeds_miss_is_not_shown(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["bench_leakage", "--show", "--seeds", "101"])

    with pytest.raises(SystemExit):
        bench_leakage.main()

    assert "below 100" in capsys.readouterr().err
