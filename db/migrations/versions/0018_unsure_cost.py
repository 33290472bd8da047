"""How much of what a judge's run cost is no count of the judge's, but the most it can have been."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the figure; of runs from before nothing is known to be unsure."""
    op.add_column(
        "judge_run", sa.Column("unsure_cost", sa.Double(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Take the figure away: the calls in the ledger tell most of it."""
    op.drop_column("judge_run", "unsure_cost")
