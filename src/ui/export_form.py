"""Taking a release away: choose a format, watch it being written, download it where it is small."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import streamlit as st

from src.domain.exports import ABOUT, ExportChoices, ExportFormat
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.files.export_folder import zipped
from src.services.exporting import ExportReport
from src.services.progress import Progress
from src.ui.export_job import ExportDesk, ExportJob, ExportKey, export_desk
from src.ui.notices import careful, plain
from src.ui.session import workbench

EXPORTS = Path("var/export")
POLL_SECONDS = 0.5
DOWNLOAD_BYTES = 100_000_000
"""What is larger is fetched from the server's folder: a browser would wait for it too long."""
IN_TABLES, AS_FILES = "Inside the tables", "As files beside them"


def export_form(actor: Actor, number: int, sha256: str) -> None:
    """Offer to write a release in any format, or show the one that is under way or just done."""
    if not actor.roles & {Role.LEAD, Role.EVALUATOR}:
        return
    desk = export_desk()
    with st.expander(f"Export release {number}", key=f"export-{number}"):
        # The choice stays on the screen while it is written: what is not drawn is forgotten.
        key = ExportKey(number, sha256, _format(number))
        _choices(actor, key)
        if desk.running is not None:
            _under_way(desk)
            return
        st.button(
            f"Write release {number} as {ABOUT[key.format].name}",
            type="primary",
            key=f"export-start-{number}",
            on_click=start_export,
            args=(actor.person_id, key),
        )
        job = desk.last(key)
        if job is not None:
            _came_of_it(job)


def _format(number: int) -> ExportFormat:
    """Let one of the formats be chosen, each with a line that says for whom it is."""
    chosen = st.radio(
        "Format",
        list(ExportFormat),
        format_func=lambda format: ABOUT[format].name,
        captions=[ABOUT[format].for_whom for format in ExportFormat],
        key=f"export-format-{number}",
    )
    return ExportFormat(chosen or ExportFormat.JSONL)


def _choices(actor: Actor, key: ExportKey) -> None:
    """Offer what may be chosen of a format; every image, allowed or not, is for the lead only."""
    if key.format is ExportFormat.VLMEVALKIT:
        st.segmented_control(
            "Images",
            [IN_TABLES, AS_FILES],
            default=IN_TABLES,
            required=True,
            key=f"export-images-{key.number}",
        )
    if not ABOUT[key.format].holds_images:
        return
    st.caption("Images whose licence forbids passing them on are left out, and named.")
    st.checkbox("Leave out images of unknown licence, too", key=f"export-known-{key.number}")
    if Role.LEAD in actor.roles and key.format is ExportFormat.JSONL:
        st.checkbox(
            "A copy to keep: with every image, also those that may not be passed on",
            key=f"export-all-{key.number}",
        )


@careful
def start_export(person_id: str, key: ExportKey) -> None:
    """Start writing what the form describes."""
    bench = workbench()
    actor = bench.people.actor(person_id)
    folder = EXPORTS / f"release-{key.number}-{key.sha256[:12]}" / key.format.value
    export_desk().start(ExportJob(bench, actor, key, folder, _chosen(actor, key)))


def _chosen(actor: Actor, key: ExportKey) -> ExportChoices:
    held, number = st.session_state, key.number
    files = key.format is ExportFormat.VLMEVALKIT and held.get(f"export-images-{number}")
    images: Literal["base64", "files"] = "files" if files == AS_FILES else "base64"
    if not ABOUT[key.format].holds_images:
        return ExportChoices(images=images)
    lead = Role.LEAD in actor.roles and key.format is ExportFormat.JSONL
    every = lead and bool(held.get(f"export-all-{number}"))
    known = not every and bool(held.get(f"export-known-{number}"))
    return ExportChoices(images=images, known_only=known, all_images=every)


@st.fragment(run_every=POLL_SECONDS)
def _under_way(desk: ExportDesk) -> None:
    job = desk.running
    if job is None:
        st.rerun()
    st.markdown(f"**Writing {plain(job.name)}**")
    st.progress(job.progress.share, text=progress_words(job.progress))
    st.button(
        "Stopping" if job.stopping else "Stop; the export before stays",
        key="export-stop",
        disabled=job.stopping,
        on_click=careful(job.stop),
    )
    st.caption("You can leave this page. The export goes on, and waits here.")


def progress_words(progress: Progress) -> str:
    """Return how far an export is, at what rate, and how long it still takes."""
    parts = [f"{progress.done:,} of {counted(progress.total, 'item')}"]
    if progress.seconds > 1:
        parts.append(f"{progress.done / progress.seconds:.0f} items a second")
    if progress.seconds_left is not None:
        parts.append(f"about {max(1, round(progress.seconds_left))} s left")
    return " · ".join(parts)


def _came_of_it(job: ExportJob) -> None:
    if job.report is None:
        st.warning(plain(job.refusal))
        return
    report = job.report
    written = [counted(report.items, "item")]
    written += [counted(report.images, "image")] if ABOUT[report.format].holds_images else []
    st.success(f"Written: {' and '.join(written)}.")
    _left_out("item", report.items_left_out)
    _left_out("image", report.images_left_out)
    if report.unknown:
        many = counted(report.unknown, "image")
        st.caption(f"Of unknown licence: {many}. Find out what it allows before you pass them on.")
    _download(job, report)
    st.caption(plain(f"In {job.folder}. The manifest's sha256: {report.manifest.sha256}"))


def _left_out(noun: str, reasons: Mapping[str, int]) -> None:
    for why, number in reasons.items():
        st.caption(plain(f"Left out: {counted(number, noun)}, because {why}."))


def _download(job: ExportJob, report: ExportReport) -> None:
    """Offer the file, or all of them packed as one; a large export stays where it is."""
    paths = [file.path for file in report.files]
    if not all((job.folder / path).is_file() for path in paths):
        return
    size = sum((job.folder / path).stat().st_size for path in paths)
    if size > DOWNLOAD_BYTES:
        st.info(f"It takes {_megabytes(size)}: fetch it from the server's folder.")
        return
    stem = f"release-{job.key.number}-{report.format.value}-{report.manifest.sha256[:16]}"
    if report.format is ExportFormat.XLSX:
        data, name = (job.folder / paths[0]).read_bytes, f"{stem}.xlsx"
    else:
        folder = job.folder
        data, name = lambda: zipped(folder, paths), f"{stem}.zip"
    st.download_button(
        f"Download, {_megabytes(size)}",
        data=data,
        file_name=name,
        key=f"download-{stem}",
        on_click="ignore",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.1f} GB"
