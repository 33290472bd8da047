"""Errors to plant: made from the words there are, always the same, never invented."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from src.domain.errors import BadInputError
from src.domain.item import CaseRecord, Claim, Criterion, Item, ItemContent, Track
from src.domain.planting import (
    Plant,
    PlantKind,
    StoredPlant,
    changed_number,
    checked,
    detected,
    false_alarms,
    over,
    overlay_of,
    proposal,
    swapped_side,
    turned_negation,
)
from src.domain.proportion import Proportion
from src.domain.review import (
    Check,
    CheckAnswer,
    ClaimReading,
    Proposals,
    Review,
    ReviewBody,
    Verdict,
)


def item(number: int, answer: str, claims: tuple[str, ...], track: Track = Track.TREATMENT) -> Item:
    """Return an item with claims c1, c2 and a rubric that names the answer."""
    return Item(
        item_id=f"test/{track.value}/{number}",
        case=CaseRecord(case_id=f"case-{number}"),
        track=track,
        content=ItemContent(
            question="What now?",
            answer=answer,
            aliases=(f"alias {number}",),
            orpha_code=f"{number}",
        ),
        claims=tuple(Claim(claim_id=f"c{n}", text=text) for n, text in enumerate(claims, start=1)),
        criteria=(Criterion(criterion_id="k1", text=f"Names {answer}"),),
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("A mass in the left kidney.", "A mass in the right kidney."),
        ("Right-sided effusion, left clear.", "Left-sided effusion, left clear."),
        ("Bilateral effusion.", None),
        ("A bright lesion.", None),
    ],
)
def test_a_side_is_swapped(text: str, wrong: str | None) -> None:
    """Only the first, as a whole word."""
    assert swapped_side(text) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("There is no evidence of fracture.", "There is evidence of fracture."),
        ("Positive for BRAF.", "Negative for BRAF."),
        ("Fever without rash.", "Fever with rash."),
        ("A renal mass.", None),
    ],
)
def test_a_statement_is_turned(text: str, wrong: str | None) -> None:
    """By one known word."""
    assert turned_negation(text) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Give 5 mg daily.", "Give 15 mg daily."),
        ("Shrank by 60 %.", "Shrank by 20 %."),
        ("Shrank by 10%.", "Shrank by 30%."),
        ("Seen in 2015 with V600E.", None),
        ("Grade 3 tumour.", None),
    ],
)
def test_a_number_with_a_unit_is_changed(text: str, wrong: str | None) -> None:
    """Years, names and grades stay."""
    assert changed_number(text) == wrong


def test_a_proposal_is_the_same_with_the_same_seed_and_fits_the_item() -> None:
    """Another answer comes from another disease and case of the same track."""
    one = item(1, "Fabry disease", ("Fabry disease",), Track.DIAGNOSIS)
    same = one.model_copy(update={"item_id": "test/diagnosis/9"})
    other = item(2, "Pompe disease", ("Pompe disease",), Track.DIAGNOSIS)
    elsewhere = item(3, "Give 5 mg.", ("Give 5 mg.",))
    found = proposal(one, [same, other, elsewhere], 7)
    assert found == proposal(one, [same, other, elsewhere], 7)
    assert found is not None
    assert (found.kind, found.wrong_text, found.source) == (
        PlantKind.OTHER_ANSWER, "Pompe disease", "test/diagnosis/2",
    )  # fmt: skip
    assert proposal(one, [same], 7) is None


def test_another_answer_brings_its_own_names_code_and_rubric() -> None:
    """So that nothing beside the claim tells the right one."""
    one = item(1, "Fabry disease", ("Fabry disease",), Track.DIAGNOSIS)
    other = item(2, "Pompe disease", ("Pompe disease",), Track.DIAGNOSIS)
    plant = proposal(one, [other], 7)
    assert plant is not None
    stored = StoredPlant(round="r", plant=plant, overlay=overlay_of(one, plant, other))
    seen = over(one, stored)
    assert stored.is_whole_answer
    assert "Fabry" not in seen.model_dump_json()
    assert "alias 1" not in seen.model_dump_json()
    assert (seen.content.orpha_code, seen.content.aliases) == ("2", ("alias 2",))
    assert one.content.answer == "Fabry disease"


def test_wrong_words_stand_wherever_the_right_ones_did() -> None:
    """In the answer, and in the rubric."""
    right = "Give 5 mg."
    one = item(1, f"{right} Then rest.", (right, "Then rest."))
    one = one.model_copy(
        update={"criteria": (Criterion(criterion_id="k1", text=f"Says: {right}"),)}
    )
    plant = Plant(item_id=one.item_id, claim_id="c1", right_text=right, wrong_text="Give 15 mg.")
    seen = over(one, StoredPlant(round="r", plant=plant, overlay=overlay_of(one, plant, None)))
    assert seen.content.answer == "Give 15 mg. Then rest."
    assert [claim.text for claim in seen.claims] == ["Give 15 mg.", "Then rest."]
    assert seen.criteria[0].text == "Says: Give 15 mg."


def test_all_that_is_wrong_with_a_list_of_errors_is_said() -> None:
    """Not only the first."""
    one = item(1, "Give 5 mg.", ("Give 5 mg.",))
    plants = [
        Plant(item_id="test/other/1", claim_id="c1", wrong_text="x"),
        Plant(item_id=one.item_id, claim_id="c9", wrong_text="x"),
        Plant(item_id=one.item_id, claim_id="c1", wrong_text="Give 5 mg. "),
        Plant(item_id=one.item_id, claim_id="c1", right_text="Old.", wrong_text="x"),
        Plant(item_id=one.item_id, claim_id="c1", wrong_text=" \n\u200b\u00a0"),
    ]
    with pytest.raises(BadInputError) as refusal:
        checked(plants, {one.item_id: one}, 100)
    said = [problem.message for problem in refusal.value.problems]
    assert [text.split(": ", 1)[1] for text in said] == [
        "the round does not ask this item.",
        "it has no claim 'c9'.",
        "the wrong words are the right ones.",
        "its claim says something else than when the error was proposed.",
        "there are no wrong words: 'wrong_text' is blank.",
    ]
    with pytest.raises(BadInputError, match="more than a quarter"):
        checked([Plant(item_id=one.item_id, claim_id="c1", wrong_text="x")], {one.item_id: one}, 3)


WRONG = "Give 15 mg."
RIGHT = "Give 5 mg."


def review(body: ReviewBody) -> Review:
    """Return a reading of the item with the planted error."""
    now = datetime(2026, 11, 26, tzinfo=UTC)
    return Review(
        review_id="r", round="first", item_id="test/treatment/1", item_version=1, rubric_version=1,
        person="amara", revision=1, body=body, opened_at=now, submitted_at=now, seconds_active=0,
        after_exposure=False, idempotency_key="k",
    )  # fmt: skip


def planted_in(answer: str, claims: tuple[str, ...]) -> StoredPlant:
    """Return an error in the first claim of an item, as it is stored."""
    one = item(1, answer, claims)
    plant = Plant(item_id=one.item_id, claim_id="c1", right_text=RIGHT, wrong_text=WRONG)
    return StoredPlant(round="first", plant=plant, overlay=overlay_of(one, plant, None))


def said(verdict: Verdict | None = None, **more: object) -> ClaimReading:
    """Return what is said of the planted claim."""
    return ClaimReading.model_validate({"claim_id": "c1", "verdict": verdict, **more})


ANSWER_WRONG = {Check.ANSWER_CORRECT: CheckAnswer.NO}
OF_THE_CLAIM = (
    (ReviewBody(claims=(said(Verdict.SUPPORTED),)), False),
    (ReviewBody(claims=(said(Verdict.CANNOT_JUDGE),)), False),
    (ReviewBody(claims=(said(Verdict.CONTRADICTED),)), True),
    (ReviewBody(claims=(said(Verdict.PARTLY_SUPPORTED),)), True),
    (ReviewBody(claims=(said(Verdict.NOT_IN_EVIDENCE),)), True),
    (ReviewBody(claims=(said(removed=True),)), True),
    (ReviewBody(claims=(said(Verdict.SUPPORTED, text=RIGHT),)), True),
    (ReviewBody(claims=(said(Verdict.SUPPORTED, text=WRONG),)), False),
    (ReviewBody(claims=(said(Verdict.SUPPORTED, text="give  15 mg"),)), False),
    (ReviewBody(claims=(said(Verdict.SUPPORTED),), checks=ANSWER_WRONG), False),
    (ReviewBody(claims=(said(Verdict.CANNOT_JUDGE),), checks=ANSWER_WRONG), False),
    (ReviewBody(claims=(said(Verdict.SUPPORTED),), proposals=Proposals(answer=RIGHT)), False),
    (ReviewBody(), False),
)
OF_THE_ANSWER = (
    (ReviewBody(checks=ANSWER_WRONG), True),
    (ReviewBody(checks={Check.ANSWER_CORRECT: CheckAnswer.UNSURE}), False),
    (ReviewBody(proposals=Proposals(answer=RIGHT)), True),
    (ReviewBody(proposals=Proposals(answer=f" {WRONG}")), False),
)


@pytest.mark.parametrize(("body", "found"), OF_THE_CLAIM + OF_THE_ANSWER)
def test_the_word_on_the_planted_claim_decides_and_without_one_that_on_the_answer(
    body: ReviewBody, found: bool
) -> None:
    """Where the claim is the whole answer; a claim called supported is missed all the same."""
    assert detected(planted_in(RIGHT, (RIGHT,)), review(body)) is found


@pytest.mark.parametrize(
    ("body", "found"), OF_THE_CLAIM + tuple((body, False) for body, _ in OF_THE_ANSWER)
)
def test_a_word_on_an_answer_of_several_claims_finds_no_error(
    body: ReviewBody, found: bool
) -> None:
    """Whoever calls many answers wrong would be said to find everything."""
    other = ClaimReading(claim_id="c2", verdict=Verdict.CONTRADICTED)
    with_other = body.model_copy(update={"claims": (*body.claims, other)})
    stored = planted_in(f"{RIGHT} Then rest.", (RIGHT, "Then rest."))
    assert detected(stored, review(with_other)) is found


def test_untouched_claims_called_wrong_are_counted_by_the_same_rule() -> None:
    """Without the planted one, and without those of which nothing was said."""
    claims = tuple(ClaimReading(claim_id=f"c{n}", verdict=v) for n, v in enumerate(
        (Verdict.CONTRADICTED, Verdict.SUPPORTED, Verdict.CANNOT_JUDGE, None), start=1
    ))  # fmt: skip
    removed = ClaimReading(claim_id="c5", removed=True)
    gone = ClaimReading(claim_id="c9", verdict=Verdict.CONTRADICTED)
    one = item(1, "x", ("One.", "Two.", "Three.", "Four.", "Five."))
    read = review(ReviewBody(claims=(*claims, removed, gone)))
    assert false_alarms(one, read, without="c1") == Proportion(part=1, whole=3)
    assert false_alarms(one, read) == Proportion(part=2, whole=4)
