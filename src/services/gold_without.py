"""Gold as it would have come out without one of its readers: derived in memory, never stored."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from db.database import Transaction
from src.domain.adjudication import Decision
from src.domain.canonical import canonical_json
from src.domain.carried_rulings import carried_rulings
from src.domain.gold import Gold
from src.domain.masking import MaskHistory
from src.domain.review import Review
from src.domain.routing import RoutingPolicy
from src.services.releasing import gold_in
from src.services.score_sheets import excluded_by
from src.services.settling import Settlement


class OtherGold(NamedTuple):
    """What an item would be for scores without one reader, where that is something else."""

    person: str
    gold: Gold | None
    """None where it would be no gold: nobody else read it, or something would be open."""
    leaks: bool = False
    """True where it would hold a confirmed leak, which is now ruled to be none."""


class ItemWithout(NamedTuple):
    """An item of a release without each of its readers."""

    readers: tuple[str, ...]
    others: tuple[OtherGold, ...]
    changed_since: bool = False
    """True where gold would be another one now even with everybody: nothing is said of it."""


NOT_READ_HERE = ItemWithout(readers=(), others=())


class SettlementWithout(Settlement):
    """What an item comes to without the readings of one person, in any of its rounds.

    The rule of each round is the same, as if it had asked for one reading fewer. Nothing is
    drawn for an audit anew: what an audit changed stays, and nobody is waited for.
    """

    def __init__(self, t: Transaction, whole: Settlement, person: str) -> None:
        super().__init__(t, whole.item_id)
        self._whole, self._person = whole, person
        self._versions = whole._versions
        self._carried: dict[str, dict[str, Decision]] = {}

    @cached_property
    def _asked(self) -> list[tuple[str, int, int, int]]:
        return self._whole._asked

    @cached_property
    def history(self) -> MaskHistory:
        """The masks the item has had."""
        return self._whole.history

    def _readings(self, round_name: str) -> list[Review]:
        every = self._whole._readings(round_name)
        return [review for review in every if review.person != self._person]

    def _routing(self, round_name: str) -> tuple[RoutingPolicy | None, int]:
        policy, seed = self._whole._routing(round_name)
        if policy is None:
            return None, seed
        return policy.model_copy(update={"audit_share": 0.0}), seed

    def _ruled(self, round_name: str) -> dict[str, Decision]:
        if round_name not in self._carried:
            self._carried[round_name] = self._carry(round_name)
        return self._carried[round_name]

    def _carry(self, round_name: str) -> dict[str, Decision]:
        ruled = self._whole._ruled(round_name)
        if not ruled:
            return {}
        item = self._item_in(round_name)
        every = [r for r in self._whole._readings(round_name) if r.item_version == item.version]
        others = [review for review in every if review.person != self._person]
        policy, _ = self._routing(round_name)
        return carried_rulings(item, every, others, ruled, policy)


def without_each(t: Transaction, released: Gold) -> ItemWithout:
    """Return what an item of a release would be without each reader of the round it rests on."""
    whole = Settlement(t, released.item_id)
    if released.round not in whole.rounds_read:
        return NOT_READ_HERE
    found = whole.in_round(released.round)
    readers = tuple(sorted(review.person for review in found.reviews))
    now = gold_in(t, found, released.round)
    if not isinstance(now, Gold) or now.input_digest != released.input_digest:
        return ItemWithout(readers, (), changed_since=True)
    if len(whole.rounds_read) == 1 and _of_one_mind(now):
        return ItemWithout(readers, ())
    seen = _seen(now)
    others = []
    for person in readers:
        other = _without(t, whole, person, released.round)
        if other.gold is None or _seen(other.gold) != seen:
            others.append(other)
    return ItemWithout(readers, tuple(others))


def _of_one_mind(gold: Gold) -> bool:
    """Tell whether several readers say the same of every unit: so do the others without any one."""
    return gold.readers > 1 and all(
        unit.method == "unanimous" and not unit.routed and sum(unit.votes.values()) == gold.readers
        for unit in gold.body.units
    )


def _without(t: Transaction, whole: Settlement, person: str, round_name: str) -> OtherGold:
    rest = SettlementWithout(t, whole, person).in_round(round_name)
    gold = gold_in(t, rest, round_name)
    if isinstance(gold, Gold):
        return OtherGold(person, gold)
    return OtherGold(person, None, leaks=bool(rest.state.confirmed_leaks))


def _seen(gold: Gold) -> str:
    """Return all of gold that a score can depend on, so that equal texts mean equal scores."""
    body = gold.body
    proposed = [unit.value for unit in body.units if unit.unit == "field:aliases"]
    ambiguous = [[u.unit, u.key, dict(u.distribution)] for u in body.units if u.ambiguous]
    rubric = [[c.criterion_id, c.sha256, c.points, c.active] for c in body.criteria]
    return canonical_json(
        [
            excluded_by(gold),
            body.question,
            body.answer,
            list(body.aliases),
            list(body.dropped_names),
            proposed,
            body.orpha_code,
            {str(place): caption for place, caption in body.captions.items()},
            list(body.image_order),
            rubric,
            ambiguous,
        ]
    )
