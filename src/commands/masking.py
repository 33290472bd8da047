"""mask list, propose, flag, change, apply, withdraw, compare; condition."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from src.commands.console import Answer, Place, note, opened, verb
from src.domain.conditions import Shown
from src.domain.errors import BadInputError
from src.domain.evidence import ImageBox, span_of
from src.domain.leakage import LeakKind, LeakPlace
from src.domain.masking import BoxSpot, Mask, MaskState, text_at
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.domain.prediction import Condition
from src.services.masking import MaskReport, Proposal
from src.services.progress import Progress, Watcher
from src.services.workbench import Workbench

ItemId = Annotated[str, typer.Argument(help="dataset/track/index")]
Person = Annotated[str, typer.Option(help="Who does this.")]
MaskIds = Annotated[list[str] | None, typer.Option("--mask", help="A mask's id; may be repeated.")]
Box = Annotated[str, typer.Option(help="X,Y,WIDTH,HEIGHT in pixels of the image.")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    group = typer.Typer(help="Masks that hide confirmed leaks.", no_args_is_help=True)
    verb(group, "list")(list_masks)
    verb(group, "propose")(propose)
    verb(group, "flag")(flag)
    verb(group, "change")(change)
    verb(group, "apply")(apply)
    verb(group, "withdraw")(withdraw)
    verb(group, "compare")(compare)
    app.add_typer(group, name="mask")
    verb(app, "condition")(condition)


def list_masks(bench: Workbench, item_id: ItemId) -> Answer:
    """List an item's masks, and the confirmed leaks that show in its newest version."""
    found = bench.masking.of_item(OPERATOR, item_id)
    data = found.model_dump(mode="json", exclude={"base", "newest", "leaks"})
    leaks = [leak.model_dump(mode="json") for leak in found.leaks]
    lines = [f"{item_id}: version {found.version}, without masks version {found.base_version}"]
    lines += [_line(mask) for mask in found.masks]
    lines += [f"shows: {unit}" for unit in found.standing]
    return Answer({**data, "leaks": leaks}, lines)


def propose(bench: Workbench, item_id: ItemId, person: Person) -> Answer:
    """Propose masks for what readers confirmed, every place of the same words included."""
    return _proposed(bench.masking.propose(bench.people.actor(person), item_id))


