"""Releases written out in every format: whole or not at all, the same bytes each time."""

from __future__ import annotations

import hmac
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel

from db import events, images, items, kept_back, masks, releases, reviews, settings
from db.database import Database, Transaction
from db.releases import Release
from src.domain.departure import told_of
from src.domain.endorsement import opinion_on
from src.domain.errors import BadInputError, DatabaseError, NotAllowedError, NotFoundError
from src.domain.exports import ABOUT, ExportChoices, ExportFormat
from src.domain.gold import Gold
from src.domain.image import ImageRecord
from src.domain.item import Criterion, Item, ItemImage
from src.domain.licence import Terms, licence_of, why_left_out
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.review import Review
from src.files import (
    coco,
    croissant,
    csv_tables,
    healthbench,
    huggingface,
    jsonlines,
    vlmevalkit,
    workbook_tables,
)
from src.files.export_folder import ExportFolder, WrittenFile
from src.files.export_manifest import Tally, manifest_of, notes_of, write_manifest
from src.files.incoming import FileHead
from src.files.outgoing import (
    Items,
    LeftOutItem,
    OutgoingImage,
    OutgoingItem,
    Pixels,
    ReaderLine,
    ReleaseFacts,
    Writer,
    Written,
)
from src.images.store import ImageStore
from src.services import own_reading_first
from src.services.progress import Meter, Watcher

Clock = Callable[[], datetime]
Pseudonyms = Callable[[str], str]
EXPORTS = (Role.LEAD, Role.EVALUATOR)
PAGE = 100
WRITERS: Mapping[ExportFormat, Writer] = {
    ExportFormat.CROISSANT: croissant.write,
    ExportFormat.COCO: coco.write,
    ExportFormat.HEALTHBENCH: healthbench.write,
    ExportFormat.HF: huggingface.write,
    ExportFormat.CSV: csv_tables.write,
    ExportFormat.XLSX: workbook_tables.write,
}
"""What writes each format; the others need to know more than the release."""
SECRET = "export_secret"  # noqa: S105  the name it is stored under


class ExportReport(BaseModel, frozen=True, extra="forbid"):
    """What an export wrote and what it left out."""

    format: ExportFormat
    files: tuple[WrittenFile, ...]
    """Data, notes and images, and the manifest last."""
    items: int
    images: int
    images_left_out: dict[str, int]
    """Why -> how many."""
    unknown: int
    """Images that are in, though nobody knows their licence."""
    items_left_out: dict[str, int]

    @property
    def manifest(self) -> WrittenFile:
        """The file that names all others."""
        return self.files[-1]


