"""The benchmark of the leakage scan: what it plants is where it says, and knows no scanner."""

from __future__ import annotations

import ast
import csv
import random
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import leakage_forms, leakage_planting, leakage_text
from benchmarks.leakage_forms import canonical
from benchmarks.leakage_planting import KINDS, MENTION, Disease, PlantedCase, plant
from src.domain.item import Track
from src.domain.leakage import Layer

ROOT = Path(__file__).parents[1]
MODULES = (leakage_planting, leakage_forms, leakage_text)
STEMS = ("Arvella", "Brunnicke", "Corvino", "Delmasse", "Eskildor", "Fanstrup", "Gorvey", "Hallun")


def invented_ontology() -> tuple[Disease, ...]:
    """Return invented diseases that allow each kind to be planted, in both halves."""
    found = []
    for number, stem in enumerate(STEMS * 6):
        letter = "ABCDEF"[number // len(STEMS)]
        found.append(
            Disease(
                name=f"{stem} hyperkalemia-leukemia syndrome type {number % 5 + 1}{letter}",
                code=str(900_000 + number),
                synonyms=(
                    f"{stem}-{letter} renal tumor disease",
                    f"{stem[:2].upper()}{letter}D",
                    *(("ALL",) if number < 4 else ()),
                ),
                genes=(f"ZZ{number}",) if number % 2 else ("ZZSHARED", "WAS"),
            )
        )
    return tuple(found)


@pytest.fixture(scope="module")
def cases() -> list[PlantedCase]:
    """Return a small planting of a tuning and of a reporting seed."""
    ontology = invented_ontology()
    return [*plant(1, ontology, each=6), *plant(101, ontology, each=6)]


def test_the_generator_loads_nothing_of_the_scanner():
    code = (
        "import sys, benchmarks.leakage_planting;"
        "print([m for m in sys.modules if m.startswith('src.domain.scan')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stderr


def test_no_module_of_the_generator_names_the_scanner():
    for module in MODULES:
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        names = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        names += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        assert not [name for name in names if "scan" in name]


def test_the_same_seed_plants_the_same_cases():
    ontology = invented_ontology()

    assert list(plant(3, ontology, each=2)) == list(plant(3, ontology, each=2))


def test_another_seed_plants_other_cases():
    ontology = invented_ontology()

    assert list(plant(3, ontology, each=2)) != list(plant(4, ontology, each=2))


def test_offsets_quote_what_was_planted(cases):
    for case in cases:
        for spot in case.planted:
            assert case.text_of(spot)[spot.start : spot.end] == spot.text


def test_each_of_the_sixteen_kinds_has_as_many_near_misses_as_leaks(cases):
    found = Counter((spot.kind, spot.role) for case in cases for spot in case.planted)

    assert len(KINDS) == 16
    for kind in KINDS:
        assert found[kind.name, "leak"] == found[kind.name, "near_miss"] == 12, kind.name
    assert found[MENTION, "low"] == 12


def test_each_layer_and_each_track_rule_occurs(cases):
    leaks = [(case, s) for case in cases for s in case.planted if s.role == "leak"]

    assert {spot.layer for _, spot in leaks} == set(Layer)
    assert {case.item.track for case, _ in leaks} >= {Track.TREATMENT, Track.EXAMINATION}
    places = {(spot.field or "").partition(":")[0] for _, spot in leaks}
    assert places >= {"context", "question", "caption", "finding", "file_name", "metadata"}


def test_the_halves_of_the_diseases_do_not_meet():
    ontology = invented_ontology()

    def names(seed: int) -> set[str]:
        return {
            case.item.content.answer
            for case in plant(seed, ontology, each=6)
            if case.item.track is Track.DIAGNOSIS
        }

    assert not (names(1) | names(2)) & (names(101) | names(102))


def test_each_case_has_one_spot_beside_the_words_it_needs(cases):
    for case in cases:
        assert len([spot for spot in case.planted if spot.role != "context"]) == 1


def test_the_rest_of_a_case_does_not_name_its_answer(cases):
    for case in cases:
        content = case.item.content
        held = {spot.field: case.text_of(spot) for spot in case.planted}
        own = {canonical(name) for name in (content.answer, *content.aliases)}
        texts = {"context": content.context, "question": content.question}
        texts |= {f"caption:{i.position}": i.caption for i in content.images}
        for field, text in texts.items():
            if field not in held:
                assert not any(f" {name} " in f" {canonical(text)} " for name in own)


def test_clean_text_holds_no_name_written_by_hand():
    with leakage_planting.VARIANTS.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE))
    words = {canonical(row["variant"]) for row in rows if row["is_leak"] == "yes"}
    words |= {canonical(row["name"]) for row in rows}
    chance = random.Random(5)
    text = " ".join(leakage_text.clean_text(chance) for _ in range(60))

    tokens = canonical(text).split()
    runs = {" ".join(tokens[n : n + size]) for size in range(1, 8) for n in range(len(tokens))}

    assert not {word for word in words & runs if len(word) > 3}


def test_clean_text_is_as_long_as_it_should_be():
    chance = random.Random(6)

    for _ in range(50):
        length = len(leakage_text.clean_text(chance))
        assert leakage_text.SHORTEST <= length <= leakage_text.LONGEST + 300


def test_the_hand_written_file_is_well_formed():
    with leakage_planting.VARIANTS.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE))

    assert list(rows[0]) == ["kind", "name", "variant", "is_leak"]
    assert len({row["name"] for row in rows}) >= 120
    assert {row["is_leak"] for row in rows} == {"yes", "no"}
    assert all(value == value.strip() != "" for row in rows for value in row.values())
    assert len({tuple(row.values()) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Fanconi anemia", "Fanconi anaemia"),
        ("Pediatric tumor", "Paediatric tumour"),
        ("pediatric tumor", "paediatric tumour"),
        ("Marfan syndrome", None),
    ],
)
def test_british_spelling_is_made_where_there_is_one(name, other):
    assert leakage_forms.british(name) == other


def test_numerals_change_in_both_directions():
    assert leakage_forms.other_numeral("Gaucher disease type 3") == "Gaucher disease type III"
    assert leakage_forms.other_numeral("Usher syndrome type IIA") == "Usher syndrome type 2A"
    assert leakage_forms.other_numeral("Gaucher disease type II") == "Gaucher disease type 2"


def test_a_neighbouring_type_is_never_the_same_type():
    chance = random.Random(1)
    for _ in range(50):
        made = leakage_forms.other_type("Mucopolysaccharidosis type 2", chance)
        assert made and not made.endswith(("type 2", "type II"))


def test_slips_change_a_name_and_keep_its_first_letter():
    chance = random.Random(2)
    for name in islice(STEMS, 5):
        made = leakage_forms.misspelt(f"{name} syndrome", chance)
        assert made and made != f"{name} syndrome" and made[0] == name[0]
