"""Judges behind Anthropic's own interface: an optional extra, loaded when it is asked for."""

from __future__ import annotations

import base64
import importlib
from typing import Any, Final

from src.domain.canonical import canonical_json
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
    JudgeReply,
    JudgeRequest,
    no_json,
)
from src.judges.usage import Usage, unknown_usage, usage_of

MISSING: Final = (
    "The judge's provider is 'anthropic', whose package is not installed. "
    "Install it with 'pip install -r requirements-anthropic.txt -c constraints.txt'."
)
TOOL: Final = "grade"
NOT_TAKEN: Final = ("temperature", "seed")
"""Parameters that this interface does not have."""


class AnthropicMessages:
    """Asks by messages; the reply comes as the one tool the judge may use, held to the schema.

    Raises JudgeError, which says what to install, when the package is not there.
    """

    def __init__(self, card: JudgeCard, api_key: str, *, timeout_seconds: float = 120.0) -> None:
        try:
            self._package: Any = importlib.import_module("anthropic")
        except ImportError:
            raise JudgeError(MISSING, permanent=True, hopeless=True) from None
        self._card = card
        self._key = api_key
        self._client: Any = self._package.AsyncAnthropic(
            api_key=api_key or "none",
            base_url=card.address or None,
            max_retries=0,
            timeout=timeout_seconds,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(self, request: JudgeRequest) -> JudgeReply:
        """Send one request."""
        package = self._package
        try:
            found = await self._client.messages.create(**self._sent(request))
        except package.APIStatusError as error:
            raise self._failure(error, request) from None
        except package.APITimeoutError:
            words = f"The judge {LATE_WORDS}."
            raise JudgeError(words, usage=self._unknown(request)) from None
        except package.APIError as error:
            kind = type(error).__name__
            is_sent = type(error.__cause__).__name__ not in NEVER_SENT
            used = self._unknown(request) if is_sent else Usage()
            raise JudgeError(f"The judge {UNREACHED_WORDS} ({kind}).", usage=used) from None
        return self._reply(found, request)

    def _sent(self, request: JudgeRequest) -> dict[str, Any]:
        content: list[dict[str, Any]] = [
            {
                "type": "image",
                "source": {
                    "type": "base64",
                    "media_type": image.media_type,
                    "data": base64.b64encode(image.content).decode(),
                },
            }
            for image in request.images
        ]
        return {
            "model": self._card.model,
            "system": request.system,
            "messages": [
                {"role": "user", "content": [*content, {"type": "text", "text": request.user}]}
            ],
            "max_tokens": self._card.reply_tokens,
            "tools": [{"name": TOOL, "input_schema": request.reply_schema}],
            "tool_choice": {"type": "tool", "name": TOOL},
        }

    def _unknown(self, request: JudgeRequest) -> Usage:
        return unknown_usage(request.text, len(request.images), self._card.reply_tokens)

    def _failure(self, error: Any, request: JudgeRequest) -> JudgeError:
        status = int(error.status_code)
        words = " ".join(f"The judge answered {status}: {error.message}".split())
        words = (words.replace(self._key, "***") if self._key else words)[:LONGEST_WORDS]
        if status in PASSING or status >= 500:
            said = error.response.headers.get("retry-after", "")
            wait = float(said) if said.replace(".", "", 1).isdigit() else None
            is_busy = status in BUSY or wait is not None
            used = Usage() if is_busy else self._unknown(request)
            return JudgeError(words, retry_after=wait, busy=is_busy, usage=used)
        is_of_key = status in WRONG_KEY
        return JudgeError(words, permanent=True, hopeless=status in HOPELESS, of_key=is_of_key)

    def _used(self, told: object, request: JudgeRequest, received: str) -> Usage:
        return usage_of(
            getattr(told, "input_tokens", None),
            getattr(told, "output_tokens", None),
            sent=request.text,
            images=len(request.images),
            received=received,
            longest=self._card.reply_tokens,
        )

    def _reply(self, found: object, request: JudgeRequest) -> JudgeReply:
        """Return what a message says. Raises JudgeError, with what it cost, for what is none.

        The package checks nothing of what it is sent: an address may leave any of it out, and
        the page of a proxy comes as a text.
        """
        if isinstance(found, str):
            raise JudgeError(no_json(found, self._key), usage=self._unknown(request))
        content, told = getattr(found, "content", None), getattr(found, "usage", None)
        if not isinstance(content, list):
            used = self._unknown(request) if told is None else self._used(told, request, "")
            raise JudgeError("The judge answered something that is no message.", usage=used)
        inputs = [block.input for block in content if _is(block, "tool_use", "input")]
        texts = [block.text for block in content if _is(block, "text", "text")]
        text = canonical_json(inputs[0]) if inputs else "".join(texts)
        used, ended = self._used(told, request, text), getattr(found, "stop_reason", None)
        if ended == "refusal":
            raise JudgeError("The judge declined.", permanent=True, refused=True, usage=used)
        version = getattr(found, "model", None)
        return JudgeReply(
            text=text,
            **used.model_dump(),
            version=version if isinstance(version, str) else "",
            cut_off=ended == "max_tokens",
            left_out=NOT_TAKEN,
        )


def _is(block: object, kind: str, field: str) -> bool:
    """Tell whether a part of a message is of a kind, and has what such a part has."""
    wanted = str if field == "text" else dict
    is_kind = getattr(block, "type", None) == kind
    return is_kind and isinstance(getattr(block, field, None), wanted)
