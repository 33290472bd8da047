"""The case text, exactly as written, with spans that can be marked as evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, Field, ValidationError

from src.domain.errors import BadInputError
from src.ui.reading_room.acts import Act
from src.ui.reading_room.component import declare, ignore_change
from src.ui.reading_room.palette import (
    LEAK,
    LEAK_COLOUR,
    LEAK_SIGN,
    UNKNOWN_COLOUR,
    mark_colour,
    reader_colour,
)
from src.ui.reading_room.viewer import ViewerClaim


class TextSection(BaseModel, frozen=True, extra="forbid"):
    """One field of the case, shown as a section that folds."""

    field: str
    title: str
    text: str
    open: bool = True
    """How it stands at first; afterwards it stays as the reader folds it."""
    under: str = ""
    """The title of a fold that holds it with others; empty for a section of its own."""
    lead: bool = False
    """True for the text on top, large and never folded; its title is only for screen readers."""


class TextSpan(BaseModel, frozen=True, extra="forbid"):
    """A marked stretch of a field, in code points of the text as stored."""

    field: str
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    claim_id: str
    label: str = ""
    reader: str | None = None
    piece: str = ""
    """The name under which a ruling ticks it."""
    benchmark: bool = False
    """True when it came with the benchmark and nobody has confirmed it."""


class TextHit(BaseModel, frozen=True, extra="forbid"):
    """A stretch the leakage scan points at; underlined, never counted as evidence.

    What is said of it comes from the leaks, in the browser.
    """

    field: str
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    label: str = ""
    hit_id: str = ""
    """Names it to the leaks, where pressing it leads; empty where nothing is decided."""
    low: bool = False


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


_mount = declare(
    "case_text",
    (
        "sending.js",
        "acts.js",
        "readers_shown.js",
        "ruling_shown.js",
        "hits_said.js",
        "case_text.js",
    ),
    "case_text.css",
)


def case_text(
    *,
    key: str,
    sections: Sequence[TextSection],
    spans: Sequence[TextSpan],
    hits: Sequence[TextHit] = (),
    active_claim: str | None,
    rev: int,
    seen: int = 0,
    on_change: Callable[[], None] | None,
    claims: Sequence[ViewerClaim] = (),
    readonly: bool = False,
    beside: str = "",
) -> None:
    """Show the sections of a case; what is marked or removed comes as an act: see `span_event`.

    `beside` says that a desk lies beside which takes what is marked, and by which key: nothing
    of that is sent from here. `seen` is the number of the last act that was stored. The text is
    never taken for Markdown or HTML. The key must not contain two underscores in a row.
    """
    numbers = {claim.claim_id: claim.number for claim in claims}
    _mount(
        key=key,
        data={
            "key": key,
            "rev": rev,
            "seen": seen,
            "sections": [section.model_dump() for section in sections],
            "spans": [_span(span, numbers) for span in spans],
            "hits": [hit.model_dump() for hit in hits],
            "claims": [_claim(claim) for claim in claims],
            "active": active_claim,
            "readonly": readonly,
            "beside": beside,
        },
        on_acts_change=on_change or ignore_change,
    )


def span_event(act: Act) -> MarkedSpan | RemovedSpan:
    """Return what an act of the case text says: 'marked' with a span, or 'removed' with one.

    Raises BadInputError for anything else: the browser is not trusted.
    """
    kinds: dict[str, type[MarkedSpan] | type[RemovedSpan]] = {
        "marked": MarkedSpan,
        "removed": RemovedSpan,
    }
    if act.kind not in kinds:
        raise BadInputError(f"Nothing is done to the case text by {act.kind!r}.")
    try:
        return kinds[act.kind].model_validate_json(act.text)
    except ValidationError as error:
        raise BadInputError("What was marked in the case text cannot be read.") from error


def _span(span: TextSpan, numbers: dict[str, int]) -> dict[str, object]:
    number = numbers.get(span.claim_id)
    if span.reader:
        colour, sign = reader_colour(span.reader), span.reader
    elif span.claim_id == LEAK:
        colour, sign = LEAK_COLOUR, LEAK_SIGN
    elif number is not None:
        colour, sign = mark_colour(span.claim_id, number), str(number)
    else:
        colour, sign = UNKNOWN_COLOUR, ""
    return {**span.model_dump(), "colour": colour, "sign": sign}


def _claim(claim: ViewerClaim) -> dict[str, object]:
    return {**claim.model_dump(), "colour": mark_colour(claim.claim_id, claim.number)}
