"""Why readers differed, what each reason asks for, and what the lead made of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from statistics import fmean

from pydantic import BaseModel, Field

MAX_NOTE = 2_000


class Reason(StrEnum):
    """Why the readers differed, as far as the adjudicator can tell."""

    MISSING_CONTEXT = "missing_context"
    AMBIGUOUS_WORDING = "ambiguous_wording"
    RUBRIC_GAP = "rubric_gap"
    READER_SLIP = "reader_slip"
    IMAGE_QUALITY = "image_quality"
    OUTSIDE_OWN_FIELD = "outside_own_field"
    TRUE_CLINICAL_AMBIGUITY = "true_clinical_ambiguity"


class Remedy(StrEnum):
    """What a reason leads to."""

    ITEM_EDIT = "item_edit"
    RUBRIC_EDIT = "rubric_edit"
    GUIDELINE_NOTE = "guideline_note"
    IMAGE_REPLACED = "image_replaced"
    KEPT_AS_AMBIGUOUS = "kept_as_ambiguous"


_ASKS_FOR = {
    Reason.MISSING_CONTEXT: Remedy.ITEM_EDIT,
    Reason.AMBIGUOUS_WORDING: Remedy.ITEM_EDIT,
    Reason.RUBRIC_GAP: Remedy.RUBRIC_EDIT,
    Reason.READER_SLIP: Remedy.GUIDELINE_NOTE,
    Reason.IMAGE_QUALITY: Remedy.IMAGE_REPLACED,
    Reason.OUTSIDE_OWN_FIELD: Remedy.GUIDELINE_NOTE,
    Reason.TRUE_CLINICAL_AMBIGUITY: Remedy.KEPT_AS_AMBIGUOUS,
}
CRITERION = "criterion:"


def remedy_for(reason: Reason, unit: str) -> Remedy:
    """Return what a reason asks for; ambiguous words of a criterion are the rubric's."""
    if reason is Reason.AMBIGUOUS_WORDING and unit.startswith(CRITERION):
        return Remedy.RUBRIC_EDIT
    return _ASKS_FOR[reason]


def is_kept_as_ambiguous(reason: Reason | None, unit: str, remedy: Remedy | None) -> bool:
    """Tell whether the readers' distribution stands beside the value: the lead's word, if given."""
    asked = remedy or (remedy_for(reason, unit) if reason is not None else None)
    return asked is Remedy.KEPT_AS_AMBIGUOUS


class ReasonPlace(BaseModel, frozen=True, extra="forbid"):
    """Where an entry stands in the work list, to turn its pages."""

    item_id: str
    decision_id: str


class ReasonEntry(BaseModel, frozen=True, extra="forbid"):
    """What one decision asks of the lead, and what became of it."""

    decision_id: str
    round: str
    item_id: str
    track: str
    item_version: int
    rubric_version: int
    unit: str
    reason: Reason
    decided_at: datetime
    after_scores: bool = False
    """True when its author had looked at what the item does to scores."""
    done: bool = False
    remedy: Remedy | None = None
    """What the lead did; None while it is open."""
    note: str = Field(default="", max_length=MAX_NOTE)
    person: str = ""
    """Who said so last, of an entry that was done or opened again."""
    at: datetime | None = None

    @property
    def asks_for(self) -> Remedy:
        """What the reason leads to, unless the lead does something else."""
        return remedy_for(self.reason, self.unit)

    @property
    def place(self) -> ReasonPlace:
        """Where it stands in the list."""
        return ReasonPlace(item_id=self.item_id, decision_id=self.decision_id)


class Reread(BaseModel, frozen=True, extra="forbid"):
    """A unit that was ruled on, and read again in a later version of its item or rubric."""

    reason: Reason
    before: float
    """The share of pairs of readers who agree, 0 to 1."""
    after: float


class FixEffect(BaseModel, frozen=True, extra="forbid"):
    """Agreement on units before and after something was changed, by why the readers differed."""

    reason: Reason
    units: int
    before: float
    after: float


def fix_effects(found: Iterable[Reread]) -> list[FixEffect]:
    """Return the mean agreement before and after, of each reason that has units read twice."""
    every = list(found)
    effects = []
    for reason in Reason:
        own = [one for one in every if one.reason is reason]
        if own:
            before, after = fmean(one.before for one in own), fmean(one.after for one in own)
            effects.append(FixEffect(reason=reason, units=len(own), before=before, after=after))
    return effects
