"""What items come to, kept beside the records they are worked out from; statistics as well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ERASED = sa.text("erased_at IS NOT NULL")


def upgrade() -> None:
    """Make both tables, empty: they fill as screens and commands ask."""
    op.create_table(
        "outcome",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("made_of", sa.String(64), nullable=False),
        sa.Column("left_out", sa.String(), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.Column("gold_digest", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round"], ["round.name"]),
        sa.ForeignKeyConstraint(["item_id"], ["item.item_id"]),
        sa.PrimaryKeyConstraint("item_id", "round"),
    )
    op.create_table(
        "statistic",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "payload_erased",
        "payload",
        ["erased_at"],
        sqlite_where=ERASED,
        postgresql_where=ERASED,
    )


def downgrade() -> None:
    """Take both away: nothing in them is a record."""
    op.drop_index("payload_erased", "payload")
    op.drop_table("statistic")
    op.drop_table("outcome")
