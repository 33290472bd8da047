"""Treatments and tests are read from an item's own list, known to the program or not."""

from __future__ import annotations

import pytest

from src.domain.scan import listed
from src.domain.scan.listed import treatments

GIVEN = [
    ("Start nitisinone and betaine.", {"nitisinone", "betaine"}),
    ("Recommends oral uridine triacetate", {"uridine triacetate"}),
    ("Cysteamine", {"Cysteamine"}),
    ("Hydroxocobalamin 1 mg daily by injection, then folinic acid.", {"Hydroxocobalamin"}),
    ("Give cholic acid, restrict phenylalanine.", {"cholic acid"}),
    ("Do not give nitisinone.", set()),
    ("Gives a concrete plan.", set()),
    ("Suggests potent topical care.", set()),
    ("Looks for bleeding.", set()),
    ("Refer the family to genetic counselling.", set()),
    ("Start physiotherapy.", set()),
]


@pytest.mark.parametrize(("entry", "names"), GIVEN)
def test_single_drugs_of_the_own_list_are_treatments(entry: str, names: set[str]) -> None:
    """What is given is one, known or not; advice and adjectives are none."""
    found = {one.text for one in treatments([entry], [entry]) if not one.general}
    assert names <= found
    assert names or not found


ASKED = [
    ("Serum ferritin", "Serum ferritin"),
    ("Measure FEV₁ every three months.", "FEV₁"),
    ("HHV-8 staining", "HHV-8 staining"),
    ("Sweat chloride", "Sweat chloride"),
    ("Nerve conduction studies of both legs.", "Nerve conduction studies"),
]


@pytest.mark.parametrize(("entry", "name"), ASKED)
def test_entries_that_read_like_tests_are_tests(entry: str, name: str) -> None:
    """By their words, their endings, or written like a marker."""
    assert name in {one.text for one in listed.tests([entry], [])}


@pytest.mark.parametrize(
    "entry",
    [
        "Chest radiograph before the flight, to confirm resolution of the pneumothorax.",
        "Repeat imaging of the kidneys every year.",
        "Yearly imaging of the angiomyolipoma with its diameter and any aneurysm.",
    ],
)
def test_what_a_test_is_for_is_no_test(entry: str) -> None:
    """The flight, the kidneys and the tumour are only why."""
    found = {one.text.casefold() for one in listed.tests([entry], [])}
    assert found.isdisjoint({"flight", "kidneys", "angiomyolipoma", "aneurysm", "pneumothorax"})
