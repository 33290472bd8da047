"""Why grades are missing, as far as judging left records of it: failures, and what still waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, literal, literal_column, select, text
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import GradeRow, JudgeJobRow, JudgeRunRow, PredictionRow
from src.domain.judging.failure import (
    LATE_WORDS,
    UNREACHED_WORDS,
    FailureKind,
    WaitingKind,
)


class Failed(NamedTuple):
    """How the last call for a criterion of the newest answer came to no grade."""

    model: str
    item_id: str
    criterion_sha256: str
    kind: FailureKind
    at: datetime


class Waiting(NamedTuple):
    """Questions on an answer that a run has planned and not asked."""

    model: str
    item_id: str
    kind: WaitingKind


def failed(t: Transaction, condition: str, judges: Sequence[str] = ()) -> list[Failed]:
    """Return the failures on the newest answers under a condition, grouped by cell and kind.

    With `judges`, of these alone. A good grade that came otherwise does not take one away.
    """
    words = GradeRow.rationale
    kind = case(
        (GradeRow.status == "refused", "refused"),
        (GradeRow.status == "parse_error", "unread"),
        (words.contains(LATE_WORDS, autoescape=True), "late"),
        (words.contains(UNREACHED_WORDS, autoescape=True), "unreached"),
        else_="failed",
    ).label("why")
    cell = (GradeRow.model, GradeRow.item_id, GradeRow.criterion_sha256)
    query = (
        select(*cell, kind, func.max(GradeRow.made_at))
        # Written out, so that the index of failures alone is used.
        .where(GradeRow.status != literal_column("'ok'"))
        .where(_is_of_newest_answer(condition))
        .group_by(*cell, text("why"))
    )
    if judges:
        query = query.where(GradeRow.judge.in_(judges))
    return [Failed(*row) for row in t.execute(query)]


def waiting(t: Transaction, condition: str) -> list[Waiting]:
    """Return the answers of which questions wait in a run of a condition that is not finished."""
    unfinished = select(
        JudgeRunRow.run_id, JudgeRunRow.state, JudgeRunRow.reason, JudgeRunRow.selection
    ).where(JudgeRunRow.state != "finished")
    found = []
    for run_id, state, reason, selection in t.execute(unfinished).all():
        if selection["condition"] != condition:
            continue
        query = (
            select(JudgeJobRow.model, JudgeJobRow.item_id)
            .where(JudgeJobRow.run_id == run_id, JudgeJobRow.state.in_(["waiting", "leased"]))
            .distinct()
        )
        kind = _why_waiting(state, reason)
        found += [Waiting(model, item_id, kind) for model, item_id in t.execute(query)]
    return found


def _why_waiting(state: str, reason: str) -> WaitingKind:
    if state != "stopped":
        return "asking"
    return "budget" if "budget" in reason else "stopped"


def _is_of_newest_answer(condition: str) -> ColumnElement[bool]:
    """Tell whether a grade is of the newest answer to the content that this answer was given to."""
    answer, later = aliased(PredictionRow), aliased(PredictionRow)
    same = and_(
        answer.model == GradeRow.model,
        answer.item_id == GradeRow.item_id,
        answer.condition == condition,
        answer.sha256 == GradeRow.prediction_sha256,
    )
    newer = and_(
        later.model == answer.model,
        later.item_id == answer.item_id,
        later.condition == answer.condition,
        later.visible_sha256 == answer.visible_sha256,
        later.revision > answer.revision,
    )
    is_last = ~select(literal(1)).where(newer).exists()
    return select(literal(1)).where(same, is_last).exists()
