"""release; predictions, model; match and its queue."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, Field

from src.commands.console import DONE, REFUSED, Answer, Place, problem_lines, verb
from src.commands.judging import read_json, valid
from src.domain.canonical import canonical_json
from src.domain.departure import told_of
from src.domain.gold_difference import Side
from src.domain.item import Track
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.domain.prediction import Model
from src.domain.scoring.disease_match import match_disease
from src.domain.scoring.families import family_of
from src.services.matching import DoubtfulName
from src.services.releasing import Difference
from src.services.workbench import Workbench

LEFT_OUT_SHOWN = 20
IsMedical = Annotated[
    bool | None,
    typer.Option("--medical/--general", help="What the model is; else what is known of it."),
]


class _Pair(BaseModel, frozen=True, extra="ignore", coerce_numbers_to_str=True):
    """A name and the item's: other fields, such as a label, are passed over."""

    candidate: str
    gold_list: tuple[str, ...]
    orpha_code: str = Field("", pattern=r"^\s*(?:ORPHA:?)?\s*\d*\s*$")
    accepted: tuple[str, ...] = ()
    orpha_names: tuple[str, ...] = ()


class _Pairs(BaseModel, frozen=True, extra="ignore"):
    """What the matcher is tried on."""

    pairs: tuple[_Pair, ...]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    verb(app, "release")(release)
    verb(app, "predictions")(predictions)
    verb(app, "model")(model)
    verb(app, "match")(match)
    queue = typer.Typer(help="Names that only a person can tell.", no_args_is_help=True)
    verb(queue, "list")(list_queue)
    verb(queue, "accept")(accept)
    verb(queue, "reject")(reject)
    verb(queue, "reopen")(reopen)
    app.add_typer(queue, name="match-queue")


def release(
    bench: Workbench,
    note: Annotated[str, typer.Option(help="What this release is.")] = "",
    older_versions: Annotated[
        bool, typer.Option("--older-versions", help="Also what was read in an older version.")
    ] = False,
    diff: Annotated[
        tuple[int, int] | None,
        typer.Option(help="Freeze nothing: show what differs between two releases."),
    ] = None,
    stale: Annotated[
        int | None, typer.Option(help="Freeze nothing: show what a release would be otherwise now.")
    ] = None,
) -> Answer:
    """Freeze everything that is ready into the next release; or compare releases."""
    if diff is not None and stale is not None:
        raise typer.BadParameter("Give either --diff or --stale.")
    if (diff is not None or stale is not None) and (note or older_versions):
        raise typer.BadParameter("--note and --older-versions are of a new release.")
    if diff is not None:
        return _diff(bench, *diff)
    if stale is not None:
        return _stale(bench, stale)
    made = bench.releasing.release(OPERATOR, note, older_versions=older_versions)
    left_out = [item.model_dump() for item in made.left_out]
    data = {
        "release": made.release.number,
        "items": made.items,
        "sha256": made.release.sha256,
        "left_out": left_out,
        "manifest": made.release.manifest,
        "head": made.release.manifest["chain"],
    }
    lines = [
        f"Release {made.release.number}: {counted(made.items, 'item')}, {len(left_out)} left out.",
        *(reader.words for reader in told_of(made.release.manifest)),
        *(f"  {item.item_id}: {item.reason}" for item in made.left_out[:LEFT_OUT_SHOWN]),
    ]
    more = len(left_out) - LEFT_OUT_SHOWN
    if more > 0:
        lines.append(
            f"  and {more} more: the Gold screen lists what is left out, and --json gives all."
        )
    return Answer(data, lines)


def _diff(bench: Workbench, first: int, second: int) -> Answer:
    found: list[Difference] = []
    while True:
        after = found[-1].item_id if found else ""
        page = bench.releasing.difference(OPERATOR, first, second, after)
        found += page
        if not page:
            break
    counts = Counter(difference.kind for difference in found)
    data = {
        "releases": [first, second],
        **{kind: counts[kind] for kind in ("added", "dropped", "changed")},
        "items": [difference.model_dump(mode="json") for difference in found],
    }
    lines = [
        f"From release {first} to {second}: {counted(len(found), 'item differs', 'items differ')}."
    ]
    return Answer(data, [*lines, *_difference_lines(found)])


def _stale(bench: Workbench, number: int) -> Answer:
    found = bench.releasing.stale(OPERATOR, number)
    data = {
        "release": number,
        "items": [difference.model_dump(mode="json") for difference in found],
    }
    lines = [f"{counted(len(found), 'item')} of release {number} would come out differently now."]
    return Answer(data, [*lines, *_difference_lines(found)])


def _difference_lines(found: list[Difference]) -> list[str]:
    lines = []
    for difference in found:
        lines.append(f"  {difference.item_id}: {difference.kind}")
        lines += [
            f"    {change.what}: {_side(change.before)} -> {_side(change.after)}"
            for change in difference.changes
        ]
    return lines


def _side(side: Side | None) -> str:
    """Return what one gold says, with how it came to it; a dash where it says nothing."""
    if side is None:
        return "-"
    return canonical_json(side.value) + (f" ({side.method})" if side.method else "")


