"""export: a release written in one of its formats."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from src.commands.console import Answer, note, verb
from src.domain.exports import ABOUT, ExportChoices, ExportFormat
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.services.exporting import ExportReport
from src.services.progress import Progress, Watcher
from src.services.workbench import Workbench

LOG_EVERY = 30.0
"""Seconds between two lines where nobody watches a terminal."""
DRAWN_EVERY = 0.1


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    verb(app, "export")(export)


def export(
    bench: Workbench,
    release: Annotated[int, typer.Option(help="The release's number.")],
    out: Annotated[Path, typer.Option(help="The folder to write into.")],
    format: Annotated[ExportFormat, typer.Option(help="What to write it as.")] = ExportFormat.JSONL,
    images: Annotated[
        Literal["base64", "files"],
        typer.Option(help="vlmevalkit: images inside the tables, or as files beside them."),
    ] = "base64",
    known_licences_only: Annotated[
        bool,
        typer.Option(help="Leave out images whose licence is not known, too."),
    ] = False,
    all_images: Annotated[
        bool,
        typer.Option(help="jsonl: also images that may not be passed on, for a copy to keep."),
    ] = False,
) -> Answer:
    """Write a release; the same release and options always give the same bytes."""
    choices = ExportChoices(images=images, known_only=known_licences_only, all_images=all_images)
    report = bench.exporting.export(OPERATOR, release, out, format, choices, _watch())
    head = bench.browsing.head(OPERATOR)
    data = {**report.model_dump(mode="json"), "head": head.model_dump()}
    lines = [
        f"{out / report.manifest.path}  {report.manifest.sha256}",
        f"{counted(report.items, 'item')}, {counted(report.images, 'image')}, "
        f"{counted(len(report.files), 'file')}: {ABOUT[format].name}",
        *left_out_lines(report),
        f"event chain at {head.seq}, {head.hash}",
    ]
    return Answer(data, lines)


def left_out_lines(report: ExportReport) -> list[str]:
    """Return what an export left out and why, and what is in it that nobody allowed."""
    lines = [
        f"  left out: {counted(number, 'item')}, {why}"
        for why, number in report.items_left_out.items()
    ]
    lines += [
        f"  left out: {counted(number, 'image')}, {why}"
        for why, number in report.images_left_out.items()
    ]
    if report.unknown:
        lines.append(
            f"  of unknown licence: {counted(report.unknown, 'image')}; "
            "--known-licences-only leaves them out"
        )
    return lines


def _watch() -> Watcher:
    """Return a watcher that draws one line on a terminal, or writes one now and then elsewhere."""
    on_terminal = sys.stderr.isatty()
    last = time.monotonic()

    def watch(progress: Progress) -> bool:
        nonlocal last
        over = progress.done >= progress.total
        waited = time.monotonic() - last
        if on_terminal and (over or waited >= DRAWN_EVERY):
            last = time.monotonic()
            end = "\n" if over else ""
            print(f"\r\x1b[K{_words(progress)}", end=end, file=sys.stderr, flush=True)
        elif not on_terminal and waited >= LOG_EVERY:
            last = time.monotonic()
            note(_words(progress))
        return True

    return watch


def _words(progress: Progress) -> str:
    rate = progress.done / progress.seconds if progress.seconds else 0.0
    left = progress.seconds_left
    rest = f", about {left:.0f} s left" if left is not None else ""
    return f"{progress.what}: {progress.done} of {progress.total} items, {rate:.1f} items/s{rest}"
