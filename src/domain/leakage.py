"""Where and how an item gives its own answer away, as a reader flags it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from src.domain.evidence import ImageBox, TextSpan


class LeakKind(StrEnum):
    """How the visible parts give the answer away."""

    ANSWER_IN_TEXT = "answer_in_text"
    ANSWER_IN_CAPTION = "answer_in_caption"
    ANSWER_IN_IMAGE = "answer_in_image"
    ANSWER_IN_FILE_NAME = "answer_in_file_name"
    GIVE_AWAY_PHRASE = "give_away_phrase"
    OTHER_ITEM = "other_item"


class LeakPlace(BaseModel, frozen=True, extra="forbid"):
    """The spot that leaks: a field of text, a span of it, or an image, a box on it, its name."""

    field: str | None = None
    """question, context, caption:N, slot:N, finding:N; None for an image."""
    image: int | None = Field(default=None, ge=1)
    """Position of the image; None for a field of text."""
    span: TextSpan | None = None
    box: ImageBox | None = None

    @model_validator(mode="after")
    def _one_spot(self) -> LeakPlace:
        if (self.field is None) == (self.image is None):
            raise ValueError("Name either a field of text or an image.")
        if self.span is not None and self.span.field != self.field:
            raise ValueError("The span must lie in the field that is named.")
        if self.box is not None and self.image is None:
            raise ValueError("A box needs the image it lies on.")
        return self

    @property
    def name(self) -> str:
        """The place as part of a unit's name, coarse enough that two readers meet there."""
        return self.field if self.field is not None else f"image:{self.image}"


class LeakageFlag(BaseModel, frozen=True, extra="forbid"):
    """One leak a reader saw."""

    kind: LeakKind
    place: LeakPlace
    severity: Literal["low", "high"] = "high"
    note: str = Field(default="", max_length=5_000)

    @property
    def unit(self) -> str:
        """The unit on which readers agree or differ about this leak."""
        return f"flag:{self.kind.value}:{self.place.name}"
