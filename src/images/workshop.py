"""Prepare many images on all cores, each in a child process that may be killed."""

from __future__ import annotations

import hashlib
import os
import queue
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Self, TypeVar

from pydantic import BaseModel

from src.domain.errors import ImageRejected
from src.domain.image import ImageRecord
from src.images.canonical import refuse_heavy, refused
from src.images.faults import ImageStoreError, WorkshopError
from src.images.limits import Limits
from src.images.worker import MESSAGE_MOST, receive, send

K = TypeVar("K")

_PROJECT = Path(__file__).parents[2]
_AHEAD = 3
"""Images in flight for each child: enough that none waits, few enough that memory stays flat."""
_START_SECONDS = 60.0
_LAST_SECONDS = 2.0
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "PYTHONPATH", "TMPDIR")


class Prepared(BaseModel, frozen=True, extra="forbid"):
    """An image whose copies lie in the staging folder, ready to be committed."""

    record: ImageRecord
    files: tuple[str, ...]
    """Names below the image's folder: full.jpg, thumb.webp, view.webp, shown.png."""


class _Answer(BaseModel, frozen=True, extra="forbid"):
    """What a child says of one image: a record, a refusal, or that it could not write."""

    record: ImageRecord | None = None
    files: tuple[str, ...] = ()
    rule: str = ""
    message: str = ""
    fault: str = ""


class Workshop:
    """Prepares images in child processes; a context manager, so that none outlives its use.

    An image that crashes, hangs or starves its child is refused alone: the child is replaced
    and the others go on.
    """

    def __init__(
        self, staging: Path, limits: Limits | None = None, workers: int | None = None
    ) -> None:
        self._staging = staging.resolve()
        self._limits = limits or Limits()
        self._workers = workers or os.cpu_count() or 1
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._children: dict[int, _Child] = {}

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="image")
        for _ in range(self._workers):
            self._idle.put(self._new_child())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in list(self._children.values()):
            child.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for child in list(self._children.values()):
            child.end()

    @property
    def pids(self) -> tuple[int, ...]:
        """The child processes alive now."""
        return tuple(pid for pid, child in list(self._children.items()) if not child.is_dead)

    def prepare(
        self, jobs: Iterable[tuple[K, bytes, str]]
    ) -> Iterator[tuple[K, Prepared | ImageRejected]]:
        """Yield each (key, bytes, name) as prepared or refused, in the order they came.

        Jobs are taken only as fast as results are, so the bytes of a few images at a time are
        held. Bytes already seen under another name are not decoded again.
        """
        known = dict[str, Prepared]()
        waiting = deque[tuple[K, str, Future[Prepared | ImageRejected]]]()
        for key, raw, given in jobs:
            name = _storable(given)
            waiting.append((key, name, self._submit(raw, name, known)))
            while len(waiting) > self._workers * _AHEAD or (waiting and waiting[0][2].done()):
                yield _result(waiting.popleft(), known)
        while waiting:
            yield _result(waiting.popleft(), known)

    def _submit(
        self, raw: bytes, name: str, known: dict[str, Prepared]
    ) -> Future[Prepared | ImageRejected]:
        try:
            refuse_heavy(raw, self._limits)
        except ImageRejected as refusal:
            return _settled(refused(name, refusal.rule, refusal.message))
        before = known.get(hashlib.sha256(raw).hexdigest())
        return self._threads.submit(self._ask, raw, name) if before is None else _settled(before)

    def _ask(self, raw: bytes, name: str) -> Prepared | ImageRejected:
        child = self._idle.get()
        try:
            if child.is_dead:
                child = self._new_child(instead_of=child)
            return child.ask(raw, name)
        finally:
            self._idle.put(child)

    def _new_child(self, instead_of: _Child | None = None) -> _Child:
        if instead_of is not None:
            instead_of.end()
            self._children.pop(instead_of.pid, None)
        child = _Child(self._limits, self._staging)
        self._children[child.pid] = child
        return child


