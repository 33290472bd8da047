"""Ask again when a call failed for a passing reason: three tries, longer and longer apart.

A judge that says it is busy is waited for, by all calls together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from src.domain.judging.run import TRIES
from src.judges.judge import Judge, JudgeError, JudgeReply, JudgeRequest
from src.judges.turnstile import Sleep, Turnstile
from src.judges.usage import Usage

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 300.0
LONGEST_TOLD_SECONDS: Final = 7 * 86_400.0
MOST_BUSY_SECONDS: Final = 600.0
"""So long a question waits, all in all, for a judge that says it is busy."""
Draw = Callable[[], float]
"""Returns a number from 0 to 1."""


async def ask_patiently(
    judge: Judge,
    request: JudgeRequest,
    *,
    sleep: Sleep,
    draw: Draw,
    turnstile: Turnstile | None = None,
    tries: int = TRIES,
) -> tuple[JudgeReply, int]:
    """Return the reply, with what failed tries cost, and how often it was sent.

    A judge that says it is busy has not been tried: it is asked again until the pauses come to
    ten minutes, or it wants a longer one than five, which ends the run. The turnstile is shared
    by all calls to a judge.

    Raises the last JudgeError, with how often it was sent and the cost of all, when all tries
    failed or one was permanent. Once the turnstile is stopped nothing is sent: what cost nothing
    until then is as if it had not been sent at all, 0 times.
    """
    gate = turnstile or Turnstile(1)
    spent, sent, failures, waited = Usage(), 0, 0, 0.0
    error = JudgeError("Stopped before it was sent.", tries=0)
    while await gate.enter(again=sent > 0):
        sent += 1
        try:
            reply = await judge.ask(request)
            gate.replied()
            return reply.model_copy(update=(spent + reply.usage).model_dump()), sent
        except JudgeError as failure:
            error = failure
        finally:
            gate.leave()
        error.tries = sent
        spent = error.usage = spent + error.usage
        failures += not error.busy
        if error.permanent or failures == tries or waited >= MOST_BUSY_SECONDS:
            raise error
        if error.busy and (error.retry_after or 0) > LONGEST_PAUSE_SECONDS:
            error.hopeless = True
            error.add(_too_long(error.retry_after or 0))
            raise error
        seconds = pause(sent if error.busy else failures, error.retry_after, draw())
        if error.busy:
            waited += seconds
            await gate.turned_away(seconds, sleep, closes=error.retry_after is not None)
        else:
            await gate.rest(seconds, sleep)
    if spent == Usage():
        error.tries = 0
    raise error


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


def _too_long(seconds: float) -> str:
    """Return that a judge asked to wait longer than one waits."""
    minutes, hours = f"{seconds / 60:.0f} minutes", f"{seconds / 3_600:.1f} hours"
    wait = f"{seconds:,.0f} s ({minutes if seconds < 5_400 else hours})"
    if seconds > LONGEST_TOLD_SECONDS:
        wait = "more than a week"
    longest = f"{LONGEST_PAUSE_SECONDS / 60:.0f} minutes"
    return f"It asked to wait {wait}, which is longer than we wait ({longest})."
