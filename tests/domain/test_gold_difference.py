"""What differs between two golds, and that gold made before stays what it was."""

from __future__ import annotations

from typing import Any

from src.domain.canonical import digest
from src.domain.evidence import WholeImage
from src.domain.gold import Gold, build_gold, settle
from src.domain.gold_difference import changes_between
from src.domain.review import (
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
    ReviewBody,
    Verdict,
)
from src.domain.units import units_of
from tests.domain.things import IMAGES, body, decision, make_item, review

ITEM = make_item()
BEFORE_THERE_WERE_SHARES = {"unit", "key", "value", "method", "votes", "reason"}


def gold_of(*said: ReviewBody, **place: Any) -> Gold:
    """Return the gold of readings that agree."""
    names = ("amara", "benoit", "dalia")
    reviews = [review(name, one) for name, one in zip(names, said, strict=False)]
    settled, state = settle(ITEM, reviews, {})
    assert state.ready
    return build_gold(ITEM, reviews, settled, "first").model_copy(update=place)


def changed(before: Gold, after: Gold) -> dict[str, tuple[Any, Any]]:
    """Return name -> (value before, value after) of what differs."""
    return {
        change.what: (
            change.before.value if change.before else None,
            change.after.value if change.after else None,
        )
        for change in changes_between(before, after)
    }


def test_gold_that_says_the_same_has_no_changes() -> None:
    """Also where one of them was written before there were shares and digests."""
    gold = gold_of(body(), body())
    written = gold.model_dump(mode="json", exclude={"agreement"})
    for unit in written["body"]["units"]:
        for name in set(unit) - BEFORE_THERE_WERE_SHARES:
            del unit[name]
    assert changes_between(Gold.model_validate(written), gold) == []


def test_a_gold_from_before_keeps_its_bytes_and_its_digest() -> None:
    """Read and written again nothing is added; the hashes are those of the earlier program."""
    gold = gold_of(body(), body(), body())
    assert gold.input_digest == "891bcd66fb566f845431560f040d469c4b73fafdcd79a2eae399952714d9deee"
    written = gold.model_dump(mode="json", exclude={"agreement"})
    for unit in written["body"]["units"]:
        for name in set(unit) - BEFORE_THERE_WERE_SHARES:
            del unit[name]
    then = "7f328216cfacd64ea5a60afbcd6e3e588f87b9e7e70d8d78f98bd9b67a89e0b8"
    assert digest(written) == then
    assert digest(Gold.model_validate(written).model_dump(mode="json")) == then


def test_the_digest_of_a_ruling_is_that_of_the_earlier_program_too() -> None:
    """What describes a unit since is no input."""
    delete = CriterionReading(criterion_id="k2", action="delete", reason=EditReason.WRONG)
    reviews = [review("amara"), review("benoit", body(criteria=(delete,)))]
    unit = next(u for u in units_of(ITEM, reviews) if u.name == "criterion:k2")
    ruling = decision(unit, '{"action":"delete"}', {"action": "delete"})
    settled, _ = settle(ITEM, reviews, {unit.name: ruling})
    found = build_gold(ITEM, reviews, settled, "first").input_digest
    assert found == "9100f7a8d6a6b72e06279603b128ae0440c0bddc355443b49f9d46c212286e7f"


def test_each_change_is_named_once_by_its_unit() -> None:
    """A verdict, a wording, evidence, a criterion, a field, the recommendation and the status."""
    image = WholeImage(sha256=IMAGES[1].sha256)
    said = body(
        claims=(
            ClaimReading(claim_id="c1", verdict=Verdict.CONTRADICTED, evidence=(image,)),
            ClaimReading(claim_id="c2", verdict=Verdict.SUPPORTED, text="Both legs."),
        ),
        criteria=(
            CriterionReading(
                criterion_id="k1", action="edit", points=2.0, reason=EditReason.WEIGHT
            ),
        ),
        added_criteria=(AddedCriterion(text="Asks for BRAF"),),
        proposals=Proposals(question="Which disease?"),
        recommendation=Recommendation.REJECT,
        comment="No.",
    )
    found = changed(gold_of(body(), body()), gold_of(said, said))
    added = next(name for name in found if name.startswith("criterion:+"))
    assert set(found) == {
        "status", "claim:c1", "field:evidence:c1", "field:claim_text:c2", "criterion:k1",
        "criterion:k3", added, "field:question", "field:recommendation",
    }  # fmt: skip
    assert found["claim:c1"] == ("supported", "contradicted")
    assert found["field:question"] == ("What is the diagnosis?", "Which disease?")
    assert found["status"] == ("accepted", "rejected")
    assert found["criterion:k1"][1]["points"] == 2.0
    assert found[added][0] is None


def test_a_value_that_more_readers_give_is_a_change() -> None:
    """It rests on something else; so does gold of another round or version."""
    two, three = gold_of(body(), body()), gold_of(body(), body(), body())
    first = changes_between(two, three)[0]
    assert first.what == "claim:c1"
    assert first.before is not None and first.before.votes == {"supported": 2}
    assert first.after is not None and first.after.votes == {"supported": 3}
    assert changed(two, gold_of(body(), body(), round="second", item_version=2)) == {
        "round": ("first", "second"),
        "item_version": (1, 2),
    }
