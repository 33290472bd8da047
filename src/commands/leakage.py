"""orphanet; alias add, withdraw, list; scan."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from src.commands.console import DONE, Answer, Place, opened, verb
from src.commands.scan_progress import scan_words, watch_scan
from src.domain.errors import BadInputError
from src.domain.leakage import Hit
from src.domain.ontology import ATTRIBUTION, Found
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.services.ontology import EntityView, OntologyReport, file_sha256
from src.services.scanning import ScanReport
from src.services.workbench import Workbench


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    verb(app, "orphanet")(store_ontology)
    aliases = typer.Typer(help="Names that people add to diseases.", no_args_is_help=True)
    verb(aliases, "add")(add_alias)
    verb(aliases, "withdraw")(withdraw_alias)
    verb(aliases, "list")(list_aliases)
    app.add_typer(aliases, name="alias")
    verb(app, "scan")(scan)


# ---- the Orphanet file --------------------------------------------------------------------


def store_ontology(
    place: Place,
    path: Annotated[
        Path | None, typer.Argument(help="An Orphanet file; else the one that is configured.")
    ] = None,
    find: Annotated[
        str | None, typer.Option(help="Look a name or a code up instead of taking a file over.")
    ] = None,
) -> Answer:
    """Take an Orphanet file over, or look something up in the one in force."""
    with opened(place) as bench:
        if find is not None:
            return _found(bench, find)
        configured = place.settings.orphanet_file
        if path is None and not configured:
            raise BadInputError("Name an Orphanet file, or set RARE_REVIEW_ORPHANET_FILE.")
        return _stored(bench.ontologies.store_file(OPERATOR, path or Path(configured)))


def _stored(report: OntologyReport) -> Answer:
    file = report.file
    done = "taken over" if report.changed else "in force already, nothing was changed"
    lines = [
        f"{file.name}: {counted(file.entities, 'entity', 'entities')} with "
        f"{counted(report.names, 'name')}, {done}.",
        f"{counted(report.missing_parents, 'parent')} without an entry of their own.",
        f"{ATTRIBUTION}, version {file.version or 'not given'}.",
    ]
    return Answer({**report.model_dump(mode="json"), "entities": file.entities}, lines)


def _found(bench: Workbench, text: str) -> Answer:
    found = bench.ontologies.search(OPERATOR, text)
    known = [(one, bench.ontologies.entity(OPERATOR, one.orpha_code)) for one in found]
    lines = [line for one, view in known for line in (_line(one), *_about(view))]
    lines = lines or ["Nothing is like it."]
    if bench.ontologies.in_force(OPERATOR) is None:
        lines = ["No Orphanet file is in force: 'manage.py orphanet PATH' takes one over."]
    return Answer({"found": [_with_family(one, view) for one, view in known]}, lines)


def _about(view: EntityView | None) -> Iterator[str]:
    """Yield the other names of an entity and what it belongs to, each on its line."""
    if view is None:
        return
    if view.entity.synonyms:
        yield f"    also: {'; '.join(view.entity.synonyms)}"
    if view.aliases:
        yield f"    added here: {'; '.join(alias.text for alias in view.aliases)}"
    if view.parents:
        yield "    part of: " + "; ".join(
            f"ORPHA:{one.orpha_code} {one.term or '(no entry of its own)'}" for one in view.parents
        )


def _with_family(found: Found, view: EntityView | None) -> dict[str, Any]:
    """Return an entity that was found with its synonyms and its parents."""
    return {
        **found.model_dump(mode="json"),
        "synonyms": list(view.entity.synonyms) if view else [],
        "aliases": [alias.text for alias in view.aliases] if view else [],
        "parents": [one.model_dump(mode="json") for one in view.parents] if view else [],
    }


def _line(found: Found) -> str:
    meant = "did you mean " if found.near else ""
    by = f" ({found.matched})" if found.matched not in (found.term, found.orpha_code) else ""
    moved = f", see ORPHA:{found.moved_to}" if found.moved_to else ""
    standing = f"  {found.status}{moved}" if found.status != "active" else ""
    return f"{meant}ORPHA:{found.orpha_code}  {found.term}{by}{standing}"


def ontology_in_force(bench: Workbench) -> str:
    """Return which Orphanet file look-ups go by, in words."""
    file = bench.ontologies.in_force(OPERATOR)
    if file is None:
        return "none: only an item's own names are known"
    version = f"version {file.version}, " if file.version else ""
    entities = counted(file.entities, "entity", "entities")
    return f"{file.name}, {version}{entities}, sha256 {file.sha256}; {ATTRIBUTION}"


def configured_file_problems(configured: str, bench: Workbench) -> list[str]:
    """Return what is wrong with the configured Orphanet file; nothing when there is none."""
    if not configured:
        return []
    if not Path(configured).is_file():
        return [f"RARE_REVIEW_ORPHANET_FILE names {configured!r}, which is no file."]
    file = bench.ontologies.in_force(OPERATOR)
    if file is None or file.sha256 != file_sha256(Path(configured)):
        return [f"{configured!r} is configured and not in force: run 'manage.py orphanet'."]
    return []


# ---- names that people add ----------------------------------------------------------------

Subject = Annotated[str, typer.Argument(help="ORPHA:35687, or item:ID.")]
Alias = Annotated[str, typer.Argument(help="The name.")]
Person = Annotated[str, typer.Option(help="Who says so.")]


def add_alias(bench: Workbench, subject: Subject, text: Alias, person: Person) -> Answer:
    """Add a name to a disease or an item; it outlasts the Orphanet file."""
    actor = bench.people.actor(person)
    alias = bench.ontologies.add_alias(actor, subject, text)
    line = f"{alias.text!r} is a name of {alias.subject}, given by {alias.person}."
    return Answer({"alias": alias.model_dump(mode="json")}, [line])


def withdraw_alias(bench: Workbench, subject: Subject, text: Alias, person: Person) -> Answer:
    """Take an added name back; that it was there stays on record."""
    bench.ontologies.withdraw_alias(bench.people.actor(person), subject, text)
    return Answer({"subject": subject, "text": text}, [f"{text!r} is taken back."])


def list_aliases(
    bench: Workbench,
    subject: Annotated[
        str, typer.Argument(help="ORPHA:35687, or item:ID; all when left out.")
    ] = "",
) -> Answer:
    """List the names that people added, with who did."""
    found = bench.ontologies.aliases(OPERATOR, subject)
    lines = [f"{a.subject}: {a.text}  ({a.person}, {a.at:%Y-%m-%d})" for a in found]
    return Answer({"aliases": [alias.model_dump(mode="json") for alias in found]}, lines)


# ---- the scan -----------------------------------------------------------------------------


def scan(
    place: Place,
    item: Annotated[list[str] | None, typer.Option(help="Only this item; may be repeated.")] = None,
    ocr: Annotated[bool, typer.Option("--ocr", help="Read text inside images too.")] = False,
) -> Answer:
    """Look for places where items give their answers away; what is found is no flag yet."""
    with opened(place) as bench:
        report = bench.scanning.scan(OPERATOR, item, with_ocr=ocr, watch=watch_scan())
        hits = bench.scanning.all_hits(OPERATOR, item)
        if place.as_json:
            _print_scan(report, hits)
            raise typer.Exit(DONE)
        failed = [f"image {sha256} was not read: {why}" for sha256, why in report.images_failed]
        return Answer({}, [scan_words(report), *failed, *_counts(hits)])


def _print_scan(report: ScanReport, hits: Iterable[tuple[str, Hit]]) -> None:
    """Print one JSON object whose hits are written as they are read: there may be millions."""
    done = report.model_dump(mode="json", exclude={"hits", "low", "by_layer"})
    head = json.dumps({**done, "unchanged": report.unchanged})
    print(f'{head[:-1]}, "hits": [', end="")
    for number, (item_id, hit) in enumerate(hits):
        print(",\n" if number else "\n", json.dumps(_hit(item_id, hit), ensure_ascii=False), end="")
    print("]}")


def _hit(item_id: str, hit: Hit) -> dict[str, Any]:
    return {"item_id": item_id, **hit.model_dump(mode="json"), "low": hit.low}


def _counts(hits: Iterable[tuple[str, Hit]]) -> Iterator[str]:
    """Yield how many hits there are of each layer and method, those of low rank apart."""
    numbers = Counter((hit.layer.value, hit.method.value, hit.low) for _, hit in hits)
    for layer, method in dict.fromkeys(key[:2] for key in sorted(numbers)):
        strong, low = numbers[layer, method, False], numbers[layer, method, True]
        yield f"{layer:11} {method:11} {strong:7,}  and {low:,} of low rank"
