"""An export that runs beside the screens: it goes on when its page is left, and can be stopped."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from src.domain.errors import ConflictError, ReviewToolError
from src.domain.exports import ABOUT, ExportChoices, ExportFormat
from src.domain.people import Actor
from src.services.exporting import ExportReport
from src.services.progress import Progress
from src.services.workbench import Workbench

log = logging.getLogger("rare_review")


class ExportKey(NamedTuple):
    """Which release, as what."""

    number: int
    sha256: str
    format: ExportFormat


class ExportJob:
    """One export in a thread of its own. Read by any number of screens, written by that thread."""

    def __init__(
        self, bench: Workbench, actor: Actor, key: ExportKey, folder: Path, choices: ExportChoices
    ) -> None:
        self.key, self.folder = key, folder
        self.progress = Progress(done=0, total=0, seconds=0.0)
        self.report: ExportReport | None = None
        self.refusal = ""
        self._stopping = threading.Event()
        self._work = (bench, actor, choices)

    @property
    def name(self) -> str:
        """What is being written, in words."""
        return f"release {self.key.number} as {ABOUT[self.key.format].name}"

    @property
    def done(self) -> bool:
        """True when there is nothing left to wait for."""
        return self.report is not None or bool(self.refusal)

    @property
    def stopping(self) -> bool:
        """True when somebody asked to stop."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask to stop; the export that was there before stays."""
        self._stopping.set()

    def run(self) -> None:
        """Write the export and keep what came of it."""
        bench, actor, choices = self._work
        try:
            number, _, format = self.key
            report = bench.exporting.export(
                actor, number, self.folder, format, choices, self._watch
            )
        except ReviewToolError as refusal:
            self.refusal = refusal.message
        except Exception:
            log.exception("An export failed")
            self.refusal = "The export failed on our side. Nothing was put in place; see the log."
        else:
            self.report = report

    def _watch(self, progress: Progress) -> bool:
        self.progress = progress
        return not self.stopping


class ExportDesk:
    """The one export a server writes at a time, and the last one of each kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: ExportJob | None = None
        self._last: dict[ExportKey, ExportJob] = {}

    @property
    def running(self) -> ExportJob | None:
        """The export under way, if there is one."""
        job = self._running
        return job if job is not None and not job.done else None

    def last(self, key: ExportKey) -> ExportJob | None:
        """Return the newest export of a release in a format, done or under way."""
        return self._last.get(key)

    def start(self, job: ExportJob) -> None:
        """Start a job in the background; raise ConflictError while another one runs."""
        with self._lock:
            if self.running is not None:
                raise ConflictError(f"{self.running.name} is being written. Wait, or stop it.")
            self._running = job
            self._last[job.key] = job
        threading.Thread(target=job.run, daemon=True).start()


@st.cache_resource(show_spinner=False)
def export_desk() -> ExportDesk:
    """Return this server's export desk: all its screens see the same one."""
    return ExportDesk()
