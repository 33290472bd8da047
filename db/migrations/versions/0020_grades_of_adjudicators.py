"""Whether somebody was an adjudicator when they graded: a role given later changes no score."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the place for it; of grades from before, the role that is held now goes on counting."""
    op.add_column("human_grade", sa.Column("adjudicated", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Refuse: what roles were is a record."""
    raise NotImplementedError("Roles of graders would be lost; restore a backup instead.")