class Exporting:
    """Writes releases into folders."""

    def __init__(self, database: Database, store: ImageStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    def export(
        self,
        actor: Actor,
        number: int,
        folder: Path,
        format: ExportFormat = ExportFormat.JSONL,
        choices: ExportChoices | None = None,
        watch: Watcher | None = None,
    ) -> ExportReport:
        """Write a release into a folder; the same release and choices give the same bytes.

        Only the lead may put images in that their licences would keep out. Raises BadInputError
        for a folder that cannot be written to and where nothing of the release fits the format,
        WorkStopped when the watcher says so, ConflictError while the same export is being written
        there; then the export before stays as it was. Raises NotAllowedError to somebody whose own
        reading of one of its items is still to come.
        """
        choices = choices or ExportChoices()
        actor.require(*((Role.LEAD,) if choices.widened else EXPORTS))
        _check(format, choices)
        release = self._release(number)
        self._refuse_a_reader_to_be(actor, number)
        try:
            report = self._write(release, folder, format, choices, watch)
        except OSError as fault:
            raise BadInputError(
                f"{str(folder)!r} cannot be written to: {fault.strerror}. Nothing was put there; "
                "make room, or choose a folder that may be written to."
            ) from fault
        with self._database.transaction() as t:
            name = f"export:{number}/{format.value}"
            proof = report.manifest.sha256
            events.append(t, "release.exported", actor.person_id, name, proof, self._clock())
        return report

    def _refuse_a_reader_to_be(self, actor: Actor, number: int) -> None:
        """Raise NotAllowedError where a release tells what the actor's own reading waits for."""
        with self._database.reading() as t:
            kept = kept_back.in_release(t, number, own_reading_first.hidden_from(actor))
        if kept:
            raise NotAllowedError(
                f"Release {number} holds {counted(kept, 'item')} of which your own reading is "
                "still to come, and its files would tell you what review made of them. Somebody "
                "who does not read them can export it, or 'manage.py export'."
            )

    def _release(self, number: int) -> Release:
        with self._database.reading() as t:
            release = releases.get(t, number)
        if release is None:
            raise NotFoundError(f"There is no release {number}.")
        return release

    def _write(
        self,
        release: Release,
        folder: Path,
        format: ExportFormat,
        choices: ExportChoices,
        watch: Watcher | None,
    ) -> ExportReport:
        facts = self._facts(release)
        tally = Tally(ABOUT[format])
        place = ExportFolder(folder, _name(format, release.number))
        with place.opened() as staging:
            stream = tally.of(self._items(release, format, choices, watch))
            written = _writer(format, release, choices)(staging, facts, stream)
            _require_rows(format, written, tally, choices)
            notes = notes_of(format, facts, choices, tally, written)
            _put_notes(staging, place, format, notes)
            files = place.described(written.rows)
            manifest = manifest_of(format, facts, choices, tally, written, files)
            write_manifest(staging / place.manifest, manifest)
            last = place.described({place.manifest: 1})[0]
            place.publish()
        return ExportReport(
            format=format,
            files=(*files, last),
            items=tally.items - len(written.left_out),
            images=written.figures.get("images", tally.images),
            images_left_out={why: len(places) for why, places in sorted(tally.left_out.items())},
            unknown=tally.unknown,
            items_left_out=_by_reason(written.left_out),
        )

    def _facts(self, release: Release) -> ReleaseFacts:
        return ReleaseFacts(
            number=release.number,
            sha256=release.sha256,
            made_at=release.made_at,
            notes=release.notes,
            head=dict(release.manifest.get("chain") or {}),
            accepted=tuple(self._accepted(release.number)),
            readers_left=told_of(release.manifest),
        )

    def _accepted(self, number: int) -> Iterator[str]:
        after, page = "", [("", 0, "", "", "")]
        while page:
            with self._database.reading() as t:
                page = releases.gold_lines(t, number, after, PAGE)
            yield from (item_id for item_id, _, status, _, _ in page if status == "accepted")
            after = page[-1][0] if page else after

    def _items(
        self,
        release: Release,
        format: ExportFormat,
        choices: ExportChoices,
        watch: Watcher | None,
    ) -> Items:
        """Yield the items of a release in the order of their ids, a page at a time."""
        total = int(release.manifest.get("items", 0))
        meter = Meter(watch, total, f"writing {ABOUT[format].name}")
        reader_name = self._pseudonyms(release) if format is ExportFormat.HEALTHBENCH else None
        after, done = "", 0
        meter.at(done)
        while True:
            with self._database.reading() as t:
                golds = releases.gold_page(t, release.number, after, PAGE)
                page = _Page(t, golds)
                if reader_name is not None:
                    page.add_readings(t, release, reader_name)
            for gold in golds:
                yield self._outgoing(gold, page, format, choices)
                done += 1
                meter.at(done)
            if len(golds) < PAGE:
                return
            after = golds[-1].item_id

    def _outgoing(
        self, gold: Gold, page: _Page, format: ExportFormat, choices: ExportChoices
    ) -> OutgoingItem:
        item = page.items[gold.item_id]
        images = []
        for position, image in enumerate(_in_order(item, gold), start=1):
            changed = image.sha256 in page.changed.get(gold.item_id, frozenset())
            why = _why_left_out(item, changed, choices)
            images.append(
                OutgoingImage(
                    position=position,
                    imported_position=image.position,
                    record=page.records[image.sha256],
                    slot_name=image.slot_name,
                    caption=gold.body.captions.get(image.position, image.caption),
                    name=image.original_name,
                    files={} if why else self._files_of(image.sha256),
                    left_out=why,
                    licence_unknown=licence_of(item.case.licence).terms is Terms.UNKNOWN,
                )
            )
        readers = page.readers.get(gold.item_id, {})
        return OutgoingItem(item=item, gold=gold, images=tuple(images), readers=readers)

    def _files_of(self, sha256: str) -> dict[Pixels, Path]:
        kept = self._store.open(sha256, "full", raw=True).path
        return {"kept": kept, "shown": self._store.open(sha256, "full").path}

    def _pseudonyms(self, release: Release) -> Pseudonyms:
        """Return what names a reader: the same in every export of a release, and only there.

        It is a keyed hash whose key never leaves the database, so a name cannot be turned back
        by trying people, and two releases cannot be laid side by side.
        """
        with self._database.transaction() as t:
            key = settings.get(t, SECRET)
            if key is None:
                key = secrets.token_hex(32)
                settings.put(t, SECRET, key)

        def name(person_id: str) -> str:
            said = f"{release.number}/{release.sha256}/{person_id}".encode()
            return f"reader-{hmac.new(bytes.fromhex(str(key)), said, sha256).hexdigest()[:16]}"

        return name


class _Page:
    """What the database knows of a page of gold."""

    def __init__(self, t: Transaction, golds: Sequence[Gold]) -> None:
        self._golds = golds
        found = items.get_many(t, [(gold.item_id, gold.item_version) for gold in golds])
        self.items: dict[str, Item] = {
            gold.item_id: _as_released(found[gold.item_id], gold) for gold in golds
        }
        hashes = {image.sha256 for item in found.values() for image in item.content.images}
        self.records: dict[str, ImageRecord] = images.records(t, hashes)
        self.changed = _changed_pictures(t, found)
        self.readers: dict[str, dict[str, tuple[ReaderLine, ...]]] = {}

    def add_readings(self, t: Transaction, release: Release, name: Pseudonyms) -> None:
        """Add what each reader said of each criterion, as it stood when the release was made."""
        head = dict(release.manifest.get("chain") or {})
        keys = [(gold.round, gold.item_id) for gold in self._golds]
        found = reviews.counting_until(t, keys, int(head.get("seq", 0)))
        rubrics: dict[tuple[str, int], tuple[Criterion, ...]] = {}
        for gold in self._golds:
            readings = [
                review
                for review in found.get((gold.round, gold.item_id), [])
                if review.item_version == gold.item_version
            ]
            item = self.items[gold.item_id]
            rubrics[item.item_id, item.rubric_version] = item.criteria
            for review in readings:
                rubric = (gold.item_id, review.rubric_version)
                if rubric not in rubrics:  # A later one, which a release published.
                    rubrics[rubric] = items.rubric(t, *rubric)
            self.readers[gold.item_id] = {
                criterion.criterion_id: _lines_on(criterion, readings, rubrics, name)
                for criterion in gold.body.criteria
            }


def _lines_on(
    criterion: Criterion,
    readings: Sequence[Review],
    rubrics: Mapping[tuple[str, int], tuple[Criterion, ...]],
    name: Pseudonyms,
) -> tuple[ReaderLine, ...]:
    """Return what each reader said of a criterion, in the order of their pseudonyms."""
    lines = []
    for review in readings:
        said = opinion_on(criterion, rubrics[review.item_id, review.rubric_version], review.body)
        reader = name(review.person)
        lines.append(ReaderLine(reader=reader, wanted=said.wanted, as_released=said.as_released))
    return tuple(sorted(lines, key=lambda line: line.reader))


def _as_released(item: Item, gold: Gold) -> Item:
    """Refuse an item whose content is not the one the release was made of."""
    if item.sha256 != gold.item_sha256:
        raise DatabaseError(
            f"The stored item {gold.item_id!r} is not the one release gold was made of. Run "
            "'python manage.py verify'; the export is not complete."
        )
    return item


def _changed_pictures(t: Transaction, found: Mapping[str, Item]) -> dict[str, frozenset[str]]:
    """Return the pictures of masked items that the unmasked item does not have."""
    versions = {item_id: item.version for item_id, item in found.items()}
    bases = masks.bases(t, versions)
    masked = [(item_id, bases[item_id]) for item_id in bases if bases[item_id] != versions[item_id]]
    unmasked = items.get_many(t, masked) if masked else {}
    return {
        item_id: frozenset(_pictures(found[item_id]) - _pictures(item))
        for item_id, item in unmasked.items()
    }


def _pictures(item: Item) -> set[str]:
    return {image.sha256 for image in item.content.images}


def _in_order(item: Item, gold: Gold) -> list[ItemImage]:
    """Return the images in gold's order; what it does not name follows."""
    places = {position: place for place, position in enumerate(gold.body.image_order)}
    last = len(places)
    return sorted(item.content.images, key=lambda i: (places.get(i.position, last), i.position))


def _why_left_out(item: Item, changed: bool, choices: ExportChoices) -> str:
    if choices.all_images:
        return ""
    unknown_allowed = not choices.known_only
    return why_left_out(item.case.licence, changed=changed, unknown_allowed=unknown_allowed)


def _name(format: ExportFormat, number: int) -> str:
    """Return the name of an export in its folder: releases lie side by side as JSON Lines."""
    return f"release-{number}" if format is ExportFormat.JSONL else format.value


def _check(format: ExportFormat, choices: ExportChoices) -> None:
    if choices.all_images and format is not ExportFormat.JSONL:
        raise BadInputError(
            "All images, whatever their licence, are only in JSON Lines, the study's own copy."
        )
    if choices.images == "files" and format is not ExportFormat.VLMEVALKIT:
        raise BadInputError("Images inside tables or as files are chosen only for vlmevalkit.")


def _require_rows(
    format: ExportFormat, written: Written, tally: Tally, choices: ExportChoices
) -> None:
    """Refuse an export that would hold nothing, and say why it would not."""
    if any(written.rows.values()):
        return
    why = _by_reason(written.left_out)
    reasons = "; ".join(
        f"{number} item{'' if number == 1 else 's'}: {reason}" for reason, number in why.items()
    )
    hint = " Let images of unknown licence in." if tally.left_out_unknown else ""
    raise BadInputError(
        f"Nothing of this release can be written as {format.value}"
        f"{f' ({reasons})' if reasons else ''}. Nothing was put there.{hint}"
    )


def _by_reason(left_out: Iterable[LeftOutItem]) -> dict[str, int]:
    return dict(sorted(Counter(item.reason for item in left_out).items()))


def _put_notes(staging: Path, place: ExportFolder, format: ExportFormat, notes: str) -> None:
    """Write the notes for people; a dataset card is a writer's own and holds them itself."""
    card = staging / "README.md"
    if card.exists():
        text = card.read_text(encoding="utf-8") + notes
    else:
        card, text = staging / f"README-{_stem(place)}.md", notes
    card.write_text(text, encoding="utf-8", newline="\n")


def _stem(place: ExportFolder) -> str:
    return place.manifest.removeprefix("manifest-").removesuffix(".json")


def _writer(format: ExportFormat, release: Release, choices: ExportChoices) -> Writer:
    """Return what writes a format."""
    if format is ExportFormat.JSONL:
        return _write_jsonl(
            FileHead(format=jsonlines.RELEASE, release=release.model_dump(mode="json"))
        )
    if format is ExportFormat.VLMEVALKIT:
        return partial(vlmevalkit.write, images=choices.images)
    return WRITERS[format]


def _write_jsonl(head: FileHead) -> Writer:
    def write(folder: Path, facts: ReleaseFacts, stream: Items) -> Written:
        path = f"release-{facts.number}.jsonl"
        rows = jsonlines.write(folder / path, head, (_line(one, folder) for one in stream))
        return Written({path: rows})

    return write


def _line(one: OutgoingItem, folder: Path) -> dict[str, object]:
    for image in one.passed_on:
        image.copy_into(folder)
    paths = {image.record.sha256: image.path for image in one.images}
    return jsonlines.line_of(one.item, paths, gold=one.gold.model_dump(mode="json"))
