"""What files say beside their pictures belongs to each item's image, no longer to the picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard

revision = "0005"
down_revision = "0004"

TABLE = "item_image_text"
KEYS = ("item_id", "version", "position", "number")


def upgrade() -> None:
    """Make the table, give each item's image the texts its picture had, and guard them.

    They get the time of the item version: what was scanned was scanned for them.
    """
    op.create_table(
        TABLE,
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "version", "position"],
            ["item_image.item_id", "item_image.version", "item_image.position"],
        ),
        sa.PrimaryKeyConstraint(*KEYS),
    )
    op.execute(
        f"INSERT INTO {TABLE} (item_id, version, position, number, texts, at) "
        "SELECT place.item_id, place.version, place.position, 0, image.texts, item_version.made_at "
        "FROM item_image AS place JOIN image ON image.sha256 = place.sha256 "
        "JOIN item_version ON item_version.item_id = place.item_id "
        "AND item_version.version = place.version WHERE image.texts <> '{}'"
    )
    guard({TABLE: KEYS})


def downgrade() -> None:
    """Refuse: what each file said would be lost, and its events would prove nothing."""
    raise NotImplementedError("The texts of files would be lost; restore a backup instead.")
