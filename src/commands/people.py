"""people add, roles, disable, enable, list; round create, close, reopen, list and the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from src.commands.agreement import in_one_line
from src.commands.console import Answer, verb
from src.commands.judging import read_json, valid
from src.domain.departure import Part, ReaderLeft
from src.domain.errors import BadInputError
from src.domain.item import Track
from src.domain.people import OPERATOR, Person, Role
from src.domain.planting import Plant
from src.domain.plurals import counted
from src.domain.proportion import Proportion
from src.domain.repeats import WASH_OUT_DAYS
from src.domain.round import Closing, RoundKind
from src.domain.routing import NAMED, RoutingPolicy
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench

Routing = Literal["standard", "every-difference"]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    people = typer.Typer(help="Who belongs to the study.", no_args_is_help=True)
    verb(people, "add")(add)
    verb(people, "roles")(set_roles)
    verb(people, "disable")(disable)
    verb(people, "enable")(enable)
    verb(people, "list")(list_people)
    app.add_typer(people, name="people")
    rounds = typer.Typer(help="What is read, by whom.", no_args_is_help=True)
    verb(rounds, "create")(create_round)
    verb(rounds, "close")(close_round)
    verb(rounds, "reopen")(reopen_round)
    verb(rounds, "add-person")(add_person)
    verb(rounds, "end-part")(end_part)
    verb(rounds, "take-back")(take_back)
    verb(rounds, "left")(list_left)
    verb(rounds, "skips")(list_skips)
    verb(rounds, "stuck")(list_stuck)
    verb(rounds, "put-back")(put_back)
    verb(rounds, "take-out")(take_out)
    verb(rounds, "stop")(stop)
    verb(rounds, "results")(list_results)
    verb(rounds, "repeats")(show_repeats)
    verb(rounds, "planted")(show_planted)
    verb(rounds, "list")(list_rounds)
    app.add_typer(rounds, name="round")


def _people(bench: Workbench) -> Answer:
    found = bench.people.all_of(OPERATOR)
    lines = [
        f"{p.person_id:16} {p.display_name:28} {', '.join(sorted(r.value for r in p.roles))}"
        + ("" if p.active else "  (not active)")
        for p in found
    ]
    data = [{**p.model_dump(mode="json"), "roles": sorted(r.value for r in p.roles)} for p in found]
    return Answer({"people": data}, lines)


def add(
    bench: Workbench,
    person_id: Annotated[str, typer.Argument(help="A short id: lower case, digits, . _ -")],
    name: Annotated[str, typer.Option(help="The name people see.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="Once for each role.")] = None,
    specialty: Annotated[str, typer.Option(help="The medical specialty.")] = "",
    years: Annotated[int | None, typer.Option(help="Years of experience.")] = None,
    issuer: Annotated[str, typer.Option(help="Who vouches for the sign-in.")] = "",
    subject: Annotated[str, typer.Option(help="The sign-in's id there.")] = "",
) -> Answer:
    """Add a person, or change of a known one what is given."""
    everybody = bench.people.all_of(OPERATOR)
    known = next((p.model_dump() for p in everybody if p.person_id == person_id), {})
    new = {"person_id": person_id, "display_name": person_id, "roles": [Role.REVIEWER]}
    given = {
        "display_name": name,
        "roles": role,
        "specialty": specialty,
        "years": years,
        "issuer": issuer,
        "subject": subject,
    }
    try:
        changes = {field: value for field, value in given.items() if value not in ("", None, [])}
        person = Person.model_validate({**new, **known, **changes})
    except ValueError as error:
        raise BadInputError(f"{person_id!r} cannot be added: {error}") from error
    bench.people.add(OPERATOR, person)
    return _people(bench)


def set_roles(
    bench: Workbench,
    person_id: Annotated[str, typer.Argument()],
    role: Annotated[list[Role], typer.Argument(help="All roles the person shall hold.")],
) -> Answer:
    """Give a person exactly these roles."""
    bench.people.set_roles(OPERATOR, person_id, role)
    return _people(bench)


def disable(bench: Workbench, person_id: Annotated[str, typer.Argument()]) -> Answer:
    """Keep a person out from their next act on; what they did stays."""
    bench.people.set_active(OPERATOR, person_id, False)
    return _people(bench)


def enable(bench: Workbench, person_id: Annotated[str, typer.Argument()]) -> Answer:
    """Let a person in again."""
    bench.people.set_active(OPERATOR, person_id, True)
    return _people(bench)


def list_people(bench: Workbench) -> Answer:
    """List everybody."""
    return _people(bench)


def create_round(
    bench: Workbench,
    name: Annotated[str, typer.Argument(help="The round's name.")],
    person: Annotated[list[str], typer.Option(help="Once for each reader.")],
    readers: Annotated[
        int | None, typer.Option(help="Readers for each item; not asked for a calibration.")
    ] = None,
    kind: Annotated[
        RoundKind, typer.Option(help="A calibration is practice on gold, in no statistics.")
    ] = RoundKind.READING,
    pass_mark: Annotated[
        float | None, typer.Option(help="Of a calibration: the share to agree on, 0 to 1.")
    ] = None,
    track: Annotated[Track | None, typer.Option(help="Only items of this track.")] = None,
    items: Annotated[
        Path | None, typer.Option(help="A file with one item id on each line.")
    ] = None,
    sample: Annotated[int | None, typer.Option(help="Draw this many at random.")] = None,
    seed: Annotated[int | None, typer.Option(help="The seed of the draw.")] = None,
    read_first: Annotated[
        bool, typer.Option(help="Readers commit a reading before they see the answer.")
    ] = False,
    blind_adjudication: Annotated[
        bool, typer.Option(help="Adjudicators give an own reading before they see any other.")
    ] = False,
    routing: Annotated[
        Routing, typer.Option(help="What goes to an adjudicator; of a reading round.")
    ] = "standard",
    thresholds: Annotated[
        Path | None, typer.Option(help="Other thresholds, as JSON (docs/formats.md).")
    ] = None,
    repeats: Annotated[
        float | None,
        typer.Option(help="The share of a reader's items that come back to them, hidden."),
    ] = None,
    wash_out_days: Annotated[
        int, typer.Option(help="How long a repeat stays away at least.")
    ] = WASH_OUT_DAYS,
    planted_errors: Annotated[
        float | None,
        typer.Option(help="Propose errors for this share of the items; nothing is opened yet."),
    ] = None,
    plants: Annotated[
        Path | None,
        typer.Option(help="Errors to plant, approved: what was proposed, or your own, as JSON."),
    ] = None,
) -> Answer:
    """Open a round over all items, a track, a list, or a seeded sample."""
    if kind is RoundKind.READING and readers is None:
        raise typer.BadParameter("Say how many readers each item needs.", param_hint="--readers")
    plan = RoundPlan(
        name=name,
        kind=kind,
        pass_mark=pass_mark,
        readers=readers or 0,
        persons=tuple(person),
        track=track,
        item_ids=_listed(items) if items else None,
        sample=sample,
        seed=seed,
        read_first=read_first,
        blind_adjudication=blind_adjudication,
        routing=_policy(routing, thresholds),
        repeats=repeats,
        wash_out_days=wash_out_days,
        plants=_plants(plants) if plants else (),
    )
    if planted_errors is not None:
        if plants is not None:
            raise typer.BadParameter("Give either --planted-errors or --plants.")
        return _proposal(bench, plan, planted_errors)
    found = bench.assigning.create(OPERATOR, plan)
    slots = found.items * found.readers
    data = {**found.model_dump(mode="json"), "round": found.name, "slots": slots}
    return Answer(
        data,
        [f"{found.name}: {counted(found.items, 'item')}, {counted(slots, 'reading')} to come."],
    )


def _proposal(bench: Workbench, plan: RoundPlan, share: float) -> Answer:
    """Show errors to plant, with the seed that draws the same items again; open nothing."""
    seed, found = bench.assigning.propose_plants(OPERATOR, plan, share)
    known = bench.assigning.known_to_readers(OPERATOR, plan.persons)
    known_here = sorted(known & {plant.item_id for plant in found})
    lines = [
        f"{p.item_id} {p.claim_id} ({p.kind.value}): {p.wrong_text}"
        + ("  (a reader has seen this item as it is)" if p.item_id in known else "")
        for p in found
    ]
    lines += [
        f"{counted(len(found), 'error')} proposed, seed {seed}. Nothing is opened. Keep what is "
        f"good of 'plants' (--json) in a file, and run again with --seed {seed} --plants FILE."
    ]
    plants = [plant.model_dump(mode="json") for plant in found]
    data = {"opened": False, "seed": seed, "plants": plants, "known_to_readers": known_here}
    return Answer(data, lines)


def _plants(path: Path) -> tuple[Plant, ...]:
    """Read errors to plant: a list, or an object with it under 'plants'."""
    found = read_json(path)
    listed = found.get("plants") if isinstance(found, dict) else found
    if not isinstance(listed, list) or not listed:
        raise BadInputError(f"{str(path)!r} holds no list of errors to plant.")
    return tuple(
        valid(Plant, one, path, prefix=f"plants.{place}.") for place, one in enumerate(listed)
    )


def _policy(name: Routing, thresholds: Path | None) -> RoutingPolicy:
    """Return a rule by its name, with the thresholds of a file where one is given."""
    if thresholds is None:
        return NAMED[name]
    given = read_json(thresholds)
    if not isinstance(given, dict):
        raise BadInputError(f"{str(thresholds)!r} holds no object of thresholds.")
    return valid(RoutingPolicy, {**NAMED[name].model_dump(exclude_unset=True), **given}, thresholds)


def _listed(path: Path) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig") as lines:
            return tuple(line.strip() for line in lines if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{str(path)!r} cannot be read as a list of items: {error}") from error


Name = Annotated[str, typer.Argument(help="The round's name.")]
ItemId = Annotated[str, typer.Argument(help="The item's id.")]


def close_round(
    bench: Workbench,
    name: Name,
    for_good: Annotated[
        bool,
        typer.Option("--for-good", help="Close it though errors were planted: it stays closed."),
    ] = False,
) -> Answer:
    """Close a round: nothing is given out any more, what was read stays."""
    before = bench.assigning.closing(OPERATOR, name)
    if before.for_good and not for_good:
        raise BadInputError(
            f"Once {name!r} is closed its readers can look up which errors were planted, so it "
            f"cannot be opened again.{_given_up(before)} Nothing was closed: give --for-good to "
            "close it."
        )
    closing = bench.assigning.close(OPERATOR, name)
    data = {
        **closing.round.model_dump(mode="json"),
        "round": name,
        "drafts": closing.drafts,
        "repeats_given_up": closing.repeats,
    }
    begun = (
        f" {counted(closing.drafts, 'begun reading')} can still be sent." if closing.drafts else ""
    )
    undone = "It stays closed." if closing.for_good else "'round reopen' undoes it."
    return Answer(data, [f"{name} is closed.{begun}{_given_up(closing)} {undone}"])


def _given_up(closing: Closing) -> str:
    """Return what does not come back to its readers once a round is closed; empty for nothing."""
    if not closing.repeats or closing.last_due is None:
        return ""
    many = counted(closing.repeats, "reading")
    are, they_do = ("is", "it does") if closing.repeats == 1 else ("are", "they do")
    return (
        f" {many} {are} still to come back to readers, the last on "
        f"{closing.last_due:%Y-%m-%d %H:%M} UTC; once it is closed {they_do} not."
    )


def reopen_round(bench: Workbench, name: Name) -> Answer:
    """Open a closed round again, as it was."""
    found = bench.assigning.reopen(OPERATOR, name)
    return Answer({**found.model_dump(mode="json"), "round": name}, [f"{name} is open."])


def add_person(
    bench: Workbench, name: Name, person: Annotated[str, typer.Argument(help="The reader's id.")]
) -> Answer:
    """Let one more person read in an open round."""
    found = bench.assigning.add_person(OPERATOR, name, person)
    many = len(found.persons)
    readers = f"{counted(many, 'person', 'people')} read{'s' if many == 1 else ''} in {name}."
    return Answer({**found.model_dump(mode="json"), "round": name}, [readers])


PersonId = Annotated[str, typer.Argument(help="The reader's id.")]
Why = Annotated[str, typer.Option(help="For the record; a release does not tell it.")]


def end_part(
    bench: Workbench,
    name: Name,
    person: PersonId,
    keep: Annotated[
        bool, typer.Option("--keep/--leave-out", help="Whether what they have read counts.")
    ],
    reason: Why,
) -> Answer:
    """End a reader's part: what they hold goes to others; said again, it changes what counts."""
    left = bench.departing.end_part(OPERATOR, name, person, keep=keep, reason=reason)
    return Answer(left.model_dump(mode="json"), [_left(left)])


