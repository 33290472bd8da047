"""What judges wrote of whole answers, and what people said of doubtful disease names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard

revision = "0014"
down_revision = "0013"

REPLIES, RULINGS = "judge_reply", "match_ruling"
KEYS = {
    REPLIES: ("model", "item_id", "prediction_sha256", "judge", "revision"),
    RULINGS: ("item_id", "normal", "revision"),
}


def upgrade() -> None:
    """Make both tables with their triggers."""
    op.create_table(
        REPLIES,
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("prediction_sha256", sa.String(64), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("asked_sha256", sa.String(64), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["model.name"]),
        sa.ForeignKeyConstraint(["item_id"], ["item.item_id"]),
        sa.PrimaryKeyConstraint(*KEYS[REPLIES]),
    )
    op.create_index("judge_reply_by_item", REPLIES, ["item_id", "model"])
    op.create_table(
        RULINGS,
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("normal", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ruling", sa.String(), nullable=False),
        sa.Column("against", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.item_id"]),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.PrimaryKeyConstraint(*KEYS[RULINGS]),
    )
    guard(KEYS)


def downgrade() -> None:
    """Refuse: replies and rulings are records."""
    raise NotImplementedError("Replies and rulings would be lost; restore a backup instead.")
