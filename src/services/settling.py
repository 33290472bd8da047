"""What the readings and decisions on one item come to: used wherever an item is settled."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from pydantic import BaseModel

from db import decisions, items, kept_back, masks, reviews, rounds
from db.database import Transaction
from db.kept_back import Hidden
from src.domain.adjudication import Decision
from src.domain.errors import NotFoundError
from src.domain.gold import ItemState, SettledUnit, settle
from src.domain.item import Item
from src.domain.leakage import LeakageFlag
from src.domain.masking import ConfirmedLeak, MaskHistory, lead_leak_stands, stands
from src.domain.people import Actor, Role
from src.domain.review import Review
from src.domain.routing import RoutingPolicy, all_units, audit_unit, evidence_units
from src.domain.units import Unit, units_of

FLAGGED = "flagged"


class SettledItem(BaseModel, frozen=True, extra="forbid"):
    """An item as its readers left it: all units, what is settled, what is open."""

    item: Item
    reviews: tuple[Review, ...]
    units: tuple[Unit, ...]
    settled: tuple[SettledUnit, ...]
    state: ItemState
    decisions: dict[str, Decision]
    policy: RoutingPolicy | None = None
    """By which units go to an adjudicator; None for a round from before there was a policy."""

    @property
    def to_rule(self) -> list[Unit]:
        """Everything that can be ruled on: the units, evidence that differs, and the audit."""
        further = evidence_units(self.item, self.reviews, self.policy)
        audit = [audit_unit(self.reviews)] if self.state.audit else []
        return [*audit, *self.units, *further]

    @property
    def left_out(self) -> str:
        """Why a release would leave the item out, in plain words; empty when it is ready."""
        if not self.reviews:
            return "its readings are of another version"
        return "" if self.state.ready else self.state.reason


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
    """Return what the readings and decisions on an item of a round come to.

    A leak confirmed in any round, or flagged by the lead, counts wherever it still shows: in
    the version this round read, or in the newest one.
    """
    return Settlement(t, item_id).in_round(round_name)


def confirmed_leaks(t: Transaction, item_id: str) -> tuple[ConfirmedLeak, ...]:
    """Return every leak that readers agreed on, or that is ruled to be one, in any round."""
    return Settlement(t, item_id).confirmed


def standing_leaks(t: Transaction, item_id: str) -> tuple[str, ...]:
    """Return the units of the confirmed leaks that show in an item's newest version."""
    return Settlement(t, item_id).standing


class Settlement:
    """What an item comes to in each of its rounds, as stored now; each is worked out once.

    It is for one moment of one transaction: what is written after it was asked, it has not seen.
    """

    def __init__(self, t: Transaction, item_id: str) -> None:
        self.item_id = item_id
        self._t = t
        self._rounds: dict[str, SettledItem] = {}
        self._versions: dict[int, Item] = {}

    @cached_property
    def _asked(self) -> list[tuple[str, int, int, int]]:
        """Round, item version, rubric version, readers still missing."""
        return rounds.rounds_asking(self._t, self.item_id)

    @property
    def rounds_read(self) -> list[str]:
        """The names of the rounds that have all their readings."""
        return [name for name, _, _, missing in self._asked if missing <= 0]

    def in_round(self, round_name: str) -> SettledItem:
        """Return what one round comes to, with the leaks that any round confirmed."""
        found = self._alone(round_name)
        state = found.state
        to_rule = [unit for unit in state.leaks_to_rule if unit in self.standing]
        leaks = {
            "confirmed_leaks": self.standing,
            "masked_leaks": self._masked(found.item),
            "leaks_to_rule": tuple(to_rule),
        }
        return found.model_copy(update={"state": state.model_copy(update=leaks)})

    @cached_property
    def history(self) -> MaskHistory:
        """The masks the item has had."""
        return masks.history(self._t, self.item_id)

    @cached_property
    def confirmed(self) -> tuple[ConfirmedLeak, ...]:
        """Every leak that readers agreed on, or that is ruled to be one, in any round."""
        return tuple(_confirmed([(name, self._alone(name)) for name in self.rounds_read]))

    @cached_property
    def standing(self) -> tuple[str, ...]:
        """The units of the confirmed leaks that show in the newest version."""
        return self._shown_in(None)

    def _masked(self, item: Item) -> tuple[str, ...]:
        """Return the units of those that show in a version and not in the newest one."""
        return tuple(unit for unit in self._shown_in(item) if unit not in self.standing)

    def _shown_in(self, item: Item | None) -> tuple[str, ...]:
        lead = [mask for mask in self.history.latest() if mask.by_lead]
        if not self.confirmed and not lead:
            return ()
        shown = item or self._item(None)
        units = [leak.unit for leak in self.confirmed if self._stands(leak, shown)]
        units += [m.unit for m in lead if lead_leak_stands(m, shown, self.history)]
        return tuple(dict.fromkeys(units))

    def _stands(self, leak: ConfirmedLeak, shown: Item) -> bool:
        seen = self._item(leak.item_version)
        base = self._item(self.history.base(leak.item_version))
        return stands(leak, seen, shown, base, self.history)

    def _item(self, version: int | None) -> Item:
        key = version or 0
        if key not in self._versions:
            found = items.get(self._t, self.item_id, version)
            if found is None:
                raise NotFoundError(f"There is no version {version} of {self.item_id!r}.")
            self._versions[key] = found
        return self._versions[key]

    def _alone(self, round_name: str) -> SettledItem:
        """Return what one round comes to, whatever other rounds say of leaks."""
        if round_name not in self._rounds:
            self._rounds[round_name] = self._settled(round_name)
        return self._rounds[round_name]

    def _settled(self, round_name: str) -> SettledItem:
        item = self._item_in(round_name)
        readings = [
            review for review in self._readings(round_name) if review.item_version == item.version
        ]
        ruled = self._ruled(round_name)
        policy, seed = self._routing(round_name)
        earlier = self._earlier_rulings(round_name, item)
        settled, state = settle(item, readings, ruled, earlier, policy=policy, seed=seed)
        return SettledItem(
            item=item,
            reviews=tuple(readings),
            units=tuple(units_of(item, readings)),
            settled=tuple(settled),
            state=state,
            decisions=ruled,
            policy=policy,
        )

    def _earlier_rulings(self, round_name: str, item: Item) -> dict[str, Decision]:
        """Return the newest decision that is not stale on each unit, from the other rounds."""
        found: list[Decision] = []
        for name, version, _, missing in self._asked:
            if name == round_name or version != item.version or missing > 0:
                continue
            ruled = self._ruled(name)
            if ruled:
                policy, _ = self._routing(name)
                units = all_units(self._item_in(name), self._readings(name), policy)
                known = {unit.name: unit for unit in units}
                found += [
                    d
                    for d in ruled.values()
                    if d.unit in known and known[d.unit].is_what_was_read(d.input_digest)
                ]
        return {d.unit: d for d in sorted(found, key=lambda d: d.decided_at)}

    def _routing(self, round_name: str) -> tuple[RoutingPolicy | None, int]:
        """Return a round's rule and seed; those of all rounds that ask are asked at once."""
        if round_name in self._routings:
            return self._routings[round_name]
        return rounds.routings(self._t, [round_name])[round_name]

    @cached_property
    def _routings(self) -> dict[str, tuple[RoutingPolicy | None, int]]:
        return rounds.routings(self._t, [name for name, *_ in self._asked])

    def _item_in(self, round_name: str) -> Item:
        """Return the item as a round asks it; rounds that ask the same share it."""
        for name, version, rubric_version, _ in self._asked:
            if name == round_name and self._item(version).rubric_version == rubric_version:
                return self._item(version)
        return item_in_round(self._t, round_name, self.item_id)

    def _readings(self, round_name: str) -> list[Review]:
        """Return the readings of a round that count; those of all read rounds are asked at once."""
        if round_name in self._read:
            return self._read[round_name]
        return reviews.counting(self._t, round_name, self.item_id)

    def _ruled(self, round_name: str) -> dict[str, Decision]:
        """Return the newest decision of each unit in a round."""
        if round_name in self._rulings:
            return self._rulings[round_name]
        return decisions.latest(self._t, round_name, self.item_id)

    @cached_property
    def _read(self) -> dict[str, list[Review]]:
        found = reviews.counting_of(self._t, self._keys)
        return {name: found.get((name, item_id), []) for name, item_id in self._keys}

    @cached_property
    def _rulings(self) -> dict[str, dict[str, Decision]]:
        found = decisions.latest_of(self._t, self._keys)
        return {name: found[(name, item_id)] for name, item_id in self._keys}

    @property
    def _keys(self) -> list[tuple[str, str]]:
        return [(name, self.item_id) for name in self.rounds_read]


