"""What a model is shown under each condition, and that no name of the disease is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.conditions import (
    WITHHELD,
    Shown,
    named_in,
    shown,
    without_names,
    without_statements,
)
from src.domain.item import Finding
from src.domain.masking import with_texts
from tests.domain.things import make_item

D21 = (
    "Established diagnosis: Erdheim-Chester disease (a.k.a. polyostotic sclerosing histiocytosis)."
)
NAMES = ("polyostotic sclerosing histiocytosis",)


def all_of(found: Shown) -> str:
    """Return every word that is shown."""
    return found.model_dump_json(exclude={"item_id", "condition"})


def test_full_shows_findings_images_and_captions() -> None:
    """Everything that is visible, and neither the answer nor a file's name."""
    found = shown(make_item(), "full")
    assert found.findings == (Finding(title="CT", body="Hairy kidneys."),)
    assert [(i.position, i.label, i.caption) for i in found.images] == [
        (1, "Figure 1", "Image 1"),
        (2, "Figure 2", "Image 2"),
    ]
    assert "Erdheim" not in all_of(found)


def test_baseline_leaves_the_findings_out_and_text_the_images_too() -> None:
    """Question and context are the same in all three."""
    item = make_item()
    full, baseline, text = (shown(item, name) for name in ("full", "baseline", "text"))
    assert (baseline.findings, baseline.images) == ((), full.images)
    assert (text.findings, text.images) == ((), ())
    assert len({(s.question, s.context, s.visible_sha256) for s in (full, baseline, text)}) == 1
    assert len({s.sha256 for s in (full, baseline, text)}) == 3


def test_an_image_without_a_label_is_called_by_its_place() -> None:
    """Whatever its file was called."""
    item = make_item()
    item = item.model_copy(update={"content": with_texts(item.content, {"slot:1": ""})})
    assert [image.label for image in shown(item, "full").images] == ["Image 1", "Figure 2"]


def test_the_sentence_the_reference_leaks_is_withheld_whole() -> None:
    """Its synonym stands behind a full stop inside the name."""
    assert without_statements(D21) == ""
    assert without_statements(f"A man. {D21} He was treated.") == "A man. He was treated."
    assert named_in(D21) == ["Erdheim-Chester disease", "polyostotic sclerosing histiocytosis"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Final diagnosis: St. Louis encephalitis. He fell.", "He fell."),
        ("Final diagnosis: neuritis, after Dr. Parsonage. He fell.", "He fell."),
        ("Final diagnosis: a storage disease, e.g. Gaucher disease. He fell.", "He fell."),
        ("Final diagnosis: disease of J. M. Charcot. He fell.", "He fell."),
        ("Final diagnosis: ECD (seen first by W. Chester\nin Vienna. 1930). He fell.", "He fell."),
        ("Final diagnosis: sclerosing\nhistiocytosis. He fell.", "He fell."),
        ("Confirmed diagnosis: ECD [syn. Foo. bar] vs. others. He fell.", "He fell."),
        ("The final diagnosis was ECD (a.k.a. foo. bar). He fell.", "He fell."),
        ("**Final diagnosis:** ECD. He fell.", "He fell."),
        ("Final pathological diagnosis - ECD. He fell.", "He fell."),
        ("Bone pain; definitive diagnosis: ECD. He fell.", "Bone pain; He fell."),
        ("Diagnosis: ECD\nHe fell.", "\nHe fell."),
        ("Final diagnosis: Erdheim-\nChester disease. He fell.", "He fell."),
        ("Final diagnosis: Erdheim-Chester\nDisease (a.k.a. foo. Bar). He fell.", "He fell."),
        ("Final diagnosis: disease of\nCastleman. He fell.", "He fell."),
        ("The final diagnosis was Erdheim\nChester type. He fell.", "He fell."),
        ("Final diagnosis: ECD, seen by Dr.\nChester. He fell.", "He fell."),
        (f"Final diagnosis: {'long ' * 9}\nChester type. He fell.", "He fell."),
        ("Final diagnosis: ECD\nTreatment: none.", "\nTreatment: none."),
        ("The final diagnosis was ECD\n\nHe fell.", "\n\nHe fell."),
        ("The final diagnosis was ECD\n- He fell.", "\n- He fell."),
        ("Final diagnosis: ECD (never closed. He fell.", "He fell."),
    ],
)
def test_a_statement_ends_at_its_own_full_stop(text: str, left: str) -> None:
    """Not at that of an abbreviation, an initial, or inside brackets, also across lines."""
    assert without_statements(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "What is the final diagnosis?",
        "Which tests lead to the established diagnosis?",
        "Given the established diagnosis, which findings support it? Name them.",
        "His diagnosis of hypertension was made in 1990.",
        "",
    ],
)
def test_a_question_about_the_diagnosis_is_no_statement(text: str) -> None:
    """It stays as it is written."""
    assert without_statements(text) == text


