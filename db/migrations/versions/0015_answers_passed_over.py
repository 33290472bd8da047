"""The answers a grading set could have drawn and did not, with the chance each had.

Without them nobody knows the chance of an answer that one set passed over and another drew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard

revision = "0015"
down_revision = "0014"

TABLE = "grading_passed"
KEY = ("grading_set", "item_id", "model")


def upgrade() -> None:
    """Make the table; sets from before keep no such answers."""
    op.create_table(
        TABLE,
        sa.Column("grading_set", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("prediction_sha256", sa.String(64), nullable=False),
        sa.Column("inclusion_probability", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["grading_set"], ["grading_set.name"]),
        sa.ForeignKeyConstraint(["item_id"], ["item.item_id"]),
        sa.ForeignKeyConstraint(["model"], ["model.name"]),
        sa.PrimaryKeyConstraint(*KEY),
    )
    op.create_index("grading_passed_by_item", TABLE, ["item_id", "model"])
    guard({TABLE: KEY})


def downgrade() -> None:
    """Refuse: chances are records."""
    raise NotImplementedError("Chances of answers would be lost; restore a backup instead.")
