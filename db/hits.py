"""Scans for leaks, the hits they found, and what OCR read: replaced by the next scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
)

from db.database import Transaction
from db.models import (
    AliasRow,
    HitRow,
    ItemImageRow,
    ItemImageTextRow,
    ItemVersionRow,
    OcrRow,
    ScanRow,
)
from db.ontology import ITEM
from src.domain.leakage import Hit, Layer
from src.domain.scan.scanner import OcrLine
from src.domain.scan_record import ScanRecord

CHUNK = 200
"""Item versions a statement names: two values each, far below what SQLite takes."""
VersionKey = tuple[str, int]
"""item_id, item version"""
_FIELDS = ("question", "context", "finding", "slot", "caption", "item_id", "case_id", "file_name")
OK, FAILED = "ok", "failed"


class OcrRecord(BaseModel, frozen=True, extra="forbid"):
    """What an engine read in an image, or why it could not."""

    sha256: str
    engine: str
    lines: tuple[OcrLine, ...] = ()
    fault: str = ""
    at: datetime


class Wanted(BaseModel, frozen=True, extra="forbid"):
    """Which item versions a scan is for: always the newest of an item.

    Those never scanned, and those whose images were imported with further texts since.
    """

    lexicon_sha256: str = ""
    """Also those scanned with another one, and those that got or lost a name of their own since;
    empty: not these."""
    ocr_engine: str = ""
    """Also those with an image that this engine did not read before their scan."""


def of_version(t: Transaction, item_id: str, version: int) -> tuple[Hit, ...]:
    """Return the hits of an item version as they stand in it, those of low rank last."""
    return of_versions(t, [(item_id, version)]).get(item_id, ())


def of_versions(t: Transaction, keys: Sequence[VersionKey]) -> dict[str, tuple[Hit, ...]]:
    """Return item_id -> hits for pairs of item_id and version, each item named once."""
    return {item_id: hits for (item_id, _), hits in by_version(t, keys).items()}


def by_version(t: Transaction, keys: Sequence[VersionKey]) -> dict[VersionKey, tuple[Hit, ...]]:
    """Return the hits of each of these item versions that has any."""
    found: dict[VersionKey, list[Hit]] = defaultdict(list)
    for some in _chunks(keys):
        query = select(HitRow.item_id, HitRow.version, HitRow.body)
        for item_id, version, body in t.execute(query.where(_is_one_of(HitRow, some))):
            found[item_id, version].append(Hit.model_validate(body))
    return {key: tuple(sorted(hits, key=_reading_order)) for key, hits in found.items()}


def scans_of(t: Transaction, keys: Sequence[VersionKey]) -> dict[VersionKey, ScanRecord]:
    """Return the newest scan of each of these item versions, where there is one."""
    found = {}
    for some in _chunks(keys):
        for row in t.scalars(select(ScanRow).where(_is_one_of(ScanRow, some))):
            found[row.item_id, row.version] = _scan(row)
    return found


def replace(t: Transaction, scans: Mapping[VersionKey, tuple[ScanRecord, Sequence[Hit]]]) -> None:
    """Store scans with their hits instead of the ones these item versions had."""
    for some in _chunks(list(scans)):
        for table in (HitRow, ScanRow):
            t.execute(delete(table).where(_is_one_of(table, some)))
        t.execute(insert(ScanRow), [scans[key][0].model_dump() for key in some])
        rows = [_hit_values(key, hit) for key in some for hit in scans[key][1]]
        if rows:
            t.execute(insert(HitRow), rows)


def newest_after(t: Transaction, after: str, size: int) -> list[VersionKey]:
    """Return a page of items with their newest versions, in the order of their ids."""
    query = _newest().where(ItemVersionRow.item_id > after)
    rows = t.execute(query.order_by(ItemVersionRow.item_id).limit(size))
    return [(item_id, version) for item_id, version in rows]


def newest_of(t: Transaction, item_ids: Sequence[str]) -> list[VersionKey]:
    """Return the newest versions of these items, in the order of their ids."""
    query = _newest().where(ItemVersionRow.item_id.in_(item_ids))
    rows = t.execute(query.order_by(ItemVersionRow.item_id))
    return [(item_id, version) for item_id, version in rows]


def due_after(t: Transaction, wanted: Wanted, after: str, size: int) -> list[VersionKey]:
    """Return a page of the newest item versions that a scan is for, in the order of their ids."""
    newest = _newest().where(ItemVersionRow.item_id > after).subquery()
    query = (
        select(newest.c.item_id, newest.c.version)
        .outerjoin(ScanRow, _same(newest, ScanRow))
        .where(_is_due(wanted, newest))
        .order_by(newest.c.item_id)
        .limit(size)
    )
    return [(item_id, version) for item_id, version in t.execute(query)]


def count_due(t: Transaction, wanted: Wanted) -> int:
    """Return how many of the newest item versions a scan is for."""
    newest = _newest().subquery()
    query = (
        select(func.count())
        .select_from(newest)
        .outerjoin(ScanRow, _same(newest, ScanRow))
        .where(_is_due(wanted, newest))
    )
    return int(t.execute(query).scalar_one())


def ocr_of(
    t: Transaction, hashes: Iterable[str], engine: str | None = None
) -> dict[str, OcrRecord]:
    """Return sha256 -> what was read in these images, by this engine, or by the one used last."""
    query = select(OcrRow).where(OcrRow.sha256.in_(list(hashes))).order_by(OcrRow.at)
    if engine is not None:
        query = query.where(OcrRow.engine == engine)
    return {row.sha256: _ocr(row) for row in t.scalars(query)}


def store_ocr(t: Transaction, readings: Sequence[OcrRecord]) -> None:
    """Store what was read in images, instead of what the same engine read in them before."""
    keys = [(reading.sha256, reading.engine) for reading in readings]
    t.execute(delete(OcrRow).where(tuple_(OcrRow.sha256, OcrRow.engine).in_(keys)))
    t.execute(insert(OcrRow), [_ocr_values(reading) for reading in readings])


def added_names(t: Transaction, item_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return item_id -> the further names of its answer that people added and nobody took back."""
    query = (
        select(AliasRow.subject, AliasRow.text, AliasRow.withdrawn)
        .where(AliasRow.subject.in_([f"{ITEM}{item_id}" for item_id in item_ids]))
        .order_by(AliasRow.revision)
    )
    newest = {(subject, text): withdrawn for subject, text, withdrawn in t.execute(query)}
    found: dict[str, list[str]] = defaultdict(list)
    for (subject, text), withdrawn in sorted(newest.items()):
        if not withdrawn:
            found[subject.removeprefix(ITEM)].append(text)
    return {item_id: tuple(names) for item_id, names in found.items()}


