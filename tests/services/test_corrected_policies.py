"""Corrected scores under policies, samples and errors: judge = people changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from src.domain.item import Criterion, Track
from src.domain.scoring.bases import corrected_models, means_on, view_of
from src.domain.scoring.sheet import Policy
from src.domain.scoring.strict import STRICT
from src.services.workbench import Workbench
from tests.builders import actor, open_round, read_all
from tests.services.test_corrected_scores import ONE, many, only, said, scoring_with
from tests.services.test_scoring import EMIL, answer, graded, store, treatment

ZERO = Policy(abstain="zero")
ERROR = {"key": "must_not-1", "text": "Says no ECG is needed", "points": -1.0}


def test_an_item_left_unanswered_is_a_zero_that_nobody_graded(
    bench: Workbench, tmp_path: Path
) -> None:
    """a answers 60 of 120, and people call half of 30 met: 1/2 of a half, still 30 graded.

    Nobody graded b, whose silence gives it no corrected score either.
    """
    indexes = [f"{n:03}" for n in range(120)]
    store(bench, tmp_path, [treatment(i, f"case-{i}", criteria=ONE) for i in indexes])
    answer(bench, tmp_path, [graded(i, 1) for i in indexes[:60]])
    answer(bench, tmp_path, [graded(i, 1) for i in indexes[:60]], "model-b")
    words = [said(i, "amara", float(int(i) % 2)) for i in indexes[:30]]
    words.append(said("000", "amara", 1.0, "model-b"))

    first, second = scoring_with(bench, words).leaderboard(EMIL, basis="corrected", policy=ZERO)

    assert (first.model, first.graded, first.n) == ("model-a", 30, 120)
    assert first.value == pytest.approx(0.25)
    assert first.human is not None
    assert first.human.value == pytest.approx(0.25)
    assert first.low is not None
    assert first.high is not None
    assert first.low < 0.25 < first.high < 0.5
    assert (second.model, second.value, second.graded) == ("model-b", None, 1)


def test_what_readers_weigh_an_item_by_weighs_it_when_people_correct_the_judge(
    bench: Workbench, tmp_path: Path
) -> None:
    """Judge and people agree on all: 50 met of weight 1/2 and 50 not of weight 1 make 1/3."""
    indexes = many(bench, tmp_path, 100)
    answer(bench, tmp_path, [graded(i, int(int(i) < 50)) for i in indexes], "model-b")
    words = [said(i, "amara", float(int(i) < 50), "model-b") for i in indexes]
    sheets = scoring_with(bench, words)._sheets
    sheet = sheets.of(Track.TREATMENT, None, "strict", "full", sheets.state())
    doubtful = np.arange(100) < 50
    facts = replace(sheet.facts, ambiguous=doubtful, agreed_by=np.where(doubtful, 0.5, 1.0))
    sheet = replace(sheet, facts=facts)
    policy = Policy(ambiguous="weigh")

    means = means_on(sheet, view_of(sheet, "gold", STRICT, policy))
    _, found = corrected_models(sheet, view_of(sheet, "corrected", STRICT, policy), policy)

    assert means.value[1] == pytest.approx(1 / 3)
    assert found.found is not None
    assert found.found.powered.value == pytest.approx(1 / 3)


def test_all_items_are_no_sample_whatever_was_drawn_of_them(
    bench: Workbench, tmp_path: Path
) -> None:
    """8 of 40 items were drawn and are the only ones answered well: 1/5 of all on every basis."""
    indexes = [f"{n:03}" for n in range(40)]
    store(bench, tmp_path, [treatment(i, f"case-{i}", criteria=ONE) for i in indexes])
    open_round(bench, persons=("amara",), sample=8)
    drawn = {item.rsplit("/", 1)[-1] for item in read_all(bench, "amara")}
    answer(bench, tmp_path, [graded(i, int(i in drawn)) for i in indexes])
    bench.releasing.release(actor("lena"))

    for basis in ("gold", "reviewed"):
        row = only(bench.scoring.leaderboard(EMIL, basis=basis))  # type: ignore[arg-type]
        figures = {name: (figure.value, figure.n) for name, figure in row.policies.items()}
        assert figures["all"] == (pytest.approx(0.2), 40), basis
        assert figures["reviewed"] == (pytest.approx(1.0), 8), basis


def test_where_errors_take_points_away_no_plug_in_is_given(
    bench: Workbench, tmp_path: Path
) -> None:
    """Scores that end at 0 are no sum the formula goes through; the corrected one stands."""
    indexes = [f"{n:03}" for n in range(60)]
    store(bench, tmp_path, [treatment(i, f"case-{i}", criteria=[*ONE, ERROR]) for i in indexes])
    answer(bench, tmp_path, [graded(i, int(i) % 2, 1 - int(i) % 2) for i in indexes])
    error = Criterion(criterion_id="k2", text=str(ERROR["text"])).sha256
    words = [said(i, "amara", float(int(i) % 2)) for i in indexes]
    words += [replace(said(i, "amara", 1.0 - int(i) % 2), criterion_sha256=error) for i in indexes]

    row = only(scoring_with(bench, words).leaderboard(EMIL, basis="corrected"))

    assert row.value == pytest.approx(0.5)
    assert row.plug_in is None
