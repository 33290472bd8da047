"""Taking a release away: choose a format, watch it being written, download it where it is small."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import streamlit as st

from src.domain.exports import ABOUT, ExportChoices, ExportFormat
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.files.export_folder import zipped
from src.services.exporting import ExportReport
from src.ui.leak_words import progress_words
from src.ui.notices import careful, plain
from src.ui.session import workbench
from src.ui.work import Watch, refused, under_way, work_desk

EXPORTS = Path("var/export")
DOWNLOAD_BYTES = 100_000_000
"""What is larger is fetched from the server's folder: a browser would wait for it too long."""
IN_TABLES, AS_FILES = "Inside the tables", "As files beside them"


class ExportKey(NamedTuple):
    """Which release, as what."""

    number: int
    sha256: str
    format: ExportFormat

    @property
    def name(self) -> str:
        """What is written, in words."""
        return f"release {self.number} as {ABOUT[self.format].name}"

    @property
    def work(self) -> str:
        """The name of the work that writes it."""
        return f"export-{self.number}-{self.sha256[:12]}-{self.format.value}"

    @property
    def folder(self) -> Path:
        """Where it is written."""
        return EXPORTS / f"release-{self.number}-{self.sha256[:12]}" / self.format.value


def export_form(actor: Actor, number: int, sha256: str) -> None:
    """Offer to write a release in any format, or show the one that is under way or just done."""
    if not actor.roles & {Role.LEAD, Role.EVALUATOR}:
        return
    with st.expander(f"Export release {number}", key=f"export-{number}"):
        # The choice stays on the screen while it is written: what is not drawn is forgotten.
        key = ExportKey(number, sha256, _format(number))
        _choices(actor, key)
        work = work_desk().of(key.work)
        if work is not None and not work.done:
            under_way(work, plain(f"Writing {key.name}"), progress_words, f"export-{number}")
            return
        st.button(
            f"Write {key.name}",
            type="primary",
            key=f"export-start-{number}",
            on_click=start_export,
            args=(actor.person_id, key),
        )
        if work is None:
            return
        if work.stopped:
            st.info("Stopped. The export that was there before stays.")
        elif not refused(work):
            _came_of_it(key, work.result)


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
    choices = _chosen(actor, key)

    def write(watch: Watch) -> ExportReport:
        return bench.exporting.export(actor, key.number, key.folder, key.format, choices, watch)

    work_desk().start(key.work, write)


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


def _came_of_it(key: ExportKey, report: ExportReport) -> None:
    written = [counted(report.items, "item")]
    written += [counted(report.images, "image")] if ABOUT[report.format].holds_images else []
    st.success(f"Written: {' and '.join(written)}.")
    _left_out("item", report.items_left_out)
    _left_out("image", report.images_left_out)
    if report.unknown:
        many = counted(report.unknown, "image")
        st.caption(f"Of unknown licence: {many}. Find out what it allows before you pass them on.")
    _download(key, report)
    st.caption(plain(f"In {key.folder}. The manifest's sha256: {report.manifest.sha256}"))


def _left_out(noun: str, reasons: Mapping[str, int]) -> None:
    for why, number in reasons.items():
        st.caption(plain(f"Left out: {counted(number, noun)}, because {why}."))


def _download(key: ExportKey, report: ExportReport) -> None:
    """Offer the file, or all of them packed as one; a large export stays where it is."""
    folder, paths = key.folder, [file.path for file in report.files]
    if not all((folder / path).is_file() for path in paths):
        return
    size = sum((folder / path).stat().st_size for path in paths)
    if size > DOWNLOAD_BYTES:
        st.info(f"It takes {_in_words(size)}: fetch it from the server's folder.")
        return
    stem = f"release-{key.number}-{report.format.value}-{report.manifest.sha256[:16]}"
    if report.format is ExportFormat.XLSX:
        data, name = (folder / paths[0]).read_bytes, f"{stem}.xlsx"
    else:
        data, name = lambda: zipped(folder, paths), f"{stem}.zip"
    st.download_button(
        f"Download, {_in_words(size)}",
        data=data,
        file_name=name,
        key=f"download-{stem}",
        on_click="ignore",
    )


def _in_words(size: int) -> str:
    if size < 1e6:
        return f"{max(1, round(size / 1e3)):,} kB"
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.1f} GB"
