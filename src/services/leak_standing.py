"""Where items stand with their leaks: worked out from hits, readings, rulings and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from db import hits, leak_standings, masks
from db.database import Transaction
from src.domain.gold import ItemState
from src.domain.item import Track
from src.domain.leak_status import (
    FLAGGED,
    LeakStanding,
    LeakUnit,
    UnitState,
    layer_of,
    speaks_of,
    standing_of,
)
from src.domain.leakage import Hit, Layer, LeakageFlag
from src.domain.masking import MaskHistory, MaskState
from src.domain.review import Review
from src.domain.scan_record import ScanRecord
from src.services import outcomes
from src.services.settling import SettledItem, Settlement, recount


class ItemStanding(BaseModel, frozen=True, extra="forbid"):
    """An item with where it stands, and what that is known from."""

    item_id: str
    case_id: str
    track: Track
    version: int
    """The newest one, of which the hits are."""
    scan: ScanRecord | None
    round: str
    """The newest round that has all its readings; empty when there is none."""
    read_version: int
    """The version those readers saw; 0 when there is none."""
    standing: LeakStanding


def count_anew(t: Transaction, item_id: str) -> None:
    """Bring everything up to date that is counted of an item, after a reading, ruling or mask."""
    settlement = Settlement(t, item_id)
    recount(t, settlement)
    outcomes.keep(t, settlement)
    _put(t, [item_id], standings(t, [item_id], {item_id: settlement}))


def refresh(t: Transaction, item_ids: Sequence[str]) -> None:
    """Bring what lists and counts read up to date, after anything changed about these items."""
    _put(t, item_ids, standings(t, item_ids))


def _put(t: Transaction, item_ids: Sequence[str], found: Mapping[str, ItemStanding]) -> None:
    rows = {item_id: (one.track, one.standing) for item_id, one in found.items()}
    leak_standings.put(t, item_ids, rows)


def standings(
    t: Transaction, item_ids: Sequence[str], known: Mapping[str, Settlement] | None = None
) -> dict[str, ItemStanding]:
    """Return where items stand; those without a scan, a full reading and a mask are left out.

    What is `known` of an item already is not worked out again.
    """
    keys = hits.newest_of(t, item_ids)
    places = leak_standings.known(t, item_ids)
    read = leak_standings.fully_read(t, item_ids)
    scans = hits.scans_of(t, keys)
    found = hits.of_versions(t, keys)
    histories = masks.histories(t, item_ids)
    settlements = known or {}

    def standing(item_id: str, version: int) -> LeakStanding:
        settlement = settlements.get(item_id) or Settlement(t, item_id)
        own, history = found.get(item_id, ()), histories[item_id]
        if item_id in read:
            return _read_standing(settlement, read[item_id], version, own, history)
        return _unread_standing(settlement, own, history)

    return {
        item_id: ItemStanding(
            item_id=item_id,
            case_id=places[item_id].case_id,
            track=places[item_id].track,
            version=version,
            scan=scans.get((item_id, version)),
            round=read.get(item_id, ("", 0))[0],
            read_version=read.get(item_id, ("", 0))[1],
            standing=standing(item_id, version),
        )
        for item_id, version in keys
        if (item_id, version) in scans or item_id in read or histories[item_id].rows
    }


def _read_standing(
    settlement: Settlement,
    read: tuple[str, int],
    version: int,
    own: tuple[Hit, ...],
    history: MaskHistory,
) -> LeakStanding:
    round_name, read_version = read
    settled = settlement.in_round(round_name)
    speaks = read_version == version
    return standing_of(
        own,
        [review.body for review in settled.reviews] if speaks else [],
        leak_units(settled, own if speaks else ()),
        masked=_masked_layers(history),
    )


def _unread_standing(
    settlement: Settlement, own: tuple[Hit, ...], history: MaskHistory
) -> LeakStanding:
    leaks = settlement.standing if history.rows else ()
    units = [
        LeakUnit(unit=unit, layer=layer_of(unit), state="confirmed", flagged=0, readers=0)
        for unit in leaks
    ]
    return standing_of(own, [], units, masked=_masked_layers(history))


def _masked_layers(history: MaskHistory) -> set[Layer]:
    latest = history.latest()
    return {layer_of(mask.unit) for mask in latest if mask.state is MaskState.APPLIED}


def leak_units(settled: SettledItem, found: Sequence[Hit]) -> list[LeakUnit]:
    """Return the spots flagged on an item; `found` are the hits of the version that was read."""
    state = settled.state
    read = {unit.name: unit for unit in settled.units if unit.name.startswith("flag:")}
    names = dict.fromkeys([*read, *state.confirmed_leaks, *state.masked_leaks])
    return [
        LeakUnit(
            unit=name,
            layer=layer_of(name),
            state=_state_of(name, state),
            flagged=sum(r.key == FLAGGED for r in read[name].readings) if name in read else 0,
            readers=len(settled.reviews),
            found=any(
                speaks_of(flag, hit) for flag in flags_of(settled.reviews, name) for hit in found
            ),
        )
        for name in names
    ]


def _state_of(unit: str, state: ItemState) -> UnitState:
    if unit in state.confirmed_leaks:
        return "confirmed"
    if unit in state.masked_leaks:
        return "masked"
    return "disputed" if unit in state.open_units else "ruled_out"


def flags_of(readings: Sequence[Review], unit: str) -> list[LeakageFlag]:
    """Return what readers flagged at one spot."""
    return [flag for review in readings for flag in review.body.flags if flag.unit == unit]
