"""How long the leaderboard and a what-if take on 23 models x 1,756 items.

`cold` fills the score sheets from the database, once in a process. `warm` computes the rows anew
from sheets at hand, intervals and ranks included; `again` asks the same once more; `after_one` asks
after one new grade, for which the page of its item is filled again.
A what-if changes points, activity, words or names of one item after the other.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.board_study import AT, board_study
from db import events, items, predictions
from src.domain.canonical import canonical_json, digest
from src.domain.people import OPERATOR
from src.domain.prediction import Grade
from src.domain.scoring.sheet import Policy
from src.services.what_if import CriterionEdit, Edit
from src.services.workbench import Workbench

MODELS: Final = 23
EDITS: Final = {
    "points": Edit(criteria=(CriterionEdit(criterion_id="k1", points=3.0),)),
    "activity": Edit(criteria=(CriterionEdit(criterion_id="k2", active=False),)),
    "words": Edit(criteria=(CriterionEdit(criterion_id="k3", text="Another wording"),)),
    "exclusion": Edit(excluded=True),
    "name": Edit(names=("Another name",)),
}
ROUNDS: Final = 20


def run() -> Iterator[dict[str, Any]]:
    """Yield every figure of this file."""
    with tempfile.TemporaryDirectory(prefix="rare-review-bench-") as folder:
        bench = board_study(Path(folder), MODELS)
        try:
            yield board_figure(bench)
            yield from what_if_figures(bench)
        finally:
            bench.close()


def board_figure(bench: Workbench) -> dict[str, Any]:
    """Measure the leaderboard, imported and corrected, cold and warm."""
    cold = seconds(lambda: bench.scoring.leaderboard(OPERATOR))
    warm = seconds(lambda: bench.scoring.leaderboard(OPERATOR, policy=Policy(abstain="zero")))
    corrected = seconds(lambda: bench.scoring.leaderboard(OPERATOR, basis="corrected"))
    again = seconds(lambda: bench.scoring.leaderboard(OPERATOR))
    give_one_grade(bench)
    after_one = seconds(lambda: bench.scoring.leaderboard(OPERATOR))
    return {
        "bench": "leaderboard",
        "models": MODELS,
        "items": 1_756,
        "cold_s": round(cold, 2),
        "warm_s": round(warm, 3),
        "corrected_s": round(corrected, 3),
        "again_s": round(again, 4),
        "after_one_s": round(after_one, 3),
        "target": "warm under 1 s",
    }


def give_one_grade(bench: Workbench) -> None:
    """Let another judge grade one criterion of one answer."""
    item_id = "bench/diagnosis/000007"
    with bench.database.transaction() as t:
        (answer, *_) = predictions.answers(t, "full", [item_id])
        item = items.get(t, item_id)
        assert item is not None
        grade = Grade(
            model=answer.model,
            item_id=item_id,
            criterion_id="k1",
            criterion_sha256=item.criteria[0].sha256,
            prediction_sha256=answer.sha256,
            judge="another-judge",
            value=1.0,
        )
        predictions.add_grades(t, [grade], AT)
        link = f"grade:{canonical_json([grade.key])}"
        events.append(t, "grade.given", OPERATOR.person_id, link, digest(grade.key), AT)


def what_if_figures(bench: Workbench) -> Iterator[dict[str, Any]]:
    """Measure each kind of edit on items of the diagnosis track, whose names can change."""
    for kind, edit in EDITS.items():
        times = [
            seconds(lambda: bench.what_ifs.on_item(OPERATOR, item, edit))  # noqa: B023
            for item in (f"bench/diagnosis/{number:06}" for number in range(ROUNDS))
        ]
        yield {
            "bench": "what_if",
            "edit": kind,
            "models": MODELS,
            "items": 1_756,
            "median_ms": round(1_000 * statistics.median(times), 1),
            "worst_ms": round(1_000 * max(times), 1),
            "target": "under 200 ms",
        }


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
