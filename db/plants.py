"""Planted errors of rounds: stored beside the items, never in a version of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from db.database import Transaction
from db.models import PlantRow, RoundPersonRow, RoundRow
from src.domain.planting import Overlay, Plant, PlantKind, StoredPlant
from src.domain.round import RoundState


def add(t: Transaction, plant_id: str, new: StoredPlant, person_id: str, at: datetime) -> PlantRow:
    """Store one planted error and return its row."""
    row = PlantRow(
        plant_id=plant_id,
        round=new.round,
        item_id=new.plant.item_id,
        claim_id=new.plant.claim_id,
        kind=new.plant.kind.value,
        right_text=new.plant.right_text,
        wrong_text=new.plant.wrong_text,
        body={"source": new.plant.source, "overlay": new.overlay.model_dump(mode="json")},
        person=person_id,
        at=at,
    )
    t.add(row)
    t.flush()
    return row


def of_item(t: Transaction, round_name: str, item_id: str) -> StoredPlant | None:
    """Return the error planted in an item of a round, or None."""
    query = select(PlantRow).where(PlantRow.round == round_name, PlantRow.item_id == item_id)
    row = t.scalars(query).one_or_none()
    return _stored(row) if row is not None else None


def of_round(t: Transaction, round_name: str) -> list[StoredPlant]:
    """Return all errors planted in a round, in the order of the items' ids."""
    query = select(PlantRow).where(PlantRow.round == round_name).order_by(PlantRow.item_id)
    return [_stored(row) for row in t.scalars(query)]


def approved_by(t: Transaction, round_name: str, person_id: str) -> bool:
    """Tell whether a person approved the errors of a round, and so knows them."""
    query = select(PlantRow.plant_id).where(
        PlantRow.round == round_name, PlantRow.person == person_id
    )
    return t.scalar(query.limit(1)) is not None


def shown_to(t: Transaction, person_id: str, item_id: str) -> StoredPlant | None:
    """Return the error that an open round shows a person who reads in it, or None."""
    query = (
        select(PlantRow)
        .join(RoundRow, RoundRow.name == PlantRow.round)
        .join(RoundPersonRow, RoundPersonRow.round == PlantRow.round)
        .where(
            PlantRow.item_id == item_id,
            RoundPersonRow.person == person_id,
            RoundRow.state == RoundState.OPEN.value,
        )
        .order_by(RoundRow.number.desc())
        .limit(1)
    )
    row = t.scalars(query).one_or_none()
    return _stored(row) if row is not None else None


def _stored(row: PlantRow) -> StoredPlant:
    return StoredPlant(
        round=row.round,
        plant=Plant(
            item_id=row.item_id,
            claim_id=row.claim_id,
            kind=PlantKind(row.kind),
            right_text=row.right_text,
            wrong_text=row.wrong_text,
            source=row.body["source"],
        ),
        overlay=Overlay.model_validate(row.body["overlay"]),
    )
