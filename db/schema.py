"""The schema and its versions: created and upgraded by Alembic, checked at every start."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect

from db.database import Database
from src.domain.errors import DatabaseError

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
    "0019",
    "0020",
)
"""Every schema there ever was, oldest first; a test holds it against the migrations.

It stands here so that a start need not load Alembic, which takes longer than most verbs do.
"""


def upgrade(database: Database) -> str:
    """Bring the database to the newest schema in one transaction, and return its version."""
    from alembic import command
    from alembic.config import Config

    _refuse_newer(version(database))
    with database.connection() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest()


def version(database: Database) -> str | None:
    """Return the schema version of the database; None when it has no tables."""
    with database.connection(reading=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        query = "SELECT version_num FROM alembic_version"
        return connection.exec_driver_sql(query).scalar_one_or_none()


def newest() -> str:
    """Return the schema version this program was written for."""
    return VERSIONS[-1]


def check(database: Database) -> None:
    """Raise DatabaseError unless the database has exactly the schema of this program."""
    found = version(database)
    _refuse_newer(found)
    if found is None:
        raise DatabaseError("The database has no tables yet: run 'python manage.py init'.")
    if found != newest():
        raise DatabaseError("The database is older than this program: run 'manage.py migrate'.")


def _refuse_newer(found: str | None) -> None:
    if found is not None and found not in VERSIONS:
        raise DatabaseError(
            f"The database has the schema {found!r}, which is newer than this program. "
            "Update the program; nothing was changed."
        )
