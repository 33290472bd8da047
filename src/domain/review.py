"""One reader's reading of one item version, and what makes it complete and consistent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from src.domain.canonical import text_sha256
from src.domain.errors import Problem
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan
from src.domain.image import ImageRecord
from src.domain.item import Criterion, Item, Track
from src.domain.leakage import HitDismissal, LeakageFlag

MAX_TEXT = 20_000
MIN_MAXIMUM, MAX_MAXIMUM = 2, 100
"""The best grade an ordinal criterion can have."""

CriterionKind = Literal["binary", "ordinal"]


class Verdict(StrEnum):
    """A clinician's verdict on a claim."""

    SUPPORTED = "supported"
    PARTLY_SUPPORTED = "partly_supported"
    CONTRADICTED = "contradicted"
    NOT_IN_EVIDENCE = "not_in_evidence"
    CANNOT_JUDGE = "cannot_judge"


WANTS_EVIDENCE = frozenset({Verdict.SUPPORTED, Verdict.PARTLY_SUPPORTED})
"""Verdicts that say the evidence is there: without any mark one looks at them again."""


class Check(StrEnum):
    """The questions asked of every item."""

    ANSWER_CORRECT = "answer_correct"
    UNSAFE = "unsafe"
    ANSWERABLE = "answerable"
    ANSWERABLE_WITHOUT_IMAGES = "answerable_without_images"
    QUESTION_CLEAR = "question_clear"
    OUTDATED_PRACTICE = "outdated_practice"
    PATIENT_RECOGNISABLE = "patient_recognisable"


class CheckAnswer(StrEnum):
    """What a reader says to a check."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Recommendation(StrEnum):
    """The reviewer's overall word on the item."""

    ACCEPT = "accept"
    ACCEPT_WITH_EDITS = "accept_with_edits"
    REJECT = "reject"


class Confidence(StrEnum):
    """How sure a reader or adjudicator is."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class EditReason(StrEnum):
    """Why a criterion or a claim should change."""

    WRONG = "wrong"
    NOT_IN_EVIDENCE = "not_in_evidence"
    AMBIGUOUS = "ambiguous"
    TOO_VAGUE = "too_vague"
    DUPLICATE = "duplicate"
    MISSING = "missing"
    WEIGHT = "weight"
    WORDING = "wording"


class ClaimReading(BaseModel, frozen=True, extra="forbid"):
    """What a reader says of one claim."""

    claim_id: str
    verdict: Verdict | None = None
    evidence: tuple[EvidenceLink, ...] = ()
    refused: tuple[EvidenceLink, ...] = Field(default=(), exclude_if=lambda links: not links)
    """The benchmark's own links that are no evidence; written only where there are any."""
    text: str | None = Field(default=None, max_length=MAX_TEXT)
    """The claim reworded; None leaves it as it is."""
    removed: bool = False
    note: str = Field(default="", max_length=MAX_TEXT)


class AddedClaim(BaseModel, frozen=True, extra="forbid"):
    """A claim the reader found missing."""

    text: str = Field(min_length=1, max_length=MAX_TEXT)
    verdict: Verdict | None = None
    evidence: tuple[EvidenceLink, ...] = ()
    note: str = Field(default="", max_length=MAX_TEXT)


class CriterionReading(BaseModel, frozen=True, extra="forbid"):
    """What a reader does with one criterion; one not mentioned is kept."""

    criterion_id: str
    action: Literal["keep", "edit", "delete"] = "keep"
    text: str | None = Field(default=None, max_length=MAX_TEXT)
    points: float | None = Field(default=None, ge=-100, le=100, allow_inf_nan=False)
    required: bool | None = None
    kind: CriterionKind | None = None
    maximum: int | None = Field(default=None, ge=MIN_MAXIMUM, le=MAX_MAXIMUM)
    """The best grade of an ordinal criterion; None for a binary one, or where it stays."""
    evidence: tuple[EvidenceLink, ...] = ()
    """What the criterion rests on; a kept one may have evidence too."""
    reason: EditReason | None = None
    note: str = Field(default="", max_length=MAX_TEXT)

    @property
    def changes(self) -> dict[str, object]:
        """What an edit changes: field -> new value; evidence and order are no change."""
        fields = ("text", "points", "required", "kind", "maximum")
        return {name: new for name in fields if (new := getattr(self, name)) is not None}


