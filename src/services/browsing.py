"""Looking things up: items, their stories, images, and the event log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from db import decisions, events, items, people, releases, reviews, rounds, verification
from db.database import Database, Transaction
from src.domain.errors import NotFoundError
from src.domain.gold import Gold, ItemState
from src.domain.history import ChainHead, ChainReport, Event
from src.domain.item import ItemSummary, ItemView, Track
from src.domain.people import Actor, Role
from src.domain.round import RoundState
from src.services.settling import settle_item

Clock = Callable[[], datetime]
LEAK_PAGE = 50
LOOKED_AT = 300


class Story(BaseModel, frozen=True, extra="forbid"):
    """One item's whole story, as far as the actor may know it."""

    view: ItemView
    versions: tuple[tuple[int, str, datetime], ...]
    rounds: tuple[tuple[str, int, int, int], ...]
    """(round, item version, rubric version, readers missing)"""
    releases: tuple[tuple[int, str, str], ...]
    """(release, status, method)"""


class Flow(BaseModel, frozen=True, extra="forbid"):
    """How far a study is; an item in two rounds is asked and read twice."""

    imported: int
    asked: int
    read: int
    disputed: int
    open_units: int
    leaks: int


class LeakLine(BaseModel, frozen=True, extra="forbid"):
    """One spot of one item that at least one of its readers flagged as a leak."""

    round: str
    item_id: str
    track: Track
    unit: str
    status: Literal["confirmed", "disputed", "resolved"]
    """Confirmed keeps the item out of gold; resolved was ruled not to be a leak."""
    flagged: int
    readers: int


class LeakPage(BaseModel, frozen=True, extra="forbid"):
    """The flags of a stretch of items; `after` is where the next one begins, if there is one."""

    lines: tuple[LeakLine, ...]
    looked_at: int
    after: tuple[str, str] | None


