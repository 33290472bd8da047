"""What is asked about a case: items, their claims, images and rubric, each version by its hash."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from src.domain.canonical import digest
from src.domain.evidence import EvidenceLink
from src.domain.image import ImageRecord


class Track(StrEnum):
    """The six kinds of question; the last two are of the benchmark's second version."""

    DIAGNOSIS = "diagnosis"
    TREATMENT = "treatment"
    CROSSMODAL = "crossmodal"
    EXAMINATION = "examination"
    DIFFERENTIAL = "differential"
    EVIDENCE = "evidence"


READING_ORDER = (
    Track.DIAGNOSIS,
    Track.DIFFERENTIAL,
    Track.EXAMINATION,
    Track.CROSSMODAL,
    Track.EVIDENCE,
    Track.TREATMENT,
)
"""The order in which one case's items come to a reader: later ones give earlier answers away."""


class CaseRecord(BaseModel, frozen=True, extra="forbid"):
    """One patient's report, as far as its source is known."""

    case_id: str = Field(min_length=1)
    pmcid: str | None = None
    doi: str | None = None
    licence: str | None = None
    retracted: bool = False
    source: str = ""


class ItemImage(BaseModel, frozen=True, extra="forbid"):
    """One image in its place in an item."""

    position: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    slot_name: str = ""
    caption: str = ""
    original_name: str = ""


class Claim(BaseModel, frozen=True, extra="forbid"):
    """One statement the item rests on; `links` are the benchmark's own, to be confirmed."""

    claim_id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    kind: str = "statement"
    links: tuple[EvidenceLink, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of what the claim says; links are outside it."""
        return digest({"text": self.text, "kind": self.kind})


class Criterion(BaseModel, frozen=True, extra="forbid"):
    """One line of a rubric. Negative points mark an error."""

    criterion_id: str = Field(min_length=1)
    key: str = ""
    text: str = Field(min_length=1)
    kind: Literal["binary", "ordinal"] = "binary"
    maximum: int = Field(default=1, ge=1)
    points: float = 1.0
    required: bool = True
    active: bool = True

    @property
    def sha256(self) -> str:
        """The hash of text and scale; points, order and activity never cost a judge call."""
        return digest({"text": self.text, "kind": self.kind, "maximum": self.maximum})


class Finding(BaseModel, frozen=True, extra="forbid"):
    """A described image finding that some conditions show to a model."""

    title: str = ""
    body: str = ""


class ItemContent(BaseModel, frozen=True, extra="forbid"):
    """Everything one version of an item says, apart from claims and rubric."""

    question: str = Field(min_length=1)
    context: str = ""
    answer: str
    aliases: tuple[str, ...] = ()
    category: str = ""
    orpha_code: str = ""
    modality: str = ""
    relation_type: str = ""
    findings: tuple[Finding, ...] = ()
    images: tuple[ItemImage, ...] = ()
    decisive_images: tuple[int, ...] = ()
    supporting_images: tuple[int, ...] = ()
    extra: dict[str, str] = Field(default_factory=dict)
    """Columns of the source that mean nothing to us, kept exactly."""

    def visible(self) -> dict[str, object]:
        """Return what a model is shown: question, context, captions, slots, images, findings."""
        return {
            "question": self.question,
            "context": self.context,
            "findings": [finding.model_dump() for finding in self.findings],
            "images": [[i.position, i.sha256, i.slot_name, i.caption] for i in self.images],
        }

    @property
    def visible_sha256(self) -> str:
        """The hash a prediction is bound to."""
        return digest(self.visible())

    def text_of(self, field: str) -> str | None:
        """Return the text of a field that a span can point into, or None."""
        if field in {"question", "context", "answer"}:
            return str(getattr(self, field))
        kind, _, number = field.partition(":")
        if not number.isdecimal():
            return None
        if kind == "caption":
            return next((i.caption for i in self.images if i.position == int(number)), None)
        if kind == "finding" and 1 <= int(number) <= len(self.findings):
            return self.findings[int(number) - 1].body
        return None


class Item(BaseModel, frozen=True, extra="forbid"):
    """One version of an item with its claims and one version of its rubric."""

    item_id: str = Field(min_length=1)
    version: int = Field(default=1, ge=1)
    case: CaseRecord
    track: Track
    content: ItemContent
    claims: tuple[Claim, ...] = ()
    rubric_version: int = Field(default=1, ge=1)
    criteria: tuple[Criterion, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of content, claims and case; the rubric has versions of its own."""
        return digest(
            {
                "content": self.content.model_dump(mode="json"),
                "claims": [claim.model_dump(mode="json") for claim in self.claims],
                "case": self.case.model_dump(mode="json"),
            }
        )

    def claim(self, claim_id: str) -> Claim | None:
        """Return a claim by its id, or None."""
        return next((claim for claim in self.claims if claim.claim_id == claim_id), None)

    def criterion(self, criterion_id: str) -> Criterion | None:
        """Return a criterion by its id, or None."""
        return next((c for c in self.criteria if c.criterion_id == criterion_id), None)


class ItemSummary(BaseModel, frozen=True, extra="forbid"):
    """One line of a list of items: counts, never bodies or images."""

    item_id: str
    case_id: str
    track: Track
    version: int
    claims: int
    criteria: int
    images: int


class ItemView(BaseModel, frozen=True, extra="forbid"):
    """An item together with what is known of its images."""

    item: Item
    images: dict[str, ImageRecord]


def item_id_of(dataset: str, track: Track, index: str) -> str:
    """Return the stable id of an item: dataset/track/index."""
    return f"{dataset}/{track.value}/{index}"


def track_of(item_id: str) -> Track:
    """Return the track an item's id names; a dataset's name holds no slash."""
    return Track(item_id.split("/")[1])


def rubric_digest(criteria: tuple[Criterion, ...]) -> str:
    """Return the hash of a whole rubric: order, points and activity included."""
    return digest([criterion.model_dump(mode="json") for criterion in criteria])
