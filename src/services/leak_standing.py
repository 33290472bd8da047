"""Where items stand with their leaks: worked out from hits, readings, rulings and masks."""

from __future__ import annotations

from collections.abc import Sequence

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
from src.services.settling import SettledItem, settle_item, standing_leaks


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


def refresh(t: Transaction, item_ids: Sequence[str]) -> None:
    """Bring what lists and counts read up to date, after anything changed about these items."""
    found = standings(t, item_ids)
    rows = {item_id: (one.track, one.standing) for item_id, one in found.items()}
    leak_standings.put(t, item_ids, rows)


def standings(t: Transaction, item_ids: Sequence[str]) -> dict[str, ItemStanding]:
    """Return where items stand; those without a scan, a full reading and a mask are left out."""
    keys = hits.newest_of(t, item_ids)
    known = leak_standings.known(t, item_ids)
    read = leak_standings.fully_read(t, item_ids)
    scans = hits.scans_of(t, keys)
    found = hits.of_versions(t, keys)
    histories = masks.histories(t, item_ids)
    return {
        item_id: ItemStanding(
            item_id=item_id,
            case_id=known[item_id].case_id,
            track=known[item_id].track,
            version=version,
            scan=scans.get((item_id, version)),
            round=read.get(item_id, ("", 0))[0],
            read_version=read.get(item_id, ("", 0))[1],
            standing=(
                _read_standing(t, read[item_id], (item_id, version), found, histories[item_id])
                if item_id in read
                else _unread_standing(t, item_id, found, histories[item_id])
            ),
        )
        for item_id, version in keys
        if (item_id, version) in scans or item_id in read or histories[item_id].rows
    }


Found = dict[str, tuple[Hit, ...]]


def _read_standing(
    t: Transaction,
    read: tuple[str, int],
    newest: tuple[str, int],
    found: Found,
    history: MaskHistory,
) -> LeakStanding:
    (round_name, read_version), (item_id, version) = read, newest
    settled = settle_item(t, round_name, item_id)
    own = found.get(item_id, ())
    speaks = read_version == version
    return standing_of(
        own,
        [review.body for review in settled.reviews] if speaks else [],
        leak_units(settled, own if speaks else ()),
        masked=_masked_layers(history),
    )


def _unread_standing(
    t: Transaction, item_id: str, found: Found, history: MaskHistory
) -> LeakStanding:
    leaks = standing_leaks(t, item_id) if history.rows else ()
    units = [
        LeakUnit(unit=unit, layer=layer_of(unit), state="confirmed", flagged=0, readers=0)
        for unit in leaks
    ]
    return standing_of(found.get(item_id, ()), [], units, masked=_masked_layers(history))


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
