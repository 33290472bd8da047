"""An import that runs beside the screens: it goes on when its page is left, and can be stopped."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import streamlit as st

from src.domain.errors import BadInputError, ConflictError, Problem, ReviewToolError
from src.domain.people import Actor
from src.services.importing import FileReport, ImportProgress
from src.services.scanning import ScanProgress, ScanReport
from src.services.workbench import Workbench

log = logging.getLogger("rare_review")
SUFFIXES = {".tsv", ".csv", ".jsonl", ".json", ".ndjson"}
LISTED = 500


class ImportJob:
    """One import in a thread of its own. Read by any number of screens, written by that thread."""

    def __init__(
        self, bench: Workbench, actor: Actor, path: Path, dataset: str | None, dry_run: bool
    ) -> None:
        self.name, self.dry_run = path.name, dry_run
        self.progress = ImportProgress(share=0.0, items=0, images=0, seconds=0.0)
        self.scanning: ScanProgress | None = None
        """How far the scan that follows a stored import is; None before it."""
        self.report: FileReport | None = None
        self.refusal = ""
        self.scan: ScanReport | None = None
        self.scan_refusal = ""
        self.problems: tuple[Problem, ...] = ()
        self._stopping = threading.Event()
        self._work = (bench, actor, path, dataset)

    @property
    def done(self) -> bool:
        """True when there is nothing left to wait for."""
        return self.report is not None or bool(self.refusal)

    @property
    def stopping(self) -> bool:
        """True when somebody asked to stop."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask to stop; what is being stored at this moment is stored whole or not at all."""
        self._stopping.set()

    def run(self, image_root: Path | None, finish: Callable[[], None]) -> None:
        """Import the file, look for leaks in what is new, and keep what came of both."""
        bench, actor, path, dataset = self._work
        report = None
        try:
            report = bench.importing.store_file(
                actor,
                path,
                dataset=dataset,
                image_root=image_root,
                dry_run=self.dry_run,
                watch=self._watch,
            )
        except ReviewToolError as refusal:
            self.problems = refusal.problems
            self.refusal = refusal.message
        except Exception:
            log.exception("An import failed")
            self.refusal = "The import failed on our side. Nothing was changed; the log says why."
        finally:
            finish()
        if report is not None and not self.dry_run and (report.new or report.changed):
            self._scan(bench, actor)
        self.report = report

    def _scan(self, bench: Workbench, actor: Actor) -> None:
        """Scan what is new; what was imported stays, whatever comes of that."""
        try:
            self.scan = bench.scanning.scan_new(actor, self._watch_scan)
        except ReviewToolError as refusal:
            self.scan_refusal = refusal.message
        except Exception:
            log.exception("A scan after an import failed")
            self.scan_refusal = "It failed on our side; the log says why."

    def _watch(self, progress: ImportProgress) -> bool:
        self.progress = progress
        return not self.stopping

    def _watch_scan(self, progress: ScanProgress) -> bool:
        self.scanning = progress
        return not self.stopping


class ImportDesk:
    """The one import a server does at a time, and the last one it did."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.job: ImportJob | None = None

    def start(
        self,
        job: ImportJob,
        *,
        image_root: Path | None = None,
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        """Start a job in the background; raise ConflictError while another one runs."""
        with self._lock:
            if self.job is not None and not self.job.done:
                finish()
                raise ConflictError(f"{self.job.name!r} is still being imported. Wait, or stop it.")
            self.job = job
        threading.Thread(target=job.run, args=(image_root, finish), daemon=True).start()

    def clear(self) -> None:
        """Put the last report away."""
        with self._lock:
            if self.job is not None and self.job.done:
                self.job = None


@st.cache_resource(show_spinner=False)
def import_desk() -> ImportDesk:
    """Return this server's import desk: all its screens see the same one."""
    return ImportDesk()


def waiting_files(folder: Path) -> list[str]:
    """Return the benchmark files below the import folder, by their names in it."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    names = sorted(str(path.relative_to(folder)) for path in found if path.is_file())
    return names[:LISTED]


def file_below(folder: Path, name: str) -> Path:
    """Return a file below the import folder; raise BadInputError for one that leads out of it."""
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise BadInputError(f"There is no file {name!r} in the import folder.")
    return path


def kept_upload(name: str, source: IO[bytes]) -> tuple[Path, Callable[[], None]]:
    """Write an upload to a folder of its own; return the file and what removes it again."""
    folder = Path(tempfile.mkdtemp(prefix="rare-review-upload-"))
    path = folder / (Path(name).name or "upload")
    with path.open("wb") as out:
        shutil.copyfileobj(source, out)
    return path, lambda: shutil.rmtree(folder, ignore_errors=True)