def predictions(
    bench: Workbench,
    path: Annotated[Path, typer.Argument(help="TSV, CSV, XLSX or JSON Lines.")],
    model: Annotated[str, typer.Option(help="The model's name.")],
    track: Annotated[Track, typer.Option(help="The track it answered.")],
    condition: Annotated[str, typer.Option(help="What it was shown.")] = "full",
    medical: IsMedical = None,
) -> Answer:
    """Import a model's answers."""
    report = bench.predicting.store_file(
        OPERATOR, path, model=model, track=track, condition=condition, medical=medical
    )
    data = report.model_dump(mode="json")
    lines = [
        f"{counted(report.predictions, 'answer')} stored, {report.unchanged} known, "
        f"{len(report.unknown)} of unknown items, "
        f"{counted(len(report.missing), 'item')} without an answer, "
        f"{len(report.other_version)} to another version, "
        f"{counted(report.grades, 'grade')} and "
        f"{counted(report.replies, 'judge reply', 'judge replies')} stored",
        *problem_lines(report.problems),
    ]
    if report.problems:
        message = "The file was refused; nothing of it was stored."
        data["error"] = {"rule": "bad_input", "message": message, "problems": data["problems"]}
    return Answer(data, lines, REFUSED if report.problems else DONE)


def model(
    bench: Workbench,
    name: Annotated[str | None, typer.Argument(help="The model; without one all are listed.")] = (
        None
    ),
    medical: IsMedical = None,
    display_name: Annotated[
        str | None, typer.Option(help="The name it is shown by; empty for its own.")
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="The family it builds on; empty for what its name tells.")
    ] = None,
) -> Answer:
    """Say what a model is, or show what is known of models."""
    if name is None:
        if (medical, display_name, family) != (None, None, None):
            raise typer.BadParameter("Name the model that this is said of.")
        found = bench.predicting.models(OPERATOR)
    else:
        found = [
            bench.predicting.describe(
                OPERATOR, name, medical=medical, display_name=display_name, family=family
            )
        ]
    data = {"models": [one.model_dump(mode="json") for one in found]}
    return Answer(data, [_model_line(one) for one in found] or ["No model has answered yet."])


def _model_line(one: Model) -> str:
    family = one.family or family_of(one.name) or "no family known"
    shown = f", shown as {one.display_name}" if one.display_name else ""
    return f"{one.name}: {'medical' if one.medical else 'general'}, {family}{shown}"


def match(
    place: Place,
    file: Annotated[
        Path, typer.Argument(help='{"pairs": [{"candidate", "gold_list", "orpha_code"}]}')
    ],
) -> Answer:
    """Run the disease-name matcher on pairs: how it decides each, and why."""
    pairs = [_matched(pair) for pair in valid(_Pairs, read_json(file), file).pairs]
    lines = [f"{p['candidate']}: {p['how']}. {p['explanation']}" for p in pairs]
    return Answer({"pairs": pairs}, lines)


def _matched(pair: _Pair) -> dict[str, Any]:
    result = match_disease(
        pair.candidate,
        pair.gold_list,
        pair.orpha_code,
        accepted=pair.accepted,
        orpha_names=pair.orpha_names,
    )
    return {"candidate": pair.candidate, **result.model_dump()}


QueueItem = Annotated[str, typer.Argument(help="The item.")]
QueueName = Annotated[str, typer.Argument(help="The name, as the list gives it.")]
QueuePerson = Annotated[str, typer.Option("--person", help="Who says so.")]


def list_queue(
    bench: Workbench,
    after: Annotated[str, typer.Option(help="Go on behind this place or item.")] = "",
    size: Annotated[int, typer.Option(min=1, max=1000, help="Names at most.")] = 25,
    condition: Annotated[str, typer.Option(help="What the models were shown.")] = "full",
    ruled: Annotated[bool, typer.Option("--ruled", help="What people said already.")] = False,
) -> Answer:
    """List names in answers of which the matcher cannot say whether they are the disease."""
    if ruled:
        return _ruled(bench, after, size)
    page = bench.matching.queue(OPERATOR, after, size, condition)
    lines = [
        f"{n.item_id}  {n.name!r}: is it {n.answer!r}? {counted(n.answers, 'answer')} "
        f"({_models(n)}). {n.explanation}"
        for n in page.names
    ]
    if page.names:
        lines.append(f"An item with its case: manage.py item {page.names[0].item_id}")
    if page.after:
        lines.append(f"More may follow: --after {shlex.quote(page.after)}")
    return Answer(page.model_dump(mode="json"), lines or ["No name waits."])


def _models(waiting: DoubtfulName) -> str:
    """Return who gave a name: the first, and how many more."""
    more = waiting.answers - len(waiting.models)
    return ", ".join(waiting.models) + (f" and {more} more" if more else "")


def _ruled(bench: Workbench, after: str, size: int) -> Answer:
    """List rulings; `after` is one of them, or an item, whose own rulings are passed over."""
    page = bench.matching.rulings(OPERATOR, after, size)
    lines = [f"{r.item_id}  {r.name!r}: {r.ruling.value} by {r.person}" for r in page.rulings]
    if page.after:
        lines.append(f"More follow: --ruled --after {shlex.quote(page.after)}")
    return Answer(page.model_dump(mode="json"), lines)


def accept(bench: Workbench, item: QueueItem, name: QueueName, person: QueuePerson) -> Answer:
    """Say that a name is the item's disease; it is an alias of the item from now on."""
    ruling = bench.matching.accept(bench.people.actor(person), item, name)
    return Answer({"ruling": ruling.model_dump(mode="json")}, [f"{ruling.name!r} is it."])


def reject(bench: Workbench, item: QueueItem, name: QueueName, person: QueuePerson) -> Answer:
    """Say that a name is another disease than the item's."""
    ruling = bench.matching.reject(bench.people.actor(person), item, name)
    return Answer({"ruling": ruling.model_dump(mode="json")}, [f"{ruling.name!r} is not it."])


def reopen(bench: Workbench, item: QueueItem, name: QueueName, person: QueuePerson) -> Answer:
    """Take back what was said of a name: it waits again."""
    bench.matching.reopen(bench.people.actor(person), item, name)
    return Answer({"item_id": item, "name": name}, [f"{name!r} waits again."])
