"""What is known of stored images; the bytes are in the image store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import insert, select, tuple_

from db.database import Transaction
from db.models import ImageRow, ItemImageTextRow
from src.domain.image import ImageRecord, ImageTexts

CHUNK = 200
"""Item versions a statement names: two values each, far below what SQLite takes."""


def add_missing(t: Transaction, records: Iterable[ImageRecord]) -> int:
    """Add the images that are not known yet and return how many were added."""
    by_sha = {record.sha256: record for record in records}
    known = set(known_hashes(t, by_sha))
    rows = [record.model_dump() for sha256, record in by_sha.items() if sha256 not in known]
    if rows:
        t.execute(insert(ImageRow), rows)
    return len(rows)


def known_hashes(t: Transaction, hashes: Iterable[str]) -> list[str]:
    """Return those of the hashes that are known."""
    return list(t.scalars(select(ImageRow.sha256).where(ImageRow.sha256.in_(list(hashes)))))


def records(t: Transaction, hashes: Iterable[str]) -> dict[str, ImageRecord]:
    """Return what is known of the images with these hashes."""
    rows = t.scalars(select(ImageRow).where(ImageRow.sha256.in_(list(hashes))))
    return {row.sha256: _image(row) for row in rows}


def by_original(t: Transaction, original_sha256: str) -> ImageRecord | None:
    """Return the image that was made from these original bytes, or None."""
    query = select(ImageRow).where(ImageRow.original_sha256 == original_sha256).limit(1)
    row = t.scalar(query)
    return _image(row) if row is not None else None


def add_texts(t: Transaction, texts: Sequence[ImageTexts]) -> list[ItemImageTextRow]:
    """Store what files said beside the images of item versions and return the rows, to be proven.

    The item versions must be stored already.
    """
    values = [one.model_dump() for one in texts]
    if values:
        t.execute(insert(ItemImageTextRow), values)
    return [ItemImageTextRow(**one) for one in values]


def texts_of(
    t: Transaction, keys: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], tuple[ImageTexts, ...]]:
    """Return what files said, by item_id and version, in the order of images and files."""
    found: dict[tuple[str, int], list[ImageTexts]] = {}
    for start in range(0, len(keys), CHUNK):
        query = (
            select(ItemImageTextRow)
            .where(
                tuple_(ItemImageTextRow.item_id, ItemImageTextRow.version).in_(
                    list(keys[start : start + CHUNK])
                )
            )
            .order_by(ItemImageTextRow.position, ItemImageTextRow.number)
        )
        for row in t.scalars(query):
            found.setdefault((row.item_id, row.version), []).append(_texts(row))
    return {key: tuple(texts) for key, texts in found.items()}


def _texts(row: ItemImageTextRow) -> ImageTexts:
    return ImageTexts(
        item_id=row.item_id,
        version=row.version,
        position=row.position,
        number=row.number,
        texts=row.texts,
        at=row.at,
    )


def _image(row: ImageRow) -> ImageRecord:
    return ImageRecord(
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        mode=row.mode,
        media_type=row.media_type,
        byte_size=row.byte_size,
        original_sha256=row.original_sha256,
        original_name=row.original_name,
        phash=row.phash,
        tags_found=tuple(row.tags_found),
        texts=row.texts,
        windowed=row.windowed,
        turned=row.turned,
    )
