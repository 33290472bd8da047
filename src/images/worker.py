"""The child process: take an image, write its copies, answer; started by the workshop.

It knows nothing of the app, holds no secrets, and may die at any moment without harm.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from pathlib import Path
from typing import IO

from src.domain.errors import ImageRejected
from src.images.canonical import Copies, make_copies
from src.images.folders import appear, folder_of
from src.images.limits import Limits

LENGTH = 8
"""Bytes of the number before each part of a message."""
_PATIENCE = 5
MESSAGE_MOST = 1 << 20
"""Bytes of a name or an answer; a decoder taken over by an image cannot flood the parent."""
READY = b"ready"


def send(target: IO[bytes], *parts: bytes) -> None:
    """Write the parts, each after its length."""
    for part in parts:
        target.write(len(part).to_bytes(LENGTH))
        target.write(part)
    target.flush()


def receive(source: IO[bytes], most: int) -> bytes | None:
    """Return the next part; None when the other side has gone, even in the middle of it.

    A part announced as longer than `most` is not one of ours and counts as gone.
    """
    head = source.read(LENGTH)
    if len(head) < LENGTH:
        return None
    length = int.from_bytes(head)
    if length > most:
        return None
    part = source.read(length)
    return part if len(part) == length else None


def write_copies(staging: Path, copies: Copies) -> None:
    """Put the files on disk so that the image's folder is there whole or not at all.

    The same image may be there already: another original can have the same canonical copy.
    """
    final = folder_of(staging, copies.record.sha256)
    if final.exists():
        return
    half_done = staging / f".part-{os.getpid()}-{copies.record.sha256}"
    half_done.mkdir(exist_ok=True)
    for name, data in copies.files.items():
        _write_through(half_done / name, data)
    if not appear(half_done, final):
        shutil.rmtree(half_done)


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())


def confine(limits: Limits) -> None:
    """Give this process no more memory than the limits say, no core file, no large files.

    It also steps back behind the app, which must answer readers while an import runs.
    """
    os.nice(_PATIENCE)
    _lower(resource.RLIMIT_AS, limits.memory)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, max(limits.memory, limits.max_bytes))


def _lower(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (allowed, hard))


def allow_seconds(seconds: int) -> None:
    """Let the process use that much more processor time; the system ends it after that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds)


def answer(raw: bytes, name: str, limits: Limits, staging: Path) -> bytes:
    """Make and write the copies of one image and return what to tell the parent."""
    try:
        copies = make_copies(raw, name, limits)
    except ImageRejected as refusal:
        return json.dumps({"rule": refusal.rule, "message": refusal.message}).encode()
    try:
        write_copies(staging, copies)
    except OSError as fault:
        return json.dumps({"fault": f"{fault.strerror} ({staging})"}).encode()
    done = {"record": copies.record.model_dump(mode="json"), "files": sorted(copies.files)}
    return json.dumps(done).encode()


def main() -> None:
    """Serve images from standard input until it ends."""
    limits, staging = Limits.model_validate_json(sys.argv[1]), Path(sys.argv[2])
    source, target = sys.stdin.buffer, sys.stdout.buffer
    confine(limits)
    send(target, READY)
    while (name := receive(source, MESSAGE_MOST)) is not None:
        raw = receive(source, limits.max_bytes)
        if raw is None:
            return
        allow_seconds(limits.cpu_seconds)
        send(target, answer(raw, name.decode(), limits, staging))


if __name__ == "__main__":
    main()