def test_no_name_is_left_under_nodx_in_any_field() -> None:
    """Own names, those given, and those the statement itself brings, in whatever spelling."""
    item = make_item()
    content = with_texts(
        item.content.model_copy(update={"aliases": ("ECD",)}),
        {
            "question": f"{D21} Which findings support ERDHEIM CHESTER disease?",
            "context": "Polyostotic sclerosing  histiocytosis, ECD. All was well.",
            "finding_title:1": "CT in Erdheim–Chester disease",
            "finding:1": "Typical of Erdheim-Chester disease's kidneys.",
            "caption:1": "Histiocytosis of the polyostotic sort; ECD",
            "slot:1": "ECD-1",
        },
    )
    found = shown(item.model_copy(update={"content": content}), "nodx")
    said = all_of(found)
    assert not any(word in said for word in ("Erdheim", "ERDHEIM", "Chester", "ECD", "sclerosing"))
    assert found.question == f"Which findings support {WITHHELD}?"
    assert found.context == f"{WITHHELD}, {WITHHELD}. All was well."
    assert len(found.images) == 2 and len(found.findings) == 1
    assert found.visible_sha256 == content.visible_sha256


def test_names_that_are_given_are_withheld_beside_the_items_own() -> None:
    """As the ontology's synonyms are."""
    item = make_item()
    content = with_texts(item.content, {"context": "It is polyostotic sclerosing histiocytosis."})
    item = item.model_copy(update={"content": content})
    assert "sclerosing" in shown(item, "nodx").context
    assert shown(item, "nodx", NAMES).context == f"It is {WITHHELD}."
    assert "sclerosing" in shown(item, "full", NAMES).context


def test_a_short_name_is_withheld_only_as_it_is_written() -> None:
    """ALL is a disease, all is not."""
    assert without_names("All had ALL, all.", ["ALL"]) == f"All had {WITHHELD}, all."


@pytest.mark.parametrize("name", ["B.M.D.", "B.M.D", "BMD"])
def test_an_acronym_is_withheld_with_its_points_and_without(name: str) -> None:
    """Whichever way the item's own name is written."""
    item = make_item()
    texts = {"context": "B.M.D. is common. BMD is rare, b.m.d. is no name."}
    content = with_texts(item.content.model_copy(update={"aliases": (name,)}), texts)
    found = shown(item.model_copy(update={"content": content}), "nodx")
    assert found.context == f"{WITHHELD}. is common. {WITHHELD} is rare, b.m.d. is no name."


@pytest.mark.parametrize(
    ("text", "left", "other"),
    [
        (
            "The final diagnosis was Zork syndrome, also called burning mast disease. He fell.",
            "He fell.",
            "burning mast disease",
        ),
        (
            "Final diagnosis: Zork syndrome, formerly known as Vane-Ott disease. He fell.",
            "He fell.",
            "Vane-Ott disease",
        ),
        (
            "The final diagnosis was Zork syndrome. Also called Vane-Ott disease. He fell.",
            "He fell.",
            "Vane-Ott disease",
        ),
        (
            "Final diagnosis: Zork syndrome. It is also known as Vane-Ott disease. He fell.",
            "He fell.",
            "Vane-Ott disease",
        ),
    ],
)
def test_a_second_name_that_a_statement_gives_is_known_too(
    text: str, left: str, other: str
) -> None:
    """Also where it stands in a sentence of its own behind it."""
    assert without_statements(text) == left
    assert named_in(text) == ["Zork syndrome", other]


def test_a_sentence_on_another_name_that_follows_no_statement_stays() -> None:
    text = "He lived in Novi Sad, also called Neusatz. Also known as a smoker, he fell."
    assert without_statements(text) == text


@given(st.text(alphabet="aE .:()\n-dx?", max_size=60), st.lists(st.text("aEd- ", max_size=5)))
def test_any_text_is_taken(text: str, names: list[str]) -> None:
    """Law: nothing raises, nothing is made up but the mark."""
    left = without_names(without_statements(text), names)
    assert set(left) <= set(text) | set(WITHHELD)
