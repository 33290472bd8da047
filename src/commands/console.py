"""What all verbs share: options, the workbench, one JSON object out, and the exit status."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, NoReturn, get_type_hints

import typer
from typer.exceptions import TyperException

from src.domain.errors import PROBLEMS_SHOWN, Problem, ReviewToolError
from src.services.progress import Progress, Watcher
from src.services.settings import Settings
from src.services.workbench import Workbench, open_workbench

DONE, REFUSED, WRONG_USAGE, FAULT = 0, 1, 2, 3


@dataclass
class Place:
    """Which study a verb works on, and how it answers."""

    database_url: str = ""
    image_store: str = ""
    as_json: bool = False
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Answer:
    """What a verb has to say: an object for machines, lines for people, and the status."""

    data: dict[str, Any]
    lines: Sequence[str] = ()
    status: int = DONE


GLOBAL = Place()
"""What was given before the verb; options after the verb override it."""

DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="The database, instead of the setting.")
]
ImageStore = Annotated[
    str | None, typer.Option("--image-store", help="The image folder, instead of the setting.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")
]
_SHARED: dict[str, Any] = {
    "database_url": DatabaseUrl,
    "image_store": ImageStore,
    "as_json": AsJson,
}


def remember(
    database_url: DatabaseUrl = None, image_store: ImageStore = None, as_json: AsJson = False
) -> None:
    """Check a rare-disease benchmark with clinicians: import, review, settle, release, score."""
    GLOBAL.database_url = database_url or ""
    GLOBAL.image_store = image_store or ""
    GLOBAL.as_json = as_json


def place_of(database_url: str | None, image_store: str | None, as_json: bool) -> Place:
    """Return the place a verb works on: its own options, else those before it, else settings."""
    settings = Settings()
    return Place(
        database_url=database_url or GLOBAL.database_url or settings.database_url,
        image_store=image_store or GLOBAL.image_store or settings.image_store,
        as_json=as_json or GLOBAL.as_json,
        settings=settings,
    )


def verb(app: typer.Typer, name: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Register a function as a verb.

    Its first parameter is the workbench (`bench`) or the place (`place`); the rest are the
    verb's own arguments. The shared options are added, and the answer is printed.
    """

    def register(function: Callable[..., Answer]) -> Callable[..., Answer]:
        hints = get_type_hints(function, include_extras=True)
        hints.pop("return", None)
        own = list(inspect.signature(function).parameters.values())
        first, rest = own[0].name, own[1:]

        @functools.wraps(function)
        def run(**given: Any) -> None:
            place = place_of(*(given.pop(key) for key in _SHARED))
            if first == "place":
                finish(function(place, **given), place.as_json)
                return
            with opened(place) as bench:
                finish(function(bench, **given), place.as_json)

        defaults = {"database_url": None, "image_store": None, "as_json": False}
        shared = [
            inspect.Parameter(
                key, inspect.Parameter.KEYWORD_ONLY, default=defaults[key], annotation=hint
            )
            for key, hint in _SHARED.items()
        ]
        plain = [p.replace(annotation=hints[p.name]) for p in rest]
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in plain] + shared
        )
        run.__annotations__ = {p.name: hints[p.name] for p in rest} | _SHARED
        app.command(name)(run)
        return function

    return register


@contextmanager
def opened(place: Place) -> Iterator[Workbench]:
    """Open the study of a place and close it again."""
    bench = open_workbench(place.database_url, place.image_store)
    try:
        yield bench
    finally:
        bench.close()


def finish(answer: Answer, as_json: bool) -> NoReturn:
    """Print an answer and leave with its status."""
    if as_json:
        print(json.dumps(answer.data, ensure_ascii=False, allow_nan=False))
    else:
        for line in answer.lines:
            print(line)
    raise typer.Exit(answer.status)


def refusal(error: ReviewToolError) -> dict[str, Any]:
    """Return an error as the object `--json` prints."""
    return {
        "error": {
            "rule": error.rule,
            "message": str(error),
            "problems": [problem.model_dump() for problem in error.problems],
        }
    }


def problem_lines(problems: Sequence[Problem], count: int | None = None) -> list[str]:
    """Return problems as lines for people, and how many more there are."""
    lines = [f"  {_where(problem)}{problem.message} [{problem.rule}]" for problem in problems]
    more = (count or len(problems)) - len(problems)
    if more > 0:
        lines.append(f"  and {more} more (the first {PROBLEMS_SHOWN} are listed)")
    return lines


def _where(problem: Problem) -> str:
    line = f"line {problem.line}" if problem.line is not None else ""
    column = f"column {problem.column}" if problem.column is not None else ""
    place = ", ".join(part for part in (line, column) if part)
    return f"{place}: " if place else ""


def note(text: str) -> None:
    """Tell people something on standard error."""
    print(text, file=sys.stderr, flush=True)


def watch_on_terminal() -> Watcher:
    """Return a watcher that writes on a terminal and is silent elsewhere."""

    def watch(progress: Progress) -> bool:
        if sys.stderr.isatty():
            note(f"{progress.what}: {progress.share:.0%}")
        return True

    return watch


def run(app: typer.Typer) -> int:
    """Run the command line and return the exit status: 0 done, 1 refused, 2 usage, 3 our fault."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    as_json = "--json" in sys.argv[1:]
    try:
        status = app(standalone_mode=False)
        return int(status or DONE)
    except typer.Exit as leaving:
        return int(leaving.exit_code)
    except TyperException as error:
        said = error.format_message()
        if as_json:
            print(json.dumps({"error": {"rule": "usage", "message": said, "problems": []}}))
        hint = "" if said.startswith("Usage:") else " See 'python manage.py --help'."
        note(f"{said}{hint}")
        return WRONG_USAGE
    except (KeyboardInterrupt, typer.Abort):
        note("Stopped. What was acknowledged is kept; the act under way changed nothing.")
        return REFUSED
    except ReviewToolError as error:
        return _refused(error, as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001  the last line of defence
        return _fault(error, as_json)


def _refused(error: ReviewToolError, as_json: bool) -> int:
    if as_json:
        print(json.dumps(refusal(error), ensure_ascii=False))
    else:
        note(str(error))
        # A single problem can be all that is to be said, and is not said twice.
        for line in problem_lines([p for p in error.problems if p.message != str(error)]):
            note(line)
    return REFUSED


def _fault(error: Exception, as_json: bool) -> int:
    """Say calmly that something of ours broke; the details go to a file of their own."""
    message = f"Something went wrong on our side ({type(error).__name__}). Nothing was stored."
    if os.environ.get("RARE_REVIEW_DEBUG"):
        traceback.print_exc()
    else:
        message += " Set RARE_REVIEW_DEBUG=1 to see where."
    if as_json:
        print(json.dumps({"error": {"rule": "fault", "message": message, "problems": []}}))
    note(message)
    return FAULT
