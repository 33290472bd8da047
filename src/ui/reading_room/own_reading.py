"""The form for an adjudicator's own reading: one line, or a word on each disputed unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from src.ui.reading_room.choices import Question
from src.ui.reading_room.component import declare

_mount = declare(
    "own_reading",
    ("sending.js", "typing.js", "acts.js", "act_field.js", "choices.js", "own_reading.js"),
    "base.css",
    "fields.css",
    "choices.css",
    "rulings.css",
)


def own_reading(
    *,
    key: str,
    line: str,
    questions: Sequence[Question],
    most: int,
    rev: int,
    seen: int,
    on_change: Callable[[], None],
) -> None:
    """Show the form. Its acts: 'line' with what is typed, 'choose' with a unit, and 'commit'."""
    _mount(
        key=key,
        data={
            "line": line,
            "groups": [question.model_dump() for question in questions],
            "most": most,
            "rev": rev,
            "seen": seen,
        },
        on_acts_change=on_change,
    )