def _left(left: ReaderLeft) -> str:
    counts = "count" if left.part is Part.KEPT else "are left out"
    return f"{left.person} left {left.round}; {left.readings} readings {counts}: {left.reason}"


def take_back(bench: Workbench, name: Name, person: PersonId, reason: Why) -> Answer:
    """Let a reader who left read on; what they have read counts."""
    found = bench.departing.take_back(OPERATOR, name, person, reason=reason)
    data = {**found.model_dump(mode="json"), "round": name}
    return Answer(data, [f"{person} reads in {name} again."])


def list_left(bench: Workbench, name: Name) -> Answer:
    """List who left a round, by when they did, and whether their readings count."""
    bench.assigning.get(OPERATOR, name)
    found = bench.departing.of_round(OPERATOR, name)
    return Answer({"left": [one.model_dump(mode="json") for one in found]}, [*map(_left, found)])


def list_skips(
    bench: Workbench,
    name: Name,
    waiting: Annotated[bool, typer.Option(help="Only what waits for an answer.")] = False,
    size: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 50,
) -> Answer:
    """List what readers passed on, newest first, with why."""
    found = bench.assigning.skipped(OPERATOR, name, size=size, waiting=waiting)
    lines = [
        f"{s.item_id}: {s.reason.value}, {s.person}{'  (held back)' if s.held_back else ''}"
        f"{'  ' + s.note if s.note else ''}"
        for s in found
    ]
    return Answer({"skips": [s.model_dump(mode="json") for s in found]}, lines)


