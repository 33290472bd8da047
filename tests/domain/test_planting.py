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
    over,
    overlay_of,
    proposal,
    swapped_side,
    turned_negation,
)
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
    ]
    with pytest.raises(BadInputError) as refusal:
        checked(plants, {one.item_id: one}, 100)
    said = [problem.message for problem in refusal.value.problems]
    assert [text.split(": ", 1)[1] for text in said] == [
        "the round does not ask this item.",
        "it has no claim 'c9'.",
        "the wrong words are the right ones.",
        "its claim says something else than when the error was proposed.",
    ]
    with pytest.raises(BadInputError, match="more than a quarter"):
        checked([Plant(item_id=one.item_id, claim_id="c1", wrong_text="x")], {one.item_id: one}, 3)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (ReviewBody(claims=(ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED),)), False),
        (ReviewBody(claims=(ClaimReading(claim_id="c1", verdict=Verdict.CANNOT_JUDGE),)), False),
        (ReviewBody(claims=(ClaimReading(claim_id="c1", verdict=Verdict.CONTRADICTED),)), True),
        (ReviewBody(claims=(ClaimReading(claim_id="c1", verdict=Verdict.PARTLY_SUPPORTED),)), True),
        (ReviewBody(claims=(ClaimReading(claim_id="c2", verdict=Verdict.CONTRADICTED),)), False),
        (ReviewBody(claims=(ClaimReading(claim_id="c1", removed=True),)), True),
        (ReviewBody(claims=(ClaimReading(claim_id="c1", text="Give 5 mg."),)), True),
        (ReviewBody(claims=(ClaimReading(claim_id="c1", text="wrong"),)), False),
        (ReviewBody(checks={Check.ANSWER_CORRECT: CheckAnswer.NO}), True),
        (ReviewBody(checks={Check.ANSWER_CORRECT: CheckAnswer.UNSURE}), False),
        (ReviewBody(proposals=Proposals(answer="Give 5 mg.")), True),
        (ReviewBody(), False),
    ],
)
def test_when_an_error_counts_as_found(body: ReviewBody, found: bool) -> None:
    """By the claim itself, or by the answer."""
    now = datetime(2026, 11, 26, tzinfo=UTC)
    review = Review(
        review_id="r", round="first", item_id="test/treatment/1", item_version=1, rubric_version=1,
        person="amara", revision=1, body=body, opened_at=now, submitted_at=now, seconds_active=0,
        after_exposure=False, idempotency_key="k",
    )  # fmt: skip
    plant = Plant(
        item_id="test/treatment/1", claim_id="c1", right_text="Give 5 mg.", wrong_text="wrong"
    )
    assert detected(plant, review) is found