def _chunks(keys: Sequence[VersionKey]) -> Iterable[Sequence[VersionKey]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _is_one_of(
    table: type[HitRow] | type[ScanRow], keys: Sequence[VersionKey]
) -> ColumnElement[bool]:
    return tuple_(table.item_id, table.version).in_(list(keys))


def _newest() -> Select[str, int]:
    return select(
        ItemVersionRow.item_id.label("item_id"), func.max(ItemVersionRow.version).label("version")
    ).group_by(ItemVersionRow.item_id)


def _same(
    newest: Subquery, table: type[ScanRow] | type[ItemImageRow] | type[ItemImageTextRow]
) -> ColumnElement[bool]:
    return and_(table.item_id == newest.c.item_id, table.version == newest.c.version)


def _is_due(wanted: Wanted, newest: Subquery) -> ColumnElement[bool]:
    said = exists().where(_same(newest, ItemImageTextRow), ItemImageTextRow.at >= ScanRow.at)
    reasons: list[ColumnElement[bool]] = [ScanRow.item_id.is_(None), said]
    if wanted.lexicon_sha256:
        renamed = exists().where(
            AliasRow.subject == literal(ITEM) + newest.c.item_id, AliasRow.at >= ScanRow.at
        )
        reasons += [ScanRow.lexicon_sha256 != wanted.lexicon_sha256, renamed]
    if wanted.ocr_engine:
        tried = exists().where(
            OcrRow.sha256 == ItemImageRow.sha256,
            OcrRow.engine == wanted.ocr_engine,
            OcrRow.at <= ScanRow.at,
        )
        reasons.append(ScanRow.with_ocr.is_(False))
        reasons.append(exists().where(_same(newest, ItemImageRow), ~tried))
    return or_(*reasons)


def _reading_order(hit: Hit) -> tuple[bool, int, int, int, int, str]:
    kind, _, number = (hit.field or "").partition(":")
    rank = _FIELDS.index(kind) if kind in _FIELDS else len(_FIELDS)
    place = int(number) if number.isdecimal() else hit.image or 0
    return hit.low, list(Layer).index(hit.layer), rank, place, hit.start or 0, hit.hit_id


def _hit_values(key: VersionKey, hit: Hit) -> dict[str, Any]:
    item_id, version = key
    return {
        "item_id": item_id,
        "version": version,
        "hit_id": hit.hit_id,
        "layer": hit.layer.value,
        "rule": hit.rule,
        "low": hit.low,
        "body": hit.model_dump(mode="json"),
    }


def _scan(row: ScanRow) -> ScanRecord:
    return ScanRecord(
        item_id=row.item_id,
        version=row.version,
        lexicon_sha256=row.lexicon_sha256,
        with_ocr=row.with_ocr,
        hits=row.hits,
        low=row.low,
        unread_images=row.unread_images,
        at=row.at,
    )


def _ocr(row: OcrRow) -> OcrRecord:
    lines = [
        OcrLine(text=text, x=x, y=y, width=width, height=height, score=score)
        for text, x, y, width, height, score in row.lines
    ]
    return OcrRecord(
        sha256=row.sha256, engine=row.engine, lines=tuple(lines), fault=row.message, at=row.at
    )


def _ocr_values(reading: OcrRecord) -> dict[str, Any]:
    return {
        "sha256": reading.sha256,
        "engine": reading.engine,
        "status": FAILED if reading.fault else OK,
        "message": reading.fault,
        "lines": [[*line.model_dump().values()] for line in reading.lines],
        "at": reading.at,
    }
