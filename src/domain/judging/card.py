"""Which judge is asked, with which parameters, and what it costs."""

from __future__ import annotations

import math
from typing import Final, Literal

from pydantic import BaseModel, Field

from src.domain.canonical import JsonValue

Provider = Literal["openai", "anthropic", "replay", "scripted"]

CHARACTERS_A_TOKEN: Final = 4
IMAGE_TOKENS: Final = 1_100
"""What one image of 1,600 px usually counts for."""
MOST_IMAGE_TOKENS: Final = 6_000
FRAME_TOKENS: Final = 64
"""What a provider puts around the messages, at most."""
USUAL_REPLY_TOKENS: Final = 120


class JudgeCard(BaseModel, frozen=True, extra="forbid"):
    """A judge and how it is asked. Name, model and parameters are part of every grade's address.

    Where the judge is reached and what it costs are not: the same judge elsewhere is the same.
    """

    name: str = Field(min_length=1, max_length=200)
    model: str = ""
    """Its name at its address; empty for a judge that only has replies."""
    provider: Provider = "openai"
    address: str = ""
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    reply_tokens: int = Field(default=1_000, ge=64, le=100_000)
    """The longest reply it may give."""
    seed: int | None = 7
    sees_images: bool = False
    shows_case: bool = True
    """True shows it the case text beside the question."""
    input_price: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """USD for a million tokens that are sent."""
    output_price: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """USD for a million tokens that come back."""

    @property
    def parameters(self) -> dict[str, JsonValue]:
        """The parameters as a grade records them."""
        return {
            "temperature": self.temperature,
            "reply_tokens": self.reply_tokens,
            "seed": self.seed,
        }

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """Return what so many tokens cost, in USD."""
        return (tokens_in * self.input_price + tokens_out * self.output_price) / 1_000_000


def likely_tokens(characters: int, images: int = 0) -> int:
    """Return how many tokens a prompt of so many characters usually has."""
    return math.ceil(characters / CHARACTERS_A_TOKEN) + images * IMAGE_TOKENS


def most_tokens(text: str, images: int = 0) -> int:
    """Return more tokens than a prompt can have: none is shorter than a byte."""
    return len(text.encode()) + images * MOST_IMAGE_TOKENS + FRAME_TOKENS
