"""audit-run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from src.commands.console import Answer, Place, verb
from src.domain.item import Track
from src.domain.plurals import counted
from src.domain.scoring.audit import Audit
from src.services.auditing import RunAudit
from src.services.auditing import audit_run as audited_run

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    verb(app, "audit-run")(audit_run)


def audit_run(
    place: Place,
    file: Annotated[Path, typer.Argument(help="Results or a judge's cache; never a pickle.")],
    track: Annotated[Track | None, typer.Option(help="Where the file does not tell.")] = None,
    column: Annotated[str | None, typer.Option(help="The column of judge replies.")] = None,
    benchmark: Annotated[
        Path | None, typer.Option(help="The benchmark's table: aliases, evidence points.")
    ] = None,
) -> Answer:
    """Show what a run's scores become when the judge's replies are read correctly."""
    found = audited_run(file, track=track, column=column, benchmark=benchmark)
    return Answer(found.model_dump(mode="json"), list(_lines(found)))


def _lines(found: RunAudit) -> Iterator[str]:
    of = f", track {found.track.value}" if found.track else ""
    yield f"{found.path}: {found.kind}{of}; replies in {found.replies or 'no column'}"
    for name, value in found.published.items():
        if isinstance(value, int | float):
            yield f"  as published: {name} {value}"
    for audit in found.measures:
        yield from _measure_lines(audit)
    if found.stored_differs:
        rows = counted(len(found.stored_differs), "row")
        yield f"In {rows} the file's own score is not what its reply gives:"
        for differing in found.stored_differs[:SHOWN]:
            yield (
                f"  line {differing.line}, {differing.index}: {differing.column} "
                f"{differing.stored or 'empty'}, recomputed {differing.recomputed:.4f}"
            )
    for text in found.cannot_tell:
        yield f"What this file cannot tell: {text}"


def _measure_lines(audit: Audit) -> Iterator[str]:
    before, after = _number(audit.before), _number(audit.after)
    yield (
        f"{audit.measure}: {before} before, {after} after; {counted(audit.n, 'row')}, "
        f"{audit.changed} changed, {audit.unscored} without a score"
    )
    if audit.missing:
        yield (
            f"  {_number(audit.with_missing)} after with {counted(audit.missing, 'row')} in which "
            "an answer is missing, counted as the reference counts them"
        )
    for defect in audit.defects:
        yield (
            f"  {defect.defect}: {counted(defect.rows, 'row')}, moved the mean by "
            f"{defect.moved:+.4f}; {defect.says}"
        )
    changed = [row for row in audit.rows if row.defect]
    for row in changed[:SHOWN]:
        yield (
            f"    line {row.line}, {row.index}: {row.before:.4f} -> {_number(row.after)} "
            f"({row.defect}: {row.reason})"
        )
    if len(changed) > SHOWN:
        yield f"    and {len(changed) - SHOWN} more; --json gives all"


def _number(value: float | None) -> str:
    return "no score" if value is None else f"{value:.4f}"
