"""`manage.py match`: the disease-name matcher on pairs, how and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a folder without a study: pairs need none."""
    return Shell(tmp_path)


def written(tmp_path: Path, *pairs: dict[str, Any]) -> Path:
    """Return a file of pairs."""
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps({"pairs": pairs}), encoding="utf-8")
    return path


def test_each_pair_says_how_and_why_and_against_which_name(shell: Shell, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"candidate": "GPA", "gold_list": ["Granulomatosis with polyangiitis", "GPA"]},
        {"candidate": "NF2", "gold_list": ["Neurofibromatosis type 1"], "label": False},
    )

    same, other = shell.done("match", path)["pairs"]

    assert same == {
        "candidate": "GPA",
        "match": True,
        "how": "synonym",
        "matched": "GPA",
        "explanation": "'GPA' is 'GPA', an alias of the answer.",
    }
    assert (other["match"], other["how"], other["matched"]) == (False, "no", None)
    assert "Type 2 is not type 1" in other["explanation"]
    assert "NF2: no. Type 2 is not type 1" in shell("match", path, as_json=False).out


def test_a_pair_can_give_the_items_code_and_what_people_and_orphanet_call_it(
    shell: Shell, tmp_path: Path
) -> None:
    marfan = {"gold_list": ["Marfan syndrome"]}
    path = written(
        tmp_path,
        {"candidate": "ORPHA:558", "orpha_code": "ORPHA:558", **marfan},
        {"candidate": "ORPHA:558", "orpha_code": 558, **marfan},
        {"candidate": "ORPHA:558 or ORPHA:60030", "orpha_code": "558", **marfan},
        {"candidate": "ORPHA:60030", "orpha_code": "558", **marfan},
        {"candidate": "ORPHA:558", **marfan},
        {"candidate": "MFS", "orpha_names": ["MFS"], **marfan},
        {"candidate": "Marfan's", "accepted": ["Marfan’s"], **marfan},
    )

    found = shell.done("match", path)["pairs"]

    assert [pair["how"] for pair in found] == [
        "orpha", "orpha", "review", "no", "review", "orpha", "alias",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pair", "field"),
    [
        ({"candidate": "GPA"}, "pairs.0.gold_list"),
        ({"candidate": "GPA", "gold_list": "GPA"}, "pairs.0.gold_list"),
        ({"candidate": None, "gold_list": []}, "pairs.0.candidate"),
        ({"candidate": "GPA", "gold_list": [], "orpha_code": ["558"]}, "pairs.0.orpha_code"),
        ({"candidate": "GPA", "gold_list": [], "orpha_code": "Marfan"}, "pairs.0.orpha_code"),
    ],
)
def test_a_pair_that_cannot_be_read_is_named_with_its_field(
    shell: Shell, tmp_path: Path, pair: dict[str, Any], field: str
) -> None:
    """A name instead of a list of names was read letter by letter."""
    run = shell("match", written(tmp_path, pair))

    assert run.status == 1
    [problem] = run.data["error"]["problems"]
    assert problem["column"] == field


def test_a_file_without_pairs_is_refused(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    path.write_text("[]", encoding="utf-8")
    assert shell("match", path).status == 1
