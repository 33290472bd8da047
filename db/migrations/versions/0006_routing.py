"""The rule by which units of a round go to an adjudicator, and what the reasons ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the rule; rounds there are have none, which means what it always meant."""
    op.add_column("round", sa.Column("routing", sa.Text(), nullable=True))
    op.create_table(
        "reason",
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.decision_id"]),
        sa.PrimaryKeyConstraint("decision_id", "revision"),
    )
    op.create_index("decision_by_item", "decision", ["item_id", "decision_id"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: units settled by a majority would be open again, and releases stale."""
    raise NotImplementedError("Rules of rounds would be lost; restore a backup instead.")


def _guard_sqlite() -> None:
    """Refuse UPDATE and DELETE, and INSERT OR REPLACE, by the key or by the row number."""
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f'CREATE TRIGGER "reason_no_{act.lower()}" BEFORE {act} ON "reason" '
            "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    op.execute(
        'CREATE TRIGGER "reason_no_replace" BEFORE INSERT ON "reason" '
        'WHEN EXISTS (SELECT 1 FROM "reason" WHERE (decision_id = NEW.decision_id '
        "AND revision = NEW.revision) OR rowid = NEW.rowid) "
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )


def _guard_postgresql() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, by the function of the first schema."""
    op.execute(
        'CREATE TRIGGER "reason_append_only" BEFORE UPDATE OR DELETE ON "reason" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        'CREATE TRIGGER "reason_no_truncate" BEFORE TRUNCATE ON "reason" '
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
