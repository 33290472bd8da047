"""A sitting: one reader's stretch of work, and how long an item takes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from pydantic import BaseModel, Field

LONGEST_GAP = 120.0
"""Seconds between two acts that still count as work; what is longer counts as this much."""
SITTING_ENDS = timedelta(minutes=30)
"""Without an act for longer than this, the next one begins another sitting."""
PACE_OVER = 20
PACE_FROM = 3


class Sitting(BaseModel, frozen=True, extra="forbid"):
    """One reader's stretch of work on a round."""

    sitting_id: str
    person: str
    round: str
    started_at: datetime
    last_act_at: datetime
    ended_at: datetime | None = None
    items: int = 0
    """Items submitted or passed on."""
    seconds_active: float = Field(default=0.0, ge=0)


class Hours(BaseModel, frozen=True, extra="forbid"):
    """How long one reader has worked on a round, over all sittings."""

    person: str
    sittings: int
    items: int
    seconds_active: float


class Pace(BaseModel, frozen=True, extra="forbid"):
    """How far a reader is in a round, and how long an item takes them."""

    done: int
    total: int
    minutes_each: float | None = None
    """The median of the reader's own newest items; None before there are three."""
    n: int = 0
    """How many items the median is over."""

    @property
    def words(self) -> str:
        """Say it as the screen does: '12 of 40, about 6 min each'."""
        place = f"{self.done} of {self.total}"
        if self.minutes_each is None:
            return place
        if self.minutes_each < 1:
            return f"{place}, less than a minute each"
        return f"{place}, about {math.floor(self.minutes_each + 0.5)} min each"


def active_seconds(previous: datetime | None, now: datetime) -> float:
    """Return how many seconds of work lie between an act and the one before it.

    A gap counts up to LONGEST_GAP, nothing more; the first act of all counts nothing, nor does
    a clock that was set back.
    """
    if previous is None:
        return 0.0
    return counted_seconds((now - previous).total_seconds())


def counted_seconds(seconds: float) -> float:
    """Return what of a gap counts as work: from 0 to LONGEST_GAP; what is no number is 0."""
    return min(LONGEST_GAP, max(0.0, seconds)) if math.isfinite(seconds) else 0.0


def pace(done: int, total: int, seconds: Sequence[int]) -> Pace:
    """Return a reader's pace from the seconds their newest items took, newest first.

    At most PACE_OVER of them count. An item of 0 seconds was not timed, and is left out.
    """
    timed = [value for value in seconds if value > 0][:PACE_OVER]
    each = median(timed) / 60 if len(timed) >= PACE_FROM else None
    return Pace(done=done, total=total, minutes_each=each, n=len(timed))
