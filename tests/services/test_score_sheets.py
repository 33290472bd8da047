"""Score sheets kept from event to event are those a program just started would fill."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from db import grading_chances, human_grades, score_inputs
from db.database import Transaction
from src.domain.grading import DrawKind
from src.domain.item import Track
from src.domain.scoring.sheet import Sheet
from src.judges.scripted import ScriptedJudge
from src.services import score_sheets
from src.services.answer_scores import Mode
from src.services.progress import Progress, WorkStopped
from src.services.score_sheets import ScoreSheets
from src.services.workbench import Workbench
from tests.builders import actor, item_line
from tests.services.test_grading import grade_all, make_set
from tests.services.test_judging import run as run_judge
from tests.services.test_judging import says
from tests.services.test_scoring import EMIL, answer, release_after, store

LENA = actor("lena")
LINK = (
    r'"((?:alias|answer|case|condition|departure|discussion|draft|error|file|first_reading|gold'
    r"|grade|grading_set|grading_slot|guideline|human_grade|item|judge_panel|match|mask|model"
    r"|ontology|own_reading|person|predictions|reason|readings|release|review|round|round_item"
    r"|round_person|rubric|ruling|scores|sitting|slot|unit)"
    r'\.(?!css|js)[a-z_]*(?:ed|en|wn|un|made|_on|_out|_back|_left))"'
)
"""What names a link of the log in the code: a thing, and what was done to it."""
NUMBERS = range(1, 8)
ASKED: tuple[tuple[int | None, Mode], ...] = ((None, "strict"), (None, "compatible"))


def diagnoses(bench: Workbench, folder: Path) -> None:
    """Store seven diagnoses; a answers all, b none of the first four, one name is in doubt."""
    store(
        bench,
        folder,
        [item_line(f"{n:03}", case=f"case-{n}", images=[], orpha_code="") for n in NUMBERS],
    )
    said = [{"index": f"{n:03}", "prediction": "Erdheim-Chester disease"} for n in NUMBERS]
    said[5]["prediction"] = "Erdheim disease"
    answer(bench, folder, said, track=Track.DIAGNOSIS)
    answer(bench, folder, said[4:], model="b", track=Track.DIAGNOSIS)


def same(one: object, other: object, path: str = "sheet") -> None:
    """Check that two sheets hold the same, number by number."""
    if is_dataclass(one) and not isinstance(one, type):
        for part in fields(one):
            same(getattr(one, part.name), getattr(other, part.name), f"{path}.{part.name}")
    elif isinstance(one, dict) and isinstance(other, dict):
        assert list(one) == list(other), path
        for key in one:
            same(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, err_msg=path, strict=True)
    else:
        assert one == other, path


def sheet_of(sheets: ScoreSheets, release: int | None, mode: Mode) -> Sheet:
    """Return the sheet of the diagnoses now."""
    return sheets.of(Track.DIAGNOSIS, release, mode, "full", sheets.state())


def fresh(bench: Workbench) -> ScoreSheets:
    """Return sheets with nothing in them yet."""
    return ScoreSheets(bench.database, human_grades.on_items, grading_chances.chances_on)


def events(bench: Workbench, folder: Path) -> Sequence[Callable[[], Any]]:
    """Return what happens in a study, one after the other."""
    name = "Erdheim disease"
    doubt = f"test/diagnosis/{6:03}"
    return (
        lambda: diagnoses(bench, folder),
        lambda: run_judge(bench, ScriptedJudge(says(0))),
        lambda: release_after(bench),
        lambda: make_set(bench, draw=DrawKind.SIMPLE, sample=5),
        lambda: grade_all(bench, "amara"),
        lambda: bench.matching.accept(EMIL, doubt, name),
        lambda: bench.matching.reopen(EMIL, doubt, name),
        lambda: bench.matching.reject(EMIL, doubt, name),
        lambda: grade_all(bench, "benoit", value=0.0),
        lambda: answer(
            bench,
            folder,
            [{"index": "002", "prediction": "Gout"}],
            model="c",
            track=Track.DIAGNOSIS,
        ),
        lambda: run_judge(bench, ScriptedJudge(says(0))),
        lambda: bench.judging.choose_panel(EMIL, ["judge-a"]),
    )


def test_a_kept_sheet_is_the_one_that_would_be_filled_anew(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After answers, a run, a release, grades of people and rulings; pages of two items."""
    monkeypatch.setattr(score_sheets, "PAGE", 2)
    moved = 0
    before: object = None
    for happens in events(bench, tmp_path):
        happens()
        releases: list[tuple[int | None, Mode]] = [
            (r.number, "strict") for r in bench.releasing.all_of(LENA)
        ]
        for release, mode in (*ASKED, *releases):
            kept = sheet_of(bench.sheets, release, mode)
            same(kept, sheet_of(fresh(bench), release, mode))
        now = bench.scoring.leaderboard(EMIL)
        moved += now != before
        before = now
    assert moved >= 6