def _storable(name: str) -> str:
    """Return the name without lone surrogates, which no file and no database can hold."""
    return name.encode("utf-8", "replace").decode()


def _settled(result: Prepared | ImageRejected) -> Future[Prepared | ImageRejected]:
    future: Future[Prepared | ImageRejected] = Future()
    future.set_result(result)
    return future


def _result(
    waited: tuple[K, str, Future[Prepared | ImageRejected]], known: dict[str, Prepared]
) -> tuple[K, Prepared | ImageRejected]:
    """Return what became of a job, each with the name it came under."""
    key, name, future = waited
    result = future.result()
    if isinstance(result, Prepared):
        known[result.record.original_sha256] = result
        record = result.record.model_copy(update={"original_name": name})
        result = result.model_copy(update={"record": record})
    return key, result


class _Child:
    """One child process and the way to talk to it."""

    def __init__(self, limits: Limits, staging: Path) -> None:
        self._limits = limits
        self._overdue = False
        self._greeted = False
        command = [sys.executable, "-m", "src.images.worker", limits.model_dump_json()]
        try:
            self._process = _started([*command, str(staging)])
        except OSError as fault:
            raise WorkshopError(
                f"The process that decodes images cannot be started: {fault.strerror}."
            ) from fault

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_dead(self) -> bool:
        return self._process.poll() is not None

    def ask(self, raw: bytes, name: str) -> Prepared | ImageRejected:
        """Return the child's answer, or why there is none; the child is dead in that case."""
        self._greet()
        said = self._in_time(self._limits.wall_seconds, lambda: self._exchange(raw, name))
        if said is None:
            return self._post_mortem(name)
        answer = _Answer.model_validate_json(said)
        if answer.fault:
            raise ImageStoreError(f"The image {name!r} cannot be stored: {answer.fault}.")
        if answer.record is None:
            return ImageRejected(answer.rule, answer.message)
        return Prepared(record=answer.record, files=answer.files)

    def _greet(self) -> None:
        """Wait until the child runs: one that never starts is our fault, not an image's."""
        if self._greeted:
            return
        if self._in_time(_START_SECONDS, self._listen) is None and self._process.returncode > 0:
            raise WorkshopError(
                f"The process that decodes images cannot be started with {sys.executable!r}; "
                "install the requirements again."
            )
        self._greeted = True

    def _in_time(self, seconds: float, exchange: Callable[[], bytes | None]) -> bytes | None:
        """Return what the exchange brings; a child that is late or dead is buried."""
        timer = Timer(seconds, self._end_overdue)
        timer.start()
        try:
            said = exchange()
        finally:
            timer.cancel()
            timer.join()
        if said is None and not self._overdue:
            self._let_it_die()
        if said is None or self._overdue:
            self.end()
        return said

    def _let_it_die(self) -> None:
        """Wait for a child that closed its pipe, so that its exit status tells why."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_SECONDS)

    def _listen(self) -> bytes | None:
        return receive(self._process.stdout, MESSAGE_MOST) if self._process.stdout else None

    def _exchange(self, raw: bytes, name: str) -> bytes | None:
        source, target = self._process.stdin, self._process.stdout
        if source is None or target is None:
            return None
        try:
            send(source, name.encode(), raw)
            return receive(target, MESSAGE_MOST)
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

    def _post_mortem(self, name: str) -> ImageRejected:
        """Say why the child gave no answer."""
        if self._overdue or self._process.returncode == -signal.SIGXCPU:
            return refused(name, "timeout", "decoding it takes too long; save it again")
        return refused(name, "crashed", "the decoder broke down on it; export it again")


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own: Ctrl-C in a terminal is for the parent to handle."""
    return subprocess.Popen(  # noqa: S603 - our own module, no outside text
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_PROJECT,
        env=environment(),
        start_new_session=True,
    )


def environment() -> dict[str, str]:
    """Return what a child needs to find its libraries, and none of the app's secrets."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
