"""A judge that says what a function tells it to: for tests and benchmarks."""

from __future__ import annotations

import json
from collections.abc import Callable

from src.judges.judge import JudgeReply, JudgeRequest

Script = Callable[[JudgeRequest], JudgeReply | str]


class ScriptedJudge:
    """Replies by a script, which may raise JudgeError, and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked: list[JudgeRequest] = []

    async def ask(self, request: JudgeRequest) -> JudgeReply:
        """Return what the script says; a text is a reply of no cost."""
        self.asked.append(request)
        said = self._script(request)
        return said if isinstance(said, JudgeReply) else JudgeReply(text=said)

    async def close(self) -> None:
        """Do nothing: there is no connection."""


def reply_text(request: JudgeRequest, value: int, quote: str = "", reason: str = "") -> str:
    """Return a reply that keeps to the form."""
    return json.dumps(
        {
            "check": request.check,
            "criterion": request.criterion_tag,
            "quote": quote,
            "reason": reason,
            "value": value,
        },
        ensure_ascii=False,
    )
