"""Any judge behind an OpenAI-compatible address: hosted, vLLM, Ollama."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import cycle
from typing import Any, Final

import openai
from openai import AsyncOpenAI
from pydantic import BaseModel, Field, ValidationError

from src.domain.judging.card import JudgeCard
from src.domain.judging.failure import LATE_WORDS, UNREACHED_WORDS
from src.judges.judge import (
    BUSY,
    HOPELESS,
    LONGEST_WORDS,
    NEVER_SENT,
    PASSING,
    WRONG_KEY,
    JudgeError,
    JudgeImage,
    JudgeReply,
    JudgeRequest,
    no_json,
)
from src.judges.usage import Usage, unknown_usage, usage_of

OPTIONAL: Final[Mapping[str, str]] = {
    "temperature": "temperature",
    "seed": "seed",
    "max_tokens": "max_tokens",
    "json_schema": "response_format",
    "response_format": "response_format",
}
"""A word in a refusal -> the parameter that this address does not take."""
NOT_TAKEN: Final = (
    "support", "unknown", "unrecognized", "not permitted", "not allowed", "unexpected", "deprecated"
)  # fmt: skip
"""Words by which a refusal says that a parameter itself is wrong, and not its value."""
REFUSALS: Final = ("content_filter", "content_policy", "responsibleai", "safety")
CLIENTS: Final = 4
"""Calls take turns on so many clients: one looks at all its connections before each call, which
costs more than the call itself where 64 are open."""
Clock = Callable[[], datetime]


class _Message(BaseModel, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel, frozen=True):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel, frozen=True):
    """What is read of a completion; addresses add all kinds of fields."""

    choices: list[_Choice] = Field(min_length=1)
    model: str | None = None


class OpenAiCompatible:
    """Asks by chat completions with a JSON schema.

    What an address does not take (temperature, seed, a schema) is left out from then on, and
    each reply says so. The key is kept by the client alone and cut out of whatever an error says.
    """

    def __init__(
        self,
        card: JudgeCard,
        api_key: str,
        *,
        timeout_seconds: float = 120.0,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._card = card
        self._key = api_key
        self._clock = clock
        self._left_out: list[str] = []
        self._clients = [
            AsyncOpenAI(
                api_key=api_key or "none",
                base_url=card.address or None,
                max_retries=0,
                timeout=timeout_seconds,
            )
            for _ in range(CLIENTS)
        ]
        self._turns = cycle(self._clients)

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            await client.close()

    async def ask(self, request: JudgeRequest) -> JudgeReply:
        """Send one request; one that is refused for a parameter is sent once more without it."""
        while True:
            left_out = tuple(self._left_out)
            try:
                # By the client's general door: its typed one walks through every message anew,
                # a fifth of a call's work, and refuses fields that an address adds.
                found = await next(self._turns).post(
                    "/chat/completions", cast_to=object, body=self._sent(request, left_out)
                )
            except openai.APIStatusError as error:
                unknown = _unknown_parameter(error)
                if unknown is None or unknown in left_out:
                    raise self._failure(error, request) from None
                if unknown not in self._left_out:
                    self._left_out.append(unknown)
                continue
            except openai.APITimeoutError:
                words, used = f"The judge {LATE_WORDS}.", self._unknown(request)
                raise JudgeError(words, usage=used) from None
            except openai.APIConnectionError as error:
                cause = type(error.__cause__ or error).__name__
                used = Usage() if cause in NEVER_SENT else self._unknown(request)
                words = f"The judge {UNREACHED_WORDS} ({cause})."
                raise JudgeError(words, usage=used) from None
            except openai.APIError as error:
                words, used = self._words(str(error)), self._unknown(request)
                raise JudgeError(words, usage=used) from None
            except ValueError as error:
                words = no_json(str(getattr(error, "doc", "")), self._key)
                raise JudgeError(words, usage=self._unknown(request)) from None
            return self._reply(found, request, left_out)

    def _sent(self, request: JudgeRequest, left_out: tuple[str, ...]) -> dict[str, Any]:
        card = self._card
        content: list[dict[str, Any]] = [{"type": "text", "text": request.user}]
        content += [_image(image) for image in request.images]
        sent: dict[str, Any] = {
            "model": card.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": content if request.images else request.user},
            ],
            "max_tokens": card.reply_tokens,
            "temperature": card.temperature,
            "seed": card.seed,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "grade", "strict": True, "schema": request.reply_schema},
            },
        }
        if "max_tokens" in left_out:
            sent["max_completion_tokens"] = card.reply_tokens
        return {k: v for k, v in sent.items() if k not in left_out and v is not None}

    def _reply(self, found: object, request: JudgeRequest, left_out: tuple[str, ...]) -> JudgeReply:
        """Return what a completion says. Raises JudgeError, with what it cost, for none."""
        if isinstance(found, str):
            raise JudgeError(no_json(found, self._key), usage=self._unknown(request))
        try:
            read = _Completion.model_validate(found)
        except ValidationError:
            used = self._used(found, request, "") if _told(found) else self._unknown(request)
            raise JudgeError("The judge sent a reply without a text.", usage=used) from None
        choice = read.choices[0]
        refusal, text = choice.message.refusal, choice.message.content or ""
        used = self._used(found, request, text or refusal or "")
        if refusal or choice.finish_reason == "content_filter":
            words = self._words(f"The judge declined: {refusal or 'it filters the content'}")
            raise JudgeError(words, permanent=True, refused=True, usage=used)
        return JudgeReply(
            text=text,
            **used.model_dump(),
            version=read.model or "",
            cut_off=choice.finish_reason == "length",
            left_out=left_out,
        )

    def _used(self, found: object, request: JudgeRequest, received: str) -> Usage:
        told = _told(found)
        return usage_of(
            told.get("prompt_tokens"),
            told.get("completion_tokens"),
            sent=request.text,
            images=len(request.images),
            received=received,
            longest=self._card.reply_tokens,
        )

    def _unknown(self, request: JudgeRequest) -> Usage:
        return unknown_usage(request.text, len(request.images), self._card.reply_tokens)

    def _failure(self, error: openai.APIStatusError, request: JudgeRequest) -> JudgeError:
        status = error.status_code
        words = self._words(f"The judge answered {status}: {_said(error)}")
        if _is_refusal(error):
            # A filter in front of the model has read the prompt, and some charge for that.
            used = self._used(error.body, request, "")
            return JudgeError(words, permanent=True, refused=True, usage=used)
        spent = "insufficient_quota" in str(error.body)
        if (status in PASSING or status >= 500) and not spent:
            wait = retry_after(error.response.headers, self._clock())
            is_busy = status in BUSY or wait is not None
            used = Usage() if is_busy else self._unknown(request)
            return JudgeError(words, retry_after=wait, busy=is_busy, usage=used)
        return JudgeError(
            words,
            permanent=True,
            hopeless=status in HOPELESS or spent,
            of_key=status in WRONG_KEY and not spent,
        )

    def _words(self, text: str) -> str:
        """Return what an error says on one line, without the key and not too long."""
        without = text.replace(self._key, "***") if self._key else text
        return " ".join(without.split())[:LONGEST_WORDS]


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds a server asks to wait: a number or a date; None without, or unreadable."""
    exact = headers.get("retry-after-ms")
    if exact is not None and exact.replace(".", "", 1).isdigit():
        return float(exact) / 1000
    said = headers.get("retry-after")
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _image(image: JudgeImage) -> dict[str, Any]:
    coded = base64.b64encode(image.content).decode()
    return {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{coded}"}}


def _told(found: object) -> dict[str, Any]:
    """Return what a completion says that it used; empty where it says nothing."""
    usage = found.get("usage") if isinstance(found, dict) else None
    return usage if isinstance(usage, dict) else {}


def _said(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        said = inner.get("message") if isinstance(inner, dict) else inner
        return str(said or "no reason given")
    return str(body or "no reason given")


def _unknown_parameter(error: openai.APIStatusError) -> str | None:
    """Return the parameter that a refused request should go without, or None."""
    if error.status_code not in (400, 422):
        return None
    said = str(error.body).lower()
    if not any(word in said for word in NOT_TAKEN):
        return None
    return next((parameter for word, parameter in OPTIONAL.items() if word in said), None)


def _is_refusal(error: openai.APIStatusError) -> bool:
    said = str(error.body).lower()
    return error.status_code in (400, 403, 422) and any(word in said for word in REFUSALS)
