"""What items come to in their rounds, in short: kept beside the records, never one itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from db.database import Transaction
from db.models import (
    DecisionRow,
    DepartureRow,
    ItemVersionRow,
    MaskRow,
    OutcomeRow,
    PayloadRow,
    ReasonRow,
    ReviewRow,
    RoundItemRow,
    RoundRow,
)
from src.domain.item import Track
from src.domain.round import STOPPED, TAKEN_OUT, RoundKind, RoundState

CHUNK = 400


class Sources(NamedTuple):
    """How many records there are of what an item comes to in a round.

    Records are only added, so that the same numbers mean the same records.
    """

    item_version: int
    rubric_version: int
    fully_read: bool
    readings: int
    departures: int
    """Of readers of the item: each is said for one of their revisions."""
    decisions: int
    remedies: int
    masks: int
    versions: int


class Kept(NamedTuple):
    """What is kept of an item in a round."""

    made_of: str
    left_out: str
    rejected: bool
    gold_digest: str
    body: Any
    """Written and read by itself; None where only the rest was asked for."""


class Asked(NamedTuple):
    """How one round asks an item, and what is kept of it."""

    round: str
    track: Track
    missing: int
    goes_on: bool
    """False in a closed round, and where the item was stopped: no reading comes any more."""
    item_sha256: str
    """Of the version that is read."""
    sources: Sources
    kept: Kept | None


def asked(t: Transaction, item_ids: Sequence[str]) -> dict[str, list[Asked]]:
    """Return item_id -> how each round asks the item, the newest first.

    Calibration rounds are not among them, nor rounds the item was taken out of or planted in.
    """
    found: dict[str, list[Asked]] = {item_id: [] for item_id in item_ids}
    for start in range(0, len(item_ids), CHUNK):
        some = list(item_ids[start : start + CHUNK])
        for row in t.execute(_asked(), {"items": some}):
            found[row.item_id].append(_one(row))
    return found


def bodies(t: Transaction, item_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return item_id -> round -> the body of what is kept."""
    found: dict[str, dict[str, Any]] = {item_id: {} for item_id in item_ids}
    for start in range(0, len(item_ids), CHUNK):
        query = select(OutcomeRow.item_id, OutcomeRow.round, OutcomeRow.body).where(
            OutcomeRow.item_id.in_(item_ids[start : start + CHUNK])
        )
        for item_id, name, body in t.execute(query):
            found[item_id][name] = body
    return found


def count(t: Transaction) -> int:
    """Return how many outcomes are kept."""
    return t.scalar(select(func.count()).select_from(OutcomeRow)) or 0


def _one(row: Any) -> Asked:
    kept = None
    if row.made_of is not None:
        kept = Kept(row.made_of, row.left_out, row.rejected, row.gold_digest, None)
    return Asked(
        round=row.round,
        track=Track(row.track),
        missing=row.missing,
        goes_on=row.state == RoundState.OPEN.value and row.held_back != STOPPED,
        item_sha256=row.sha256,
        sources=Sources(
            row.item_version,
            row.rubric_version,
            row.missing <= 0,
            row.readings,
            row.departures,
            row.decisions,
            row.remedies,
            row.masks,
            row.versions,
        ),
        kept=kept,
    )


@cache
def _asked() -> Select[Any]:
    """Count, for each round that asks one of `items`, the records it is settled from."""
    columns: list[Any] = [
        RoundItemRow.item_id,
        RoundItemRow.round,
        RoundItemRow.track,
        RoundItemRow.item_version,
        RoundItemRow.rubric_version,
        RoundItemRow.missing,
        RoundItemRow.held_back,
        RoundRow.state,
        ItemVersionRow.sha256,
        OutcomeRow.made_of,
        OutcomeRow.left_out,
        OutcomeRow.rejected,
        OutcomeRow.gold_digest,
        *_counts(),
    ]
    return (
        select(*columns)
        .join(RoundRow, RoundRow.name == RoundItemRow.round)
        .join(
            ItemVersionRow,
            and_(
                ItemVersionRow.item_id == RoundItemRow.item_id,
                ItemVersionRow.version == RoundItemRow.item_version,
            ),
        )
        .outerjoin(
            OutcomeRow,
            and_(
                OutcomeRow.item_id == RoundItemRow.item_id, OutcomeRow.round == RoundItemRow.round
            ),
        )
        .where(
            RoundRow.kind == RoundKind.READING.value,
            RoundItemRow.held_back != TAKEN_OUT,
            ~RoundItemRow.planted,
            RoundItemRow.item_id.in_(bindparam("items", expanding=True)),
        )
        .order_by(RoundItemRow.item_id, RoundRow.number.desc())
    )


def _counts() -> list[Any]:
    def same(table: Any) -> ColumnElement[bool]:
        return and_(table.round == RoundItemRow.round, table.item_id == RoundItemRow.item_id)

    def number(query: Select[Any], name: str) -> Any:
        counted: ScalarSelect[Any] = query.correlate(RoundItemRow).scalar_subquery()
        return counted.label(name)

    left = (
        select(func.count())
        .select_from(DepartureRow)
        .join(
            ReviewRow,
            and_(ReviewRow.round == DepartureRow.round, ReviewRow.person == DepartureRow.person),
        )
        .where(DepartureRow.round == RoundItemRow.round, same(ReviewRow))
    )
    remedies = (
        select(func.count())
        .select_from(DecisionRow)
        .join(ReasonRow, ReasonRow.decision_id == DecisionRow.decision_id)
        .where(same(DecisionRow))
    )
    own_masks = MaskRow.item_id == RoundItemRow.item_id
    versions = select(func.count()).where(ItemVersionRow.item_id == RoundItemRow.item_id)
    return [
        number(select(func.count()).where(same(ReviewRow)), "readings"),
        number(left, "departures"),
        number(select(func.count()).where(same(DecisionRow)), "decisions"),
        number(remedies, "remedies"),
        number(select(func.count()).where(own_masks), "masks"),
        number(versions, "versions"),
    ]


def erased(t: Transaction) -> int:
    """Return how many texts were erased: what rests on one of them comes to something else."""
    query = select(func.count()).where(PayloadRow.erased_at.is_not(None))
    return t.scalar(query) or 0


def put(t: Transaction, found: Mapping[str, Mapping[str, Kept]]) -> None:
    """Keep item_id -> round -> what it comes to, instead of all that was kept of these items."""
    ids = list(found)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        t.execute(delete(OutcomeRow).where(OutcomeRow.item_id.in_(some)))
        rows = [
            {"item_id": item_id, "round": name, **kept._asdict()}
            for item_id in some
            for name, kept in found[item_id].items()
        ]
        if rows:
            t.execute(insert(OutcomeRow), rows)


def empty(t: Transaction) -> None:
    """Forget all that is kept: it is made anew when it is asked for."""
    t.execute(delete(OutcomeRow))
