"""What each person sets for themselves: the keys of the reading room, what they have closed."""

from __future__ import annotations

from collections.abc import Mapping

from db import people, preferences
from db.database import Database, Transaction
from src.domain.errors import NotAllowedError
from src.domain.people import Actor
from src.domain.preference import DEFAULT_MAP, KeyMap, fitting, key_map

KEYS = "keys"
WELCOMED = "welcomed"


class Preferences:
    """Everybody's own settings; nobody sees or changes another's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keys(self, actor: Actor) -> KeyMap:
        """Return the actor's keys: the default ones where nothing was changed."""
        with self._database.reading() as t:
            return _stored(t, actor)

    def set_keys(self, actor: Actor, changes: Mapping[str, str]) -> KeyMap:
        """Change some of the actor's keys, act -> key, and return them all.

        What was changed before stays changed. Raises BadInputError with every problem, and
        changes nothing, when a key cannot be used or would do two things.
        """
        with self._database.transaction() as t:
            _require_active(t, actor)
            changed = key_map({**_stored(t, actor).changes(), **changes})
            preferences.put(t, actor.person_id, KEYS, {**changed.changes()})
        return changed

    def reset_keys(self, actor: Actor) -> KeyMap:
        """Give the actor the default keys back."""
        with self._database.transaction() as t:
            _require_active(t, actor)
            preferences.remove(t, actor.person_id, KEYS)
        return DEFAULT_MAP

    def was_welcomed(self, actor: Actor) -> bool:
        """Return True when the actor has read the welcome lines and closed them."""
        with self._database.reading() as t:
            return preferences.get(t, actor.person_id, WELCOMED) is True

    def close_welcome(self, actor: Actor) -> None:
        """Keep that the actor has read the welcome lines: they do not come back."""
        with self._database.transaction() as t:
            _require_active(t, actor)
            preferences.put(t, actor.person_id, WELCOMED, True)


def _stored(t: Transaction, actor: Actor) -> KeyMap:
    """Return the keys as stored, as far as an older program's still fit together."""
    changes = preferences.get(t, actor.person_id, KEYS)
    if not isinstance(changes, dict):
        return DEFAULT_MAP
    return fitting({str(act): str(key) for act, key in changes.items()})


def _require_active(t: Transaction, actor: Actor) -> None:
    person = people.get(t, actor.person_id)
    if person is None or not person.active:
        raise NotAllowedError(f"{actor.person_id!r} is not an active member of this study.")
