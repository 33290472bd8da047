"""What a judge is shown, what it may leave unquoted, and when a grade is found again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.evidence import WholeImage
from src.domain.item import Criterion, ItemImage
from src.domain.judging.card import JudgeCard, likely_tokens, most_tokens
from src.domain.judging.harmless import found_quote, harmless
from src.domain.judging.needs import images_needed, needs_quote, shows_reference
from src.domain.judging.panel import panel_value
from src.domain.judging.prompt import TEMPLATE, build_prompt
from src.domain.judging.question import JudgedImage, Question, address_of

CARD = JudgeCard(name="judge-a", model="judge-a-1")


def criterion(text: str, **changes: object) -> Criterion:
    """Return a criterion that says so."""
    return Criterion.model_validate({"criterion_id": "k1", "text": text, **changes})


def asked(**changes: object) -> Question:
    """Return a question."""
    values: dict[str, object] = {
        "item_id": "test/treatment/001",
        "model": "model-a",
        "criterion": criterion("Gives the correct diagnosis"),
        "answer": "Erdheim-Chester disease.",
        "question": "What is it?",
        "case": "A man of 56.",
        "reference": "Erdheim-Chester disease",
    }
    return Question.model_validate({**values, **changes})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Gives the correct diagnosis", True),
        ("Agrees with the reference answer on the stage", True),
        ("Same as the reference.", True),
        ("Covers every finding of the gold answer", True),
        ("Names Erdheim-Chester disease", False),
        ("Orders the gold-standard test, a biopsy", False),
        ("Compares the calcium with the reference range", False),
        ("Says that the right kidney is spared", False),
        ("Gives a reference for the dose", False),
    ],
)
def test_the_reference_is_shown_where_a_criterion_leans_on_it(text: str, shown: bool) -> None:
    """A criterion that says all there is to know is judged without."""
    assert shows_reference(criterion(text)) is shown


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Starts vemurafenib", True),
        ("Says that no ECG is needed", True),
        ("Notes that images are normal", True),
        ("Does not recommend surgery", False),
        ("The answer must not name metastases", False),
        ("Avoids steroids", False),
        ("No wrong fact", False),
        ("Omits the follow-up", False),
    ],
)
def test_what_is_met_by_silence_needs_no_quote(text: str, quoted: bool) -> None:
    """Everything else above 0 rests on words of the answer."""
    assert needs_quote(criterion(text)) is quoted


IMAGES = tuple(
    ItemImage(position=n, sha256=f"{n:064x}", slot_name=f"Figure {n}" if n < 4 else "Panel A")
    for n in range(1, 5)
)


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("Says that Figure 2 shows symmetrical uptake", [2]),
        ("Compares Figures 1 and 3", [1, 3]),
        ("Reads images 1 to 3 together", [1, 2, 3]),
        ("Names the mass in panel A", [4]),
        ("[Image 3] foamy histiocytes", [3]),
        ("Describes all images", [1, 2, 3, 4]),
        ("Describes each of the four images.", [1, 2, 3, 4]),
        ("Relates the findings across modalities", [1, 2, 3, 4]),
        ("Reads the images as one process", [1, 2, 3, 4]),
        ("Mentions the third image", [3]),
        ("Compares the 1st and the last image", [4]),
        ("Compares the 1st image with the last image", [1, 4]),
        ("Plans 2 images of follow-up", []),
        ("Orders imaging of all long bones", []),
        ("Names the first choice of drug", []),
        ("Starts 4 mg daily", []),
        ("The scan is symmetrical.", [2]),
    ],
)
def test_images_are_those_a_criterion_names_or_rests_on(text: str, positions: list[int]) -> None:
    """By label, by number, or as the evidence of the claim that says the same."""
    claims = {"The scan is  symmetrical.": [WholeImage(sha256=f"{2:064x}")]}
    found = images_needed(criterion(text), IMAGES, claims)
    assert [image.position for image in found] == positions


def test_the_address_is_made_of_what_the_judge_judges_and_of_nothing_else() -> None:
    """Another word, reference, image, case, answer or parameter asks anew; points and order not."""
    here = address_of(CARD, TEMPLATE.sha256, asked())
    image = (JudgedImage(sha256="0" * 64, label="Figure 1"),)
    others = [
        asked(criterion=criterion("Gives the correct diagnosis.")),
        asked(criterion=criterion("Gives the correct diagnosis", kind="ordinal", maximum=2)),
        asked(answer="Erdheim-Chester disease"),
        asked(question="What is this?"),
        asked(case=""),
        asked(reference="ECD"),
        asked(reference=None),
        asked(images=image),
        asked(model="model-b"),
        asked(item_id="test/treatment/002"),
    ]
    assert len({here, *(address_of(CARD, TEMPLATE.sha256, other) for other in others)}) == 11
    for changes in ({"points": 5.0}, {"active": False}, {"required": False}, {"criterion_id": "z"}):
        same = asked(criterion=criterion("Gives the correct diagnosis", **changes))
        assert address_of(CARD, TEMPLATE.sha256, same) == here
    for field, value in (("name", "b"), ("model", "b"), ("temperature", 1.0), ("seed", None)):
        other = CARD.model_copy(update={field: value})
        assert address_of(other, TEMPLATE.sha256, asked()) != here
    for field, value in (("address", "http://elsewhere"), ("input_price", 9.0)):
        moved = CARD.model_copy(update={field: value})
        assert address_of(moved, TEMPLATE.sha256, asked()) == here
    reworded = TEMPLATE.model_copy(update={"system": TEMPLATE.system + " Be strict."})
    assert address_of(CARD, reworded.sha256, asked()) != here


def test_what_is_the_same_for_all_answers_to_an_item_comes_first() -> None:
    """Providers keep a prompt's beginning; the nonce must not spoil it."""
    first = build_prompt(asked(), "a" * 16).user
    second = build_prompt(asked(answer="Sarcoidosis.", model="model-b"), "b" * 16).user
    end = first.index("ANSWER TO BE GRADED")
    assert first[:end] == second[:end]
    assert "A man of 56." in first[:end]


