"""What items come to, kept beside the records: made once, found again, made anew when it is stale.

`settle_item` is the only rule. What is kept here is what that rule said, with a hash of all it
said it of; where the hash is another one now, the item is settled again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from db import events, items, outcomes
from db.database import Database, Transaction
from db.outcomes import Asked, Kept
from src.domain.canonical import digest
from src.domain.gold import agreed_order, gold_digest, is_rejected
from src.domain.item import Track
from src.domain.outcome import Outcome, outcome_of
from src.services.progress import Meter, Watcher
from src.services.settling import SettledItem, Settlement

PAGE = 200
AT_ONCE = 10
"""Items settled in one transaction: about 50 ms, so that nobody who saves waits long."""
SOURCE = Path(__file__).parents[1]


class ReadItem(NamedTuple):
    """An item that has all its readings in a round, with what it comes to there."""

    round: str
    item_id: str
    track: Track
    outcome: Outcome


def keep(t: Transaction, settlement: Settlement) -> None:
    """Keep what an item comes to now, in the transaction of what changed it.

    An item that no round has read in full comes to nothing yet. A row of a reading since left out
    may be there still: whoever looks at rows asks first how many readings are missing.
    """
    asked = outcomes.asked(t, [settlement.item_id])[settlement.item_id]
    if all(one.missing > 0 for one in asked):
        return
    made_of = _made_of(asked, outcomes.erased(t))
    outcomes.put(t, {settlement.item_id: _settled(settlement, made_of)})


class Standing(NamedTuple):
    """All that is read and ruled as a hash, and the items that are not kept as they are."""

    state: str
    """Changes whenever a number over the readings could."""
    stale: list[str]
    hashes: dict[str, str]
    """Item that some round has all its readings of -> hash of what it is settled from."""


_known: WeakKeyDictionary[Database, tuple[object, Standing]] = WeakKeyDictionary()
"""The newest standing of each study this process has open."""


def standing(database: Database) -> Standing:
    """Return how the study stands; looked up anew only after something happened in it."""
    with database.reading() as t:
        now = (events.head(t).seq, outcomes.count(t))
    known = _known.get(database)
    if known is None or known[0] != now:
        known = _known[database] = (now, _standing(database))
    return known[1]


def _standing(database: Database) -> Standing:
    stale: list[str] = []
    hashes: dict[str, str] = {}
    for page in _pages(database):
        with database.reading() as t:
            asked = outcomes.asked(t, page)
            erased = outcomes.erased(t)
        for item_id, rounds in asked.items():
            if any(one.missing <= 0 for one in rounds):
                made_of = hashes[item_id] = _made_of(rounds, erased)
                if _is_stale(rounds, made_of):
                    stale.append(item_id)
    return Standing(digest(list(hashes.items())), stale, hashes)


def behind(database: Database) -> list[str]:
    """Return the items that come to something else than is kept, or of which nothing is."""
    return standing(database).stale


def bring_up(database: Database, watch: Watcher | None = None) -> int:
    """Settle what is not kept as it is now, some items at a time, and return how many.

    Stopped, it leaves what is done so far and goes on from there the next time. Raises
    WorkStopped when `watch` says stop.
    """
    stale = behind(database)
    if not stale:
        return 0
    meter = Meter(watch, len(stale), "items")
    try:
        for start in range(0, len(stale), AT_ONCE):
            meter.at(start)
            some = stale[start : start + AT_ONCE]
            with database.reading() as t:
                found = _made(t, some)
            with database.transaction() as t:
                outcomes.put(t, found)
    finally:
        _known.pop(database, None)
    return len(stale)


def read_items(database: Database, item_ids: Sequence[str]) -> Iterator[ReadItem]:
    """Yield what items come to in each round that has all their readings, in the order given.

    What is not kept as it is now is settled on the way, and not kept.
    """
    for start in range(0, len(item_ids), PAGE):
        page = item_ids[start : start + PAGE]
        with database.reading() as t:
            asked = outcomes.asked(t, page)
            erased = outcomes.erased(t)
            bodies = outcomes.bodies(t, page)
            found = [
                ReadItem(one.round, item_id, one.track, outcome)
                for item_id in page
                for one, outcome in _outcomes(
                    t, item_id, asked[item_id], _made_of(asked[item_id], erased), bodies[item_id]
                )
            ]
        yield from found


class Summary(NamedTuple):
    """How rounds ask an item, the newest first, with what it comes to in each, in short."""

    asked: list[Asked]
    newest: int
    """The item's newest version."""
    newest_sha256: str


