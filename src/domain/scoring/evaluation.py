"""The published evaluations of whole tracks, from predictions and the judge's replies.

Source: VLMEvalKit at commit e8e78f05, `vlmeval/dataset/mmrarebench.py` (v1) and `mrarebench.py`
(v2), the `evaluate` methods. Rows are the records of the benchmark file (`meta`) and of the
prediction file, matched by `index`; a reply of None is a call that failed, which the reference
scores as zero (defect D1). Without replies only what needs no judge is computed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from src.domain.errors import BadInputError
from src.domain.scoring.evidence import (
    EvidencePoints,
    evidence_points,
    hierarchical_required_recall,
)
from src.domain.scoring.image_attribution import (
    SELECTION_MEASURES,
    image_attribution,
    parse_image_ids,
)
from src.domain.scoring.judge_replies import (
    DIFFERENTIAL_DIMENSIONS,
    diagnosis_cascade,
    differential_dims,
    evidence_point_verdicts,
    examination_scale,
    rare_candidate_ratio,
    yes_no_ratio,
)
from src.domain.scoring.ranked_list import (
    LIST_LENGTH,
    RECALL_DEPTHS,
    first_hit_rank,
    mean,
    mean_rank,
    mean_reciprocal_rank,
    parse_ranked_list,
    recall_at,
)
from src.domain.scoring.text import (
    Cell,
    cell_text,
    gold_list,
    is_missing,
    parse_json_list,
    stripped_gold_list,
    substring_match,
    token_f1,
)
from src.domain.scoring.text_similarity import (
    HEADLINE_THRESHOLD,
    THRESHOLDS,
    evidence_text_metrics_tfidf,
)

Row: TypeAlias = Mapping[str, Cell]
Replies: TypeAlias = Sequence[str | None]
Measures: TypeAlias = dict[str, object]

DIMENSION_NAMES: Final = ("presence", "top1", "typematch", "specificity", "coherence")
TEXT_MEASURES: Final = (
    "det_required_meanmaxsim",
    "det_optional_meanmaxsim",
    "det_mean_sent_groundedness",
    "det_image_grounded_meanmaxsim",
    *(
        f"{name}@{threshold}"
        for threshold in THRESHOLDS
        for name in (
            "det_required_recall",
            "det_optional_recall",
            "det_grounded_ratio",
            "det_image_grounded_recall",
        )
    ),
)
HIERARCHY_MEASURES: Final = {
    "hier_visual_gate": "hier_visual_gate_pass_rate",
    "hier_cross_gate": "hier_cross_gate_pass_rate",
    "hier_level1_visual_recall": "hier_level1_visual_recall",
    "hier_level2_cross_recall_raw": "hier_level2_cross_recall_raw",
    "hier_level2_cross_recall_gated": "hier_level2_cross_recall_gated",
    "hier_level3_diag_recall_raw": "hier_level3_diag_recall_raw",
    "hier_level3_diag_recall_gated": "hier_level3_diag_recall_gated",
}


def _table(rows: Sequence[Row]) -> list[dict[str, Cell]]:
    """Give every row every column of the table, NaN where it has none, as a table reader does."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return [{column: row.get(column, math.nan) for column in columns} for row in rows]


def _by_index(meta: Sequence[Row]) -> dict[str, dict[str, Cell]]:
    """Index the benchmark's rows; the first of several with one index counts."""
    rows: dict[str, dict[str, Cell]] = {}
    for row in _table(meta):
        rows.setdefault(str(row["index"]), row)
    return rows


def _check_replies(judge: Replies, expected: int) -> None:
    if len(judge) != expected:
        raise BadInputError(
            f"There are {len(judge)} judge replies for {expected} predictions to judge; "
            "give one each, None for a call that failed."
        )


def _score(parse: Callable[[str], float], reply: str | None) -> float:
    """Return what the reply is worth; a failed call or one that cannot be read is 0.0 (D1)."""
    try:
        return 0.0 if reply is None else parse(reply)
    except ZeroDivisionError:
        return 0.0


