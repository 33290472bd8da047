"""Who read what in some rounds: numbers for a paper, added up by the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, case, distinct, func, select

from db.database import Transaction
from db.models import ItemVersionRow, PersonRow, ReviewRow, RoundItemRow, RoundPersonRow
from src.domain.departure import Part
from src.domain.round import TAKEN_OUT


class TrackSample(NamedTuple):
    """What some rounds ask of one track; an item in two rounds is one item."""

    track: str
    items: int
    cases: int
    images: int
    fully_read: int
    diseases: int
    """Different ORPHA codes."""


class ReaderSample(NamedTuple):
    """One reader of some rounds; the same words whoever they are."""

    person: str
    specialty: str
    years: int | None
    readings: int
    after_exposure: int
    seconds: int
    """Active seconds of their first submissions."""
    left_out: bool


def tracks(t: Transaction, names: Sequence[str]) -> list[TrackSample]:
    """Return what rounds ask, by track, without what was taken out or planted."""
    item = RoundItemRow.item_id
    version = and_(
        ItemVersionRow.item_id == item, ItemVersionRow.version == RoundItemRow.item_version
    )
    each = (
        select(
            RoundItemRow.track,
            item,
            func.max(RoundItemRow.case_id).label("case_id"),
            func.max(ItemVersionRow.n_images).label("images"),
            func.max(func.nullif(ItemVersionRow.orpha_code, "")).label("disease"),
            func.max(case((RoundItemRow.missing <= 0, 1), else_=0)).label("read"),
        )
        .join(ItemVersionRow, version)
        .where(
            RoundItemRow.round.in_(names),
            RoundItemRow.held_back != TAKEN_OUT,
            ~RoundItemRow.planted,
        )
        .group_by(RoundItemRow.track, item)
        .subquery()
    )
    query = select(
        each.c.track,
        func.count(),
        func.count(distinct(each.c.case_id)),
        func.sum(each.c.images),
        func.sum(each.c.read),
        func.count(distinct(each.c.disease)),
    ).group_by(each.c.track)
    return [TrackSample(*row) for row in t.execute(query.order_by(each.c.track))]


def readers(t: Transaction, names: Sequence[str]) -> list[ReaderSample]:
    """Return who reads, or read, in rounds, with what they sent; in the order of their ids."""
    sent = (
        select(
            ReviewRow.person,
            func.count().label("readings"),
            func.sum(case((ReviewRow.after_exposure, 1), else_=0)).label("exposed"),
            func.sum(ReviewRow.seconds_active).label("seconds"),
        )
        .join(
            RoundItemRow,
            and_(RoundItemRow.round == ReviewRow.round, RoundItemRow.item_id == ReviewRow.item_id),
        )
        .where(
            ReviewRow.round.in_(names),
            ReviewRow.revision == 1,
            RoundItemRow.held_back != TAKEN_OUT,
            ~RoundItemRow.planted,
        )
        .group_by(ReviewRow.person)
        .subquery()
    )
    out = func.max(case((RoundPersonRow.part == Part.LEFT_OUT.value, 1), else_=0))
    query = (
        select(
            PersonRow.person_id,
            PersonRow.specialty,
            PersonRow.years,
            func.coalesce(func.max(sent.c.readings), 0),
            func.coalesce(func.max(sent.c.exposed), 0),
            func.coalesce(func.max(sent.c.seconds), 0),
            out,
        )
        .join(RoundPersonRow, RoundPersonRow.person == PersonRow.person_id)
        .outerjoin(sent, sent.c.person == PersonRow.person_id)
        .where(RoundPersonRow.round.in_(names))
        .group_by(PersonRow.person_id, PersonRow.specialty, PersonRow.years)
        .order_by(PersonRow.person_id)
    )
    return [ReaderSample(*row)._replace(left_out=bool(row[6])) for row in t.execute(query)]
