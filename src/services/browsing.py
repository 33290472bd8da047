"""Looking things up: items, their stories, images, and the event log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import BaseModel

from db import (
    events,
    items,
    masks,
    people,
    plants,
    releases,
    repeats,
    reviews,
    rounds,
    verification,
)
from db.database import Database, Transaction
from src.domain.canonical import canonical_json
from src.domain.errors import NotFoundError
from src.domain.gold import Gold
from src.domain.history import ChainHead, ChainReport, Event
from src.domain.item import Item, ItemSummary, ItemView, Track
from src.domain.people import Actor, Role
from src.domain.planting import over
from src.domain.round import RoundState
from src.services import own_reading_first
from src.services.settling import item_in_round

Clock = Callable[[], datetime]
WITHHELD = "withheld until the round is closed"


class Story(BaseModel, frozen=True, extra="forbid"):
    """One item's whole story, as far as the actor may know it."""

    view: ItemView
    versions: tuple[tuple[int, str, datetime], ...]
    rounds: tuple[tuple[str, int, int, int], ...]
    """(round, item version, rubric version, readers missing)"""
    releases: tuple[tuple[int, str, str], ...]
    """(release, status, method)"""
    masked: tuple[int, ...] = ()
    """Versions that putting masks on, or taking them off, made."""
    withheld: str = ""
    """The round in which the own reading is still to come: then it ends with what was read."""


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
            found = items.page_of(t, track=track, contains=contains, after=after, size=size)
            return _as_read(t, found, own_reading_first.owed(t, actor))

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

    def datasets(self, actor: Actor) -> list[str]:
        """Return the names of the datasets that were imported."""
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            return items.datasets(t)

    def gold(self, actor: Actor, number: int, item_id: str) -> Gold:
        """Return what an item is in a release."""
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        with self._database.reading() as t:
            own_reading_first.require_told(t, actor, item_id)
            found = releases.gold_of_item(t, number, item_id)
        if found is None:
            raise NotFoundError(f"Release {number} does not hold {item_id!r}.")
        return found

    def item(self, actor: Actor, item_id: str) -> ItemView:
        """Return the newest version of an item. Reviewers see items only in their rounds.

        Whose own reading is to come sees it as it is read: what came of it tells what readers said.
        Who reads it in an open round with a planted error sees it as it is shown there.
        """
        actor.require(Role.LEAD, Role.ADMIN, Role.EVALUATOR, Role.ADJUDICATOR)
        with self._database.reading() as t:
            shown = own_reading_first.shown_as(t, actor, item_id)
            if shown is not None:
                item: Item | None = item_in_round(t, shown[0], item_id)
            else:
                item = items.get(t, item_id)
            if item is None:
                raise NotFoundError(f"There is no item {item_id!r}.")
            planted = plants.shown_to(t, actor.person_id, item_id)
            return items.view(t, over(item, planted) if planted is not None else item)

    def story(self, actor: Actor, item_id: str) -> Story:
        """Return an item with its versions, rounds and releases; no reading, first or other."""
        view = self.item(actor, item_id)
        with self._database.reading() as t:
            shown = own_reading_first.shown_as(t, actor, item_id)
            if shown is not None:
                return _story_so_far(t, view, *shown)
            kept = own_reading_first.kept_from(t, actor, [item_id])
            found = [
                (release.number, gold.status, gold.method)
                for release in (() if kept else releases.all_of(t))
                if (gold := releases.gold_of_item(t, release.number, item_id)) is not None
            ]
            versions = tuple(items.versions_of(t, item_id))
            history = masks.history(t, item_id)
            return Story(
                view=view,
                versions=versions,
                masked=tuple(number for number, *_ in versions if history.is_masked(number)),
                rounds=tuple(rounds.rounds_asking(t, item_id)),
                releases=tuple(found),
            )

    def log(self, actor: Actor, before: int | None = None, size: int = 50) -> list[Event]:
        """Return the newest links of the event log before a number.

        Who reads in an open round is not told which of its items come to somebody again.
        """
        actor.require(Role.LEAD, Role.ADMIN)
        with self._database.reading() as t:
            hidden = repeats.hidden_from(t, actor.person_id)
            found = events.newest_page(t, before, size)
        return [_told(event, hidden) for event in found]

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


def _told(event: Event, hidden: list[str]) -> Event:
    """Return an event without what it is about, where that is in a hidden round."""
    names = (*hidden, *(canonical_json(name)[1:-1] for name in hidden))
    if not any(name in event.object for name in names):
        return event
    return event.model_copy(update={"object": WITHHELD})


def _as_read(
    t: Transaction, found: list[ItemSummary], owed: Mapping[str, tuple[str, int]]
) -> list[ItemSummary]:
    """Return lines of items, those that wait for an own reading as they were read."""
    asked = [(line.item_id, owed[line.item_id][1]) for line in found if line.item_id in owed]
    read = items.get_many(t, asked) if asked else {}
    return [
        line.model_copy(
            update={
                "version": item.version,
                "claims": len(item.claims),
                "criteria": len(item.criteria),
                "images": len(item.content.images),
            }
        )
        if (item := read.get(line.item_id)) is not None
        else line
        for line in found
    ]


def _story_so_far(t: Transaction, view: ItemView, round_name: str, version: int) -> Story:
    """Return an item's story up to what the readers of a round saw."""
    item_id = view.item.item_id
    return Story(
        view=view,
        versions=tuple(one for one in items.versions_of(t, item_id) if one[0] <= version),
        rounds=tuple(one for one in rounds.rounds_asking(t, item_id) if one[0] == round_name),
        releases=(),
        withheld=round_name,
    )
