"""How the review page bears its readers: waiting times, processor time, memory.

The app is started as its users start it; the readers are tabs without a browser
(`load_driver`), each with a person of its own. `python manage.py bench reading_room` takes two
minutes for each of the long figures; `python -m benchmarks.bench_reading_room --minutes 10`
takes the ten that the targets speak of, and names given after it choose among the figures.

Processor time is that of the server's process alone, the driver's is not in it; but the driver
works on the same cores, so waiting times on a small machine are an upper bound.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

from benchmarks.bench_study import make_study, p95, place_of, read_everything
from benchmarks.load_driver import Answer, DriverError, fetch
from benchmarks.review_screen import CHOICES, Reader
from benchmarks.served_app import ROOT, ServedApp, environment, machine, served
from src.domain.people import OPERATOR, Actor, Person, Role
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench, open_workbench

ITEMS, READERS, PICTURES = 1_756, 50, 40
THINK_SECONDS = 3.0
COMING_SECONDS = 40.0
"""Over which readers at work come, about one item's reading: began they together, all fifty would
submit together, again and again. That fifty arrive at once is a figure of its own."""
SITTING = 200
ROUND, LOAD, LOAD_EXPORTING = "reading", "load", "load_with_export"
EDITS = 60
WARM_UP = 10
FIGURES = ("arrivals", LOAD, LOAD_EXPORTING, "cpu", "sitting", "messages")
Figure = dict[str, object]
Edit = Callable[[Reader, int], Awaitable[Answer]]


def run(minutes: float = 2.0, only: Sequence[str] = FIGURES) -> Iterator[Figure]:
    """Yield every figure of this file; each on a server of its own, all on one study."""
    with tempfile.TemporaryDirectory(prefix="rare-review-bench-") as name:
        folder = Path(name)
        _make_study(folder)
        measures: dict[str, Callable[[Path], Figure]] = {
            "arrivals": arrivals,
            LOAD: lambda place: load(place, minutes),
            LOAD_EXPORTING: lambda place: load(place, minutes, exporting=True),
            "cpu": cpu,
            "sitting": sitting,
            "messages": messages,
        }
        for figure in only:
            yield {"bench": "reading_room", "figure": figure, **measures[figure](folder)}


def _make_study(folder: Path) -> None:
    """Make a study that was read and released once, and a round in which it is read again."""
    bench = make_study(folder, ITEMS, PICTURES)
    read_everything(bench)
    bench.releasing.release(OPERATOR)
    people = [f"reader-{n:02d}" for n in range(READERS)]
    for person_id in people:
        roles = frozenset({Role.REVIEWER})
        bench.people.add(OPERATOR, Person(person_id=person_id, display_name=person_id, roles=roles))
    for number, name in enumerate((ROUND, LOAD, LOAD_EXPORTING)):
        plan = RoundPlan(name=name, readers=1, persons=tuple(people), seed=number)
        bench.assigning.create(OPERATOR, plan)
    bench.close()


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[ServedApp]:
    """Run the app on the study, and let one reader warm it up: imports, caches, statements.

    When the app fails its driver, its log says why.
    """
    with served(*place_of(folder), folder) as app:
        try:
            asyncio.run(_warm_up(app))
            yield app
        except DriverError as error:
            raise DriverError(f"{error}\nThe app's log ends:\n{app.log()[-3000:]}") from error


async def _warm_up(app: ServedApp) -> None:
    async with _reader(app, 0, ROUND) as reader:
        for number in range(WARM_UP):
            await reader.type(f"Warm {number}")


@contextlib.asynccontextmanager
async def _reader(app: ServedApp, number: int, round_name: str) -> AsyncIterator[Reader]:
    reader = Reader(app.address, f"reader-{number:02d}", round_name)
    async with reader.tab:
        await reader.open()
        yield reader


# ---- fifty arrive at once ----------------------------------------------------------------


def arrivals(folder: Path) -> Figure:
    """Measure how long 50 readers who come at once wait until their page is complete."""
    with _server(folder) as app:
        waited = asyncio.run(_arrive(app))
    return {
        **_spread("page", waited),
        "page_max_ms": _ms(max(waited)),
        "target": "every page within 2,000 ms",
        "n": len(waited),
        **machine(),
    }


async def _arrive(app: ServedApp) -> list[float]:
    readers = [Reader(app.address, f"reader-{n:02d}", ROUND) for n in range(READERS)]
    async with contextlib.AsyncExitStack() as tabs:
        for reader in readers:
            await tabs.enter_async_context(reader.tab)
        answers = await asyncio.gather(*(reader.open() for reader in readers))
    return [answer.finished for answer in answers]


# ---- fifty work ------------------------------------------------------------------------------


@dataclass
class Heard:
    """What the readers of one run waited for, what failed, and what they were told is stored."""

    edits: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    stored: dict[tuple[str, str], str] = field(default_factory=dict)
    """The last comment of which the server said that it has it, by person and item."""

    @property
    def acts(self) -> int:
        """How often the page was run."""
        return len(self.edits) + len(self.submits)


def load(folder: Path, minutes: float, *, exporting: bool = False) -> Figure:
    """Let 50 readers work with pauses of three seconds, if asked while an export runs."""
    name = LOAD_EXPORTING if exporting else LOAD
    with _server(folder) as app, _exports(folder, exporting) as exports:
        cpu_before, memory_before = app.cpu_seconds, app.resident_mb
        heard = asyncio.run(_work(app, name, minutes * 60))
        used, grown = app.cpu_seconds - cpu_before, app.resident_mb - memory_before
    return {
        **_spread("edit", heard.edits),
        **_spread("submit_and_next", heard.submits),
        "errors": sum(heard.errors.values()),
        **({"first_errors": heard.errors.most_common(3)} if heard.errors else {}),
        "lost": _lost(folder, name, heard),
        "server_cpu_ms_per_act": round(used * 1000 / max(1, heard.acts), 1),
        "server_cpu_share": round(used / (minutes * 60), 2),
        "server_grew_mb": round(grown, 1),
        "exports": exports(),
        "target": "edit p95 150 ms, submit and next p95 500 ms, no error, nothing lost",
        "readers": READERS,
        "minutes": minutes,
        "n": len(heard.edits),
        "submits": len(heard.submits),
        **machine(),
    }


async def _work(app: ServedApp, round_name: str, seconds: float) -> Heard:
    heard, until = Heard(), time.monotonic() + seconds
    await asyncio.gather(
        *(_one_reader(app, number, round_name, until, heard) for number in range(READERS))
    )
    return heard


async def _one_reader(
    app: ServedApp, number: int, round_name: str, until: float, heard: Heard
) -> None:
    """Read items one after the other until the time is over; come back after an error."""
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, COMING_SECONDS))
    while time.monotonic() < until:
        try:
            async with _reader(app, number, round_name) as reader:
                desk = _Desk(app, reader, chance, until, heard)
                while time.monotonic() < until:
                    await desk.read_one_item()
                heard.errors.update(reader.tab.faults)
        except (DriverError, OSError) as error:
            heard.errors[str(error)[:200]] += 1
            await asyncio.sleep(THINK_SECONDS)


@dataclass
class _Desk:
    """One reader at work: looks at the images, gives verdicts, marks, writes, submits."""

    app: ServedApp
    reader: Reader
    chance: random.Random
    until: float
    heard: Heard

    async def read_one_item(self) -> None:
        """Read the item that lies open; leave off where the time is over."""
        await self._look()
        for claim in self.reader.claims:
            await self._act(self.heard.edits, partial(self.reader.give_verdict, claim))
        await self._act(self.heard.edits, self.reader.draw_box)
        for number in range(2):
            await self._write(number)
        for choice in CHOICES:
            await self._act(self.heard.edits, partial(self.reader.choose, *choice))
        await self._act(self.heard.submits, self.reader.submit)

    async def _act(self, into: list[float], act: Callable[[], Awaitable[Answer]]) -> bool:
        """Think, then act; False when the time was over before."""
        await asyncio.sleep(self.chance.uniform(0.5, 1.5) * THINK_SECONDS)
        if time.monotonic() > self.until:
            return False
        into.append((await act()).finished)
        return True

    async def _write(self, number: int) -> None:
        text = f"Comment {number} of {self.reader.person}: the second line is too broad."
        place = (self.reader.person, _item_in(self.reader.item_at))
        if await self._act(self.heard.edits, partial(self.reader.type, text)):
            self.heard.stored[place] = text

    async def _look(self) -> None:
        """Load the small copies of the item's images, as a browser that has none of them yet."""
        for image in self.reader.images:
            await fetch("127.0.0.1", self.app.port, image["thumb_url"])


