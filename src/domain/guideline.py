"""Guidelines: how the study wants items read, in versions that readers acknowledge."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import SequenceMatcher

from pydantic import BaseModel

from src.domain.errors import BadInputError

LONGEST = 100_000
"""Characters of a guideline."""
LONGEST_NOTE = 2_000
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_IMAGE = re.compile(r"!(?=\[)")


_TAGS = (
    "a abbr b big blockquote body br center code dd del details div dl dt em font form h[1-6] head "
    "hr html i iframe img input ins kbd li link mark object ol p pre q s script section small span "
    "strike strong style sub summary sup svg table tbody td tfoot th thead tr u ul video"
)
_MARKUP = re.compile(rf"</?(?:{_TAGS.replace(' ', '|')})(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE)
AS_TEXT = (
    "is HTML, which readers see as it is written, as plain text. Write it as Markdown: **bold**, "
    "- a list, [a link](https://...)."
)
"""What is to be said of markup, behind its first tag."""


def markup_in(text: str) -> str:
    """Return the first HTML tag of a text; empty where there is none."""
    found = _MARKUP.search(text)
    return found.group() if found is not None else ""


class GuidelineHead(BaseModel, frozen=True, extra="forbid"):
    """One version of the guidelines without its text, numbered from 1."""

    number: int
    note: str = ""
    person: str
    at: datetime


class Guideline(GuidelineHead):
    """One version of the guidelines: Markdown of the study lead. Never changed."""

    text: str


class ToAcknowledge(BaseModel, frozen=True, extra="forbid"):
    """The newest version, which its reader has not acknowledged, and the one they have."""

    newest: Guideline
    before: Guideline | None = None


class VersionUse(BaseModel, frozen=True, extra="forbid"):
    """How a version is used: who acknowledged it, and how many readings were made under it."""

    guideline: GuidelineHead
    acknowledged_by: int
    readings: int
    """Of each reader and item the newest; counted up to READINGS_COUNTED."""


class ReadingUnder(BaseModel, frozen=True, extra="forbid"):
    """A reader's newest reading of an item, made under some version of the guidelines."""

    review_id: str
    round: str
    item_id: str
    person: str
    submitted_at: datetime


READINGS_COUNTED = 1_000


class Passage(BaseModel, frozen=True, extra="forbid"):
    """Some paragraphs that changed; empty before where they are new, empty after when gone."""

    before: str
    after: str


def checked_text(text: str) -> str:
    """Return a guideline's text with plain line ends; raise BadInputError when it cannot be one."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not plain.strip():
        raise BadInputError("Write the guidelines first: there is no text.")
    if len(plain) > LONGEST:
        raise BadInputError(
            f"Guidelines have at most {LONGEST:,} characters; these have {len(plain):,}."
        )
    if "\x00" in plain:
        raise BadInputError("The guidelines hold a character that is no text. Save them as UTF-8.")
    return plain


def checked_note(note: str) -> str:
    """Return a note on a version, or raise BadInputError when it is too long."""
    if len(note) > LONGEST_NOTE:
        raise BadInputError(f"A note has at most {LONGEST_NOTE:,} characters.")
    return note.strip()


def changed_passages(before: str, after: str) -> tuple[Passage, ...]:
    """Return the paragraphs in which two versions differ, in order; empty when none does."""
    old, new = _PARAGRAPHS.split(before.strip()), _PARAGRAPHS.split(after.strip())
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(
        Passage(before="\n\n".join(old[a:b]), after="\n\n".join(new[c:d]))
        for tag, a, b, c, d in steps
        if tag != "equal"
    )


def without_images(text: str) -> str:
    """Return Markdown in which no picture is loaded: each becomes a link that says what it is.

    The exclamation mark is written as its number, which Markdown shows but never obeys, whatever
    stands before it.
    """
    return _IMAGE.sub("&#33;", text)
