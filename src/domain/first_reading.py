"""Reading before judging: what a reader is not shown until they have said what they see."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from src.domain.errors import BadInputError
from src.domain.image import ImageRecord
from src.domain.item import CaseRecord, Item, ItemContent, ItemImage, ItemView

LONGEST = 300
WITHHELD_CASE = "withheld"
"""Stands for the case's id, which can be that of the published report."""


class Shown(StrEnum):
    """What a reader was shown of an item, each with its own first moment."""

    CASE = "case"
    ANSWER = "answer"
    """The answer and all that rests on it: claims, rubric, links."""


class FirstReading(BaseModel, frozen=True, extra="forbid"):
    """What a reader saw in the images before the answer was shown; never changed."""

    round: str
    item_id: str
    person: str
    text: str
    """Empty when it was erased."""
    at: datetime


def first_line(text: str) -> str:
    """Return a first reading as it is kept: one line of 1 to 300 characters, trimmed.

    Raises BadInputError when it is empty, too long, or more than one line.
    """
    line = text.strip()
    if not line:
        raise BadInputError("Write in one line what you see before the answer is shown.")
    if len(line) > LONGEST:
        raise BadInputError(
            f"A first reading has at most {LONGEST} characters; this one has {len(line)}."
        )
    if len(line.splitlines()) > 1:
        raise BadInputError("A first reading is one line: take the line breaks out.")
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c != "\t" for c in line):
        raise BadInputError("This first reading holds a character that cannot be stored.")
    return line


def withheld(view: ItemView) -> ItemView:
    """Return an item as it is shown before a first reading: question, context and images.

    Made of what may be shown, not by taking away, so that a field added later stays hidden.
    Findings go too, for they say what the images show; so do the names of files, and what leads
    to the published report.
    """
    item = view.item
    return ItemView(
        item=Item(
            item_id=item.item_id,
            version=item.version,
            case=CaseRecord(
                case_id=WITHHELD_CASE, licence=item.case.licence, retracted=item.case.retracted
            ),
            track=item.track,
            content=_visible_content(item.content),
            rubric_version=item.rubric_version,
        ),
        images={sha256: _without_names(record) for sha256, record in view.images.items()},
    )


def _visible_content(content: ItemContent) -> ItemContent:
    return ItemContent(
        question=content.question,
        context=content.context,
        answer="",
        images=tuple(
            ItemImage(
                position=image.position,
                sha256=image.sha256,
                slot_name=image.slot_name,
                caption=image.caption,
            )
            for image in content.images
        ),
    )


def _without_names(record: ImageRecord) -> ImageRecord:
    return record.model_copy(update={"original_name": "", "tags_found": (), "texts": {}})
