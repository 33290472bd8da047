"""The case text, exactly as written, with spans that can be marked as evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, Field

from src.ui.reading_room.component import declare, ignore_change, sent
from src.ui.reading_room.palette import UNKNOWN_COLOUR, claim_colour, reader_colour
from src.ui.reading_room.viewer import ViewerClaim


class TextSection(BaseModel, frozen=True, extra="forbid"):
    """One field of the case, shown as a section that folds."""

    field: str
    title: str
    text: str
    open: bool = True
    """How it stands at first; afterwards it stays as the reader folds it."""


class TextSpan(BaseModel, frozen=True, extra="forbid"):
    """A marked stretch of a field, in code points of the text as stored."""

    field: str
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    claim_id: str
    label: str = ""
    reader: str | None = None


class TextHit(BaseModel, frozen=True, extra="forbid"):
    """A stretch the leakage scan points at; underlined, never counted as evidence."""

    field: str
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    label: str = ""


class MarkedSpan(BaseModel, frozen=True, extra="forbid"):
    """What a reader has just selected and wants to use as evidence."""

    field: str
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    quote: str = Field(min_length=1)
    prefix: str
    suffix: str
    claim_id: str | None = None
    """The claim that was active in the browser."""


class RemovedSpan(BaseModel, frozen=True, extra="forbid"):
    """A span a reader has just taken away."""

    field: str
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    claim_id: str


class CaseTextState(BaseModel, frozen=True, extra="forbid"):
    """What happened in the case text since the last run: at most one of the two."""

    marked: MarkedSpan | None = None
    removed: RemovedSpan | None = None


_mount = declare("case_text", ("sending.js", "case_text.js"), "case_text.css")


def case_text(
    *,
    key: str,
    sections: Sequence[TextSection],
    spans: Sequence[TextSpan],
    hits: Sequence[TextHit] = (),
    active_claim: str | None,
    rev: int,
    on_change: Callable[[], None] | None,
    claims: Sequence[ViewerClaim] = (),
    readonly: bool = False,
) -> CaseTextState:
    """Show the sections of a case and return the span just marked or removed, if any.

    Both are events: they are there in the run they cause (and in `on_change`), then gone.
    The text is never taken for Markdown or HTML. The key must not contain two underscores
    in a row.
    """
    numbers = {claim.claim_id: claim.number for claim in claims}
    _mount(
        key=key,
        data={
            "key": key,
            "rev": rev,
            "sections": [section.model_dump() for section in sections],
            "spans": [_span(span, numbers) for span in spans],
            "hits": [hit.model_dump() for hit in hits],
            "claims": [_claim(claim) for claim in claims],
            "active": active_claim,
            "readonly": readonly,
        },
        on_marked_change=on_change or ignore_change,
        on_removed_change=on_change or ignore_change,
    )
    return case_text_state(key)


def case_text_state(key: str) -> CaseTextState:
    """Return the event of the case text with this key; for use inside its `on_change`."""
    return CaseTextState(
        marked=sent(key, "marked", MarkedSpan), removed=sent(key, "removed", RemovedSpan)
    )


def _span(span: TextSpan, numbers: dict[str, int]) -> dict[str, object]:
    number = numbers.get(span.claim_id)
    if span.reader:
        colour, sign = reader_colour(span.reader), span.reader
    elif number is not None:
        colour, sign = claim_colour(number), str(number)
    else:
        colour, sign = UNKNOWN_COLOUR, ""
    return {**span.model_dump(), "colour": colour, "sign": sign}


def _claim(claim: ViewerClaim) -> dict[str, object]:
    return {**claim.model_dump(), "colour": claim_colour(claim.number)}
