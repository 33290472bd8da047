"""reasons: what the reasons of decisions ask for, what became of it, and what helped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from src.commands.console import Answer, verb
from src.domain.people import OPERATOR, Actor
from src.domain.plurals import counted
from src.domain.reasons import ReasonEntry, Remedy
from src.services.workbench import Workbench

PAGE = 200


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    verb(app, "reasons")(reasons)


def reasons(
    bench: Workbench,
    asks_for: Annotated[
        Remedy | None, typer.Option(help="Only what asks for this; of the list.")
    ] = None,
    done: Annotated[bool, typer.Option("--done", help="Also list what is done.")] = False,
    answer: Annotated[
        str | None, typer.Option(help="A decision's id: say with --by what was done.")
    ] = None,
    by: Annotated[Remedy | None, typer.Option(help="What was done about it.")] = None,
    reopen: Annotated[str | None, typer.Option(help="A decision's id: it is open again.")] = None,
    note: Annotated[str, typer.Option(help="Where the edit is found, or why not.")] = "",
    person: Annotated[str | None, typer.Option(help="The lead who does this.")] = None,
) -> Answer:
    """List what decisions' reasons ask for; say what was done; report what helped."""
    if answer is not None and (by is None or reopen is not None):
        raise typer.BadParameter("--answer needs --by, and no --reopen.")
    if answer is None and reopen is None and (by is not None or note):
        raise typer.BadParameter("--by and --note need --answer.")
    actor = bench.people.actor(person) if person else OPERATOR
    if answer is not None and by is not None:
        return _one(bench.reasons.answer(actor, answer, by, note))
    if reopen is not None:
        return _one(bench.reasons.reopen(actor, reopen, note))
    return _list(bench, actor, asks_for, done)


def _one(entry: ReasonEntry) -> Answer:
    return Answer({"entry": _data(entry)}, [_line(entry)])


def _list(bench: Workbench, actor: Actor, asks_for: Remedy | None, done: bool) -> Answer:
    entries = list(_entries(bench, actor, asks_for, False))
    if done:
        entries += _entries(bench, actor, asks_for, True)
    counts = bench.reasons.counts(actor)
    report = bench.reasons.report(actor)
    data = {
        "entries": [_data(entry) for entry in entries],
        "counts": [count.model_dump(mode="json") for count in counts],
        **report.model_dump(mode="json"),
    }
    lines = [_line(entry) for entry in entries] or ["The reasons ask for nothing."]
    lines += [f"{c.asks_for.value}: {c.open} open, {c.done} done" for c in counts]
    lines += [
        f"{fix.reason.value}: agreement {fix.before:.2f} before and {fix.after:.2f} after, "
        f"n = {counted(fix.units, 'unit')}"
        for fix in report.fixes
    ]
    return Answer(data, lines)


def _entries(
    bench: Workbench, actor: Actor, asks_for: Remedy | None, done: bool
) -> Iterator[ReasonEntry]:
    after = None
    while True:
        page = bench.reasons.work_list(actor, done=done, asks_for=asks_for, after=after, size=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].place


def _data(entry: ReasonEntry) -> dict[str, Any]:
    return {**entry.model_dump(mode="json"), "asks_for": entry.asks_for.value}


def _line(entry: ReasonEntry) -> str:
    state = f"done: {entry.remedy.value}" if entry.remedy else f"open: {entry.asks_for.value}"
    return f"{entry.decision_id}  {entry.item_id}  {entry.unit}  {entry.reason.value}  {state}" + (
        f"  {entry.person}  {entry.note}" if entry.person else ""
    )