def test_an_ordinal_criterion_asks_for_its_own_scale() -> None:
    """In words and in the schema."""
    prompt = build_prompt(
        asked(criterion=criterion("Covers the tests", kind="ordinal", maximum=3)), "a" * 16
    )
    assert "from 0 (not met at all) to 3 (met in full)" in prompt.user
    properties = prompt.reply_schema["properties"]
    assert isinstance(properties, dict)
    assert properties["value"] == {"type": "integer", "enum": [0, 1, 2, 3]}


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("start  it\ntoday", "We start it today.", "start it today"),
        ("the patient's", "Ask the patient’s wife", "the patient’s"),
        ("a-b and c", "a–b and  c", "a–b and  c"),
        ("< s>x", "<s>x", "<s>x"),
        ("< b", "a < b", "< b"),
        ("x⟨U+200B⟩y", "ax\u200byb", "x\u200by"),
        ("ECD", "ECD", "ECD"),
        ("GP", "GP", "GP"),
        ("GP", "GPA is likely", None),
        ("start it tomorrow", "We start it today.", None),
        ("Start it", "We start it today.", None),
        ("", "x", None),
        ("⟨U+FFFFFF⟩ab", "ab", None),
    ],
)
def test_a_quote_is_found_in_the_answer_as_it_was_given(
    quote: str, text: str, found: str | None
) -> None:
    """What is kept is the stretch of the answer, not the judge's copy."""
    assert found_quote(quote, text) == found


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60))
def test_a_quote_of_what_was_shown_is_always_found(text: str) -> None:
    """Whatever was spelled out or broken: the whole of the shown text is in the answer."""
    if text.strip() and "⟨" not in text:
        assert found_quote(harmless(text), text) is not None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_making_harmless_twice_changes_nothing_more(text: str) -> None:
    """What is harmless stays as it is."""
    once = harmless(text)
    assert harmless(once) == once


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"a": 1.0, "b": 1.0, "c": 0.0}, 1.0),
        ({"a": 1.0, "b": 0.0}, None),
        ({"a": 1.0, "b": 1.0}, 1.0),
        ({"a": 0.0}, None),
        ({}, None),
        ({"a": 0.0, "b": 1.0, "c": 2.0}, 1.0),
        ({"a": 2.0, "b": 2.0, "c": 0.0, "z": 0.0}, 2.0),
    ],
)
def test_a_panel_of_three_says_what_more_than_half_of_it_say(
    values: dict[str, float], said: float | None
) -> None:
    """Who gave no grade agrees with nobody; on a scale the middle decides."""
    assert panel_value(("a", "b", "c"), values) == said


def test_a_panel_of_one_is_that_judge() -> None:
    """Named twice it is still one."""
    assert panel_value(("a", "a"), {"a": 1.0, "b": 0.0}) == 1.0


def test_what_a_call_costs_is_in_dollars_for_a_million_tokens() -> None:
    """400 tokens at 2.50 and 100 at 10 are 0.002 USD; no prompt has more tokens than bytes."""
    card = JudgeCard(name="j", input_price=2.5, output_price=10)
    assert card.cost(400, 100) == pytest.approx(0.002)
    assert likely_tokens(400) == 100
    assert likely_tokens(400, images=2) == 2_300
    assert most_tokens("ä" * 10) == 84
