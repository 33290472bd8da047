"""Evidence points of the v2 evidence track: reading them, and the hierarchical recall.

Source of every rule: VLMEvalKit at commit e8e78f05, `vlmeval/dataset/mrarebench.py` (v2 T2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from src.domain.scoring.text import Cell, parse_json_list

NOT_A_WORD: Final = re.compile(r"[^a-z0-9]+")
CROSS: Final = "cross_image_integration"
ATTRIBUTION: Final = "diagnostic_attribution"
BUCKETS: Final = {
    "abstract_modality": "modality",
    "modality": "modality",
    "macroscopic_pattern": "macro_pattern",
    "region_or_field": "macro_pattern",
    "macro_pattern": "macro_pattern",
    "microstructural_pattern": "micro_pattern",
    "micro_pattern": "micro_pattern",
    CROSS: CROSS,
    ATTRIBUTION: ATTRIBUTION,
}
WEIGHTS: Final = {
    "modality": 0.5,
    "macro_pattern": 1.0,
    "micro_pattern": 1.2,
    "other": 1.0,
    CROSS: 2.0,
    ATTRIBUTION: 0.75,
}
VISUAL: Final = frozenset({"modality", "macro_pattern", "micro_pattern", "other"})


@dataclass(frozen=True)
class EvidencePoints:
    """The evidence points of one item, as the judge is shown them, with their categories."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    required_categories: tuple[str, ...] = ()
    optional_categories: tuple[str, ...] = ()


def evidence_category(category: Cell) -> str:
    """Return which of the five layers, or 'other', a category of the benchmark belongs to.

    Source: `MRareBenchEvidenceVerif._category_bucket`.
    """
    name = NOT_A_WORD.sub("_", str(category or "").strip().lower()).strip("_")
    return BUCKETS.get(name, "other")


def evidence_points(cell: Cell) -> EvidencePoints:
    """Return the points of a cell `acceptable_evidence_points`, '[image] point' each.

    Entries that are not objects and blank points are dropped; credit other than 'required' is
    optional. Source: `MRareBenchEvidenceVerif._split_points_with_categories`.
    """
    required: list[tuple[str, str]] = []
    optional: list[tuple[str, str]] = []
    for entry in parse_json_list(cell):
        if not isinstance(entry, dict) or not (text := _field(entry, "point")):
            continue
        image = _field(entry, "image")
        point = f"[{image}] {text}" if image else text
        kind = required if _field(entry, "credit").lower() == "required" else optional
        kind.append((point, evidence_category(entry.get("category", ""))))
    return EvidencePoints(
        required=tuple(point for point, _ in required),
        optional=tuple(point for point, _ in optional),
        required_categories=tuple(category for _, category in required),
        optional_categories=tuple(category for _, category in optional),
    )


def _field(entry: dict[str, object], name: str) -> str:
    return str(entry.get(name, "") or "").strip()


def hierarchical_required_recall(
    req_vec: Sequence[int], req_cats: Sequence[str]
) -> dict[str, float | None] | None:
    """Return the weighted recall, 0 to 1, in which later levels count only on earlier ones.

    Points that join images count when every visual point was hit, attribution when every joining
    one was too. A level without points has no recall (None). None altogether without points, or
    when the two lists differ in length. Source: `_hier_required_score`.
    """
    if not req_vec or len(req_vec) != len(req_cats):
        return None
    hits = [float(int(hit)) for hit in req_vec]
    visual_gate = _gate(hits, req_cats, VISUAL)
    cross_gate = _gate(hits, req_cats, frozenset({CROSS}))
    gates = {CROSS: visual_gate, ATTRIBUTION: visual_gate * cross_gate}

    weights = [WEIGHTS.get(category, 1.0) for category in req_cats]
    gated = [hit * gates.get(category, 1.0) for hit, category in zip(hits, req_cats, strict=True)]
    earned = sum(credit * weight for credit, weight in zip(gated, weights, strict=True))
    return {
        "hierarchical_required_recall": earned / sum(weights),
        "hier_visual_gate": visual_gate,
        "hier_cross_gate": cross_gate,
        "hier_level1_visual_recall": _level_recall(hits, req_cats, 1),
        "hier_level2_cross_recall_raw": _level_recall(hits, req_cats, 2),
        "hier_level2_cross_recall_gated": _level_recall(gated, req_cats, 2),
        "hier_level3_diag_recall_raw": _level_recall(hits, req_cats, 3),
        "hier_level3_diag_recall_gated": _level_recall(gated, req_cats, 3),
    }


def _gate(hits: Sequence[float], categories: Sequence[str], among: frozenset[str]) -> float:
    """Return 1.0 when every point of these categories was hit, also when there is none."""
    pairs = zip(hits, categories, strict=True)
    return float(all(hit == 1 for hit, category in pairs if category in among))


def _level_recall(hits: Sequence[float], categories: Sequence[str], level: int) -> float | None:
    levels = {CROSS: 2, ATTRIBUTION: 3}
    pairs = zip(hits, categories, strict=True)
    chosen = [hit for hit, category in pairs if levels.get(category, 1) == level]
    return float(np.mean(chosen)) if chosen else None
