"""Gold: agreed and decided units become the reviewed item."""

from __future__ import annotations

from typing import Any

import pytest

from src.domain.canonical import digest
from src.domain.evidence import WholeImage
from src.domain.gold import Gold, UsedIds, build_gold, settle
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
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
)
from src.domain.units import units_of
from tests.domain.things import IMAGES, body, decision, make_item, review

ITEM = make_item()
FLAG = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))


def gold_of(*said: ReviewBody, used: UsedIds | None = None) -> Gold:
    """Return the gold of readings that agree."""
    reviews = [
        review(name, one) for name, one in zip(("amara", "benoit", "dalia"), said, strict=False)
    ]
    settled, state = settle(ITEM, reviews, {})
    assert state.ready
    return build_gold(ITEM, reviews, settled, "first", used)


def ruled(first: ReviewBody, second: ReviewBody, unit: str, key: str, value: Any) -> Gold:
    """Return the gold of two readings that differ on one unit, which is decided."""
    reviews = [review("amara", first), review("benoit", second)]
    found = next(u for u in units_of(ITEM, reviews) if u.name == unit)
    settled, state = settle(ITEM, reviews, {unit: decision(found, key, value)})
    assert state.ready, state.reason
    return build_gold(ITEM, reviews, settled, "first")


def criterion(key: str, action: Any, **changes: Any) -> ReviewBody:
    """Return a reading that does something to one criterion."""
    said = CriterionReading(criterion_id=key, action=action, reason=EditReason.WRONG, **changes)
    return body(criteria=(said,))


def test_one_reader_alone_makes_gold_by_the_method_single() -> None:
    """k = 1."""
    gold = gold_of(body())
    assert (gold.method, gold.readers, gold.status) == ("single", 1, "accepted")
    assert {unit.method for unit in gold.body.units} == {"single"}


def test_readers_who_agree_make_gold_unanimously() -> None:
    """Votes tell how many said so."""
    gold = gold_of(body(), body(), body())
    assert gold.method == "unanimous"
    assert gold.body.units[0].votes == {"supported": 3}


def test_a_difference_leaves_the_unit_open_and_the_item_out() -> None:
    """Two against one is no majority here: it is a dispute."""
    reviews = [review("amara"), review("benoit"), review("dalia", body(Verdict.CONTRADICTED))]
    settled, state = settle(ITEM, reviews, {})
    assert state.open_units == ("claim:c1", "claim:c2")
    assert not state.ready
    assert state.reason == "open: claim:c1, claim:c2"
    assert "claim:c1" not in {unit.unit for unit in settled}


def test_a_decision_settles_its_unit_and_names_its_reason() -> None:
    """The votes stay beside the ruling."""
    other = criterion("k2", "delete")
    gold = ruled(body(), other, "criterion:k2", '{"action":"delete"}', {"action": "delete"})
    assert gold.method == "adjudicated"
    unit = next(u for u in gold.body.units if u.unit == "criterion:k2")
    assert (unit.method, unit.reason) == ("adjudicated", "reader_slip")
    assert sum(unit.votes.values()) == 2
    assert [c.active for c in gold.body.criteria] == [True, False]


CLAIMS = [f"claim:c{n}" for n in (1, 2)]


def settled_again(*after: Any) -> Any:
    """Return what two readings that differ on two claims come to, ruled and then sent again."""
    reviews = [review("amara"), review("benoit", body(Verdict.CONTRADICTED))]
    units = {unit.name: unit for unit in units_of(ITEM, reviews)}
    ruling = {name: decision(units[name], "supported", "supported") for name in CLAIMS}
    assert settle(ITEM, reviews, ruling)[1].ready
    return settle(ITEM, [*after, *reviews[len(after) :]][:2], ruling)[1]


def test_a_decision_is_stale_once_a_reader_says_something_else_of_its_unit() -> None:
    """That unit is open again, and only that one."""
    said = ClaimReading(claim_id="c1", verdict=Verdict.NOT_IN_EVIDENCE)
    first = body(claims=(said, *body().claims[1:]))
    state = settled_again(review("amara", first, review_id="again"))
    assert state.stale_decisions == state.open_units == ("claim:c1",)


