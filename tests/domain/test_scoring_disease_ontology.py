"""Where the ontology says that a close name is another disease, nobody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.bench_matcher import disease_ontology
from src.domain.ontology import Entity
from src.domain.scoring.disease_match import DiseaseMatch, match_disease
from src.domain.scoring.disease_ontology import DiseaseOntology
from src.domain.scoring.disease_statement import match_statement

DISORDER, SUBTYPE, GROUP = "Disorder", "Subtype of disorder", "Group of disorders"


def entity(code: str, term: str, *synonyms: str, level: str = DISORDER, **more: Any) -> Entity:
    """Return an entity of the ontology."""
    return Entity(orpha_code=code, term=term, synonyms=synonyms, level=level, **more)


ENTITIES = (
    entity("1", "Hyperphenylalaninemia", level=GROUP),
    entity("716", "Phenylketonuria", "PKU", parents=("1",)),
    entity("226", "DHPR deficiency", "Phenylketonuria type 2", "PKU type 2", parents=("1",)),
    entity("352", "Galactosemia", parents=("2",)),
    entity("79239", "Classic galactosemia", level=SUBTYPE, parents=("352",)),
    entity("79237", "Mild galactosemia", level=SUBTYPE, parents=("352",)),
    entity("3", "Marfan-related disorders", level=GROUP),
    entity("558", "Marfan syndrome", "MFS", parents=("3",)),
    entity("284979", "Neonatal Marfan syndrome", parents=("3",)),
    entity("166", "Charcot-Marie-Tooth disease", "CMT", level=GROUP),
    entity("803", "Amyotrophic lateral sclerosis", "Charcot disease"),
    entity("10", "Hyperornithinemia", "Dual name"),
    entity("415", "Hyperornithinemia-homocitrullinuria syndrome", "HHH syndrome"),
    entity("416", "Old homocitrullinuria", status="moved", moved_to="415"),
    entity("417", "Hyperornithinemia, former", status="obsolete"),
    entity("418", "Hyperornithinemia with signs", "Dual name"),
)
ONTOLOGY = disease_ontology(ENTITIES)


def names_of(code: str) -> tuple[str, ...]:
    """Return what the ontology calls a code."""
    return tuple(next(entity.names for entity in ENTITIES if entity.orpha_code == code))


def match(
    candidate: str, name: str, code: str, ontology: DiseaseOntology | None = ONTOLOGY
) -> DiseaseMatch:
    """Match an answer with an item that has a code."""
    return match_disease(candidate, [name], code, orpha_names=names_of(code), ontology=ontology)


@pytest.mark.parametrize(
    ("candidate", "name", "code", "other"),
    [
        ("Phenylketonuria", "DHPR deficiency", "226", "ORPHA:716, Phenylketonuria"),
        ("Phenylketonuria (PKU)", "DHPR deficiency", "226", "ORPHA:716, Phenylketonuria"),
        ("PKU (phenylketonuria)", "DHPR deficiency", "226", "ORPHA:716, Phenylketonuria"),
        ("Most likely: phenylketonuria", "DHPR deficiency", "226", "ORPHA:716"),
        ("Hyperornithinemia-Homocitrullinuria syndrome", "Hyperornithinemia", "10", "ORPHA:415"),
    ],
)
def test_the_whole_name_of_another_disease_is_no_and_says_which(candidate, name, code, other):
    assert match(candidate, name, code, None).how == "review"

    found = match(candidate, name, code)

    assert (found.match, found.how) == (False, "no"), found.explanation
    assert f"is another disease ({other}" in found.explanation


@pytest.mark.parametrize(
    ("candidate", "name", "code"),
    [
        # A disease and one of its subtypes, either way round; two subtypes of one disease.
        ("Galactosemia", "Classic galactosemia", "79239"),
        ("Classic galactosemia", "Galactosemia", "352"),
        ("Clasic galactosemia", "Classic galactosemia", "79239"),
        # A group says less than a disease; and what a group holds, nobody knows.
        ("Charcot-Marie-Tooth disease", "Charcot disease", "803"),
        ("Charcot disease", "Charcot-Marie-Tooth disease", "166"),
        # Side by side in the ontology, a form of the other by its name.
        ("Marfan syndrome", "Neonatal Marfan syndrome", "284979"),
        ("Neonatal Marfan syndrome", "Marfan syndrome", "558"),
        # An acronym alone; a name with more in brackets; a retired name; a shared name.
        ("PKU", "Phenylketonuria type 2", "226"),
        ("Phenylketonuria (malignant)", "DHPR deficiency", "226"),
        ("Hyperornithinemia, former", "Hyperornithinemia", "10"),
        ("Hyperornithinemia", "Hyperornithinemia with signs", "418"),
        # No disease of the ontology at all.
        ("Hyperornithinemia with more signs", "Hyperornithinemia", "10"),
    ],
)
def test_forms_groups_acronyms_and_shared_or_retired_names_still_ask_a_person(
    candidate, name, code
):
    found = match(candidate, name, code)
    assert found.how == "review", found.explanation


def test_without_a_code_that_the_ontology_knows_it_says_nothing():
    for code in ("", "999"):
        found = match_disease(
            "Phenylketonuria", ["Phenylketonuria type 2"], code, ontology=ONTOLOGY
        )
        assert found.how == "review", code


def test_an_answer_at_odds_with_its_code_is_no_ground_for_another_disease():
    """The item says Marfan syndrome, its code Galactosemia: neither form of either is denied."""
    for candidate in ("Marfan syndrom", "Neonatal Marfan syndrome", "Classic galactosemia"):
        found = match_disease(
            candidate, ["Marfan syndrome"], "352", orpha_names=("Galactosemia",), ontology=ONTOLOGY
        )
        assert found.how == "review", candidate


def test_a_name_people_accepted_is_the_disease_whatever_the_ontology_says():
    found = match_disease(
        "Phenylketonuria",
        ["DHPR deficiency"],
        "226",
        accepted=["Phenylketonuria"],
        orpha_names=names_of("226"),
        ontology=ONTOLOGY,
    )
    assert (found.match, found.how) == (True, "alias")


def test_a_code_that_moved_is_the_one_that_stands_now():
    assert ONTOLOGY.named("old homocitrullinuria") == {"415"}
    assert ONTOLOGY.known("416") == "415"
    assert ONTOLOGY.known("417") == "417"
    assert ONTOLOGY.known("999") == ""


def test_what_is_said_behind_another_diseases_name_changes_nothing():
    def matcher(text: str) -> DiseaseMatch:
        return match(text, "DHPR deficiency", "226")

    found = match_statement("Phenylketonuria (PKU): raised phenylalanine", matcher)
    assert found.match.how == "no"
    found = match_statement("Phenylketonuria: or rather DHPR deficiency", matcher)
    assert found.match.how == "no"
    found = match_statement("Phenylketonuria or DHPR deficiency", matcher)
    assert found.match.how == "review"
