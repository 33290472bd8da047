"""The gold an item would be, made by the code that releases: nothing of it is stored."""

from __future__ import annotations

from dataclasses import dataclass

from db import items, reviews
from db.database import Transaction
from src.domain.errors import NotFoundError
from src.domain.gold import Gold, build_gold, settle
from src.domain.item import Item
from src.domain.people import Actor
from src.domain.review import ReviewBody
from src.domain.units import units_of
from src.services.adjudicating import begun_rulings
from src.services.releasing import gold_in, older_version
from src.services.settling import FLAGGED, SettledItem, item_in_round, settle_item


@dataclass(frozen=True)
class GoldIf:
    """An item as scores would take it."""

    item: Item
    """The version that would count."""
    gold: Gold
    """As imported where a release would not hold the item."""
    leaks: bool = False
    """True where a leak would be confirmed."""
    not_released: str = ""
    """Why a release would not hold it; empty where one would."""


def by_reading(
    t: Transaction, actor: Actor, round_name: str, item_id: str, body: ReviewBody
) -> GoldIf:
    """Return an item as the actor's reading makes it, if theirs were the only one.

    No ruling counts. Raises NotFoundError before they have sent a reading.
    """
    sent = reviews.of_person(t, actor.person_id, round_name, item_id)
    if sent is None:
        raise NotFoundError(f"There is no reading of {item_id!r} by you in {round_name!r}.")
    item = item_in_round(t, round_name, item_id)
    reading = sent.model_copy(update={"body": body})
    settled, state = settle(item, [reading], {})
    alone = SettledItem(
        item=item,
        reviews=(reading,),
        units=tuple(units_of(item, [reading])),
        settled=tuple(settled),
        state=state,
        decisions={},
    )
    return _if_released(t, alone, round_name)


def by_rulings(t: Transaction, actor: Actor, round_name: str, item_id: str) -> GoldIf:
    """Return an item as its readings in a round and the rulings make it.

    What the actor has begun to rule counts as ruled.
    """
    found = settle_item(t, round_name, item_id)
    begun = begun_rulings(t, actor, found, round_name)
    settled = {unit.unit: unit for unit in found.settled} | begun
    leaks = [unit for unit in found.state.confirmed_leaks if unit not in begun]
    leaks += [name for name, u in begun.items() if name.startswith("flag:") and u.key == FLAGGED]
    state = found.state.model_copy(update={"confirmed_leaks": tuple(leaks)})
    ruled = found.model_copy(update={"settled": tuple(settled.values()), "state": state})
    return _if_released(t, ruled, round_name)


def as_it_was_imported(item: Item) -> Gold:
    """Return an item's gold where nobody has said anything of it."""
    return build_gold(item, [], [], "")


def _if_released(t: Transaction, found: SettledItem, round_name: str) -> GoldIf:
    """Return what a release would make of a settled item; as imported where it would not hold it.

    A release holds no version that is no longer the newest.
    """
    item_id = found.item.item_id
    newest = items.get(t, item_id)
    if newest is None:
        raise NotFoundError(f"There is no item {item_id!r}.")
    if newest.sha256 != found.item.sha256:
        older = older_version(item_id, found.item.version, newest.version)
        return GoldIf(newest, as_it_was_imported(newest), not_released=older.reason)
    gold = gold_in(t, found, round_name)
    if isinstance(gold, Gold):
        return GoldIf(found.item, gold)
    return GoldIf(
        newest,
        as_it_was_imported(newest),
        leaks=bool(found.state.confirmed_leaks),
        not_released=gold.reason,
    )
