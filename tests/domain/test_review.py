"""What makes a reading complete, and what makes it fit its item."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from src.domain.evidence import ImageBox, TextSpan, WholeImage, span_of
from src.domain.item import Item
from src.domain.leakage import DismissReason, HitDismissal, LeakageFlag, LeakKind, LeakPlace
from src.domain.review import (
    AddedClaim,
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
    ReviewBody,
    Verdict,
    completeness_problems,
    consistency_problems,
    own_targets,
)
from tests.domain.things import IMAGES, RECORDS, body, make_item

ITEM = make_item()
CONTEXT = ITEM.content.context
ONE = IMAGES[1].sha256


def rules(said: ReviewBody) -> list[str]:
    """Return the rules a reading breaks by not fitting the item."""
    return [problem.rule for problem in consistency_problems(ITEM, RECORDS, said)]


def missing(said: ReviewBody) -> list[str]:
    """Return what a reading still lacks."""
    return [problem.rule for problem in completeness_problems(ITEM, said)]


def with_evidence(*links: Any) -> ReviewBody:
    """Return a reading that links evidence to the first claim."""
    claim = ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, evidence=links)
    return body(claims=(claim, ClaimReading(claim_id="c2", verdict=Verdict.SUPPORTED)))


def refusing(*links: Any, **changes: Any) -> tuple[Item, ReviewBody]:
    """Return an item whose first claim names image 1, and a reading that refuses links of it."""
    first = ITEM.claims[0].model_copy(update={"links": (WholeImage(sha256=ONE),)})
    reading = ClaimReading(claim_id="c1", refused=links, **changes)
    return make_item(claims=(first, ITEM.claims[1])), body(claims=(reading,))


def test_a_link_the_benchmark_gave_the_claim_can_be_refused() -> None:
    """And nothing else: not another image, not what is evidence as well."""
    given, other = WholeImage(sha256=ONE), WholeImage(sha256=IMAGES[2].sha256)
    for links, evidence, expected in (
        ((given,), (), []),
        ((given,), (other,), []),
        ((other,), (), ["refused_not_given"]),
        ((given, other), (), ["refused_not_given"]),
        ((given,), (given,), ["refused_and_used"]),
        ((other,), (other,), ["refused_not_given", "refused_and_used"]),
    ):
        item, said = refusing(*links, evidence=evidence)
        problems = consistency_problems(item, RECORDS, said)
        assert [problem.rule for problem in problems] == expected
        assert {problem.column for problem in problems} <= {"claims.c1.refused"}


def test_a_refusal_of_a_claim_that_is_not_there_was_never_given() -> None:
    """The unknown claim is named too."""
    said = ClaimReading(claim_id="c9", refused=(WholeImage(sha256=ONE),))
    assert rules(body(claims=(said,))) == ["unknown_claim", "refused_not_given"]


def test_a_reading_that_refuses_nothing_is_written_as_it_was_before_one_could_refuse() -> None:
    """What was stored before can be read, and the same reading has the same hash."""
    plain = ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED)
    stored = {
        "claim_id": "c1",
        "verdict": "supported",
        "evidence": [],
        "text": None,
        "removed": False,
        "note": "",
    }
    assert plain.model_dump(mode="json") == stored
    assert ClaimReading.model_validate(stored) == plain
    _, said = refusing(WholeImage(sha256=ONE))
    again = said.model_dump(mode="json")
    assert again["claims"][0]["refused"] == [{"type": "image", "sha256": ONE}]
    assert ReviewBody.model_validate(again) == said


def flagged(place: LeakPlace) -> ReviewBody:
    """Return a reading that flags one leak."""
    return body(flags=(LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=place),))


def test_a_complete_reading_has_no_problem() -> None:
    """Nothing is missing and everything fits."""
    assert (missing(body()), rules(body())) == ([], [])


def test_an_untouched_reading_lacks_everything_in_the_order_of_the_form() -> None:
    """Verdicts first, confidence last; all at once, not one after the other."""
    assert missing(ReviewBody()) == [
        "missing_verdict",
        "missing_verdict",
        "missing_check",
        "missing_recommendation",
        "missing_confidence",
    ]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"added_claims": (AddedClaim(text="New"),)}, "missing_verdict"),
        ({"checks": {}}, "missing_check"),
        ({"recommendation": None}, "missing_recommendation"),
        ({"recommendation": Recommendation.REJECT}, "missing_comment"),
        ({"recommendation": Recommendation.REJECT, "comment": " \n"}, "missing_comment"),
        ({"confidence": None}, "missing_confidence"),
        ({"added_criteria": (AddedCriterion(text="X"), AddedCriterion(text="X"))}, "added_twice"),
        (
            {"added_claims": (AddedClaim(text="X", verdict=Verdict.SUPPORTED),) * 2},
            "added_twice",
        ),
    ],
)
def test_each_thing_missing_is_named(change: dict[str, Any], rule: str) -> None:
    """One thing taken from a complete reading gives exactly one problem."""
    assert missing(body(**change)) == [rule]


def test_a_removed_claim_needs_no_verdict() -> None:
    """Removing says enough."""
    claims = (
        ClaimReading(claim_id="c1", removed=True),
        ClaimReading(claim_id="c2", verdict=Verdict.SUPPORTED),
    )
    assert missing(body(claims=claims)) == []


def test_an_item_without_claims_can_be_submitted() -> None:
    """An item may rest on no claim at all."""
    assert completeness_problems(make_item(claims=()), body(claims=())) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"claims": (ClaimReading(claim_id="c9"),)}, "unknown_claim"),
        ({"claims": (ClaimReading(claim_id="c1"), ClaimReading(claim_id="c1"))}, "read_twice"),
        ({"criteria": (CriterionReading(criterion_id="k9"),)}, "unknown_criterion"),
        ({"criteria": (CriterionReading(criterion_id="k1"),) * 2}, "read_twice"),
        ({"criteria": (CriterionReading(criterion_id="k1", text="x"),)}, "kept_but_changed"),
        ({"criteria": (CriterionReading(criterion_id="k1", points=2),)}, "kept_but_changed"),
        (
            {
                "criteria": (
                    CriterionReading(criterion_id="k1", action="edit", reason=EditReason.WRONG),
                )
            },
            "edited_without_change",
        ),
        (
            {
                "criteria": (
                    CriterionReading(
                        criterion_id="k1", action="edit", text=" ", reason=EditReason.WRONG
                    ),
                )
            },
            "empty_text",
        ),
        ({"criteria": (CriterionReading(criterion_id="k1", action="delete"),)}, "missing_reason"),
        (
            {
                "criteria": (
                    CriterionReading(criterion_id="k1", action="edit", points=2, maximum=3),
                )
            },
            "scale_unfit",
        ),
        ({"added_criteria": (AddedCriterion(text="X", kind="ordinal"),)}, "scale_unfit"),
        ({"added_criteria": (AddedCriterion(text="X", maximum=3),)}, "scale_unfit"),
        ({"criterion_order": ("k2", "k1", "k2")}, "order_unfit"),
        ({"criterion_order": ("k2", "added:n1")}, "order_unfit"),
        ({"criteria": (CriterionReading(criterion_id="k1", kind="ordinal"),)}, "kept_but_changed"),
    ],
)
def test_each_contradiction_is_named(change: dict[str, Any], rule: str) -> None:
    """One contradiction gives exactly one problem."""
    assert rules(body(**change)) == [rule]


@pytest.mark.parametrize(
    ("x", "y", "width", "height", "fits"),
    [
        (0, 0, 100, 80, True),
        (99, 79, 1, 1, True),
        (0, 0, 101, 80, False),
        (0, 0, 100, 81, False),
        (99, 79, 2, 1, False),
        (100, 0, 1, 1, False),
    ],
)
def test_a_box_lies_inside_its_image(x: int, y: int, width: int, height: int, fits: bool) -> None:
    """The last pixel belongs to the image, the next one does not."""
    box = ImageBox(sha256=ONE, x=x, y=y, width=width, height=height)
    assert rules(with_evidence(box)) == ([] if fits else ["evidence_outside"])


@pytest.mark.parametrize("values", [(-1, 0, 1, 1), (0, 0, 0, 1), (0, 0, 1.5, 1)])
def test_a_box_is_made_of_whole_pixels(values: tuple[Any, ...]) -> None:
    """Negative, empty and broken boxes are no boxes."""
    x, y, width, height = values
    with pytest.raises(ValidationError):
        ImageBox(sha256=ONE, x=x, y=y, width=width, height=height)


def test_evidence_names_an_image_of_the_item() -> None:
    """An image of another item is none of this one's evidence."""
    assert rules(with_evidence(WholeImage(sha256="9" * 64))) == ["evidence_outside"]


