"""Steps of a draft that can be undone, first readings, what was shown when, and preferences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = ("first_reading", "shown")
KEYS = ("round", "item_id", "person")


def upgrade() -> None:
    """Make the tables, and the triggers that keep records from being changed."""
    _make_tables()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: first readings are records."""
    raise NotImplementedError("First readings would be lost; restore a backup instead.")


def _guard_sqlite() -> None:
    """Refuse UPDATE and DELETE, and INSERT OR REPLACE, by the key or by the row number."""
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f'CREATE TRIGGER "{table}_no_{act.lower()}" BEFORE {act} ON "{table}" '
                "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )
        names = (*KEYS, "what") if table == "shown" else KEYS
        same = " AND ".join(f'"{name}" = NEW."{name}"' for name in names)
        op.execute(
            f'CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}" '
            f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE ({same}) OR rowid = NEW.rowid) '
            "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )


def _guard_postgresql() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, by the function of the first schema."""
    for table in APPEND_ONLY:
        op.execute(
            f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _make_tables() -> None:
    op.create_table(
        "draft_step",
        *_keys(),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(KEYS, ["draft.round", "draft.item_id", "draft.person"]),
        sa.PrimaryKeyConstraint(*KEYS, "number"),
    )
    op.create_table(
        "first_reading",
        *_keys(),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payload_sha256"], ["payload.sha256"]),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
        sa.PrimaryKeyConstraint(*KEYS),
    )
    op.create_table(
        "shown",
        *_keys(),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
        sa.PrimaryKeyConstraint(*KEYS, "what"),
    )
    op.create_table(
        "preference",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.PrimaryKeyConstraint("person", "name"),
    )


def _keys() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in KEYS]
