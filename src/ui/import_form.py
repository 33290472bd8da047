"""Bringing a benchmark file in: choose it, watch it, read what came of it."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import BadInputError, Problem
from src.domain.plurals import counted
from src.services.importing import FileReport, ImportProgress
from src.services.scanning import ScanProgress, ScanReport
from src.ui.import_job import ImportDesk, ImportJob, file_below, import_desk, kept_upload
from src.ui.import_job import waiting_files as files_waiting
from src.ui.notices import careful, plain
from src.ui.session import settings, workbench
from src.ui.tables import table

UPLOAD, NAMED = "Upload a file", "A file in the import folder"
POLL_SECONDS = 0.5


def import_form(person_id: str) -> None:
    """Offer an import, or show the one that is under way or just done."""
    desk = import_desk()
    if desk.job is not None and not desk.job.done:
        _under_way(desk)
        return
    if desk.job is not None:
        _came_of_it(desk, desk.job)
    _choice(person_id)


def _choice(person_id: str) -> None:
    source = st.segmented_control(
        "Where the file is", [UPLOAD, NAMED], default=UPLOAD, required=True, key="import-source"
    )
    if source == UPLOAD:
        st.file_uploader(
            "Benchmark file, up to 200 MB: TSV, CSV or JSON Lines", key="import-upload"
        )
    else:
        folder = settings().import_dir
        names = files_waiting(folder)
        if not names:
            st.info(f"There is no benchmark file in the import folder, {plain(str(folder))}.")
        st.selectbox("File", names, key="import-name", disabled=not names)
    st.text_input(
        "Name of the dataset",
        key="import-dataset",
        max_chars=100,
        help="It begins the id of each item. A file that names its dataset needs none here.",
        width=360,
    )
    st.checkbox("Only try it: check everything, store nothing", key="import-dry")
    dry = bool(st.session_state.get("import-dry"))
    st.button(
        "Check the file" if dry else "Import the file",
        type="primary",
        key="import-start",
        on_click=start_import,
        args=(person_id,),
    )


@careful
def start_import(person_id: str) -> None:
    """Start the import that the form describes."""
    held, bench = st.session_state, workbench()
    dataset = str(held.get("import-dataset") or "").strip() or None
    dry_run = bool(held.get("import-dry"))
    actor = bench.people.actor(person_id)
    folder = settings().import_dir
    if held.get("import-source") == NAMED:
        if not held.get("import-name"):
            raise BadInputError("Choose a file first.")
        path = file_below(folder, str(held["import-name"]))
        import_desk().start(ImportJob(bench, actor, path, dataset, dry_run))
        return
    upload = held.get("import-upload")
    if upload is None:
        raise BadInputError("Choose a file first.")
    path, remove = kept_upload(upload.name, upload)
    root = folder if folder.is_dir() else None
    job = ImportJob(bench, actor, path, dataset, dry_run)
    import_desk().start(job, image_root=root, finish=remove)


@st.fragment(run_every=POLL_SECONDS)
def _under_way(desk: ImportDesk) -> None:
    job = desk.job
    if job is None or job.done:
        st.rerun()
    if job.scanning is not None:
        st.markdown(f"**Looking for leaks in {plain(job.name)}, which is stored**")
        _bar(job.scanning.done / max(1, job.scanning.total), scan_progress_words(job.scanning))
        stop = "Stop the scan; what is imported is kept"
    else:
        st.markdown(f"**{'Checking' if job.dry_run else 'Importing'} {plain(job.name)}**")
        _bar(job.progress.share, progress_words(job.progress))
        stop = "Stop; nothing is changed"
    st.button(
        "Stopping" if job.stopping else stop,
        key="import-stop",
        disabled=job.stopping,
        on_click=careful(job.stop),
    )
    st.caption("You can leave this page. The import goes on, and its report waits here.")


def _bar(share: float, words: str) -> None:
    st.progress(min(1.0, max(0.0, share)), text=words)


def progress_words(progress: ImportProgress) -> str:
    """Return how far an import is, at what rate, and how long it still takes."""
    if progress.phase == "storing":
        return "Storing"
    parts = [counted(progress.items, "item"), counted(progress.images, "image")]
    if progress.seconds > 1:
        unit, number = ("image", progress.images) if progress.images else ("item", progress.items)
        parts.append(f"{number / progress.seconds:.0f} {unit}s a second")
    if progress.seconds_left is not None:
        parts.append(f"about {_duration(progress.seconds_left)} left")
    return " · ".join(parts)


def scan_progress_words(progress: ScanProgress) -> str:
    """Return how far a scan is, at what rate, and how long it still takes."""
    parts = [f"{progress.done:,} of {counted(progress.total, 'item')}"]
    if progress.seconds > 1:
        parts.append(f"{progress.rate:.0f} items a second")
    if progress.seconds_left is not None:
        parts.append(f"about {_duration(progress.seconds_left)} left")
    return " · ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def _came_of_it(desk: ImportDesk, job: ImportJob) -> None:
    with st.container(border=True, key="import-report"):
        st.markdown(f"**{plain(job.name)}**")
        if job.report is None:
            st.warning(plain(job.refusal))
            problem_table(job.problems, len(job.problems))
        elif not job.report.accepted:
            many = counted(job.report.problem_count, "problem")
            st.warning(f"The file was refused for {many}. Nothing was changed.")
            problem_table(job.report.problems, job.report.problem_count)
        else:
            st.success(plain(report_words(job.report, job.dry_run)))
            _notes(job.report)
            _scan_of(job)
        st.button("Put the report away", key="import-clear", on_click=careful(desk.clear))


def _notes(report: FileReport) -> None:
    """Show what is doubtful in a file that was taken."""
    if not report.note_count:
        return
    with st.expander(f"{counted(report.note_count, 'note')}, nothing was refused"):
        problem_table(report.notes, report.note_count, "note")


def _scan_of(job: ImportJob) -> None:
    """Say what the scan found, or that it must be done again."""
    if job.scan_refusal:
        again = "What was imported is kept. Scan it with 'python manage.py scan'."
        st.warning(plain(f"It was not scanned for leaks: {job.scan_refusal} {again}"))
    elif job.scan is not None:
        st.caption(plain(scan_words(job.scan)))


def scan_words(report: ScanReport) -> str:
    """Return what a scan found in one sentence."""
    strong = report.hits - report.low
    found = (
        f"{counted(strong, 'spot')} that may give an answer away, {report.low:,} more of low rank"
    )
    if report.stopped:
        rest = "The rest waits for 'python manage.py scan'."
        return f"The scan was stopped after {counted(report.scanned, 'item')}: {found}. {rest}"
    return f"Scanned for leaks, {counted(report.scanned, 'item')}: {found}."


def report_words(report: FileReport, dry_run: bool) -> str:
    """Return what an import did in one sentence."""
    counts = (
        f"{counted(report.items, 'item')} with {counted(report.images, 'image')}: "
        f"{report.new} new, {report.changed} changed, {report.unchanged} as before."
    )
    if report.release is not None:
        counts += f" Release {report.release} came with it."
    return f"Nothing is wrong with the file. It would store {counts}" if dry_run else counts


def problem_table(problems: tuple[Problem, ...], count: int, what: str = "problem") -> None:
    """Show what is wrong with a file, line by line, and how much more there is."""
    table(
        [
            {
                "Line": problem.line,
                "Column": problem.column,
                "Rule": problem.rule,
                "Message": problem.message,
            }
            for problem in problems
        ],
        key=f"import-{what}s",
        alt=f"{what.capitalize()}s of the file",
        wide="Message",
    )
    if count > len(problems):
        st.caption(f"The first {len(problems)} of {counted(count, what)} are shown.")
