"""What the readings and decisions on one item come to: used wherever an item is settled."""

from __future__ import annotations

from pydantic import BaseModel

from db import decisions, items, reviews, rounds
from db.database import Transaction
from src.domain.adjudication import Decision
from src.domain.errors import NotFoundError
from src.domain.gold import ItemState, SettledUnit, settle
from src.domain.item import Item
from src.domain.review import Review
from src.domain.units import Unit, units_of


class SettledItem(BaseModel, frozen=True, extra="forbid"):
    """An item as its readers left it: all units, what is settled, what is open."""

    item: Item
    reviews: tuple[Review, ...]
    units: tuple[Unit, ...]
    settled: tuple[SettledUnit, ...]
    state: ItemState
    decisions: dict[str, Decision]


def item_in_round(t: Transaction, round_name: str, item_id: str) -> Item:
    """Return the item as a round asks it: its item version with its rubric version."""
    row = rounds.item_of(t, round_name, item_id)
    item = items.get(t, item_id, row.item_version) if row is not None else None
    if row is None or item is None:
        raise NotFoundError(f"There is no item {item_id!r} in the round {round_name!r}.")
    if row.rubric_version == item.rubric_version:
        return item
    criteria = items.rubric(t, item_id, row.rubric_version)
    return item.model_copy(update={"rubric_version": row.rubric_version, "criteria": criteria})


def settle_item(t: Transaction, round_name: str, item_id: str) -> SettledItem:
    """Return what the readings and decisions on an item of a round come to."""
    item = item_in_round(t, round_name, item_id)
    readings = [
        review
        for review in reviews.counting(t, round_name, item_id)
        if review.item_version == item.version
    ]
    ruled = decisions.latest(t, round_name, item_id)
    settled, state = settle(item, readings, ruled, _earlier_rulings(t, round_name, item))
    return SettledItem(
        item=item,
        reviews=tuple(readings),
        units=tuple(units_of(item, readings)),
        settled=tuple(settled),
        state=state,
        decisions=ruled,
    )


def _earlier_rulings(t: Transaction, round_name: str, item: Item) -> dict[str, Decision]:
    """Return the newest decision that is not stale on each unit, from the item's other rounds."""
    found: list[Decision] = []
    for name, version, _, missing in rounds.rounds_asking(t, item.item_id):
        if name == round_name or version != item.version or missing > 0:
            continue
        ruled = decisions.latest(t, name, item.item_id)
        if ruled:
            asked = item_in_round(t, name, item.item_id)
            readings = reviews.counting(t, name, item.item_id)
            digests = {unit.name: unit.input_digest for unit in units_of(asked, readings)}
            found += [d for d in ruled.values() if digests.get(d.unit) == d.input_digest]
    return {d.unit: d for d in sorted(found, key=lambda d: d.decided_at)}


def recount(t: Transaction, item_id: str) -> None:
    """Refresh the counts by which the adjudicator's list is ordered.

    In all rounds that have read the item: a ruling in one settles the unit in the others.
    """
    for round_name, _, _, missing in rounds.rounds_asking(t, item_id):
        if missing > 0:
            continue
        found = settle_item(t, round_name, item_id)
        decisions.put_counts(
            t,
            round_name,
            item_id,
            open_units=len(found.state.open_units),
            stale_units=len(found.state.stale_decisions),
            leaks=len(found.state.confirmed_leaks),
            units=len(found.units),
        )
