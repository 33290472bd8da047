"""Sittings and pace: time counted only while active, by one small update an act."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from src.domain.errors import NotAllowedError, NotFoundError
from src.domain.people import OPERATOR
from src.domain.round import SkipReason
from src.services.workbench import Workbench
from tests.builders import Clock, actor, full_reading, item_line, open_round, write_items

AMARA, BENOIT, LENA = actor("amara"), actor("benoit"), actor("lena")


def fill(bench: Workbench, folder: Path, count: int = 4) -> None:
    """Import items on cases of their own and open a round for Amara and Benoît."""
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(count)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    open_round(bench)


def send(bench: Workbench, person: str, seconds: int) -> None:
    """Let a reader submit their next item after so many active seconds."""
    task = bench.reviewing.next_item(actor(person), "first")
    assert task is not None
    bench.reviewing.submit(
        actor(person),
        "first",
        task.item.item_id,
        full_reading(task.item),
        item_version=1,
        idempotency_key=f"{person}-{task.item.item_id}",
        seconds_active=seconds,
    )


def test_acts_add_up_in_one_sitting_and_items_are_counted(bench: Workbench, tmp_path: Path) -> None:
    """Two acts, one item sent, one passed on; a revision is no further item."""
    fill(bench, tmp_path / "in")
    bench.sittings.act(AMARA, "first", 10.0)
    bench.sittings.act(AMARA, "first", 20.5)
    send(bench, "amara", 30)
    task = bench.reviewing.task(AMARA, "first", "test/diagnosis/000")
    bench.reviewing.submit(
        AMARA,
        "first",
        task.item.item_id,
        full_reading(task.item),
        item_version=1,
        idempotency_key="again",
    )
    task = bench.reviewing.next_item(AMARA, "first") or task
    bench.reviewing.skip(AMARA, "first", task.item.item_id, SkipReason.NOT_MY_FIELD)
    sitting = bench.sittings.current(AMARA, "first")
    assert sitting is not None
    assert (sitting.seconds_active, sitting.items, sitting.ended_at) == (30.5, 2, None)
    assert bench.sittings.of(AMARA, "first") == [sitting]
    assert bench.sittings.current(BENOIT, "first") is None
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_half_an_hour_without_an_act_ends_a_sitting_where_it_stopped(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """The next act opens another; the pause between them is in neither."""
    fill(bench, tmp_path / "in")
    bench.sittings.act(AMARA, "first", 10.0)
    clock.now += timedelta(minutes=29)
    bench.sittings.act(AMARA, "first", 20.0)
    stopped = clock.now
    clock.now += timedelta(minutes=31)
    assert bench.sittings.current(AMARA, "first") is None
    bench.sittings.act(AMARA, "first", 5.0)
    newest, older = bench.sittings.of(AMARA, "first")
    assert (older.ended_at, older.seconds_active) == (stopped, 30.0)
    assert (newest.ended_at, newest.seconds_active) == (None, 5.0)
    kinds = [e.kind for e in bench.browsing.log(LENA) if e.kind.startswith("sitting")]
    assert kinds == ["sitting.opened", "sitting.ended", "sitting.opened"]
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_pause_ends_the_sitting_at_once(bench: Workbench, tmp_path: Path, clock: Clock) -> None:
    """A second pause finds none; one that came too late ends it where it stopped."""
    fill(bench, tmp_path / "in")
    bench.sittings.act(AMARA, "first", 10.0)
    paused = bench.sittings.pause(AMARA, "first")
    assert paused is not None
    assert paused.ended_at == clock.now
    assert bench.sittings.pause(AMARA, "first") is None
    bench.sittings.act(AMARA, "first", 10.0)
    stopped = clock.now
    clock.now += timedelta(hours=9)
    late = bench.sittings.pause(AMARA, "first")
    assert late is not None
    assert late.ended_at == stopped
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_changed_sitting_is_found_once_it_has_ended(bench: Workbench, tmp_path: Path) -> None:
    """While it goes on its seconds grow without events; its person and beginning are proven."""
    fill(bench, tmp_path / "in")
    bench.sittings.act(AMARA, "first", 10.0)
    bench.sittings.pause(AMARA, "first")
    with bench.database.connection() as connection:
        connection.exec_driver_sql("UPDATE sitting SET seconds_active = 9999")
    assert ["sitting" in problem for problem in bench.browsing.verify(OPERATOR).problems] == [True]


@pytest.mark.parametrize(
    ("given", "counted"), [(-5.0, 0.0), (500.0, 120.0), (float("nan"), 0.0), (119.5, 119.5)]
)
def test_of_one_act_at_most_two_minutes_count(
    bench: Workbench, tmp_path: Path, given: float, counted: float
) -> None:
    """Whatever the browser says."""
    fill(bench, tmp_path / "in")
    bench.sittings.act(AMARA, "first", 1.0)
    bench.sittings.act(AMARA, "first", given)
    sitting = bench.sittings.current(AMARA, "first")
    assert sitting is not None
    assert sitting.seconds_active == 1.0 + counted


def test_an_act_in_an_open_sitting_is_one_statement(bench: Workbench, tmp_path: Path) -> None:
    """An UPDATE, and on PostgreSQL the lock that orders writers; no event."""
    fill(bench, tmp_path / "in")
    bench.sittings.act(AMARA, "first", 1.0)
    before = bench.browsing.head(OPERATOR)
    said: list[str] = []
    event.listen(
        bench.database.engine, "before_cursor_execute", lambda *call: said.append(str(call[2]))
    )
    bench.sittings.act(AMARA, "first", 1.0)
    asked = [s for s in said if not s.startswith(("BEGIN", "SELECT pg_advisory"))]
    assert [s.split()[0] for s in asked] == ["UPDATE"]
    assert bench.browsing.head(OPERATOR) == before


def test_nobody_sits_in_a_round_they_do_not_read_in(bench: Workbench, tmp_path: Path) -> None:
    """Nor who was made inactive, once their sitting is over."""
    fill(bench, tmp_path / "in")
    for name in ("first", "none"):
        with pytest.raises(NotFoundError):
            bench.sittings.act(actor("dalia"), name, 1.0)
    bench.people.set_active(OPERATOR, "amara", False)
    with pytest.raises(NotAllowedError):
        bench.sittings.act(AMARA, "first", 1.0)


def test_the_pace_is_the_median_of_ones_own_items(bench: Workbench, tmp_path: Path) -> None:
    """None below three; never of anybody else's."""
    fill(bench, tmp_path / "in", 5)
    for seconds in (60, 600):
        send(bench, "amara", seconds)
    before = bench.sittings.pace(AMARA, "first")
    assert (before.words, before.minutes_each, before.n) == ("2 of 5", None, 2)
    send(bench, "amara", 340)
    for _ in range(5):
        send(bench, "benoit", 5)
    pace = bench.sittings.pace(AMARA, "first")
    assert (pace.done, pace.total, pace.n) == (3, 5, 3)
    assert pace.minutes_each == pytest.approx(340 / 60)
    assert pace.words == "3 of 5, about 6 min each"
    assert bench.sittings.pace(BENOIT, "first").words == "5 of 5, less than a minute each"


def test_a_lead_sees_the_hours_of_each_reader(bench: Workbench, tmp_path: Path) -> None:
    """Over all their sittings on the round."""
    fill(bench, tmp_path / "in")
    for seconds in (60.0, 90.0):
        bench.sittings.act(AMARA, "first", seconds)
        bench.sittings.pause(AMARA, "first")
    bench.sittings.act(BENOIT, "first", 30.0)
    found = [(h.person, h.sittings, h.seconds_active) for h in bench.sittings.hours(LENA, "first")]
    assert found == [("amara", 2, 150.0), ("benoit", 1, 30.0)]
