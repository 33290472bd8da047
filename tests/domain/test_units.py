"""What can be agreed or disputed on its own."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from src.domain.evidence import WholeImage, span_of
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
    ReviewBody,
    Verdict,
)
from src.domain.units import Unit, units_of
from tests.domain.things import IMAGES, body, make_item, review

ITEM = make_item()


def units(*said: ReviewBody) -> dict[str, Unit]:
    """Return the units of an item read by amara, benoit and so on."""
    names = ("amara", "benoit", "dalia")
    return {
        unit.name: unit
        for unit in units_of(ITEM, [review(n, s) for n, s in zip(names, said, strict=False)])
    }


def open_units(*said: ReviewBody) -> list[str]:
    """Return the names of the units on which the readings differ."""
    return [name for name, unit in units(*said).items() if not unit.agreed]


def edit(key: str = "k1", **changes: Any) -> ReviewBody:
    """Return a reading that edits a criterion."""
    said = CriterionReading(criterion_id=key, action="edit", reason=EditReason.WORDING, **changes)
    return body(criteria=(said,))


def test_readings_that_say_the_same_agree_on_every_unit() -> None:
    """Two equal readings leave nothing open; the units are those of the screens, in order."""
    assert open_units(body(), body()) == []
    assert list(units(body(), body())) == [
        "claim:c1",
        "claim:c2",
        "check:answer_correct",
        "field:recommendation",
        "criterion:k1",
        "criterion:k2",
    ]


def test_each_difference_is_a_unit_of_its_own() -> None:
    """A verdict, a check, a recommendation and a flag are disputed one by one."""
    flag = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
    other = body(
        Verdict.CONTRADICTED,
        checks={Check.ANSWER_CORRECT: CheckAnswer.NO},
        recommendation=Recommendation.REJECT,
        flags=(flag,),
    )
    assert open_units(body(), other) == [
        "claim:c1",
        "claim:c2",
        "check:answer_correct",
        "field:recommendation",
        "flag:answer_in_text:context",
    ]


def test_an_edit_that_changes_nothing_is_a_keep() -> None:
    """Typing the imported text again, or the same points, is no difference."""
    assert open_units(body(), edit(text="Names ECD")) == []
    assert open_units(body(), edit(points=1.0)) == []
    assert open_units(body(), edit(text="Names ECD", points=1.0)) == []
    assert open_units(body(), edit(points=2.0)) == ["criterion:k1"]


def test_a_proposal_equal_to_the_import_proposes_nothing() -> None:
    """Answer, code, question, caption and wording as imported make no unit at all."""
    same = Proposals(
        answer="Erdheim-Chester disease",
        orpha_code="35687",
        question="What is the diagnosis?",
        captions={1: "Image 1"},
    )
    claims = tuple(
        c.model_copy(update={"text": t})
        for c, t in zip(body().claims, ("It is ECD.", "Both shins."), strict=True)
    )
    assert list(units(body(), body(proposals=same, claims=claims))) == list(units(body(), body()))


def test_each_proposal_is_a_unit_with_what_the_others_left_as_imported() -> None:
    """The reader who proposes nothing reads 'as imported'."""
    found = units(
        body(),
        body(
            proposals=Proposals(
                answer="ECD", captions={2: "Kidneys"}, image_order=(2, 1), aliases=("b", "a")
            )
        ),
    )
    assert [n for n, u in found.items() if not u.agreed] == [
        "field:answer",
        "field:aliases",
        "field:caption:2",
        "field:image_order",
    ]
    assert [r.key for r in found["field:answer"].readings] == ["as imported", '"ECD"']


def test_aliases_agree_whatever_their_order() -> None:
    """Names are a set."""
    first, second = Proposals(aliases=("a", "b")), Proposals(aliases=("b", "a", "b"))
    assert open_units(body(proposals=first), body(proposals=second)) == []


def test_a_reworded_claim_is_disputed_apart_from_its_verdict() -> None:
    """Wording and verdict are two units."""
    claims = (
        ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, text="It is surely ECD."),
        body().claims[1],
    )
    assert open_units(body(), body(claims=claims)) == ["field:claim_text:c1"]


def test_a_removed_claim_is_a_reading_of_the_claim() -> None:
    """Removed against supported is a dispute."""
    claims = (ClaimReading(claim_id="c1", removed=True), body().claims[1])
    found = units(body(), body(claims=claims))["claim:c1"]
    assert [r.key for r in found.readings] == ["supported", "removed"]


def test_what_one_reader_added_is_absent_from_the_other() -> None:
    """One unit, read as added and as absent."""
    added = AddedCriterion(text="Asks for a bone scan")
    found = [u for n, u in units(body(added_criteria=(added,)), body()).items() if ":+" in n]
    assert [[r.key for r in unit.readings] for unit in found] == [["added 1", "absent"]]


def test_additions_four_fifths_alike_are_one_unit() -> None:
    """Ten characters: two differing are 0.8 alike and one unit, three are 0.7 and two units."""

    def added(text: str) -> ReviewBody:
        return body(added_criteria=(AddedCriterion(text=text),))

    def count(text: str) -> int:
        return sum(":+" in name for name in units(added("abcdefghij"), added(text)))

    assert count("abcdefghXX") == 1
    assert count("abcdefgXXX") == 2
    assert open_units(added("abcdefghij"), added("abcdefghXX")) == []


def test_one_readers_own_additions_stay_apart_however_alike() -> None:
    """A reader who adds two similar lines means two lines."""
    two = body(
        added_criteria=(AddedCriterion(text="Names stage 1"), AddedCriterion(text="Names stage 2"))
    )
    names = [name for name in units(two, body()) if ":+" in name]
    assert len(names) == len(set(names)) == 2


def test_added_claims_agree_when_verdicts_do() -> None:
    """The same claim added with another verdict is a dispute."""

    def added(verdict: Verdict) -> ReviewBody:
        return body(added_claims=(AddedClaim(text="Kidneys are hairy.", verdict=verdict),))

    assert open_units(added(Verdict.SUPPORTED), added(Verdict.SUPPORTED)) == []
    assert len(open_units(added(Verdict.SUPPORTED), added(Verdict.CONTRADICTED))) == 1


def test_a_flag_is_one_unit_whatever_its_note_and_severity() -> None:
    """Two readers who saw the same leak agree on it."""
    place = LeakPlace(field="context")
    one = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=place, severity="low", note="here")
    two = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=place)
    assert open_units(body(flags=(one,)), body(flags=(two,))) == []


def test_two_spots_of_one_reader_are_one_unit_and_both_are_in_its_value() -> None:
    """Who marked one and who marked two agree that it leaks there."""
    one, two = (
        LeakageFlag(
            kind=LeakKind.ANSWER_IN_TEXT,
            place=LeakPlace(
                field="context", span=span_of("context", ITEM.content.context, start, start + 4)
            ),
        )
        for start in (0, 5)
    )
    readings = units(body(flags=(one, two)), body(flags=(two,)))[one.unit].readings
    assert [LeakageFlag.model_validate(reading.value).each for reading in readings] == [
        (one, two),
        (two,),
    ]
    assert open_units(body(flags=(one, two)), body(flags=(two,))) == []


@given(
    st.permutations(["amara", "benoit", "dalia"]),
    st.lists(st.sampled_from(list(Verdict)), min_size=3, max_size=3),
)
def test_units_do_not_depend_on_the_order_in_which_reviews_come(
    order: list[str], verdicts: list[Verdict]
) -> None:
    """Units, and the digests decisions rest on, are the same for any order of the reviews."""
    said = dict(zip(["amara", "benoit", "dalia"], map(body, verdicts), strict=True))
    straight = units_of(ITEM, [review(name, said[name]) for name in sorted(said)])
    assert units_of(ITEM, [review(name, said[name]) for name in order]) == straight


def test_scale_and_need_are_disputed_order_and_evidence_are_not() -> None:
    """And the value of an edit of before has the spelling, and so the hash, it had."""
    evidence = (WholeImage(sha256=IMAGES[1].sha256),)
    moved = body(
        criteria=(CriterionReading(criterion_id="k1", evidence=evidence),),
        criterion_order=("k2", "k1"),
    )
    assert units(moved, body())["criterion:k1"].agreed
    for change in ({"required": False}, {"kind": "ordinal"}, {"kind": "ordinal", "maximum": 5}):
        unit = units(edit("k1", **change), body())["criterion:k1"]
        assert not unit.agreed
        assert unit.readings[0].value == {"action": "edit", "text": None, "points": None, **change}
    old = units(edit("k1", points=2.0), body())["criterion:k1"]
    assert old.readings[0].key == '{"action":"edit","points":2.0,"text":null}'
    same = units(edit("k1", required=True, kind="binary"), body())["criterion:k1"]
    assert same.readings[0].value == {"action": "keep"}
