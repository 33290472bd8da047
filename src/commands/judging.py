"""review next, submit; disputes, decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, Field, ValidationError

from src.commands.console import Answer, verb
from src.commands.content import item_data
from src.domain.errors import BadInputError, Problem
from src.domain.people import OPERATOR
from src.domain.review import Receipt, ReviewBody
from src.domain.spans import with_whole_spans
from src.files.strict_json import parse_json
from src.services.adjudicating import Ruling
from src.services.reviewing import Task
from src.services.workbench import Workbench

Given = TypeVar("Given", bound=BaseModel)


class Submission(BaseModel, frozen=True, extra="forbid"):
    """A review as a file holds it; docs/formats.md describes it."""

    round: str
    item_id: str
    item_version: int
    idempotency_key: str = Field(min_length=1, max_length=200)
    seconds_active: int = Field(default=0, ge=0, le=1_000_000)
    review: dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    review = typer.Typer(help="Read items.", no_args_is_help=True)
    verb(review, "next")(next_item)
    verb(review, "submit")(submit)
    app.add_typer(review, name="review")
    verb(app, "disputes")(disputes)
    verb(app, "own-reading")(own_reading)
    verb(app, "decide")(decide)


def next_item(
    bench: Workbench,
    person: Annotated[str, typer.Option(help="Who reads.")],
    round: Annotated[str, typer.Option(help="The round.")],
) -> Answer:
    """Show a reader's next item and hold it for them."""
    actor = bench.people.actor(person)
    task = bench.reviewing.next_item(actor, round)
    if task is None:
        return Answer({"item_id": None, "round": round}, ["Every item of this round is read."])
    return Answer(_task(task), [f"{task.item.item_id}: {task.item.content.question}"])


def _task(task: Task) -> dict[str, Any]:
    return {
        **item_data(task.view),
        "round": task.round,
        "item_version": task.item.version,
        "draft_version": task.draft.version,
        "submitted_revision": task.submitted_revision,
    }


def submit(
    bench: Workbench,
    file: Annotated[Path, typer.Argument(help="A review as JSON (docs/formats.md).")],
    person: Annotated[str, typer.Option(help="Who read.")],
) -> Answer:
    """Submit a review. The same idempotency key again gives the same receipt."""
    actor = bench.people.actor(person)
    sent = valid(Submission, read_json(file), file)
    task = bench.reviewing.task(actor, sent.round, sent.item_id)
    body = valid(ReviewBody, with_whole_spans(task.item, sent.review), file, "review.")
    receipt = bench.reviewing.submit(
        actor,
        sent.round,
        sent.item_id,
        body,
        item_version=sent.item_version,
        idempotency_key=sent.idempotency_key,
        seconds_active=sent.seconds_active,
    )
    return _received(receipt)


def _received(receipt: Receipt) -> Answer:
    data = {"receipt": receipt.model_dump(mode="json")}
    return Answer(data, [f"Stored as number {receipt.number}, receipt {receipt.hash}."])


def disputes(
    bench: Workbench, round: Annotated[str | None, typer.Option(help="Only this round.")] = None
) -> Answer:
    """List what waits for an adjudicator, each unit with why it does."""
    every = bench.adjudicating.disputes(OPERATOR, round)
    found = [dispute.model_dump(mode="json") for dispute in every]
    lines = [
        f"{d['item_id']}  {d['unit']}  "
        + "  ".join(f"{r['reader']}: {r['key']}" for r in d["readings"])
        + f"  ({', '.join(d['reasons'])})"
        for d in found
    ]
    return Answer({"disputes": found}, lines or ["No disputes."])


def own_reading(
    bench: Workbench,
    item: Annotated[str, typer.Argument(help="The item.")],
    round: Annotated[str, typer.Option(help="The round, opened with --blind-adjudication.")],
    person: Annotated[str, typer.Option(help="Who is going to settle it.")],
    line: Annotated[str, typer.Option(help="What they see, in one line.")],
) -> Answer:
    """Store an adjudicator's own reading, before any reader's is shown to them."""
    actor = bench.people.actor(person)
    stored = bench.adjudicating.commit_own_reading(actor, round, item, line, {})
    data = {"own_reading": stored.model_dump(mode="json")}
    return Answer(data, [f"Stored: {stored.line}"])


def decide(
    bench: Workbench,
    file: Annotated[Path, typer.Argument(help="A decision, or a list, as JSON.")],
    person: Annotated[str, typer.Option(help="Who decides; never a reader of the item.")],
) -> Answer:
    """Settle disputes: all of the file, or none."""
    actor = bench.people.actor(person)
    found = read_json(file)
    given = found if isinstance(found, list) else [found]
    rulings = [valid(Ruling, one, file, f"[{n}].") for n, one in enumerate(given)]
    if not rulings:
        raise BadInputError(f"{str(file)!r} holds no decision.")
    receipts = bench.adjudicating.decide_all(actor, rulings)
    data = [receipt.model_dump(mode="json") for receipt in receipts]
    lines = [f"Stored as number {r.number}, receipt {r.hash}." for r in receipts]
    return Answer({"receipt": data[-1], "receipts": data}, lines)


def read_json(path: Path) -> Any:
    """Return what a JSON file holds. Raises BadInputError when it cannot be read."""
    try:
        return parse_json(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{str(path)!r} cannot be read: {error}") from error


def valid(kind: type[Given], found: Any, path: Path, prefix: str = "") -> Given:
    """Return what a file holds as a value. Raises BadInputError that names every field."""
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        problems = [
            Problem(
                column=prefix + ".".join(str(part) for part in fault["loc"]),
                rule=fault["type"],
                message=fault["msg"],
            )
            for fault in error.errors()
        ]
        message = f"{str(path)!r} is not as docs/formats.md describes it."
        raise BadInputError(message, problems) from error
