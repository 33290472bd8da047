"""How one page is left for another in the browser: see leaving.js."""

from __future__ import annotations

from src.ui.reading_room.component import declare

_KEY = "leaving"
_mount = declare("leaving", ("sending.js", "leaving.js"))


def leaving(kept: str) -> None:
    """Let nothing be overtaken, and no step be lost, on the way from page to page.

    The part of the address named by `kept` goes along to every page of the menu.
    """
    _mount(key=_KEY, data={"kept": kept})