def test_a_decision_stands_where_a_reader_corrects_something_else() -> None:
    """The comment, a check, another claim: whoever settled a unit is not asked again."""
    for changed in (body(), body(comment="A typing error is mended.")):
        state = settled_again(review("amara", changed, review_id="again"))
        assert (state.stale_decisions, state.ready) == ((), True)


@pytest.mark.parametrize(
    "change", [{"note": "See image 2."}, {"evidence": (WholeImage(sha256=IMAGES[1].sha256),)}]
)
def test_a_decision_is_stale_where_note_or_evidence_of_its_unit_changed(change: Any) -> None:
    """The adjudicator saw them, and gold takes the evidence."""
    first, *rest = body().claims
    changed = body(claims=(first.model_copy(update=change), *rest))
    assert settled_again(review("amara", changed)).stale_decisions == ("claim:c1",)


def test_a_decision_made_before_digests_were_of_words_still_holds() -> None:
    """It named the very readings; with them it is as fresh as it was."""
    reviews = [review("amara"), review("benoit", body(Verdict.CONTRADICTED))]
    ruling = {}
    for unit in units_of(ITEM, reviews):
        if unit.name in CLAIMS:
            old = digest([[one.review_id, one.key] for one in unit.readings])
            made = decision(unit, "supported", "supported")
            ruling[unit.name] = made.model_copy(update={"input_digest": old})
    assert settle(ITEM, reviews, ruling)[1].ready
    again = reviews[1].model_copy(update={"review_id": "again"})
    assert settle(ITEM, [reviews[0], again], ruling)[1].stale_decisions == tuple(CLAIMS)


def test_what_adjudicators_are_sent_does_not_tell_who_said_what() -> None:
    """With the persons' ids at hand one could try out whose reading gives the hash."""
    one, other = body(), body(Verdict.CONTRADICTED)
    for first, second in zip(
        units_of(ITEM, [review("amara", one), review("benoit", other)]),
        units_of(ITEM, [review("amara", other), review("benoit", one)]),
        strict=True,
    ):
        assert first.input_digest == second.input_digest


def test_a_stale_decision_does_not_hold_up_what_is_agreed_by_now() -> None:
    """Readers who came to agree need no ruling."""
    reviews = [review("amara"), review("benoit", body(Verdict.CONTRADICTED))]
    ruling = {
        u.name: decision(u, "contradicted", "contradicted")
        for u in units_of(ITEM, reviews)
        if not u.agreed
    }
    settled, state = settle(ITEM, [reviews[0], review("benoit", review_id="again")], ruling)
    assert state.ready
    assert next(u for u in settled if u.unit == "claim:c1").key == "supported"


def test_a_leak_everybody_saw_keeps_the_item_out() -> None:
    """A confirmed leak is named as the reason."""
    _, state = settle(
        ITEM, [review("amara", body(flags=(FLAG,))), review("benoit", body(flags=(FLAG,)))], {}
    )
    assert state.confirmed_leaks == (FLAG.unit,)
    assert state.reason == f"confirmed leak not resolved: {FLAG.unit}"


def test_a_leak_ruled_to_be_none_or_removed_lets_the_item_in() -> None:
    """Absent and removed both resolve it, and gold holds no flag."""
    for key in ("absent", "removed"):
        assert ruled(body(flags=(FLAG,)), body(), FLAG.unit, key, None).body.flags == ()


def test_the_rubric_after_review_keeps_deleted_criteria_inactive() -> None:
    """Edited text and points, deletion and addition, all in one rubric."""
    said = body(
        criteria=(
            CriterionReading(
                criterion_id="k1",
                action="edit",
                text="Names ECD or its synonym",
                points=2.5,
                reason=EditReason.WEIGHT,
            ),
            CriterionReading(criterion_id="k2", action="delete", reason=EditReason.WRONG),
        ),
        added_criteria=(AddedCriterion(text="Asks for BRAF", points=-0.5, required=False),),
    )
    found = [
        (c.criterion_id, c.text, c.points, c.active, c.required)
        for c in gold_of(said, said).body.criteria
    ]
    assert found == [
        ("k1", "Names ECD or its synonym", 2.5, True, True),
        ("k2", "Says metastases", -1.0, False, True),
        ("k3", "Asks for BRAF", -0.5, True, False),
    ]


