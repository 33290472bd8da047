"""Text inside images, read offline by an engine that is an optional extra."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Self

from pydantic import BaseModel

from src.domain.errors import ReviewToolError
from src.domain.scan.scanner import OcrLine
from src.images.faults import WorkshopError
from src.images.worker import MESSAGE_MOST, receive, send
from src.images.workshop import environment

INSTALL = "Text inside images cannot be read: run 'pip install -r requirements-ocr.txt' first."
IMAGE_SECONDS = 60.0
"""A page scanned at 300 dpi takes five on one busy core."""
_PROJECT = Path(__file__).parents[2]
_PACKAGES = ("rapidocr", "onnxruntime")
_MOST_WORKERS = 4
"""Each takes up to 900 MB on the largest images."""
_AHEAD = 2
_START_SECONDS = 120.0
_LAST_SECONDS = 2.0


class OcrMissing(ReviewToolError):
    """The extra that reads text inside images is not installed."""

    rule = "ocr_missing"

    def __init__(self) -> None:
        super().__init__(INSTALL)


class OcrReading(BaseModel, frozen=True, extra="forbid"):
    """What was read in one image, or why it could not be."""

    lines: tuple[OcrLine, ...] = ()
    """Their boxes lie in the pixels of the canonical image."""
    fault: str = ""

    @property
    def failed(self) -> bool:
        """True when nothing can be said of the image."""
        return bool(self.fault)


def reader() -> OcrReader | None:
    """Return a reader of text in images; None when the extra is missing (INSTALL says how)."""
    engine = engine_name()
    return OcrReader(engine) if engine is not None else None


def engine_name() -> str | None:
    """Return the engine and its version, by which readings are kept; None when it is missing."""
    try:
        name, runtime = (f"{package} {version(package)}" for package in _PACKAGES)
    except PackageNotFoundError:
        return None
    return f"{name}, {runtime}"


class OcrReader:
    """Reads images in child processes; a context manager, so that none outlives its use.

    An image on which a child crashes or hangs is marked alone: the child is replaced and the
    others go on.
    """

    def __init__(
        self, engine: str, seconds: float = IMAGE_SECONDS, workers: int | None = None
    ) -> None:
        self.engine = engine
        self._seconds = seconds
        self._workers = workers or min(_MOST_WORKERS, os.cpu_count() or 1)
        self._idle: queue.SimpleQueue[_Child | None] = queue.SimpleQueue()
        self._children: list[_Child] = []

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="ocr")
        for _ in range(self._workers):
            self._idle.put(None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in list(self._children):
            child.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for child in self._children:
            child.end()

    @property
    def pids(self) -> tuple[int, ...]:
        """The child processes alive now."""
        return tuple(child.pid for child in list(self._children) if not child.is_dead)

    def read(self, jobs: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, OcrReading]]:
        """Yield what was read in each (sha256, file), in the order they came.

        Jobs are taken only as fast as results are, so it can be left at any image.
        """
        waiting: deque[tuple[str, Future[OcrReading]]] = deque()
        for sha256, path in jobs:
            waiting.append((sha256, self._threads.submit(self._ask, path)))
            while len(waiting) > self._workers * _AHEAD or (waiting and waiting[0][1].done()):
                yield _settled(waiting.popleft())
        while waiting:
            yield _settled(waiting.popleft())

    def _ask(self, path: Path) -> OcrReading:
        child = self._idle.get()
        try:
            if child is None or child.is_dead:
                child = self._new_child(instead_of=child)
            return child.ask(path)
        finally:
            self._idle.put(child)

    def _new_child(self, instead_of: _Child | None) -> _Child:
        if instead_of is not None:
            instead_of.end()
            self._children.remove(instead_of)
        child = _Child(self._seconds)
        self._children.append(child)
        return child


def _settled(waited: tuple[str, Future[OcrReading]]) -> tuple[str, OcrReading]:
    sha256, future = waited
    return sha256, future.result()


class _Child:
    """One child process and the way to talk to it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._overdue = False
        self._greeted = False
        command = [sys.executable, "-m", "src.images.ocr_worker", str(max(1, round(seconds)))]
        try:
            self._process = _started(command)
        except OSError as fault:
            raise _no_start() from fault

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_dead(self) -> bool:
        return self._process.poll() is not None

    def ask(self, path: Path) -> OcrReading:
        """Return what the child read; when it gave no answer, why, and the child is dead."""
        self._greet()
        said = self._in_time(self._seconds, lambda: self._exchange(path))
        if said is None:
            return OcrReading(fault=self._post_mortem())
        found = json.loads(said)
        lines = tuple(_line(*line) for line in found.get("lines", ()))
        return OcrReading(lines=lines, fault=found.get("fault", ""))

    def _greet(self) -> None:
        """Wait until the engine is loaded: one that never is, is no image's fault."""
        if self._greeted:
            return
        if self._in_time(_START_SECONDS, self._listen) is None:
            raise _no_start()
        self._greeted = True

    def _in_time(self, seconds: float, exchange: Callable[[], bytes | None]) -> bytes | None:
        timer = Timer(seconds, self._end_overdue)
        timer.start()
        try:
            said = exchange()
        finally:
            timer.cancel()
            timer.join()
        if said is None and not self._overdue:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LAST_SECONDS)
        if said is None or self._overdue:
            self.end()
            return None
        return said

    def _listen(self) -> bytes | None:
        return receive(self._process.stdout, MESSAGE_MOST) if self._process.stdout else None

    def _exchange(self, path: Path) -> bytes | None:
        if self._process.stdin is None:
            return None
        try:
            send(self._process.stdin, str(path).encode())
            return self._listen()
        except (OSError, ValueError):  # the pipe broke, or was closed because the child died
            return None

    def _end_overdue(self) -> None:
        self._overdue = True
        self.kill()

    def kill(self) -> None:
        """Stop the process whatever it is doing; whoever waits for its answer gets none."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process, close the pipes and take leave of it."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet sent can go nowhere
                    pipe.close()
        self._process.wait()

    def _post_mortem(self) -> str:
        if self._overdue:
            return f"Reading it took longer than {self._seconds:.0f} s."
        return "The engine broke down on it."


def _line(text: str, x: int, y: int, width: int, height: int, score: float) -> OcrLine:
    return OcrLine(text=text, x=x, y=y, width=width, height=height, score=score)


def _no_start() -> WorkshopError:
    return WorkshopError(
        f"The process that reads text in images cannot be started with {sys.executable!r}; "
        "install requirements-ocr.txt again."
    )


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, on one thread, with none of the app's secrets."""
    return subprocess.Popen(  # noqa: S603 - our own module, no outside text
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_PROJECT,
        env=environment(),
        start_new_session=True,
    )
