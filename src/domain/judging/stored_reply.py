"""Replies of a judge that are stored in a file, to be given again."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from src.domain.judging.card import JudgeCard


class RepliesHead(BaseModel, frozen=True, extra="forbid", strict=True):
    """The first line of a file of replies: whose they are."""

    format: Literal["rare-review/judge-replies/1"]
    judge: str = Field(min_length=1, max_length=200)
    version: str = ""

    @property
    def card(self) -> JudgeCard:
        """The judge's card: it costs nothing and sees nothing."""
        return JudgeCard(
            name=self.judge,
            model=self.version,
            provider="replay",
            temperature=None,
            seed=None,
        )


class StoredReply(BaseModel, frozen=True, extra="forbid", strict=True):
    """What a judge said of one criterion of one answer, or how it failed.

    `value`, `quote` and `reason` make a reply in due form; `raw` is one word for word; `error`
    is a call that brought none.
    """

    item_id: str = Field(min_length=1)
    model: str = Field(min_length=1)
    criterion: str = Field(min_length=1)
    """The criterion's id or its key."""
    value: int | None = None
    quote: str = ""
    reason: str = ""
    raw: str | None = None
    error: str | None = None
    refused: bool = False
    attempt: int | None = Field(default=None, ge=1, le=2)
    """1 or 2: only for the first or the second prompt; None for both."""
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = [self.value is not None, self.raw is not None, self.error is not None]
        if sum(said) != 1:
            raise ValueError("should have exactly one of 'value', 'raw' and 'error'")
        return self
