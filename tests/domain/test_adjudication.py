"""Disputes as an adjudicator sees them, and what a ruling gives a unit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.adjudication import Dispute, dispute_of, letters_of, misfit, settled_value
from src.domain.errors import BadInputError
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.review import AddedCriterion, CriterionReading, EditReason, Verdict
from src.domain.units import units_of
from tests.domain.things import body, make_item, review

FLAG = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))


def dispute(unit: str) -> Dispute:
    """Return a dispute between amara and benoit."""
    first = body(flags=(FLAG,), added_criteria=(AddedCriterion(text="Asks for BRAF"),))
    reviews = [review("amara", first), review("benoit", body(Verdict.CONTRADICTED))]
    found = next(u for u in units_of(make_item(), reviews) if u.name.startswith(unit))
    letters = letters_of(["amara", "benoit"], 7, "test/diagnosis/001")
    return dispute_of(
        found, round_name="first", item_id="test/diagnosis/001", item_version=1, letters=letters
    )


@given(st.integers(), st.text(max_size=20))
def test_letters_are_a_shuffle_that_stays(seed: int, item_id: str) -> None:
    """Everybody has one letter, the first ones, the same at each look and in any order of names."""
    people = ["amara", "benoit", "dalia"]
    letters = letters_of(people, seed, item_id)
    assert sorted(letters.values()) == ["A", "B", "C"]
    assert letters_of([*reversed(people), "amara"], seed, item_id) == letters


def test_letters_differ_from_item_to_item() -> None:
    """Over 400 items every order of three readers occurs about as often as the others."""
    orders = [
        tuple(sorted(("x", "y", "z"), key=letters_of(["x", "y", "z"], 7, f"item-{n}").__getitem__))
        for n in range(400)
    ]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert min(counts) > 30


def test_a_dispute_names_no_person() -> None:
    """Neither a person's id nor a review's is in it."""
    said = dispute("claim:c1").model_dump_json()
    assert "amara" not in said
    assert "benoit" not in said
    assert "review-" not in said


@pytest.mark.parametrize(
    ("unit", "chosen", "value", "key"),
    [
        ("claim:c1", "new", "cannot_judge", "cannot_judge"),
        ("claim:c1", "remove", None, "removed"),
        ("criterion:+", "merge", {"text": "Asks for BRAF V600E", "points": 2.0}, None),
        ("flag:", "remove", None, "removed"),
        ("flag:", "new", FLAG.model_dump(mode="json"), "flagged"),
    ],
)
def test_a_ruling_can_say_something_new_or_remove(
    unit: str, chosen: str, value: Any, key: str | None
) -> None:
    """The key and the value are those of the ruling."""
    found, settled = settled_value(dispute(unit), chosen, value)
    assert key is None or found == key
    if isinstance(value, dict):
        assert isinstance(settled, dict)
        assert value.items() <= settled.items()


def test_choosing_a_letter_takes_that_reading() -> None:
    """Both readings of the claim can be chosen."""
    open_ = dispute("claim:c1")
    assert {settled_value(open_, r.reader, None)[0] for r in open_.readings} == {
        "supported",
        "contradicted",
    }


@pytest.mark.parametrize(
    ("unit", "chosen", "value"),
    [
        ("claim:c1", "C", None),
        ("claim:c1", "a", None),
        ("claim:c1", "", None),
        ("claim:c1", "new", "perhaps"),
        ("claim:c1", "new", None),
        ("claim:c1", "new", {"verdict": "supported"}),
        ("criterion:+", "new", "text"),
        ("criterion:+", "new", {"points": 1}),
        ("criterion:+", "new", {"text": "x", "points": 1e9}),
        ("criterion:+", "new", ["x"]),
        ("flag:", "new", {"kind": "no_such_kind"}),
        ("check:answer_correct", "new", "maybe"),
        ("field:recommendation", "new", 1),
    ],
)
def test_a_ruling_that_does_not_fit_the_unit_is_refused(unit: str, chosen: str, value: Any) -> None:
    """Unknown letters and values of another kind never become gold."""
    with pytest.raises(BadInputError):
        settled_value(dispute(unit), chosen, value)


@pytest.mark.parametrize(
    ("order", "fits"), [([2, 1], True), ([1], False), ([1, 1], False), ([1, 3], False)]
)
def test_a_new_order_holds_every_image_once(order: Any, fits: bool) -> None:
    """An order that loses or repeats an image does not fit the item."""
    asked = dispute("claim:c1").model_copy(update={"unit": "field:image_order"})
    _, value = settled_value(asked, "new", order)
    assert (misfit(make_item(), "field:image_order", value) is None) == fits


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("field:answer", None),
        ("field:answer", " "),
        ("field:caption:1", 3),
        ("field:aliases", "ECD"),
        ("field:orpha_code", "ORPHA"),
        ("field:nothing", "x"),
        ("criterion:k1", {"action": "edit"}),
        ("criterion:k1", {"action": "edit", "text": " "}),
        ("criterion:k1", {"action": "burn"}),
    ],
)
def test_a_new_value_of_a_field_or_criterion_is_checked(unit: str, value: Any) -> None:
    """Empty texts, wrong types and unknown fields are refused."""
    asked = dispute("claim:c1").model_copy(update={"unit": unit})
    with pytest.raises(BadInputError):
        settled_value(asked, "new", value)


def test_a_ruling_of_ones_own_on_a_scale_has_the_key_a_reader_would_have() -> None:
    """So that it agrees with a reader who said the same; what is not named does not change."""
    given = {"action": "edit", "text": None, "points": None, "kind": "ordinal", "maximum": 4}
    edit = CriterionReading(
        criterion_id="k1", action="edit", kind="ordinal", maximum=4, reason=EditReason.WRONG
    )
    reviews = [review("amara", body(criteria=(edit,))), review("benoit")]
    unit = next(u for u in units_of(make_item(), reviews) if u.name == "criterion:k1")
    assert settled_value(dispute("criterion:+"), "remove", None) == ("removed", None)
    found = dispute_of(
        unit,
        round_name="first",
        item_id="test/diagnosis/001",
        item_version=1,
        letters={"amara": "A", "benoit": "B"},
    )
    assert settled_value(found, "new", given) == (unit.readings[0].key, given)
    with pytest.raises(BadInputError, match="only a graded criterion"):
        settled_value(found, "new", {"action": "edit", "kind": "binary", "maximum": 3})
    graded = {"text": "Asks for BRAF", "points": 1.0, "kind": "ordinal", "maximum": 3}
    assert settled_value(dispute("criterion:+"), "new", graded)[1] == {**graded, "required": True}
