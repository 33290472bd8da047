"""Which images an answer cites, against those that carry the evidence.

Source of every rule: VLMEvalKit at commit e8e78f05, `vlmeval/dataset/mrarebench.py` (v2 T2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from src.domain.scoring.text import Cell

CITED: Final = re.compile(r"\bimage\s*#?\s*(\d+)", re.IGNORECASE)
LABELLED: Final = re.compile(r"(?im)^\s*[\*\-#>\s]*image\s*#?\s*(\d+)\s*\*{0,2}\s*[:\-\)]")
LEADING_LABEL: Final = re.compile(r"\s*\[\s*image\s*(\d+)", re.IGNORECASE)
DIGITS: Final = re.compile(r"\d+")
NO_IDS: Final = frozenset({"", "nan", "none", "null", "[]"})

SELECTION_MEASURES: Final = frozenset(
    {
        "det_image_select_recall",
        "det_image_select_precision",
        "det_image_attribution_offtarget_rate",
    }
)
"""Averaged only over items with more images than decisive ones: there is something to choose."""


def point_image(point: str) -> int | None:
    """Return k when an evidence point begins with '[Image k', else None.

    Source: `_image_token`.
    """
    found = LEADING_LABEL.match(point)
    return int(found.group(1)) if found else None


def parse_image_ids(raw: Cell) -> set[int]:
    """Return every number in a cell of image ids; missing, 'nan', 'none' and '[]' are empty.

    Source: `_parse_image_id_set`.
    """
    text = "" if raw is None else str(raw).strip()
    if text.lower() in NO_IDS:
        return set()
    return {int(digits) for digits in DIGITS.findall(text)}


def cited_images(text: str) -> set[int]:
    """Return the image numbers an answer names anywhere ('Image 3', 'image #3').

    Source: `_referenced_image_ids`.
    """
    return {int(number) for number in CITED.findall(text)}


def labelled_images(text: str) -> set[int]:
    """Return the image numbers used as a label at the start of a line ('**Image 3**:').

    Source: `_labeled_image_ids`.
    """
    return {int(number) for number in LABELLED.findall(text)}


def image_attribution(
    prediction: str, n_images: int, decisive_ids: Iterable[int], supporting_ids: Iterable[int]
) -> dict[str, float]:
    """Return the image measures of one answer, each 0 to 1, beside the count of cited images.

    A measure that is undefined for the item is left out: everything about breadth without
    images, selection without decisive images or valid citations. Never raises.
    Source: `_det_image_attribution_metrics`.
    """
    cited = cited_images(prediction)
    decisive = set(decisive_ids)
    evidence = decisive | set(supporting_ids)
    valid = set(range(1, n_images + 1))

    measures: dict[str, float] = {"det_n_ref_images": len(cited)}
    if valid:
        labelled = labelled_images(prediction)
        measures |= _breadth(cited, labelled, valid, evidence)
    if decisive:
        measures |= _selection(cited, valid, decisive, evidence)
    return measures


def _breadth(
    cited: set[int], labelled: set[int], valid: set[int], evidence: set[int]
) -> dict[str, float]:
    invented = cited - valid
    measures = {
        "det_image_coverage": len(cited & valid) / len(valid),
        "det_image_ref_out_of_range_rate": len(invented) / len(cited) if cited else 0.0,
        "det_image_format_compliance": len(labelled & valid) / len(valid),
    }
    if cited and evidence:
        unsupported = ((cited & valid) - evidence) | invented
        measures["det_image_attribution_hallucination_rate"] = len(unsupported) / len(cited)
    return measures


def _selection(
    cited: set[int], valid: set[int], decisive: set[int], evidence: set[int]
) -> dict[str, float]:
    measures = {"det_image_select_recall": len(cited & decisive) / len(decisive)}
    real = cited & valid if valid else cited
    if real:
        measures["det_image_select_precision"] = len(real & decisive) / len(real)
        measures["det_image_attribution_offtarget_rate"] = len(real - evidence) / len(real)
    return measures
