"""The export beside the screens: one at a time, stopped when asked, never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from src.domain.errors import ConflictError
from src.domain.exports import ExportChoices, ExportFormat
from src.domain.people import OPERATOR
from src.services.workbench import Workbench
from src.ui.export_job import ExportDesk, ExportJob, ExportKey
from tests.builders import actor, item_line, open_round, read_all, write_items

KEY = ExportKey(1, "a" * 64, ExportFormat.CSV)


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a release of one item."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("1", images=[])]))
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(actor("lena"))
    return bench


def job(study: Workbench, folder: Path, key: ExportKey = KEY) -> ExportJob:
    """Return a job that has not begun."""
    return ExportJob(study, actor("lena"), key, folder, ExportChoices())


def test_a_job_keeps_what_came_of_it(study: Workbench, tmp_path: Path) -> None:
    """Progress, and the report at the end."""
    one = job(study, tmp_path / "out")
    assert not one.done
    one.run()
    assert one.done
    assert one.report is not None
    assert (one.report.items, one.progress.done, one.progress.total) == (1, 1, 1)


def test_a_stopped_job_puts_nothing_in_place(study: Workbench, tmp_path: Path) -> None:
    """And says so."""
    one = job(study, tmp_path / "out")
    one.stop()
    one.run()
    assert (one.done, one.refusal) == (True, "Stopped. Nothing was changed.")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_fault_is_a_calm_line_and_a_log(
    study: Workbench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The store is gone: the screen learns that it is our fault, the log why."""
    one = job(study, tmp_path / "out")
    broken: Any = object()
    one._work = (broken, actor("lena"), ExportChoices())
    one.run()
    assert one.refusal.startswith("The export failed on our side")
    assert "An export failed" in caplog.text


def test_a_server_writes_one_export_at_a_time(study: Workbench, tmp_path: Path) -> None:
    """The second lead is told what is being written."""
    desk = ExportDesk()
    waiting = job(study, tmp_path / "out")
    desk._running = waiting
    with pytest.raises(ConflictError, match="release 1 as CSV tables is being written"):
        desk.start(job(study, tmp_path / "other"))
    waiting.run()
    assert desk.running is None