def flag(
    bench: Workbench,
    item_id: ItemId,
    person: Person,
    kind: Annotated[LeakKind, typer.Option(help="How it gives the answer away.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    field: Annotated[str, typer.Option(help="question, context, caption:N, slot:N ...")] = "",
    quote: Annotated[str, typer.Option(help="The words, which stand in the field.")] = "",
    image: Annotated[int | None, typer.Option(help="Position of the image.")] = None,
    box: Box = "",
) -> Answer:
    """Flag a leak that no reader flagged, by masks that are proposed for it; for the lead."""
    found = bench.masking.of_item(OPERATOR, item_id).newest.item
    if image is not None:
        shown = next((i for i in found.content.images if i.position == image), None)
        if shown is None:
            raise BadInputError(f"{item_id!r} has no image {image}.")
        place = LeakPlace(image=image, box=_image_box(shown.sha256, box) if box else None)
    else:
        text = text_at(found.content, field)
        at = text.find(quote) if text is not None else -1
        if text is None or at < 0:
            raise BadInputError(f"The words {quote!r} do not stand in {field!r} of {item_id!r}.")
        marked = bool(quote) and not field.startswith(("slot:", "file_name:"))
        span = span_of(field, text, at, at + len(quote)) if marked else None
        place = LeakPlace(field=field, span=span)
    actor = bench.people.actor(person)
    return _proposed(bench.masking.flag(actor, item_id, kind, place, reason))


def change(
    bench: Workbench,
    mask_id: Annotated[str, typer.Argument(help="The mask's id.")],
    person: Person,
    replacement: Annotated[str | None, typer.Option(help="What stands there instead.")] = None,
    box: Box = "",
    reason: Annotated[str | None, typer.Option(help="Why it is masked.")] = None,
) -> Answer:
    """Change a mask that is only proposed."""
    mask = bench.masking.change(
        bench.people.actor(person),
        mask_id,
        replacement=replacement,
        box=_numbers(box) if box else None,
        reason=reason,
    )
    return Answer({"mask": mask.model_dump(mode="json")}, [_line(mask)])


def apply(bench: Workbench, item_id: ItemId, person: Person, mask_id: MaskIds = None) -> Answer:
    """Put masks on, all that are proposed or those named: one new version of the item."""
    wanted = mask_id
    if wanted is None:
        found = bench.masking.of_item(OPERATOR, item_id).masks
        wanted = [mask.mask_id for mask in found if mask.state is MaskState.PROPOSED]
    return _made(bench.masking.apply(bench.people.actor(person), item_id, wanted))


def withdraw(
    bench: Workbench,
    item_id: ItemId,
    person: Person,
    reason: Annotated[str, typer.Option(help="Why.")],
    mask_id: MaskIds = None,
) -> Answer:
    """Take masks off again, all or those named: a new version with the text back."""
    wanted = mask_id
    if wanted is None:
        found = bench.masking.of_item(OPERATOR, item_id).masks
        wanted = [mask.mask_id for mask in found if mask.state is not MaskState.WITHDRAWN]
    return _made(bench.masking.withdraw(bench.people.actor(person), item_id, wanted, reason))


def compare(bench: Workbench, item_id: ItemId, mask_id: MaskIds = None) -> Answer:
    """Show what masks change: texts and images before and after."""
    found = bench.masking.before_after(OPERATOR, item_id, mask_id)
    lines = [
        line for text in found.texts for line in _compared(text.field, text.before, text.after)
    ]
    for image in found.images:
        after = image.after or "not applied yet"
        lines += _compared(f"image {image.position}", image.before, after)
    return Answer(found.model_dump(mode="json"), [*lines, *found.notes])


def _compared(what: str, before: str, after: str) -> list[str]:
    return [f"{what}", f"  before: {before}", f"  after:  {after}"]


def _proposed(found: Proposal) -> Answer:
    lines = [_line(mask) for mask in found.masks] or ["Nothing new is proposed."]
    lines += [
        f"nothing to hide for {unit}: rule on it, or correct the item" for unit in found.without
    ]
    return Answer(found.model_dump(mode="json"), lines)


def _made(report: MaskReport) -> Answer:
    made = f"version {report.version} made" if report.version else "no new version was needed"
    lines = [f"{report.item_id}: {made}", *map(_line, report.masks), *report.notes]
    if report.unscanned:
        scan = f"'scan --item {shlex.quote(report.item_id)}'"
        lines.append(f"not scanned for leaks yet: {report.unscanned} Do it with {scan}.")
    lines += [
        f"the round {one.round!r} still asks version {one.asked}, which can never become gold: "
        f"{counted(one.missing, 'reading')} missing. "
        f"'round stop {shlex.quote(one.round)}' ends that, with --into it is moved on"
        for one in report.rounds
    ]
    return Answer(report.model_dump(mode="json"), lines)


def _line(mask: Mask) -> str:
    spot = mask.spot
    if isinstance(spot, BoxSpot):
        where = f"image {spot.image} at {spot.x},{spot.y},{spot.width},{spot.height}"
    else:
        where = f"{spot.field} {spot.start}-{spot.end} {spot.quote!r} -> {spot.replacement!r}"
    return f"{mask.mask_id}  {mask.state.value:9}  {where}  [{mask.unit}] {mask.reason}"


def _image_box(sha256: str, box: str) -> ImageBox:
    x, y, width, height = _numbers(box)
    return ImageBox(sha256=sha256, x=x, y=y, width=width, height=height)


def _numbers(box: str) -> tuple[int, int, int, int]:
    parts = box.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise BadInputError(f"A box is X,Y,WIDTH,HEIGHT in whole pixels, not {box!r}.")
    x, y, width, height = (int(part) for part in parts)
    return x, y, width, height


def condition(
    place: Place,
    item_id: Annotated[str | None, typer.Argument(help="dataset/track/index")] = None,
    as_: Annotated[str, typer.Option("--as", help="full, baseline, text or nodx.")] = "full",
    out: Annotated[
        Path | None, typer.Option(help="Write all items into this folder instead.")
    ] = None,
) -> Answer:
    """Show what a model would be shown of an item, or write it of all items with their images."""
    wanted = _condition(as_)
    if (item_id is None) == (out is None):
        raise BadInputError("Name either an item, or a folder with --out.")
    with opened(place) as bench:
        if out is None:
            return _shown(bench.conditions.shown(OPERATOR, str(item_id), wanted))
        report = bench.conditions.export(OPERATOR, wanted, out, _watch())
    line = f"{out / report.path}: {counted(report.items, 'item')}, "
    line += f"{counted(report.images, 'image')}, {report.sha256}"
    return Answer({"condition": wanted, "files": [report.model_dump(mode="json")]}, [line])


def _condition(name: str) -> Condition:
    known: Sequence[Condition] = ("full", "baseline", "text", "nodx")
    found = next((known_one for known_one in known if known_one == name), None)
    if found is None:
        raise BadInputError(f"There is no condition {name!r}; it is one of {', '.join(known)}.")
    return found


def _shown(found: Shown) -> Answer:
    data: dict[str, Any] = {**found.model_dump(mode="json"), "sha256": found.sha256}
    lines = [found.question, *([found.context] if found.context else [])]
    lines += [f"{finding.title}\n{finding.body}" for finding in found.findings]
    lines += [f"[{i.label}: {i.sha256[:12]}] {i.caption}".rstrip() for i in found.images]
    return Answer(data, lines)


def _watch() -> Watcher:
    """Return a watcher that draws one line on a terminal and is silent elsewhere."""

    def watch(progress: Progress) -> bool:
        if sys.stderr.isatty():
            left = progress.seconds_left
            rest = f", about {left:.0f} s left" if left is not None else ""
            note(f"{progress.what}: {progress.done} of {counted(progress.total, 'item')}{rest}")
        return True

    return watch
