"""What clinicians say of models' answers, criterion by criterion: no judge, model or score seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from src.domain.errors import BadInputError, Problem
from src.domain.item import Criterion

MAX_NOTE = 2_000
"""Characters of a note on one criterion."""


class HumanGrade(BaseModel, frozen=True, extra="forbid"):
    """A clinician's word on one criterion of one answer: 0 to the criterion's maximum.

    None where they could not judge. A later word of the same person supersedes, never edits.
    """

    model: str
    item_id: str
    criterion_id: str
    criterion_sha256: str
    prediction_sha256: str
    person_id: str
    value: float | None = Field(ge=0)
    blind: bool
    """True when the person could see neither the model's name, nor a judge's grade, nor scores."""
    adjudicated: bool | None = None
    """True when the person was an adjudicator as they said it; None where that was not kept."""
    note: str = ""
    at: datetime


class Word(BaseModel, frozen=True, extra="forbid"):
    """What a clinician has said of one criterion so far, while they grade."""

    value: float | None = Field(default=None, ge=0)
    cannot: bool = False
    """True when they cannot judge it: that is an answer too, and leaves the value empty."""
    note: str = ""

    @property
    def said(self) -> bool:
        """True when it is answered, whether by a value or by 'cannot judge'."""
        return self.cannot or self.value is not None


class GradingBody(BaseModel, frozen=True, extra="forbid"):
    """What a clinician has said of one answer, by criterion."""

    words: dict[str, Word] = {}
    """criterion_id -> word."""

    def word(self, criterion_id: str) -> Word:
        """Return what was said of a criterion; an empty word where nothing was."""
        return self.words.get(criterion_id, Word())

    def with_word(self, criterion_id: str, word: Word) -> GradingBody:
        """Return the body with another word on one criterion."""
        return GradingBody(words={**self.words, criterion_id: word})


def graded(body: GradingBody, criterion: Criterion, value: float | None) -> GradingBody:
    """Return the body with a value on a criterion; None takes back what was said of it.

    Raises BadInputError for what is no whole step of the criterion's scale.
    """
    if value is not None and value not in range(criterion.maximum + 1):
        raise BadInputError(
            f"{value:g} is no step of this criterion; it goes from 0 to {criterion.maximum}."
        )
    word = body.word(criterion.criterion_id)
    return body.with_word(
        criterion.criterion_id, word.model_copy(update={"value": value, "cannot": False})
    )


def not_judged(body: GradingBody, criterion: Criterion) -> GradingBody:
    """Return the body with 'cannot judge' on a criterion."""
    word = body.word(criterion.criterion_id)
    return body.with_word(
        criterion.criterion_id, word.model_copy(update={"value": None, "cannot": True})
    )


def noted(body: GradingBody, criterion: Criterion, note: str) -> GradingBody:
    """Return the body with a note on a criterion. Raises BadInputError when it is too long."""
    if len(note) > MAX_NOTE:
        raise BadInputError(f"A note can have at most {MAX_NOTE:,} characters. Shorten it.")
    word = body.word(criterion.criterion_id)
    return body.with_word(criterion.criterion_id, word.model_copy(update={"note": note}))


def still_to_grade(body: GradingBody, criteria: Mapping[str, Criterion]) -> list[Problem]:
    """Return a problem for each criterion without a word, and for each word without a criterion."""
    missing = [
        Problem(
            column=criterion_id,
            rule="missing_grade",
            message=f"Criterion {number} is not graded yet.",
        )
        for number, criterion_id in enumerate(criteria, start=1)
        if not body.word(criterion_id).said
    ]
    strange = [
        Problem(
            column=criterion_id,
            rule="unknown_criterion",
            message=f"The rubric has no criterion {criterion_id!r}.",
        )
        for criterion_id in body.words
        if criterion_id not in criteria
    ]
    return [*missing, *strange]
