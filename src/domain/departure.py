"""Readers who leave a round: whether what they read counts, why, and who said so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ValidationError

from src.domain.errors import BadInputError
from src.domain.plurals import counted

LONGEST_REASON = 2_000


class Part(StrEnum):
    """How a reader stands with a round whose lead ended their part, or took that back."""

    KEPT = "kept"
    """They read no more; what they read counts."""
    LEFT_OUT = "left_out"
    """They read no more; what they read counts nowhere, and is not deleted."""
    BACK = "back"
    """They read again, and what they read counts."""


class Departure(BaseModel, frozen=True, extra="forbid"):
    """One word of the lead on a reader's part in a round. The newest revision holds."""

    round: str
    person: str
    revision: int
    part: Part
    reason: str
    by: str
    at: datetime


class ReaderLeft(BaseModel, frozen=True, extra="forbid"):
    """A reader who has left a round, and how many of its items they had read."""

    round: str
    person: str
    number: int
    """In the order in which readers left the round: what a release calls them."""
    part: Part
    reason: str
    by: str
    at: datetime
    readings: int

    def unnamed(self) -> dict[str, object]:
        """Return what a release says of them: no name, no id, and not the lead's own words."""
        told = ToldReader(
            round=self.round,
            reader=self.number,
            readings=self.readings,
            counted=self.part is Part.KEPT,
        )
        return told.model_dump()


class ToldReader(BaseModel, frozen=True, extra="forbid"):
    """What a release says of a reader who left."""

    round: str
    reader: int
    readings: int
    """Items of the round they had read."""
    counted: bool
    """Whether these count in the release."""

    @property
    def words(self) -> str:
        """The same as a sentence."""
        counts = "count" if self.counted else "do not count"
        if self.readings == 1:
            counts = "counts" if self.counted else "does not count"
        readings = counted(self.readings, "reading")
        return f"Reader {self.reader} left the round {self.round!r}; their {readings} {counts}."


def told_of(manifest: Mapping[str, object]) -> tuple[ToldReader, ...]:
    """Return the readers of whom a release's manifest says that they left.

    None where it says nothing; a manifest that was imported may hold anything there.
    """
    said = manifest.get("readers_left")
    return tuple(_told(said)) if isinstance(said, list) else ()


def _told(said: list[object]) -> Iterator[ToldReader]:
    for one in said:
        try:
            yield ToldReader.model_validate(one)
        except ValidationError:
            continue


def checked_reason(reason: str) -> str:
    """Return why a part is ended or taken back; raise BadInputError when nothing is said."""
    said = reason.strip()
    if not said:
        raise BadInputError("Say why, in a few words. Nothing was changed.")
    if len(said) > LONGEST_REASON:
        raise BadInputError(f"A reason has at most {LONGEST_REASON:,} characters.")
    return said
