"""Where an item gives its own answer away: what a scan finds, and what a reader says of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from src.domain.evidence import ImageBox, TextSpan


class LeakKind(StrEnum):
    """How the visible parts give the answer away."""

    ANSWER_IN_TEXT = "answer_in_text"
    ANSWER_IN_CAPTION = "answer_in_caption"
    ANSWER_IN_IMAGE = "answer_in_image"
    ANSWER_IN_FILE_NAME = "answer_in_file_name"
    GIVE_AWAY_PHRASE = "give_away_phrase"
    OTHER_ITEM = "other_item"


class Layer(StrEnum):
    """Which visible layer of an item a leak lies in."""

    TEXT = "text"
    """Question, context, findings, captions, slot names."""
    NAMES = "names"
    """File names, paths, image metadata, ids."""
    IMAGE_TEXT = "image_text"
    """Text burned into the pixels of an image, as read by OCR."""


class Method(StrEnum):
    """How a hit was found, from the surest to the least sure."""

    EXACT = "exact"
    """Letter by letter as the name is written."""
    NORMALISED = "normalised"
    """The same after case, accents, hyphens, possessives and punctuation are folded."""
    VARIANT = "variant"
    """Plural or singular, British or American spelling, a roman or an arabic numeral."""
    ACRONYM = "acronym"
    """An abbreviation of the answer, in the case in which it is written or defined."""
    FUZZY = "fuzzy"
    """Nearly the same letters, of a name of at least eight letters."""
    PHRASE = "phrase"
    """Words that announce an answer, such as "final diagnosis"."""
    GENE = "gene"
    """A gene that names the disease."""
    TREATMENT = "treatment"
    """A treatment of the item's own list."""
    KEY_TEST = "key_test"
    """A test that the examination track asks for."""


class Mention(StrEnum):
    """How the text speaks of what was found."""

    AFFIRMED = "affirmed"
    NEGATED = "negated"
    DIFFERENTIAL = "differential"


class Hit(BaseModel, frozen=True, extra="forbid"):
    """One spot where a scan found what may give the answer away. It is no flag: readers say so."""

    hit_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    """The same spot, name and rule have the same id in every scan of an item version."""
    layer: Layer
    field: str | None = None
    """question, context, finding:N, caption:N, slot:N; item_id, case_id, file_name:N,
    metadata:N; None for text inside an image."""
    start: int | None = Field(default=None, ge=0)
    """First code point in the field, or in the text that OCR read in the image."""
    end: int | None = Field(default=None, ge=1)
    image: int | None = Field(default=None, ge=1)
    """Position of the image; None for question, context, findings and ids."""
    box: ImageBox | None = None
    """Where in the image the words stand; only for text inside an image."""
    quote: str
    """What stands there."""
    before: str = Field(default="", exclude_if=lambda text: not text)
    """What OCR read before it in the same line; only for text inside an image."""
    after: str = Field(default="", exclude_if=lambda text: not text)
    alias: str
    """The name, phrase, gene or test that was looked for."""
    orpha_code: str = ""
    method: Method
    score: float = Field(ge=0, le=1)
    """How alike the quote and the alias are: 1 is the same."""
    rule: str
    """Id of the rule in the table of rules, which says why this is looked for."""
    mention: Mention = Mention.AFFIRMED
    soft: bool = False
    """True where the rule itself is only a hint, such as a gene that several diseases share."""

    @property
    def low(self) -> bool:
        """True for a hit of low rank, reported apart: negated, differential, or only a hint."""
        return self.soft or self.mention is not Mention.AFFIRMED


class DismissReason(StrEnum):
    """Why a hit is no leak."""

    MEANS_SOMETHING_ELSE = "means_something_else"
    RULED_OUT_THERE = "ruled_out_there"
    TOO_GENERAL = "too_general"
    NEEDED_BY_QUESTION = "needed_by_question"


class HitDismissal(BaseModel, frozen=True, extra="forbid"):
    """What a reader said of a hit that is no leak."""

    hit_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    reason: DismissReason
    note: str = Field(default="", max_length=5_000)


class LeakPlace(BaseModel, frozen=True, extra="forbid"):
    """The spot that leaks: a field of text, a span of it, or an image, a box on it, its name."""

    field: str | None = None
    """question, context, answer, caption:N, finding:N; as a whole, without a span, slot:N,
    file_name:N, metadata:N, item_id, case_id; None for an image."""
    image: int | None = Field(default=None, ge=1)
    """Position of the image; None for a field of text."""
    span: TextSpan | None = None
    box: ImageBox | None = None

    @model_validator(mode="after")
    def _one_spot(self) -> LeakPlace:
        if (self.field is None) == (self.image is None):
            raise ValueError("Name either a field of text or an image.")
        if self.span is not None and self.span.field != self.field:
            raise ValueError("The span must lie in the field that is named.")
        if self.box is not None and self.image is None:
            raise ValueError("A box needs the image it lies on.")
        return self

    @property
    def name(self) -> str:
        """The place as part of a unit's name, coarse enough that two readers meet there."""
        return self.field if self.field is not None else f"image:{self.image}"


class LeakageFlag(BaseModel, frozen=True, extra="forbid"):
    """One leak a reader saw."""

    kind: LeakKind
    place: LeakPlace
    severity: Literal["low", "high"] = "high"
    note: str = Field(default="", max_length=5_000)
    hit_id: str = Field(default="", exclude_if=lambda hit_id: not hit_id)
    """The hit of the scan that the reader confirms with it; written only where there is one."""
    more: tuple[LeakageFlag, ...] = Field(default=(), exclude_if=lambda more: not more)
    """Further spots of the same unit, where all that a reader flagged there is one value: what is
    agreed, disputed and ruled on. A reading itself lists each spot on its own."""

    @property
    def unit(self) -> str:
        """The unit on which readers agree or differ about this leak."""
        return f"flag:{self.kind.value}:{self.place.name}"

    @property
    def spot(self) -> str:
        """The unit with its words or its box: a reader flags the same spot once."""
        span, box = self.place.span, self.place.box
        if span is not None:
            return f"{self.unit}@{span.start}-{span.end}"
        if box is not None:
            return f"{self.unit}@{box.x},{box.y},{box.width},{box.height}"
        return self.unit

    @property
    def each(self) -> tuple[LeakageFlag, ...]:
        """Every spot as a flag of its own."""
        return (self.model_copy(update={"more": ()}), *self.more)


def joined(flags: Sequence[LeakageFlag]) -> LeakageFlag:
    """Return the flags of one reader on one unit as one value, the first spot first."""
    return flags[0].model_copy(update={"more": tuple(flags[1:])})
