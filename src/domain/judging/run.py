"""A judge's run over many answers: what it is about, how far it is, and each of its questions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, Field

from src.domain.canonical import digest
from src.domain.item import Track
from src.domain.judging.card import JudgeCard
from src.domain.prediction import Condition

ATTEMPTS: Final = 2
"""The first prompt, and one more after a reply that could not be used."""
TRIES: Final = 3
"""How often each is sent while calls fail for passing reasons."""
RunState = Literal["running", "stopping", "stopped", "finished"]
LEASE: Final = timedelta(seconds=90)
"""How long a worker holds a question before it says again that it is at it."""
RENEW_SECONDS: Final = 20.0
UNSEEN: Final = timedelta(seconds=60)
"""A run that says it is running and was not heard of for so long was cut off."""


class Selection(BaseModel, frozen=True, extra="forbid"):
    """Which answers are judged; empty names all."""

    models: tuple[str, ...] = ()
    tracks: tuple[Track, ...] = ()
    condition: Condition = "full"

    @property
    def in_order(self) -> Selection:
        """The same selection, written the one way."""
        return self.model_copy(
            update={
                "models": tuple(sorted(set(self.models))),
                "tracks": tuple(track for track in Track if track in self.tracks),
            }
        )


class Job(BaseModel, frozen=True, extra="forbid"):
    """One question of a run, named by what it is made of."""

    address: str
    item_id: str
    item_version: int
    release: int
    """The release whose gold words the criterion; 0 for the item as imported."""
    model: str
    criterion_id: str
    prediction_sha256: str
    most_cost: float
    """USD: what it costs at the most, when both prompts are sent as often as they may be."""


class JudgeRun(BaseModel, frozen=True, extra="forbid"):
    """A run as it stands. Tokens and cost are those of all its calls, failed grades included."""

    run_id: str
    judge: str
    card: JudgeCard
    selection: Selection
    template_sha256: str
    budget: float | None = Field(default=None, ge=0)
    """USD, of the whole run; None without a limit."""
    state: RunState
    reason: str = ""
    """Why it stopped."""
    by: str
    begun_at: datetime
    changed_at: datetime
    seen_at: datetime
    """When a worker was last heard of."""
    cached: int = 0
    """Questions whose grade was there when they were planned."""
    planned: int = 0
    done: int = 0
    failed: int = 0
    """Asked, without a grade, and not asked again yet."""
    obsolete: int = 0
    """Not asked, because what they were about has changed since."""
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    unsure_cost: float = 0.0
    """USD, of the cost: the most that calls can have been of which the judge gave no count, or no
    reply at all."""

    @property
    def left(self) -> int:
        """Questions that wait, or that a worker holds."""
        return self.planned - self.done - self.failed - self.obsolete

    def is_cut_off(self, now: datetime) -> bool:
        """Return True when it should be running and nobody works on it."""
        return self.state in ("running", "stopping") and now - self.seen_at > UNSEEN


def identity_of(card: JudgeCard, template_sha256: str, selection: Selection) -> str:
    """Return the hash by which workers of one run find each other, and a stopped run is resumed."""
    return digest(
        [
            card.name,
            card.model,
            card.parameters,
            card.sees_images,
            card.shows_case,
            template_sha256,
            selection.in_order.model_dump(mode="json"),
        ]
    )
