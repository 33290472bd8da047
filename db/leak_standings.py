"""Where items stand with their leaks: a projection that lists and counts read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Select,
    delete,
    func,
    insert,
    select,
    tuple_,
)

from db.database import Transaction
from db.kept_back import NOBODY, Hidden, visible
from db.models import (
    ItemRow,
    LeakStandingRow,
    RoundItemRow,
    RoundRow,
    ScanRow,
)
from src.domain.item import Track
from src.domain.leak_status import WORST_FIRST, LeakStanding, LeakStatus
from src.domain.leakage import Layer
from src.domain.round import TAKEN_OUT, RoundKind

WHOLE = ""
CHUNK = 400
START = (-1, "")
"""Where the first page begins."""


class Known(NamedTuple):
    """An item's track and case."""

    track: Track
    case_id: str


class Line(NamedTuple):
    """One item of a list, with the place where the next page begins."""

    item_id: str
    place: tuple[int, str]


class Tally(NamedTuple):
    """So many items of a track stand so, as a whole (no layer) or in a layer."""

    layer: Layer | None
    track: Track
    status: LeakStatus
    items: int


def put(
    t: Transaction, item_ids: Sequence[str], found: Mapping[str, tuple[Track, LeakStanding]]
) -> None:
    """Store where these items stand instead of what was known; those not found have no row."""
    for start in range(0, len(item_ids), CHUNK):
        some = item_ids[start : start + CHUNK]
        t.execute(delete(LeakStandingRow).where(LeakStandingRow.item_id.in_(some)))
        rows = [
            row for item_id in some if item_id in found for row in _rows(item_id, *found[item_id])
        ]
        if rows:
            t.execute(insert(LeakStandingRow), rows)


def _rows(item_id: str, track: Track, standing: LeakStanding) -> list[dict[str, Any]]:
    layers = {layer.value: status for layer, status in standing.layers.items()}
    return [
        {
            "item_id": item_id,
            "layer": layer,
            "track": track.value,
            "status": status.value,
            "rank": WORST_FIRST.index(status),
        }
        for layer, status in [(WHOLE, standing.status), *layers.items()]
    ]


def counts(t: Transaction, hidden_from: Hidden = NOBODY) -> list[Tally]:
    """Return how many items stand how, by layer and track, without those kept from somebody."""
    query = (
        select(
            LeakStandingRow.layer,
            LeakStandingRow.track,
            LeakStandingRow.rank,
            func.count().label("number"),
        )
        .where(*visible(LeakStandingRow.item_id, hidden_from))
        .group_by(LeakStandingRow.layer, LeakStandingRow.track, LeakStandingRow.rank)
    )
    return [
        Tally(Layer(layer) if layer else None, Track(track), WORST_FIRST[rank], number)
        for layer, track, rank, number in t.execute(query)
    ]


def page_of(
    t: Transaction,
    *,
    layer: Layer | None,
    track: Track | None,
    status: LeakStatus | None,
    after: tuple[int, str] = START,
    size: int = 25,
    hidden_from: Hidden = NOBODY,
) -> list[Line]:
    """Return a page of items that stand so, the worst first, then by id."""
    query = select(LeakStandingRow.item_id, LeakStandingRow.rank).where(
        LeakStandingRow.layer == (layer.value if layer is not None else WHOLE),
        tuple_(LeakStandingRow.rank, LeakStandingRow.item_id) > tuple_(*after),
        *visible(LeakStandingRow.item_id, hidden_from),
    )
    if track is not None:
        query = query.where(LeakStandingRow.track == track.value)
    if status is not None:
        rank = WORST_FIRST.index(status)
        beyond = after[1] if after[0] == rank else ""
        query = query.where(LeakStandingRow.rank == rank, LeakStandingRow.item_id > beyond)
    query = query.order_by(LeakStandingRow.rank, LeakStandingRow.item_id).limit(size)
    return [Line(item, (place, item)) for item, place in t.execute(query)]


def fully_read(t: Transaction, item_ids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return item_id -> (round, item version) of the newest round that has all its readings."""
    return {item_id: read[0] for item_id, read in rounds_read(t, item_ids).items()}


def rounds_read(t: Transaction, item_ids: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """Return item_id -> (round, item version) of the rounds that have all its readings.

    The newest first; an item that no round has read is not named.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for start in range(0, len(item_ids), CHUNK):
        query = (
            select(RoundItemRow.item_id, RoundItemRow.round, RoundItemRow.item_version)
            .join(RoundRow, RoundRow.name == RoundItemRow.round)
            .where(RoundItemRow.item_id.in_(item_ids[start : start + CHUNK]), *_READ)
            .order_by(RoundRow.number.desc())
        )
        for item_id, name, version in t.execute(query):
            found.setdefault(item_id, []).append((name, version))
    return found


def read_after(t: Transaction, after: str, size: int, hidden_from: Hidden = NOBODY) -> list[str]:
    """Return a page of the items that some round has all its readings of, in their order."""
    query = _read_items(hidden_from).where(RoundItemRow.item_id > after)
    return list(t.scalars(query.order_by(RoundItemRow.item_id).limit(size)))


def count_read(t: Transaction, hidden_from: Hidden = NOBODY) -> int:
    """Return how many items some round has all its readings of."""
    query = select(func.count()).select_from(_read_items(hidden_from).subquery())
    return t.scalar(query) or 0


def _read_items(hidden_from: Hidden) -> Select[str]:
    query = (
        select(RoundItemRow.item_id)
        .join(RoundRow, RoundRow.name == RoundItemRow.round)
        .where(*_READ)
        .distinct()
    )
    if hidden_from != NOBODY:
        shown = select(ItemRow.item_id).where(*visible(ItemRow.item_id, hidden_from))
        query = query.where(RoundItemRow.item_id.in_(shown))
    return query


_READ = (
    RoundItemRow.missing <= 0,
    ~RoundItemRow.planted,
    RoundItemRow.held_back != TAKEN_OUT,
    RoundRow.kind == RoundKind.READING.value,
)


def is_any_scanned(t: Transaction) -> bool:
    """Return True when any item version was ever scanned."""
    return t.scalar(select(ScanRow.item_id).limit(1)) is not None


def scans_made(t: Transaction) -> tuple[int, str]:
    """Return how many item versions are scanned, and when the last one was."""
    number, newest = t.execute(
        select(func.count(), func.max(ScanRow.at)).select_from(ScanRow)
    ).one()
    return number, newest.isoformat() if newest is not None else ""


def known(t: Transaction, item_ids: Sequence[str]) -> dict[str, Known]:
    """Return track and case of these items."""
    found: dict[str, Known] = {}
    for start in range(0, len(item_ids), CHUNK):
        query = select(ItemRow).where(ItemRow.item_id.in_(item_ids[start : start + CHUNK]))
        found |= {row.item_id: Known(Track(row.track), row.case_id) for row in t.scalars(query)}
    return found
