"""Rulings in the making, units handed on, questions to readers and their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard

revision = "0008"
down_revision = "0007"

APPEND_ONLY = {
    "escalation": ("escalation_id",),
    "message": ("message_id",),
    "own_reading": ("round", "item_id", "person"),
}
"""Table -> its key."""


def upgrade() -> None:
    """Make the tables, and the triggers that keep records as they are."""
    op.create_table(
        "ruling_draft",
        _text("round"), _text("item_id"), _text("person"), _text("unit"),
        sa.Column("body", sa.Text(), nullable=False), _time("saved_at"),
        _round_item(), _person("person"),
        sa.PrimaryKeyConstraint("round", "item_id", "person", "unit"),
    )  # fmt: skip
    op.create_table(
        "escalation",
        _text("escalation_id"), _text("round"), _text("item_id"), _text("unit"), _text("person"),
        _text("to_person"), _sha("payload_sha256"), _time("at"),
        _round_item(), _person("person"), _person("to_person"), _payload(),
        sa.PrimaryKeyConstraint("escalation_id"),
    )  # fmt: skip
    op.create_index("escalation_by_item", "escalation", ["round", "item_id", "unit"])
    op.create_table(
        "message",
        _text("message_id"), _text("round"), _text("item_id"), _text("unit"), _text("person"),
        _text("kind"), _sha("payload_sha256"), _time("at"),
        _round_item(), _person("person"), _payload(),
        sa.PrimaryKeyConstraint("message_id"),
    )  # fmt: skip
    op.create_index("message_by_item", "message", ["round", "item_id", "unit", "at"])
    op.create_index("message_by_kind", "message", ["kind", "at"])
    op.create_table(
        "own_reading",
        _text("round"), _text("item_id"), _text("person"), _sha("payload_sha256"), _time("at"),
        _round_item(), _person("person"), _payload(),
        sa.PrimaryKeyConstraint("round", "item_id", "person"),
    )  # fmt: skip
    op.add_column(
        "round",
        sa.Column("blind_adjudication", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    guard(APPEND_ONLY)


def downgrade() -> None:
    """Refuse: what adjudicators handed on to each other is a record."""
    raise NotImplementedError("Records would be lost; restore a backup instead.")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _sha(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _round_item() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"])


def _person(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.person_id"])


def _payload() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["payload_sha256"], ["payload.sha256"])
