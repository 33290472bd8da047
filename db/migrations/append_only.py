"""The triggers that keep rows of record tables as they are, for migrations that add such tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alembic import op


def guard(tables: Mapping[str, Sequence[str]]) -> None:
    """Let nobody change, replace or delete rows of new tables; each comes with its key.

    On PostgreSQL the function of the first schema refuses.
    """
    refuse = _on_sqlite if op.get_bind().dialect.name == "sqlite" else _on_postgresql
    for table, key in tables.items():
        refuse(table, key)


def guard_unique(table: str, key: Sequence[str]) -> None:
    """Let no row of a guarded table be replaced by one with the same further unique key.

    REPLACE, which only SQLite has, deletes the row in its way without asking the DELETE trigger.
    """
    if op.get_bind().dialect.name != "sqlite":
        return
    same = " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
    op.execute(
        f'CREATE TRIGGER "{table}_no_replace_by_{key[0]}" BEFORE INSERT ON "{table}" '
        f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {same}) '
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )


def _on_sqlite(table: str, key: Sequence[str]) -> None:
    """Refuse UPDATE and DELETE, and INSERT OR REPLACE, by the key or by the row number."""
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f'CREATE TRIGGER "{table}_no_{act.lower()}" BEFORE {act} ON "{table}" '
            "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    same = " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
    op.execute(
        f'CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}" '
        f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE ({same}) OR rowid = NEW.rowid) '
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )


def _on_postgresql(table: str, key: Sequence[str]) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE."""
    op.execute(
        f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
