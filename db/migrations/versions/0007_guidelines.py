"""Guidelines in versions, and who acknowledged which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard

revision = "0007"
down_revision = "0006"

APPEND_ONLY = {"guideline": ("number",), "acknowledgement": ("person", "number")}
"""Table -> its key."""


def upgrade() -> None:
    """Make the tables, and the triggers that keep records as they are."""
    op.create_table(
        "guideline",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "acknowledgement",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.ForeignKeyConstraint(["number"], ["guideline.number"]),
        sa.PrimaryKeyConstraint("person", "number"),
    )
    op.create_index("acknowledgement_by_number", "acknowledgement", ["number"])
    op.create_index("review_by_guideline", "review", ["guideline", "submitted_at"])
    guard(APPEND_ONLY)


def downgrade() -> None:
    """Refuse: guidelines and acknowledgements are records."""
    raise NotImplementedError("Guidelines would be lost; restore a backup instead.")
