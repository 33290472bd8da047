"""The keys of the reading room: what may be chosen, and what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain.errors import BadInputError
from src.domain.preference import (
    ACTS,
    DEFAULT_KEYS,
    DEFAULT_MAP,
    NAMED_KEYS,
    ON_A_HIT,
    fitting,
    key_map,
)


def rules(changes: dict[str, str]) -> list[str]:
    """Return the rules by which changes are refused."""
    with pytest.raises(BadInputError) as refusal:
        key_map(changes)
    return [problem.rule for problem in refusal.value.problems]


def test_the_default_keys_keep_their_own_rules() -> None:
    """Each act has one, none has two, and none is the page's or an image's."""
    assert key_map({}) == DEFAULT_MAP
    assert key_map(dict(DEFAULT_KEYS)) == DEFAULT_MAP
    assert set(ACTS) - set(DEFAULT_KEYS) == {"submit"}
    assert DEFAULT_MAP.changes() == {}


@pytest.mark.parametrize("key", ["c", "C", "r", "R", *"123456789"])
def test_keys_of_the_page_and_of_images_are_refused(key: str) -> None:
    """Streamlit takes c and r; 1 to 9 open an image."""
    assert "unusable_key" in rules({"box": key})


def test_only_what_is_said_of_an_open_hit_may_have_a_digit() -> None:
    """While none lies open the digit opens its image."""
    assert key_map({"leak-high": "7"}).keys["leak-high"] == "7"
    assert key_map({"leak-high": "g"}).keys["leak-high"] == "g"
    assert rules({"leak-high": "2"}) == ["key_twice"]
    assert rules({"leak-high": "c"}) == ["unusable_key"]


@pytest.mark.parametrize(
    "key", ["", " ", "\t", "\n", "ab", "F1", "F11", "Tab", "Control", "escape", "\u0301\u0301"]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    """Space and Tab move in the page; F1, F11 and F12 are the browser's."""
    assert "unusable_key" in rules({"box": key})


@pytest.mark.parametrize("key", ["g", "#", "é", "ж", "F2", "F10", "Home", "Enter", "Backspace"])
def test_a_character_or_a_named_key_can_be_chosen(key: str) -> None:
    """Of any keyboard."""
    changed = key_map({"box": key})
    assert changed.keys["box"] == key
    assert changed.changes() == {"box": key}


def test_a_letter_is_the_same_key_with_and_without_shift() -> None:
    """So Caps Lock changes nothing, and B cannot be another act than b."""
    assert key_map({"box": "G"}).keys["box"] == "g"
    assert rules({"evidence": "B"}) == ["key_twice"]


def test_no_key_does_two_things_but_two_may_change_places() -> None:
    """Over the defaults with the changes, not over the changes alone."""
    assert rules({"box": "e"}) == ["key_twice"]
    assert rules({"box": "g", "evidence": "g"}) == ["key_twice"]
    swapped = key_map({"box": "e", "evidence": "b"})
    assert (swapped.keys["box"], swapped.keys["evidence"]) == ("e", "b")


def test_of_keys_that_no_longer_fit_together_those_that_do_are_kept() -> None:
    """An act that came later took the key of one; the others, and two that changed places, stay."""
    assert fitting({"box": "h", "pin": "g"}).changes() == {"pin": "g"}
    assert fitting({"box": "e", "evidence": "b"}).changes() == {"box": "e", "evidence": "b"}
    assert fitting({"gone": "g", "box": "g"}).changes() == {"box": "g"}


def test_an_unknown_act_and_submitting_cannot_be_mapped_and_all_problems_are_told() -> None:
    """Submitting stays on Ctrl and Enter."""
    assert rules({"dance": "g", "submit": "F2", "box": "c"}) == [
        "unknown_act",
        "fixed_act",
        "unusable_key",
    ]


KEYS = st.one_of(st.sampled_from(sorted(NAMED_KEYS)), st.characters())


@given(changes=st.dictionaries(st.sampled_from(sorted(DEFAULT_KEYS)), KEYS, max_size=6))
def test_every_map_that_is_accepted_has_each_key_once_and_comes_back_from_its_changes(
    changes: dict[str, str],
) -> None:
    """Whatever was asked for."""
    try:
        found = key_map(changes)
    except BadInputError:
        return
    assert set(found.keys) == set(DEFAULT_KEYS)
    assert len(set(found.keys.values())) == len(found.keys)
    assert not set(found.keys.values()) & {*"cCrR "}
    elsewhere = {key for act, key in found.keys.items() if act not in ON_A_HIT}
    assert not elsewhere & {*"123456789"}
    assert key_map(found.changes()) == found
