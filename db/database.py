"""One door to the database: transactions that are all or nothing, on settings that are checked."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, cast

from sqlalchemy import (
    Connection,
    CursorResult,
    Delete,
    Engine,
    Update,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError as SqlDatabaseError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from src.domain.errors import BadInputError, ConflictError, DatabaseError

Transaction = Session
"""What the functions of this package take; services pass it on and never look inside."""

BUSY_SECONDS = 10
TURNS, SHORT_TURNS = sys.getswitchinterval(), 0.0005
"""Seconds a thread computes before another may: usually, and while somebody writes."""
BUSY = "The database is busy. Nothing was stored; try again in a moment."
ONE_WRITER = 7_295_514_001
"""The advisory lock that lets PostgreSQL, like SQLite, have one writing transaction at a time."""
GUARDED = "What was stored once is never changed or deleted."
WAL_IS_SAFE = ((3, 44, 6, 3, 45), (3, 50, 7, 3, 51), (3, 51, 3, 9, 0))
"""Fixed version and the first minor version it does not speak for: major, minor, patch, up to."""


class Database:
    """A database by its URL. Raises DatabaseError when it cannot be used as it is."""

    def __init__(self, url: str, *, create: bool = False) -> None:
        self.url = _checked_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _check_file(Path(str(self.url.database)), create=create)
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        self._reader = self.engine.execution_options(begin="DEFERRED")
        self._writer = Lock()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction that may write; it is kept whole or leaves nothing behind.

        Writers come one after the other on both databases: the hash chain orders them anyway,
        and so nobody decides on what another is about to change.
        """
        if not self.is_sqlite:
            with self._session(self.engine) as session:
                session.execute(select(func.pg_advisory_xact_lock(ONE_WRITER)))
                yield session
            return
        with self._one_at_a_time(), self._session(self.engine) as session:
            yield session

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Let this program's writers wait here: they go on at once, in turn.

        SQLite itself looks again after longer and longer pauses, and not in turn. Each statement
        lets go of the interpreter, and has it back when the thread that took it has had its
        turn: while others draw pages, a writer would keep everybody waiting, were turns long.
        """
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise DatabaseError(BUSY)
        try:
            sys.setswitchinterval(SHORT_TURNS)
            yield
        finally:
            sys.setswitchinterval(TURNS)
            self._writer.release()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that only reads, and so never waits for a writer on SQLite."""
        with self._session(self._reader) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Transaction]:
        with _in_plain_words(), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def connection(self, *, reading: bool = False) -> Iterator[Connection]:
        """Open a plain connection in a transaction, for the schema and for settings."""
        engine = self._reader if reading else self.engine
        with _in_plain_words(), engine.begin() as connection:
            yield connection

    def settings(self) -> dict[str, str]:
        """Return what the connection really runs with, for `manage.py doctor`."""
        with self.connection(reading=True) as connection:
            if not self.is_sqlite:
                version = connection.exec_driver_sql("SHOW server_version").scalar_one()
                return {"backend": "postgresql", "version": str(version)}
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            return {
                "backend": "sqlite",
                "version": _driver().sqlite_version,
                **{
                    name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                    for name in names
                },
            }

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@contextmanager
def _in_plain_words() -> Iterator[None]:
    """Turn what a database driver raises into errors of ours."""
    try:
        yield
    except IntegrityError as error:
        if _is_guarded(error):
            raise DatabaseError(GUARDED) from error
        message = "Somebody, or another window, stored this first. Nothing was changed."
        raise ConflictError(message) from error
    except DataError as error:
        message = "A text holds a character, or a number is of a size, that cannot be stored."
        raise BadInputError(f"{message} Nothing was stored.") from error
    except DBAPIError as error:
        if _is_guarded(error):
            raise DatabaseError(GUARDED) from error
        if type(error) not in (OperationalError, SqlDatabaseError):
            raise
        raise DatabaseError(_plain(error)) from error


