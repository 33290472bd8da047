"""What an adjudicator marks on images and in texts: read from the browser, checked on the item."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink, ImageBox, WholeImage, span_of
from src.domain.item import ItemView
from src.domain.review import link_problem


class MarkedWords(BaseModel, frozen=True, extra="forbid"):
    """A stretch of a field, in code points; what stands there is read from the item."""

    type: Literal["words"] = "words"
    field: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int = Field(ge=1)


Marked = Annotated[WholeImage | ImageBox | MarkedWords, Field(discriminator="type")]
_MARKED: TypeAdapter[WholeImage | ImageBox | MarkedWords] = TypeAdapter(Marked)


def piece_marked(view: ItemView, text: str) -> EvidenceLink:
    """Return the piece of evidence a browser sent as JSON.

    Raises BadInputError, in words, for what does not lie in the item.
    """
    try:
        marked = _MARKED.validate_json(text)
    except ValidationError as error:
        raise BadInputError("What was marked cannot be read. Mark it again.") from error
    link = _words(view, marked) if isinstance(marked, MarkedWords) else marked
    problem = link_problem(view.item, view.images, link)
    if problem:
        raise BadInputError(f"{problem} It was not kept.")
    return link


def _words(view: ItemView, marked: MarkedWords) -> EvidenceLink:
    text = view.item.content.text_of(marked.field)
    if text is None:
        raise BadInputError(f"The item has no field {marked.field!r}. Nothing was marked.")
    try:
        return span_of(marked.field, text, marked.start, marked.end)
    except ValueError as error:
        raise BadInputError(f"{error} Nothing was marked.") from error
