"""What a paper says of agreement, by the fifteen points of GRRAS.

Kottner et al. (2011), Guidelines for Reporting Reliability and Agreement Studies (GRRAS) were
proposed, Journal of Clinical Epidemiology 64(1), 96-106. The points are put here in our words.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel

from src.domain.agreement import Coefficient


class Table(BaseModel, frozen=True, extra="forbid"):
    """A table of a report: words and numbers as they are to be printed."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


class Point(BaseModel, frozen=True, extra="forbid"):
    """One point: what it asks, what the study knows, and what only its authors know."""

    number: int
    part: str
    asks: str
    facts: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    to_fill: tuple[str, ...] = ()
    """Lines the authors have to write: the program knows nothing of them and invents nothing."""


class GrrasReport(BaseModel, frozen=True, extra="forbid"):
    """All points, and what the numbers were taken from."""

    title: str
    made_at: str
    taken_from: str
    points: tuple[Point, ...]


class Asked(NamedTuple):
    """A point as the guideline asks it."""

    part: str
    asks: str


ASKED: tuple[Asked, ...] = (
    Asked("Title and abstract", "Say there that reliability or agreement was studied, and whose."),
    Asked("Introduction", "Name and describe what was rated with: the instrument."),
    Asked("Introduction", "Say which subjects are meant."),
    Asked("Introduction", "Say which raters are meant."),
    Asked("Introduction", "Say what is known of its agreement, and why it was studied."),
    Asked("Methods", "Explain the numbers of subjects, raters and repeated ratings."),
    Asked("Methods", "Describe how subjects and raters were chosen."),
    Asked("Methods", "Describe the rating: intervals, information given, blinding."),
    Asked("Methods", "Say whether ratings were made independently."),
    Asked("Methods", "Describe the statistics."),
    Asked("Results", "State how many raters, subjects and repeated ratings there were in fact."),
    Asked("Results", "Describe the raters and the subjects."),
    Asked("Results", "Report the estimates with their uncertainty."),
    Asked("Discussion", "Discuss what the results mean in practice."),
    Asked("Supplement", "Give the results in detail where you can."),
)

COEFFICIENTS = {
    "percent_agreement": "Percent agreement",
    "cohen_kappa": "Cohen's kappa",
    "conger_kappa": "Conger's kappa",
    "fleiss_kappa": "Fleiss' kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "brennan_prediger": "Brennan-Prediger",
}


def coefficient_title(name: str) -> str:
    """Return a coefficient's name as a paper prints it."""
    return COEFFICIENTS.get(name, name.replace("_", " ").capitalize())


def number_in_words(found: Coefficient) -> str:
    """Return '0.71 (0.64 to 0.78)', without an interval where there is none, or why no number."""
    if found.value is None:
        return found.note or "undefined"
    if found.low is None or found.high is None:
        return signed(f"{found.value:.2f}")
    return signed(f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})")


def signed(text: str) -> str:
    """Return numbers with a minus sign instead of a hyphen."""
    return text.replace("-", "−")


def share_in_words(value: float | None, interval: tuple[float, float] | None) -> str:
    """Return '85.0 % (64.0 % to 94.8 %)', or a dash where there is nothing to take a share of."""
    if value is None or interval is None:
        return "–"
    low, high = interval
    return f"{100 * value:.1f} % ({100 * low:.1f} % to {100 * high:.1f} %)"
