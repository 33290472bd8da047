"""The line that says whose evidence images and text show; it stays in the browser."""

from __future__ import annotations

from collections.abc import Sequence

from src.ui.reading_room.component import declare
from src.ui.reading_room.palette import reader_colour

_mount = declare("readers", ("sending.js", "readers.js"), "readers.css")


def readers_line(*, key: str, readers: Sequence[str], units: Sequence[str]) -> None:
    """Show the readers, each with a switch; `units` are those that have evidence of their own.

    Where the open unit is one of them, images and text show its evidence alone, unless the
    adjudicator wants all of it.
    """
    _mount(
        key=key,
        data={
            "readers": [{"reader": one, "colour": reader_colour(one)} for one in readers],
            "units": list(units),
        },
    )
