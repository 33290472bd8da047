"""Hidden repeats of own readings, and planted errors."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard

revision = "0011"
down_revision = "0010"

ROUND_COLUMNS: tuple[tuple[str, type[sa.types.TypeEngine[Any]]], ...] = (
    ("companion_of", sa.String),
    ("repeats", sa.Double),
    ("wash_out_days", sa.Integer),
    ("planted_errors", sa.Double),
)


def upgrade() -> None:
    """Make the tables and columns; rounds there are have neither repeats nor plants."""
    for name, kind in ROUND_COLUMNS:
        op.add_column("round", sa.Column(name, kind(), nullable=True))
    op.add_column(
        "round_item",
        sa.Column("planted", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_round_companion_of", "round", ["companion_of"])
    op.create_table(
        "repeat",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        _round_item(),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.PrimaryKeyConstraint("round", "item_id", "person"),
    )
    op.create_index("repeat_by_person", "repeat", ["round", "person", "due_at"])
    op.create_table(
        "plant",
        sa.Column("plant_id", sa.String(), nullable=False),
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("right_text", sa.Text(), nullable=False),
        sa.Column("wrong_text", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _round_item(),
        sa.UniqueConstraint("round", "item_id"),
        sa.PrimaryKeyConstraint("plant_id"),
    )
    guard({"plant": ("plant_id",)})


def _round_item() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"])


def downgrade() -> None:
    """Refuse: readings of planted items would count."""
    raise NotImplementedError("Repeats and planted errors would be lost; restore a backup instead.")