def _item_in(query: str) -> str:
    return parse_qs(query)["item"][0]


def _lost(folder: Path, round_name: str, heard: Heard) -> int:
    """Count the comments of which a reader was told they are stored, and which are not."""
    bench = open_workbench(*place_of(folder))
    lost = sum(
        _comment(bench, round_name, person, item_id) != text
        for (person, item_id), text in heard.stored.items()
    )
    bench.close()
    return lost


def _comment(bench: Workbench, round_name: str, person: str, item_id: str) -> str:
    actor = Actor(person_id=person, roles=frozenset({Role.REVIEWER}))
    review = bench.reviewing.own_review(actor, round_name, item_id)
    if review is not None:
        return review.body.comment
    return bench.reviewing.task(actor, round_name, item_id).draft.body.comment


@contextlib.contextmanager
def _exports(folder: Path, wanted: bool) -> Iterator[Callable[[], int]]:
    """Export the study's release again and again in another process; count the whole ones."""
    out = folder / "exports"
    if not wanted:
        yield lambda: 0
        return
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
    code += "from benchmarks.bench_reading_room import export_for_ever; export_for_ever()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(out)],
        cwd=ROOT,
        env=environment(*place_of(folder)),
        stdout=subprocess.DEVNULL,
    )
    try:
        yield lambda: len(list(out.glob("*.done")))
    finally:
        process.terminate()
        process.wait(30)


