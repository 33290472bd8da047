"""Who is let in to a judge, and when: all at first, fewer while it is busy, nobody in a pause."""

from __future__ import annotations

import asyncio

from src.judges.turnstile import Turnstile


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_pause_keeps_everybody_out_and_half_as_many_go_in_behind_it() -> None:
    """Of four places two are left; who was turned away goes in first; a reply makes room again."""

    async def work() -> None:
        gate, gone_by = Turnstile(4), asyncio.Event()
        entered: list[str] = []

        async def go(name: str, *, again: bool = False) -> None:
            assert await gate.enter(again=again)
            entered.append(name)

        async def sleep(_seconds: float) -> None:
            await gone_by.wait()

        for name in "abcd":
            await go(name)
        waiting = [asyncio.create_task(go(name)) for name in "ef"]
        await settle()
        assert entered == list("abcd")

        gate.leave()
        gate.leave()
        await settle()
        assert entered == list("abcdef")
        turned = asyncio.create_task(gate.turned_away(1.0, sleep, closes=True))
        await settle()
        for _ in range(4):
            gate.leave()
        waiting += [asyncio.create_task(go(name)) for name in "ghi"]
        waiting.append(asyncio.create_task(go("turned away", again=True)))
        await settle()
        assert entered == list("abcdef")

        gone_by.set()
        await turned
        await settle()
        assert entered == [*"abcdef", "turned away", "g"]
        for _ in range(3):
            gate.replied()
        gate.leave()
        await settle()
        assert entered[-2:] == ["h", "i"]
        gate.stop()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(work())


def test_a_stop_lets_nobody_in_and_breaks_rests_off() -> None:
    """Also who asks afterwards; a pause of an hour ends at once."""

    async def work() -> None:
        gate = Turnstile(1)
        assert await gate.enter()
        queued = asyncio.create_task(gate.enter())
        resting = asyncio.create_task(gate.rest(3_600.0, asyncio.sleep))
        await settle()
        gate.stop()
        assert await asyncio.wait_for(queued, 10) is False
        await asyncio.wait_for(resting, 10)
        assert await gate.enter() is False

    asyncio.run(work())
