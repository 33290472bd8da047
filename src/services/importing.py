"""Benchmark files in: read, checked and prepared whole, then stored in one transaction."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

from db import events, images, items, masks, ontology, releases
from db.database import Database, Transaction
from src.domain.derivation import carry_claim_ids, carry_criterion_ids
from src.domain.errors import (
    PROBLEMS_SHOWN,
    BadInputError,
    ConflictError,
    ImageRejected,
    Problem,
    ReviewToolError,
)
from src.domain.gold import Gold
from src.domain.image import PATH, ImageRecord, ImageTexts
from src.domain.item import CaseRecord, Item, ItemContent, ItemImage, item_id_of, rubric_digest
from src.domain.ontology import bare_code, code_doubt
from src.domain.people import Actor, Role
from src.files.formats import Opened, open_items
from src.files.incoming import IncomingImage, IncomingItem
from src.images.store import ImageStore
from src.images.workshop import Prepared, Workshop

Clock = Callable[[], datetime]
CHUNK = 200
REPORT_EVERY = 0.25


class ImportProgress(BaseModel, frozen=True, extra="forbid"):
    """How far an import is: share from 0 to 1, items and images so far, and the time it takes."""

    share: float
    items: int
    images: int
    seconds: float
    phase: str = "reading"

    @property
    def seconds_left(self) -> float | None:
        """The estimate of what is still to come, or None while it is too early to say."""
        if self.share < 0.01:
            return None
        return self.seconds * (1 - self.share) / self.share


class FileReport(BaseModel, frozen=True, extra="forbid"):
    """What an import of one file did, or every reason why it did nothing."""

    path: str
    format: str
    items: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    images: int = 0
    release: int | None = None
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    notes: tuple[Problem, ...] = ()
    """What is doubtful and refuses nothing, such as an ORPHA code that is obsolete."""
    note_count: int = 0

    @property
    def accepted(self) -> bool:
        """True when nothing was wrong with the file."""
        return self.problem_count == 0


class ImportStopped(ReviewToolError):
    """Somebody stopped an import; nothing was changed."""

    rule = "stopped"


Watcher = Callable[[ImportProgress], bool]
"""Hears of progress; returns False to stop."""


class _Parcel:
    """An incoming item while its images are being prepared."""

    def __init__(self, item: IncomingItem) -> None:
        self.item = item
        self.records: list[ImageRecord | None] = [None] * len(item.images)
        self.waiting = 0


class _Spool(BaseModel, frozen=True, extra="forbid"):
    """One checked item on its way from reading to storing."""

    item: Item
    line: int
    version_given: int | None
    gold: Gold | None
    images: tuple[ImageRecord, ...]
    texts: dict[int, dict[str, str]]
    """Position -> what the image's own file says beside its picture, where it says anything."""


