"""Writers of one program wait for each other in turn, and say so when they wait too long."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

import db.database
from db.database import Database
from src.domain.errors import DatabaseError
from src.services.workbench import init


@pytest.fixture
def database(tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path / 'review.db'}"
    init(url, str(tmp_path / "images"))
    return Database(url)


def test_a_second_writer_goes_on_when_the_first_has_ended(database: Database) -> None:
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(5)
        with database.transaction():
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with database.transaction():
        inside.set()
        thread.join(0.2)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_a_writer_that_waits_too_long_is_told_that_nothing_was_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.database, "BUSY_SECONDS", 0.1)
    refused: list[str] = []

    def second() -> None:
        try:
            with database.transaction():
                refused.append("")
        except DatabaseError as error:
            refused.append(str(error))

    with database.transaction():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(5)
    assert refused == [db.database.BUSY]
    with database.transaction():
        pass


def test_a_writer_that_fails_lets_the_next_one_in(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction():
        raise ZeroDivisionError
    with database.transaction():
        pass


def test_threads_take_short_turns_while_somebody_writes_and_only_then(database: Database) -> None:
    usual = sys.getswitchinterval()
    with database.transaction():
        assert sys.getswitchinterval() == pytest.approx(db.database.SHORT_TURNS)
    assert sys.getswitchinterval() == pytest.approx(usual)
    with pytest.raises(ZeroDivisionError), database.transaction():
        raise ZeroDivisionError
    assert sys.getswitchinterval() == pytest.approx(usual)
    with database.reading():
        assert sys.getswitchinterval() == pytest.approx(usual)