def evaluate_diagnosis(
    meta: Sequence[Row], predictions: Sequence[Row], judge: Replies = ()
) -> Measures:
    """Return `diagnosis_judge_score` (0 to 1), `diagnosis_f1` (0 to 100) and `n_total`.

    A prediction of an unknown index raises BadInputError (IndexError in the reference).
    Source: v1 `MMRarebenchDiagnosis.evaluate`, `_eval_f1_only`.
    """
    items, rows = _by_index(meta), _table(predictions)
    f1: list[float] = []
    for row in rows:
        item = items.get(str(row["index"]))
        if item is None:
            raise BadInputError(
                f"No item has the index {row['index']!r}; leave its prediction out."
            )
        golds = gold_list(item.get("answer", ""), item.get("answer_aliases", ""))
        f1.append(token_f1(golds, cell_text(row["prediction"]).strip()))

    measures: Measures = {"diagnosis_f1": mean(f1) * 100, "n_total": len(rows)}
    if judge:
        _check_replies(judge, len(rows))
        scores = [_score(diagnosis_cascade, reply) for reply in judge]
        measures["diagnosis_judge_score"] = mean(scores)
    return measures


def evaluate_treatment(predictions: Sequence[Row], judge: Replies = ()) -> Measures:
    """Return `treatment_judge_score` (0 to 1) and `n_total`; without judge `substring_match`.

    Source: v1 `MMRarebenchTreatment.evaluate`, `_fallback_evaluate`.
    """
    return _evaluate_by_judge("treatment", yes_no_ratio, predictions, judge)


def evaluate_crossmodal(predictions: Sequence[Row], judge: Replies = ()) -> Measures:
    """Return `crossmodal_judge_score` (0 to 1) and `n_total`; without judge `substring_match`.

    Source: v1 `MMRarebenchCrossmodal.evaluate`, `_fallback_evaluate`.
    """
    return _evaluate_by_judge("crossmodal", yes_no_ratio, predictions, judge)


def evaluate_examination(predictions: Sequence[Row], judge: Replies = ()) -> Measures:
    """Return `examination_judge_score` (0 to 1) and `n_total`; without judge `substring_match`.

    Source: v1 `MMRarebenchExamination.evaluate`, `_fallback_evaluate`.
    """
    return _evaluate_by_judge("examination", examination_scale, predictions, judge)


def _evaluate_by_judge(
    track: str, parse: Callable[[str], float], predictions: Sequence[Row], judge: Replies
) -> Measures:
    if not judge:
        return _substring_share(predictions)
    _check_replies(judge, len(predictions))
    scores = [_score(parse, reply) for reply in judge]
    # Added from left to right, not by numpy: the last digit depends on it.
    return {f"{track}_judge_score": sum(scores) / len(scores), "n_total": len(predictions)}


def _substring_share(predictions: Sequence[Row]) -> Measures:
    hits = [
        substring_match(cell_text(row["answer"]), cell_text(row["prediction"]))
        for row in _table(predictions)
    ]
    return {"substring_match": sum(hits) / len(hits) if hits else 0.0, "n_total": len(hits)}


def evaluate_differential(
    meta: Sequence[Row],
    predictions: Sequence[Row],
    judge: Replies = (),
    candidates: Replies = (),
) -> Measures:
    """Return the recall and rank measures of ranked lists, and the judge's five dimensions.

    All 0 to 1, but MR (mean rank) and `judge_dim_typematch` (0 to 3). A prediction of an unknown
    index is compared with its own row, as in the reference. `candidates` are what a judge said of
    each entry of each list; they give how many of ten are rare (0 to 10), and the share.
    Source: v2 `MRareBenchDiagnosis.evaluate`, `apply_rare_candidate_judge`.
    """
    items, rows = _by_index(meta), _table(predictions)
    lists = [parse_ranked_list(cell_text(row["prediction"])) for row in rows]
    ranks = [
        first_hit_rank(ranked, _differential_golds(items.get(str(row["index"]), row)))
        for ranked, row in zip(lists, rows, strict=True)
    ]
    found = [float(rank is not None) for rank in ranks]
    measures: Measures = {
        "n_total": len(rows),
        "n_hit": int(sum(found)),
        "hit_rate": mean(found) if rows else 0.0,
        "parse_fail_rate": mean([float(not ranked) for ranked in lists]) if rows else 0.0,
        "MRR": mean_reciprocal_rank(ranks),
        "MR": mean_rank(ranks),
    }
    measures |= {f"recall@{depth}": recall_at(depth, ranks) for depth in RECALL_DEPTHS}
    if judge:
        _check_replies(judge, len(rows))
        measures |= _dimension_means(judge)
    if candidates:
        _check_replies(candidates, len(rows))
        ratios = [0.0 if cell is None else rare_candidate_ratio(cell) for cell in candidates]
        counts = [round(ratio * LIST_LENGTH) for ratio in ratios]
        measures["rare_candidate_count@10_mean"] = mean(counts)
        measures["rare_candidate_ratio@10"] = mean(ratios)
    return measures


def _differential_golds(item: Row) -> list[str]:
    return stripped_gold_list(item.get("answer", ""), item.get("answer_aliases", ""))


