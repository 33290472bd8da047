"""The compatible mode returns exactly what the reference scorers returned.

Source of the values: tests/vectors/scoring.json, obtained by running VLMEvalKit at commit
e8e78f05 and openai/simple-evals. The file named in SCORING_VECTORS, of the same shape, is run too.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from src.domain.scoring.evaluation import (
    evaluate_crossmodal,
    evaluate_diagnosis,
    evaluate_differential,
    evaluate_evidence,
    evaluate_examination,
    evaluate_treatment,
)
from src.domain.scoring.evidence import evidence_category, hierarchical_required_recall
from src.domain.scoring.image_attribution import image_attribution, parse_image_ids, point_image
from src.domain.scoring.judge_replies import (
    diagnosis_cascade,
    differential_dims,
    evidence_point_verdicts,
    examination_scale,
    rare_candidate,
    yes_no_ratio,
)
from src.domain.scoring.ranked_list import is_hit, parse_ranked_list
from src.domain.scoring.rubric_points import clipped_mean, rater_vs_raters, rubric_points_score
from src.domain.scoring.text import (
    normalize_answer,
    parse_json_list,
    substring_match,
    token_f1,
    token_set_f1,
)
from src.domain.scoring.text_similarity import evidence_text_metrics_tfidf

VECTORS = Path(__file__).parent.parent / "vectors" / "scoring.json"

RULES: dict[str, Callable[..., object]] = {
    "clipped_mean": clipped_mean,
    "diagnosis_cascade": diagnosis_cascade,
    "differential_dims": differential_dims,
    "evaluate_crossmodal": evaluate_crossmodal,
    "evaluate_diagnosis": evaluate_diagnosis,
    "evaluate_differential": evaluate_differential,
    "evaluate_evidence": evaluate_evidence,
    "evaluate_examination": evaluate_examination,
    "evaluate_treatment": evaluate_treatment,
    "evidence_category": evidence_category,
    "evidence_point_verdicts": evidence_point_verdicts,
    "evidence_text_metrics_tfidf": evidence_text_metrics_tfidf,
    "examination_scale": examination_scale,
    "hierarchical_required_recall": hierarchical_required_recall,
    "image_attribution": image_attribution,
    "is_hit": is_hit,
    "normalize_answer": normalize_answer,
    "parse_image_ids": parse_image_ids,
    "parse_json_list": parse_json_list,
    "parse_ranked_list": parse_ranked_list,
    "point_image": point_image,
    "rare_candidate": rare_candidate,
    "rater_vs_raters": rater_vs_raters,
    "rubric_points_score": rubric_points_score,
    "substring_match": substring_match,
    "token_f1": token_f1,
    "token_set_f1": token_set_f1,
    "yes_no_ratio": yes_no_ratio,
}
NOT_YET_BUILT: frozenset[str] = frozenset()
"""Rules the project cannot compute yet; each vector of one is a strict expected failure."""

IN_EXCERPT = {name for name in RULES if name.startswith("evaluate_")} | {"rater_vs_raters"}
"""Rules whose vectors hold only some keys of the result; of the others every key is compared."""

TOLERANCE = {"evidence_text_metrics_tfidf": 1e-6}
"""Rules whose vectors say themselves that floats hold to a tolerance; the others are exact."""


def vectors() -> list[dict[str, object]]:
    files = [VECTORS]
    if extra := os.environ.get("SCORING_VECTORS"):
        files.append(Path(extra))
    return [
        vector
        for file in files
        for vector in json.loads(file.read_text(encoding="utf-8"))["vectors"]
    ]


def as_parameter(vector: dict[str, object]) -> object:
    marks = []
    if vector["rule"] in NOT_YET_BUILT:
        marks.append(pytest.mark.xfail(strict=True, reason=f"{vector['rule']} is not built yet"))
    return pytest.param(vector, id=f"{vector['id']}-{vector['rule']}", marks=marks)


@pytest.mark.parametrize("vector", [as_parameter(vector) for vector in vectors()])
def test_the_compatible_mode_returns_what_the_reference_returned(vector):
    rule = vector["rule"]
    if rule not in RULES:
        pytest.fail(f"No function of ours is named for the rule {rule!r} of {vector['id']!r}.")

    if "expected" not in vector:
        # The reference raises there: dividing by zero, or having nothing to compare with.
        with pytest.raises((ZeroDivisionError, ValueError)):
            RULES[rule](**arguments(vector))
        return

    result = RULES[rule](**arguments(vector))
    difference = first_difference(
        vector["expected"], result, TOLERANCE.get(rule, 0.0), in_excerpt=rule in IN_EXCERPT
    )
    assert difference is None, difference


def arguments(vector: dict[str, object]) -> dict[str, object]:
    """Return the arguments; a judge's reply that is no text stands for a call that failed."""
    args = dict(vector["args"])
    if "judge" in args:
        replies = args["judge"] or []
        args["judge"] = [reply if isinstance(reply, str) else None for reply in replies]
    return args


