"""What the readings and decisions on one item come to: used wherever an item is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from db import decisions, items, masks, reviews, rounds
from db.database import Transaction
from src.domain.adjudication import Decision
from src.domain.errors import NotFoundError
from src.domain.gold import ItemState, SettledUnit, settle
from src.domain.item import Item
from src.domain.leakage import LeakageFlag
from src.domain.masking import ConfirmedLeak, lead_leak_stands, stands
from src.domain.people import Actor, Role
from src.domain.review import Review
from src.domain.units import Unit, units_of

FLAGGED = "flagged"
Asking = tuple[str, int, int, int]
"""Round, item version, rubric version, readers still missing."""


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
    """Return what the readings and decisions on an item of a round come to.

    A leak confirmed in any round, or flagged by the lead, counts wherever it still shows: in
    the version this round read, or in the newest one.
    """
    asked = rounds.rounds_asking(t, item_id)
    found = _settle_round(t, round_name, item_id, asked)
    leaks = _Leaks(t, item_id, asked, {round_name: found})
    state = found.state.model_copy(
        update={"confirmed_leaks": leaks.standing(), "masked_leaks": leaks.masked(found.item)}
    )
    return found.model_copy(update={"state": state})


def confirmed_leaks(t: Transaction, item_id: str) -> tuple[ConfirmedLeak, ...]:
    """Return every leak that readers agreed on, or that is ruled to be one, in any round."""
    return tuple(_Leaks(t, item_id, rounds.rounds_asking(t, item_id), {}).confirmed)


def standing_leaks(t: Transaction, item_id: str) -> tuple[str, ...]:
    """Return the units of the confirmed leaks that show in an item's newest version."""
    return _Leaks(t, item_id, rounds.rounds_asking(t, item_id), {}).standing()


class _Leaks:
    """The confirmed leaks of an item over all its rounds, and in which versions they show."""

    def __init__(
        self,
        t: Transaction,
        item_id: str,
        asked: Sequence[Asking],
        known: Mapping[str, SettledItem],
    ) -> None:
        self._t = t
        self._item_id = item_id
        self._versions: dict[int, Item] = {}
        self.history = masks.history(t, item_id)
        self.confirmed = _confirmed(
            [
                (name, known.get(name) or _settle_round(t, name, item_id, asked))
                for name, _, _, missing in asked
                if missing <= 0
            ]
        )
        self._lead_masks = [m for m in self.history.latest() if m.by_lead]

    def standing(self) -> tuple[str, ...]:
        """Return the units of those that show in the newest version."""
        return self._in(None)

    def masked(self, item: Item) -> tuple[str, ...]:
        """Return the units of those that show in a version and not in the newest one."""
        newest = self.standing()
        return tuple(unit for unit in self._in(item) if unit not in newest)

    def _in(self, item: Item | None) -> tuple[str, ...]:
        if not self.confirmed and not self._lead_masks:
            return ()
        shown = item or self._item(None)
        units = [leak.unit for leak in self.confirmed if self._stands(leak, shown)]
        units += [m.unit for m in self._lead_masks if lead_leak_stands(m, shown, self.history)]
        return tuple(dict.fromkeys(units))

    def _stands(self, leak: ConfirmedLeak, shown: Item) -> bool:
        seen = self._item(leak.item_version)
        base = self._item(self.history.base(leak.item_version))
        return stands(leak, seen, shown, base, self.history)

    def _item(self, version: int | None) -> Item:
        key = version or 0
        if key not in self._versions:
            found = items.get(self._t, self._item_id, version)
            if found is None:
                raise NotFoundError(f"There is no version {version} of {self._item_id!r}.")
            self._versions[key] = found
        return self._versions[key]


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


def _settle_round(
    t: Transaction, round_name: str, item_id: str, asked: Sequence[Asking]
) -> SettledItem:
    """Return what one round comes to, whatever other rounds say of leaks."""
    item = item_in_round(t, round_name, item_id)
    readings = [
        review
        for review in reviews.counting(t, round_name, item_id)
        if review.item_version == item.version
    ]
    ruled = decisions.latest(t, round_name, item_id)
    settled, state = settle(item, readings, ruled, _earlier_rulings(t, round_name, item, asked))
    return SettledItem(
        item=item,
        reviews=tuple(readings),
        units=tuple(units_of(item, readings)),
        settled=tuple(settled),
        state=state,
        decisions=ruled,
    )


def _earlier_rulings(
    t: Transaction, round_name: str, item: Item, asked: Sequence[Asking]
) -> dict[str, Decision]:
    """Return the newest decision that is not stale on each unit, from the item's other rounds."""
    found: list[Decision] = []
    for name, version, _, missing in asked:
        if name == round_name or version != item.version or missing > 0:
            continue
        ruled = decisions.latest(t, name, item.item_id)
        if ruled:
            seen = item_in_round(t, name, item.item_id)
            readings = reviews.counting(t, name, item.item_id)
            digests = {unit.name: unit.input_digest for unit in units_of(seen, readings)}
            found += [d for d in ruled.values() if digests.get(d.unit) == d.input_digest]
    return {d.unit: d for d in sorted(found, key=lambda d: d.decided_at)}


def may_still_read(t: Transaction, actor: Actor, item_id: str) -> bool:
    """Tell whether an actor can still come to read an item, and so must not learn of its flags."""
    if Role.REVIEWER not in actor.roles or reviews.has_read(t, actor.person_id, item_id):
        return False
    return any(
        missing > 0 or rounds.slot_of(t, name, item_id, actor.person_id) is not None
        for name, _, _, missing in rounds.rounds_asking(t, item_id)
    )


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
