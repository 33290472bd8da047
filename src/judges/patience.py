"""Ask again when a call failed for a passing reason: three tries, longer and longer apart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from src.judges.judge import Judge, JudgeError, JudgeReply, JudgeRequest
from src.judges.usage import Usage

TRIES: Final = 3
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 300.0
Sleep = Callable[[float], Awaitable[None]]
Draw = Callable[[], float]
"""Returns a number from 0 to 1."""


async def ask_patiently(
    judge: Judge, request: JudgeRequest, *, sleep: Sleep, draw: Draw, tries: int = TRIES
) -> tuple[JudgeReply, int]:
    """Return the reply, with what failed tries cost, and how many tries it took.

    Raises the last JudgeError, with its number of tries and the cost of all, when all failed or
    one was permanent.
    """
    spent = Usage()
    for number in range(1, tries + 1):
        try:
            reply = await judge.ask(request)
            return reply.model_copy(update=(spent + reply.usage).model_dump()), number
        except JudgeError as error:
            error.tries = number
            spent = error.usage = spent + error.usage
            if error.permanent or number == tries:
                raise
            await sleep(pause(number, error.retry_after, draw()))
    raise AssertionError("unreachable")


def pause(number: int, retry_after: float | None, drawn: float) -> float:
    """Return the seconds to wait behind a failed try: as asked for, else half to all of a step.

    Steps double: 0.5, 1, 2. `drawn`, 0 to 1, keeps calls that failed together from coming back
    together; it is added to what was asked for too, at most a tenth. Never above five minutes.
    """
    if retry_after is not None:
        wanted = max(0.0, retry_after) * (1 + drawn / 10)
    else:
        wanted = FIRST_PAUSE_SECONDS * 2 ** (number - 1) * (1 + drawn) / 2
    return min(wanted, LONGEST_PAUSE_SECONDS)
