"""What a claim rests on: a whole image, a box on an image, or a span of text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from src.domain.canonical import text_sha256

CONTEXT_LENGTH = 30
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class WholeImage(BaseModel, frozen=True, extra="forbid"):
    """The evidence is an image as a whole."""

    type: Literal["image"] = "image"
    sha256: Sha256


class ImageBox(BaseModel, frozen=True, extra="forbid"):
    """The evidence is a rectangle, in integer pixels of the canonical image; origin top left."""

    type: Literal["box"] = "box"
    sha256: Sha256
    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    label: str = Field(default="", max_length=200)


class TextSpan(BaseModel, frozen=True, extra="forbid"):
    """The evidence is a stretch of one field, in code points of the text as stored."""

    type: Literal["span"] = "span"
    field: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    quote: str = Field(min_length=1)
    prefix: str = Field(default="", max_length=CONTEXT_LENGTH)
    suffix: str = Field(default="", max_length=CONTEXT_LENGTH)
    text_sha256: Sha256


EvidenceLink = Annotated[WholeImage | ImageBox | TextSpan, Field(discriminator="type")]


def span_of(field: str, text: str, start: int, end: int) -> TextSpan:
    """Return the span [start, end) of a field's text with its quote and surroundings.

    Raises ValueError when the range is empty or reaches outside the text.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"The span {start} to {end} is not inside the {len(text)} characters.")
    return TextSpan(
        field=field,
        start=start,
        end=end,
        quote=text[start:end],
        prefix=text[max(0, start - CONTEXT_LENGTH) : start],
        suffix=text[end : end + CONTEXT_LENGTH],
        text_sha256=text_sha256(text),
    )
