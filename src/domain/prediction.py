"""Models, their answers, and the grades on them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from src.domain.canonical import JsonValue, digest

Condition = Literal["full", "baseline", "text", "nodx"]
ReplyKind = Literal["answer", "candidates"]
"""What a judge's reply is about: a whole answer, or each entry of a ranked list by itself."""
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


class JudgeCall(BaseModel, frozen=True, extra="forbid"):
    """One call to a judge, as the ledger keeps it."""

    at: str
    """The moment it began, in UTC."""
    attempt: int
    """1 for the first prompt, 2 for the one after a reply that could not be used."""
    tries: int = 1
    """How often it was sent: again where it failed for a passing reason."""
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False
    """True when the judge did not say how many tokens: then they, and the cost, are the most that
    the texts can have been."""
    cost: float = 0.0
    """USD."""
    latency_ms: int = 0
    """From the first try to the reply, pauses included."""
    prompt_sha256: str = ""
    """Of everything that was sent but the images."""
    raw: str = ""
    """The reply as it came; empty where there was none."""
    fault: str = ""
    """Why it could not be used, in words; empty where it could."""
    left_out: tuple[str, ...] = ()
    """Parameters that the judge does not take."""


class Grade(BaseModel, frozen=True, extra="forbid"):
    """A judge's word on one criterion of one prediction: 0 to the criterion's maximum.

    Only status 'ok' is a grade; anything else leaves the criterion unscored and is asked again.
    What a judge's run makes says how it came about; a grade from a file knows only its judge.
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
    """The run that asked, or 'file:' and the hash of the file it came with."""
    address: str = ""
    """The content address of the question to the judge; empty for a grade from a file."""
    asked_sha256: str = ""
    """Of wording, scale and the reference answer where it was shown; empty from a file."""
    judge_version: str = ""
    """What the judge called itself."""
    parameters: dict[str, JsonValue] = {}
    template_sha256: str = ""
    shown: dict[str, JsonValue] = {}
    """What the judge was shown beside criterion and answer, by hashes."""
    calls: tuple[JudgeCall, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    """USD, of all calls for this grade."""
    latency_ms: int = 0
    attempts: int = 0
    """How often the judge was sent something for this grade, failed tries included."""

    @property
    def key(self) -> str:
        """The row's name: a good grade's address, so that the same question is asked once."""
        if self.address:
            # A field that calls did not have at first is left out: stored keys stay the same.
            made = [call.model_dump(mode="json", exclude={"estimated"}) for call in self.calls]
            is_good = self.status == "ok"
            return self.address if is_good else digest([self.address, self.judge_run, made])
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


class WholeAnswerReply(BaseModel, frozen=True, extra="forbid"):
    """What a judge wrote of a whole answer, for the published measures; None: the call failed.

    It is bound to the answer and to what the judge held it against: another reference answer
    or rubric makes it say nothing. What is said of candidates is bound to the answer alone.
    """

    model: str
    item_id: str
    prediction_sha256: str
    asked_sha256: str
    judge: str
    text: str | None
    kind: ReplyKind = "answer"
