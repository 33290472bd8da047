"""The hash chain of events: each link proves all that came before it."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel

from src.domain.canonical import digest

GENESIS = "0" * 64
CHAIN = "rare-review-event-1"


class Event(BaseModel, frozen=True, extra="forbid"):
    """Who did what to which object, and when; `payload_sha256` is the hash of the row it proves."""

    seq: int
    kind: str
    actor: str
    object: str
    payload_sha256: str
    at: datetime
    prev_hash: str
    hash: str


class ChainHead(BaseModel, frozen=True, extra="forbid"):
    """The newest link: whoever keeps one can later show that nothing before it was changed."""

    seq: int
    hash: str


class ChainReport(BaseModel, frozen=True, extra="forbid"):
    """What a verification found."""

    events: int
    rows: int
    head: ChainHead
    problems: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """True when every link and every row is as it was stored."""
        return not self.problems


def link_hash(
    seq: int, kind: str, actor: str, object: str, payload_sha256: str, at: datetime, prev_hash: str
) -> str:
    """Return the hash of one link, over all its fields and the link before."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return digest([CHAIN, seq, kind, actor, object, payload_sha256, moment, prev_hash])
