"""How far a scan for leaks is, on standard error, and the scan that follows an import."""

from __future__ import annotations

import sys
import time

from src.commands.console import note
from src.domain.errors import ReviewToolError
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.services.scanning import ScanProgress, ScanReport, Watcher
from src.services.workbench import Workbench

LOG_EVERY = 30.0
"""Seconds between two lines where nobody watches a terminal."""


def watch_scan() -> Watcher:
    """Return a watcher that draws one line on a terminal, or writes one now and then elsewhere."""
    on_terminal = sys.stderr.isatty()
    last = time.monotonic()

    def watch(progress: ScanProgress) -> bool:
        nonlocal last
        if on_terminal:
            end = "\n" if progress.done >= progress.total else ""
            print(f"\r\x1b[K{_words(progress)}", end=end, file=sys.stderr, flush=True)
        elif time.monotonic() - last >= LOG_EVERY:
            last = time.monotonic()
            note(_words(progress))
        return True

    return watch


def _words(progress: ScanProgress) -> str:
    left = progress.seconds_left
    images = f", {counted(progress.images, 'image')} read" if progress.images else ""
    rest = f", about {left:.0f} s left" if left is not None else ""
    share = f"scanning: {progress.done} of {counted(progress.total, 'item')}"
    return f"{share}, {progress.rate:.1f} items/s{images}{rest}"


def scan_words(report: ScanReport) -> str:
    """Return what a scan did, in one line."""
    stale = f", {report.stale} of them again" if report.stale else ""
    read = f", {counted(report.images_read, 'image')} read" if report.images_read else ""
    return (
        f"scanned {report.scanned} of {counted(report.items, 'item')}{stale}{read} "
        f"in {report.seconds:.1f} s: "
        f"{counted(report.hits - report.low, 'hit')}, {report.low} more of low rank"
    )


def scan_after_import(bench: Workbench) -> None:
    """Look for leaks in what is new; what was imported stays, whatever comes of that."""
    try:
        note(scan_words(bench.scanning.scan_new(OPERATOR, watch_scan())))
    except ReviewToolError as error:
        note(f"What was imported is stored, but not scanned for leaks: {error}")
        note("Scan it with 'python manage.py scan'.")
    except Exception as error:  # noqa: BLE001  an import that is stored must not look refused
        note(f"What was imported is stored, but not scanned for leaks ({type(error).__name__}).")
        note("Scan it with 'python manage.py scan'.")
