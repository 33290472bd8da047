"""Files of any known format, told apart by their names and first lines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from src.domain.errors import Problem
from src.files import jsonlines, mmrarebench, mrarebench
from src.files.faults import FileFault, require_file
from src.files.ids import check_id
from src.files.incoming import FileHead, IncomingItem
from src.files.lines import Lines

UNKNOWN = "unknown"
TABLES = (".tsv",)
JSON_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Opened:
    """A file about to be read; `records` can be run through once."""

    path: Path
    format: str
    """mmrarebench_v1_TRACK (without the track where it cannot be told), mrarebench_v2_TRACK, jsonl,
    release, unknown."""
    head: FileHead
    records: Iterator[IncomingItem | Problem]
    size_bytes: int
    tell: Callable[[], int]
    """How many bytes have been read so far."""

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's bytes, read when it is first asked for."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def open_items(path: Path, *, dataset: str | None = None, image_root: Path | None = None) -> Opened:
    """Open a benchmark file of any known format.

    What is wrong with it, an unknown format too, comes among its records; only a file that is
    not there, or a folder, is refused at once.
    """
    require_file(path)
    if dataset is not None:
        check_id(dataset, slash=False)
    lines = Lines(path)
    if path.suffix.lower() in TABLES and (second := mrarebench.peek_track(path)):
        name = dataset or mrarebench.DATASET
        head = FileHead(format=f"mrarebench_v2_{second.value}", dataset=name)
        records = mrarebench.read_lines(lines, dataset=name, image_root=image_root)
    elif path.suffix.lower() in TABLES:
        name = dataset or mmrarebench.DATASET
        track = mmrarebench.peek_track(path)
        head = FileHead(
            format="mmrarebench_v1" + (f"_{track.value}" if track else ""), dataset=name
        )
        records = mmrarebench.read_lines(lines, dataset=name, image_root=image_root)
    elif path.suffix.lower() in JSON_LINES:
        head = jsonlines.read_head(path) or FileHead(format=jsonlines.ITEMS, dataset=dataset)
        records = jsonlines.read_lines(lines, dataset=dataset, image_root=image_root)
    else:
        head = FileHead(format=UNKNOWN)
        records = iter([_unknown(path).at(None)])
    kind = {jsonlines.ITEMS: "jsonl", jsonlines.RELEASE: "release"}.get(head.format, head.format)
    return Opened(path, kind, head, records, path.stat().st_size, lambda: lines.offset)


def _unknown(path: Path) -> FileFault:
    return FileFault(
        "unknown_format",
        f"{path.name!r} is of no known format: MMRareBench tables end in .tsv, RareReview's own"
        " files in .jsonl.",
    )
