"""A judge whose every fault is a JudgeError: an odd reply to one question ends no run."""

from __future__ import annotations

import logging
import traceback
from pathlib import PurePath

from src.judges.judge import Judge, JudgeError, JudgeReply, JudgeRequest
from src.judges.usage import unknown_usage

log = logging.getLogger("rare_review")


class GuardedJudge:
    """Asks another judge, and makes whatever fault that leads to the failure of one question."""

    def __init__(self, judge: Judge, longest: int) -> None:
        """`longest`: the tokens of the longest reply, which a fault counts as."""
        self._judge = judge
        self._longest = longest

    async def ask(self, request: JudgeRequest) -> JudgeReply:
        """Return the reply to a request.

        Raises JudgeError alone: the same call would lead to the same fault, and may have been
        paid for. The log has the fault's kind and place, never its words, which may be of a case.
        """
        try:
            return await self._judge.ask(request)
        except JudgeError:
            raise
        except Exception as fault:  # noqa: BLE001  one question fails, whatever it was
            kind = type(fault).__name__
            log.error("A judge's reply led to a fault: %s at %s", kind, _place(fault))
            raise JudgeError(
                f"The judge's reply led to a fault ({kind}).",
                permanent=True,
                usage=unknown_usage(request.text, len(request.images), self._longest),
            ) from None

    async def close(self) -> None:
        """Give the other judge's connections back."""
        await self._judge.close()


def _place(fault: Exception) -> str:
    """Return the file and line in which a fault arose."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{PurePath(last.filename).name}:{last.lineno}"