def first_difference(
    expected: object, result: object, tolerance: float, in_excerpt: bool, at: str = "result"
) -> str | None:
    """Return where a result differs from a vector and how, None when it does not."""
    if isinstance(result, set | frozenset):
        result = sorted(result)
    if isinstance(expected, Mapping) and isinstance(result, Mapping):
        if not in_excerpt and set(expected) != set(result):
            return f"{at} has the keys {sorted(result)}, expected {sorted(expected)}"
        pairs = [(key, value, result.get(key, "absent")) for key, value in expected.items()]
    elif isinstance(expected, list) and isinstance(result, list | tuple):
        if len(expected) != len(result):
            return f"{at} has {len(result)} entries, expected {len(expected)}"
        pairs = [(place, *pair) for place, pair in enumerate(zip(expected, result, strict=True))]
    else:
        same = same_value(expected, result, tolerance)
        return None if same else f"{at} is {result!r}, expected {expected!r}"
    differences = (
        first_difference(value, found, tolerance, in_excerpt, f"{at}[{key!r}]")
        for key, value, found in pairs
    )
    return next((difference for difference in differences if difference), None)


def same_value(expected: object, result: object, tolerance: float) -> bool:
    numbers = isinstance(expected, int | float) and isinstance(result, int | float)
    if not numbers or isinstance(expected, bool) or isinstance(result, bool):
        return type(expected) is type(result) and expected == result
    if math.isnan(expected) or math.isnan(result):
        return math.isnan(expected) and math.isnan(result)
    return expected == result or abs(expected - result) <= tolerance


def test_every_rule_of_the_vectors_is_built_or_named_as_not_built():
    assert not set(RULES) & NOT_YET_BUILT

    given = json.loads(VECTORS.read_text())["vectors"]
    assert {vector["rule"] for vector in given} <= set(RULES) | NOT_YET_BUILT
    assert len({vector["id"] for vector in given}) == len(given) == 128
    raising = [vector["id"] for vector in given if "expected" not in vector]
    assert 0 < len(raising) < 5, "a vector without a value asserts only that the reference raised"


@pytest.mark.parametrize(
    ("expected", "result"),
    [
        (1.0, 1.0000000000000002),
        (True, 1),
        (None, 0.0),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": 1}}, {"a": {}}),
        ("nan", float("nan")),
    ],
)
def test_the_comparison_notices_the_smallest_difference(expected, result):
    assert first_difference(expected, result, tolerance=0.0, in_excerpt=False)


def test_the_comparison_takes_a_set_for_its_sorted_list_and_nan_for_nan():
    assert first_difference([1, 3], {3, 1}, tolerance=0.0, in_excerpt=False) is None
    assert first_difference(math.nan, math.nan, tolerance=0.0, in_excerpt=False) is None
