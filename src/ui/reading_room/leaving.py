"""How one page is left for another in the browser: see leaving.js."""

from __future__ import annotations

from src.ui.reading_room.component import declare, ignore_change

_KEY = "leaving"
_mount = declare("leaving", ("sending.js", "leaving.js"))


def leaving(kept: str) -> None:
    """Let nothing be overtaken, and no step be lost, on the way from page to page.

    The part of the address named by `kept` goes along to every page of the menu. Where the
    server was gone and is back, the whole page is asked for: it may be another server than before.
    So this must stand outside all parts of a page that are drawn alone.
    """
    _mount(key=_KEY, data={"kept": kept}, on_back_change=ignore_change)
