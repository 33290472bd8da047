"""What is known of stored images; the bytes are in the image store."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, select

from db.database import Transaction
from db.models import ImageRow
from src.domain.image import ImageRecord


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