def _dimension_means(judge: Replies) -> Measures:
    failed = [0] * DIFFERENTIAL_DIMENSIONS
    dims = np.array(
        [failed if reply is None else differential_dims(reply) for reply in judge], dtype=float
    )
    shares = dims.copy()
    shares[:, 2] = shares[:, 2] / 3.0
    measures: Measures = {"judge_avg_score": float(shares.mean(axis=1).mean())}
    for column, name in enumerate(DIMENSION_NAMES):
        measures[f"judge_dim_{name}"] = float(dims[:, column].mean())
    return measures


def evaluate_evidence(
    meta: Sequence[Row], predictions: Sequence[Row], judge: Replies = ()
) -> Measures:
    """Return the measures of the evidence track: text, images, and the judge's points.

    All 0 to 1 but counts and drops. Text measures use TF-IDF (the reference prefers a sentence
    model where one is installed). One reply for each prediction whose index is known; others
    count in `n_total` only. Source: v2 `MRareBenchEvidenceVerif.evaluate`.
    """
    items, rows = _by_index(meta), _table(predictions)
    known = [
        (items[str(row["index"])], cell_text(row["prediction"]))
        for row in rows
        if str(row["index"]) in items
    ]
    points = [evidence_points(item.get("acceptable_evidence_points", "")) for item, _ in known]
    texts = [
        evidence_text_metrics_tfidf(answer, point.required, point.optional, _rationale(item))
        for (item, answer), point in zip(known, points, strict=True)
    ]
    measures: Measures = {"n_total": len(rows)}
    measures |= _text_means(texts, points)
    measures |= _image_means(known)
    measures |= _text_hierarchy(texts, points, measures)
    if judge:
        _check_replies(judge, len(known))
        task_types = [_task_type(item) for item, _ in known]
        measures |= _judged_points(judge, points, task_types, texts)
    return measures


def _rationale(item: Row) -> str:
    for column in ("gold_rationale", "gold_answer_open"):
        if text := cell_text(item.get(column, "")):
            return text
    return ""


def _task_type(item: Row) -> str:
    cell = item.get("task_type", "")
    return "(blank)" if is_missing(cell) or not str(cell) else str(cell)


def _similarities(text: Measures) -> list[float]:
    values = text["det_required_maxsims"]
    return values if isinstance(values, list) else []


def _text_means(texts: Sequence[Measures], points: Sequence[EvidencePoints]) -> Measures:
    measures: Measures = {"det_backend": texts[0]["det_backend"] if texts else None}
    for name in TEXT_MEASURES:
        values = [text.get(name) for text in texts]
        numbers = [value for value in values if isinstance(value, float)]
        if numbers:
            measures[name] = mean(numbers)

    by_category: dict[str, list[float]] = defaultdict(list)
    for text, point in zip(texts, points, strict=True):
        for category, value in zip(point.required_categories, _similarities(text), strict=False):
            by_category[category].append(value)
    for category, found in sorted(by_category.items()):
        measures[f"det_required_{category}_n_points"] = len(found)
        measures[f"det_required_{category}_meanmaxsim"] = mean(found)
        for threshold in THRESHOLDS:
            share = mean([float(value >= threshold) for value in found])
            measures[f"det_required_{category}_recall@{threshold}"] = share
    return measures


def _image_means(known: Sequence[tuple[Row, str]]) -> Measures:
    values: dict[str, list[float]] = defaultdict(list)
    for item, answer in known:
        images = parse_json_list(item.get("image", "[]")) or parse_json_list(
            item.get("image_path", "[]")
        )
        n_images = sum(1 for image in images if image)
        decisive = parse_image_ids(item.get("decisive_image_ids", ""))
        supporting = parse_image_ids(item.get("supporting_image_ids", ""))
        something_to_choose = bool(decisive) and n_images > len(decisive)
        for name, value in image_attribution(answer, n_images, decisive, supporting).items():
            if name != "det_n_ref_images" and (
                name not in SELECTION_MEASURES or something_to_choose
            ):
                values[name].append(float(value))

    measures: Measures = {
        "n_image_attribution_scored": len(values["det_image_coverage"]),
        "n_image_select_scored_distractor_subset": len(values["det_image_select_recall"]),
    }
    return measures | {name: mean(found) for name, found in values.items() if found}


