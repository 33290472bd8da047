"""Sittings, calibration rounds, items held back until a lead answers, and their indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns, each with what it means for the rows there are, and the table."""
    op.add_column("round", _text("kind", default="reading"))
    op.add_column("round", sa.Column("pass_mark", sa.Double(), nullable=True))
    op.add_column("round_item", _text("held_back", default=""))
    op.add_column("round_item", _text("hold_note", default=""))
    op.add_column("skip", _text("answer", default=""))
    op.create_table(
        "sitting",
        sa.Column("sitting_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_act_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("seconds_active", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.ForeignKeyConstraint(["round"], ["round.name"]),
        sa.PrimaryKeyConstraint("sitting_id"),
    )
    _make_indexes()


def downgrade() -> None:
    """Refuse: a calibration round would turn into a round that makes gold."""
    raise NotImplementedError("Practice would count as readings; restore a backup instead.")


def _text(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default=default)


def _make_indexes() -> None:
    for name, table, columns in (
        ("sitting_by_person", "sitting", ["person", "round", "started_at"]),
        ("ix_sitting_round", "sitting", ["round"]),
        ("round_item_by_track", "round_item", ["round", "track", "position"]),
        ("round_item_by_hold", "round_item", ["round", "held_back"]),
        ("skip_by_person", "skip", ["round", "person", "reason"]),
        ("skip_by_time", "skip", ["round", "at"]),
        ("review_by_person_in_round", "review", ["person", "round", "submitted_at"]),
    ):
        op.create_index(name, table, columns)
