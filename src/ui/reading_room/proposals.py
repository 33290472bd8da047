"""Changes a reader proposes to the item: fields that hold the item's own words, and an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, Field

from src.ui.reading_room.choices import Option
from src.ui.reading_room.component import declare

_SCRIPTS = ("sending.js", "acts.js", "typing.js", "act_field.js", "proposals.js")
_mount = declare("proposals", _SCRIPTS, "base.css", "fields.css", "proposals.css")


class ProposalField(BaseModel, frozen=True, extra="forbid"):
    """One text of the item that can be changed; it sends the act 'text' with its name."""

    name: str
    label: str
    value: str
    """What is proposed, or the item's own words while nothing is."""
    rows: int = Field(default=2, ge=1)
    placeholder: str = ""
    max: int = Field(ge=1)
    """The most code points it can hold."""


def proposals(
    *,
    key: str,
    fields: Sequence[ProposalField],
    images: Sequence[Option],
    order: Sequence[int],
    made: int,
    rev: int,
    seen: int,
    on_change: Callable[[], None],
    readonly: bool = False,
) -> None:
    """Show the fields folded away, open when something is proposed already.

    `order` holds the positions of `images` as they are proposed, or as they are; another one is
    sent as the act 'order' with all positions as its value.
    """
    _mount(
        key=key,
        data={
            "key": key,
            "fields": [field.model_dump() for field in fields],
            "images": [image.model_dump() for image in images],
            "order": list(order),
            "made": made,
            "rev": rev,
            "seen": seen,
            "readonly": readonly,
        },
        on_acts_change=on_change,
    )