def _is_guarded(error: DBAPIError) -> bool:
    return "append-only" in str(error.orig)


def changed_rows(t: Transaction, statement: Update | Delete) -> int:
    """Run an update or delete and return how many rows it changed."""
    result = t.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def _checked_url(text: str) -> URL:
    try:
        url = make_url(text)
    except Exception as error:
        raise DatabaseError(f"{text!r} is no database URL.") from error
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise DatabaseError(f"{backend!r} is not supported: use SQLite or PostgreSQL.")
    if not url.database or url.database == ":memory:":
        raise DatabaseError("A database in memory would lose everything: name a file.")
    return url.set(drivername="sqlite+pysqlite")


def _check_file(path: Path, *, create: bool) -> None:
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    elif not path.is_file():
        raise DatabaseError(f"There is no database at {str(path)!r}: run 'python manage.py init'.")


def _driver() -> ModuleType:
    """Return the newer of Python's own sqlite3 and the wheel pysqlite3."""
    try:
        from pysqlite3 import dbapi2 as wheel
    except ImportError:
        return sqlite3
    newer = wheel.sqlite_version_info > sqlite3.sqlite_version_info
    return wheel if newer else sqlite3


def journal_mode(version: tuple[int, int, int]) -> str:
    """Return the journal mode that loses nothing on a version of SQLite.

    WAL where the WAL-reset bug is fixed (3.44.6, 3.50.7, 3.51.3 and later), else TRUNCATE.
    """
    for *fixed, upper_major, upper_minor in WAL_IS_SAFE:
        if tuple(fixed) <= version and version[:2] < (upper_major, upper_minor):
            return "wal"
    return "truncate"


def _sqlite_engine(url: URL) -> Engine:
    driver = _driver()
    engine = create_engine(
        url, module=driver, connect_args={"timeout": BUSY_SECONDS}, pool_size=20, max_overflow=40
    )
    mode = journal_mode(driver.sqlite_version_info)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        wanted = {
            "journal_mode": mode,
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": BUSY_SECONDS * 1000,
            "trusted_schema": 0,
        }
        try:
            found = {name: _set_pragma(connection, name, value) for name, value in wanted.items()}
        except driver.Error as error:
            raise DatabaseError(_in_words(str(error))) from error
        for name, value in wanted.items():
            if found[name] != str(value):
                raise DatabaseError(f"SQLite refuses {name} = {value}: it stays {found[name]!r}.")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        kind = connection.get_execution_options().get("begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


def _set_pragma(connection: Any, name: str, value: object) -> str:
    """Set what a connection runs with, and return what it then says it runs with."""
    connection.execute(f"PRAGMA {name} = {value}")
    return str(connection.execute(f"PRAGMA {name}").fetchone()[0]).lower()


def _postgres_engine(url: URL) -> Engine:
    limits = {
        "lock_timeout": BUSY_SECONDS * 1000,
        "statement_timeout": 60_000,
        "idle_in_transaction_session_timeout": 60_000,
    }
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return create_engine(
        url,
        pool_size=20,
        max_overflow=30,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": options},
    )


def _plain(error: DBAPIError) -> str:
    return _in_words(str(error.orig))


def _in_words(said: str) -> str:
    """Return in plain words what the database says, and that nothing was stored."""
    text = said.lower()
    if "locked" in text or "lock timeout" in text:
        return BUSY
    if "full" in text:
        return "The disk is full. Nothing was stored; make room and try again."
    if "readonly" in text or "read-only" in text:
        return "The database is read-only. Nothing was stored."
    if "no such table" in text or "undefinedtable" in text:
        return "The database has no tables yet: run 'python manage.py init'."
    if "not a database" in text or "malformed" in text:
        return "The database file is damaged or no database. Restore a backup of it."
    return f"The database does not answer as it should ({said.strip()}). Nothing was stored."
