"""The published measures of one answer that a judge's reply gives, and those of its text.

Source: VLMEvalKit at commit e8e78f05, as `evaluation` states it rule by rule; a mean of these
values over a track's answers is the measure it prints. A failed call (None) is read as the
reference reads it, as zeros (defect D1): here published numbers are checked, not mended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from src.domain.item import Track
from src.domain.prediction import ReplyKind
from src.domain.scoring.evaluation import (
    HIERARCHY_MEASURES,
    Measures,
    evaluate_evidence,
    judged_differential,
    judged_evidence,
)
from src.domain.scoring.evidence import evidence_points
from src.domain.scoring.judge_replies import (
    ZeroDenominatorError,
    diagnosis_cascade,
    examination_scale,
    rare_candidate_ratio,
    yes_no_ratio,
)

TYPE_MATCH: Final = "judge_dim_typematch"
TYPE_MATCH_MAXIMUM: Final = 3.0
OF_ONE_NUMBER: Final[Mapping[Track, tuple[str, Callable[[str], float]]]] = {
    Track.DIAGNOSIS: ("diagnosis_judge_score", diagnosis_cascade),
    Track.TREATMENT: ("treatment_judge_score", yes_no_ratio),
    Track.CROSSMODAL: ("crossmodal_judge_score", yes_no_ratio),
    Track.EXAMINATION: ("examination_judge_score", examination_scale),
}
DIMENSIONS: Final = (
    "judge_avg_score",
    "judge_dim_presence",
    "judge_dim_top1",
    TYPE_MATCH,
    "judge_dim_specificity",
    "judge_dim_coherence",
)
OPTIONAL: Final = "optional_recall"
OF_POINTS: Final = (
    "required_recall",
    "hierarchical_required_recall",
    "full_required_coverage",
    "full_hierarchical_required_coverage",
    OPTIONAL,
    "required_contradiction_rate",
    *HIERARCHY_MEASURES.values(),
)
OF_CANDIDATES: Final = ("rare_candidate_ratio@10",)
"""What a judge of single names says of a ranked list; how rare its entries are, not how right."""
OF_TEXT: Final = (
    "det_required_recall@0.5",
    "det_hierarchical_required_recall",
    "det_optional_recall@0.5",
    "det_image_grounded_recall@0.5",
    "det_grounded_ratio@0.5",
    "det_mean_sent_groundedness",
)
"""What the reference prints first of an evidence answer's text, at its headline threshold."""
JUDGED: Final[Mapping[Track, tuple[str, ...]]] = {
    **{track: (name,) for track, (name, _) in OF_ONE_NUMBER.items()},
    Track.DIFFERENTIAL: DIMENSIONS,
    Track.EVIDENCE: OF_POINTS,
}
"""The measures of each track that need a judge of whole answers, the first one in front."""


def reply_kind(track: Track, measure: str) -> ReplyKind | None:
    """Return which replies a published measure rests on; None for one that needs no judge."""
    if measure in JUDGED[track]:
        return "answer"
    if track is Track.DIFFERENTIAL and measure in OF_CANDIDATES:
        return "candidates"
    return None


def candidate_scores(cell: str | None) -> dict[str, float]:
    """Return what a judge's words on the entries of one list give; a call that failed gives 0."""
    return dict.fromkeys(OF_CANDIDATES, 0.0 if cell is None else rare_candidate_ratio(cell))


def judged_scores(track: Track, reply: str | None, points: str = "") -> dict[str, float]:
    """Return the judge's measures of one answer, each 0 to 1; one that is undefined is left out.

    In: `reply`, None for a failed call; `points`, of the evidence track, as the benchmark's JSON.
    The type match, 0 to 3 in print, is a share of 3.
    """
    if track in OF_ONE_NUMBER:
        name, rule = OF_ONE_NUMBER[track]
        return {name: _number(rule, reply)}
    if track is Track.DIFFERENTIAL:
        dims = _numbers(judged_differential(reply), DIMENSIONS)
        return {**dims, TYPE_MATCH: dims[TYPE_MATCH] / TYPE_MATCH_MAXIMUM}
    stated = evidence_points(points)
    measures = _numbers(judged_evidence(stated, reply), OF_POINTS)
    return {
        name: value
        for name, value in measures.items()
        if (stated.optional if name == OPTIONAL else stated.required)
    }


@lru_cache(maxsize=16_384)
def text_scores(answer: str, points: str, rationale: str) -> Mapping[str, float]:
    """Return how well an evidence answer's sentences fit the points, each 0 to 1, by TF-IDF.

    Kept from before: a page of scores is drawn more often than answers come.
    """
    item = {"index": "0", "acceptable_evidence_points": points, "gold_rationale": rationale}
    found = evaluate_evidence([item], [{"index": "0", "prediction": answer}])
    return MappingProxyType(_numbers(found, OF_TEXT))


def _number(rule: Callable[[str], float], reply: str | None) -> float:
    try:
        return 0.0 if reply is None else rule(reply)
    except ZeroDenominatorError:
        return 0.0


def _numbers(found: Measures, names: tuple[str, ...]) -> dict[str, float]:
    values = {name: found.get(name) for name in names}
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
