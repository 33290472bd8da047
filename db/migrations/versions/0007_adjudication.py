"""Rulings in the making."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ruling_draft",
        _text("round"), _text("item_id"), _text("person"), _text("unit"),
        sa.Column("body", sa.Text(), nullable=False), _time("saved_at"),
        _round_item(), _person("person"),
        sa.PrimaryKeyConstraint("round", "item_id", "person", "unit"),
    )  # fmt: skip


def downgrade() -> None:
    """Take the tables away; what was begun and not settled is lost with them."""
    op.drop_table("ruling_draft")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _round_item() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"])


def _person(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.person_id"])
