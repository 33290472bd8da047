"""Sets of answers for clinicians to grade, and what they say of each criterion."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.append_only import guard, guard_unique

revision = "0013"
down_revision = "0012"

APPEND_ONLY = {
    "grading_answer": ("grading_set", "position"),
    "human_grade": ("grade_id",),
}
"""Table -> its key."""
ANSWER = (["grading_set", "position"], ["grading_answer.grading_set", "grading_answer.position"])
TARGET = ("item_id", "model", "criterion_id", "criterion_sha256", "prediction_sha256")


def upgrade() -> None:
    """Make the tables, and the triggers that keep records as they are."""
    op.create_table(
        "grading_set",
        _text("name"), _number("number"), _number("graders"), _text("draw"), _text("condition"),
        _number("seed"), sa.Column("selection", sa.Text(), nullable=False), _number("n_answers"),
        _sha("plan_sha256"), _text("state"), _time("made_at"),
        sa.PrimaryKeyConstraint("name"), sa.UniqueConstraint("number"),
    )  # fmt: skip
    op.create_table(
        "grading_person",
        _text("grading_set"), _text("person"), _number("reached"),
        _set(), _person(),
        sa.PrimaryKeyConstraint("grading_set", "person"),
    )  # fmt: skip
    op.create_index("grading_person_by_person", "grading_person", ["person"])
    op.create_table(
        "grading_answer",
        _text("grading_set"), _number("position"), _text("model"), _text("item_id"),
        _number("item_version"), _number("rubric_version"), _text("case_id"), _text("track"),
        _sha("prediction_sha256"),
        sa.Column("inclusion_probability", sa.Double(), nullable=False),
        _set(), _model(),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"], ["item_version.item_id", "item_version.version"]
        ),
        sa.PrimaryKeyConstraint("grading_set", "position"),
        sa.UniqueConstraint("grading_set", "item_id", "model"),
    )  # fmt: skip
    op.create_index("grading_answer_by_item", "grading_answer", ["item_id", "model"])
    op.create_table(
        "grading_slot",
        _text("grading_set"), _number("position"), _number("number"),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True), _text("state"),
        sa.ForeignKeyConstraint(*ANSWER), _person(),
        sa.PrimaryKeyConstraint("grading_set", "position", "number"),
        sa.UniqueConstraint("grading_set", "position", "person"),
    )  # fmt: skip
    op.create_index("grading_slot_by_state", "grading_slot", ["grading_set", "state"])
    op.create_index("grading_slot_by_person", "grading_slot", ["person", "grading_set", "state"])
    op.create_table(
        "grading_draft",
        _text("grading_set"), _number("position"), _text("person"),
        sa.Column("body", sa.Text(), nullable=False), _time("saved_at"),
        sa.ForeignKeyConstraint(*ANSWER), _person(),
        sa.PrimaryKeyConstraint("grading_set", "position", "person"),
    )  # fmt: skip
    op.create_table(
        "human_grade",
        _text("grade_id"), sa.Column("grading_set", sa.String(), nullable=True),
        _text("model"), _text("item_id"), _text("criterion_id"), _sha("criterion_sha256"),
        _sha("prediction_sha256"), _text("person"), _number("revision"), _number("number"),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("payload_sha256", sa.String(64), nullable=True),
        _time("at"), _text("idempotency_key"),
        _set(), _model(), _person(),
        sa.ForeignKeyConstraint(["item_id"], ["item.item_id"]),
        sa.ForeignKeyConstraint(["payload_sha256"], ["payload.sha256"]),
        sa.PrimaryKeyConstraint("grade_id"),
        sa.UniqueConstraint(*TARGET, "person", "revision"),
        sa.UniqueConstraint("idempotency_key", "criterion_id"),
    )  # fmt: skip
    op.create_index("human_grade_by_person", "human_grade", ["person", "number"])
    guard(APPEND_ONLY)
    guard_unique("grading_answer", ("grading_set", "item_id", "model"))
    guard_unique("human_grade", (*TARGET, "person", "revision"))
    guard_unique("human_grade", ("idempotency_key", "criterion_id"))


def downgrade() -> None:
    """Refuse: what clinicians said of answers is a record."""
    raise NotImplementedError("Grades would be lost; restore a backup instead.")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _sha(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _set() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["grading_set"], ["grading_set.name"])


def _model() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["model"], ["model.name"])


def _person() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person"], ["person.person_id"])
