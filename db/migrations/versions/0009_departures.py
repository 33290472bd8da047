"""Readers who leave a round."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TABLE = "departure"
KEY = ("round", "person", "revision")


def upgrade() -> None:
    """Make the table with its triggers, and the place where a reader's part stands."""
    op.add_column("round_person", sa.Column("part", sa.String(), nullable=False, server_default=""))
    op.create_table(
        TABLE,
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round"], ["round.name"]),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.PrimaryKeyConstraint(*KEY),
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: departures are records."""
    raise NotImplementedError("Who left a round would be lost; restore a backup instead.")


def _guard_sqlite() -> None:
    """Refuse UPDATE and DELETE, and INSERT OR REPLACE, by the key or by the row number."""
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f'CREATE TRIGGER "{TABLE}_no_{act.lower()}" BEFORE {act} ON "{TABLE}" '
            "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    same = " AND ".join(f'"{name}" = NEW."{name}"' for name in KEY)
    op.execute(
        f'CREATE TRIGGER "{TABLE}_no_replace" BEFORE INSERT ON "{TABLE}" '
        f'WHEN EXISTS (SELECT 1 FROM "{TABLE}" WHERE ({same}) OR rowid = NEW.rowid) '
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )


def _guard_postgresql() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, by the function of the first schema."""
    op.execute(
        f'CREATE TRIGGER "{TABLE}_append_only" BEFORE UPDATE OR DELETE ON "{TABLE}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f'CREATE TRIGGER "{TABLE}_no_truncate" BEFORE TRUNCATE ON "{TABLE}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
