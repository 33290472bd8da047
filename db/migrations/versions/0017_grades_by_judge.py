"""An index by which the judges that gave grades are found without reading the grades."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"

INDEX = "grade_by_judge"


def upgrade() -> None:
    """Add it."""
    op.create_index(INDEX, "grade", ["judge"])


def downgrade() -> None:
    """Take it away; nothing is lost."""
    op.drop_index(INDEX, "grade")