def _confirmed(rounds_read: Sequence[tuple[str, SettledItem]]) -> list[ConfirmedLeak]:
    """Return the leaks of fully read rounds; a later ruling on the same spot overrules them."""
    fresh = [
        decision
        for _, found in rounds_read
        for decision in found.decisions.values()
        if decision.unit.startswith("flag:") and decision.unit not in found.state.stale_decisions
    ]
    newest = {d.unit: d for d in sorted(fresh, key=lambda d: d.decided_at)}
    leaks = []
    for name, found in rounds_read:
        for unit in found.settled:
            ruling = newest.get(unit.unit)
            overruled = (
                ruling is not None
                and ruling.key != FLAGGED
                and ruling.item_version >= found.item.version
            )
            if unit.unit.startswith("flag:") and unit.key == FLAGGED and not overruled:
                leaks += [
                    ConfirmedLeak(
                        unit=unit.unit, round=name, item_version=found.item.version, flag=flag
                    )
                    for flag in _flags(found, unit)
                ]
    return leaks


def _flags(found: SettledItem, settled: SettledUnit) -> list[LeakageFlag]:
    """Return the flag that was ruled, or the flags of all who agreed: they may mark two spots."""
    values = [settled.value]
    if settled.method != "adjudicated":
        unit = next(unit for unit in found.units if unit.name == settled.unit)
        values = [reading.value for reading in unit.readings]
    flags = [flag for value in values for flag in LeakageFlag.model_validate(value).each]
    return list({flag.place.model_dump_json(): flag for flag in flags}.values())


def may_still_read(t: Transaction, actor: Actor, item_id: str) -> bool:
    """Tell whether an actor can still come to read an item, and so must not learn of its flags."""
    if Role.REVIEWER not in actor.roles:
        return False
    return bool(kept_back.among(t, [item_id], Hidden(reader=actor.person_id)))


def recount(t: Transaction, settlement: Settlement) -> None:
    """Refresh the counts by which the adjudicator's list is ordered.

    In all rounds that have read the item: a ruling in one settles the unit in the others.
    """
    counts = {}
    for round_name in settlement.rounds_read:
        found = settlement.in_round(round_name)
        counts[round_name] = decisions.Counts(
            open_units=len(found.state.to_settle),
            stale_units=len(found.state.stale_decisions),
            leaks=len(found.state.confirmed_leaks),
            units=len(found.to_rule),
        )
    decisions.put_counts(t, settlement.item_id, counts)
