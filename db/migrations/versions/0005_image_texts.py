"""What files say beside their pictures belongs to each item's image, no longer to the picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: what each file said would be lost, and its events would prove nothing."""
    raise NotImplementedError("The texts of files would be lost; restore a backup instead.")


def _guard_sqlite() -> None:
    """Refuse UPDATE and DELETE, and INSERT OR REPLACE, by the key or by the row number."""
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f'CREATE TRIGGER "{TABLE}_no_{act.lower()}" BEFORE {act} ON "{TABLE}" '
            "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    same = " AND ".join(f'"{name}" = NEW."{name}"' for name in KEYS)
    op.execute(
        f'CREATE TRIGGER "{TABLE}_no_replace" BEFORE INSERT ON "{TABLE}" '
        f'WHEN EXISTS (SELECT 1 FROM "{TABLE}" WHERE ({same}) OR rowid = NEW.rowid) '
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )


def _guard_postgresql() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, by the function of the first schema."""
    op.execute(
        f'CREATE TRIGGER "{TABLE}_append_only" BEFORE UPDATE OR DELETE ON "{TABLE}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f'CREATE TRIGGER "{TABLE}_no_truncate" BEFORE TRUNCATE ON "{TABLE}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
