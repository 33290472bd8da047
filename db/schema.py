"""The schema and its versions: created and upgraded by Alembic, checked at every start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from db.database import Database
from src.domain.errors import DatabaseError

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> str:
    """Bring the database to the newest schema in one transaction, and return its version."""
    _refuse_newer(version(database))
    with database.connection() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest()


def version(database: Database) -> str | None:
    """Return the schema version of the database; None when it has no tables."""
    with database.connection(reading=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """Return the schema version this program was written for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def check(database: Database) -> None:
    """Raise DatabaseError unless the database has exactly the schema of this program."""
    found = version(database)
    _refuse_newer(found)
    if found is None:
        raise DatabaseError("The database has no tables yet: run 'python manage.py init'.")
    if found != newest():
        raise DatabaseError("The database is older than this program: run 'manage.py migrate'.")


def _refuse_newer(found: str | None) -> None:
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    if found is not None and found not in {script.revision for script in scripts}:
        raise DatabaseError(
            f"The database has the schema {found!r}, which is newer than this program. "
            "Update the program; nothing was changed."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
