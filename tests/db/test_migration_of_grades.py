"""Grades that came with a file, stored before there were judges: they count as they did."""

from __future__ import annotations

import json
from pathlib import Path

from db.database import Database
from src.domain.item import Track
from src.domain.people import OPERATOR
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import actor, item_line, write_items
from tests.db.test_migration_of_rounds import copy_rows, other_url
from tests.db.test_migrations import upgrade_to

__all__ = ["other_url"]


def test_a_grade_from_a_file_counts_after_the_migration_and_needs_no_event(
    bench: Workbench, other_url: str, tmp_path: Path
) -> None:
    """Its new columns are empty, its score is the same, and the chain holds."""
    rubric = [{"text": "Starts vemurafenib"}, {"text": "Names a dose"}]
    line = item_line("001", track="treatment", images=[], criteria=rubric)
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [line]))
    grades = [{"criterion_id": f"k{n}", "value": n - 1, "judge": "old"} for n in (1, 2)]
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps({"index": "001", "prediction": "960 mg", "grades": grades}) + "\n")
    emil, track = actor("emil"), Track.TREATMENT
    assert bench.predicting.store_file(emil, path, model="model-a", track=track).grades == 2
    old = Database(other_url, create=True)
    upgrade_to(old, "0009")
    copy_rows(bench, old)
    old.close()

    init(other_url, str(tmp_path / "images"))

    again = open_workbench(other_url, str(tmp_path / "images"), bench.clock)
    (row,) = again.scoring.leaderboard(emil)
    assert (row.value, row.unscored) == (0.5, 0)
    assert again.judging.judges(emil) == ["old"]
    assert again.browsing.verify(OPERATOR).problems == ()
    again.close()
