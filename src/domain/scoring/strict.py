"""The strict score of an answer: arithmetic on stored grades, none of the published defects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel, Field

from src.domain.errors import BadInputError
from src.domain.scoring.disease_match import DiseaseMatch

STRICT: Final = "strict_score"
"""What the measure is called in tables; measure_name says it in words."""
NO_POINTS: Final = "no positive points are active"
NEEDS_REVIEW: Final = "waits in the queue of names"
DISEASE_CRITERION: Final = "disease_match"
DISEASE_POINTS: Final = 3.0


def measure_name(measure: str) -> str:
    """Return what a measure is called in words; published ones as they are published."""
    return "strict score" if measure == STRICT else measure


class ScoredCriterion(BaseModel, frozen=True, extra="forbid"):
    """What scoring needs to know of a criterion; negative points mark an error."""

    criterion_id: str = Field(min_length=1)
    points: float = Field(allow_inf_nan=False)
    maximum: int = Field(default=1, ge=1)
    """The highest grade of an ordinal criterion; 1 for one that is met or not."""
    active: bool = True


class Scored(BaseModel, frozen=True, extra="forbid"):
    """A score from 0 to 1, or none and the reason why."""

    value: float | None = Field(default=None, ge=0, le=1)
    reason: str | None = None
    raw: float | None = None
    """Before clipping: below 0 when errors outweigh what was earned."""


def strict_score(criteria: Sequence[ScoredCriterion], grades: Mapping[str, float]) -> Scored:
    """Return the share of the attainable points an answer earned, over active criteria.

    A grade counts as its share of the criterion's maximum. Negative points take away what was
    earned elsewhere. Without positive points, or with a grade missing, there is no score: a
    failed judge call is never a zero. Grades of other criteria are ignored; a grade outside
    0..maximum raises BadInputError.
    """
    _check_ids(criteria)
    active = [criterion for criterion in criteria if criterion.active]
    attainable = math.fsum(criterion.points for criterion in active if criterion.points > 0)
    if attainable == 0:
        return Scored(reason=NO_POINTS)
    missing = sum(criterion.criterion_id not in grades for criterion in active)
    if missing:
        return Scored(reason=_missing_text(missing, len(active)))

    earned = math.fsum(
        criterion.points * _share(criterion, grades[criterion.criterion_id]) for criterion in active
    )
    raw = earned / attainable
    return Scored(value=min(1.0, max(0.0, raw)), raw=raw)


def diagnosis_score(
    criteria: Sequence[ScoredCriterion], grades: Mapping[str, float], match: DiseaseMatch
) -> Scored:
    """Return the strict score of a diagnosis, the explained disease match counting 3 points.

    A match that needs review leaves the answer unscored.
    """
    if match.match is None:
        return Scored(reason=NEEDS_REVIEW)
    disease = ScoredCriterion(criterion_id=DISEASE_CRITERION, points=DISEASE_POINTS)
    return strict_score([disease, *criteria], {**grades, DISEASE_CRITERION: float(match.match)})


def _check_ids(criteria: Sequence[ScoredCriterion]) -> None:
    seen: set[str] = set()
    for criterion in criteria:
        if criterion.criterion_id in seen:
            raise BadInputError(
                f"The criterion {criterion.criterion_id!r} stands twice in the rubric; keep one."
            )
        seen.add(criterion.criterion_id)


def _missing_text(missing: int, total: int) -> str:
    if total == 1:
        return "the only grade is missing"
    return f"{missing} of {total} grades {'is' if missing == 1 else 'are'} missing"


def _share(criterion: ScoredCriterion, grade: float) -> float:
    if not 0 <= grade <= criterion.maximum:
        raise BadInputError(
            f"The grade {grade!r} of criterion {criterion.criterion_id!r} is not between 0 and "
            f"{criterion.maximum}; grade it again."
        )
    return grade / criterion.maximum
