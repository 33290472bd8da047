"""Whether a reader wants a line of the released rubric, and wants it just so."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from src.domain.derivation import SAME_THING, similarity
from src.domain.item import Criterion
from src.domain.review import ReviewBody
from src.domain.rubric import edited


class Opinion(BaseModel, frozen=True, extra="forbid"):
    """What a reader made of a criterion that a release holds."""

    wanted: bool
    """Kept, reworded or added by the reader; False where they deleted it or did not add it."""
    as_released: bool
    """The reader's own version is the released one, or both leave the criterion out."""


def opinion_on(criterion: Criterion, rubric_read: Sequence[Criterion], body: ReviewBody) -> Opinion:
    """Return what a reading says of a released criterion, given the rubric that was read."""
    own = _own_version(criterion, rubric_read, body)
    if own is None:
        return Opinion(wanted=False, as_released=not criterion.active)
    return Opinion(wanted=True, as_released=criterion.active and _same(own, criterion))


def _own_version(
    criterion: Criterion, rubric_read: Sequence[Criterion], body: ReviewBody
) -> Criterion | None:
    """Return the criterion as the reader would have it; None where they would not."""
    read = next((c for c in rubric_read if c.criterion_id == criterion.criterion_id), None)
    if read is None:
        return _added(criterion, body)
    reading = body.criterion(criterion.criterion_id)
    if reading.action == "delete" or (not read.active and reading.action == "keep"):
        return None
    return edited(read, reading) if reading.action == "edit" else read


def _added(criterion: Criterion, body: ReviewBody) -> Criterion | None:
    nearest = max(
        body.added_criteria, key=lambda new: similarity(new.text, criterion.text), default=None
    )
    if nearest is None or similarity(nearest.text, criterion.text) < SAME_THING:
        return None
    shared = {"text", "points", "required", "kind", "maximum"}
    return criterion.model_copy(update=nearest.model_dump(include=shared))


def _same(first: Criterion, second: Criterion) -> bool:
    """Tell whether two versions differ in nothing but their activity."""
    return first.model_copy(update={"active": second.active}) == second
