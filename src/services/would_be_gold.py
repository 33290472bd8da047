"""What an item would be in gold: by one reading alone, or by readings and rulings as they stand."""

from __future__ import annotations

from dataclasses import dataclass

from db import reviews
from db.database import Transaction
from src.domain.errors import NotFoundError
from src.domain.gold import Gold, build_gold, settle
from src.domain.item import Item
from src.domain.people import Actor
from src.domain.review import ReviewBody
from src.services.adjudicating import begun_rulings
from src.services.score_sheets import LEAKS, excluded_by
from src.services.settling import FLAGGED, item_in_round, settle_item


@dataclass(frozen=True)
class WouldBe:
    """An item as it would be released."""

    item: Item
    """The version that was read."""
    gold: Gold
    leaks: bool
    """True where a leak would be confirmed."""

    @property
    def excluded(self) -> str:
        """Why it would count in no score; empty when it would."""
        return excluded_by(self.gold) or (LEAKS if self.leaks else "")


def by_one_reading(
    t: Transaction, actor: Actor, round_name: str, item_id: str, body: ReviewBody
) -> WouldBe:
    """Return an item as the actor's reading alone would make it, with what is written by now.

    Raises NotFoundError before they have sent one.
    """
    sent = reviews.of_person(t, actor.person_id, round_name, item_id)
    if sent is None:
        raise NotFoundError(f"There is no reading of {item_id!r} by you in {round_name!r}.")
    item = item_in_round(t, round_name, item_id)
    reading = sent.model_copy(update={"body": body})
    settled, state = settle(item, [reading], {})
    gold = build_gold(item, [reading], settled, round_name)
    return WouldBe(item, gold, bool(state.confirmed_leaks))


def by_rulings(t: Transaction, actor: Actor, round_name: str, item_id: str) -> WouldBe:
    """Return an item as its readings and rulings make it, with what the actor has begun to rule."""
    found = settle_item(t, round_name, item_id)
    begun = begun_rulings(t, actor, found, round_name)
    known = {unit.unit for unit in found.settled}
    settled = [begun.get(unit.unit, unit) for unit in found.settled]
    settled += [unit for name, unit in begun.items() if name not in known]
    gold = build_gold(found.item, found.reviews, settled, round_name)
    stay = [name for name in found.state.confirmed_leaks if name not in begun]
    leaks = stay or any(u.unit.startswith("flag:") and u.key == FLAGGED for u in begun.values())
    return WouldBe(found.item, gold, bool(leaks))
