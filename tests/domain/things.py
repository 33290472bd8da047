"""Small values of the domain to test with: an item, its images, readings and decisions of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from src.domain.adjudication import Decision
from src.domain.image import ImageRecord
from src.domain.item import (
    CaseRecord,
    Claim,
    Criterion,
    Finding,
    Item,
    ItemContent,
    ItemImage,
    Track,
)
from src.domain.reasons import Reason
from src.domain.review import (
    Check,
    CheckAnswer,
    ClaimReading,
    Confidence,
    Recommendation,
    Review,
    ReviewBody,
    Verdict,
)
from src.domain.units import Unit

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
IMAGES = {
    n: ImageRecord(
        sha256=f"{n}" * 64,
        width=100,
        height=80,
        mode="L",
        media_type="image/png",
        byte_size=10,
        original_sha256=f"{n}" * 64,
    )
    for n in (1, 2)
}
RECORDS = {record.sha256: record for record in IMAGES.values()}


def make_item(**changes: Any) -> Item:
    """Return an item with two claims, two criteria, two images and a finding."""
    item = Item(
        item_id="test/diagnosis/001",
        case=CaseRecord(case_id="case-1"),
        track=Track.DIAGNOSIS,
        content=ItemContent(
            question="What is the diagnosis?",
            context="Bone pain 🦴 in both shins. Perirenal tissue.",
            answer="Erdheim-Chester disease",
            orpha_code="35687",
            findings=(Finding(title="CT", body="Hairy kidneys."),),
            images=tuple(
                ItemImage(
                    position=n,
                    sha256=IMAGES[n].sha256,
                    slot_name=f"Figure {n}",
                    caption=f"Image {n}",
                )
                for n in (1, 2)
            ),
        ),
        claims=(Claim(claim_id="c1", text="It is ECD."), Claim(claim_id="c2", text="Both shins.")),
        criteria=(
            Criterion(criterion_id="k1", key="must_include-1", text="Names ECD", points=1.0),
            Criterion(criterion_id="k2", key="must_not-1", text="Says metastases", points=-1.0),
        ),
    )
    return item.model_copy(update=changes)


def body(verdict: Verdict = Verdict.SUPPORTED, **changes: Any) -> ReviewBody:
    """Return a complete reading of the item."""
    complete = ReviewBody(
        claims=tuple(ClaimReading(claim_id=key, verdict=verdict) for key in ("c1", "c2")),
        checks={Check.ANSWER_CORRECT: CheckAnswer.YES},
        recommendation=Recommendation.ACCEPT,
        confidence=Confidence.HIGH,
    )
    return complete.model_copy(update=changes)


def review(person: str, said: ReviewBody | None = None, **changes: Any) -> Review:
    """Return a submitted reading of the item."""
    made = Review(
        review_id=f"review-{person}",
        round="first",
        item_id="test/diagnosis/001",
        item_version=1,
        rubric_version=1,
        person=person,
        revision=1,
        body=said or body(),
        opened_at=NOW,
        submitted_at=NOW,
        idempotency_key=person,
    )
    return made.model_copy(update=changes)


def decision(unit: Unit, key: str, value: Any, **changes: Any) -> Decision:
    """Return a ruling on a unit as it stands."""
    made = Decision(
        decision_id="d1",
        round="first",
        item_id="test/diagnosis/001",
        item_version=1,
        unit=unit.name,
        adjudicator="chen",
        chosen="A",
        key=key,
        value=value,
        reason=Reason.READER_SLIP,
        confidence=Confidence.HIGH,
        input_digest=unit.input_digest,
        revision=1,
        decided_at=NOW,
    )
    return made.model_copy(update=changes)