def test_only_the_page_of_what_moved_is_filled_again(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ruling on a name of one item reads that item's page, and a release none of the kept."""
    monkeypatch.setattr(score_sheets, "PAGE", 2)
    diagnoses(bench, tmp_path)
    sheet_of(bench.sheets, None, "strict")
    read: list[str] = []
    asked_items = score_inputs.asked_items

    def counted(t: Transaction, ids: Sequence[str]) -> list[score_inputs.AskedItem]:
        read.extend(ids)
        return asked_items(t, ids)

    monkeypatch.setattr(score_inputs, "asked_items", counted)
    bench.matching.accept(EMIL, "test/diagnosis/006", "Erdheim disease")

    sheet_of(bench.sheets, None, "strict")
    assert read == ["test/diagnosis/005", "test/diagnosis/006"]
    release_after(bench)
    sheet_of(bench.sheets, None, "strict")

    assert read == ["test/diagnosis/005", "test/diagnosis/006"]
    answer(bench, tmp_path, [{"index": "001", "prediction": "Gout"}], track=Track.DIAGNOSIS)
    sheet_of(bench.sheets, None, "strict")
    assert len(read) == 2 + len(NUMBERS)


def test_filling_tells_how_far_it_is_and_can_be_stopped(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of seven items in pages of two; a stop leaves nothing half filled, and the next is whole."""
    monkeypatch.setattr(score_sheets, "PAGE", 2)
    diagnoses(bench, tmp_path)
    heard: list[Progress] = []

    def two_pages(progress: Progress) -> bool:
        heard.append(progress)
        return len(heard) < 2

    with pytest.raises(WorkStopped):
        bench.scoring.fill(EMIL, watch=two_pages)
    assert [(p.done, p.total, p.what) for p in heard] == [(2, 7, "items"), (4, 7, "items")]

    bench.scoring.fill(EMIL)

    same(sheet_of(bench.sheets, None, "strict"), sheet_of(fresh(bench), None, "strict"))


FILLS_ANEW = {
    "departure.recorded",
    "error.planted",
    "file.imported",
    "item.imported",
    "item.masked",
    "judge_panel.chosen",
    "mask.changed",
    "mask.withdrawn",
    "ontology.stored",
    "person.stored",
    "predictions.imported",
    "release.imported",
    "round.reader_back",
    "round.reader_left",
    "rubric.imported",
    "rubric.published",
}
"""Rare, or about any item."""


def test_every_kind_of_link_is_known_to_move_scores_or_not() -> None:
    """A new kind has to be put somewhere: where it moves nothing, filling anew costs seconds."""
    known = {*score_sheets.MOVES_NO_SCORE, *score_inputs.OF_ONE_ITEM, *score_inputs.OF_WHOLE_SHEETS}
    written = {
        kind
        for folder in ("db", "src")
        for path in Path(folder).rglob("*.py")
        for kind in re.findall(LINK, path.read_text(encoding="utf-8"))
    }
    assert {"review.submitted", "grade.given", "release.made"} <= written
    assert written - known - FILLS_ANEW == set()
    assert not known & FILLS_ANEW
