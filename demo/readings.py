"""What the demo's clinicians read, as the tool stores it: whole readings, and those that agree."""

from __future__ import annotations

from typing import Any

from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage, span_of
from src.domain.item import Item
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.review import (
    AddedCriterion,
    Check,
    CheckAnswer,
    ClaimReading,
    Confidence,
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
    ReviewBody,
    Verdict,
)

NO_FAULT = {
    Check.ANSWER_CORRECT: CheckAnswer.YES,
    Check.UNSAFE: CheckAnswer.NO,
    Check.ANSWERABLE: CheckAnswer.YES,
    Check.ANSWERABLE_WITHOUT_IMAGES: CheckAnswer.NO,
    Check.QUESTION_CLEAR: CheckAnswer.YES,
    Check.OUTDATED_PRACTICE: CheckAnswer.NO,
    Check.PATIENT_RECOGNISABLE: CheckAnswer.NO,
}


def agreeing_body(item: Item, said: dict[str, Any], person: str) -> ReviewBody:
    """Return the reading of someone who finds an item in order, but for what is noted of them.

    `said` gives the evidence of every claim and, under `but`, by person: a verdict on the first
    claim with its note, other checks, changed criteria.
    """
    but = said.get("but", {}).get(person, {})
    evidence = tuple(_link(item, link) for link in said["evidence"])
    verdicts = [Verdict(but.get("verdict", Verdict.SUPPORTED))]
    verdicts += [Verdict.SUPPORTED] * (len(item.claims) - 1)
    return ReviewBody(
        claims=tuple(
            ClaimReading(
                claim_id=claim.claim_id,
                verdict=verdict,
                evidence=evidence,
                note=but.get("note", "") if place == 0 else "",
            )
            for place, (claim, verdict) in enumerate(zip(item.claims, verdicts, strict=True))
        ),
        checks=NO_FAULT
        | {Check(name): CheckAnswer(v) for name, v in but.get("checks", {}).items()},
        criteria=_criteria(item, but.get("criteria", [])),
        recommendation=_recommendation(said),
        confidence=Confidence.HIGH,
        images_viewed=tuple(image.sha256 for image in item.content.images),
    )


def _recommendation(said: dict[str, Any]) -> Recommendation:
    """Return what both recommend: to accept, with edits where one of them has noted something."""
    return Recommendation.ACCEPT_WITH_EDITS if "but" in said else Recommendation.ACCEPT


def body_of(item: Item, reading: dict[str, Any]) -> ReviewBody:
    """Return a reading of the demo's JSON as the tool stores it."""
    return ReviewBody(
        claims=tuple(
            ClaimReading(
                claim_id=item.claims[said["claim"] - 1].claim_id,
                verdict=Verdict(said["verdict"]),
                evidence=tuple(_link(item, link) for link in said["evidence"]),
                note=said["note"],
            )
            for said in reading["claims"]
        ),
        checks={Check(name): CheckAnswer(said) for name, said in reading["checks"].items()},
        criteria=_criteria(item, reading["criteria"]),
        added_criteria=tuple(
            AddedCriterion(text=said["text"], points=said["points"], reason=said["reason"])
            for said in reading["added_criteria"]
        ),
        flags=tuple(_flag(item, said) for said in reading["flags"]),
        proposals=Proposals.model_validate(reading["proposals"]),
        recommendation=Recommendation(reading["recommendation"]),
        confidence=Confidence(reading["confidence"]),
        comment=reading["comment"],
        images_viewed=tuple(image.sha256 for image in item.content.images),
    )


def _criteria(item: Item, changes: list[dict[str, Any]]) -> tuple[CriterionReading, ...]:
    return tuple(
        CriterionReading(
            criterion_id=criterion_id(item, said["key"]),
            action=said["action"],
            text=said.get("text") if said["action"] == "edit" else None,
            points=said.get("points") if said["action"] == "edit" else None,
            reason=EditReason(said["reason"]),
            note=said["note"],
        )
        for said in changes
    )


def criterion_id(item: Item, key: str) -> str:
    return next(c.criterion_id for c in item.criteria if c.key == key)


def _link(item: Item, link: dict[str, Any]) -> EvidenceLink:
    if "quote" in link:
        return _span(item, link["field"], link["quote"])
    sha256 = item.content.images[link["image"] - 1].sha256
    return _box(sha256, link["box"]) if link.get("box") else WholeImage(sha256=sha256)


def _span(item: Item, field: str, quote: str) -> TextSpan:
    text = item.content.text_of(field) or ""
    start = text.index(quote)
    return span_of(field, text, start, start + len(quote))


def _box(sha256: str, box: list[int]) -> ImageBox:
    x, y, width, height = box
    return ImageBox(sha256=sha256, x=x, y=y, width=width, height=height)


def _flag(item: Item, said: dict[str, Any]) -> LeakageFlag:
    place = said["place"]
    if "image" in place:
        sha256 = item.content.images[place["image"] - 1].sha256
        box = _box(sha256, place["box"]) if place.get("box") else None
        spot = LeakPlace(image=place["image"], box=box)
    else:
        span = _span(item, place["field"], place["quote"]) if place.get("quote") else None
        spot = LeakPlace(field=place["field"], span=span)
    return LeakageFlag(
        kind=LeakKind(said["kind"]), place=spot, severity=said["severity"], note=said["note"]
    )
