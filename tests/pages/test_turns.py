"""Whole pages wait for each other, and never for ever."""

from __future__ import annotations

import threading

import pytest

from src.ui import turns


def test_no_more_pages_than_may_be_are_drawn_at_once() -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def draw() -> None:
        nonlocal inside, most
        with turns.in_turn():
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == turns.AT_ONCE


def test_a_page_that_stops_or_fails_gives_its_turn_back() -> None:
    for _ in range(turns.AT_ONCE + 1):
        with pytest.raises(RuntimeError), turns.in_turn():
            raise RuntimeError


def test_a_page_that_hangs_keeps_nobody_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.05)
    with turns.in_turn(), turns.in_turn(), turns.in_turn():
        pass
    with turns.in_turn():
        pass