class Importing:
    """Brings benchmark files and releases into the study."""

    def __init__(self, database: Database, store: ImageStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    def store_file(
        self,
        actor: Actor,
        path: Path,
        *,
        dataset: str | None = None,
        image_root: Path | None = None,
        dry_run: bool = False,
        watch: Watcher | None = None,
    ) -> FileReport:
        """Import one file, all or nothing, and report what came of it.

        Every problem is listed, the first 200 in full. A dry run does everything but store.
        The same content again changes nothing; a changed item becomes a new version. Raises
        BadInputError when there is no such file and ImportStopped when `watch` says stop.
        """
        actor.require(Role.LEAD)
        opened = open_items(path, dataset=dataset, image_root=image_root)
        with self._store.stage() as staging, _spool_file() as spool:
            run = _Run(self._database, self._store, opened, staging.folder, spool, watch)
            run.read()
            if run.problem_count:
                return run.report()
            if dry_run:
                with self._database.reading() as t:
                    run.compare(t)
                return run.report()
            run.say("storing", 1.0)
            staging.commit()
            with self._database.transaction() as t:
                run.write(t, actor, self._clock())
        return run.report()


def _spool_file() -> AbstractContextManager[IO[str]]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")


class _Run:
    """One import under way."""

    def __init__(
        self,
        database: Database,
        store: ImageStore,
        opened: Opened,
        folder: Path,
        spool: IO[str],
        watch: Watcher | None,
    ) -> None:
        self._database = database
        self._store = store
        self._opened = opened
        self._folder = folder
        self._spool = spool
        self._watch = watch
        self._started = time.monotonic()
        self._reported = 0.0
        self._items = self._images = 0
        self._new = self._changed = self._unchanged = 0
        self._release: int | None = None
        self._known: dict[str, ImageRecord] = {}
        self._problems: list[Problem] = []
        self._notes: list[Problem] = []
        self._note_count = 0
        self.problem_count = 0

    def report(self) -> FileReport:
        """Return what the run did so far."""
        refused = self.problem_count > 0
        return FileReport(
            path=str(self._opened.path),
            format=self._opened.format,
            items=self._items,
            new=0 if refused else self._new,
            changed=0 if refused else self._changed,
            unchanged=0 if refused else self._unchanged,
            images=self._images,
            release=self._release,
            problems=tuple(self._problems),
            problem_count=self.problem_count,
            notes=() if refused else tuple(self._notes),
            note_count=0 if refused else self._note_count,
        )

    def say(self, phase: str, share: float) -> None:
        """Tell the watcher how far the run is; raise ImportStopped when it wants no more."""
        if self._watch is None:
            return
        progress = ImportProgress(
            share=share,
            items=self._items,
            images=self._images,
            seconds=time.monotonic() - self._started,
            phase=phase,
        )
        if not self._watch(progress):
            raise ImportStopped("The import was stopped. Nothing was changed.")

    def _say_now_and_then(self) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT_EVERY:
            self._reported = now
            self.say("reading", self._opened.tell() / max(1, self._opened.size_bytes))

    def read(self) -> None:
        """Read all records, prepare all images, and spool what is good."""
        parcels: deque[_Parcel] = deque()
        with Workshop(self._folder) as workshop:
            jobs = self._jobs(parcels)
            for (parcel, place), result in workshop.prepare(jobs):
                self._take_image(parcel, place, result)
                self._spool_ready(parcels)
            self._spool_ready(parcels)
        if self._items == 0 and self.problem_count == 0:
            self._fault(Problem(rule="no_rows", message="The file holds no items."))

    def _jobs(self, parcels: deque[_Parcel]) -> Iterator[tuple[tuple[_Parcel, int], bytes, str]]:
        """Yield the images to prepare, adding each item to the parcels as it comes."""
        for record in self._opened.records:
            self._say_now_and_then()
            if isinstance(record, Problem):
                self._fault(record)
                continue
            self._items += 1
            parcel = _Parcel(record)
            parcels.append(parcel)
            yield from self._image_jobs(parcel)
            self._spool_ready(parcels)

    def _image_jobs(self, parcel: _Parcel) -> Iterator[tuple[tuple[_Parcel, int], bytes, str]]:
        parcel.waiting = len(parcel.item.images)
        for place, image in enumerate(parcel.item.images):
            try:
                raw = image.load()
            except ImageRejected as refusal:
                self._take_image(parcel, place, refusal)
                continue
            known = self._stored_before(raw)
            if known is not None:
                self._take_image(parcel, place, known)
            else:
                yield (parcel, place), raw, image.name

    def _stored_before(self, raw: bytes) -> ImageRecord | None:
        """Return what is known of these bytes when an earlier import stored them."""
        original = hashlib.sha256(raw).hexdigest()
        if original not in self._known:
            with self._database.reading() as t:
                found = images.by_original(t, original)
            if found is None or not self._store.has(found.sha256):
                return None
            self._known[original] = found
        return self._known[original]

    def _take_image(
        self, parcel: _Parcel, place: int, result: Prepared | ImageRejected | ImageRecord
    ) -> None:
        parcel.waiting -= 1
        image = parcel.item.images[place]
        if isinstance(result, ImageRejected):
            self._fault(
                Problem(
                    line=parcel.item.line,
                    column=image.column,
                    rule=result.rule,
                    message=result.message,
                )
            )
            return
        record = result.record if isinstance(result, Prepared) else result
        if image.sha256 is not None and image.sha256 != record.sha256:
            message = f"The image {image.name!r} is not the one the file names by its hash."
            line = parcel.item.line
            self._fault(
                Problem(line=line, column=image.column, rule="hash_differs", message=message)
            )
            return
        self._images += 1
        parcel.records[place] = record

    def _spool_ready(self, parcels: deque[_Parcel]) -> None:
        while parcels and parcels[0].waiting == 0:
            parcel = parcels.popleft()
            if self.problem_count == 0:
                self._spool_one(parcel)

    def _spool_one(self, parcel: _Parcel) -> None:
        records = [record for record in parcel.records if record is not None]
        try:
            gold = Gold.model_validate(parcel.item.gold) if parcel.item.gold else None
            item = _item_of(parcel.item, records)
        except ValidationError as error:
            self._fault(_invalid(parcel.item.line, error))
            return
        spooled = _Spool(
            item=item,
            line=parcel.item.line,
            version_given=parcel.item.version,
            gold=gold,
            images=tuple({record.sha256: record for record in records}.values()),
            texts={
                place: said
                for place, (record, image) in enumerate(
                    zip(records, parcel.item.images, strict=True), start=1
                )
                if (said := _said(record, image))
            },
        )
        self._spool.write(spooled.model_dump_json() + "\n")

    def _fault(self, problem: Problem) -> None:
        self.problem_count += 1
        if len(self._problems) < PROBLEMS_SHOWN:
            self._problems.append(problem)

    def _chunks(self) -> Iterator[list[_Spool]]:
        self._spool.seek(0)
        chunk: list[_Spool] = []
        for line in self._spool:
            chunk.append(_Spool.model_validate_json(line))
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def compare(self, t: Transaction) -> None:
        """Count what is new, changed and unchanged, and store nothing."""
        self._new = self._changed = self._unchanged = 0
        for chunk in self._chunks():
            self._versions(t, chunk)
            self._doubt_codes(t, chunk)

    def write(self, t: Transaction, actor: Actor, at: datetime) -> None:
        """Store everything that is new or changed, and the events that prove it."""
        self._new = self._changed = self._unchanged = 0
        self._notes, self._note_count = [], 0
        golds: list[Gold] = []
        for chunk in self._chunks():
            images.add_missing(t, [image for spooled in chunk for image in spooled.images])
            versions = self._versions(t, chunk)
            self._doubt_codes(t, chunk)
            items.add_versions(t, [item for item, _ in versions], at)
            events.append_all(t, _version_events(versions, actor, at), at)
            _store_texts(t, actor, chunk, [item for item, _ in versions], at)
            golds.extend(spooled.gold for spooled in chunk if spooled.gold is not None)
        if self._opened.head.release is not None:
            self._restore_release(t, actor, golds, at)
        self._remember(t, actor, at)

    def _remember(self, t: Transaction, actor: Actor, at: datetime) -> None:
        dataset = self._opened.head.dataset or ""
        if (self._new or self._changed) and not items.was_imported(t, self._opened.sha256, dataset):
            counts = {"items": self._items, "new": self._new, "changed": self._changed}
            row = items.add_import(
                t,
                self._opened.sha256,
                dataset,
                self._opened.path.name,
                self._opened.format,
                counts,
                at,
            )
            events.append_row(t, "file.imported", actor.person_id, row, at)

    def _versions(self, t: Transaction, chunk: list[_Spool]) -> list[tuple[Item, bool]]:
        """Return the items of a chunk that need a new version, and whether the rubric does.

        Masks are no change of the benchmark's: a masked item is compared as it was without them.
        """
        latest = items.latest_versions(t, [spooled.item.item_id for spooled in chunk])
        unmasked = masks.bases(t, {key: version for key, (version, *_) in latest.items()})
        known = items.get_many(t, list(unmasked.items()))
        result = []
        for spooled in chunk:
            old = known.get(spooled.item.item_id)
            if old is None:
                self._new += 1
                version = spooled.version_given or 1
                result.append((spooled.item.model_copy(update={"version": version}), True))
                continue
            item = _continued(t, old, spooled.item)
            version, sha256, rubric = latest[item.item_id]
            if old.version != version:
                sha256, rubric = old.sha256, rubric_digest(old.criteria)
            if (item.sha256, rubric_digest(item.criteria)) == (sha256, rubric):
                self._unchanged += 1
                continue
            self._changed += 1
            rubric_version, newest_rubric = items.latest_rubric(t, item.item_id)
            same_rubric = newest_rubric == rubric_digest(item.criteria)
            numbers = {
                "version": version + 1,
                "rubric_version": rubric_version + (0 if same_rubric else 1),
            }
            result.append((item.model_copy(update=numbers), not same_rubric))
        return result

    def _doubt_codes(self, t: Transaction, chunk: list[_Spool]) -> None:
        """Note the ORPHA codes that the file in force does not have, or no longer uses."""
        coded = [spooled for spooled in chunk if spooled.item.content.orpha_code.strip()]
        if not coded or ontology.in_force(t) is None:
            return
        codes = {bare_code(spooled.item.content.orpha_code) for spooled in coded}
        known = ontology.standings(t, codes)
        for spooled in coded:
            code = spooled.item.content.orpha_code
            doubt = code_doubt(code, known.get(bare_code(code)))
            if doubt is None:
                continue
            self._note_count += 1
            if len(self._notes) < PROBLEMS_SHOWN:
                rule, message = doubt
                self._notes.append(
                    Problem(
                        line=spooled.line,
                        column="orpha_code",
                        rule=rule,
                        message=f"{spooled.item.item_id}: {message}",
                    )
                )

    def _restore_release(
        self, t: Transaction, actor: Actor, golds: list[Gold], at: datetime
    ) -> None:
        """Store the release a file brings; one with the same number must be the same."""
        release = _release_of(self._opened.head.release or {})
        self._release = release.number
        present = releases.get(t, release.number)
        if present is not None:
            if present.sha256 != release.sha256:
                raise ConflictError(
                    f"There is another release {release.number} here already. Nothing was changed."
                )
            return
        for gold in golds:
            _restore_rubric(t, actor, gold, f"release {release.number}", at)
        row = releases.add(t, release, golds)
        events.append_all(t, releases.proofs(actor.person_id, release.number, golds), at)
        events.append_row(t, "release.imported", actor.person_id, row, at)


def _restore_rubric(t: Transaction, actor: Actor, gold: Gold, origin: str, at: datetime) -> None:
    newest, _ = items.latest_rubric(t, gold.item_id)
    if gold.rubric_version > newest:
        criteria = gold.body.criteria
        row = items.add_rubric(t, gold.item_id, gold.rubric_version, criteria, origin, at)
        events.append_row(t, "rubric.published", actor.person_id, row, at)


def _item_of(incoming: IncomingItem, records: list[ImageRecord]) -> Item:
    """Return the item an incoming record describes, its images stored."""
    hashes = [record.sha256 for record in records]
    dataset, track, index = incoming.dataset, incoming.track, incoming.index
    item_id = item_id_of(dataset, track, index)
    content = ItemContent(
        question=incoming.question,
        context=incoming.context,
        answer=incoming.answer,
        aliases=incoming.aliases,
        category=incoming.category,
        orpha_code=incoming.orpha_code,
        modality=incoming.modality,
        relation_type=incoming.relation_type,
        findings=incoming.findings,
        images=tuple(
            ItemImage(
                position=position,
                sha256=record.sha256,
                slot_name=image.slot_name,
                caption=image.caption,
                original_name=image.name,
            )
            for position, (image, record) in enumerate(
                zip(incoming.images, records, strict=True), start=1
            )
        ),
        decisive_images=incoming.decisive_images,
        supporting_images=incoming.supporting_images,
        extra=incoming.extra,
    )
    return Item(
        item_id=item_id,
        case=incoming.case or CaseRecord(case_id=item_id),
        track=track,
        content=content,
        claims=incoming.claims(hashes),
        criteria=incoming.criteria,
    )


def _said(record: ImageRecord, image: IncomingImage) -> dict[str, str]:
    """Return what an image's file says beside its picture, with the path it was named by."""
    named = image.named_path
    return {**record.texts, PATH: named} if named and named != image.name else record.texts


def _store_texts(
    t: Transaction, actor: Actor, chunk: Iterable[_Spool], made: Iterable[Item], at: datetime
) -> None:
    """Store what files say beside their pictures: of new versions, and what is new of the others.

    It is no part of what an item says, so an item is unchanged by it; yet it is scanned. A masked
    item gets it with its base, so that it is there when the masks are taken off.
    """
    talking = [spooled for spooled in chunk if spooled.texts]
    versions = {item.item_id: {item.version} for item in made}
    old = [s.item.item_id for s in talking if s.item.item_id not in versions]
    newest = {key: version for key, (version, *_) in items.latest_versions(t, old).items()}
    versions |= {key: {base, newest[key]} for key, base in masks.bases(t, newest).items()}
    asked = [(s, n) for s in talking for n in sorted(versions[s.item.item_id])]
    keys = [(spooled.item.item_id, version) for spooled, version in asked]
    known, places = images.texts_of(t, keys), items.image_places(t, keys)
    new = [
        one
        for key, (spooled, _) in zip(keys, asked, strict=True)
        for one in _further_texts(spooled, key, known.get(key, ()), places[key], at)
    ]
    rows = images.add_texts(t, new)
    proofs = [events.proof_of("image.texts", actor.person_id, row) for row in rows]
    events.append_all(t, proofs, at)


def _further_texts(
    spooled: _Spool,
    key: tuple[str, int],
    known: Iterable[ImageTexts],
    pictures: Mapping[int, str],
    at: datetime,
) -> Iterator[ImageTexts]:
    """Yield the texts that an item version does not have yet, of pictures that it shows."""
    before: dict[int, list[ImageTexts]] = {}
    for one in known:
        before.setdefault(one.position, []).append(one)
    for image in spooled.item.content.images:
        said, place = spooled.texts.get(image.position), image.position
        if not said or pictures.get(place) != image.sha256:
            continue
        if all(said != one.texts for one in before.get(place, ())):
            number = 1 + max((one.number for one in before.get(place, ())), default=0)
            yield ImageTexts(
                item_id=key[0], version=key[1], position=place, number=number, texts=said, at=at
            )


def _continued(t: Transaction, old: Item, new: Item) -> Item:
    """Give a known item's claims and criteria the ids they had."""
    claim_ids, criterion_ids = items.highest_ids(t, new.item_id)
    return new.model_copy(
        update={
            "claims": carry_claim_ids(old.claims, new.claims, claim_ids),
            "criteria": carry_criterion_ids(old.criteria, new.criteria, criterion_ids),
        }
    )


def _version_events(
    versions: Iterable[tuple[Item, bool]], actor: Actor, at: datetime
) -> Iterator[events.NewEvent]:
    for item, rubric_is_new in versions:
        yield events.proof_of("item.imported", actor.person_id, items.version_row(item, at))
        if rubric_is_new:
            yield events.proof_of("rubric.imported", actor.person_id, items.rubric_row(item, at))


def _invalid(line: int, error: ValidationError) -> Problem:
    first = error.errors()[0]
    column = ".".join(str(part) for part in first["loc"])
    return Problem(line=line, column=column, rule="wrong_type", message=first["msg"])


def _release_of(head: Mapping[str, object]) -> releases.Release:
    try:
        return releases.Release.model_validate(head)
    except ValidationError as error:
        problem = _invalid(1, error)
        message = f"The release's head is not complete: {problem.message}"
        raise BadInputError(message, [problem]) from error