def test_points_alone_leave_the_text_and_its_hash_as_they_are() -> None:
    """Re-weighting costs no judge call."""
    said = criterion("k1", "edit", points=3.0)
    after = gold_of(said, said).body.criteria[0]
    assert (after.points, after.sha256) == (3.0, ITEM.criteria[0].sha256)


def test_what_review_adds_never_takes_an_id_that_meant_another_thing() -> None:
    """k3 to k7 and c5 were used by earlier versions of the item."""
    said = body(
        added_criteria=(AddedCriterion(text="Asks for BRAF"),),
        added_claims=(AddedClaim(text="Kidneys.", verdict=Verdict.SUPPORTED),),
    )
    gold = gold_of(said, said, used=UsedIds(claims=5, criteria=7))
    assert [c.criterion_id for c in gold.body.criteria] == ["k1", "k2", "k8"]
    assert [c.claim_id for c in gold.body.claims] == ["c1", "c2", "c6"]


def test_the_next_release_gives_an_addition_the_id_it_had() -> None:
    """Another addition beside it, whatever their order, gets a new one."""
    first, second = AddedCriterion(text="Asks for BRAF"), AddedCriterion(text="Wants a bone scan")
    said = body(added_criteria=(first, second))
    used = UsedIds(criteria=3, wordings={"Asks for BRAF": "k3"})
    found = {c.text: c.criterion_id for c in gold_of(said, said, used=used).body.criteria}
    assert found["Asks for BRAF"] == "k3"
    assert found["Wants a bone scan"] == "k4"


def test_removed_claims_leave_gold_and_reworded_ones_speak_anew() -> None:
    """The claim's id stays."""
    said = body(
        claims=(
            ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, text="It is Erdheim-Chester."),
            ClaimReading(claim_id="c2", removed=True),
        )
    )
    assert [(c.claim_id, c.text, c.verdict) for c in gold_of(said, said).body.claims] == [
        ("c1", "It is Erdheim-Chester.", "supported")
    ]


def test_evidence_in_gold_is_that_of_the_readers_who_gave_the_verdict() -> None:
    """A reader who was overruled does not bring evidence into gold."""

    def with_image(verdict: Verdict, n: int) -> ReviewBody:
        link = WholeImage(sha256=IMAGES[n].sha256)
        claims = (ClaimReading(claim_id="c1", verdict=verdict, evidence=(link,)), body().claims[1])
        return body(claims=claims)

    first, second = with_image(Verdict.SUPPORTED, 1), with_image(Verdict.CONTRADICTED, 2)
    gold = ruled(first, second, "claim:c1", "supported", "supported")
    assert [link.sha256 for link in gold.body.claims[0].evidence if not hasattr(link, "field")] == [
        IMAGES[1].sha256
    ]


def test_refused_links_in_gold_are_those_of_the_readers_who_gave_the_verdict() -> None:
    """One that another of these readers confirmed is evidence, and is not refused as well."""
    one, two = (WholeImage(sha256=IMAGES[n].sha256) for n in (1, 2))

    def reading(verdict: Verdict, **links: Any) -> ReviewBody:
        claim = ClaimReading(claim_id="c1", verdict=verdict, **links)
        return body(claims=(claim, body().claims[1]))

    first = reading(Verdict.SUPPORTED, refused=(one,))
    overruled = reading(Verdict.CONTRADICTED, refused=(two,))
    claim = ruled(first, overruled, "claim:c1", "supported", "supported").body.claims[0]
    assert (claim.evidence, claim.refused) == ((), (one,))

    both = reading(Verdict.SUPPORTED, refused=(one, two))
    confirmed = reading(Verdict.SUPPORTED, evidence=(two,), refused=(one,))
    claim = gold_of(both, confirmed).body.claims[0]
    assert (claim.evidence, claim.refused) == ((two,), (one,))
    assert gold_of(both, confirmed).input_digest == gold_of(body(), body()).input_digest