def _text_hierarchy(
    texts: Sequence[Measures], points: Sequence[EvidencePoints], measures: Measures
) -> Measures:
    recalls: list[float] = []
    for text, point in zip(texts, points, strict=True):
        hits = [int(value >= HEADLINE_THRESHOLD) for value in _similarities(text)]
        hierarchy = hierarchical_required_recall(hits, point.required_categories)
        if hierarchy is not None:
            recalls.append(hierarchy["hierarchical_required_recall"] or 0.0)
    if not recalls:
        return {}
    flat = measures.get(f"det_required_recall@{HEADLINE_THRESHOLD}", 0.0)
    return {
        "det_hierarchical_required_recall": mean(recalls),
        "det_hierarchical_required_recall_drop": (flat if isinstance(flat, float) else 0.0)
        - mean(recalls),
    }


@dataclass(frozen=True)
class _JudgedItem:
    """A judge's verdicts, 0 or 1, on the points of one item."""

    required: list[int]
    optional: list[int]
    contradicted: list[int]


def _judged_item(reply: str | None, points: EvidencePoints) -> _JudgedItem:
    """Cut a reply into its three parts; a failed call is all no (defects D1, D23)."""
    n_required, n_optional = len(points.required), len(points.optional)
    verdicts = evidence_point_verdicts(reply or "", 2 * n_required + n_optional)
    return _JudgedItem(
        required=verdicts[:n_required],
        optional=verdicts[n_required : n_required + n_optional],
        contradicted=verdicts[n_required + n_optional :],
    )


def _judged_points(
    judge: Replies,
    points: Sequence[EvidencePoints],
    task_types: Sequence[str],
    texts: Sequence[Measures],
) -> Measures:
    judged = [_judged_item(reply, point) for reply, point in zip(judge, points, strict=True)]
    scored = [
        line for line in zip(judged, points, task_types, texts, strict=True) if line[0].required
    ]
    recalls = [mean(item.required) for item, _, _, _ in scored]
    optional = [mean(item.optional) for item in judged if item.optional]
    contradicted = [mean(item.contradicted) for item, _, _, _ in scored]
    measures: Measures = {
        "required_recall": mean(recalls) if recalls else 0.0,
        "full_required_coverage": _full_share(recalls),
        "optional_recall": mean(optional) if optional else 0.0,
        "required_contradiction_rate": mean(contradicted) if contradicted else 0.0,
        "n_judged_required": len(recalls),
    }

    by_task: dict[str, list[float]] = defaultdict(list)
    by_category: dict[str, list[float]] = defaultdict(list)
    differences: list[float] = []
    for recall, (item, point, task_type, text) in zip(recalls, scored, strict=True):
        by_task[task_type].append(recall)
        for category, verdict in zip(point.required_categories, item.required, strict=True):
            by_category[category].append(verdict)
        by_text = text.get(f"det_required_recall@{HEADLINE_THRESHOLD}")
        if isinstance(by_text, float):
            differences.append(abs(recall - by_text))
    measures["required_recall_by_task_type"] = _counted_means(by_task)
    measures["required_recall_by_evidence_category"] = _counted_means(
        dict(sorted(by_category.items()))
    )
    if differences:
        measures["judge_vs_det_required_recall_mae"] = mean(differences)
    return measures | _hierarchy_means([(item.required, point) for item, point, _, _ in scored])


def judged_differential(reply: str | None) -> Measures:
    """Return what the judge's reply gives of one ranked list."""
    return _dimension_means([reply])


def judged_evidence(points: EvidencePoints, reply: str | None) -> Measures:
    """Return what the judge's reply alone gives of one evidence answer."""
    return _judged_points([reply], [points], [""], [{}])


def _full_share(recalls: Sequence[float]) -> float:
    return mean([float(recall >= 1.0) for recall in recalls]) if recalls else 0.0


def _counted_means(groups: Mapping[str, Sequence[float]]) -> dict[str, Measures]:
    return {
        name: {"n": len(values), "required_recall": mean(values)} for name, values in groups.items()
    }


def _hierarchy_means(scored: Sequence[tuple[list[int], EvidencePoints]]) -> Measures:
    values: dict[str, list[float]] = defaultdict(list)
    for required, point in scored:
        hierarchy = hierarchical_required_recall(required, point.required_categories) or {}
        for name, value in hierarchy.items():
            if value is not None:
                values[name].append(value)
    gated = values["hierarchical_required_recall"]
    if not gated:
        return {}
    recall = mean([mean(required) for required, _ in scored])
    measures: Measures = {
        "hierarchical_required_recall": mean(gated),
        "hierarchical_required_recall_drop": recall - mean(gated),
        "full_hierarchical_required_coverage": _full_share(gated),
    }
    return measures | {
        published: mean(values[name])
        for name, published in HIERARCHY_MEASURES.items()
        if values[name]
    }
