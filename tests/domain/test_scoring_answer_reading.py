"""What an answer states or lists is told from what it says of it; nothing it says makes a yes."""

from __future__ import annotations

import json
from functools import partial

import pytest

from src.domain.scoring.answer_reading import listed, parted, stated
from src.domain.scoring.disease_match import match_disease
from src.domain.scoring.disease_statement import match_stated, match_statement

marfan = partial(match_disease, names=["Marfan syndrome"])


def diagnosis(answer: str) -> str:
    """Return how the matcher takes a whole answer of a diagnosis."""
    return match_stated(stated(answer), marfan).match.how


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("Here:\n\n+1. Gout: a crystal disease.\n+2. Lupus - a rash", ["Gout", "Lupus"]),
        ("+1. **Fabry Disease (FD):** x.\n\n+2. 1. **Gout**\n", ["Fabry Disease (FD)", "Gout"]),
        (
            json.dumps([{"diagnosis": "Phenylketonuria (PKU)"}, {"diagnosis": 'A "b"'}]),
            ["Phenylketonuria (PKU)", 'A "b'],
        ),
        ("### 1. **Gout** – crystals\n   - joints\n### 2) Lupus", ["Gout", "Lupus"]),
        ("1. Gout 2. Lupus", ["Gout", "Lupus"]),
        (
            "+1 Gout:\nIn common: pain\n+2 3-Methylglutaconic aciduria:\nIn common: none",
            ["Gout", "3-Methylglutaconic aciduria"],
        ),
        ("- Gout: crystals\n- Lupus", ["Gout", "Lupus"]),
        ("<think>1. Gout</think>1. Lupus\n2. lupus: rash", ["Lupus"]),
        ("Gout; Lupus", ["Gout", "Lupus"]),
        ("1. Most likely: Gout\n2. **Possible:** Lupus", ["Gout", "Lupus"]),
        ("", []),
    ],
)
def test_a_list_gives_its_names_without_what_it_says_of_them(answer, names):
    assert [parted(entry).name for entry in listed(answer)] == names


@pytest.mark.parametrize(
    "answer",
    [
        "Marfan syndrome",
        "# Diagnosis\nMarfan syndrome",
        "**Final diagnosis:**\n\n**Marfan syndrome**\n\nThe lens is subluxated.",
        "Let me look at the images.\n\nThe diagnosis is Marfan syndrome.",
        "Differential diagnosis: Loeys-Dietz syndrome\nFinal diagnosis: Marfan syndrome",
        "The most likely diagnosis is **Marfan syndrome**.",
        "On these grounds, the final diagnosis is Marfan syndrome.",
        "Final Answer: Marfan syndrome",
        "Answer: Marfan syndrome",
        r"So \boxed{\text{Marfan syndrome}}",
        "Reasons.\n<answer>Marfan syndrome</answer>",
        "The answer is Marfan syndrome",
        "Findings are consistent with Marfan syndrome.",
        "Most consistent with Marfan syndrome",
        "Marfan syndrome - the lens is subluxated and the aorta wide",
        "Marfan syndrome: tall stature. " + "The patient has long fingers. " * 20,
        '{"diagnosis": "Marfan syndrome", "reason": "no fever"}',
    ],
)
def test_a_diagnosis_is_found_wherever_the_answer_states_it(answer):
    assert diagnosis(answer) == "exact"


@pytest.mark.parametrize(
    "answer",
    [
        "Marfan syndrome. Low back pain is not typical of Marfan syndrome.",
        "Marfan syndrome - homocystinuria unlikely",
        "Marfan syndrome: excluded",
        "Marfan syndrome: tall stature. However, it was ruled out by a test.",
        "Marfan syndrome: tall stature. It is not Marfan syndrome, though.",
        "Let me look at the images.\nMarfan syndrome",
        "The images show a subluxated lens.\nI think that this is Marfan syndrome.",
        "Marfan syndrome is one thought.\nOr homocystinuria.",
        "Vasculopathy: Marfan syndrome",
    ],
)
def test_what_names_the_disease_and_may_take_it_back_or_names_it_elsewhere_asks_a_person(answer):
    found = match_stated(stated(answer), marfan)
    assert found.match.how == "review", found
    # Under this name it waits, and is in doubt again when it is ruled on.
    assert match_stated(stated(found.name), marfan).match.how == "review", found.name


@pytest.mark.parametrize(
    "answer",
    [
        "Final diagnosis: Loeys-Dietz syndrome\nDifferential diagnosis: Marfan syndrome",
        "<answer>Homocystinuria</answer> Marfan syndrome was a thought.",
        "It is not Marfan syndrome",
        "Homocystinuria: unlike Marfan syndrome it goes with low intelligence.",
        "Marfan syndrome is unlikely",
        "",
        "I cannot help with that.",
    ],
)
def test_another_disease_that_is_stated_outright_is_no(answer):
    assert diagnosis(answer) == "no"


@pytest.mark.parametrize(
    ("entry", "how"),
    [
        (
            "Marfan syndrome: lens subluxation and scoliosis fit. However, low back pain is not"
            " typically associated with Marfan syndrome.",
            "exact",
        ),
        ("Marfan syndrome: wide aorta.\nSymptoms not in common: fever, no rash", "exact"),
        ("**Marfan syndrome** (MFS): wide aorta", "exact"),
        ("Marfan disease - a wide aorta, a subluxated lens", "review"),
        ("Loeys-Dietz syndrome: like Marfan syndrome, but with a cleft palate", "no"),
        ("Marfan syndrome: less likely", "review"),
    ],
)
def test_an_entry_of_a_list_is_its_name_whatever_the_explanation_mentions(entry, how):
    assert match_statement(entry, marfan).match.how == how


def test_a_name_that_goes_on_behind_a_full_stop_is_not_cut():
    match = partial(match_disease, names=["St. Louis encephalitis"])
    assert match_statement("St. Louis encephalitis", match).match.how == "exact"
    assert match_statement("St. Louis encephalitis virus", match).match.how == "review"


def test_an_unspecified_disease_is_the_same_however_that_is_written():
    assert match_disease("Epilepsy NOS", ["Epilepsy, not otherwise specified"]).how == "exact"


def test_reading_a_very_long_answer_takes_no_time_to_speak_of():
    for text in (
        "<answer>" * 50_000,
        "the diagnosis " * 50_000,
        "1. x: y\n" * 50_000,
        "- " * 99_999,
        "| a " * 50_000,
        "|---" * 50_000 + "x",
        "|--|\n" * 50_000,
        "the diagnosis cannot " * 50_000,
        "le diagnostic le plus " * 50_000,
    ):
        assert diagnosis(text) in {"no", "review"}
        assert len(listed(text)) <= 10