def test_a_span_counts_code_points_beyond_the_basic_plane() -> None:
    """A bone emoji is one character here, though two units in JavaScript."""
    start = CONTEXT.index("in both")
    span = span_of("context", CONTEXT, start, start + 7)
    assert (span.quote, span.prefix) == ("in both", "Bone pain 🦴 ")
    assert rules(with_evidence(span)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "other"},
        {"text_sha256": "0" * 64},
        {"field": "caption:9"},
        {"field": "finding:2"},
        {"field": "no such field"},
        {"start": 1},
    ],
)
def test_a_span_that_does_not_match_the_text_is_refused(change: dict[str, Any]) -> None:
    """Quote, text and field must all be as the item has them."""
    span = span_of("context", CONTEXT, 0, 9)
    wrong = TextSpan.model_validate({**span.model_dump(), **change})
    assert rules(with_evidence(wrong)) == ["evidence_outside"]


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 4), (-1, 2), (0, 10_000)])
def test_no_span_is_made_outside_a_text(start: int, end: int) -> None:
    """An empty span, or one that reaches outside, is an error at once."""
    with pytest.raises(ValueError, match="is not inside"):
        span_of("context", CONTEXT, start, end)


@pytest.mark.parametrize(
    ("place", "fits"),
    [
        (LeakPlace(field="question"), True),
        (LeakPlace(field="caption:2"), True),
        (LeakPlace(field="slot:2"), True),
        (LeakPlace(field="file_name:2"), True),
        (LeakPlace(field="metadata:1"), True),
        (LeakPlace(field="item_id"), True),
        (LeakPlace(field="file_name:3"), False),
        (LeakPlace(field="finding:1"), True),
        (LeakPlace(image=2), True),
        (LeakPlace(field="caption:3"), False),
        (LeakPlace(field="slot:3"), False),
        (LeakPlace(field="nowhere"), False),
        (LeakPlace(image=3), False),
        (LeakPlace(image=1, box=ImageBox(sha256=ONE, x=0, y=0, width=200, height=1)), False),
        (LeakPlace(image=2, box=ImageBox(sha256=ONE, x=0, y=0, width=1, height=1)), False),
    ],
)
def test_a_leak_is_flagged_at_a_place_of_the_item(place: LeakPlace, fits: bool) -> None:
    """A place outside the item, or a box on another image than the one named, is refused."""
    assert rules(flagged(place)) == ([] if fits else ["place_outside"])


