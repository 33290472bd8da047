"""Whose grades strict scores go by: said wherever scores are, so that judges never mix unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.scoring.whose_replies import WhoseGrades
from src.files.score_report import board_html
from src.services.board_report import Asked
from src.services.workbench import Workbench
from tests.services.test_scoring import EMIL, answer, graded, store, treatment


def of_judge(judge: str, values: tuple[float, ...]) -> dict[str, object]:
    """Give an answer to the first item with a judge's grades."""
    line = graded("001", *values)
    return {**line, "grades": [{**grade, "judge": judge} for grade in line["grades"]]}


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give an answer that one judge grades in full, and another but for its last criterion."""
    store(bench, tmp_path, [treatment("001")])
    answer(bench, tmp_path, [of_judge("judge-a", (1, 1, 1, 1))])
    return bench


def test_grades_of_one_judge_are_said_to_be_theirs_without_a_warning(study: Workbench) -> None:
    """The name stands on the page for other people too; published measures take no grades."""
    found = study.scoring.whose_grades(EMIL)

    assert (found.words, found.warnings) == ("Grades that count: of judge-a.", [])
    assert "Grades that count: of judge-a." in board_html(study.board_reports.report(EMIL)).decode()
    published = study.board_reports.report(EMIL, Asked(mode="compatible"))
    assert "Grades that count" not in board_html(published).decode()


def test_what_one_judge_left_out_and_another_gave_is_not_mixed_without_a_word(
    study: Workbench, tmp_path: Path
) -> None:
    """The score rests on both until one is chosen; then a grade is missing."""
    answer(study, tmp_path, [of_judge("judge-b", (0, 0, 0))])

    [mixed] = study.scoring.leaderboard(EMIL, basis="import")
    assert mixed.unscored == 0
    [warning] = study.scoring.whose_grades(EMIL).warnings
    assert warning.startswith(
        "Several judges gave grades, judge-a and judge-b, and the newest of any counts: one "
        "answer's score can rest on two of them"
    )
    assert warning in study.board_reports.report(EMIL).warnings

    study.judging.choose_panel(EMIL, ["judge-b"])

    [alone] = study.scoring.leaderboard(EMIL, basis="import")
    assert alone.unscored == 1
    found = study.scoring.whose_grades(EMIL)
    assert (found.words, found.warnings) == ("Grades that count: of judge-b.", [])


def test_a_judge_that_nobody_named_is_told_beside_the_others(
    study: Workbench, tmp_path: Path
) -> None:
    """Grades of a file may come without a judge's name; they count as newest all the same."""
    answer(study, tmp_path, [of_judge("", (1, 1, 1, 1))])

    assert study.scoring.whose_grades(EMIL).judges == ("", "judge-a")
    [warning] = study.scoring.whose_grades(EMIL).warnings
    assert "a judge without a name and judge-a" in warning


def test_a_panel_is_told_by_how_it_decides() -> None:
    """And where nobody graded there is nothing to say."""
    panel = ("a", "b", "c")
    found = WhoseGrades(judges=("a", "b", "c", "d"), panel=panel)

    assert found.words == "Grades that count: what more than half of these say, a, b and c."
    assert found.warnings == []
    assert WhoseGrades().words == ""
