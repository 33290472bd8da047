"""The first schema: content, people, work, judgements, gold, scores and the hash chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = (
    "case", "item", "item_version", "item_image", "image", "claim", "claim_version", "criterion",
    "criterion_version", "rubric_version", "review", "decision", "release", "gold", "prediction",
    "grade", "import", "event",
)  # fmt: skip


def upgrade() -> None:
    """Make all tables, and the triggers that keep records from being changed."""
    _make_tables()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refuse: the first schema holds the records themselves."""
    raise NotImplementedError("There is nothing before the first schema; restore a backup.")


def _guard_sqlite() -> None:
    """Refuse UPDATE and DELETE, and INSERT OR REPLACE, which would go round the first two."""
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f'CREATE TRIGGER "{table}_no_{act.lower()}" BEFORE {act} ON "{table}" '
                "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )
    for table in (*APPEND_ONLY, "payload"):
        op.execute(
            f'CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}" '
            f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {_same_row(table)}) '
            "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER payload_only_erased BEFORE UPDATE ON payload "
        "WHEN NEW.sha256 <> OLD.sha256 OR NEW.erased_at IS NULL OR NEW.body IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER payload_no_delete BEFORE DELETE ON payload "
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER event_no_gap BEFORE INSERT ON event "
        "WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM event) "
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )


def _same_row(table: str) -> str:
    """Return the condition under which a new row would replace one: any unique key, or the rowid.

    REPLACE deletes the row in its way without asking the DELETE trigger.
    """
    inspector = sa.inspect(op.get_bind())
    keys = [inspector.get_pk_constraint(table)["constrained_columns"]]
    keys += [unique["column_names"] for unique in inspector.get_unique_constraints(table)]
    same = [" AND ".join(f'"{name}" = NEW."{name}"' for name in key) for key in keys]
    return " OR ".join([*(f"({condition})" for condition in same), "rowid = NEW.rowid"])


