"""Models, their answers, and the grades on them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from src.domain.canonical import digest

Condition = Literal["full", "baseline", "text", "nodx"]
GradeStatus = Literal["ok", "parse_error", "api_error", "refused"]


class Model(BaseModel, frozen=True, extra="forbid"):
    """A model whose answers are scored."""

    name: str = Field(min_length=1, max_length=200)
    display_name: str = ""
    family: str = ""
    medical: bool = False
    version: str = ""


class Prediction(BaseModel, frozen=True, extra="forbid"):
    """A model's answer to one item, and the visible content it was given."""

    model: str
    item_id: str
    condition: str = "full"
    visible_sha256: str
    sha256: str
    text: str


class Grade(BaseModel, frozen=True, extra="forbid"):
    """A judge's word on one criterion of one prediction: 0 to the criterion's maximum.

    Only status 'ok' is a grade; anything else leaves the criterion unscored and is asked again.
    """

    model: str
    item_id: str
    criterion_id: str
    criterion_sha256: str
    prediction_sha256: str
    judge: str
    value: float | None
    quote: str = ""
    rationale: str = ""
    status: GradeStatus = "ok"
    judge_run: str = ""

    @property
    def key(self) -> str:
        """The content address: the same judge on the same criterion and answer, asked once."""
        return digest(
            [
                self.judge,
                self.judge_run,
                self.criterion_sha256,
                self.item_id,
                self.model,
                self.prediction_sha256,
                self.status,
            ]
        )


class JudgeReply(BaseModel, frozen=True, extra="forbid"):
    """What a judge wrote of a whole answer, for the published measures; None: the call failed.

    It is bound to the answer and to what the judge held it against: another reference answer
    or rubric makes it say nothing.
    """

    model: str
    item_id: str
    prediction_sha256: str
    asked_sha256: str
    judge: str
    text: str | None
