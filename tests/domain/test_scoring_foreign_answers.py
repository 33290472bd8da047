"""What answers say in other languages, in tables, and of not knowing: never a silent no or yes."""

from __future__ import annotations

from functools import partial

import pytest

from src.domain.scoring.answer_reading import listed, parted, stated
from src.domain.scoring.disease_match import match_disease
from src.domain.scoring.disease_statement import Named, match_stated, match_statement
from src.domain.scoring.ranked_list import parse_ranked_list

marfan = partial(match_disease, names=["Marfan syndrome"])


def diagnosis(answer: str) -> Named:
    """Return how the matcher takes a whole answer of a diagnosis."""
    return match_stated(stated(answer), marfan)


def waits(found: Named) -> bool:
    """Say whether it asks a person, and asks again under the name it waits by."""
    again = match_stated(stated(found.name), marfan)
    return (found.match.how, again.match.how) == ("review", "review")


# ---- other languages ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "lead_in",
    [
        "Diagnóstico final:", "Diagnostic :", "Diagnose:", "Diagnosi:", "Diagnostic final :",
        "Diagnóstico mais provável:", "Wahrscheinlichste Diagnose:", "**Diagnóstico:**",
        "Il diagnosi definitiva:", "Diagnos:", "Rozpoznanie:", "Réponse :", "## Diagnose:",
        "Meest waarschijnlijke diagnose:", "Le diagnostic le plus probable :", "Диагноз:",
    ],
)  # fmt: skip
def test_a_lead_in_in_another_language_is_no_part_of_the_name(lead_in):
    assert diagnosis(f"{lead_in} Marfan syndrome").match.how == "exact"
    assert match_statement(f"{lead_in} Marfan syndrome", marfan).match.how == "exact"
    assert diagnosis(f"Tall.\n{lead_in}\nMarfan syndrome").match.how == "exact"
    assert waits(diagnosis(f"{lead_in} Sarkoidose"))
    assert waits(diagnosis(f"Tall.\n{lead_in}\nSarkoidose"))


@pytest.mark.parametrize(
    "answer",
    [
        "Diagnóstico final: síndrome de Marfan",
        "Diagnostic : syndrome de Marfan",
        "Diagnose: Marfan-Syndrom",
        "Diagnosi: sindrome di Marfan",
        "síndrome de Marfan",
        "syndrome de Marfan",
        "Marfan-Syndrom",
        "Syndroom van Marfan",
        "Diagnose: Marfan-Syndrom: die Linse ist verlagert",
    ],
)
def test_a_name_in_another_language_is_left_to_a_person(answer):
    assert waits(diagnosis(answer)), diagnosis(answer)


def test_a_disease_of_another_language_is_known_by_its_words():
    assert match_disease("Maladie de Gaucher", ["Gaucher disease"]).how == "review"
    assert match_disease("Morbus Gaucher", ["Gaucher disease"]).how == "review"
    assert match_disease("Enfermedad de Fabry", ["Gaucher disease"]).how == "no"
    assert match_disease("Van der Woude syndrome", ["Van der Woude syndrome"]).how == "exact"


def test_a_differential_diagnosis_in_another_language_is_not_the_diagnosis():
    answer = "Diagnóstico diferencial: Marfan syndrome\nDiagnóstico: Homocystinuria"
    assert stated(answer).text == "Diagnóstico: Homocystinuria"
    final = "Diagnose: Homocystinuria\nEndgültige Diagnose: Marfan syndrome"
    assert diagnosis(final).match.how == "exact"
    assert diagnosis("Diagnostic criteria: met.\nDiagnosis: Marfan syndrome").match.how == "exact"