def _guard_postgresql() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on every table of records."""
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table in (*APPEND_ONLY, "payload"):
        op.execute(
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER payload_only_erased BEFORE UPDATE ON payload FOR EACH ROW "
        "WHEN (NEW.sha256 <> OLD.sha256 OR NEW.erased_at IS NULL OR NEW.body IS NOT NULL) "
        "EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER payload_no_delete BEFORE DELETE ON payload "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _make_tables() -> None:

    op.create_table(
        "case",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("pmcid", sa.String(), nullable=True),
        sa.Column("doi", sa.String(), nullable=True),
        sa.Column("licence", sa.String(), nullable=True),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("prev_hash"),
    )
    op.create_index("event_by_object", "event", ["object", "seq"], unique=False)
    op.create_table(
        "image",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("original_name", sa.String(), nullable=False),
        sa.Column("phash", sa.String(), nullable=True),
        sa.Column("tags_found", sa.Text(), nullable=False),
        sa.Column("windowed", sa.Boolean(), nullable=False),
        sa.Column("turned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index(op.f("ix_image_original_sha256"), "image", ["original_sha256"], unique=False)
    op.create_table(
        "import",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "dataset"),
    )
    op.create_table(
        "model",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("medical", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "payload",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sessions_valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index("person_by_identity", "person", ["issuer", "subject"], unique=False)
    op.create_table(
        "release",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "round",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("read_first", sa.Boolean(), nullable=False),
        sa.Column("guideline", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("n_items", sa.Integer(), nullable=False),
        sa.Column("plan_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "conflict",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.case_id"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person_id"],
        ),
        sa.PrimaryKeyConstraint("person", "case_id"),
    )
    op.create_table(
        "item",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.case_id"],
        ),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index("item_by_track", "item", ["track", "item_id"], unique=False)
    op.create_index(op.f("ix_item_case_id"), "item", ["case_id"], unique=False)
    op.create_table(
        "progress",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("submitted", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person_id"],
        ),
        sa.ForeignKeyConstraint(
            ["round"],
            ["round.name"],
        ),
        sa.PrimaryKeyConstraint("round", "person", "track"),
    )
    op.create_table(
        "round_person",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person_id"],
        ),
        sa.ForeignKeyConstraint(
            ["round"],
            ["round.name"],
        ),
        sa.PrimaryKeyConstraint("round", "person"),
    )
    op.create_table(
        "claim",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "claim_id"),
    )
    op.create_table(
        "criterion",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "criterion_id"),
    )
    op.create_table(
        "dispute",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("open_units", sa.Integer(), nullable=False),
        sa.Column("stale_units", sa.Integer(), nullable=False),
        sa.Column("leaks", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.ForeignKeyConstraint(
            ["round"],
            ["round.name"],
        ),
        sa.PrimaryKeyConstraint("round", "item_id"),
    )
    op.create_index("dispute_by_open", "dispute", ["open_units"], unique=False)
    op.create_table(
        "exposure",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person_id"],
        ),
        sa.PrimaryKeyConstraint("person", "item_id", "what"),
    )
    op.create_table(
        "grade",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("criterion_sha256", sa.String(length=64), nullable=False),
        sa.Column("prediction_sha256", sa.String(length=64), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("rationale", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("judge_run", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.ForeignKeyConstraint(
            ["model"],
            ["model.name"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("grade_by_item", "grade", ["item_id", "model"], unique=False)
    op.create_table(
        "item_version",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("visible_sha256", sa.String(length=64), nullable=False),
        sa.Column("rubric_sha256", sa.String(length=64), nullable=False),
        sa.Column("orpha_code", sa.String(), nullable=False),
        sa.Column("modality", sa.String(), nullable=False),
        sa.Column("n_images", sa.Integer(), nullable=False),
        sa.Column("n_claims", sa.Integer(), nullable=False),
        sa.Column("n_criteria", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "version"),
    )
    op.create_index("item_version_by_sha", "item_version", ["sha256"], unique=False)
    op.create_index(
        op.f("ix_item_version_orpha_code"), "item_version", ["orpha_code"], unique=False
    )
    op.create_table(
        "prediction",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("visible_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.ForeignKeyConstraint(
            ["model"],
            ["model.name"],
        ),
        sa.PrimaryKeyConstraint("model", "item_id", "condition", "revision"),
    )
    op.create_table(
        "round_item",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("inclusion_probability", sa.Double(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.ForeignKeyConstraint(
            ["round"],
            ["round.name"],
        ),
        sa.PrimaryKeyConstraint("round", "item_id"),
    )
    op.create_index(
        "round_item_by_case", "round_item", ["round", "case_id", "position"], unique=False
    )
    op.create_index("round_item_by_position", "round_item", ["round", "position"], unique=True)
    op.create_table(
        "rubric_version",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.item_id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "version"),
    )
    op.create_table(
        "claim_version",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "claim_id"],
            ["claim.item_id", "claim.claim_id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "claim_id", "sha256"),
    )
    op.create_table(
        "criterion_version",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("maximum", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "criterion_id"],
            ["criterion.item_id", "criterion.criterion_id"],
        ),
        sa.PrimaryKeyConstraint("item_id", "criterion_id", "sha256"),
    )
    op.create_index("criterion_version_by_sha", "criterion_version", ["sha256"], unique=False)
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("adjudicator", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.String(), nullable=False),
        sa.Column("unit_key", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adjudicator"],
            ["person.person_id"],
        ),
        sa.ForeignKeyConstraint(
            ["payload_sha256"],
            ["payload.sha256"],
        ),
        sa.ForeignKeyConstraint(
            ["round", "item_id"],
            ["round_item.round", "round_item.item_id"],
        ),
        sa.PrimaryKeyConstraint("decision_id"),
        sa.UniqueConstraint("round", "item_id", "unit", "revision"),
    )
    op.create_table(
        "draft",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person_id"],
        ),
        sa.ForeignKeyConstraint(
            ["round", "item_id"],
            ["round_item.round", "round_item.item_id"],
        ),
        sa.PrimaryKeyConstraint("round", "item_id", "person"),
    )
    op.create_table(
        "gold",
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column(
            "item_id",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"],
            ["item_version.item_id", "item_version.version"],
        ),
        sa.ForeignKeyConstraint(
            ["release"],
            ["release.number"],
        ),
        sa.PrimaryKeyConstraint("release", "item_id"),
    )
    op.create_index("gold_by_item", "gold", ["item_id", "release"], unique=False)
    op.create_table(
        "item_image",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("slot_name", sa.String(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "version"],
            ["item_version.item_id", "item_version.version"],
        ),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["image.sha256"],
        ),
        sa.PrimaryKeyConstraint("item_id", "version", "position"),
    )
    op.create_index("item_image_by_sha", "item_image", ["sha256"], unique=False)
    op.create_table(
        "review",
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("guideline", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds_active", sa.Integer(), nullable=False),
        sa.Column("after_exposure", sa.Boolean(), nullable=False),
        sa.Column("extra", sa.Boolean(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"],
            ["item_version.item_id", "item_version.version"],
        ),
        sa.ForeignKeyConstraint(
            ["payload_sha256"],
            ["payload.sha256"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person_id"],
        ),
        sa.ForeignKeyConstraint(
            ["round"],
            ["round.name"],
        ),
        sa.PrimaryKeyConstraint("review_id"),
        sa.UniqueConstraint("idempotency_key"),
        sa.UniqueConstraint("round", "item_id", "person", "revision"),
    )
    op.create_index("review_by_person", "review", ["person", "submitted_at"], unique=False)
    op.create_table(
        "skip",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person_id"],
        ),
        sa.ForeignKeyConstraint(
            ["round", "item_id"],
            ["round_item.round", "round_item.item_id"],
        ),
        sa.PrimaryKeyConstraint("round", "item_id", "person", "reason"),
    )
    op.create_table(
        "slot",
        sa.Column("round", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person_id"],
        ),
        sa.ForeignKeyConstraint(
            ["round", "item_id"],
            ["round_item.round", "round_item.item_id"],
        ),
        sa.PrimaryKeyConstraint("round", "item_id", "number"),
        sa.UniqueConstraint("round", "item_id", "person"),
    )
    op.create_index(
        "slot_by_person", "slot", ["person", "round", "state", "position"], unique=False
    )
    op.create_index("slot_by_state", "slot", ["round", "state", "position", "number"], unique=False)
