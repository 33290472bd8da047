"""Counts to be brought up to date after a reader left a round or came back.

That they are is stored with the departure itself, and done some items at a time, so that nobody
who saves waits long. A process that dies in between leaves the mark: the next start finishes it,
and whoever reads a list before that does a part of it first.
"""

from __future__ import annotations

import json
import time

from db import departures
from db import settings as study_settings
from db.database import Database, Transaction
from src.services import leak_standing

MARK = "recount:"
PAGE = 5
"""Items counted anew in one transaction."""
AWHILE = 0.2
"""Seconds a list is held up by what another process left undone."""


def ask(t: Transaction, round_name: str, person_id: str) -> None:
    """Mark everything a reader has read in a round as to be counted anew, from the beginning."""
    study_settings.put(t, _name(round_name, person_id), "")


def finish(database: Database, within: float | None = None) -> None:
    """Count anew what is marked, all of it, or for so many seconds as `within` says."""
    started = time.monotonic()
    while within is None or time.monotonic() - started < within:
        with database.reading() as t:
            if not study_settings.any_of(t, MARK):
                return
        with database.transaction() as t:
            if not _some(t):
                return


def _some(t: Transaction) -> bool:
    """Count some items anew; False where another process is at all that is left."""
    found = study_settings.first_free(t, MARK)
    if found is None:
        return False
    name, after = found
    round_name, person_id = json.loads(name.removeprefix(MARK))
    page = departures.items_read(t, round_name, person_id, after, PAGE)
    for item_id in page:
        leak_standing.count_anew(t, item_id)
    if len(page) < PAGE:
        study_settings.drop(t, name)
    else:
        study_settings.put(t, name, page[-1])
    return True


def _name(round_name: str, person_id: str) -> str:
    return MARK + json.dumps([round_name, person_id])
