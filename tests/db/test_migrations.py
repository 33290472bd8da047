"""A study of the first schema, brought to the newest: every row kept, and work goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, text

from db import schema
from db.database import Database
from src.domain.errors import DatabaseError, NotFoundError
from src.domain.people import OPERATOR
from src.domain.review import ReviewBody
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import actor, item_line, open_round, write_items
from tests.conftest import new_postgres_database

ITEM = "test/diagnosis/001"
DRAFT = (
    "INSERT INTO draft (round, item_id, person, item_version, rubric_version, body, version, "
    "opened_at, saved_at) VALUES ('first', :item, 'amara', 1, 1, :body, 4, "
    "'2026-11-20 09:00:00+00:00', '2026-11-20 09:30:00+00:00')"
)


@pytest.fixture
def other_url(bench: Workbench, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Give a second, empty database of the same kind."""
    if bench.database.is_sqlite:
        return f"sqlite:///{tmp_path / 'old' / 'review.db'}"
    return new_postgres_database(request.getfixturevalue("postgres_server"))


def upgrade_to(database: Database, version: str) -> None:
    """Bring a database to a schema of the past."""
    with database.connection() as connection:
        config = Config()
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def tables_of(database: Database) -> list[Table]:
    """Return the tables as they are now, those that others point to first."""
    found = MetaData()
    with database.connection(reading=True) as connection:
        found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def rows_of(database: Database, table: Table) -> list[tuple[Any, ...]]:
    """Return the rows of a table, in the columns given."""
    with database.connection(reading=True) as connection:
        return [
            tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))
        ]


def study_of_the_first_schema(bench: Workbench, url: str, folder: Path) -> Database:
    """Return a study as the first version of the program stored it, with a draft on an item."""
    bench.importing.store_file(OPERATOR, write_items(folder, [item_line("001")]))
    open_round(bench)
    old = Database(url, create=True)
    upgrade_to(old, "0001")
    tables = tables_of(old)
    with old.connection() as connection:
        for table in tables:
            rows = rows_of(bench.database, table)
            if rows:
                connection.execute(table.insert(), [dict(zip(table.c.keys(), r)) for r in rows])  # noqa: B905
        body = '{"comment":"written before"}'
        connection.execute(text(DRAFT), {"item": ITEM, "body": body})
    return old


def test_a_study_of_the_first_schema_keeps_every_row_and_goes_on(
    bench: Workbench, other_url: str, tmp_path: Path
) -> None:
    """Its chain holds, its draft is there, and from now on steps are kept."""
    old = study_of_the_first_schema(bench, other_url, tmp_path / "in")
    tables = tables_of(old)
    before = {table.name: rows_of(old, table) for table in tables}
    assert sum(len(rows) for rows in before.values()) > 20

    assert init(other_url, str(tmp_path / "images")) == schema.newest()

    assert {table.name: rows_of(old, table) for table in tables} == before
    again = open_workbench(other_url, str(tmp_path / "images"), bench.clock)
    assert again.browsing.verify(OPERATOR).problems == ()
    amara = actor("amara")
    task = again.reviewing.next_item(amara, "first")
    assert task is not None
    assert (task.draft.body.comment, task.draft.version, task.undoable) == ("written before", 4, 0)
    with pytest.raises(NotFoundError, match="nothing to undo"):
        again.reviewing.undo(amara, "first", ITEM, 4)
    again.reviewing.save_draft(amara, "first", ITEM, ReviewBody(comment="and after"), 4)
    assert again.reviewing.undo(amara, "first", ITEM, 5).body.comment == "written before"
    assert again.browsing.verify(OPERATOR).problems == ()
    again.close()
    old.close()


def test_the_records_a_later_schema_brings_are_guarded_too(
    bench: Workbench, other_url: str, tmp_path: Path
) -> None:
    """The triggers come with the tables, also where the tables come later."""
    study_of_the_first_schema(bench, other_url, tmp_path / "in").close()
    init(other_url, str(tmp_path / "images"))
    again = open_workbench(other_url, str(tmp_path / "images"), bench.clock)
    again.reviewing.next_item(actor("amara"), "first")
    statements = ["UPDATE shown SET what = 'x'", "DELETE FROM shown"]
    if not again.database.is_sqlite:
        statements.append("TRUNCATE first_reading")
    for statement in statements:
        with pytest.raises(DatabaseError, match="never changed"):
            run(again.database)(statement)
    again.close()


def run(database: Database) -> Callable[[str], None]:
    """Return what runs a statement in a transaction."""

    def execute(statement: str) -> None:
        with database.transaction() as t:
            t.execute(text(statement))

    return execute
