"""What a reader learns once their items are final: their reading beside gold, and its drift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from src.domain.calibration import Feedback
from src.domain.gold import SettledUnit
from src.domain.proportion import Proportion

BLOCK = 20
"""Items of one point of the drift."""
FEWEST = 5
"""Items of the newest point: fewer would tell what gold says of a single one."""


class FinalReading(BaseModel, frozen=True, extra="forbid"):
    """A reading beside the gold of a release; nobody's votes, names or own words are in it."""

    round: str
    release: int
    submitted_at: datetime
    feedback: Feedback
    reasons: dict[str, str]
    """Unit -> the adjudicator's reason in one of the seven words, where there was a ruling."""


class ReadAndCompared(BaseModel, frozen=True, extra="forbid"):
    """One final reading in numbers."""

    submitted_at: datetime
    agreed: int
    units: int


class DriftPoint(BaseModel, frozen=True, extra="forbid"):
    """On how many units a reader says what gold says, over some items in a row."""

    first: datetime
    last: datetime
    items: int
    agreed: Proportion


def reasons_of(units: Sequence[SettledUnit]) -> dict[str, str]:
    """Return unit -> reason of those that an adjudicator ruled."""
    return {unit.unit: unit.reason for unit in units if unit.reason}


def drift(read: Sequence[ReadAndCompared]) -> tuple[DriftPoint, ...]:
    """Return the points of BLOCK items each, oldest first; fewer than FEWEST make no point."""
    ordered = sorted(read, key=lambda one: one.submitted_at)
    blocks = [ordered[start : start + BLOCK] for start in range(0, len(ordered), BLOCK)]
    return tuple(_point(block) for block in blocks if len(block) >= FEWEST)


def _point(block: Sequence[ReadAndCompared]) -> DriftPoint:
    agreed = Proportion(
        part=sum(one.agreed for one in block), whole=sum(one.units for one in block)
    )
    return DriftPoint(
        first=block[0].submitted_at, last=block[-1].submitted_at, items=len(block), agreed=agreed
    )
