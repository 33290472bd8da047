"""Feedback on items that are final: one's own reading beside gold, and how it drifts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from db import events, finals, people, releases, reviews
from db.database import Database, Transaction
from db.finals import FinalKey
from src.domain.calibration import compare
from src.domain.errors import NotFoundError
from src.domain.final_feedback import (
    BLOCK,
    DriftPoint,
    FinalReading,
    ReadAndCompared,
    drift,
    reasons_of,
)
from src.domain.people import Actor, Role
from src.domain.review import Review
from src.services.calibrating import SAW_GOLD
from src.services.settling import item_in_round

Clock = Callable[[], datetime]
LOOKED_AT = 10 * BLOCK
"""Readings the drift is worked out from, the newest ones: its cost stays the same."""


class Finals:
    """What readers see of gold, never before it is in a release and never to be read again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def among(self, actor: Actor, keys: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return which of the actor's (round, item_id) are final for them."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            return frozenset((k.round, k.item_id) for k in finals.among(t, actor.person_id, keys))

    def beside_gold(self, actor: Actor, round_name: str, item_id: str) -> FinalReading:
        """Set the actor's reading beside gold, and remember that they saw gold.

        The reading is the one that counted. What they revise afterwards counts no more, and the
        item comes to them in no later round. Raises NotFoundError while it is not final for
        them, in the same words for whatever reason.
        """
        actor.require(Role.REVIEWER)
        with self._database.transaction() as t:
            people.require_now(t, actor, Role.REVIEWER)
            keys = finals.among(t, actor.person_id, [(round_name, item_id)])
            found = next(iter(_compared(t, actor, keys)), None)
            if found is None:
                raise NotFoundError(
                    "There is nothing to see of this item yet. Once it is final it stands in "
                    "your readings with gold beside it."
                )
            self._remember(t, actor, item_id)
            return found

    def drift(self, actor: Actor) -> tuple[DriftPoint, ...]:
        """Return how close the actor's newest 200 final readings are to gold, oldest first."""
        actor.require(Role.REVIEWER)
        with self._database.reading() as t:
            keys = finals.newest(t, actor.person_id, LOOKED_AT)
        read: list[ReadAndCompared] = []
        for start in range(0, len(keys), BLOCK):
            with self._database.reading() as t:
                read += [
                    ReadAndCompared(
                        submitted_at=found.submitted_at,
                        agreed=found.feedback.agreed,
                        units=len(found.feedback.units),
                    )
                    for found in _compared(t, actor, keys[start : start + BLOCK])
                ]
        return drift(read)

    def _remember(self, t: Transaction, actor: Actor, item_id: str) -> None:
        if people.has_seen(t, actor.person_id, item_id, SAW_GOLD):
            return
        now = self._clock()
        people.expose(t, actor.person_id, item_id, SAW_GOLD, now)
        target = f"exposure:{actor.person_id}/{item_id}"
        events.append(t, "gold.shown", actor.person_id, target, "0" * 64, now)


def _compared(t: Transaction, actor: Actor, keys: Sequence[FinalKey]) -> list[FinalReading]:
    """Compare the readings that counted with gold; those of another version are left out."""
    places = [(key.round, key.item_id) for key in keys]
    own = reviews.counting_of(t, places, actor.person_id)
    found = [
        _beside(t, key, own[place][0])
        for key, place in zip(keys, places, strict=True)
        if own.get(place)
    ]
    return [one for one in found if one is not None]


def _beside(t: Transaction, key: FinalKey, own: Review) -> FinalReading | None:
    gold = releases.gold_of_item(t, key.release, key.item_id)
    item = item_in_round(t, key.round, key.item_id)
    if gold is None or own.item_version != item.version:
        return None
    return FinalReading(
        round=key.round,
        release=key.release,
        submitted_at=key.submitted_at,
        feedback=compare(item, own, gold.body.units),
        reasons=reasons_of(gold.body.units),
    )
