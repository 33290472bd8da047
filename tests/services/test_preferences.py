"""Everybody's own keys: stored, theirs alone, and never a set that does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import preferences
from src.domain.errors import BadInputError, NotAllowedError
from src.domain.people import OPERATOR
from src.domain.preference import DEFAULT_MAP
from src.services.workbench import Workbench, open_workbench
from tests.builders import actor

AMARA, STRANGER = actor("amara"), actor("stranger")


def test_keys_are_the_default_ones_until_somebody_changes_theirs(bench: Workbench) -> None:
    """Change upon change, each person for themselves."""
    assert bench.preferences.keys(AMARA) == DEFAULT_MAP
    bench.preferences.set_keys(AMARA, {"box": "g"})
    changed = bench.preferences.set_keys(AMARA, {"pin": "b"})
    assert changed.changes() == {"box": "g", "pin": "b"}
    assert bench.preferences.keys(AMARA) == changed
    assert bench.preferences.keys(actor("benoit")) == DEFAULT_MAP


def test_keys_outlast_a_restart(bench: Workbench, database_url: str, tmp_path: Path) -> None:
    """They are in the database."""
    bench.preferences.set_keys(AMARA, {"box": "é"})
    again = open_workbench(database_url, str(tmp_path / "images"))
    assert again.preferences.keys(AMARA).keys["box"] == "é"
    again.close()


def test_a_refused_change_changes_nothing(bench: Workbench) -> None:
    """Not even the part that would fit."""
    bench.preferences.set_keys(AMARA, {"box": "g"})
    with pytest.raises(BadInputError, match="'g' is asked to do two things"):
        bench.preferences.set_keys(AMARA, {"help": ";", "pin": "g"})
    assert bench.preferences.keys(AMARA).changes() == {"box": "g"}


def test_a_change_back_and_a_reset_leave_the_default_keys(bench: Workbench) -> None:
    """Resetting twice too."""
    bench.preferences.set_keys(AMARA, {"box": "g"})
    assert bench.preferences.set_keys(AMARA, {"box": "b"}) == DEFAULT_MAP
    bench.preferences.set_keys(AMARA, {"box": "g"})
    for _ in range(2):
        assert bench.preferences.reset_keys(AMARA) == DEFAULT_MAP
        assert bench.preferences.keys(AMARA) == DEFAULT_MAP


def test_any_active_person_sets_their_own_and_nobody_else_can(bench: Workbench) -> None:
    """No role is needed; who was disabled, or is no member, is refused."""
    bench.preferences.set_keys(STRANGER, {"box": "g"})
    bench.people.set_active(OPERATOR, "stranger", False)
    for who in (STRANGER, OPERATOR):
        with pytest.raises(NotAllowedError, match="not an active member"):
            bench.preferences.set_keys(who, {"box": "g"})
        with pytest.raises(NotAllowedError, match="not an active member"):
            bench.preferences.reset_keys(who)


@pytest.mark.parametrize("stored", [{"gone": "g"}, {"box": "e"}, {"box": 7}, ["box"], "box"])
def test_stored_keys_that_no_longer_fit_give_the_default_ones(
    bench: Workbench, stored: object
) -> None:
    """As another version of the program may have left them."""
    with bench.database.transaction() as t:
        preferences.put(t, "amara", "keys", stored)  # type: ignore[arg-type]
    assert bench.preferences.keys(AMARA) == DEFAULT_MAP
    assert bench.preferences.set_keys(AMARA, {"box": "g"}).changes() == {"box": "g"}
