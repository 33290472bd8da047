"""A judge's word beside a person's: how often it errs, and what a rate would be without."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from statistics import fmean

from pydantic import BaseModel, Field


class Confusion(BaseModel, frozen=True, extra="forbid"):
    """How often a judge and a person said met or not met of the same criterion."""

    true_negatives: int = Field(ge=0)
    false_positives: int = Field(ge=0)
    """The judge says met, the person does not."""
    false_negatives: int = Field(ge=0)
    true_positives: int = Field(ge=0)

    @property
    def sensitivity(self) -> float | None:
        """The share of what people call met that the judge calls met; None without any."""
        return _share(self.true_positives, self.false_negatives)

    @property
    def specificity(self) -> float | None:
        """The share of what people call not met that the judge calls not met."""
        return _share(self.true_negatives, self.false_positives)

    @property
    def macro_f1(self) -> float | None:
        """The mean of the F1 of met and of not met; None where both never say one of them."""
        wrong = self.false_positives + self.false_negatives
        both = [_share(2 * right, wrong) for right in (self.true_positives, self.true_negatives)]
        known = [value for value in both if value is not None]
        return fmean(known) if len(known) == len(both) else None

    @property
    def phi(self) -> float | None:
        """The correlation of the two (Matthews 1975), -1 to 1; None where one is constant."""
        tn, fp = self.true_negatives, self.false_positives
        fn, tp = self.false_negatives, self.true_positives
        below = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        return (tp * tn - fp * fn) / sqrt(below) if below else None


def confusion_of(pairs: Iterable[tuple[bool, bool]]) -> Confusion:
    """Count pairs of (the person says met, the judge says met)."""
    counts = {(said, judged): 0 for said in (False, True) for judged in (False, True)}
    for pair in pairs:
        counts[pair] += 1
    return Confusion(
        true_negatives=counts[False, False],
        false_positives=counts[False, True],
        false_negatives=counts[True, False],
        true_positives=counts[True, True],
    )


def rogan_gladen(judged: float, sensitivity: float, specificity: float) -> float | None:
    """Return the true rate behind a judged one, cut off at 0 and 1.

    (rate + specificity - 1) / (sensitivity + specificity - 1): Rogan and Gladen (1978), American
    Journal of Epidemiology 107(1), 71-76. None for a judge no better than a coin.
    """
    better = sensitivity + specificity - 1
    if better <= 0:
        return None
    return min(1.0, max(0.0, (judged + specificity - 1) / better))


def _share(part: int, other: int) -> float | None:
    return part / (part + other) if part + other else None
