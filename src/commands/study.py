"""init, migrate, demo, serve, doctor, verify, bench."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from src.commands.console import DONE, REFUSED, Answer, Place, note, opened, verb
from src.commands.judge import judge_answers
from src.commands.leakage import configured_file_problems, ontology_in_force
from src.domain.errors import BadInputError, ReviewToolError
from src.domain.history import ChainHead
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.services.workbench import Workbench, init

BENCHES = (
    "images",
    "scoring",
    "matcher",
    "what_if",
    "intervals",
    "agreement",
    "judging",
    "grading",
    "leakage",
    "study",
    "exports",
    "pages",
    "reading_room",
    "browser",
)
ROOT = Path(__file__).parents[2]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    for name, function in (
        ("init", make),
        ("migrate", migrate),
        ("demo", demo),
        ("serve", serve),
        ("doctor", doctor),
        ("verify", verify),
        ("bench", bench_all),
    ):
        verb(app, name)(function)


def make(place: Place) -> Answer:
    """Make the database and the image folder; on one that exists, bring it up to date."""
    version = init(place.database_url, place.image_store)
    lines = [f"The study is at {place.database_url}, its images in {place.image_store}."]
    data = {"database_url": place.database_url, "image_store": place.image_store}
    return Answer({**data, "schema": version}, lines)


def migrate(place: Place) -> Answer:
    """Bring the database to the newest schema."""
    url = place.settings.migration_database_url or place.database_url
    version = init(url, place.image_store)
    return Answer({"schema": version}, [f"The database has the schema {version}."])


def demo(
    bench: Workbench,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing where something is stored already.")
    ] = False,
) -> Answer:
    """Load the demo study: fictional patients, drawn images, invented models."""
    empty = not bench.people.all_of(OPERATOR) and not bench.browsing.counts(OPERATOR)
    if not empty and if_empty:
        return Answer({"loaded": False}, [])
    if not empty:
        raise BadInputError("This study is not empty. Load the demo into a new database.")
    load = importlib.import_module("demo.load").load
    note("Loading the demo study; this takes about twenty seconds.")
    load(bench, lambda step: note(f"  {step}"))
    counts = bench.browsing.counts(OPERATOR)
    return Answer(
        {"loaded": True, "items": sum(counts.values())},
        [f"The demo study holds {counted(sum(counts.values()), 'item')}."],
    )


def serve(
    place: Place,
    port: Annotated[int, typer.Option(help="The port.")] = 8501,
    address: Annotated[str, typer.Option(help="The address to bind to.")] = "127.0.0.1",
) -> Answer:
    """Start the app."""
    with opened(place):
        note(f"RareReview is at http://{address}:{port} - stop it with Ctrl+C.")
    environment = {
        **os.environ,
        "RARE_REVIEW_DATABASE_URL": place.database_url,
        "RARE_REVIEW_IMAGE_STORE": place.image_store,
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = ["--server.port", str(port), "--server.address", address]
    os.chdir(ROOT)
    os.execve(sys.executable, [*command, *options], environment)  # noqa: S606  our own program
    raise AssertionError("unreachable")


def doctor(
    place: Place,
    judge: Annotated[
        bool, typer.Option("--judge", help="Also ask the configured judge one small question.")
    ] = False,
) -> Answer:
    """Print every setting, what it resolves to, and what is wrong."""
    found: dict[str, Any] = {name: str(value) for name, value in _settings(place)}
    problems = []
    try:
        with opened(place) as bench:
            found.update(bench.database.settings())
            found["chain_head"] = bench.browsing.head(OPERATOR).model_dump()
            found["ontology"] = ontology_in_force(bench)
            problems += configured_file_problems(place.settings.orphanet_file, bench)
    except ReviewToolError as error:
        problems.append(str(error))
    if judge:
        found["judge"], wrong = judge_answers(place.settings)
        problems += wrong
    lines = [f"{name:24} {value}" for name, value in found.items()]
    lines += [f"problem: {problem}" for problem in problems] or ["No problem found."]
    status = REFUSED if problems else DONE
    return Answer({"settings": found, "problems": problems}, lines, status)


def _settings(place: Place) -> Iterator[tuple[str, object]]:
    values = place.settings.model_dump()
    values["judge_api_key"] = "set" if place.settings.judge_api_key.get_secret_value() else ""
    values |= {"database_url": _hidden(place.database_url), "image_store": place.image_store}
    values["migration_database_url"] = _hidden(values["migration_database_url"])
    yield from values.items()


def _hidden(url: str) -> str:
    """Return a database URL without its password."""
    before, at, after = url.rpartition("@")
    scheme, colon, rest = before.partition("://")
    user = rest.partition(":")[0]
    return f"{scheme}{colon}{user}{':***' if ':' in rest else ''}{at}{after}" if at else url


def verify(
    bench: Workbench,
    against: Annotated[
        Path | None, typer.Option(help='A head kept elsewhere: {"seq": 12, "hash": "..."}.')
    ] = None,
) -> Answer:
    """Recompute the event chain and every row it proves."""
    report = bench.browsing.verify(OPERATOR, _head(against) if against else None)
    lines = [
        f"{counted(report.events, 'event')} and {counted(report.rows, 'row')}: "
        + ("all as they were stored." if report.intact else "NOT as they were stored."),
        *report.problems,
        f"head: event {report.head.seq}, {report.head.hash}",
    ]
    data = {**report.model_dump(mode="json"), "intact": report.intact}
    return Answer(data, lines, DONE if report.intact else REFUSED)


def _head(path: Path) -> ChainHead:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return ChainHead.model_validate(found.get("head", found))
    except (OSError, ValueError, AttributeError) as error:
        raise BadInputError(f"{str(path)!r} holds no head of an event chain: {error}") from error


def bench_all(
    place: Place,
    name: Annotated[str | None, typer.Argument(help=f"One of {', '.join(BENCHES)}.")] = None,
    minutes: Annotated[
        float, typer.Option(help="How long 50 readers work; the targets speak of 10.")
    ] = 2.0,
) -> Answer:
    """Measure, and print one JSON line a figure."""
    if name is not None and name not in BENCHES:
        raise BadInputError(f"There is no bench {name!r}; choose {', '.join(BENCHES)}.")
    figures = []
    for module in [name] if name else BENCHES:
        given = {"minutes": minutes} if module == "reading_room" else {}
        for figure in importlib.import_module(f"benchmarks.bench_{module}").run(**given):
            figures.append(figure)
            if not place.as_json:
                print(json.dumps(figure), flush=True)
    return Answer({"figures": figures})
