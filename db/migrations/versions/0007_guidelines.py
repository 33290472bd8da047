"""Guidelines in versions, and who acknowledged which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

APPEND_ONLY = {"guideline": ("number",), "acknowledgement": ("person", "number")}
"""Table -> its key."""


def upgrade() -> None:
    """Make the tables, and the triggers that keep records as they are."""
    op.create_table(
        "guideline",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "acknowledgement",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.ForeignKeyConstraint(["number"], ["guideline.number"]),
        sa.PrimaryKeyConstraint("person", "number"),
    )
    op.create_index("acknowledgement_by_number", "acknowledgement", ["number"])
    op.create_index("review_by_guideline", "review", ["guideline", "submitted_at"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: guidelines and acknowledgements are records."""
    raise NotImplementedError("Guidelines would be lost; restore a backup instead.")


def _guard_sqlite() -> None:
    """Refuse UPDATE and DELETE, and INSERT OR REPLACE, by the key or by the row number."""
    for table, key in APPEND_ONLY.items():
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
