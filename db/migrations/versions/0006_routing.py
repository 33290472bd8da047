"""The rule by which units of a round go to an adjudicator, and what the reasons ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard

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
    guard({"reason": ("decision_id", "revision")})


def downgrade() -> None:
    """Refuse: units settled by a majority would be open again, and releases stale."""
    raise NotImplementedError("Rules of rounds would be lost; restore a backup instead.")
