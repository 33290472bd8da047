"""What the agreement screen calls things, and how it writes a number."""

from __future__ import annotations

from src.domain.agreement import Coefficient
from src.domain.few_cases import LEAST_CASES, marked
from src.domain.plurals import counted
from src.domain.reading_table import ACTIONS
from src.ui import wording

COEFFICIENTS = {
    "percent_agreement": "Agreement",
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "cohen_kappa": "Cohen's kappa",
    "conger_kappa": "Conger's kappa",
    "fleiss_kappa": "Fleiss' kappa",
    "brennan_prediger": "Brennan-Prediger",
}
MEASURES = {
    "box_f1": "Boxes: F1 of pairs that meet (IoU at least 0.5)",
    "mean_iou": "Boxes: mean IoU of the pairs that meet",
    "span_f1": "Marked words: F1 of characters",
    "text_similarity": "New wordings: 1 - edits / length",
    "shared_words": "New wordings: F1 of words",
    "images_masi_alpha": "Images a claim rests on: alpha with the distance of MASI",
    "images_jaccard_alpha": "Images a claim rests on: alpha with the distance of Jaccard",
    "names_masi_alpha": "Further names: alpha with the distance of MASI",
    "names_jaccard_alpha": "Further names: alpha with the distance of Jaccard",
}


def number_words(found: Coefficient, of: str = "unit", items: int = LEAST_CASES) -> str:
    """Return '0.71 (0.64 to 0.78), n = 288 units', or the reason why there is no number.

    Of fewer than five `items` it says so: '..., n = 9 units of 3 items: too few to say'.
    """
    n = f"n = {counted(found.units, of)}"
    if found.value is None:
        return f"{found.note.capitalize()}; {n}"
    few = f" of {counted(items, 'item')}" if items < LEAST_CASES else ""
    return marked(f"{value_words(found)}, {n}{few}", items)


def value_words(found: Coefficient | None) -> str:
    """Return '0.71 (0.64 to 0.78)'; a dash where there is no number."""
    if found is None or found.value is None:
        return "-" if found is None or not found.note else found.note
    low, high = found.low, found.high
    interval = f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else ""
    return f"{found.value:.2f}{interval}".replace("-", "−")


def share_words(found: Coefficient | None) -> str:
    """Return '3.1% (2.2% to 4.0%), n = 288 readings'; empty where there is no such thing."""
    if found is None or found.value is None:
        return ""
    low, high = found.low, found.high
    interval = f" ({low:.1%} to {high:.1%})" if low is not None and high is not None else ""
    return f"{found.value:.1%}{interval}, n = {counted(found.units, 'reading')}"


def value_title(field: str, value: str) -> str:
    """Return what a reader said of a unit of a field, in words."""
    if field == ACTIONS:
        return {"keep": "Keep", "edit": "Edit", "delete": "Delete"}.get(value, value)
    unit = field.replace("claim verdict", "claim:").replace("field ", "field:")
    unit = unit.replace("leakage flag", "flag:").replace("check ", "check:")
    return wording.said(unit, value, None) or value


def unit_words(unit: str) -> str:
    """Return which unit of an item is meant, in short."""
    if unit.startswith("flag:"):
        return wording.leak_title(unit)
    kind, _, name = unit.partition(":")
    return f"Added {kind}" if name.startswith("+") else f"{kind.capitalize()} {name}"
