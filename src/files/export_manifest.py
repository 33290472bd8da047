"""What an export says of itself: its manifest for programs, its notes for people."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from src.domain.exports import ABOUT, About, ExportChoices, ExportFormat
from src.domain.plurals import counted
from src.files.export_folder import WrittenFile
from src.files.outgoing import Items, LeftOutItem, OutgoingItem, ReleaseFacts, Written

MANIFEST = "rare-review/export/1"


class Tally:
    """Counts what goes out while it is being written."""

    def __init__(self, about: About) -> None:
        self._about = about
        self.items = 0
        self.rejected = 0
        self.licences: Counter[str] = Counter()
        self.pictures: set[str] = set()
        self.images = 0
        self.unknown = 0
        """Images that are in, though nobody knows their licence."""
        self.left_out_unknown = 0
        """Images that are out because nobody knows their licence."""
        self.left_out: dict[str, list[dict[str, str | int]]] = defaultdict(list)
        """Why -> the images it is true of."""

    def of(self, items: Items) -> Items:
        """Yield the items again, counted."""
        for item in items:
            self._add(item)
            yield item

    def _add(self, one: OutgoingItem) -> None:
        self.items += 1
        self.rejected += not one.accepted
        self.licences[" ".join((one.item.case.licence or "").split())] += 1
        if not self._about.holds_images:
            return
        for image in one.images:
            if image.left_out:
                place: dict[str, str | int] = {
                    "item_id": one.item.item_id,
                    "position": image.imported_position,
                    "sha256": image.record.sha256,
                }
                self.left_out[image.left_out].append(place)
                self.left_out_unknown += image.licence_unknown
            else:
                self.images += 1
                self.unknown += image.licence_unknown
                self.pictures.add(image.record.sha256)

    @property
    def images_left_out(self) -> int:
        """How many images are left out, each place of a picture counted."""
        return sum(len(places) for places in self.left_out.values())


def manifest_of(
    format: ExportFormat,
    facts: ReleaseFacts,
    choices: ExportChoices,
    tally: Tally,
    written: Written,
    files: Sequence[WrittenFile],
) -> dict[str, object]:
    """Return an export's manifest; the same release and choices give the same one."""
    return {
        "manifest": MANIFEST,
        "format": format.value,
        "release": {
            "number": facts.number,
            "sha256": facts.sha256,
            "made_at": facts.made_at.isoformat(),
            "notes": facts.notes,
            "event_log_head": facts.head,
            **_left(facts),
        },
        "choices": choices.model_dump(mode="json"),
        "counts": {
            "items": tally.items - len(written.left_out),
            "items_left_out": len(written.left_out),
            "rejected": tally.rejected if ABOUT[format].rejected else 0,
            "images": tally.images,
            "pictures": len(tally.pictures),
            "images_of_unknown_licence": tally.unknown,
            "images_left_out": tally.images_left_out,
            **written.figures,
        },
        "licences": dict(sorted(tally.licences.items())),
        "items_left_out": [item.model_dump() for item in written.left_out],
        "images_left_out": [
            {"reason": reason, "images": places}
            for reason, places in sorted(tally.left_out.items())
        ],
        "files": [file.model_dump() for file in files],
    }


def _left(facts: ReleaseFacts) -> dict[str, object]:
    """Return what a manifest says of readers who left; nothing where nobody did."""
    left = [reader.model_dump() for reader in facts.readers_left]
    return {"readers_left": left} if left else {}


class _Place(BaseModel, frozen=True):
    sha256: str


class _Group(BaseModel, frozen=True):
    reason: str
    images: tuple[_Place, ...]


class _LeftOut(BaseModel, frozen=True):
    images_left_out: tuple[_Group, ...] = ()


def left_out_beside(path: Path) -> dict[str, str]:
    """Return sha256 -> why of the images that the manifest beside a release says are left out.

    Empty where there is no manifest, or none that can be read: it explains, it decides nothing.
    """
    manifest = path.with_name(f"manifest-{path.stem}.json")
    try:
        found = _LeftOut.model_validate_json(manifest.read_bytes())
    except (OSError, ValidationError):
        return {}
    return {image.sha256: group.reason for group in found.images_left_out for image in group.images}


def write_manifest(path: Path, manifest: dict[str, object]) -> None:
    """Write a manifest, its keys sorted."""
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def notes_of(
    format: ExportFormat,
    facts: ReleaseFacts,
    choices: ExportChoices,
    tally: Tally,
    written: Written,
) -> str:
    """Return the notes that lie beside an export: what it is, how to load it, what is missing."""
    about = ABOUT[format]
    load = about.load.replace("release-1", f"release-{facts.number}")
    parts = [
        f"# {facts.title}: {about.name}",
        about.for_whom,
        f"```\n{load}\n```",
        f"Release {facts.number} of {facts.made_at:%Y-%m-%d %H:%M} UTC, sha256 {facts.sha256}; "
        f"event log at {facts.head.get('seq', 'an unknown place')}, "
        f"{facts.head.get('hash', 'of unknown hash')}.",
        f"{counted(tally.items - len(written.left_out), 'item')}.",
        *_readers_left(facts),
        *_items_missing(written.left_out),
        *licence_notes(about, choices, tally, written),
    ]
    return "\n\n".join(parts) + "\n"


def licence_notes(
    about: About, choices: ExportChoices, tally: Tally, written: Written
) -> list[str]:
    """Return what an export says of licences, of images left out and why."""
    named = [
        f"- {licence or 'no licence given'}: {counted(number, 'item')}"
        for licence, number in sorted(tally.licences.items())
    ]
    parts = [
        "## Licences",
        "Each item carries its case's source and licence. Name the source when you pass it on, "
        "and keep to the licence.",
        "\n".join(named),
    ]
    if not about.holds_images:
        return [*parts, "This format holds no image files."]
    images = written.figures.get("images", tally.images)
    parts.append(f"{counted(images, 'image')} in this export.")
    if tally.unknown:
        parts.append(
            f"Of these, {counted(tally.unknown, 'image')} of unknown licence: find out what it "
            "allows before you pass them on."
        )
    if choices.all_images:
        parts.append(
            "Every image is in it, also those whose licence forbids passing them on: "
            "keep it for the study alone."
        )
    if tally.left_out:
        lines = [
            f"- {counted(len(places), 'image')}: {reason}"
            for reason, places in sorted(tally.left_out.items())
        ]
        parts += ["Left out, each named in the manifest:", "\n".join(lines)]
    return parts


def _readers_left(facts: ReleaseFacts) -> list[str]:
    """Return what an export says of readers who left; nothing where nobody did."""
    lines = [f"- {reader.words}" for reader in facts.readers_left]
    return ["Readers who left before the release was made:\n\n" + "\n".join(lines)] if lines else []


def _items_missing(left_out: Sequence[LeftOutItem]) -> list[str]:
    if not left_out:
        return []
    reasons = Counter(item.reason for item in left_out)
    lines = [f"- {counted(number, 'item')}: {why}" for why, number in sorted(reasons.items())]
    return ["Items left out, each named in the manifest:\n\n" + "\n".join(lines)]
