"""Readers who leave a round."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard

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
    guard({TABLE: KEY})


def downgrade() -> None:
    """Refuse: departures are records."""
    raise NotImplementedError("Who left a round would be lost; restore a backup instead.")
