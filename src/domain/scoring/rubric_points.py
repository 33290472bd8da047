"""HealthBench's rules: points of a rubric, the clipped mean, one rater against the others.

Source of every rule: openai/simple-evals, `healthbench_eval.py` and `healthbench_meta_eval.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypedDict

import numpy as np

from src.domain.errors import BadInputError


def rubric_points_score(points_met: Sequence[tuple[float, bool]]) -> float | None:
    """Return the points earned over the points attainable, unclipped (it can be below 0).

    In: (points, met) of each criterion. None without positive points.
    Source: `healthbench_eval.py`, `calculate_score`.
    """
    attainable = sum(points for points, _ in points_met if points > 0)
    if attainable == 0:
        return None
    return sum(points for points, met in points_met if met) / attainable


def clipped_mean(values: Sequence[float]) -> float:
    """Return the mean of the scores, clipped to 0..1 after averaging, not per score.

    An empty list raises BadInputError. Source: `healthbench_eval.py`, `_compute_clipped_stats`.
    """
    if not values:
        raise BadInputError("There is no score to average; give at least one.")
    return float(np.clip(np.mean(values), 0, 1))


class Rate(TypedDict):
    """A share between 0 and 1 and how many pairs of ratings it rests on."""

    n: float
    value: float | None


POSITIVE: Final = "pos"
NEGATIVE: Final = "neg"
BALANCED: Final = "balanced"


def rater_vs_raters(
    self_pred_list: Sequence[bool],
    other_preds_list: Sequence[Sequence[bool]],
    cluster_list: Sequence[str],
    model_or_physician: Literal["model", "physician"],
) -> dict[str, Rate]:
    """Return precision, recall and F1 of one rater per class and balanced, over all pairs.

    Keys are 'pairwise_RATER_MEASURE_CLASS', and the same after 'CLUSTER: ' for each cluster. A
    measure nothing speaks to is left out. Lists of different length raise BadInputError.
    Source: `healthbench_meta_eval.py`, `compute_metrics_for_rater_by_class`.
    """
    if not len(self_pred_list) == len(other_preds_list) == len(cluster_list):
        raise BadInputError("Ratings, other ratings and clusters must be of the same number.")
    pairs: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for own, others, cluster in zip(self_pred_list, other_preds_list, cluster_list, strict=True):
        for scope in ("", f"{cluster}: "):
            pairs[scope] += [(own, other) for other in others]

    rates: dict[str, Rate] = {}
    for scope, scope_pairs in pairs.items():
        for name, rate in _rates(scope_pairs).items():
            rates[f"{scope}pairwise_{model_or_physician}_{name}"] = rate
    return rates


def _rates(pairs: Sequence[tuple[bool, bool]]) -> dict[str, Rate]:
    rates: dict[str, Rate] = {}
    for name, said in ((POSITIVE, True), (NEGATIVE, False)):
        precision = _share([own == other for own, other in pairs if own is said])
        recall = _share([own == other for own, other in pairs if other is said])
        f1 = _f1(precision, recall) if precision and recall else None
        for measure, rate in (("precision", precision), ("recall", recall), ("f1", f1)):
            if rate:
                rates[f"{measure}_{name}"] = rate
    return rates | _balanced(rates)


def _share(agreements: Sequence[bool]) -> Rate | None:
    if not agreements:
        return None
    return Rate(n=len(agreements), value=sum(agreements) / len(agreements))


def _f1(precision: Rate, recall: Rate) -> Rate:
    p, r = precision["value"] or 0.0, recall["value"] or 0.0
    # A pair both sides call positive is in both counts; it is counted once.
    n = precision["n"] + recall["n"] - p * precision["n"]
    return Rate(n=n, value=2 * (p * r) / (p + r) if p or r else 0.0)


def _balanced(rates: Mapping[str, Rate]) -> dict[str, Rate]:
    balanced: dict[str, Rate] = {}
    for measure in ("precision", "recall", "f1"):
        positive = rates.get(f"{measure}_{POSITIVE}")
        negative = rates.get(f"{measure}_{NEGATIVE}")
        if positive and negative:
            total = (positive["value"] or 0.0) + (negative["value"] or 0.0)
            n = positive["n"] + negative["n"]
            balanced[f"{measure}_{BALANCED}"] = Rate(n=n, value=total / 2)
    return balanced
