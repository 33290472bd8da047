"""What judges wrote of whole answers, for the published measures; the newest word counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from db.database import Transaction
from db.models import JudgeReplyRow
from src.domain.prediction import WholeAnswerReply

Key = tuple[str, str, str, str]
"""model, item, hash of the answer, judge"""


def add(t: Transaction, replies: Sequence[WholeAnswerReply], source: str, at: datetime) -> int:
    """Store replies that say something else than what was stored last; return how many."""
    known = _newest(t, [reply.item_id for reply in replies])
    rows = []
    for reply in replies:
        last = known.get(_key_of(reply))
        if last is not None and (last.asked_sha256, last.text) == (reply.asked_sha256, reply.text):
            continue
        revision = last.revision + 1 if last else 1
        rows.append({**reply.model_dump(), "revision": revision, "source": source, "made_at": at})
    if rows:
        t.execute(insert(JudgeReplyRow), rows)
    return len(rows)


def _key_of(reply: WholeAnswerReply | JudgeReplyRow) -> Key:
    return reply.model, reply.item_id, reply.prediction_sha256, reply.judge


def _newest(t: Transaction, item_ids: Sequence[str]) -> dict[Key, JudgeReplyRow]:
    query = (
        select(JudgeReplyRow)
        .where(JudgeReplyRow.item_id.in_(item_ids))
        .order_by(JudgeReplyRow.revision)
    )
    return {_key_of(row): row for row in t.scalars(query)}


def on(
    t: Transaction, item_ids: Sequence[str], model_names: Sequence[str] = ()
) -> dict[tuple[str, str], dict[str, WholeAnswerReply]]:
    """Return (model, item) -> hash of the answer -> reply; of several judges' the newest."""
    query = select(JudgeReplyRow).where(JudgeReplyRow.item_id.in_(item_ids))
    if model_names:
        query = query.where(JudgeReplyRow.model.in_(model_names))
    order = (JudgeReplyRow.made_at, JudgeReplyRow.judge, JudgeReplyRow.revision)
    found: dict[tuple[str, str], dict[str, WholeAnswerReply]] = {}
    for row in t.scalars(query.order_by(*order)):
        found.setdefault((row.model, row.item_id), {})[row.prediction_sha256] = WholeAnswerReply(
            model=row.model,
            item_id=row.item_id,
            prediction_sha256=row.prediction_sha256,
            asked_sha256=row.asked_sha256,
            judge=row.judge,
            text=row.text,
        )
    return found
