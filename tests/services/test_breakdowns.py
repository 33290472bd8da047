"""Scores by group, what moved a rank, and who is kin, each worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.verification import verify
from src.domain.errors import BadInputError, NotFoundError
from src.domain.item import Track
from src.domain.prediction import Model
from src.domain.review import CriterionReading, EditReason
from src.domain.scoring.families import family_of, shared_families
from src.services.what_if import Edit
from src.services.workbench import Workbench
from tests.services.test_scoring import EMIL, answer, graded, release_after, store, treatment


def test_groups_of_items_and_of_models_carry_their_n(bench: Workbench, tmp_path: Path) -> None:
    """One item is of CT, two of MRI; the medical model earns everything."""
    modalities = {"001": "CT", "002": "MRI", "003": "MRI"}
    store(bench, tmp_path, [treatment(i, f"case-{i}", modality=m) for i, m in modalities.items()])
    bench.predicting.add_model(EMIL, Model(name="model-m", medical=True))
    for model, third in (("model-a", 0), ("model-m", 1)):
        answer(bench, tmp_path, [graded(i, 1, 1, third, 0) for i in modalities], model)

    found = bench.breakdowns.groups(EMIL, Track.TREATMENT, "modality")
    assert [(g.group, g.who, g.n, g.value) for g in found] == [
        ("MRI", "model-a", 2, 0.5),
        ("MRI", "model-m", 2, 1.0),
        ("CT", "model-a", 1, 0.5),
        ("CT", "model-m", 1, 1.0),
    ]
    models = bench.breakdowns.groups(EMIL, Track.TREATMENT, "family")
    assert [(g.group, g.who, g.n, g.value) for g in models] == [
        ("general", "1 model", 3, 0.5),
        ("medical", "1 model", 3, 1.0),
    ]
    assert {g.group for g in bench.breakdowns.groups(EMIL, Track.TREATMENT, "orpha")} == {
        "no group known"
    }
    assert bench.breakdowns.groups(EMIL, Track.EVIDENCE, "images") == []


def test_a_criterion_whose_change_moved_a_rank_is_named(bench: Workbench, tmp_path: Path) -> None:
    """k3 at 5 points instead of 2 puts b before a; the deleted k4 alone moves nothing."""
    store(bench, tmp_path, [treatment("001")])
    answer(bench, tmp_path, [graded("001", 1, 1, 0, 0)], "model-a")
    answer(bench, tmp_path, [graded("001", 0, 0, 1, 1)], "model-b")
    release_after(
        bench,
        criteria=(
            CriterionReading(criterion_id="k4", action="delete", reason=EditReason.TOO_VAGUE),
            CriterionReading(
                criterion_id="k3", action="edit", points=5.0, reason=EditReason.WEIGHT
            ),
        ),
    )
    found = bench.breakdowns.flips(EMIL, Track.TREATMENT)
    assert [(f.item, f.criterion, f.model, f.rank_without, f.rank) for f in found] == [
        ("test/treatment/001", "k3", "model-a", 1, 2)
    ]


def test_a_measure_or_release_that_is_not_there_is_no_other_one(
    bench: Workbench, tmp_path: Path
) -> None:
    """It is refused by name, as for the scores themselves; groups, flips and what if alike."""
    store(bench, tmp_path, [treatment("001")])
    answer(bench, tmp_path, [graded("001", 1, 1, 0, 0)], "model-a")
    with pytest.raises(BadInputError, match="There is no measure 'nonsense' for 'treatment'"):
        bench.breakdowns.groups(EMIL, Track.TREATMENT, "images", measure="nonsense")
    for release in (0, 99):
        no_such = pytest.raises(NotFoundError, match=f"There is no release {release}")
        with no_such:
            bench.breakdowns.groups(EMIL, Track.TREATMENT, "images", release=release)
        with no_such:
            bench.breakdowns.flips(EMIL, Track.TREATMENT, release=release)
        with no_such:
            bench.what_ifs.item(EMIL, "test/treatment/001", release)
        with no_such:
            bench.what_ifs.on_item(EMIL, "test/treatment/001", Edit(), release=release)
    (group,) = bench.breakdowns.groups(EMIL, Track.TREATMENT, "images", measure="strict_score")
    assert group.value == 0.5


def test_kin_is_told_by_names() -> None:
    """A judge and a model of one family are; a family alone on one side is none."""
    assert family_of("gpt-4o-mini") == family_of("openai/gpt-5") == "GPT"
    assert family_of("MedGemma-27b") == family_of("gemini-3-pro") == "Gemini and Gemma"
    assert family_of("model-a") == ""
    (shared,) = shared_families(["gpt-4o"], ["gpt-5", "qwen3-vl"], ["claude-opus"])
    assert (shared.family, shared.judges, shared.models) == ("GPT", ("gpt-4o",), ("gpt-5",))
    assert shared.words.startswith("Of one family, GPT: judge gpt-4o; model gpt-5.")
    assert shared_families(["gpt-4o"], [], ["gpt-5"])[0].generators == ("gpt-5",)


def test_what_a_model_is_its_name_tells_until_somebody_says_otherwise(
    bench: Workbench, tmp_path: Path
) -> None:
    """Importing again leaves what was said; the groups and the chain follow."""
    store(bench, tmp_path, [treatment("001")])
    for model in ("medgemma-27b", "gpt-4o", "ours-7b"):
        answer(bench, tmp_path, [graded("001", 1, 1, 1, 0)], model)
    assert medical(bench) == {"medgemma-27b": True, "gpt-4o": False, "ours-7b": False}

    said = bench.predicting.describe(EMIL, "ours-7b", medical=True, family="gpt")
    assert (said.medical, said.family, said.display_name) == (True, "GPT", "")
    answer(bench, tmp_path, [graded("001", 1, 1, 0, 0)], "ours-7b")
    assert medical(bench)["ours-7b"]
    groups = bench.breakdowns.groups(EMIL, Track.TREATMENT, "family")
    assert [(g.group, g.who) for g in groups] == [("general", "1 model"), ("medical", "2 models")]
    (kin,) = bench.breakdowns.shared_families(EMIL, "gpt-5")
    assert kin.models == ("gpt-4o", "ours-7b")

    answer(bench, tmp_path, [graded("001", 1, 1, 0, 0)], "ours-7b", medical=False)
    assert not medical(bench)["ours-7b"]
    assert verify(bench.database).intact


def test_nothing_is_said_of_a_model_that_nobody_imported(bench: Workbench) -> None:
    """It is named, and what to do."""
    with pytest.raises(NotFoundError, match="no model 'x': import its answers first"):
        bench.predicting.describe(EMIL, "x", medical=True)


def medical(bench: Workbench) -> dict[str, bool]:
    """Return model -> whether it counts as medical."""
    return {model.name: model.medical for model in bench.predicting.models(EMIL)}
