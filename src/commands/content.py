"""import, items, item."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from src.commands.console import DONE, REFUSED, Answer, problem_lines, verb
from src.commands.scan_progress import scan_after_import
from src.domain.errors import BadInputError, Problem, ReviewToolError
from src.domain.item import ItemSummary, ItemView, Track
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.services.importing import FileReport, ImportProgress
from src.services.workbench import Workbench

PAGE = 500


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    verb(app, "import")(import_files)
    verb(app, "items")(list_items)
    verb(app, "item")(show_item)


def import_files(
    bench: Workbench,
    paths: Annotated[list[Path], typer.Argument(help="Benchmark files of any known format.")],
    dry_run: Annotated[bool, typer.Option(help="Check everything, store nothing.")] = False,
    dataset: Annotated[str | None, typer.Option(help="The dataset's name.")] = None,
    image_root: Annotated[
        Path | None, typer.Option(help="Where image paths start; else the file's folder.")
    ] = None,
) -> Answer:
    """Import benchmark files, each all or nothing."""
    reports = []
    for path in paths:
        try:
            report = bench.importing.store_file(
                OPERATOR,
                path,
                dataset=dataset,
                image_root=image_root,
                dry_run=dry_run,
                watch=_watch(path),
            )
        except BadInputError as error:
            report = _refused(path, error)
        reports.append(report)
    bad = [report for report in reports if not report.accepted]
    if not dry_run and any(report.new or report.changed for report in reports):
        scan_after_import(bench)
    data: dict[str, Any] = {"files": [_file(report) for report in reports], "dry_run": dry_run}
    if bad:
        problems = [problem.model_dump() for report in bad for problem in report.problems]
        of = counted(len(reports), "file")
        were, them = ("was", "it") if len(bad) == 1 else ("were", "them")
        message = f"{len(bad)} of {of} {were} refused; nothing of {them} was stored."
        data["error"] = {"rule": "bad_input", "message": message, "problems": problems}
    lines = [line for report in reports for line in _lines(report, dry_run)]
    return Answer(data, lines, REFUSED if bad else DONE)


def _refused(path: Path, error: ReviewToolError) -> FileReport:
    problems = error.problems or (Problem(rule=error.rule, message=str(error)),)
    return FileReport(
        path=str(path), format="unknown", problems=problems, problem_count=len(problems)
    )


def _file(report: FileReport) -> dict[str, Any]:
    return report.model_dump(mode="json")


def _lines(report: FileReport, dry_run: bool) -> Iterator[str]:
    if not report.accepted:
        problems = counted(report.problem_count, "problem")
        yield f"{report.path}: refused, {problems}; nothing was stored"
        yield from problem_lines(report.problems, report.problem_count)
        return
    verb_ = "would store" if dry_run else "stored"
    release = f", release {report.release}" if report.release is not None else ""
    yield (
        f"{report.path}: {verb_} {report.new} new, {report.changed} changed, "
        f"{report.unchanged} unchanged of {counted(report.items, 'item')}, "
        f"{counted(report.images, 'image')}{release}"
    )
    if report.note_count:
        yield f"  {counted(report.note_count, 'note')}, nothing was refused:"
        yield from problem_lines(report.notes, report.note_count)


def _watch(path: Path) -> Any:
    """Return a watcher that draws one line on a terminal, with rate and estimate."""
    if not sys.stderr.isatty():
        return None

    def watch(progress: ImportProgress) -> bool:
        rate = progress.images / progress.seconds if progress.seconds else 0.0
        left = progress.seconds_left
        rest = f", about {left:.0f} s left" if left is not None else ""
        done = f"{progress.share:4.0%}, {counted(progress.items, 'item')}, {rate:.0f} images/s"
        end = "\n" if progress.phase == "storing" else ""
        print(f"\r\x1b[K{path.name}: {done}{rest}", end=end, file=sys.stderr, flush=True)
        return True

    return watch


def list_items(
    bench: Workbench,
    track: Annotated[Track | None, typer.Option(help="Only this track.")] = None,
) -> Answer:
    """List the items with their counts."""
    found = list(_all_items(bench, track))
    lines = [
        f"{i.item_id}  v{i.version}  {counted(i.claims, 'claim')}, "
        f"{counted(i.criteria, 'criterion', 'criteria')}, {counted(i.images, 'image')}"
        for i in found
    ]
    return Answer({"items": [item.model_dump(mode="json") for item in found]}, lines)


def _all_items(bench: Workbench, track: Track | None) -> Iterator[ItemSummary]:
    after = ""
    while page := bench.browsing.items(OPERATOR, track=track, after=after, size=PAGE):
        yield from page
        after = page[-1].item_id


def show_item(
    bench: Workbench, item_id: Annotated[str, typer.Argument(help="dataset/track/index")]
) -> Answer:
    """Show one item whole."""
    view = bench.browsing.item(OPERATOR, item_id)
    data = item_data(view)
    lines = [f"{name}: {value}" for name, value in data.items()]
    return Answer(data, lines)


def item_data(view: ItemView) -> dict[str, Any]:
    """Return an item as the object the command line prints."""
    item = view.item.model_dump(mode="json")
    content = item.pop("content")
    content["images"] = [
        {
            **image,
            "width": view.images[image["sha256"]].width,
            "height": view.images[image["sha256"]].height,
        }
        for image in content["images"]
    ]
    return {
        **item,
        **content,
        "sha256": view.item.sha256,
        "visible_sha256": view.item.content.visible_sha256,
    }
