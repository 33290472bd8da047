"""Bringing up to date what is kept of items, where much of it is missing: an older study, say."""

from __future__ import annotations

from db.database import Database
from src.domain.people import Actor, Role
from src.services import outcomes
from src.services.progress import Watcher

SEES = (Role.LEAD, Role.ADMIN, Role.ADJUDICATOR, Role.EVALUATOR)


class CatchingUp:
    """What screens ask before they count: is it all there, and if not, how far is it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def behind(self, actor: Actor) -> int:
        """Return how many items are to be settled anew before anything can be counted."""
        actor.require(*SEES)
        return len(outcomes.behind(self._database))

    def bring_up(self, actor: Actor, watch: Watcher | None = None) -> int:
        """Settle them and return how many; stopped by `watch`, it goes on there the next time."""
        actor.require(*SEES)
        return outcomes.bring_up(self._database, watch)
