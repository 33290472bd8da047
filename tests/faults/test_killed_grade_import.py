"""kill -9 while people's grades are stored: whole batches stay, the same file brings the rest."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.models import HumanGradeRow
from src.domain.people import OPERATOR
from src.services.grade_intake import BATCH
from src.services.workbench import Workbench, open_workbench
from tests.faults.test_killed_processes import kill, start
from tests.services.test_grade_exchange import LINE
from tests.services.test_grading import study

pytestmark = pytest.mark.faults
PEOPLE = 8 * BATCH + 3

IMPORTER = """
import sys
from pathlib import Path
from src.domain.people import OPERATOR
from src.services.workbench import open_workbench
bench = open_workbench(sys.argv[1], sys.argv[2])
say = lambda progress: print(progress.what, progress.done, flush=True) or True
bench.grade_exchange.store_file(OPERATOR, Path(sys.argv[3]), watch=say)
"""


def stored(bench: Workbench) -> int:
    """Return how many grades there are."""
    with bench.database.reading() as t:
        return t.scalar(select(func.count()).select_from(HumanGradeRow)) or 0


def test_a_killed_import_of_grades_is_finished_by_the_same_file(
    bench: Workbench, database_url: str, tmp_path: Path
) -> None:
    """Killed within its storing: 0, 500, 1,000 ... grades, proven; in the end each one once."""
    study(bench, tmp_path, models=("model-a",), number=1)
    path = tmp_path / "opinions.jsonl"
    lines = [{**LINE, "anonymized_physician_ids": [f"D{n}"], "binary_labels": [n % 3 > 0]}
             for n in range(PEOPLE)]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    cut = []
    for attempt in range(2):
        process = start(IMPORTER, database_url, str(tmp_path / "images"), str(path))
        assert process.stdout is not None
        while not process.stdout.readline().startswith("storing"):
            pass
        time.sleep(random.Random(attempt).uniform(0.05, 0.5))
        kill(process)
        again = open_workbench(database_url, str(tmp_path / "images"))
        cut.append(stored(again))
        assert cut[-1] % BATCH == 0 or cut[-1] == PEOPLE
        assert again.browsing.verify(OPERATOR).problems == ()
        again.close()
    report = bench.grade_exchange.store_file(OPERATOR, path)
    assert (report.stored, report.unchanged) == (PEOPLE - cut[-1], cut[-1])
    assert stored(bench) == PEOPLE
    assert bench.grade_exchange.store_file(OPERATOR, path).stored == 0
