"""A model's answer with the criteria a clinician grades it by, as cards: our own component."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel

from src.ui.reading_room.choices import Option
from src.ui.reading_room.component import declare


class GradeCard(BaseModel, frozen=True, extra="forbid"):
    """One criterion, and what was said of it so far."""

    criterion_id: str
    number: int
    text: str
    about: str = ""
    """What a clinician must know to read it right, such as that it describes an error."""
    options: tuple[Option, ...]
    """The steps of its scale, the lowest first, then 'cannot judge'."""
    value: str | None = None
    note: str = ""


CANNOT = "cannot"
"""The value of the option 'cannot judge'."""

_mount = declare(
    "grading",
    ("sending.js", "typing.js", "acts.js", "act_field.js", "grading.js"),
    "base.css",
    "fields.css",
    "choices.css",
    "grading.css",
)


def grading(
    *,
    key: str,
    answer: str,
    cards: Sequence[GradeCard],
    saved: str,
    submit: str,
    most: int,
    rev: int,
    seen: int,
    on_change: Callable[[], None],
) -> None:
    """Show an answer, exactly as it is written, and its criteria; one of them is the active one.

    Its acts: 'grade' with a criterion and a step of its scale, 'cannot' or None to take it back;
    'note' with a criterion and what is typed; and 'submit', once every card has a word and
    everything typed is stored.
    """
    _mount(
        key=key,
        data={
            "answer": answer,
            "cards": [card.model_dump() for card in cards],
            "saved": saved,
            "submit": submit,
            "most": most,
            "rev": rev,
            "seen": seen,
        },
        on_acts_change=on_change,
    )
