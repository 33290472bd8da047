"""What is compared to find things that stand twice: the newest version of every item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Subquery, and_, func, select

from db.database import Transaction
from db.models import ImageRow, ItemImageRow, ItemRow, ItemVersionRow
from src.domain.canonical import digest
from src.domain.duplicates import Picture, Place, Wording
from src.domain.item import ItemContent, Track


def fingerprint(t: Transaction) -> str:
    """Return a hash that changes with every new item version; versions are only ever added."""
    number, newest = t.execute(
        select(func.count(), func.max(ItemVersionRow.made_at)).select_from(ItemVersionRow)
    ).one()
    return digest([number, newest.isoformat() if newest is not None else ""])


def count_items(t: Transaction) -> int:
    """Return how many items there are."""
    return t.scalar(select(func.count()).select_from(ItemRow)) or 0


def pictures_of(t: Transaction, item_ids: Sequence[str]) -> list[tuple[str, str | None, Place]]:
    """Return (sha256, perceptual hash, place) of the images of the newest versions of items."""
    newest = _newest(item_ids)
    query = (
        select(ItemImageRow.sha256, ImageRow.phash, ItemImageRow.item_id, ItemImageRow.position)
        .join(
            newest,
            and_(
                newest.c.item_id == ItemImageRow.item_id, newest.c.version == ItemImageRow.version
            ),
        )
        .join(ImageRow, ImageRow.sha256 == ItemImageRow.sha256)
        .order_by(ItemImageRow.item_id, ItemImageRow.position)
    )
    return [
        (sha256, phash, Place(item_id, position))
        for sha256, phash, item_id, position in t.execute(query)
    ]


def gathered(rows: Sequence[tuple[str, str | None, Place]]) -> list[Picture]:
    """Return each picture once, with all the places it stands in."""
    places: dict[str, list[Place]] = defaultdict(list)
    hashes: dict[str, str | None] = {}
    for sha256, phash, place in rows:
        places[sha256].append(place)
        hashes[sha256] = phash
    return [Picture(sha256, hashes[sha256], tuple(found)) for sha256, found in places.items()]


def wordings_of(t: Transaction, item_ids: Sequence[str]) -> list[tuple[Wording, Track]]:
    """Return what the newest versions of items say, with their tracks."""
    newest = _newest(item_ids)
    query = (
        select(ItemRow.item_id, ItemRow.case_id, ItemRow.track, ItemVersionRow.body)
        .join(newest, newest.c.item_id == ItemRow.item_id)
        .join(
            ItemVersionRow,
            and_(
                ItemVersionRow.item_id == newest.c.item_id,
                ItemVersionRow.version == newest.c.version,
            ),
        )
        .order_by(ItemRow.item_id)
    )
    return [
        (_wording(item_id, case_id, ItemContent.model_validate(body["content"])), Track(track))
        for item_id, case_id, track, body in t.execute(query)
    ]


def _wording(item_id: str, case_id: str, content: ItemContent) -> Wording:
    shown = [("question", content.question), ("context", content.context)]
    shown += [
        (f"finding:{number}", f"{finding.title} {finding.body}")
        for number, finding in enumerate(content.findings, start=1)
    ]
    shown += [(f"caption:{image.position}", image.caption) for image in content.images]
    shown += [(f"slot:{image.position}", image.slot_name) for image in content.images]
    return Wording(
        item_id=item_id,
        case_id=case_id,
        context=content.context,
        shown=tuple((field, text) for field, text in shown if text.strip()),
        names=(content.answer, *content.aliases),
    )


def _newest(item_ids: Sequence[str]) -> Subquery:
    return (
        select(ItemVersionRow.item_id, func.max(ItemVersionRow.version).label("version"))
        .where(ItemVersionRow.item_id.in_(item_ids))
        .group_by(ItemVersionRow.item_id)
        .subquery()
    )
