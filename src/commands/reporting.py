"""report: what a paper needs, written as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from src.commands.console import Answer, verb
from src.domain.canonical import text_sha256
from src.domain.errors import BadInputError
from src.domain.people import OPERATOR
from src.files.flow_diagram import flow_csv, flow_svg
from src.files.grras_pages import html_page, markdown_page
from src.services.workbench import Workbench

Out = Annotated[Path, typer.Option(help="The folder to write into.")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    reports = typer.Typer(help="What a paper needs.", no_args_is_help=True)
    verb(reports, "grras")(grras)
    verb(reports, "flow")(flow)
    app.add_typer(reports, name="report")


def grras(
    bench: Workbench,
    out: Out,
    round: Annotated[str | None, typer.Option(help="Only this round.")] = None,
    seed: Annotated[int, typer.Option(help="Of the resampling.", min=0)] = 0,
) -> Answer:
    """Write the agreement report by the points of GRRAS, as HTML, Markdown and JSON."""
    found = bench.reporting.grras(OPERATOR, round, seed=seed)
    data = found.model_dump(mode="json")
    files = _write(
        out,
        {
            "grras.html": html_page(found.report),
            "grras.md": markdown_page(found.report),
            "grras.json": json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n",
        },
    )
    open_lines = sum(len(point.to_fill) for point in found.report.points)
    lines = [*(str(out / name) for name in files), f"{open_lines} lines are left for the authors."]
    return Answer({**data, "files": _listed(files)}, lines)


def flow(bench: Workbench, out: Out) -> Answer:
    """Write how the items go from import to gold, as a table and as a diagram."""
    counts = bench.flowing.counts(OPERATOR)
    files = _write(out, {"flow.csv": flow_csv(counts), "flow.svg": flow_svg(counts)})
    rows = [{"stage": stage, "what": what, "items": n} for stage, what, n in counts.rows()]
    lines = [f"{what:60} {n:>8,}" for _, what, n in counts.rows()]
    data = {**counts.model_dump(mode="json"), "rows": rows, "files": _listed(files)}
    return Answer(data, [*lines, *(str(out / name) for name in files)])


def _write(out: Path, texts: Mapping[str, str]) -> Mapping[str, str]:
    """Write each file whole or not at all."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            part = out / f".{name}.part"
            part.write_text(text, encoding="utf-8", newline="\n")
            part.replace(out / name)
    except OSError as error:
        raise BadInputError(f"{str(out)!r} cannot be written into: {error}") from error
    return texts


def _listed(files: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"path": name, "sha256": text_sha256(text)} for name, text in files.items()]
