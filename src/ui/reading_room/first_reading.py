"""The field for a first reading: one line about the images, before the answer is shown."""

from __future__ import annotations

from collections.abc import Callable

from src.ui.reading_room.component import declare

_SCRIPTS = ("sending.js", "acts.js", "first_reading.js")
_mount = declare("first_reading", _SCRIPTS, "base.css", "first_reading.css")


def first_reading(
    *, key: str, line: str, most: int, rev: int, seen: int, on_change: Callable[[], None]
) -> None:
    """Show the field with the line as it is stored; at most `most` characters are sent.

    What is written comes as the act 'line' half a second after the last key; the act 'commit'
    comes once.
    """
    _mount(
        key=key,
        data={"key": key, "line": line, "most": most, "rev": rev, "seen": seen},
        on_acts_change=on_change,
    )