def export_for_ever() -> None:
    """Run `manage.py export` until the bench is gone; leave one empty file for each export."""
    out, number, bench = Path(sys.argv[1]), 0, os.getppid()
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "manage.py", "export", "--release", "1", "--out"]
    while os.getppid() == bench:
        number += 1
        subprocess.run([*command, str(out / str(number))], check=True, capture_output=True)
        (out / f"{number}.done").touch()


# ---- what one edit costs ------------------------------------------------------------------


async def _type(reader: Reader, number: int) -> Answer:
    return await reader.type(f"The margin is sharp; I looked {number} times.")


async def _verdict(reader: Reader, number: int) -> Answer:
    verdicts = ("supported", "contradicted", None)
    return await reader.give_verdict(reader.claims[0], verdicts[number % 3])


async def _box(reader: Reader, number: int) -> Answer:
    return await reader.draw_box()


KINDS: dict[str, Edit] = {"text": _type, "verdict": _verdict, "box": _box}


def cpu(folder: Path) -> Figure:
    """Measure the server's processor time for one edit of each kind, one reader without pauses."""
    with _server(folder) as app:
        found = asyncio.run(_edit_costs(app))
    return {
        **found,
        "target": "15 ms of processor time an edit",
        "n": EDITS,
        **machine(),
    }


async def _edit_costs(app: ServedApp) -> dict[str, float]:
    found = {}
    async with _reader(app, 1, ROUND) as reader:
        for kind, edit in KINDS.items():
            before = app.cpu_seconds
            waited = [(await edit(reader, number)).finished for number in range(EDITS)]
            spent = app.cpu_seconds - before
            found[f"{kind}_cpu_ms"] = round(spent * 1000 / EDITS, 1)
            found[f"{kind}_p50_ms"] = _ms(statistics.median(waited))
    return found


def messages(folder: Path) -> Figure:
    """Count the messages and bytes the server sends for one edit of each kind."""
    with _server(folder) as app:
        return {**asyncio.run(_message_counts(app)), **machine()}


async def _message_counts(app: ServedApp) -> dict[str, object]:
    found: dict[str, object] = {}
    async with _reader(app, 2, ROUND) as reader:
        for kind, edit in KINDS.items():
            await edit(reader, 0)
            answer = await edit(reader, 1)
            found[kind] = {
                "messages": len(answer.heard),
                "kb": round(sum(message.size for message in answer.heard) / 1000, 1),
                "kb_of": _by_kind(answer),
            }
    return found


def _by_kind(answer: Answer) -> dict[str, float]:
    sizes: Counter[str] = Counter()
    for message in answer.heard:
        sizes[message.kind] += message.size
    return {kind: round(size / 1000, 1) for kind, size in sizes.most_common(6)}


# ---- a long sitting -----------------------------------------------------------------------


def sitting(folder: Path) -> Figure:
    """Measure how the server's memory grows while one reader reads 200 items."""
    with _server(folder) as app:
        grown, waited = asyncio.run(_sit(app))
    return {
        "server_grew_mb": round(grown, 1),
        **_spread("submit_and_next", waited),
        "target": "at most 50 MB",
        "n": len(waited),
        **machine(),
    }


async def _sit(app: ServedApp) -> tuple[float, list[float]]:
    async with _reader(app, 3, ROUND) as reader:
        before = app.resident_mb
        waited = [await _read_quickly(reader) for _ in range(SITTING)]
        return app.resident_mb - before, waited


async def _read_quickly(reader: Reader) -> float:
    """Do the least that makes an item complete, submit it, and return how long that took."""
    for claim in reader.claims:
        await reader.give_verdict(claim)
    for choice in CHOICES:
        await reader.choose(*choice)
    return (await reader.submit()).finished


def _spread(name: str, seconds: list[float]) -> dict[str, float | None]:
    if not seconds:
        return {f"{name}_p50_ms": None, f"{name}_p95_ms": None}
    return {
        f"{name}_p50_ms": _ms(statistics.median(seconds)),
        f"{name}_p95_ms": _ms(p95(seconds)),
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("figures", nargs="*", choices=[[], *FIGURES])
    given = parser.parse_args()
    for line in run(given.minutes, given.figures or FIGURES):
        print(json.dumps(line), flush=True)
