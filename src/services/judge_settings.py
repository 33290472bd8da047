"""The judge that the settings name."""

from __future__ import annotations

from typing import Final

from src.domain.judging.card import JudgeCard
from src.judges.judge import Judge, JudgeError
from src.judges.opening import open_judge
from src.services.settings import Settings

NO_JUDGE: Final = (
    "No judge is set up. Set RARE_REVIEW_JUDGE_BASE_URL and RARE_REVIEW_JUDGE_MODEL, and "
    "RARE_REVIEW_JUDGE_API_KEY where the address asks for one; docs/judging.md says how."
)


def judge_card(settings: Settings, name: str = "") -> JudgeCard:
    """Return the card of the configured judge; with a name, of that model at the same address."""
    model = name or settings.judge_model
    usual = (settings.judge_input_price, settings.judge_output_price)
    input_price, output_price = settings.judge_prices.get(model, usual)
    return JudgeCard(
        name=model or "judge",
        model=model,
        provider=settings.judge_provider,
        address=settings.judge_base_url,
        temperature=settings.judge_temperature,
        reply_tokens=settings.judge_reply_tokens,
        sees_images=settings.judge_sees_images,
        shows_case=settings.judge_shows_case,
        input_price=input_price,
        output_price=output_price,
    )


def configured_judge(settings: Settings, name: str = "") -> tuple[JudgeCard, Judge]:
    """Return the card and the judge; raise JudgeError, in words, for what is missing."""
    card = card_to_ask(settings, name)
    key = settings.judge_api_key.get_secret_value()
    return card, open_judge(card, key, timeout_seconds=settings.judge_timeout_seconds)


def is_configured(settings: Settings, name: str = "") -> bool:
    """Return True when there is a judge to ask; with a name, that model at the address."""
    has_address = bool(settings.judge_base_url) or settings.judge_provider == "anthropic"
    return bool(name or settings.judge_model) and has_address


def card_to_ask(settings: Settings, name: str = "") -> JudgeCard:
    """Return the card of a judge that can be asked; raise JudgeError, in words, without one."""
    if not is_configured(settings, name):
        raise JudgeError(NO_JUDGE, permanent=True)
    return judge_card(settings, name)