def test_a_name_is_flagged_as_a_whole() -> None:
    """A span in the name of a slot is refused in words that say so."""
    place = LeakPlace(field="slot:1", span=span_of("slot:1", "Figure 1", 0, 6))
    (problem,) = consistency_problems(ITEM, RECORDS, flagged(place))
    assert "about all of it" in problem.message


def test_a_place_is_either_text_or_image() -> None:
    """Neither, both, a box without an image, a span of another field: none is a place."""
    span = span_of("question", ITEM.content.question, 0, 4)
    box = ImageBox(sha256=ONE, x=0, y=0, width=1, height=1)
    for given in (
        {},
        {"field": "context", "image": 1},
        {"field": "context", "span": span},
        {"field": "context", "box": box},
    ):
        with pytest.raises(ValidationError):
            LeakPlace.model_validate(given)


def test_the_same_leak_is_flagged_once() -> None:
    """Kind, place, and the words or the box name a leak."""
    flag = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
    assert rules(body(flags=(flag, flag))) == ["flagged_twice"]
    one, two = (
        flag.model_copy(
            update={"place": LeakPlace(field="context", span=span_of("context", CONTEXT, *at))}
        )
        for at in ((0, 4), (5, 9))
    )
    assert rules(body(flags=(flag, one, two))) == []
    assert rules(body(flags=(one, one))) == ["flagged_twice"]


