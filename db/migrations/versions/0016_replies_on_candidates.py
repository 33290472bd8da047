"""Replies on the entries of a ranked list, and an index to the grades that failed.

What a judge said of candidates stands beside what one wrote of the whole answer, told apart by
its kind. The index holds failures alone, so that why answers have no score is read at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

FAILED = sa.text("status <> 'ok'")


def upgrade() -> None:
    """Add both; the replies there are, are on whole answers."""
    op.add_column(
        "judge_reply", sa.Column("kind", sa.String(), nullable=False, server_default="answer")
    )
    op.create_index(
        "grade_failed", "grade", ["item_id", "model"], sqlite_where=FAILED, postgresql_where=FAILED
    )


def downgrade() -> None:
    """Refuse: without their kind, words on candidates would be read as those on answers."""
    raise NotImplementedError("Kinds of replies would be lost; restore a backup instead.")
