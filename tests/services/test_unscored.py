"""Why answers have no score: what judging left on record, each answer counted once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from src.domain.scoring.sheet import Policy
from src.judges.judge import JudgeError, JudgeReply, JudgeRequest
from src.judges.scripted import ScriptedJudge
from src.services.workbench import Workbench
from tests.builders import statements
from tests.services.test_judging import (
    CRITERIA,
    EMIL,
    answer,
    run,
    says,
    store,
    treatment,
)
from tests.services.test_scoring import edit, release_after

Script = Callable[[JudgeRequest], JudgeReply | str]


def why(bench: Workbench, **asked: object) -> dict[str, int]:
    """Return why the one model's answers have no score; they must add up to its row."""
    [row] = bench.scoring.leaderboard(EMIL, **asked)  # type: ignore[arg-type]
    found = bench.unscored.by_model(EMIL, **asked)  # type: ignore[arg-type]
    reasons = dict(found[0].reasons) if found else {}
    assert sum(reasons.values()) == row.unscored
    return reasons


def raising(message: str, *, refused: bool = False) -> Script:
    """Return a judge of whom nothing comes."""

    def script(_asked: JudgeRequest) -> str:
        raise JudgeError(message, permanent=True, refused=refused)

    return script


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (raising("The judge declined.", refused=True), "the judge refused"),
        (lambda _: "no JSON", "the judge's reply could not be read"),
        (raising("The judge did not answer in time."), "the call failed: no answer in time"),
        (raising("The judge cannot be reached (x)."), "the call failed: no connection"),
        (raising("The judge answered 500: oops"), "the call failed: an error"),
    ],
)
def test_each_way_to_no_grade_is_told_apart(
    bench: Workbench, tmp_path: Path, script: Script, reason: str
) -> None:
    """Before the run nothing was asked; after one that works nothing is left to say."""
    store(bench, tmp_path, treatment("001", criteria=CRITERIA[:1]))
    answer(bench, tmp_path, "001")
    assert why(bench) == {"no grade asked yet": 1}

    run(bench, ScriptedJudge(script))
    assert why(bench) == {reason: 1}

    run(bench)
    assert why(bench) == {}


def test_an_answer_is_counted_once_and_one_without_is_told_apart(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two of three criteria fail, one is graded: one answer. The other item has none."""
    store(bench, tmp_path, treatment("001"), treatment("002", case="case-2"))
    answer(bench, tmp_path, "001")

    def script(asked: JudgeRequest) -> JudgeReply | str:
        if asked.criterion_key == "must_include-1":
            return says()(asked)
        raise JudgeError("The judge declined.", permanent=True, refused=True)

    run(bench, ScriptedJudge(script))

    assert why(bench) == {"no answer": 1, "the judge refused": 1}
    assert why(bench, policy=Policy(abstain="zero")) == {"the judge refused": 1}


def test_what_the_budget_did_not_cover_was_not_asked(bench: Workbench, tmp_path: Path) -> None:
    """Nothing failed: the run stands still, and its questions wait."""
    store(bench, tmp_path, treatment("001"))
    answer(bench, tmp_path, "001")

    run(bench, budget=0.000001)

    assert why(bench) == {"no grade asked yet: the budget did not cover it": 1}


def test_a_failure_of_a_criterion_that_counts_no_more_is_no_reason(
    bench: Workbench, tmp_path: Path
) -> None:
    """Review takes the refused criterion out: the answer has its score."""
    store(bench, tmp_path, treatment("001"))
    answer(bench, tmp_path, "001")

    def script(asked: JudgeRequest) -> JudgeReply:
        if asked.criterion_key == "must_not-1":
            raise JudgeError("The judge declined.", permanent=True, refused=True)
        return says()(asked)

    run(bench, ScriptedJudge(script))
    assert why(bench) == {"the judge refused": 1}
    release_after(bench, criteria=(edit("k3", "delete"),))

    assert why(bench, basis="gold") == {}
    assert why(bench, basis="import") == {"the judge refused": 1}


def test_the_failure_of_an_older_answer_is_not_that_of_the_newest(
    bench: Workbench, tmp_path: Path
) -> None:
    """Of the new answer nobody was asked yet."""
    store(bench, tmp_path, treatment("001"))
    answer(bench, tmp_path, "001")
    run(bench, ScriptedJudge(lambda _: "no JSON"))

    answer(bench, tmp_path, "001", text="Another answer.")

    assert why(bench) == {"no grade asked yet": 1}


def test_why_is_read_in_as_many_statements_however_many_items_there_are(
    bench: Workbench, tmp_path: Path
) -> None:
    """Grouped by the database, never item by item."""

    def counted(numbers: range) -> int:
        ids = [f"{n:03}" for n in numbers]
        store(bench, tmp_path, *(treatment(i, case=f"c{i}", criteria=CRITERIA[:1]) for i in ids))
        answer(bench, tmp_path, *ids)
        run(bench, ScriptedJudge(lambda _: "no JSON"))
        bench.scoring.leaderboard(EMIL)
        with statements(bench) as seen:
            [found] = bench.unscored.by_model(EMIL)
        assert found.reasons == {"the judge's reply could not be read": len(ids)}
        return len(seen)

    assert counted(range(2)) == counted(range(12))