def test_spots_of_one_unit_stand_each_on_its_own_in_a_reading() -> None:
    """They are joined only where they are compared."""
    flag = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
    assert rules(body(flags=(flag.model_copy(update={"more": (flag,)}),))) == ["flagged_twice"]


def test_a_hit_is_confirmed_or_dismissed_once() -> None:
    """By one flag, or by one dismissal, never by both."""
    one, other = (
        LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field=field), hit_id="a" * 16)
        for field in ("context", "question")
    )
    said = HitDismissal(hit_id="a" * 16, reason=DismissReason.TOO_GENERAL)
    assert rules(body(flags=(one,))) == rules(body(dismissed=(said,))) == []
    for twice in (body(flags=(one, other)), body(flags=(one,), dismissed=(said,))):
        assert rules(twice) == ["dismissed_twice"]


def test_the_proposed_order_holds_every_image_once() -> None:
    """An order that loses or repeats an image, or a caption for no image, does not fit."""
    for proposals in (
        Proposals(image_order=(1,)),
        Proposals(image_order=(1, 1)),
        Proposals(image_order=(1, 3)),
        Proposals(captions={3: "x"}),
    ):
        assert rules(body(proposals=proposals)) == ["proposal_outside"]
    assert rules(body(proposals=Proposals(image_order=(2, 1), captions={2: "x"}))) == []


def test_a_text_is_never_emptied() -> None:
    """Blank text would empty the item in gold."""
    claims = (ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, text="  "), body().claims[1])
    assert missing(body(claims=claims)) == ["empty_text"]
    added = AddedCriterion(text=" ")
    assert missing(body(added_criteria=(added,))) == ["empty_text"]
    for proposals in (Proposals(answer=" "), Proposals(question="")):
        assert missing(body(proposals=proposals)) == ["empty_text"]


@pytest.mark.parametrize("points", [float("nan"), float("inf"), 101, -101])
def test_points_are_finite_and_bounded(points: float) -> None:
    """A criterion can neither weigh nothing nor everything."""
    with pytest.raises(ValidationError):
        AddedCriterion(text="x", points=points)


def test_a_draft_may_owe_the_reason_of_an_edit_a_review_may_not() -> None:
    """The text is stored at once; why it changed is asked before it is submitted."""
    edit = CriterionReading(criterion_id="k2", action="edit", text="Says myeloma")
    assert rules(body(criteria=(edit,))) == []
    [problem] = completeness_problems(make_item(), body(criteria=(edit,)))
    assert (problem.rule, problem.message) == (
        "missing_reason",
        "Say why criterion 2 should change.",
    )


def test_a_body_of_before_the_rubric_cards_reads_as_it_was() -> None:
    """Without scales, evidence, keys and order."""
    old = {
        "criteria": [{"criterion_id": "k1", "action": "edit", "points": 2.0, "reason": "weight"}],
        "added_criteria": [{"text": "Asks for BRAF", "points": 1.0, "required": True}],
    }
    found = ReviewBody.model_validate(old)
    assert found.criterion_order == ()
    assert own_targets(found.added_criteria) == ["added:o0"]
    assert rules(found) == []


def test_only_what_a_reader_says_of_a_claim_is_called_a_verdict():
    sources = Path(__file__).parents[2] / "src"
    named = [path for path in sources.rglob("*.py") if "class Verdict(" in path.read_text("utf-8")]
    assert [path.name for path in named] == ["review.py"]
