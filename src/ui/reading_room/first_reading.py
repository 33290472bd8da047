"""The field for a first reading: one line about the images, before the answer is shown."""

from __future__ import annotations

from collections.abc import Callable

from src.ui.reading_room.component import declare

_SCRIPTS = ("sending.js", "acts.js", "first_reading.js")
_mount = declare("first_reading", _SCRIPTS, "base.css", "first_reading.css")


def first_reading(
    *, key: str, most: int, rev: int, seen: int, on_change: Callable[[], None]
) -> None:
    """Show the field; at most `most` characters are sent, once, as the act 'commit'.

    Until then the line is kept in the browser's tab, over a reload too.
    """
    _mount(
        key=key,
        data={"key": key, "most": most, "rev": rev, "seen": seen},
        on_acts_change=on_change,
    )
