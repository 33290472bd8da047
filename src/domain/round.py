"""Rounds: which items are read, by how many, and how far each reader is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from src.domain.errors import BadInputError
from src.domain.item import READING_ORDER, Track
from src.domain.plurals import counted
from src.domain.routing import RoutingPolicy

MOST_READERS = 20
"""Of one item in a reading round."""
MOST_PERSONS = 200
"""In a calibration round, where everybody reads every item."""


class RoundState(StrEnum):
    """An open round gives out items; a closed one does not."""

    OPEN = "open"
    CLOSED = "closed"


class RoundKind(StrEnum):
    """A reading round makes gold; a calibration round is practice on gold and counts nowhere.

    Repeats are the hidden companion of a reading round: what a reader reads once more is kept
    there, counts in no gold and no dispute, and nobody opens it or sees it in a list.
    """

    READING = "reading"
    CALIBRATION = "calibration"
    REPEATS = "repeats"


class SlotState(StrEnum):
    """Where one reading stands."""

    OPEN = "open"
    TAKEN = "taken"
    SUBMITTED = "submitted"


class SkipReason(StrEnum):
    """Why a reader passed an item on."""

    NOT_MY_FIELD = "not_my_field"
    IMAGE_UNREADABLE = "image_unreadable"
    ITEM_BROKEN = "item_broken"
    CONFLICT_OF_INTEREST = "conflict_of_interest"


HOLDS_BACK = frozenset({SkipReason.IMAGE_UNREADABLE, SkipReason.ITEM_BROKEN})
"""A skip for one of these keeps the item from all readers of the round until a lead answers."""
TAKEN_OUT = "taken_out"
PUT_BACK = "put_back"
"""What a lead answers to an item that is held back."""
STOPPED = "stopped"
"""Of an item that is given to nobody else in its round; who holds it goes on, readings stay."""


class Round(BaseModel, frozen=True, extra="forbid"):
    """A set of items to be read by `readers` people each; in a calibration round, by everybody."""

    name: str = Field(min_length=1, max_length=100)
    kind: RoundKind = RoundKind.READING
    pass_mark: float | None = Field(default=None, ge=0, le=1)
    """The share of units to agree on with gold; None asks for none."""
    readers: int = Field(ge=1, le=MOST_PERSONS)
    read_first: bool = False
    blind_adjudication: bool = False
    """True when an adjudicator gives an own reading before any reader's is shown to them."""
    guideline: str = ""
    """The number of the version in force when it was opened; empty when there was none."""
    seed: int
    selection: dict[str, str | int | None] = Field(default_factory=dict)
    routing: RoutingPolicy | None = None
    """The rule by which units go to an adjudicator; None for every difference and nothing else,
    as in rounds from before there was one, and in practice, where nothing is settled."""
    items: int = 0
    persons: tuple[str, ...] = ()
    """Who reads in it; without those who left."""
    left: tuple[str, ...] = ()
    """Who read in it and left."""
    state: RoundState = RoundState.OPEN
    made_at: datetime
    repeats: float | None = Field(default=None, exclude_if=lambda share: share is None)
    """The share of a reader's own items that come back to them; None for none."""
    wash_out_days: int | None = Field(default=None, exclude_if=lambda days: days is None)
    planted_errors: float | None = Field(default=None, exclude_if=lambda share: share is None)
    """The share of items that are shown with an error put in; None for none."""

    def as_readers_see_it(self) -> Round:
        """Return it without what would tell a reader that some items are checks of them."""
        return self.model_copy(
            update={"repeats": None, "wash_out_days": None, "planted_errors": None}
        )


class Candidate(BaseModel, frozen=True, extra="forbid"):
    """An item that could be drawn into a round."""

    item_id: str
    item_version: int
    rubric_version: int
    case_id: str
    track: Track


class RoundItem(BaseModel, frozen=True, extra="forbid"):
    """An item of a round with the chance it had to be drawn, from 0 to 1."""

    candidate: Candidate
    inclusion_probability: float = Field(gt=0, le=1)
    planted: bool = False
    """True when it is shown with an error put in."""


