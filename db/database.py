"""One door to the database: transactions that are all or nothing, on settings that are checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from sqlalchemy import CursorResult, Engine, Update, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from src.domain.errors import ConflictError, DatabaseError

Transaction = Session
"""What the functions of this package take; services pass it on and never look inside."""

BUSY_SECONDS = 10
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

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction that may write; it is kept whole or leaves nothing behind."""
        with self._session(self.engine) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that only reads, and so never waits for a writer on SQLite."""
        with self._session(self._reader) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Transaction]:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except IntegrityError as error:
            message = "Somebody, or another window, stored this first. Nothing was changed."
            raise ConflictError(message) from error
        except OperationalError as error:
            raise DatabaseError(_plain(error)) from error
        except DBAPIError as error:
            if "append-only" in str(error.orig):
                message = "What was stored once is never changed or deleted."
                raise DatabaseError(message) from error
            raise

    def settings(self) -> dict[str, str]:
        """Return what the connection really runs with, for `manage.py doctor`."""
        with self.engine.connect() as connection:
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


def changed_rows(t: Transaction, statement: Update) -> int:
    """Run an update and return how many rows it changed."""
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
        for name, value in wanted.items():
            connection.execute(f"PRAGMA {name} = {value}")
            found = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if str(found).lower() != str(value):
                raise DatabaseError(f"SQLite refuses {name} = {value}: it stays {found!r}.")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        kind = connection.get_execution_options().get("begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


def _postgres_engine(url: URL) -> Engine:
    options = "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"
    return create_engine(
        url,
        pool_size=20,
        max_overflow=30,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": options},
    )


def _plain(error: OperationalError) -> str:
    """Return in plain words what the database says, and that nothing was stored."""
    text = str(error.orig).lower()
    if "locked" in text or "lock timeout" in text:
        return "The database is busy. Nothing was stored; try again in a moment."
    if "full" in text:
        return "The disk is full. Nothing was stored; make room and try again."
    if "readonly" in text or "read-only" in text:
        return "The database is read-only. Nothing was stored."
    if "no such table" in text or "undefinedtable" in text:
        return "The database has no tables yet: run 'python manage.py init'."
    return f"The database does not answer as it should ({error.orig}). Nothing was stored."
