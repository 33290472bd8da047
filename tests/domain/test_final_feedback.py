"""Drift: shares over 20 items in a row, with what they are shares of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from src.domain.final_feedback import ReadAndCompared, drift

START = datetime(2026, 11, 1, tzinfo=UTC)


def read(number: int, agreed: int) -> ReadAndCompared:
    """Return a reading of four units, submitted on a day of its own."""
    return ReadAndCompared(submitted_at=START + timedelta(days=number), agreed=agreed, units=4)


def test_each_point_holds_twenty_items_in_the_order_they_were_read() -> None:
    """Whatever order they come in; 20 items of all four units, then 6 of two units each."""
    readings = [read(n, 4 if n < 20 else 2) for n in reversed(range(26))]

    found = drift(readings)

    assert [(p.items, p.agreed.part, p.agreed.whole) for p in found] == [(20, 80, 80), (6, 12, 24)]
    assert [p.first for p in found] == [START, START + timedelta(days=20)]
    assert found[1].agreed.value == 0.5


def test_fewer_than_five_items_make_no_point() -> None:
    """They would tell what gold says of a single one."""
    assert drift([read(n, 4) for n in range(4)]) == ()
    assert len(drift([read(n, 4) for n in range(5)])) == 1
    assert len(drift([read(n, 4) for n in range(24)])) == 1