def list_stuck(
    bench: Workbench,
    name: Name,
    size: Annotated[int, typer.Option(help="How many, in reading order.", min=1)] = 50,
) -> Answer:
    """List items that none of the round's readers may take, with what keeps each away."""
    found = bench.assigning.stuck(OPERATOR, name, size=size)
    lines = [
        f"{s.item_id}: {', '.join(f'{who} {why.value}' for who, why in s.why.items())}"
        for s in found
    ]
    return Answer({"stuck": [s.model_dump(mode="json") for s in found]}, lines)


def put_back(bench: Workbench, name: Name, item: ItemId) -> Answer:
    """Let readers take an item again that was held back."""
    bench.assigning.put_back(OPERATOR, name, item)
    return Answer({"round": name, "item_id": item}, [f"{item} is put back into {name}."])


def take_out(
    bench: Workbench,
    name: Name,
    item: ItemId,
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "",
) -> Answer:
    """Take an item out of a round for good; what was read of it counts nowhere."""
    bench.assigning.take_out(OPERATOR, name, item, note)
    return Answer({"round": name, "item_id": item}, [f"{item} is out of {name}."])


def stop(
    bench: Workbench,
    name: Name,
    item: Annotated[
        list[str] | None, typer.Option(help="Only this item; may be repeated. Else all of them.")
    ] = None,
    into: Annotated[
        str, typer.Option(help="Open a round of this name in which the same people go on.")
    ] = "",
) -> Answer:
    """Give nobody else the items that a round asks as they were before masks."""
    found = bench.assigning.stop(OPERATOR, name, item, into=into or None)
    lines = [
        f"{one.item_id}: stopped at version {one.asked}, {counted(one.missing, 'reading')} missing"
        + (f", {one.held} of them held" if one.held else "")
        for one in found.stopped
    ]
    if found.into is not None:
        asks = f"{counted(found.into.items, 'item')}, {counted(found.into.readers, 'reading')} each"
        lines.append(f"{found.into.name}: {asks}, of the newest versions.")
    return Answer(found.model_dump(mode="json"), lines)


