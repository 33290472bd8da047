"""The command line: `python manage.py VERB`; `--help` on each verb tells its options."""

from __future__ import annotations

import sys

import typer

from src.commands import (
    agreement,
    auditing,
    console,
    content,
    duplicates,
    exporting,
    grading,
    guideline,
    judge,
    judging,
    leakage,
    masking,
    people,
    reasons,
    reporting,
    results,
    scores,
    study,
)

app = typer.Typer(
    callback=console.remember,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (
    study, content, people, guideline, leakage, duplicates, masking, judging, reasons, agreement,
    reporting, results, scores, auditing, judge, exporting, grading,
):  # fmt: skip
    group.register(app)


if __name__ == "__main__":
    sys.exit(console.run(app))
