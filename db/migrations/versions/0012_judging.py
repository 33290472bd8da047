"""Runs of judges, and on grades how they came about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

TEXTS = {
    "address": "",
    "asked_sha256": "",
    "judge_version": "",
    "parameters": "{}",
    "template_sha256": "",
    "shown": "{}",
    "calls": "[]",
}
NUMBERS = ("tokens_in", "tokens_out", "latency_ms", "attempts")
JSON_COLUMNS = ("parameters", "shown", "calls")
COUNTS = ("cached", "planned", "done", "failed", "obsolete", "calls")


def upgrade() -> None:
    """Give grades their columns, empty on those from files, and make the tables of runs."""
    for name, empty in TEXTS.items():
        kind = sa.Text() if name in JSON_COLUMNS else sa.String()
        op.add_column("grade", sa.Column(name, kind, nullable=False, server_default=empty))
    for name in NUMBERS:
        op.add_column("grade", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("grade", sa.Column("cost", sa.Double(), nullable=False, server_default="0"))
    op.create_index("grade_by_run", "grade", ["judge_run", "key"])
    op.create_table(
        "judge_run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("template_sha256", sa.String(length=64), nullable=False),
        sa.Column("budget", sa.Double(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("judge_run_by_identity", "judge_run", ["identity", "begun_at"])
    op.create_index("judge_run_by_time", "judge_run", ["begun_at"])
    op.create_table(
        "judge_job",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("prediction_sha256", sa.String(length=64), nullable=False),
        sa.Column("most_cost", sa.Double(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["judge_run.run_id"]),
        sa.PrimaryKeyConstraint("run_id", "address"),
    )
    op.create_index("judge_job_by_state", "judge_job", ["run_id", "state", "seq"])


def downgrade() -> None:
    """Refuse: grades that were paid for are records."""
    raise NotImplementedError("How grades came about would be lost; restore a backup instead.")
