"""Which units go to an adjudicator: by reason, by threshold, and never by order or by name."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from src.domain.adjudication import CONFIRM, dispute_of, letters_of, misfit, settled_value
from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage, span_of
from src.domain.gold import Gold, ItemState, SettledUnit, build_gold, settle
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.review import (
    AddedClaim,
    AddedCriterion,
    Check,
    CheckAnswer,
    ClaimReading,
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
    Review,
    ReviewBody,
    Verdict,
)
from src.domain.routing import (
    AUDIT,
    EVERY_DIFFERENCE,
    STANDARD,
    RouteReason,
    RoutingPolicy,
    audit_unit,
    evidence_units,
    is_drawn,
    route,
)
from src.domain.units import units_of
from tests.domain.things import IMAGES, RECORDS, body, decision, make_item, review

ITEM = make_item()
NAMES = ("amara", "benoit", "dalia", "emil", "fina")
NO_AUDIT = STANDARD.model_copy(update={"audit_share": 0.0})
ALL_AUDITED = STANDARD.model_copy(update={"audit_share": 1.0})
FLAG = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
YES, NO, UNSURE = CheckAnswer.YES, CheckAnswer.NO, CheckAnswer.UNSURE
KEEP = body()


def readings(*said: ReviewBody) -> list[Review]:
    """Return one reading of each body."""
    return [review(name, one) for name, one in zip(NAMES, said, strict=False)]


def settled_by(
    *said: ReviewBody, policy: RoutingPolicy | None = NO_AUDIT
) -> tuple[dict[str, SettledUnit], ItemState]:
    """Return what the readings come to, by the name of the unit."""
    settled, state = settle(ITEM, readings(*said), {}, policy=policy)
    return {unit.unit: unit for unit in settled}, state


def reasons(*said: ReviewBody, policy: RoutingPolicy | None = NO_AUDIT) -> dict[str, list[str]]:
    """Return unit -> the codes by which it goes to an adjudicator."""
    found = settled_by(*said, policy=policy)[1].reasons
    return {unit: [reason.value for reason in codes] for unit, codes in found.items()}


def checked(check: Check, answer: CheckAnswer) -> ReviewBody:
    """Return a reading with one more check answered."""
    return body(checks={Check.ANSWER_CORRECT: YES, check: answer})


def proposing(**proposals: Any) -> ReviewBody:
    """Return a reading that proposes something."""
    return body(proposals=Proposals(**proposals))


def reworded(text: str) -> ReviewBody:
    """Return a reading that gives a criterion another text."""
    edit = CriterionReading(
        criterion_id="k1", action="edit", text=text, reason=EditReason.AMBIGUOUS
    )
    return body(criteria=(edit,))


def with_evidence(*links: EvidenceLink, verdict: Verdict = Verdict.SUPPORTED) -> ReviewBody:
    """Return a reading with evidence for the first claim."""
    first = ClaimReading(claim_id="c1", verdict=verdict, evidence=links)
    return body(claims=(first, ClaimReading(claim_id="c2", verdict=Verdict.SUPPORTED)))


def box(x: int, y: int = 10, image: int = 1) -> ImageBox:
    """Return a box of 20 by 20 pixels."""
    return ImageBox(sha256=IMAGES[image].sha256, x=x, y=y, width=20, height=20)


def span(start: int, end: int) -> TextSpan:
    """Return a stretch of the context."""
    return span_of("context", ITEM.content.context, start, end)


def test_what_all_readers_say_alike_goes_to_nobody() -> None:
    """Three readings of one mind, of which nothing is a matter of safety."""
    settled, state = settled_by(KEEP, KEEP, KEEP)
    assert state.reasons == {}
    assert state.ready
    assert {unit.method for unit in settled.values()} == {"unanimous"}


DELETE = body(
    criteria=(CriterionReading(criterion_id="k2", action="delete", reason=EditReason.WRONG),)
)
REJECT = body(recommendation=Recommendation.REJECT, comment="Wrong.")
EDITS = body(recommendation=Recommendation.ACCEPT_WITH_EDITS)
ADDS_CRITERION = body(added_criteria=(AddedCriterion(text="Asks for BRAF"),))
ADDS_CLAIM = body(added_claims=(AddedClaim(text="Kidneys.", verdict=Verdict.SUPPORTED),))


@pytest.mark.parametrize(
    ("said", "unit", "codes"),
    [
        ((KEEP, KEEP, body(flags=(FLAG,))), FLAG.unit, ["safety"]),
        ((body(flags=(FLAG,)),) * 3, FLAG.unit, ["safety"]),
        ((KEEP, KEEP, checked(Check.UNSAFE, YES)), "check:unsafe", ["safety", "too_few_readings"]),
        ((checked(Check.UNSAFE, YES),) * 2, "check:unsafe", ["safety"]),
        ((checked(Check.ANSWERABLE, NO),) * 2, "check:answerable", ["safety"]),
        (
            (checked(Check.PATIENT_RECOGNISABLE, YES),) * 2,
            "check:patient_recognisable",
            ["safety"],
        ),
        ((checked(Check.ANSWER_CORRECT, NO),) * 3, "check:answer_correct", ["safety"]),
        (
            (KEEP, KEEP, checked(Check.ANSWER_CORRECT, NO)),
            "check:answer_correct",
            ["safety", "critical_not_unanimous"],
        ),
        ((KEEP, KEEP, body(Verdict.CONTRADICTED)), "claim:c1", ["critical_not_unanimous"]),
        ((KEEP, KEEP, body(Verdict.PARTLY_SUPPORTED)), "claim:c1", ["critical_not_unanimous"]),
        ((KEEP, KEEP, proposing(orpha_code="1")), "field:orpha_code", ["critical_not_unanimous"]),
        (
            (KEEP, KEEP, proposing(answer="Sarcoidosis")),
            "field:answer",
            ["critical_not_unanimous"],
        ),
        ((KEEP, DELETE), "criterion:k2", ["no_majority"]),
        ((KEEP, REJECT), "field:recommendation", ["no_majority", "ordinal_range"]),
        ((KEEP, KEEP, REJECT), "field:recommendation", ["ordinal_range"]),
        ((KEEP, EDITS), "field:recommendation", ["no_majority"]),
        ((KEEP, body(Verdict.CANNOT_JUDGE)), "claim:c1", ["too_few_readings"]),
        (
            (checked(Check.QUESTION_CLEAR, NO), KEEP),
            "check:question_clear",
            ["too_few_readings"],
        ),
        (
            (
                reworded("Names the disease"),
                reworded("Names the disease"),
                reworded("BRAF is asked for"),
            ),
            "criterion:k1",
            ["edited_texts_differ"],
        ),
        ((KEEP, KEEP, ADDS_CRITERION), "criterion:+", ["added_by_one"]),
        ((KEEP, ADDS_CLAIM), "claim:+", ["no_majority", "added_by_one"]),
        (
            (with_evidence(box(0)), with_evidence(box(60))),
            "field:evidence:c1",
            ["evidence_boxes_differ"],
        ),
        (
            (with_evidence(span(0, 9)), with_evidence(span(30, 38))),
            "field:evidence:c1",
            ["evidence_spans_differ"],
        ),
        (
            (with_evidence(box(0)), with_evidence(span(0, 9))),
            "field:evidence:c1",
            ["evidence_boxes_differ", "evidence_spans_differ"],
        ),
        ((with_evidence(box(0)), KEEP), "field:evidence:c1", ["evidence_boxes_differ"]),
    ],
)
def test_a_unit_goes_to_an_adjudicator_for_a_reason(
    said: tuple[ReviewBody, ...], unit: str, codes: list[str]
) -> None:
    """Each reason of the rule, alone where it can be."""
    found = reasons(*said)
    [name] = [name for name in found if name.startswith(unit)]
    assert found[name] == codes


@pytest.mark.parametrize(
    ("said", "unit", "key", "votes"),
    [
        ((KEEP, KEEP, DELETE), "criterion:k2", '{"action":"keep"}', 2),
        ((DELETE, DELETE, KEEP), "criterion:k2", '{"action":"delete"}', 2),
        ((KEEP, KEEP, EDITS), "field:recommendation", "accept", 2),
        ((KEEP, KEEP, body(Verdict.CANNOT_JUDGE)), "claim:c1", "supported", 2),
        ((KEEP, KEEP, checked(Check.ANSWER_CORRECT, UNSURE)), "check:answer_correct", "yes", 2),
        ((ADDS_CRITERION, ADDS_CRITERION, KEEP), "criterion:+", "added 1", 2),
        ((KEEP, KEEP, proposing(aliases=("ECD",))), "field:aliases", "as imported", 2),
    ],
)
def test_a_majority_of_those_who_judge_settles_what_is_not_critical(
    said: tuple[ReviewBody, ...], unit: str, key: str, votes: int
) -> None:
    """Cannot judge and unsure count as neither side; the method says that not all said so."""
    settled, state = settled_by(*said)
    assert state.ready, state.reasons
    found = next(u for name, u in settled.items() if name.startswith(unit))
    assert (found.method, found.key, found.votes[key]) == ("majority", key, votes)


def test_gold_by_a_majority_says_so_with_votes_shares_and_agreement() -> None:
    """Two of three: two thirds and one third, one pair of three agrees."""
    said = readings(DELETE, DELETE, KEEP)
    settled, _ = settle(ITEM, said, {}, policy=NO_AUDIT)
    gold = build_gold(ITEM, said, settled, "first", policy="standard")
    unit = next(u for u in gold.body.units if u.unit == "criterion:k2")
    assert unit.distribution == {
        '{"action":"delete"}': pytest.approx(2 / 3),
        '{"action":"keep"}': pytest.approx(1 / 3),
    }
    assert unit.agreement == pytest.approx(1 / 3)
    assert len(unit.input_digest) == 64
    assert (gold.method, gold.policy) == ("majority", "standard")
    assert gold.agreement == pytest.approx((5 + 1 / 3) / 6)
    assert [c.active for c in gold.body.criteria] == [True, False]
    assert Gold.model_validate(gold.model_dump(mode="json")) == gold


def test_a_tie_of_two_against_two_is_no_majority() -> None:
    """More than half is asked for, not the most."""
    assert reasons(KEEP, KEEP, DELETE, DELETE) == {"criterion:k2": ["no_majority"]}


def test_one_reader_alone_settles_what_was_asked_of_one() -> None:
    """Too few are fewer than were asked; who cannot judge is too few all the same."""
    assert reasons(KEEP) == {}
    assert settled_by(KEEP)[0]["claim:c1"].method == "single"
    assert reasons(body(Verdict.CANNOT_JUDGE))["claim:c1"] == ["too_few_readings"]


@pytest.mark.parametrize(
    ("threshold", "strict", "mild", "said"),
    [
        ("ordinal_range", 1, 3, (KEEP, KEEP, KEEP, EDITS, REJECT)),
        ("evidence_box_f1", 1.0, 0.0, (with_evidence(box(0)), with_evidence(box(0), box(60)))),
        ("evidence_span_f1", 1.0, 0.0, (with_evidence(span(0, 9)), with_evidence(span(0, 20)))),
        (
            "text_similarity",
            1.0,
            0.0,
            (reworded("Names the disease"), reworded("Names the disease"), reworded("Name it")),
        ),
        ("least_readings", 3, 1, (KEEP, KEEP, body(Verdict.CANNOT_JUDGE))),
    ],
)
def test_each_threshold_decides(
    threshold: str, strict: float, mild: float, said: tuple[ReviewBody, ...]
) -> None:
    """One value sends it to an adjudicator, the other does not."""
    assert reasons(*said, policy=NO_AUDIT.model_copy(update={threshold: strict}))
    assert not reasons(*said, policy=NO_AUDIT.model_copy(update={threshold: mild}))


def test_similar_wordings_are_not_far_apart() -> None:
    """At 0.8 and above a majority of the exact words settles."""
    settled, state = settled_by(
        reworded("Names the disease exactly"),
        reworded("Names the disease exactly"),
        reworded("Names the disease, exactly"),
    )
    assert state.ready
    assert settled["criterion:k1"].method == "majority"


def test_a_whole_image_takes_in_any_box_on_it() -> None:
    """Coarser is not different; a box on another image is."""
    whole = WholeImage(sha256=IMAGES[1].sha256)
    assert reasons(with_evidence(whole), with_evidence(box(0))) == {}
    assert "field:evidence:c1" in reasons(with_evidence(whole), with_evidence(box(0, image=2)))


def test_evidence_is_a_unit_only_where_the_verdict_is_agreed() -> None:
    """Where it is not, the claim goes as a whole; who cannot judge marks nothing."""
    first, second = with_evidence(box(0)), with_evidence(box(60), verdict=Verdict.CONTRADICTED)
    assert set(reasons(first, second)) == {"claim:c1"}
    cannot = with_evidence(verdict=Verdict.CANNOT_JUDGE)
    assert set(reasons(first, with_evidence(box(60)), cannot)) == {"field:evidence:c1"}
    assert set(reasons(first, first, cannot)) == set()


def test_evidence_that_was_ruled_on_is_gold() -> None:
    """A reader's, or the benchmark's own where the unit is removed; its digest is another one."""
    given = box(30)
    claims = (ITEM.claims[0].model_copy(update={"links": (given,)}), ITEM.claims[1])
    item = ITEM.model_copy(update={"claims": claims})
    said = readings(with_evidence(box(0)), with_evidence(box(60)))
    [unit] = evidence_units(item, said, NO_AUDIT)
    seen = dispute_of(
        unit,
        round_name="first",
        item_id=ITEM.item_id,
        item_version=1,
        letters=letters_of(NAMES[:2], 7, ITEM.item_id),
    )
    digests = set()
    for chosen, value, evidence in (
        (seen.readings[0].reader, None, None),
        ("merge", [box(0).model_dump(), box(60).model_dump()], (box(0), box(60))),
        ("remove", None, (given,)),
    ):
        ruling = decision(unit, *settled_value(seen, chosen, value))
        settled, state = settle(item, said, {unit.name: ruling}, policy=NO_AUDIT)
        assert state.ready
        gold = build_gold(item, said, settled, "first")
        assert evidence is None or set(gold.body.claims[0].evidence) == set(evidence)
        assert len(gold.body.claims[0].evidence) == (2 if chosen == "merge" else 1)
        digests.add(gold.input_digest)
    assert len(digests) == 3
    outside = [box(90).model_dump(mode="json")]
    assert "leaves" in str(misfit(item, unit.name, outside, RECORDS))
    with pytest.raises(BadInputError, match="does not fit"):
        settled_value(seen, "new", [{"type": "box"}])


def test_a_leak_all_readers_flag_is_confirmed_and_waits_for_an_adjudicator() -> None:
    """It keeps the item out as before; under the rule somebody is also asked to look."""
    flagged = body(flags=(FLAG,))
    for policy in (NO_AUDIT, EVERY_DIFFERENCE):
        _, state = settled_by(flagged, flagged, policy=policy)
        assert (state.open_units, state.confirmed_leaks) == ((), (FLAG.unit,))
        assert state.to_settle == (FLAG.unit,)
    assert settled_by(flagged, flagged, policy=None)[1].to_settle == ()


@pytest.mark.parametrize("check", [Check.UNSAFE, Check.PATIENT_RECOGNISABLE])
def test_safety_goes_whatever_the_policy(check: Check) -> None:
    """Also where all readers say the same, and where no threshold would ever send anything."""
    mildest = RoutingPolicy(
        name="standard",
        ordinal_range=10,
        evidence_box_f1=0.0,
        evidence_span_f1=0.0,
        text_similarity=0.0,
        least_readings=1,
        audit_share=0.0,
    )
    said = (checked(check, YES),) * 3
    for policy in (mildest, EVERY_DIFFERENCE):
        assert reasons(*said, policy=policy) == {f"check:{check.value}": ["safety"]}


def test_a_round_from_before_there_was_a_rule_has_every_difference_and_nothing_else() -> None:
    """No safety, no evidence, no audit: what it came to is what it comes to."""
    said = (
        checked(Check.UNSAFE, YES),
        checked(Check.UNSAFE, YES),
        body(Verdict.CANNOT_JUDGE, checks={Check.ANSWER_CORRECT: YES, Check.UNSAFE: YES}),
    )
    assert reasons(*said, policy=None) == {"claim:c1": ["difference"], "claim:c2": ["difference"]}
    assert reasons(with_evidence(box(0)), with_evidence(box(60)), policy=None) == {}


def test_every_difference_has_no_threshold_but_the_share_of_the_audit() -> None:
    """One that would do nothing is refused, not passed over; so are values out of range."""
    assert RoutingPolicy(name="every-difference", audit_share=0.2).audit_share == 0.2
    for wrong in (
        {"name": "every-difference", "text_similarity": 0.5},
        {"name": "standard", "text_similarity": 1.5},
        {"name": "standard", "audit_share": -0.1},
        {"name": "standard", "ordinal_range": 0},
        {"name": "standard", "least_readings": 2.5},
        {"name": "standard", "audit_share": "0.1"},
        {"name": "standard", "unknown": 1},
        {"name": "another"},
    ):
        with pytest.raises(ValidationError):
            RoutingPolicy.model_validate(wrong)


@given(
    st.lists(
        st.sampled_from([KEEP, DELETE, REJECT, EDITS, ADDS_CLAIM, with_evidence(box(0))]),
        min_size=1,
        max_size=4,
    )
)
def test_neither_order_nor_names_of_readers_matter(said: list[ReviewBody]) -> None:
    """The same readings give the same reasons, whoever gave which first."""
    found = reasons(*said)
    for order in itertools.islice(itertools.permutations(said), 6):
        assert reasons(*order) == found


@given(st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=5))
def test_whatever_differs_in_a_verdict_is_never_settled_by_a_majority(
    verdicts: list[Verdict],
) -> None:
    """Critical: two different judgements of a claim always go, however many say one of them."""
    said = readings(*(body(verdict) for verdict in verdicts))
    unit = next(u for u in units_of(ITEM, said) if u.name == "claim:c1")
    judged = {verdict for verdict in verdicts if verdict is not Verdict.CANNOT_JUDGE}
    codes = route(unit, NO_AUDIT, len(said))
    assert (RouteReason.CRITICAL_DIFFERS in codes) == (len(judged) > 1)


def test_about_one_in_twenty_is_drawn_and_always_the_same_ones() -> None:
    """By seed and id alone; a larger share draws those of a smaller one too."""
    items = [f"set/diagnosis/{n}" for n in range(4_000)]
    drawn = [item for item in items if is_drawn(7, item, 0.05)]
    assert 160 < len(drawn) < 240
    assert [item for item in reversed(items) if is_drawn(7, item, 0.05)] == drawn[::-1]
    assert drawn != [item for item in items if is_drawn(8, item, 0.05)]
    assert set(drawn) < {item for item in items if is_drawn(7, item, 0.1)}
    assert not any(is_drawn(7, item, 0.0) for item in items)
    assert all(is_drawn(7, item, 1.0) for item in items)


def test_an_audited_item_waits_until_somebody_has_looked() -> None:
    """Confirming it, or a ruling that differs, lets it in; one that agrees does not."""
    said = readings(KEEP, KEEP)
    units = {unit.name: unit for unit in units_of(ITEM, said)}

    def state(**ruled: Any) -> ItemState:
        return settle(ITEM, said, ruled, policy=ALL_AUDITED)[1]

    waiting = state()
    assert (waiting.open_units, waiting.audit) == ((AUDIT,), "waiting")
    assert waiting.reasons == {AUDIT: (RouteReason.AUDIT,)}
    assert "audit" in waiting.reason
    confirmation = decision(audit_unit(said), "confirmed", None, reason=None, chosen=CONFIRM)
    assert state(**{AUDIT: confirmation}).audit == "confirmed"
    assert state(**{AUDIT: confirmation}).ready
    same = decision(units["claim:c1"], "supported", "supported")
    assert state(**{"claim:c1": same}).audit == "waiting"
    other = decision(units["claim:c1"], "contradicted", "contradicted")
    changed = state(**{"claim:c1": other})
    assert (changed.audit, changed.ready) == ("changed", True)


def test_a_revised_reading_asks_for_the_audit_anew() -> None:
    """What was confirmed is not what the readers say now; a comment mended changes nothing."""
    said = readings(KEEP, KEEP)
    confirmation = decision(audit_unit(said), "confirmed", None, reason=None, chosen=CONFIRM)
    first, *others = said[1].body.claims
    noted = (first.model_copy(update={"note": "Only on image 2."}), *others)
    for change, found in (
        ({"comment": "A word mended."}, ("confirmed", ())),
        ({"claims": noted}, ("waiting", (AUDIT,))),
    ):
        body = said[1].body.model_copy(update=change)
        revised = [said[0], said[1].model_copy(update={"review_id": "again", "body": body})]
        state = settle(ITEM, revised, {AUDIT: confirmation}, policy=ALL_AUDITED)[1]
        assert (state.audit, state.stale_decisions) == found


def test_what_goes_to_an_adjudicator_anyway_is_not_audited() -> None:
    """One disputed unit, and somebody looks at the item in any case."""
    assert settled_by(KEEP, DELETE, policy=ALL_AUDITED)[1].audit is None


def test_an_audit_is_confirmed_and_nothing_else_is() -> None:
    """Neither a letter for the audit nor a confirmation for a unit."""
    said = readings(KEEP, KEEP)
    letters = letters_of(NAMES[:2], 7, ITEM.item_id)
    place = {"round_name": "first", "item_id": ITEM.item_id, "item_version": 1, "letters": letters}
    audit = dispute_of(audit_unit(said), **place)
    claim = dispute_of(units_of(ITEM, said)[0], **place)
    assert settled_value(audit, CONFIRM, None) == ("confirmed", None)
    for dispute, chosen in ((audit, "A"), (audit, "remove"), (claim, CONFIRM)):
        with pytest.raises(BadInputError, match="unit by unit"):
            settled_value(dispute, chosen, None)


def test_every_reason_has_words() -> None:
    """Each its own, and no code among them."""
    words = [reason.words for reason in RouteReason]
    assert len(set(words)) == len(words)
    assert not any("_" in text for text in words)