# ---- an answer that does not know ---------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "I cannot determine the diagnosis. Possibly Marfan syndrome",
        "The diagnosis cannot be determined from these images. Possibly Marfan syndrome.",
        "Final diagnosis: Cannot be determined. Possibly Marfan syndrome",
        "Diagnosis: cannot be determined, possibly Marfan syndrome",
        "Diagnosis: undetermined\nPossibly Marfan syndrome",
        "I am unable to make a definitive diagnosis.\nPossibly Marfan syndrome",
        "Marfan syndrome\nHowever, the diagnosis remains uncertain.",
        "No definite diagnosis can be made. Possibly Marfan syndrome.",
        "There is insufficient information for a diagnosis.\nThe diagnosis is Marfan syndrome",
        "It is not possible to say. Possibly Marfan syndrome",
    ],
)
def test_an_answer_that_says_it_cannot_tell_is_left_to_a_person(answer):
    assert waits(diagnosis(answer)), diagnosis(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Possibly Marfan syndrome",
        "Marfan syndrome. The exact subtype cannot be determined.",
        "I cannot tell more of the aorta.\nFinal diagnosis: Marfan syndrome",
        "I cannot determine the diagnosis from one image.\nFinal diagnosis: Marfan syndrome",
    ],
)
def test_a_name_that_is_stated_counts_though_something_else_is_not_known(answer):
    assert diagnosis(answer).match.how == "exact"


def test_an_entry_that_says_it_cannot_tell_is_left_to_a_person():
    entry = "Cannot be determined. Possibly Marfan syndrome"
    assert match_statement(entry, marfan).match.how == "review"
    assert diagnosis("The diagnosis cannot be determined.").match.how == "no"


# ---- tables -------------------------------------------------------------------------------

RANKED = (
    "| Rank | Diagnosis | Reasons |\n|---|:---:|---|\n| 1 | Gout | pain |\n| 2 | **Lupus** | a |"
)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (RANKED, ["Gout", "Lupus"]),
        (f"Here:\n\n{RANKED}\n\nI hope it helps.", ["Gout", "Lupus"]),
        ("| 1 | Gout |\n|---|---|\n| 2 | Lupus |", ["Gout", "Lupus"]),
        ("| Gout |\n|---|\n| Lupus |", ["Gout", "Lupus"]),
        ("| 1 | Gout |\n| 2 | Lupus |", ["Gout", "Lupus"]),
        ("| Disease | Likelihood |\n|--|--|\n| Gout | high |\n| Lupus | low |", ["Gout", "Lupus"]),
        ("Rank | Condition\n--- | ---\n1 | Gout\n2 | Lupus", ["Gout", "Lupus"]),
        ("| # | Why | Disease |\n|---|---|---|\n| 1 | pain | Gout |\n| 2 | a | Lupus |",
         ["Gout", "Lupus"]),
        ("| # | Krankheit |\n|---|---|\n| 1 | Gout |\n| 2 | |", ["Gout"]),
        (r"| Name |""\n|---|\n" r"| Gout \| crystals |", [r"Gout | crystals"]),
    ],
)  # fmt: skip
def test_a_table_is_read_cell_by_cell(table, names):
    assert [parted(entry).name for entry in listed(table)] == names


def test_the_published_reading_keeps_reading_tables_as_it_did():
    assert "|---|:---:|---|" in parse_ranked_list(RANKED)


def test_a_diagnosis_in_a_table_is_the_first_row_or_the_row_that_says_so():
    rows = RANKED.replace("Gout", "Marfan syndrome")
    assert diagnosis(rows).match.how == "exact"
    assert diagnosis(RANKED.replace("**Lupus**", "Marfan syndrome")).match.how == "review"
    field = (
        "| Field | Value |\n|---|---|\n| Confidence | 1 |\n| Final diagnosis | Marfan syndrome |"
    )
    assert diagnosis(field).match.how == "exact"


def test_a_name_in_a_column_that_nobody_would_expect_is_left_to_a_person():
    table = "| Sign | Thought |\n|---|---|\n| a long arm | Marfan syndrome |"
    [entry] = listed(table)
    assert match_statement(entry, marfan).match.how == "review"


def test_a_bar_in_a_sentence_makes_no_table():
    assert [parted(entry).name for entry in listed("1. Gout | crystals\n2. Lupus")] == [
        "Gout | crystals",
        "Lupus",
    ]
