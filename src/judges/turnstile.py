"""How many calls of one worker go to a judge at a time: fewer, and later, when it asks to wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

Sleep = Callable[[float], Awaitable[None]]


class Turnstile:
    """Lets calls in, in their order: all that may be under way, as long as the judge keeps up.

    When it says that it is busy, half as many go in from then on, and with each reply a little
    more again. When it says how long to wait, nobody goes in until then: a call that is certain
    to be turned away is not made. Who was turned away goes in first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._width = float(most)
        self._inside = 0
        self._closed_by = 0
        self._queue: deque[asyncio.Future[bool]] = deque()
        self._stopped = asyncio.Event()

    async def enter(self, *, again: bool = False) -> bool:
        """Wait for one's turn; return False, and let nobody in, once it was stopped."""
        if self._stopped.is_set():
            return False
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if again:
            self._queue.appendleft(turn)
        else:
            self._queue.append(turn)
        self._let_in()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self.leave()
            raise

    def leave(self) -> None:
        """Make room for the next one."""
        self._inside -= 1
        self._let_in()

    def replied(self) -> None:
        """Hear that the judge keeps up: one more may be under way after so many as there are."""
        self._width = min(float(self._most), self._width + 1 / self._width)

    async def turned_away(self, seconds: float, sleep: Sleep, *, closes: bool) -> None:
        """Rest after the judge said that it is busy; `closes` keeps everybody waiting so long."""
        if not self._closed_by:
            self._width = max(1.0, self._width / 2)
        self._closed_by += closes
        try:
            await self.rest(seconds, sleep)
        finally:
            self._closed_by -= closes
            self._let_in()

    async def rest(self, seconds: float, sleep: Sleep) -> None:
        """Wait so many seconds, or until it is stopped."""
        waits = [asyncio.ensure_future(w) for w in (sleep(seconds), self._stopped.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
                with suppress(asyncio.CancelledError):
                    await wait

    def stop(self) -> None:
        """Let nobody in any more, and break every rest off: nothing is under way in those."""
        self._stopped.set()
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(False)

    def _let_in(self) -> None:
        while self._queue and not self._closed_by and self._inside < int(self._width):
            turn = self._queue.popleft()
            if not turn.done():
                self._inside += 1
                turn.set_result(True)