class AddedCriterion(BaseModel, frozen=True, extra="forbid"):
    """A criterion the reader found missing."""

    text: str = Field(min_length=1, max_length=MAX_TEXT)
    points: float = Field(default=1.0, ge=-100, le=100, allow_inf_nan=False)
    required: bool = True
    kind: CriterionKind = "binary"
    maximum: int = Field(default=1, ge=1, le=MAX_MAXIMUM)
    evidence: tuple[EvidenceLink, ...] = ()
    key: str = Field(default="", pattern=r"^([a-z][a-z0-9]{0,31})?$")
    """Names it among the reader's own, whatever is removed; readings before it have none."""
    reason: EditReason = EditReason.MISSING
    note: str = Field(default="", max_length=MAX_TEXT)


class Proposals(BaseModel, frozen=True, extra="forbid"):
    """Changes to the item itself; None proposes nothing."""

    answer: str | None = Field(default=None, max_length=MAX_TEXT)
    aliases: tuple[str, ...] = ()
    """Further names that count as the answer."""
    orpha_code: str | None = Field(default=None, pattern=r"^\d{1,7}$")
    question: str | None = Field(default=None, max_length=MAX_TEXT)
    captions: dict[int, str] = Field(default_factory=dict)
    """Position of the image -> another caption."""
    image_order: tuple[int, ...] = ()
    """All positions in the order proposed; empty proposes none."""


class ReviewBody(BaseModel, frozen=True, extra="forbid"):
    """All a reader says of one item; a draft is the same, not yet complete."""

    claims: tuple[ClaimReading, ...] = ()
    added_claims: tuple[AddedClaim, ...] = ()
    checks: dict[Check, CheckAnswer] = Field(default_factory=dict)
    proposals: Proposals = Proposals()
    criteria: tuple[CriterionReading, ...] = ()
    added_criteria: tuple[AddedCriterion, ...] = ()
    criterion_order: tuple[str, ...] = ()
    """Criterion ids, and 'added:KEY' of the reader's own, as proposed; empty leaves the order."""
    flags: tuple[LeakageFlag, ...] = ()
    dismissed: tuple[HitDismissal, ...] = Field(default=(), exclude_if=lambda said: not said)
    """Hits of the scan that are no leak; written only where there are any."""
    recommendation: Recommendation | None = None
    confidence: Confidence | None = None
    comment: str = Field(default="", max_length=MAX_TEXT)
    images_viewed: tuple[str, ...] = ()

    def claim(self, claim_id: str) -> ClaimReading:
        """Return the reading of a claim; an empty one when there is none yet."""
        empty = ClaimReading(claim_id=claim_id)
        return next((c for c in self.claims if c.claim_id == claim_id), empty)

    def criterion(self, criterion_id: str) -> CriterionReading:
        """Return the reading of a criterion; 'keep' when it is not mentioned."""
        keep = CriterionReading(criterion_id=criterion_id)
        return next((c for c in self.criteria if c.criterion_id == criterion_id), keep)


class Review(BaseModel, frozen=True, extra="forbid"):
    """A submitted reading. A later revision supersedes, never edits, it."""

    review_id: str
    round: str
    item_id: str
    item_version: int
    rubric_version: int
    person: str
    revision: int
    body: ReviewBody
    opened_at: datetime
    submitted_at: datetime
    seconds_active: int = Field(default=0, ge=0)
    after_exposure: bool = False
    idempotency_key: str = Field(min_length=1)


class OwnReview(BaseModel, frozen=True, extra="forbid"):
    """One line of the list of what a reader has submitted: their newest revision of an item."""

    round: str
    item_id: str
    track: Track
    number: int
    """The reader's own n-th review; the next page begins after the last one's."""
    revision: int
    submitted_at: datetime
    recommendation: Recommendation | None = None


class Draft(BaseModel, frozen=True, extra="forbid"):
    """A reading in the making; `version` counts its saves."""

    round: str
    item_id: str
    item_version: int
    rubric_version: int
    person: str
    body: ReviewBody
    version: int = 0
    opened_at: datetime
    saved_at: datetime | None = None

    def differs_from(self, body: ReviewBody) -> bool:
        """Return True when a text says something else; images viewed since are no difference."""
        return self.body.model_copy(update={"images_viewed": body.images_viewed}) != body

    def next_version(self, body: ReviewBody, at: datetime) -> Draft:
        """Return the draft as it is after one more save."""
        return self.model_copy(update={"body": body, "version": self.version + 1, "saved_at": at})

    def stepped_to(self, body: ReviewBody, at: datetime) -> Draft:
        """Return the draft with an earlier or later text; an image once viewed stays viewed."""
        viewed = tuple(dict.fromkeys((*self.body.images_viewed, *body.images_viewed)))
        return self.next_version(body.model_copy(update={"images_viewed": viewed}), at)