def list_results(bench: Workbench, name: Name) -> Answer:
    """List how everybody agrees with gold in a calibration round."""
    found = bench.calibrating.results(OPERATOR, name)
    data = [{**r.model_dump(mode="json"), "share": r.share, "passed": r.passed} for r in found]
    lines = [
        f"{r.person}: {r.items_read} of {counted(r.items, 'item')}, "
        f"{r.agreed} of {counted(r.units, 'unit')} agreed"
        for r in found
    ]
    return Answer({"results": data}, lines)


def show_repeats(
    bench: Workbench,
    name: Name,
    seed: Annotated[int, typer.Option(help="Of the resampling.", min=0)] = 0,
) -> Answer:
    """Show how far readers agree with themselves on items that came back to them, hidden."""
    found = bench.repeating.report(OPERATOR, name, seed=seed)
    readers = [
        {**one.model_dump(mode="json"), "share": one.claims.value, "interval": one.claims.interval}
        for one in found.readers
    ]
    lines = [
        f"{found.share:.0%} after {counted(found.wash_out_days, 'day')}: {found.drawn} drawn, "
        f"{found.given_out} given out, {found.sent} sent, {found.compared} compared"
    ]
    for field in found.fields:
        lines.append(f"{field.field}:")
        lines += [f"  {in_one_line(coefficient)}" for coefficient in field.coefficients]
    lines += [
        f"{one.person}: {counted(one.items, 'item')}, {one.claims.part} of "
        f"{counted(one.claims.whole, 'verdict')} the same"
        for one in found.readers
    ]
    return Answer({**found.model_dump(mode="json"), "readers": readers}, lines)


