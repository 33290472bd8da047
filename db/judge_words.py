"""What each judge said last of each criterion of each answer, for holding judges against others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from db.database import Transaction
from db.models import GradeRow

JudgeTarget = tuple[str, str, str, str, str]
"""item_id, model, prediction hash, criterion_id, criterion hash"""


def on_items(
    t: Transaction, item_ids: Sequence[str], judges: Sequence[str] = ()
) -> dict[JudgeTarget, dict[str, float | None]]:
    """Return target -> judge -> value; None where all the judge's calls on it failed.

    A call that failed after one that did not takes nothing away: the newest good one counts.
    """
    query = (
        select(
            GradeRow.item_id,
            GradeRow.model,
            GradeRow.prediction_sha256,
            GradeRow.criterion_id,
            GradeRow.criterion_sha256,
            GradeRow.judge,
            GradeRow.value,
            GradeRow.status,
        )
        .where(GradeRow.item_id.in_(item_ids))
        .order_by(GradeRow.made_at, GradeRow.key)
    )
    if judges:
        query = query.where(GradeRow.judge.in_(judges))
    found: dict[JudgeTarget, dict[str, float | None]] = defaultdict(dict)
    for *target, judge, value, status in t.execute(query):
        item_id, model, prediction, criterion_id, criterion = target
        words = found[(item_id, model, prediction, criterion_id, criterion)]
        words[judge] = value if status == "ok" else words.get(judge)
    return found
