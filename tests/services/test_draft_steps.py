"""Undo and redo of a draft: stored, bounded, in bursts, and never lost to a race."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.steps import KEPT
from src.domain.errors import NotFoundError
from src.domain.people import OPERATOR
from src.domain.review import Draft, ReviewBody
from src.services.reviewing import DraftConflict, Task
from src.services.workbench import Workbench, open_workbench
from tests.builders import Clock, actor, full_reading, item_line, open_round, write_items

AMARA = actor("amara")
ITEM = "test/diagnosis/001"


@pytest.fixture
def opened(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give amara an item in hand."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    assert bench.reviewing.next_item(AMARA, "first") is not None
    return bench


def at(bench: Workbench) -> Task:
    """Return the item as it lies before amara."""
    return bench.reviewing.task(AMARA, "first", ITEM)


def write(bench: Workbench, comment: str, place: str = "", viewed: tuple[str, ...] = ()) -> Draft:
    """Save a draft over the newest version."""
    body = ReviewBody(comment=comment, images_viewed=viewed)
    version = at(bench).draft.version
    return bench.reviewing.save_draft(AMARA, "first", ITEM, body, version, place=place)


def undo(bench: Workbench) -> str:
    """Undo a step and return the comment there is now."""
    return bench.reviewing.undo(AMARA, "first", ITEM, at(bench).draft.version).body.comment


def redo(bench: Workbench) -> str:
    """Redo a step and return the comment there is now."""
    return bench.reviewing.redo(AMARA, "first", ITEM, at(bench).draft.version).body.comment


def steps(bench: Workbench) -> tuple[int, int]:
    """Return how many steps can be undone and redone."""
    return at(bench).undoable, at(bench).redoable


def test_each_save_is_a_step_that_undo_takes_back_and_redo_puts_back(opened: Workbench) -> None:
    """Each as a new version, down to the empty reading and up again."""
    for comment in ("a", "ab", "abc"):
        write(opened, comment)
    assert steps(opened) == (3, 0)
    assert [undo(opened) for _ in range(3)] == ["ab", "a", ""]
    assert steps(opened) == (0, 3)
    assert [redo(opened) for _ in range(3)] == ["a", "ab", "abc"]
    assert (steps(opened), at(opened).draft.version) == ((3, 0), 9)


def test_where_there_is_nothing_to_undo_or_redo_it_says_so(opened: Workbench) -> None:
    """Before the first save, and at either end; nothing is changed."""
    with pytest.raises(NotFoundError, match="nothing to undo"):
        opened.reviewing.undo(AMARA, "first", ITEM, 0)
    write(opened, "a")
    with pytest.raises(NotFoundError, match="nothing to redo"):
        redo(opened)
    undo(opened)
    with pytest.raises(NotFoundError, match="nothing to undo"):
        undo(opened)
    assert (at(opened).draft.body.comment, at(opened).draft.version) == ("", 2)


def test_steps_outlast_a_restart(opened: Workbench, database_url: str, tmp_path: Path) -> None:
    """Another process finds them."""
    write(opened, "a")
    write(opened, "b")
    undo(opened)
    again = open_workbench(database_url, str(tmp_path / "images"), opened.clock)
    assert steps(again) == (1, 1)
    assert redo(again) == "b"
    assert [undo(again), undo(again)] == ["a", ""]
    again.close()


def test_a_save_after_an_undo_forgets_what_was_undone(opened: Workbench) -> None:
    """Another way was taken."""
    for comment in ("a", "b", "c"):
        write(opened, comment)
    undo(opened)
    undo(opened)
    write(opened, "d")
    assert steps(opened) == (2, 0)
    assert [undo(opened), undo(opened)] == ["a", ""]


def test_a_burst_of_typing_is_one_step(opened: Workbench) -> None:
    """Saves of one place seconds apart; another place begins another step."""
    for end in range(1, 6):
        write(opened, "Bones"[:end], place="comment")
    write(opened, "Bones.", place="claims.c1.note")
    assert steps(opened) == (2, 0)
    assert [undo(opened), undo(opened)] == ["Bones", ""]


def test_a_pause_of_more_than_ten_seconds_ends_a_burst(opened: Workbench, clock: Clock) -> None:
    """Each look at the clock takes a second here, so 9 more make more than 10."""
    write(opened, "a", place="comment")
    clock.now += timedelta(seconds=5)
    write(opened, "ab", place="comment")
    clock.now += timedelta(seconds=11)
    write(opened, "abc", place="comment")
    assert [undo(opened), undo(opened)] == ["ab", ""]


def test_a_burst_lasts_a_minute_at_most(opened: Workbench, clock: Clock) -> None:
    """Who types for two minutes without a pause can take back the second minute alone."""
    for n in range(40):
        clock.now += timedelta(seconds=2)
        write(opened, "x" * (n + 1), place="comment")
    assert 2 <= at(opened).undoable <= 3
    assert 0 < len(undo(opened)) < 40


def test_typing_goes_on_in_a_step_of_its_own_after_an_undo_or_a_redo(opened: Workbench) -> None:
    """What was put back is not run together with what is typed next."""
    write(opened, "a", place="comment")
    undo(opened)
    redo(opened)
    write(opened, "ab", place="comment")
    assert [undo(opened), undo(opened)] == ["a", ""]


def test_the_last_fifty_steps_are_kept(opened: Workbench) -> None:
    """And the fifty-first is gone."""
    for n in range(KEPT + 7):
        write(opened, str(n))
    assert steps(opened) == (50, 0)
    assert [undo(opened) for _ in range(KEPT)][-1] == "6"
    with pytest.raises(NotFoundError):
        undo(opened)
    assert steps(opened) == (0, 50)


def test_an_image_once_viewed_stays_viewed(opened: Workbench) -> None:
    """Looking is no step, neither takes anything back nor forgets what was undone."""
    write(opened, "a", viewed=("1",))
    write(opened, "a", viewed=("1", "2"))
    assert steps(opened) == (1, 0)
    undo(opened)
    assert at(opened).draft.body == ReviewBody(images_viewed=("1", "2"))
    write(opened, "", viewed=("1", "2", "3"))
    assert redo(opened) == "a"
    assert at(opened).draft.body.images_viewed == ("1", "2", "3")


def test_a_save_that_changes_nothing_is_no_step(opened: Workbench) -> None:
    """There would be nothing to see of its undo."""
    write(opened, "a")
    write(opened, "a")
    assert steps(opened) == (1, 0)


def test_submitting_forgets_all_steps_and_a_revision_begins_anew(opened: Workbench) -> None:
    """The first undo of a revision leads back to what was submitted."""
    write(opened, "a")
    body = full_reading(at(opened).item, comment="sent")
    opened.reviewing.submit(AMARA, "first", ITEM, body, item_version=1, idempotency_key="k")
    with opened.database.reading() as t:
        assert t.scalar(text("SELECT COUNT(*) FROM draft_step")) == 0
    assert steps(opened) == (0, 0)
    write(opened, "on second thoughts")
    assert undo(opened) == "sent"


def test_a_window_that_is_behind_undoes_nothing(opened: Workbench) -> None:
    """It is shown the newer text instead."""
    write(opened, "a")
    write(opened, "b")
    for step in (opened.reviewing.undo, opened.reviewing.redo):
        with pytest.raises(DraftConflict) as conflict:
            step(AMARA, "first", ITEM, 1)
        assert conflict.value.newer.body.comment == "b"
    assert (at(opened).draft.body.comment, steps(opened)) == ("b", (2, 0))


def test_of_two_windows_that_undo_at_once_one_does(opened: Workbench) -> None:
    """Eight at once over the same version take one step back, not eight."""
    for comment in ("a", "b", "c"):
        write(opened, comment)
    told: list[str] = []

    def press() -> None:
        try:
            told.append(opened.reviewing.undo(AMARA, "first", ITEM, 3).body.comment)
        except DraftConflict as conflict:
            told.append(f"newer: {conflict.newer.body.comment}")

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["b", *["newer: b"] * 7]
    assert steps(opened) == (2, 1)


def test_undoing_leaves_no_trace_in_the_record(opened: Workbench) -> None:
    """Steps are work in the making, as drafts are."""
    write(opened, "a")
    head = opened.browsing.head(OPERATOR)
    write(opened, "b")
    undo(opened)
    redo(opened)
    assert opened.browsing.head(OPERATOR) == head
    assert opened.browsing.verify(OPERATOR).intact


COMMENTS = st.lists(st.text("abc", max_size=3), min_size=1, max_size=8)


@given(comments=COMMENTS)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_as_many_undos_as_steps_give_the_text_before_them(
    opened: Workbench, comments: list[str]
) -> None:
    """And as many redos give the last text again, whatever was written."""
    before, had = at(opened).draft.body.comment, at(opened).undoable
    for comment in comments:
        write(opened, comment)
    made = at(opened).undoable - had
    if had + len(comments) > KEPT:
        return
    for _ in range(made):
        undo(opened)
    assert at(opened).draft.body.comment == before
    for _ in range(made):
        redo(opened)
    assert at(opened).draft.body.comment == comments[-1]
    for _ in range(made):
        undo(opened)
