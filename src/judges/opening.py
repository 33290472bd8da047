"""Opens the judge a card describes."""

from __future__ import annotations

from src.domain.judging.card import JudgeCard
from src.judges.judge import Judge, JudgeError


def open_judge(card: JudgeCard, api_key: str, *, timeout_seconds: float = 120.0) -> Judge:
    """Return the judge of a card; raise JudgeError, in words, for one that cannot be opened.

    The client libraries are loaded here and not before: no other verb or screen waits for them.
    """
    if not card.model:
        raise JudgeError("No judge is named: set RARE_REVIEW_JUDGE_MODEL.", permanent=True)
    if card.provider == "anthropic":
        from src.judges.anthropic_messages import AnthropicMessages

        return AnthropicMessages(card, api_key, timeout_seconds=timeout_seconds)
    if card.provider == "openai":
        if not card.address:
            message = "No judge's address is set: set RARE_REVIEW_JUDGE_BASE_URL."
            raise JudgeError(message, permanent=True)
        from src.judges.openai_compatible import OpenAiCompatible

        return OpenAiCompatible(card, api_key, timeout_seconds=timeout_seconds)
    raise JudgeError(f"A judge of the kind {card.provider!r} has no address.", permanent=True)
