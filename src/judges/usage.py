"""What a call used up: as the judge counts it, or where it does not, more than it can have been."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, Field

from src.domain.judging.card import most_tokens

MOST_TOKENS: Final = 1_000_000
"""No call of ours uses more: a judge that says so is not believed."""


class Usage(BaseModel, frozen=True, extra="forbid"):
    """Tokens sent and received."""

    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    estimated: bool = False
    """True when the judge did not say, or said what cannot be."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            estimated=self.estimated or other.estimated,
        )


def usage_of(
    told_in: object, told_out: object, *, sent: str, images: int, received: str, longest: int
) -> Usage:
    """Return what a call used, by what the judge told, each number on its own.

    A number that is missing or cannot be is taken from the texts instead: a token for each byte,
    and in a reply no more than the `longest` one has. Both are the most it can have been, as a
    lease holds it back, so that a budget holds. No prompt is empty: 0 tokens for it is no count.
    """
    tokens_in, tokens_out = _believed(told_in) or None, _believed(told_out)
    if tokens_out == 0 and received:
        tokens_out = None
    if tokens_in is not None and tokens_out is not None:
        return Usage(tokens_in=tokens_in, tokens_out=tokens_out)
    written = len(received.encode(errors="replace"))
    return Usage(
        tokens_in=most_tokens(sent, images) if tokens_in is None else tokens_in,
        tokens_out=min(written, longest) if tokens_out is None else tokens_out,
        estimated=True,
    )


def unknown_usage(sent: str, images: int, longest: int) -> Usage:
    """Return the most a call can have used that brought neither a reply nor a count.

    Whether a judge that did not answer in time, or broke off, had done its work and charges for
    it is not known: it counts as if it had, with the longest reply.
    """
    return Usage(tokens_in=most_tokens(sent, images), tokens_out=longest, estimated=True)


def _believed(told: object) -> int | None:
    """Return a count of tokens, or None for what is none: nothing, words, below 0, beyond all."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    return int(told) if 0 <= told <= MOST_TOKENS else None