def test_a_claim_nobody_refuses_a_link_of_is_written_as_it_was_before_one_could() -> None:
    """An older release has the same bytes, and so the same hash."""
    written = gold_of(body()).model_dump(mode="json")["body"]["claims"][0]
    assert set(written) == {"claim_id", "text", "kind", "verdict", "evidence"}


@pytest.mark.parametrize(
    ("proposals", "field", "value"),
    [
        (Proposals(answer="ECD"), "answer", "ECD"),
        (Proposals(question="Which disease?"), "question", "Which disease?"),
        (Proposals(orpha_code="1"), "orpha_code", "1"),
        (Proposals(aliases=("ECD", "ECD")), "aliases", ("ECD",)),
        (Proposals(captions={2: "Kidneys"}), "captions", {1: "Image 1", 2: "Kidneys"}),
        (Proposals(image_order=(2, 1)), "image_order", (2, 1)),
    ],
)
def test_each_proposal_both_readers_make_is_in_gold(
    proposals: Proposals, field: str, value: object
) -> None:
    """Everything else stays as imported."""
    said = body(proposals=proposals)
    changed, plain = gold_of(said, said).body, gold_of(body(), body()).body
    assert getattr(changed, field) == value
    others = {"units", field}
    assert changed.model_dump(exclude=others) == plain.model_dump(exclude=others)


def test_a_rejected_item_is_gold_that_says_rejected() -> None:
    """It is in the release, as rejected."""
    said = body(recommendation=Recommendation.REJECT, comment="Wrong.")
    assert gold_of(said, said).status == "rejected"


def test_gold_remembers_its_inputs() -> None:
    """Another vote, another digest; the same inputs, the same digest."""
    assert gold_of(body(), body()).input_digest == gold_of(body(), body()).input_digest
    assert gold_of(body(), body()).input_digest != gold_of(body(), body(), body()).input_digest
    cannot = body(Verdict.CANNOT_JUDGE)
    assert gold_of(body(), body()).input_digest != gold_of(cannot, cannot).input_digest


def test_gold_survives_the_journey_through_json() -> None:
    """Also with more than nine captions, whose order as numbers and as texts differs."""
    gold = gold_of(body(), body())
    many = gold.model_copy(
        update={
            "body": gold.body.model_copy(update={"captions": {n: str(n) for n in range(1, 13)}})
        }
    )
    assert Gold.model_validate(many.model_dump(mode="json")) == many


def test_gold_takes_need_and_scale_and_an_order_nobody_contradicts() -> None:
    """One reader's order is taken when the other left it; two different ones leave it."""
    added = AddedCriterion(text="Asks for BRAF", key="n1", kind="ordinal", maximum=3)
    edit = CriterionReading(
        criterion_id="k1",
        action="edit",
        required=False,
        kind="ordinal",
        maximum=4,
        reason=EditReason.WRONG,
    )
    said = {"criteria": (edit,), "added_criteria": (added,)}
    moved = body(**said, criterion_order=("added:n1", "k2", "k1"))
    left = body(**said)
    other = body(**said, criterion_order=("k2", "k1", "added:n1"))
    gold = gold_of(moved, left)
    assert [(c.criterion_id, c.required, c.kind, c.maximum) for c in gold.body.criteria] == [
        ("k3", True, "ordinal", 3),
        ("k2", True, "binary", 1),
        ("k1", False, "ordinal", 4),
    ]
    plain = gold_of(left, left)
    assert [c.criterion_id for c in plain.body.criteria] == ["k1", "k2", "k3"]
    assert gold_of(moved, other).body.criteria == plain.body.criteria
    assert gold.input_digest != plain.input_digest == gold_of(moved, other).input_digest
