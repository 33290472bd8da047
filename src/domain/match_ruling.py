"""A person's word on a disease name that the matcher left to people."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel


class Ruled(StrEnum):
    """Whether a name is the item's disease."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class MatchRuling(BaseModel, frozen=True, extra="forbid"):
    """What was said of a name, by whom; it holds for every answer to the item that gives it."""

    item_id: str
    name: str
    """As an answer wrote it."""
    normal: str
    """In the spelling by which names are told apart."""
    ruling: Ruled
    against: str
    """The known name it was held against."""
    person: str
    at: datetime
