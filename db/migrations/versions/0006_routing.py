"""The rule by which units of a round go to an adjudicator, and what the reasons ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    """Add the rule; rounds there are have none, which means what it always meant."""
    op.add_column("round", sa.Column("routing", sa.Text(), nullable=True))


def downgrade() -> None:
    """Refuse: units settled by a majority would be open again, and releases stale."""
    raise NotImplementedError("Rules of rounds would be lost; restore a backup instead.")
