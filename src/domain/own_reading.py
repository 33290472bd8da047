"""What an adjudicator says of an item before any reader's reading is shown to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from src.domain.errors import BadInputError
from src.domain.review import CheckAnswer, Recommendation, Verdict
from src.domain.units import Unit

LONGEST_LINE = 500
CRITERION_ACTIONS = ("keep", "edit", "delete")


class OwnReading(BaseModel, frozen=True, extra="forbid"):
    """An adjudicator's own reading of an item: one line, or a value for each disputed unit."""

    line: str = Field(default="", max_length=LONGEST_LINE)
    values: dict[str, str] = Field(default_factory=dict)
    """Unit -> what the adjudicator says of it."""
    at: datetime


def options_of(unit: str) -> tuple[str, ...]:
    """Return what can be said of a unit before a reading is seen; nothing where it gives one away.

    That a text is proposed, or something added or flagged, is itself a reader's reading.
    """
    kind, _, name = unit.partition(":")
    if name.startswith("+"):
        return ()
    if kind == "claim":
        return tuple(Verdict)
    if kind == "check":
        return tuple(CheckAnswer)
    if kind == "criterion":
        return CRITERION_ACTIONS
    return tuple(Recommendation) if name == "recommendation" else ()


def asked_units(units: Sequence[Unit], open_units: Sequence[str]) -> tuple[str, ...]:
    """Return the disputed units an adjudicator can say something of before seeing a reading."""
    return tuple(u.name for u in units if u.name in open_units and options_of(u.name))


def checked_own_reading(
    asked: Sequence[str], line: str, values: Mapping[str, str], at: datetime
) -> OwnReading:
    """Return an own reading that is whole: a line, or a value for every unit that is asked.

    Raises BadInputError in words that say what is missing.
    """
    written = " ".join(line.split())
    for unit, value in values.items():
        if unit not in asked or value not in options_of(unit):
            raise BadInputError(f"{value!r} cannot be said of {unit!r}.")
    if not written and (not asked or set(values) != set(asked)):
        raise BadInputError("Write one line, or say something of each unit. What you did is kept.")
    if len(written) > LONGEST_LINE:
        raise BadInputError(f"One line has at most {LONGEST_LINE} characters.")
    return OwnReading(line=written, values=dict(values), at=at)
