"""Work beside the screens: watched, stopped when asked, once at a time, never a traceback."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from src.domain.errors import ConflictError
from src.domain.exports import ExportFormat
from src.domain.people import OPERATOR
from src.services.exporting import ExportReport
from src.services.workbench import Workbench
from src.ui.work import Watch, Work, WorkDesk
from tests.builders import actor, item_line, open_round, read_all, write_items


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a release of one item."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("1", images=[])]))
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(actor("lena"))
    return bench


def export(study: Workbench, folder: Path) -> Work:
    """Return an export that has not begun."""

    def write(watch: Watch) -> ExportReport:
        return study.exporting.export(actor("lena"), 1, folder, ExportFormat.CSV, None, watch)

    return Work(write)


def test_work_keeps_what_came_of_it(study: Workbench, tmp_path: Path) -> None:
    """Progress, and the report at the end."""
    one = export(study, tmp_path / "out")
    assert not one.done
    one.run()
    assert (one.done, one.refusal, one.result.items) == (True, "", 1)
    assert (one.progress.done, one.progress.total) == (1, 1)


def test_stopped_work_puts_nothing_in_place(study: Workbench, tmp_path: Path) -> None:
    """And says so."""
    one = export(study, tmp_path / "out")
    one.stop()
    one.run()
    assert (one.done, one.stopped, one.refusal) == (True, True, "")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_refusal_is_told_as_it_stands() -> None:
    """In the words of the rule."""

    def refuse(watch: Watch) -> None:
        raise ConflictError("Somebody else is at it.")

    one = Work(refuse)
    one.run()
    assert (one.done, one.refusal) == (True, "Somebody else is at it.")


def test_a_fault_is_a_calm_line_and_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """The screen learns that it is our fault, the log why."""
    one = Work(lambda watch: 1 / 0)
    one.run()
    assert one.refusal.startswith("It failed on our side")
    assert "ZeroDivisionError" in caplog.text


def test_the_same_work_is_done_once_at_a_time() -> None:
    """Who asks while it is under way watches it; asked for anew later, it is done anew."""
    desk, goes_on, times = WorkDesk(), threading.Event(), []

    def wait(watch: Watch) -> None:
        times.append(1)
        goes_on.wait(10)

    first = desk.begin("export-1", wait)
    assert desk.begin("export-1", wait) is first
    goes_on.set()
    while not first.done:
        pass
    desk.begin("export-1", wait, beside=False)
    assert len(times) == 2