class Receipt(BaseModel, frozen=True, extra="forbid"):
    """Proof of a stored act: the person's own n-th and the hash of its event."""

    number: int
    hash: str
    at: datetime


def consistency_problems(
    item: Item, images: dict[str, ImageRecord], body: ReviewBody
) -> list[Problem]:
    """Return what in a reading does not fit the item: unknown ids, boxes and spans outside it."""
    return [
        *_id_problems(item, body),
        *_evidence_problems(item, images, body),
        *_refusal_problems(item, body),
        *_edit_problems(item, body),
        *_order_problems(item, body),
        *_proposal_problems(item, body),
        *_flag_problems(item, images, body),
    ]


def completeness_problems(item: Item, body: ReviewBody) -> list[Problem]:
    """Return what is still missing before a reading can be submitted, in the form's order."""
    missing = [
        _problem(
            f"claims.{claim.claim_id}.verdict", "missing_verdict", f"Claim {n} has no verdict."
        )
        for n, claim in enumerate(item.claims, start=1)
        if not (reading := body.claim(claim.claim_id)).removed and reading.verdict is None
    ]
    missing += [
        _problem(f"added_claims.{n}.verdict", "missing_verdict", "An added claim has no verdict.")
        for n, claim in enumerate(body.added_claims)
        if claim.verdict is None
    ]
    missing += _empty_texts(body)
    missing += _added_twice("claims", [claim.text for claim in body.added_claims])
    missing += _added_twice("criteria", [added.text for added in body.added_criteria])
    if Check.ANSWER_CORRECT not in body.checks:
        missing.append(
            _problem("checks.answer_correct", "missing_check", "Say whether the answer is correct.")
        )
    missing += _unexplained_edits(item, body)
    if body.recommendation is None:
        missing.append(
            _problem("recommendation", "missing_recommendation", "Choose a recommendation.")
        )
    if body.recommendation is Recommendation.REJECT and not body.comment.strip():
        missing.append(
            _problem("comment", "missing_comment", "Say in the comment why the item is rejected.")
        )
    if body.confidence is None:
        missing.append(_problem("confidence", "missing_confidence", "Say how sure you are."))
    return missing


def doubts(item: Item, body: ReviewBody, others: Sequence[Problem] = ()) -> list[Problem]:
    """Return what a reader may want to look at again before submitting; none of it must change.

    `others` are doubts known elsewhere, such as those about hits of the scan; images that nobody
    looked at come after them.
    """
    return [*_without_evidence(item, body), *others, *_never_viewed(item, body)]


def _without_evidence(item: Item, body: ReviewBody) -> list[Problem]:
    readings: list[tuple[str, ClaimReading | AddedClaim]] = [
        (f"claims.{claim.claim_id}", body.claim(claim.claim_id)) for claim in item.claims
    ]
    readings += [(f"added_claims.{n}", claim) for n, claim in enumerate(body.added_claims)]
    return [
        _problem(
            f"{column}.evidence",
            "no_evidence",
            f"Claim {number} has a verdict that rests on evidence, but nothing is marked.",
        )
        for number, (column, reading) in enumerate(readings, start=1)
        if reading.verdict in WANTS_EVIDENCE
        and not reading.evidence
        and not (isinstance(reading, ClaimReading) and reading.removed)
    ]


def _never_viewed(item: Item, body: ReviewBody) -> list[Problem]:
    """Name each picture once, by its first place, where two places show the same pixels."""
    places: dict[str, int] = {}
    for image in item.content.images:
        places.setdefault(image.sha256, image.position)
    return [
        _problem(f"images.{sha256}", "never_viewed", f"Image {position} was not looked at.")
        for sha256, position in places.items()
        if sha256 not in body.images_viewed
    ]


def _unexplained_edits(item: Item, body: ReviewBody) -> list[Problem]:
    numbers = {c.criterion_id: n for n, c in enumerate(_active(item), start=1)}
    return [
        _problem(
            f"criteria.{reading.criterion_id}.reason",
            "missing_reason",
            f"Say why criterion {numbers.get(reading.criterion_id, reading.criterion_id)} "
            "should change.",
        )
        for reading in body.criteria
        if reading.action == "edit" and reading.reason is None
    ]


def _active(item: Item) -> list[Criterion]:
    return [criterion for criterion in item.criteria if criterion.active]


