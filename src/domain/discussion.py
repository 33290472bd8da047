"""Asking the readers of an item: who said what, and how much of it each may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from src.domain.errors import BadInputError
from src.domain.review import MAX_TEXT

ADJUDICATOR = "Adjudicator"


class MessageKind(StrEnum):
    """An adjudicator asks, a reader answers."""

    QUESTION = "question"
    ANSWER = "answer"


class Message(BaseModel, frozen=True, extra="forbid"):
    """One message about a unit of an item."""

    round: str
    item_id: str
    unit: str
    person: str
    kind: MessageKind
    text: str = Field(max_length=MAX_TEXT)
    at: datetime


class Said(BaseModel, frozen=True, extra="forbid"):
    """One message as it is shown: by a letter, or by 'Adjudicator', never by a name."""

    unit: str
    who: str
    text: str
    at: datetime
    mine: bool = False


def seen_by_adjudicator(
    messages: Sequence[Message], letters: Mapping[str, str], person_id: str
) -> dict[str, tuple[Said, ...]]:
    """Return all messages by unit: every question, and every reader's answers by letter."""
    found: dict[str, tuple[Said, ...]] = {}
    for message in messages:
        said = _said(message, letters, person_id)
        found[message.unit] = (*found.get(message.unit, ()), said)
    return found


def seen_by_reader(
    messages: Sequence[Message], letters: Mapping[str, str], person_id: str
) -> tuple[Said, ...]:
    """Return the messages a reader may see: the questions, and their own answers.

    What other readers answer is not theirs to see: each answer is to be its reader's own.
    """
    return tuple(
        _said(message, letters, person_id)
        for message in messages
        if message.kind is MessageKind.QUESTION or message.person == person_id
    )


def _said(message: Message, letters: Mapping[str, str], person_id: str) -> Said:
    is_answer = message.kind is MessageKind.ANSWER
    return Said(
        unit=message.unit,
        who=f"Reader {letters.get(message.person, '?')}" if is_answer else ADJUDICATOR,
        text=message.text or "Erased",
        at=message.at,
        mine=message.person == person_id,
    )


def message_text(text: str) -> str:
    """Return a text that can be sent; raise BadInputError for an empty or endless one."""
    if not text.strip():
        raise BadInputError("There is nothing written yet.")
    if len(text) > MAX_TEXT:
        raise BadInputError(f"A message has at most {MAX_TEXT:,} characters.")
    return text.strip()