def show_planted(bench: Workbench, name: Name) -> Answer:
    """Show how many planted errors were found, by reader and by error."""
    found = bench.planting.report(OPERATOR, name)
    readers = [
        {"person": one.person, **_share(one.found), "untouched": _alarms(one.untouched)}
        for one in found.readers
    ]
    errors = [{**one.plant.model_dump(mode="json"), **_share(one.found)} for one in found.errors]
    lines = [
        f"{one.person}: {one.found.part} of {counted(one.found.whole, 'planted error')} found, "
        f"{one.untouched.part} of {counted(one.untouched.whole, 'untouched claim')} called wrong"
        for one in found.readers
    ]
    lines += [
        f"{one.plant.item_id} ({one.plant.kind.value}): found by {one.found.part} of "
        f"{one.found.whole}"
        for one in found.errors
    ]
    data = {
        "round": name,
        "readers": readers,
        "errors": errors,
        "all": _share(found.all),
        "untouched": _alarms(found.untouched),
        "compared": found.compared,
    }
    return Answer(data, lines)


def _alarms(found: Proportion) -> dict[str, object]:
    said = _share(found)
    return {"called_wrong": said.pop("found"), **said}


def _share(found: Proportion) -> dict[str, object]:
    low, high = found.interval or (None, None)
    counts = {"found": found.part, "read": found.whole}
    return {**counts, "share": found.value, "low": low, "high": high}


def list_rounds(bench: Workbench) -> Answer:
    """List all rounds, newest first, with how far they are."""
    found = [bench.assigning.progress(OPERATOR, r.name) for r in bench.assigning.all_of(OPERATOR)]
    lines = [
        f"{p.round.name}: {p.round.state.value}, {p.fully_read} of "
        f"{counted(p.round.items, 'item')} fully read"
        + (f", {p.stopped} stopped" if p.stopped else "")
        + (f", {p.outdated} asked as before masks: see 'round stop'" if p.outdated else "")
        for p in found
    ]
    return Answer({"rounds": [p.model_dump(mode="json") for p in found]}, lines)
