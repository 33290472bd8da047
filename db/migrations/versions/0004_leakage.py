"""Ontology, aliases, scans with their hits, what OCR read, and masks."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

APPEND_ONLY = {
    "ontology_file": (("number",),),
    "alias": (("alias_id",), ("subject", "text", "revision")),
    "mask": (("mask_id", "revision"),),
}
"""Table -> its keys."""


def upgrade() -> None:
    """Make the tables, the full-text search, and the triggers that keep records as they are."""
    op.add_column("image", sa.Column("texts", sa.Text(), nullable=False, server_default="{}"))
    _make_ontology()
    _make_scans()
    _make_masks()
    if op.get_bind().dialect.name == "sqlite":
        _search_on_sqlite()
        _guard_sqlite()
    else:
        _search_on_postgresql()
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: aliases and masks are records."""
    raise NotImplementedError("Aliases and masks would be lost; restore a backup instead.")


def _search_on_sqlite() -> None:
    """Index every name by its words, found by how they begin."""
    op.execute(
        "CREATE VIRTUAL TABLE ontology_search USING fts5("
        "normal, orpha_code UNINDEXED, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')"
    )


def _search_on_postgresql() -> None:
    op.execute(
        "CREATE INDEX ontology_name_search ON ontology_name "
        "USING gin (to_tsvector('simple', normal))"
    )


def _guard_sqlite() -> None:
    """Refuse UPDATE and DELETE, and INSERT OR REPLACE, by any key or by the row number."""
    for table, keys in APPEND_ONLY.items():
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f'CREATE TRIGGER "{table}_no_{act.lower()}" BEFORE {act} ON "{table}" '
                "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )
        same = " OR ".join(
            "(" + " AND ".join(f'"{name}" = NEW."{name}"' for name in key) + ")" for key in keys
        )
        op.execute(
            f'CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}" '
            f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {same} OR rowid = NEW.rowid) '
            "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )


def _guard_postgresql() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, by the function of the first schema."""
    for table in APPEND_ONLY:
        op.execute(
            f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _sha(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _whole(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _body(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _at() -> sa.Column[datetime]:
    return sa.Column("at", sa.DateTime(timezone=True), nullable=False)


def _make_ontology() -> None:
    op.create_table(
        "ontology_file",
        _whole("number"), _sha("sha256"), _text("name"), _text("version"), _whole("entities"),
        _at(),
        sa.PrimaryKeyConstraint("number"),
    )  # fmt: skip
    op.create_table(
        "ontology_entity",
        _text("orpha_code"), _text("term"), _text("kind"), _text("level"), _text("status"),
        _text("moved_to"), _text("definition"), _body("genes"), _body("parents"),
        sa.PrimaryKeyConstraint("orpha_code"),
    )  # fmt: skip
    op.create_table(
        "ontology_name",
        _text("orpha_code"), _text("text"), _text("kind"), _text("normal"),
        sa.ForeignKeyConstraint(["orpha_code"], ["ontology_entity.orpha_code"]),
        sa.PrimaryKeyConstraint("orpha_code", "text"),
    )  # fmt: skip
    op.create_index("ontology_name_by_normal", "ontology_name", ["normal"])
    op.create_table(
        "alias",
        _text("alias_id"), _text("subject"), _text("text"), _text("normal"), _whole("revision"),
        sa.Column("withdrawn", sa.Boolean(), nullable=False), _text("person"), _at(),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.PrimaryKeyConstraint("alias_id"),
        sa.UniqueConstraint("subject", "text", "revision"),
    )  # fmt: skip
    op.create_index("alias_by_subject", "alias", ["subject"])


def _make_scans() -> None:
    op.create_table(
        "scan",
        _text("item_id"), _whole("version"), _sha("lexicon_sha256"),
        sa.Column("with_ocr", sa.Boolean(), nullable=False), _whole("hits"), _whole("low"),
        _whole("unread_images"), _at(),
        _version_key(),
        sa.PrimaryKeyConstraint("item_id", "version"),
    )  # fmt: skip
    op.create_table(
        "hit",
        _text("item_id"), _whole("version"), _text("hit_id"), _text("layer"), _text("rule"),
        sa.Column("low", sa.Boolean(), nullable=False), _body("body"),
        sa.ForeignKeyConstraint(["item_id", "version"], ["scan.item_id", "scan.version"]),
        sa.PrimaryKeyConstraint("item_id", "version", "hit_id"),
    )  # fmt: skip
    op.create_index("hit_by_layer", "hit", ["layer", "item_id"])
    op.create_table(
        "ocr",
        _sha("sha256"), _text("engine"), _text("status"), _text("message"), _body("lines"), _at(),
        sa.ForeignKeyConstraint(["sha256"], ["image.sha256"]),
        sa.PrimaryKeyConstraint("sha256", "engine"),
    )  # fmt: skip


def _make_masks() -> None:
    op.create_table(
        "mask",
        _text("mask_id"), _whole("revision"), _text("item_id"), _whole("item_version"),
        _whole("made_version", null=True), _text("unit"), _text("state"), _text("reason"),
        _body("body"), _text("person"), _at(),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"], ["item_version.item_id", "item_version.version"]
        ),
        sa.ForeignKeyConstraint(["person"], ["person.person_id"]),
        sa.PrimaryKeyConstraint("mask_id", "revision"),
    )  # fmt: skip
    op.create_index("mask_by_item", "mask", ["item_id"])
    op.create_table(
        "leak_standing",
        _text("item_id"), _text("layer"), _text("track"), _text("status"), _whole("rank"),
        sa.ForeignKeyConstraint(["item_id"], ["item.item_id"]),
        sa.PrimaryKeyConstraint("item_id", "layer"),
    )  # fmt: skip
    op.create_index("leak_standing_by_rank", "leak_standing", ["layer", "rank", "item_id"])
    op.create_index(
        "leak_standing_by_track", "leak_standing", ["layer", "track", "rank", "item_id"]
    )


def _version_key() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["item_id", "version"], ["item_version.item_id", "item_version.version"]
    )