def _empty_texts(body: ReviewBody) -> list[Problem]:
    """Name the texts that would empty a part of the item; only a caption may be emptied."""
    texts = [(f"claims.{reading.claim_id}.text", reading.text) for reading in body.claims]
    texts += [(f"added_claims.{n}.text", new.text) for n, new in enumerate(body.added_claims)]
    texts += [(f"added_criteria.{n}.text", new.text) for n, new in enumerate(body.added_criteria)]
    texts += [("proposals.answer", body.proposals.answer)]
    texts += [("proposals.question", body.proposals.question)]
    return [
        _problem(column, "empty_text", f"{column!r} is empty: write a text or take it back.")
        for column, text in texts
        if text is not None and not text.strip()
    ]


def _added_twice(kind: str, texts: Sequence[str]) -> list[Problem]:
    if len(set(texts)) == len(texts):
        return []
    return [_problem(f"added_{kind}", "added_twice", f"Two added {kind} have the same text.")]


def _problem(column: str, rule: str, message: str) -> Problem:
    return Problem(column=column, rule=rule, message=message)


def _id_problems(item: Item, body: ReviewBody) -> list[Problem]:
    claim_ids = [reading.claim_id for reading in body.claims]
    criterion_ids = [reading.criterion_id for reading in body.criteria]
    known_claims = {claim.claim_id for claim in item.claims}
    known_criteria = {criterion.criterion_id for criterion in item.criteria}
    found = [
        _problem("claims", "unknown_claim", f"The item has no claim {key!r}.")
        for key in claim_ids
        if key not in known_claims
    ]
    found += [
        _problem("criteria", "unknown_criterion", f"The item has no criterion {key!r}.")
        for key in criterion_ids
        if key not in known_criteria
    ]
    if len(set(claim_ids)) < len(claim_ids) or len(set(criterion_ids)) < len(criterion_ids):
        found.append(_problem("claims", "read_twice", "A claim or criterion is read twice."))
    return [*found, *_twice_problems(body)]


def _twice_problems(body: ReviewBody) -> list[Problem]:
    """Return what is said twice of one leak, or of one hit of the scan."""
    found = []
    spots = [flag.spot for flag in body.flags]
    confirmed = [flag.hit_id for flag in body.flags if flag.hit_id]
    if len(set(spots)) < len(spots) or any(flag.more for flag in body.flags):
        found.append(_problem("flags", "flagged_twice", "The same leak is flagged twice."))
    said = [*(said.hit_id for said in body.dismissed), *confirmed]
    if len(set(said)) < len(said):
        message = "A hit of the scan is dismissed or confirmed twice, or both."
        found.append(_problem("dismissed", "dismissed_twice", message))
    return found


def _edit_problems(item: Item, body: ReviewBody) -> list[Problem]:
    found = []
    for reading in body.criteria:
        column = f"criteria.{reading.criterion_id}"
        if reading.action == "keep" and reading.changes:
            found.append(_problem(column, "kept_but_changed", "A kept criterion cannot change."))
        if reading.action == "edit" and not reading.changes:
            found.append(_problem(column, "edited_without_change", "The edit changes nothing."))
        if reading.text is not None and not reading.text.strip():
            found.append(_problem(column, "empty_text", "A criterion needs a text."))
        if reading.action == "delete" and reading.reason is None:
            found.append(_problem(column, "missing_reason", "Say why the criterion should go."))
        criterion = item.criterion(reading.criterion_id)
        kind = reading.kind or (criterion.kind if criterion is not None else "ordinal")
        if reading.maximum is not None and kind == "binary":
            found.append(_problem(column, "scale_unfit", "Only a graded criterion has a maximum."))
    for number, added in enumerate(body.added_criteria):
        if (added.kind == "binary") is not (added.maximum == 1):
            message = "A graded criterion goes from 0 to at least 2; one that is met or not to 1."
            found.append(_problem(f"added_criteria.{number}", "scale_unfit", message))
    return found


def _order_problems(item: Item, body: ReviewBody) -> list[Problem]:
    """Return why an order names what is not there, or a thing twice; it may leave some out."""
    known = {c.criterion_id for c in item.criteria} | set(own_targets(body.added_criteria))
    keys = [added.key for added in body.added_criteria if added.key]
    found = []
    if len(set(body.criterion_order)) < len(body.criterion_order) or len(set(keys)) < len(keys):
        message = "The order of the criteria names one of them twice."
        found.append(_problem("criterion_order", "order_unfit", message))
    if any(name not in known for name in body.criterion_order):
        message = "The order of the criteria names one that is not there."
        found.append(_problem("criterion_order", "order_unfit", message))
    return found


OWN = "added:"


def own_targets(added: Sequence[AddedCriterion]) -> list[str]:
    """Return what names each of a reader's own criteria: its key, or its place if it has none."""
    return [f"{OWN}{criterion.key or f'o{place}'}" for place, criterion in enumerate(added)]


