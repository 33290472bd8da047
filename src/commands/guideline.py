"""guideline add, list, show, acknowledge, readings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from src.commands.console import Answer, verb
from src.commands.console import note as told
from src.domain.errors import BadInputError
from src.domain.guideline import AS_TEXT, LONGEST, READINGS_COUNTED, markup_in
from src.domain.people import OPERATOR
from src.services.workbench import Workbench

BYTES_A_CHARACTER = 4
"""At most, in UTF-8."""


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    group = typer.Typer(help="How the study wants its items read.", no_args_is_help=True)
    verb(group, "add")(add)
    verb(group, "list")(list_versions)
    verb(group, "show")(show)
    verb(group, "acknowledge")(acknowledge)
    verb(group, "readings")(list_readings)
    app.add_typer(group, name="guideline")


def add(
    bench: Workbench,
    file: Annotated[Path, typer.Argument(help="The guidelines as Markdown, in UTF-8.")],
    note: Annotated[str, typer.Option(help="What is new, in a line.")] = "",
) -> Answer:
    """Publish a new version, which readers are asked to acknowledge before their next item."""
    new = bench.guidelines.publish(OPERATOR, _text(file), note)
    tag = markup_in(new.text)
    warning = f"{tag!r} {AS_TEXT}" if tag else ""
    if warning:
        told(f"! {warning}")
    lines = [f"Version {new.number} of the guidelines is published."]
    return Answer({**new.model_dump(mode="json"), "warning": warning}, lines)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            found = opened.read(LONGEST * BYTES_A_CHARACTER + 1)
        return found.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{str(file)!r} cannot be read as Markdown: {error}") from error


def list_versions(bench: Workbench) -> Answer:
    """List all versions, newest first, with who acknowledged them and the readings under each."""
    uses = bench.guidelines.uses(OPERATOR)
    data = [
        {
            **use.guideline.model_dump(mode="json"),
            "acknowledged_by": use.acknowledged_by,
            "readings": use.readings,
        }
        for use in uses
    ]
    lines = [
        f"{use.guideline.number}: {use.guideline.at:%Y-%m-%d %H:%M} UTC, acknowledged by "
        f"{use.acknowledged_by}, {_counted(use.readings)} readings"
        + (f"  {use.guideline.note}" if use.guideline.note else "")
        for use in uses
    ]
    return Answer({"guidelines": data}, lines)


def _counted(readings: int) -> str:
    return f"{readings} or more" if readings >= READINGS_COUNTED else str(readings)


Number = Annotated[int, typer.Argument(help="The version's number.", min=1)]


def show(bench: Workbench, number: Number) -> Answer:
    """Print one version as it was published."""
    found = bench.guidelines.get(OPERATOR, number)
    return Answer(found.model_dump(mode="json"), found.text.split("\n"))


def acknowledge(
    bench: Workbench, number: Number, person: Annotated[str, typer.Option(help="Who has read it.")]
) -> Answer:
    """Store that a reader has read the newest version."""
    bench.guidelines.acknowledge(bench.people.actor(person), number)
    done = {"number": number, "person": person}
    return Answer(done, [f"{person} has acknowledged version {number}."])


def list_readings(
    bench: Workbench,
    number: Annotated[int, typer.Argument(help="The version; 0: before the first one.", min=0)],
    after: Annotated[str, typer.Option(help="The review_id the page before ended with.")] = "",
    size: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 50,
) -> Answer:
    """List the readings made under a version, to be looked at again after a newer one."""
    found = bench.guidelines.readings_under(OPERATOR, number, after, size)
    lines = [f"{r.item_id}: {r.person}, {r.round}, {r.submitted_at:%Y-%m-%d %H:%M}" for r in found]
    return Answer({"readings": [r.model_dump(mode="json") for r in found]}, lines)
