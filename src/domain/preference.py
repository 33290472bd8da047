"""What a reader sets for themselves alone: the keys of the reading room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

from pydantic import BaseModel

from src.domain.errors import BadInputError, Problem

SUBMIT = "submit"
"""Always Ctrl and Enter; the only act that is no part of the map."""
DEFAULT_KEYS: Mapping[str, str] = {
    "grid": "Escape",
    "previous": "ArrowLeft",
    "next": "ArrowRight",
    "box": "b",
    "evidence": "e",
    "pin": "k",
    "compare": "m",
    "link": "l",
    "swipe": "w",
    "smaller": "-",
    "larger": "+",
    "fit": "0",
    "actual": "a",
    "turn": "t",
    "invert": "i",
    "reset": "o",
    "undo": "z",
    "redo": "y",
    "nextbox": "j",
    "remove": "Delete",
    "full": "f",
    "help": "?",
    "nextclaim": "v",
    "supported": "s",
    "partly": "p",
    "contradicted": "x",
    "absent": "n",
    "unsure": "u",
    "nexthit": "h",
    "lasthit": "q",
    "markleak": "d",
    "leak-high": "1",
    "leak-low": "2",
    "other-meaning": "3",
    "ruled-out": "4",
    "too-general": "5",
    "needed": "6",
    "light-up": "]",
    "light-down": "[",
    "contrast-up": "}",
    "contrast-down": "{",
}
ACTS = (*DEFAULT_KEYS, SUBMIT)
"""Everything a key can do, by the names the reading room uses."""
ON_A_HIT = frozenset(
    {"leak-high", "leak-low", "other-meaning", "ruled-out", "too-general", "needed"}
)
"""Acts that do something only while a hit of the scan lies open: they may have a digit, which
opens an image at any other time."""
NAMED_KEYS = frozenset(
    {
        "Escape", "Delete", "Backspace", "Enter", "Home", "End", "PageUp", "PageDown",
        "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown",
        *(f"F{number}" for number in range(2, 11)),
    }
)  # fmt: skip
TAKEN_BY_STREAMLIT = frozenset("cr")
IMAGE_DIGITS = frozenset("123456789")


class KeyMap(BaseModel, frozen=True, extra="forbid"):
    """Act -> key, for every act that can be changed. Build it with `key_map`, which checks."""

    keys: dict[str, str]

    def changes(self) -> dict[str, str]:
        """Return the keys that are not the default ones."""
        return {act: key for act, key in self.keys.items() if key != DEFAULT_KEYS[act]}


DEFAULT_MAP = KeyMap(keys=dict(DEFAULT_KEYS))


def key_map(changes: Mapping[str, str]) -> KeyMap:
    """Return the default keys with some changed.

    A letter is kept in lower case, for Caps Lock must not change what a key does. Raises
    BadInputError with every problem: an unknown act, a key that cannot be used, one key for two.
    """
    asked = {act: _folded(key) for act, key in changes.items()}
    problems = [problem for act, key in asked.items() for problem in _problems_of(act, key)]
    merged = {act: asked.get(act, key) for act, key in DEFAULT_KEYS.items()}
    problems += _shared(merged)
    if problems:
        raise BadInputError(f"These keys were not stored: {problems[0].message}", problems)
    return KeyMap(keys=merged)


def fitting(changes: Mapping[str, str]) -> KeyMap:
    """Return the default keys with those of the changes that fit, as far as all of them do not.

    An act that came later may have taken somebody's key: they lose that one, not all.
    """
    with suppress(BadInputError):
        return key_map(changes)
    kept: dict[str, str] = {}
    for act, key in changes.items():
        with suppress(BadInputError):
            key_map({**kept, act: key})
            kept[act] = key
    return key_map(kept)


def _folded(key: str) -> str:
    lower = key.lower()
    return lower if len(key) == len(lower) == 1 else key


def _problems_of(act: str, key: str) -> list[Problem]:
    if act == SUBMIT:
        message = "Submitting stays on Ctrl and Enter, so that no slip of a finger submits."
        return [Problem(column=act, rule="fixed_act", message=message)]
    if act not in DEFAULT_KEYS:
        return [Problem(column=act, rule="unknown_act", message=f"There is no act {act!r}.")]
    refusal = None if act in ON_A_HIT and key in IMAGE_DIGITS else _refusal(key)
    return [Problem(column=act, rule="unusable_key", message=refusal)] if refusal else []


def _refusal(key: str) -> str | None:
    """Return why a key cannot be used, or None when it can."""
    if key in TAKEN_BY_STREAMLIT:
        return f"The key {key!r} belongs to the page itself: choose another."
    if key in IMAGE_DIGITS:
        return f"The key {key!r} opens an image: choose another."
    if key in NAMED_KEYS or (len(key) == 1 and key.isprintable() and key != " "):
        return None
    return f"{key!r} is no key that can be used: choose a character, an arrow or F2 to F10."


def _shared(keys: Mapping[str, str]) -> list[Problem]:
    """Name every key that does more than one thing."""
    acts: dict[str, list[str]] = defaultdict(list)
    for act, key in keys.items():
        acts[key].append(act)
    return [
        Problem(
            column=found[-1],
            rule="key_twice",
            message=f"The key {key!r} is asked to do two things: {' and '.join(found)}.",
        )
        for key, found in acts.items()
        if len(found) > 1
    ]
