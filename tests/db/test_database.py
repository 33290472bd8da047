"""Settings that lose nothing, a schema that is the models', and errors in plain words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from db import schema
from db.database import BUSY_SECONDS, Database, journal_mode
from db.models import Base
from src.domain.errors import DatabaseError, ReviewToolError
from src.domain.people import OPERATOR
from src.images.store import ImageStore, open_store
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import PEOPLE, actor, full_reading, item_line, open_round, write_items


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Database:
    """Give a database with its tables."""
    init(database_url, str(tmp_path / "images"))
    return Database(database_url)


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "truncate"), ((3, 44, 5), "truncate"), ((3, 44, 6), "wal"), ((3, 44, 99), "wal"),  # noqa: E501
        ((3, 45, 0), "truncate"), ((3, 50, 6), "truncate"), ((3, 50, 7), "wal"), ((3, 51, 0), "truncate"),  # noqa: E501
        ((3, 51, 2), "truncate"), ((3, 51, 3), "wal"), ((3, 52, 0), "wal"), ((3, 53, 4), "wal"),
    ],
)  # fmt: skip
def test_wal_only_where_its_reset_bug_is_fixed(version: tuple[int, int, int], mode: str) -> None:
    """Fixed in 3.44.6, 3.50.7 and 3.51.3 (SQLite's release notes); else TRUNCATE."""
    assert journal_mode(version) == mode


def test_every_connection_runs_with_settings_that_lose_nothing(database: Database) -> None:
    """Ten connections at once, so that the pool really opens them."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has these by itself")
    connections = [database.engine.connect() for _ in range(10)]
    for connection in connections:
        found = {
            name: connection.connection.driver_connection.execute(f"PRAGMA {name}").fetchone()[0]  # type: ignore[union-attr]
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "busy_timeout",
                "trusted_schema",
            )
        }
        expected = journal_mode(tuple(int(n) for n in database.settings()["version"].split(".")))  # type: ignore[arg-type]
        assert found == {
            "journal_mode": expected,
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": BUSY_SECONDS * 1000,
            "trusted_schema": 0,
        }
    for connection in connections:
        connection.close()


def test_a_row_that_points_to_nothing_is_refused(database: Database) -> None:
    """Foreign keys hold on both databases."""
    with pytest.raises(ReviewToolError), database.transaction() as t:
        t.execute(text("INSERT INTO item (item_id, case_id, track) VALUES ('a/b/c', 'none', 'b')"))


def test_the_migrated_schema_is_that_of_the_models(database: Database) -> None:
    """Alembic finds no difference; the search index of SQLite is not of the models."""

    def counts(name: str | None, *_: object) -> bool:
        return not str(name).startswith(("ontology_search", "ontology_name_search"))

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": counts})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(database_url: str, database: Database) -> None:
    """The second time is no event."""
    assert schema.upgrade(database) == schema.newest() == schema.version(Database(database_url))


def test_a_newer_schema_is_refused_and_left_alone(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    """By opening and by migrating."""
    with database.transaction() as t:
        t.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (
        lambda: open_workbench(database_url, str(tmp_path)),
        lambda: init(database_url, str(tmp_path)),
    ):
        with pytest.raises(DatabaseError, match="'9999', which is newer"):
            act()
    assert schema.version(database) == "9999"


def test_a_missing_file_is_refused_and_not_made(tmp_path: Path) -> None:
    """A new empty database in place of a lost one would look like success."""
    path = tmp_path / "no" / "review.db"
    with pytest.raises(DatabaseError, match="There is no database"):
        open_workbench(f"sqlite:///{path}", str(tmp_path / "images"))
    assert not path.parent.exists()


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_database_is_named(url: str) -> None:
    """A database in memory would lose everything."""
    with pytest.raises(DatabaseError):
        Database(url)


def test_an_empty_file_has_no_tables_yet(tmp_path: Path) -> None:
    """It says what to do."""
    (tmp_path / "review.db").touch()
    with pytest.raises(DatabaseError, match=r"manage\.py init"):
        open_workbench(f"sqlite:///{tmp_path / 'review.db'}", str(tmp_path / "images"))


def test_a_file_that_is_no_database_is_refused_in_plain_words(tmp_path: Path) -> None:
    """And left as it is."""
    path = tmp_path / "review.db"
    path.write_bytes(b"This is a text, not a database.\n" * 100)
    with pytest.raises(DatabaseError, match="damaged or no database"):
        open_workbench(f"sqlite:///{path}", str(tmp_path / "images"))
    assert path.read_bytes().startswith(b"This is a text")


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    """Port 1 answers nobody."""
    with pytest.raises(DatabaseError) as refusal:
        open_workbench("postgresql://reader:s3cret@127.0.0.1:1/study", str(tmp_path / "images"))
    assert "s3cret" not in str(refusal.value)


def test_a_full_disk_is_said_and_loses_nothing(bench: Workbench, tmp_path: Path) -> None:
    """With PRAGMA max_page_count as the disk: the save fails, what was there stays, then it goes on."""  # noqa: E501
    if not bench.database.is_sqlite:
        pytest.skip("SQLite's own limit")
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    task = bench.reviewing.next_item(actor("amara"), "first")
    assert task is not None
    bench.database.engine.dispose()
    pool = [bench.database.engine.connect() for _ in range(1)]
    raw = pool[0].connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA max_page_count = 1")
    pool[0].close()
    before = bench.browsing.head(OPERATOR)
    large = full_reading(task.item, comment="x" * 20_000)
    with pytest.raises(DatabaseError, match="disk is full"):
        for version in range(50):
            bench.reviewing.save_draft(actor("amara"), "first", task.item.item_id, large, version)
    bench.database.engine.dispose()
    assert bench.browsing.verify(OPERATOR, before).intact
    draft = bench.reviewing.task(actor("amara"), "first", task.item.item_id).draft
    saved = bench.reviewing.save_draft(
        actor("amara"), "first", task.item.item_id, large, draft.version
    )
    assert saved.version == draft.version + 1


def test_a_busy_database_is_said_and_loses_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else writes for longer than we wait; afterwards it goes on."""
    monkeypatch.setattr("db.database.BUSY_SECONDS", 1)
    init(database_url, str(tmp_path / "images"))
    bench = open_workbench(database_url, str(tmp_path / "images"))
    with (
        Database(database_url).transaction() as t,
        pytest.raises(DatabaseError, match="busy"),
    ):
        assert t.scalar(text("SELECT 1")) == 1
        bench.people.add(OPERATOR, PEOPLE[0])
    assert bench.people.all_of(OPERATOR) == []
    bench.people.add(OPERATOR, PEOPLE[0])
    assert bench.people.all_of(OPERATOR) == [PEOPLE[0]]
    bench.close()


def test_a_read_only_file_is_said(tmp_path: Path) -> None:
    """Tried as a user without the right to write, for root may always."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    study, store = tmp_path / "study" / "review.db", str(tmp_path / "images")
    init(f"sqlite:///{study}", store)
    open_workbench(f"sqlite:///{study}", store).close()
    for folder in (study.parent, *study.parent.parents[:-2]):
        if folder.stat().st_uid == 0:
            folder.chmod(folder.stat().st_mode | 0o055)
    opened = open_store(store)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            os.write(write, _try_to_write(f"sqlite:///{study}", opened).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as said:
        assert "read-only" in said.read()


def _try_to_write(url: str, store: ImageStore) -> str:
    try:
        database = Database(url)
        Workbench(database, store).people.add(OPERATOR, PEOPLE[0])
    except DatabaseError as error:
        return str(error)
    return "written"


def test_the_versions_the_program_names_are_those_of_the_migrations() -> None:
    """A start compares with a list, not with Alembic's folder: both must say the same."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()

    assert [script.revision for script in scripts] == list(reversed(schema.VERSIONS))
