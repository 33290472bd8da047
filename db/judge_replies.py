"""What judges wrote of whole answers, for the published measures; a judge's newest word counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select

from db.database import Transaction
from db.models import JudgeReplyRow
from src.domain.prediction import WholeAnswerReply

Key = tuple[str, str, str, str]
"""model, item, hash of the answer, judge"""


class Heard(NamedTuple):
    """A reply, and when it came."""

    reply: WholeAnswerReply
    at: datetime


def add(t: Transaction, replies: Sequence[WholeAnswerReply], source: str, at: datetime) -> int:
    """Store replies that say something else than what was stored last; return how many."""
    last, revisions = _newest(t, [reply.item_id for reply in replies])
    rows = []
    for reply in replies:
        key = _key_of(reply)
        known = last.get((*key, reply.kind))
        if known is not None and (known.asked_sha256, known.text) == (
            reply.asked_sha256,
            reply.text,
        ):
            continue
        revisions[key] += 1
        rows.append(
            {**reply.model_dump(), "revision": revisions[key], "source": source, "made_at": at}
        )
    if rows:
        t.execute(insert(JudgeReplyRow), rows)
    return len(rows)


def _key_of(reply: WholeAnswerReply | JudgeReplyRow) -> Key:
    return reply.model, reply.item_id, reply.prediction_sha256, reply.judge


def _newest(
    t: Transaction, item_ids: Sequence[str]
) -> tuple[dict[tuple[str, str, str, str, str], JudgeReplyRow], defaultdict[Key, int]]:
    """Return the newest reply of each kind, and the newest revision of both."""
    query = (
        select(JudgeReplyRow)
        .where(JudgeReplyRow.item_id.in_(item_ids))
        .order_by(JudgeReplyRow.revision)
    )
    last: dict[tuple[str, str, str, str, str], JudgeReplyRow] = {}
    revisions: defaultdict[Key, int] = defaultdict(int)
    for row in t.scalars(query):
        last[(*_key_of(row), row.kind)] = row
        revisions[_key_of(row)] = row.revision
    return last, revisions


def on(t: Transaction, item_ids: Sequence[str]) -> dict[tuple[str, str], dict[str, list[Heard]]]:
    """Return (model, item) -> hash of the answer -> the newest reply of each judge and kind."""
    query = (
        select(JudgeReplyRow)
        .where(JudgeReplyRow.item_id.in_(item_ids))
        .order_by(JudgeReplyRow.revision)
    )
    newest: dict[tuple[str, str, str, str, str], Heard] = {}
    for row in t.scalars(query):
        newest[(*_key_of(row), row.kind)] = Heard(
            WholeAnswerReply(
                model=row.model,
                item_id=row.item_id,
                prediction_sha256=row.prediction_sha256,
                asked_sha256=row.asked_sha256,
                judge=row.judge,
                text=row.text,
                kind="candidates" if row.kind == "candidates" else "answer",
            ),
            row.made_at,
        )
    found: dict[tuple[str, str], dict[str, list[Heard]]] = defaultdict(lambda: defaultdict(list))
    for (model, item_id, prediction_sha256, _, _), heard in newest.items():
        found[(model, item_id)][prediction_sha256].append(heard)
    return found


def judges(t: Transaction) -> list[str]:
    """Return the names of all judges whose replies are stored, '' for one nobody named."""
    return list(t.scalars(select(JudgeReplyRow.judge).distinct().order_by(JudgeReplyRow.judge)))
