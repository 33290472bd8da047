"""The scan for leaks: item versions go through the scanner page by page, and hits are kept."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

from pydantic import BaseModel

from db import hits, images, items, masks, ontology
from db.database import Database, Transaction
from db.hits import OcrRecord, VersionKey, Wanted
from db.ontology import LexiconParts
from src.domain.canonical import digest
from src.domain.errors import NotFoundError
from src.domain.image import PATH, ImageRecord, ImageTexts, said_by
from src.domain.item import Item
from src.domain.leakage import Hit, Layer
from src.domain.masking import TextSpot
from src.domain.people import Actor, Role
from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.scanner import ImageNames
from src.domain.scan.scanner import scan as find_hits
from src.domain.scan_record import ScanRecord
from src.images.ocr import OcrMissing, OcrReader, reader
from src.images.store import ImageStore
from src.services import own_reading_first
from src.services.leak_standing import refresh

T = TypeVar("T")
Clock = Callable[[], datetime]
PAGE = 200
OCR_PAGE = 20
"""Smaller, so that a stop among images costs no more than a minute of scanning again."""
OCR_BATCH = 10
SHOWN_UNKNOWN = 5
NOT_KEPT = "The image store does not hold it."


class ScanProgress(BaseModel, frozen=True, extra="forbid"):
    """How far a scan is, and the time it takes."""

    total: int
    done: int = 0
    scanned: int = 0
    images: int = 0
    """Images read by OCR so far."""
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Items scanned in a second."""
        return self.scanned / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The estimate of what is still to come, or None while it is too early to say."""
        return (self.total - self.done) / self.rate if self.rate else None


class ScanReport(BaseModel, frozen=True, extra="forbid"):
    """What a scan did. Hits are counted of the items it scanned, not of those it passed over."""

    items: int
    scanned: int = 0
    stale: int = 0
    """Of those scanned: how many had a scan by other rules, another ontology or other aliases."""
    hits: int = 0
    low: int = 0
    """Hits of low rank, counted in `hits` too."""
    by_layer: dict[Layer, int] = {}
    images_read: int = 0
    images_failed: tuple[tuple[str, str], ...] = ()
    """(sha256, why) of the images on which OCR failed in this run."""
    stopped: bool = False
    seconds: float = 0.0
    lexicon_sha256: str = ""

    @property
    def unchanged(self) -> int:
        """Items passed over, because scanning them again would find the same."""
        return 0 if self.stopped else self.items - self.scanned


Watcher = Callable[[ScanProgress], bool]
"""Hears of progress; returns False to stop."""


class Scanning:
    """Looks for leaks in items. What it finds are hits, never flags: readers say what leaks."""

    def __init__(self, database: Database, store: ImageStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._kept: tuple[str, Lexicon] | None = None

    def scan(
        self,
        actor: Actor,
        item_ids: Sequence[str] | None = None,
        *,
        with_ocr: bool = False,
        watch: Watcher | None = None,
    ) -> ScanReport:
        """Scan the newest versions of these items, or of all, and report what came of it.

        A version scanned with the same rules, ontology and aliases is passed over, so a scan that
        was stopped goes on where it was. With OCR, text is read in images it was not read in
        before; images that failed are tried again when their items are named. What was read once
        is used in every later scan. Raises OcrMissing when OCR is asked for and not installed.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        text_reader = _text_reader() if with_ocr else None
        engine = text_reader.engine if text_reader is not None else ""
        size = OCR_PAGE if with_ocr else PAGE
        with self._database.reading() as t:
            lexicon = self._lexicon(t)
            wanted = Wanted(lexicon_sha256=lexicon.sha256, ocr_engine=engine)
            if item_ids is not None:
                keys = _named(t, item_ids)
                count = due = len(keys)
            else:
                count, due = sum(items.counts(t).values()), hits.count_due(t, wanted)
        pages = _cut(keys, size) if item_ids is not None else self._due(wanted, size)
        run = _Run(self._database, self._store, self._clock, lexicon, due, watch)
        report = run.go(pages, text_reader, again=item_ids is not None)
        return report.model_copy(update={"items": count})

    def scan_new(self, actor: Actor, watch: Watcher | None = None) -> ScanReport:
        """Scan the text of what an import brought: new versions, and texts of known images."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            total = hits.count_due(t, Wanted())
            lexicon = self._lexicon(t) if total else None
        if lexicon is None:
            return ScanReport(items=0)
        run = _Run(self._database, self._store, self._clock, lexicon, total, watch)
        return run.go(self._due(Wanted(), PAGE), None)

    def hits(self, actor: Actor, item_id: str, version: int | None = None) -> tuple[Hit, ...]:
        """Return the hits of an item version, the newest when none is named.

        To who owes an own reading those of the version that was read: a mask tells of flags.
        """
        actor.require(Role.LEAD, Role.ADMIN, Role.ADJUDICATOR)
        with self._database.reading() as t:
            ((_, newest),) = _named(t, [item_id])
            owed = own_reading_first.owed_of(t, actor, item_id)
            if owed is not None:
                return hits.of_version(t, item_id, owed[1])
            return hits.of_version(t, item_id, version or newest)

    def all_hits(
        self, actor: Actor, item_ids: Sequence[str] | None = None
    ) -> Iterator[tuple[str, Hit]]:
        """Yield (item_id, hit) of the newest versions of these items, or of all, page by page."""
        actor.require(Role.LEAD, Role.ADMIN, Role.ADJUDICATOR)
        return self._all_hits(actor, item_ids)

    def _all_hits(self, actor: Actor, item_ids: Sequence[str] | None) -> Iterator[tuple[str, Hit]]:
        pages = _cut(sorted(set(item_ids)), PAGE) if item_ids is not None else None
        after = ""
        while True:
            with self._database.reading() as t:
                if pages is not None:
                    keys = hits.newest_of(t, next(pages, []))
                else:
                    keys = hits.newest_after(t, after, PAGE)
                owed = own_reading_first.owed(t, actor)
                keys = [(i, owed[i][1] if i in owed else newest) for i, newest in keys]
                found = hits.of_versions(t, keys)
            if not keys:
                return
            for item_id, _ in keys:
                yield from ((item_id, hit) for hit in found.get(item_id, ()))
            after = keys[-1][0]

    def _due(self, wanted: Wanted, size: int) -> Iterator[list[VersionKey]]:
        after = ""
        while True:
            with self._database.reading() as t:
                keys = hits.due_after(t, wanted, after, size)
            if not keys:
                return
            yield keys
            after = keys[-1][0]

    def _lexicon(self, t: Transaction) -> Lexicon:
        """Return the lexicon of the study, built anew only when ontology or aliases changed."""
        sha256 = ontology.lexicon_digest(t)
        with self._lock:
            if self._kept is None or self._kept[0] != sha256:
                self._kept = sha256, _lexicon_of(ontology.lexicon_parts(t))
            return self._kept[1]


def _lexicon_of(parts: LexiconParts) -> Lexicon:
    names = (
        Name.model_validate({"text": text, "orpha_code": code, "kind": kind})
        for text, code, kind in parts.names
    )
    return Lexicon(names, parts.genes, parts.related)


class _Run:
    """One scan under way."""

    def __init__(
        self,
        database: Database,
        store: ImageStore,
        clock: Clock,
        lexicon: Lexicon,
        total: int,
        watch: Watcher | None,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._lexicon = lexicon
        self._total = total
        self._watch = watch
        self._started = time.monotonic()
        self._reader: OcrReader | None = None
        self._again = False
        self._done = self._scanned = self._stale = self._low = self._images = 0
        self._by_layer: Counter[Layer] = Counter()
        self._failed: dict[str, str] = {}
        self._stopped = False

    def go(
        self,
        pages: Iterable[Sequence[VersionKey]],
        text_reader: OcrReader | None,
        *,
        again: bool = False,
    ) -> ScanReport:
        """Scan every page, each stored by itself, until the watcher wants no more."""
        self._again = again
        with text_reader or nullcontext() as self._reader:
            for keys in pages:
                self._page(keys)
                self._say()
                if self._stopped:
                    break
        return self._report()

    def _report(self) -> ScanReport:
        return ScanReport(
            items=self._total,
            scanned=self._scanned,
            stale=self._stale,
            hits=self._by_layer.total(),
            low=self._low,
            by_layer=dict(self._by_layer),
            images_read=self._images,
            images_failed=tuple(self._failed.items()),
            stopped=self._stopped,
            seconds=time.monotonic() - self._started,
            lexicon_sha256=self._lexicon.sha256,
        )

    def _say(self) -> None:
        if self._watch is None or self._stopped:
            return
        progress = ScanProgress(
            total=self._total,
            done=self._done,
            scanned=self._scanned,
            images=self._images,
            seconds=time.monotonic() - self._started,
        )
        self._stopped = not self._watch(progress)

    def _page(self, keys: Sequence[VersionKey]) -> None:
        """Scan a page of item versions and store what is found in one short transaction."""
        engine = self._reader.engine if self._reader is not None else None
        with self._database.reading() as t:
            page = _page_of(t, keys, engine)
        if self._reader is not None:
            page.readings.update(self._read_images(self._reader, page))
        if self._stopped:
            return
        found: dict[VersionKey, tuple[ScanRecord, Sequence[Hit]]] = {}
        for item in page.items:
            record = self._record(page, item)
            if not _is_same(page, item, record):
                found[item.item_id, item.version] = self._scanned_item(page, item, record)
        if found:
            with self._database.transaction() as t:
                hits.replace(t, found)
                refresh(t, [item_id for item_id, _ in found])
        self._count(page, found)

    def _record(self, page: _Page, item: Item) -> ScanRecord:
        """Return what will be kept of the scan of an item, before its hits are known."""
        readings = page.readings_of(item)
        return ScanRecord(
            item_id=item.item_id,
            version=item.version,
            lexicon_sha256=_with_own(self._lexicon.sha256, page.own.get(item.item_id, ())),
            with_ocr=len(readings) == len(item.content.images),
            hits=0,
            low=0,
            unread_images=sum(bool(reading.fault) for reading in readings.values()),
            at=self._clock(),
        )

    def _scanned_item(
        self, page: _Page, item: Item, record: ScanRecord
    ) -> tuple[ScanRecord, tuple[Hit, ...]]:
        code = item.content.orpha_code
        found = find_hits(
            item,
            self._lexicon,
            own=[
                Name(text=text, orpha_code=code, kind="added")
                for text in page.own.get(item.item_id, ())
            ],
            image_names=_image_names(page, item),
            ocr={place: reading.lines for place, reading in page.readings_of(item).items()},
        )
        found = tuple({hit.hit_id: hit for hit in found}.values())
        counts = {"hits": len(found), "low": sum(hit.low for hit in found)}
        return record.model_copy(update=counts), found

    def _read_images(self, text_reader: OcrReader, page: _Page) -> dict[str, OcrRecord]:
        """Read the images of a page that were not read before, and store what was read."""
        known = {
            sha256
            for sha256, reading in page.readings.items()
            if not (self._again and reading.fault)
        }
        jobs = {sha256: self._file(sha256) for sha256 in page.hashes if sha256 not in known}
        read: dict[str, OcrRecord] = {}
        batch = [
            OcrRecord(sha256=sha256, engine=text_reader.engine, fault=NOT_KEPT, at=self._clock())
            for sha256, path in jobs.items()
            if path is None
        ]
        files = ((sha256, path) for sha256, path in jobs.items() if path is not None)
        for sha256, reading in text_reader.read(files):
            batch.append(
                OcrRecord(
                    sha256=sha256,
                    engine=text_reader.engine,
                    lines=reading.lines,
                    fault=reading.fault,
                    at=self._clock(),
                )
            )
            self._images += 1
            self._say()
            if len(batch) >= OCR_BATCH or self._stopped:
                read.update(self._keep(batch))
                batch = []
            if self._stopped:
                break
        read.update(self._keep(batch))
        return read

    def _keep(self, batch: Sequence[OcrRecord]) -> dict[str, OcrRecord]:
        if batch:
            with self._database.transaction() as t:
                hits.store_ocr(t, batch)
        self._failed.update({record.sha256: record.fault for record in batch if record.fault})
        return {record.sha256: record for record in batch}

    def _file(self, sha256: str) -> Path | None:
        try:
            return self._store.open(sha256, "full").path
        except NotFoundError:
            return None

    def _count(
        self, page: _Page, found: Mapping[VersionKey, tuple[ScanRecord, Sequence[Hit]]]
    ) -> None:
        self._done += len(page.items)
        self._scanned += len(found)
        for key, (record, its_hits) in found.items():
            before = page.scans.get(key)
            self._stale += before is not None and before.lexicon_sha256 != record.lexicon_sha256
            self._low += record.low
            self._by_layer.update(hit.layer for hit in its_hits)


@dataclass(frozen=True)
class _Page:
    """A few item versions and all that is known of them before they are scanned."""

    items: Sequence[Item]
    scans: Mapping[VersionKey, ScanRecord]
    own: Mapping[str, tuple[str, ...]]
    """item_id -> names that people added to it."""
    records: Mapping[str, ImageRecord]
    texts: Mapping[VersionKey, Sequence[ImageTexts]]
    readings: dict[str, OcrRecord]
    unnamed: frozenset[tuple[str, int]] = frozenset()
    """(item_id, position) of the images whose file name is masked away."""

    @property
    def hashes(self) -> list[str]:
        """The images of the page, none twice."""
        return list(dict.fromkeys(i.sha256 for item in self.items for i in item.content.images))

    def readings_of(self, item: Item) -> dict[int, OcrRecord]:
        """Return position -> what was read, for those images of an item that were read."""
        return {
            image.position: self.readings[image.sha256]
            for image in item.content.images
            if image.sha256 in self.readings
        }


def _page_of(t: Transaction, keys: Sequence[VersionKey], engine: str | None) -> _Page:
    found = items.get_many(t, keys)
    page = _Page(
        items=[found[item_id] for item_id, _ in keys],
        scans=hits.scans_of(t, keys),
        own=hits.added_names(t, [item_id for item_id, _ in keys]),
        records={},
        texts=images.texts_of(t, keys),
        readings={},
    )
    return replace(
        page,
        records=images.records(t, page.hashes),
        readings=hits.ocr_of(t, page.hashes, engine),
        unnamed=_unnamed(t, page.items),
    )


def _unnamed(t: Transaction, found: Sequence[Item]) -> frozenset[tuple[str, int]]:
    """Return where a mask took a file name away, so that the one its original had is not meant."""
    bare = {
        (item.item_id, f"file_name:{image.position}"): (item, image.position)
        for item in found
        for image in item.content.images
        if not image.original_name
    }
    histories = masks.histories(t, sorted({item_id for item_id, _ in bare})) if bare else {}
    return frozenset(
        (item.item_id, position)
        for (item_id, field), (item, position) in bare.items()
        if any(
            isinstance(mask.spot, TextSpot) and mask.spot.field == field
            for mask in histories[item_id].active(item.version)
        )
    )


def _is_same(page: _Page, item: Item, record: ScanRecord) -> bool:
    """Return True when scanning an item again would find what its newest scan found."""
    key = item.item_id, item.version
    before = page.scans.get(key)
    return (
        before is not None
        and before.lexicon_sha256 == record.lexicon_sha256
        and before.with_ocr == record.with_ocr
        and all(reading.at <= before.at for reading in page.readings_of(item).values())
        and all(texts.at < before.at for texts in page.texts.get(key, ()))
    )


def _with_own(lexicon_sha256: str, own: Sequence[str]) -> str:
    """Return the hash of a lexicon together with the names that people added to one item."""
    return digest([lexicon_sha256, *own]) if own else lexicon_sha256


def _image_names(page: _Page, item: Item) -> dict[int, ImageNames]:
    """Return what the images of an item are called here, and what their files said of themselves.

    An image without a name of its own has the one its file came with, unless a mask took it away.
    """
    found = {}
    said = said_by(page.texts.get((item.item_id, item.version), ()))
    for image in item.content.images:
        record = page.records.get(image.sha256)
        name = image.original_name
        if record is not None and (item.item_id, image.position) not in page.unnamed:
            name = name or record.original_name
        texts = said.get(image.position, {})
        found[image.position] = ImageNames(
            file_name=name,
            path=texts.get(PATH, ""),
            metadata={key: text for key, text in texts.items() if key != PATH},
        )
    return found


def _named(t: Transaction, item_ids: Sequence[str]) -> list[VersionKey]:
    """Return the newest versions of these items; raise NotFoundError naming those unknown."""
    wanted = list(dict.fromkeys(item_ids))
    found = [key for some in _cut(wanted, PAGE) for key in hits.newest_of(t, some)]
    unknown = sorted(set(wanted) - {item_id for item_id, _ in found})
    if unknown:
        more = f" and {len(unknown) - SHOWN_UNKNOWN} more" if len(unknown) > SHOWN_UNKNOWN else ""
        names = ", ".join(map(repr, unknown[:SHOWN_UNKNOWN]))
        raise NotFoundError(f"There is no item {names}{more}.")
    return found


def _cut(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (things[start : start + size] for start in range(0, len(things), size))


def _text_reader() -> OcrReader:
    found = reader()
    if found is None:
        raise OcrMissing
    return found
