"""What a reader may want to look at again before submitting: it never stops them."""

from __future__ import annotations

from src.domain.errors import Problem
from src.domain.evidence import WholeImage
from src.domain.review import (
    AddedClaim,
    ClaimReading,
    ReviewBody,
    Verdict,
    completeness_problems,
    doubts,
)
from tests.domain.things import IMAGES, body, make_item

ITEM = make_item()
LOOKED = tuple(image.sha256 for image in ITEM.content.images)
MARK = WholeImage(sha256=IMAGES[1].sha256)


def columns(said: ReviewBody) -> list[str | None]:
    """Return where the doubts about a reading lie."""
    return [problem.column for problem in doubts(ITEM, said)]


def reading(verdict: Verdict | None, **changes: object) -> ReviewBody:
    """Return a reading of the first claim by somebody who looked at every image."""
    claim = ClaimReading.model_validate(
        {"claim_id": ITEM.claims[0].claim_id, "verdict": verdict, **changes}
    )
    return ReviewBody(claims=(claim,), images_viewed=LOOKED)


def test_only_a_verdict_that_rests_on_evidence_wants_a_mark() -> None:
    wants = [verdict for verdict in Verdict if columns(reading(verdict))]
    assert wants == [Verdict.SUPPORTED, Verdict.PARTLY_SUPPORTED]
    assert columns(reading(None)) == []


def test_a_mark_settles_the_doubt_and_a_removed_claim_raises_none() -> None:
    assert columns(reading(Verdict.SUPPORTED)) == [f"claims.{ITEM.claims[0].claim_id}.evidence"]
    assert columns(reading(Verdict.SUPPORTED, evidence=(MARK,))) == []
    assert columns(reading(Verdict.SUPPORTED, removed=True)) == []


def test_an_own_claim_is_looked_at_like_the_others_and_named_by_its_number() -> None:
    own = AddedClaim(text="Hairy kidneys", verdict=Verdict.SUPPORTED)
    said = reading(None).model_copy(update={"added_claims": (own,)})
    [problem] = doubts(ITEM, said)
    assert problem.column == "added_claims.0.evidence"
    assert problem.message.startswith(f"Claim {len(ITEM.claims) + 1} ")


def test_doubts_known_elsewhere_come_before_images_nobody_looked_at() -> None:
    hits = Problem(column="hits", rule="undecided_hits", message="1 place is not decided.")
    said = reading(Verdict.SUPPORTED).model_copy(update={"images_viewed": LOOKED[:1]})
    assert [problem.column for problem in doubts(ITEM, said, [hits])] == [
        f"claims.{ITEM.claims[0].claim_id}.evidence",
        "hits",
        f"images.{LOOKED[1]}",
    ]


def test_an_image_nobody_looked_at_is_named_once() -> None:
    said = reading(None).model_copy(update={"images_viewed": LOOKED[:1]})
    assert [(p.column, p.message) for p in doubts(ITEM, said)] == [
        (f"images.{LOOKED[1]}", "Image 2 was not looked at.")
    ]
    one, two = ITEM.content.images
    twice = ITEM.content.model_copy(
        update={"images": (one, two.model_copy(update={"sha256": one.sha256}))}
    )
    item = ITEM.model_copy(update={"content": twice})
    assert [p.message for p in doubts(item, ReviewBody())] == ["Image 1 was not looked at."]


def test_a_doubt_never_stands_in_the_way_of_submitting() -> None:
    said = body()
    assert doubts(ITEM, said)
    assert completeness_problems(ITEM, said) == []