def _proposal_problems(item: Item, body: ReviewBody) -> list[Problem]:
    positions = [image.position for image in item.content.images]
    found = [
        _problem(f"proposals.captions.{position}", "proposal_outside", f"No image {position}.")
        for position in body.proposals.captions
        if position not in positions
    ]
    order = body.proposals.image_order
    if order and sorted(order) != sorted(positions):
        message = "The order proposed must hold every image once."
        found.append(_problem("proposals.image_order", "proposal_outside", message))
    return found


def _evidence_problems(
    item: Item, images: dict[str, ImageRecord], body: ReviewBody
) -> list[Problem]:
    links = [(f"claims.{c.claim_id}.evidence", link) for c in body.claims for link in c.evidence]
    links += [("added_claims.evidence", link) for c in body.added_claims for link in c.evidence]
    links += [
        (f"criteria.{c.criterion_id}.evidence", link) for c in body.criteria for link in c.evidence
    ]
    links += [("added_criteria.evidence", link) for c in body.added_criteria for link in c.evidence]
    found = []
    for column, link in links:
        message = link_problem(item, images, link)
        if message:
            found.append(_problem(column, "evidence_outside", message))
    return found


def _refusal_problems(item: Item, body: ReviewBody) -> list[Problem]:
    """Return why a link cannot be refused: the claim never had it, or it is used as evidence."""
    found = []
    for reading in body.claims:
        claim, column = item.claim(reading.claim_id), f"claims.{reading.claim_id}.refused"
        given = claim.links if claim is not None else ()
        if any(link not in given for link in reading.refused):
            message = f"What is refused was never given for claim {reading.claim_id!r}."
            found.append(_problem(column, "refused_not_given", message))
        if any(link in reading.evidence for link in reading.refused):
            message = f"Claim {reading.claim_id!r} refuses what it also names as evidence."
            found.append(_problem(column, "refused_and_used", message))
    return found


def link_problem(item: Item, images: dict[str, ImageRecord], link: EvidenceLink) -> str | None:
    """Return why a piece of evidence does not lie in the item, or None when it does."""
    if isinstance(link, TextSpan):
        return _span_problem(item, link)
    if link.sha256 not in {image.sha256 for image in item.content.images}:
        return f"The image {link.sha256[:12]!r} is not one of the item's images."
    record = images.get(link.sha256)
    if isinstance(link, ImageBox) and record is not None:
        inside = link.x + link.width <= record.width and link.y + link.height <= record.height
        return None if inside else f"The box leaves the {record.width}x{record.height} image."
    return None


def _span_problem(item: Item, span: TextSpan) -> str | None:
    text = item.content.text_of(span.field)
    if text is None:
        return f"The item has no field {span.field!r}."
    if span.text_sha256 != text_sha256(text):
        return f"The text of {span.field!r} is another version than the one that was marked."
    if text[span.start : span.end] != span.quote:
        return f"The quote is not what {span.field!r} says at {span.start} to {span.end}."
    return None


def _flag_problems(item: Item, images: dict[str, ImageRecord], body: ReviewBody) -> list[Problem]:
    found = []
    positions = {image.position for image in item.content.images}
    for number, flag in enumerate(body.flags):
        message = None
        if flag.place.image is not None and flag.place.image not in positions:
            message = f"The item has no image {flag.place.image}."
        elif flag.place.span is not None:
            field = flag.place.span.field
            message = _span_problem(item, flag.place.span)
            if item.content.text_of(field) is None and _is_field(item, field):
                message = f"A flag on {field!r} is about all of it: leave the span out."
        elif flag.place.box is not None:
            message = _flagged_box_problem(item, images, flag.place.image, flag.place.box)
        elif flag.place.field is not None and not _is_field(item, flag.place.field):
            message = f"The item has no field {flag.place.field!r}."
        if message:
            found.append(_problem(f"flags.{number}.place", "place_outside", message))
    return found


def _flagged_box_problem(
    item: Item, images: dict[str, ImageRecord], position: int | None, box: ImageBox
) -> str | None:
    shown = next(image for image in item.content.images if image.position == position)
    if box.sha256 != shown.sha256:
        return f"The box lies on another image than image {position}."
    return link_problem(item, images, box)


def _is_field(item: Item, field: str) -> bool:
    if item.content.text_of(field) is not None:
        return True
    if field in {"item_id", "case_id"}:
        return True
    kind, _, number = field.partition(":")
    positions = {str(image.position) for image in item.content.images}
    return kind in {"slot", "file_name", "metadata"} and number in positions
