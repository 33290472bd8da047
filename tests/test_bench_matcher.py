"""The bench of the disease matcher reads real answers' lists, and says so where there are none."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import pytest

from benchmarks import bench_matcher
from benchmarks.bench_matcher import kappa, run


def test_kappa_of_two_raters_is_worked_out_by_hand():
    # 20 + 15 of 50 agree: 0.7; by chance 0.6 * 0.5 + 0.4 * 0.5 = 0.5; kappa 0.4.
    table = Counter({(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15})
    assert kappa(table) == pytest.approx(0.4)


def test_agreement_is_over_what_the_matcher_decides_and_reviews_are_counted_apart(
    tmp_path, monkeypatch
):
    rows = [
        ("Gout", "+1. Gout: x", "P1"),
        ("Gout", "+1. Lupus: x", "P0"),
        ("Gout", "+1. Lupus: x", "P5"),
        ("Pulmonary gout", "+1. Gout: x", "P2"),
        ("Gout", "no list", "P0"),
    ]
    path = tmp_path / "answers.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as out:
        for gold, answer, score in rows:
            row = {"dataset": "d", "case": 1, "model": "m", "gold": f"['{gold}']"}
            out.write(json.dumps({**row, "answer": answer, "score": score}) + "\n")
    monkeypatch.setattr(bench_matcher, "ONTOLOGY", tmp_path / "none.tsv")

    ours, skipped, published = run(path)

    assert (ours["answers"], ours["decided"], ours["review"]) == (4, 3, 1)
    assert ours["agreement"] == pytest.approx(2 / 3, abs=1e-4)
    assert ours["kinds"] == {"judge yes, matcher no": 1, "judge yes, matcher review": 1}
    assert "skipped" in skipped
    assert published["kinds"]["judge yes, matcher no"] == 1


def test_without_the_answers_nothing_is_measured(tmp_path):
    [figure] = run(tmp_path / "none.gz")
    assert "is not there" in str(figure["skipped"])