class Closing(BaseModel, frozen=True, extra="forbid"):
    """A round that is closed, or about to be, and what closing it leaves undone."""

    round: Round
    drafts: int
    """Readings begun and not yet sent."""
    repeats: int | None = 0
    """Readings that are still to come back to their readers and then do not; None where that is
    not told: to somebody who reads in the round."""
    last_due: datetime | None = None
    """When the last of these would come back."""

    @property
    def for_good(self) -> bool:
        """True where the round cannot be opened again."""
        return self.round.planted_errors is not None


class Skip(BaseModel, frozen=True, extra="forbid"):
    """An item a reader passed on, as the lead sees it."""

    round: str
    item_id: str
    track: Track
    person: str
    reason: SkipReason
    note: str
    at: datetime
    held_back: bool
    """True while no reader of the round gets the item, until a lead answers."""
    answer: str = ""
    """What a lead answered: put back, taken out, or nothing."""


class KeptAway(StrEnum):
    """Why a reader of a round cannot take one of its items."""

    HAS_IT = "has_it"
    PASSED_ON = "passed_on"
    PASSED_ON_CASE = "passed_on_case"
    READ_LATER_ITEM = "read_later_item"
    CONFLICT = "conflict"
    HAS_SEEN_READINGS = "has_seen_readings"
    READS_IT_ELSEWHERE = "reads_it_elsewhere"
    NO_READER_NOW = "no_reader_now"


class StuckItem(BaseModel, frozen=True, extra="forbid"):
    """An item that misses readings none of the round's readers may give, and why."""

    item_id: str
    track: Track
    position: int
    """In the round; the next page begins after the last one's."""
    missing: int
    why: dict[str, KeptAway]
    """person -> what keeps them from it."""


class OutdatedItem(BaseModel, frozen=True, extra="forbid"):
    """An item that an open round goes on asking as it was before masks made a newer version.

    What is read of it there can never become gold.
    """

    round: str
    item_id: str
    asked: int
    """The version the round asks."""
    newest: int
    missing: int
    """Readings still to come."""
    held: int
    """Of those: how many somebody holds, and perhaps writes, now."""


class TrackQueue(BaseModel, frozen=True, extra="forbid"):
    """How much of a track one reader has read, and how much of it they could take now."""

    track: Track
    read: int
    open: int
    more: bool = False
    """True when `open` is where counting stopped."""


class TrackProgress(BaseModel, frozen=True, extra="forbid"):
    """How many items of a track a reader has read."""

    person: str
    track: Track
    submitted: int
    skipped: int


def draw(candidates: Sequence[Candidate], sample: int | None, seed: int) -> list[RoundItem]:
    """Return the items of a round: all of them, or a simple random sample without replacement.

    With a sample of n out of N every item has the inclusion probability n/N. The same
    candidates and seed give the same sample. Raises BadInputError when n exceeds N.
    """
    if sample is None:
        return [RoundItem(candidate=c, inclusion_probability=1.0) for c in candidates]
    if not 1 <= sample <= len(candidates):
        raise BadInputError(
            f"A sample of {sample} cannot be drawn from {counted(len(candidates), 'item')}."
        )
    ordered = sorted(candidates, key=lambda c: c.item_id)
    chosen = random.Random(seed).sample(ordered, sample)  # noqa: S311  a seeded draw, no secret
    share = sample / len(candidates)
    return [RoundItem(candidate=c, inclusion_probability=share) for c in chosen]


def reading_order(items: Sequence[RoundItem]) -> list[RoundItem]:
    """Return the items case by case, each case in the order in which answers are not given away."""
    rank = {track: place for place, track in enumerate(READING_ORDER)}
    return sorted(
        items,
        key=lambda i: (i.candidate.case_id, rank[i.candidate.track], i.candidate.item_id),
    )


def expected_share(items: int, readers: int, persons: int) -> int:
    """Return how many items one of the readers can expect to read when all read alike."""
    if persons == 0:
        return 0
    return min(items, -(-items * readers // persons))