class Browsing:
    """What can be looked up, by whom."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def items(
        self,
        actor: Actor,
        *,
        track: Track | None = None,
        contains: str = "",
        after: str = "",
        size: int = 50,
    ) -> list[ItemSummary]:
        """Return a page of items with counts, in the order of their ids."""
        actor.require(Role.LEAD, Role.ADMIN, Role.EVALUATOR, Role.ADJUDICATOR)
        with self._database.reading() as t:
            return items.page_of(t, track=track, contains=contains, after=after, size=size)

    def counts(self, actor: Actor) -> dict[str, int]:
        """Return the number of items of each track."""
        actor.require(*Role)
        with self._database.reading() as t:
            return items.counts(t)

    def waiting(self, actor: Actor) -> int:
        """Return how many items of the open rounds still wait for a reader."""
        actor.require(Role.LEAD, Role.ADMIN, Role.ADJUDICATOR)
        with self._database.reading() as t:
            return sum(
                rounds.items_left(t, round_.name)
                for round_ in rounds.reading_rounds(t)
                if round_.state is RoundState.OPEN
            )

    def flow(self, actor: Actor) -> Flow:
        """Return how far the study is, counted without opening a single item."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            known = rounds.reading_rounds(t)
            asked = sum(round_.items for round_ in known)
            disputed, open_units, leaks = decisions.totals(t)
            return Flow(
                imported=sum(items.counts(t).values()),
                asked=asked,
                read=asked - sum(rounds.items_left(t, round_.name) for round_ in known),
                disputed=disputed,
                open_units=open_units,
                leaks=leaks,
            )

    def datasets(self, actor: Actor) -> list[str]:
        """Return the names of the datasets that were imported."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            return items.datasets(t)

    def leaks(
        self,
        actor: Actor,
        *,
        track: Track | None = None,
        after: tuple[str, str] = ("", ""),
        size: int = 25,
    ) -> LeakPage:
        """Return flags of items all readers have read, a page of items opened at a time.

        Stops when `size` flags are found or LOOKED_AT items were opened, whichever comes first.
        A person who may still read an item gets none of its flags.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        found: list[LeakLine] = []
        looked_at = 0
        while len(found) < size and looked_at < LOOKED_AT:
            with self._database.reading() as t:
                page = rounds.items_fully_read(t, None, after, LEAK_PAGE)
                for name, item_id, *_ in page:
                    if not _may_still_read(t, actor, item_id):
                        found.extend(_leaks_of(t, name, item_id, track))
            looked_at += len(page)
            if len(page) < LEAK_PAGE:
                return LeakPage(lines=tuple(found), looked_at=looked_at, after=None)
            after = (page[-1][0], page[-1][1])
        return LeakPage(lines=tuple(found), looked_at=looked_at, after=after)

    def gold(self, actor: Actor, number: int, item_id: str) -> Gold:
        """Return what an item is in a release."""
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        with self._database.reading() as t:
            found = releases.gold_of_item(t, number, item_id)
        if found is None:
            raise NotFoundError(f"Release {number} does not hold {item_id!r}.")
        return found

    def item(self, actor: Actor, item_id: str) -> ItemView:
        """Return the newest version of an item. Reviewers see items only in their rounds."""
        actor.require(Role.LEAD, Role.ADMIN, Role.EVALUATOR, Role.ADJUDICATOR)
        with self._database.reading() as t:
            item = items.get(t, item_id)
            if item is None:
                raise NotFoundError(f"There is no item {item_id!r}.")
            return items.view(t, item)

    def story(self, actor: Actor, item_id: str) -> Story:
        """Return an item with its versions, rounds and releases; no reading, first or other."""
        view = self.item(actor, item_id)
        with self._database.reading() as t:
            found = [
                (release.number, gold.status, gold.method)
                for release in releases.all_of(t)
                if (gold := releases.gold_of_item(t, release.number, item_id)) is not None
            ]
            return Story(
                view=view,
                versions=tuple(items.versions_of(t, item_id)),
                rounds=tuple(rounds.rounds_asking(t, item_id)),
                releases=tuple(found),
            )

    def log(self, actor: Actor, before: int | None = None, size: int = 50) -> list[Event]:
        """Return the newest links of the event log before a number."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            return events.newest_page(t, before, size)

    def head(self, actor: Actor) -> ChainHead:
        """Return the newest link of the event log."""
        actor.require(*Role)
        with self._database.reading() as t:
            return events.head(t)

    def verify(self, actor: Actor, against: ChainHead | None = None) -> ChainReport:
        """Recompute the whole event log and every row it proves, and say what does not fit."""
        actor.require(Role.LEAD, Role.ADMIN)
        return verification.verify(self._database, against)

    def names(self, actor: Actor, person_ids: list[str]) -> dict[str, str]:
        """Return display names."""
        with self._database.reading() as t:
            return people.names(t, person_ids)

    def has_read(self, actor: Actor, item_id: str) -> bool:
        """Return True when the actor has submitted a reading of an item."""
        with self._database.reading() as t:
            return reviews.has_read(t, actor.person_id, item_id)


def _may_still_read(t: Transaction, actor: Actor, item_id: str) -> bool:
    if Role.REVIEWER not in actor.roles or reviews.has_read(t, actor.person_id, item_id):
        return False
    return any(
        missing > 0 or rounds.slot_of(t, name, item_id, actor.person_id) is not None
        for name, _, _, missing in rounds.rounds_asking(t, item_id)
    )


def _leaks_of(
    t: Transaction, round_name: str, item_id: str, track: Track | None
) -> Iterator[LeakLine]:
    found = settle_item(t, round_name, item_id)
    if track is not None and found.item.track is not track:
        return
    for unit in found.units:
        if unit.name.startswith("flag:"):
            yield LeakLine(
                round=round_name,
                item_id=item_id,
                track=found.item.track,
                unit=unit.name,
                status=_leak_status(found.state, unit.name),
                flagged=sum(reading.key == "flagged" for reading in unit.readings),
                readers=len(unit.readings),
            )


def _leak_status(state: ItemState, unit: str) -> Literal["confirmed", "disputed", "resolved"]:
    if unit in state.confirmed_leaks:
        return "confirmed"
    return "disputed" if unit in state.open_units else "resolved"
