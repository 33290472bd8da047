"""Where every item stands, in one pass of the database: counts, and the items behind each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    distinct,
    exists,
    func,
    select,
)
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import (
    CaseRow,
    DecisionRow,
    DisputeRow,
    GoldRow,
    ItemRow,
    ItemVersionRow,
    ReleaseRow,
    ReviewRow,
    RoundItemRow,
    RoundPersonRow,
    RoundRow,
)
from src.domain.departure import Part
from src.domain.flow import Place
from src.domain.round import STOPPED, TAKEN_OUT, RoundKind, RoundState


def places(t: Transaction) -> dict[str, int]:
    """Return how many items stand in each place that has any."""
    found = _standing().subquery()
    query = select(found.c.place, func.count()).group_by(found.c.place)
    return {row[0]: row[1] for row in t.execute(query)}


def items_in(
    t: Transaction, wanted: tuple[Place, ...], after: str, size: int
) -> list[tuple[str, str]]:
    """Return a page of (item_id, place) of the items in some places, in the order of their ids."""
    found = _standing().subquery()
    query = (
        select(found.c.item_id, found.c.place)
        .where(found.c.place.in_([place.value for place in wanted]), found.c.item_id > after)
        .order_by(found.c.item_id)
        .limit(size)
    )
    return [(item_id, place) for item_id, place in t.execute(query)]


def _standing() -> Select[Any]:
    """Select each item with its place: by the newest release, else by the rounds that ask it."""
    asked, newest = _asked(), _newest_versions()
    round_, row = aliased(RoundRow), aliased(RoundItemRow)
    read, latest = aliased(ItemVersionRow), aliased(ItemVersionRow)
    release = select(func.max(ReleaseRow.number)).scalar_subquery()
    is_read = asked.c.read_number.is_not(None)
    place = case(
        (GoldRow.status == "rejected", Place.REJECTED.value),
        (GoldRow.status.is_not(None), Place.GOLD.value),
        (and_(is_read, DisputeRow.leaks > 0), Place.LEAK.value),
        (
            and_(is_read, (DisputeRow.open_units > 0) | (DisputeRow.stale_units > 0)),
            Place.DISPUTED.value,
        ),
        (and_(is_read, read.sha256 != latest.sha256), Place.OLDER_VERSION.value),
        (is_read, Place.SETTLED.value),
        (asked.c.waiting > 0, Place.WAITING.value),
        (asked.c.stopped > 0, Place.STOPPED.value),
        (asked.c.closed > 0, Place.ROUND_CLOSED.value),
        (asked.c.taken_out > 0, Place.TAKEN_OUT.value),
        (asked.c.planted > 0, Place.PLANTED.value),
        else_=Place.NOT_ASKED.value,
    )
    in_round = and_(row.round == round_.name, row.item_id == ItemRow.item_id)
    return (
        select(ItemRow.item_id, place.label("place"))
        .outerjoin(asked, asked.c.item_id == ItemRow.item_id)
        .outerjoin(round_, round_.number == asked.c.read_number)
        .outerjoin(row, in_round)
        .outerjoin(
            DisputeRow,
            and_(DisputeRow.round == round_.name, DisputeRow.item_id == ItemRow.item_id),
        )
        .outerjoin(newest, newest.c.item_id == ItemRow.item_id)
        .outerjoin(read, and_(read.item_id == ItemRow.item_id, read.version == row.item_version))
        .outerjoin(
            latest, and_(latest.item_id == ItemRow.item_id, latest.version == newest.c.version)
        )
        .outerjoin(GoldRow, and_(GoldRow.release == release, GoldRow.item_id == ItemRow.item_id))
    )


def _asked() -> Subquery:
    """Select what the reading rounds say of each item, whatever their number."""
    counts = and_(RoundItemRow.held_back != TAKEN_OUT, ~RoundItemRow.planted)
    missing = and_(counts, RoundItemRow.missing > 0)
    goes_on = and_(missing, RoundItemRow.held_back != STOPPED)
    is_open = RoundRow.state == RoundState.OPEN.value

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    return (
        select(
            RoundItemRow.item_id,
            func.max(case((and_(counts, RoundItemRow.missing <= 0), RoundRow.number))).label(
                "read_number"
            ),
            number(and_(goes_on, is_open)).label("waiting"),
            number(and_(missing, RoundItemRow.held_back == STOPPED)).label("stopped"),
            number(and_(goes_on, ~is_open)).label("closed"),
            number(RoundItemRow.held_back == TAKEN_OUT).label("taken_out"),
            number(RoundItemRow.planted.is_(True)).label("planted"),
        )
        .join(RoundRow, RoundRow.name == RoundItemRow.round)
        .where(RoundRow.kind == RoundKind.READING.value)
        .group_by(RoundItemRow.item_id)
        .subquery()
    )


def _newest_versions() -> Subquery:
    return (
        select(ItemVersionRow.item_id, func.max(ItemVersionRow.version).label("version"))
        .group_by(ItemVersionRow.item_id)
        .subquery()
    )


def adjudicated(t: Transaction) -> int:
    """Return on how many items an adjudicator ruled at least once."""
    return t.scalar(select(func.count(distinct(DecisionRow.item_id)))) or 0


def readings(t: Transaction) -> dict[str, int]:
    """Return how many first submissions there are, by why they count or do not."""
    left_out = exists().where(
        RoundPersonRow.round == ReviewRow.round,
        RoundPersonRow.person == ReviewRow.person,
        RoundPersonRow.part == Part.LEFT_OUT.value,
    )
    why = case(
        (RoundRow.kind == RoundKind.REPEATS.value, "repeats"),
        (RoundRow.kind == RoundKind.CALIBRATION.value, "practice"),
        (RoundItemRow.planted, "planted"),
        (RoundItemRow.held_back == TAKEN_OUT, "taken_out"),
        (left_out, "left_out"),
        else_="counted",
    ).label("why")
    found = (
        select(why)
        .select_from(ReviewRow)
        .join(RoundRow, RoundRow.name == ReviewRow.round)
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == ReviewRow.round, RoundItemRow.item_id == ReviewRow.item_id),
        )
        .where(ReviewRow.revision == 1)
        .subquery()
    )
    query = select(found.c.why, func.count()).group_by(found.c.why)
    return {row[0]: row[1] for row in t.execute(query)}


def gold_licences(t: Transaction) -> list[tuple[str | None, int, int]]:
    """Return (licence as it is written, items, images) of the newest release's accepted gold."""
    release = select(func.max(ReleaseRow.number)).scalar_subquery()
    query = (
        select(CaseRow.licence, func.count(), func.sum(ItemVersionRow.n_images))
        .select_from(GoldRow)
        .join(ItemRow, ItemRow.item_id == GoldRow.item_id)
        .join(CaseRow, CaseRow.case_id == ItemRow.case_id)
        .join(
            ItemVersionRow,
            and_(
                ItemVersionRow.item_id == GoldRow.item_id,
                ItemVersionRow.version == GoldRow.item_version,
            ),
        )
        .where(GoldRow.release == release, GoldRow.status != "rejected")
        .group_by(CaseRow.licence)
    )
    return [(licence, items, images or 0) for licence, items, images in t.execute(query)]


def newest_release(t: Transaction) -> int | None:
    """Return the number of the newest release, or None."""
    return t.scalar(select(func.max(ReleaseRow.number)))
