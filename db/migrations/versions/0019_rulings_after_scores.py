"""Rulings made after their author had looked at what the item does to scores are marked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the place for the mark; rulings from before stay as they are proven, without it."""
    op.add_column(
        "decision",
        sa.Column("after_scores", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Refuse: the marks are records."""
    raise NotImplementedError("Marks of rulings would be lost; restore a backup instead.")