def summaries(database: Database) -> Iterator[tuple[str, Summary]]:
    """Yield every item with its summary, without the bodies, in the order of the ids."""
    for page in _pages(database):
        with database.reading() as t:
            asked = outcomes.asked(t, page)
            stale = set(_stale(t, asked))
            newest = items.latest_versions(t, page)
            found = [
                (i, Summary(_fresh(t, i, asked[i]) if i in stale else asked[i], *newest[i][:2]))
                for i in page
            ]
        yield from found


def _pages(database: Database) -> Iterator[list[str]]:
    after = ""
    while True:
        with database.reading() as t:
            page = items.ids_after(t, after, PAGE)
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = page[-1]


def _made(t: Transaction, item_ids: Sequence[str]) -> dict[str, dict[str, Kept]]:
    """Settle items; one that changes meanwhile is left out, for what it was made of is not sure."""
    before = _hashes(t, item_ids)
    found = {i: _settled(Settlement(t, i), before[i]) for i in item_ids}
    t.expire_all()
    after = _hashes(t, item_ids)
    return {item_id: kept for item_id, kept in found.items() if before[item_id] == after[item_id]}


def _hashes(t: Transaction, item_ids: Sequence[str]) -> dict[str, str]:
    erased = outcomes.erased(t)
    return {i: _made_of(asked, erased) for i, asked in outcomes.asked(t, item_ids).items()}


def _settled(settlement: Settlement, made_of: str) -> dict[str, Kept]:
    return {name: in_short(settlement.in_round(name), made_of) for name in settlement.rounds_read}


def in_short(found: SettledItem, made_of: str) -> Kept:
    """Return what is kept of a settled item."""
    left_out = found.left_out
    order = agreed_order(found.reviews)
    return Kept(
        made_of=made_of,
        left_out=left_out,
        rejected=is_rejected(found.settled),
        gold_digest="" if left_out else gold_digest(found.item, found.settled, order),
        body=_outcome(found).body(),
    )


def _outcome(found: SettledItem) -> Outcome:
    known = {unit.name for unit in found.units}
    further = [unit for unit in found.to_rule if unit.name not in known]
    return outcome_of(
        found.item,
        found.reviews,
        found.units,
        further,
        found.settled,
        found.state,
        found.decisions,
    )


def _outcomes(
    t: Transaction,
    item_id: str,
    asked: Sequence[Asked],
    made_of: str,
    bodies: Mapping[str, Any],
) -> list[tuple[Asked, Outcome]]:
    read = [one for one in asked if one.missing <= 0]
    if not _is_stale(asked, made_of):
        return [(one, Outcome.of_body(bodies[one.round])) for one in read]
    settlement = Settlement(t, item_id)
    return [(one, _outcome(settlement.in_round(one.round))) for one in read]


def _fresh(t: Transaction, item_id: str, asked: Sequence[Asked]) -> list[Asked]:
    """Return how rounds ask an item with what it comes to now, whatever is kept."""
    settled = _settled(Settlement(t, item_id), "")
    return [one._replace(kept=settled.get(one.round)) for one in asked]


def _stale(t: Transaction, asked: Mapping[str, Sequence[Asked]]) -> list[str]:
    erased = outcomes.erased(t)
    return [i for i, rounds in asked.items() if _is_stale(rounds, _made_of(rounds, erased))]


def _is_stale(asked: Sequence[Asked], made_of: str) -> bool:
    """Tell whether a round that has all its readings keeps nothing, or what was made of others."""
    read = [one for one in asked if one.missing <= 0]
    return any(one.kept is None or one.kept.made_of != made_of for one in read)


def _made_of(asked: Sequence[Asked], erased: int) -> str:
    """Return the hash of all that an item is settled from, by the rule of this program.

    What one round comes to depends on the others: they confirm leaks, and rule units for good.
    """
    return digest([_rule(), erased, [[one.round, *one.sources] for one in asked]])


@cache
def _rule() -> str:
    """Return the hash of the program's own text, so that another version settles anew."""
    hasher = hashlib.sha256()
    services = [SOURCE / "services" / name for name in ("outcomes.py", "settling.py")]
    for path in [*sorted(SOURCE.glob("domain/**/*.py")), *services]:
        hasher.update(path.read_bytes())
    return hasher.hexdigest()
