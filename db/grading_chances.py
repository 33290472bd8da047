"""The chance that people were to grade an answer, over all the sets it could have come into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select

from db.database import Transaction
from db.models import (
    GradingAnswerRow,
    GradingPassedRow,
    GradingSetRow,
    HumanGradeRow,
)

Answer = tuple[str, str, str]
"""Model, item, and the hash of the answer."""


def chances_on(t: Transaction, item_ids: Sequence[str]) -> dict[Answer, float]:
    """Return the chance, above 0 and at most 1, of each answer to the items that is graded blind.

    1 - the product of (1 - chance) over the sets that could have drawn it, whether they did or
    not. As answers of a set are given out in random order, the chance in one that is graded in
    part is its chance in the draw x the share graded; a set nobody graded in says nothing. Only
    blind grades count, here as in the scores. Grades
    that a file brought have no known chance: their answers count as chosen for certain.
    """
    sources: dict[Answer, set[str | None]] = defaultdict(set)
    query = (
        select(
            HumanGradeRow.model,
            HumanGradeRow.item_id,
            HumanGradeRow.prediction_sha256,
            HumanGradeRow.grading_set,
        )
        .where(HumanGradeRow.item_id.in_(item_ids), HumanGradeRow.blind)
        .distinct()
    )
    for model, item_id, sha256, name in t.execute(query):
        sources[(model, item_id, sha256)].add(name)
    if not any(name is not None for names in sources.values() for name in names):
        return dict.fromkeys(sources, 1.0)
    missed = _missed(t, item_ids, _graded_shares(t))
    return {
        answer: 1.0 if None in names or answer not in missed else 1 - missed[answer]
        for answer, names in sources.items()
    }


def _graded_shares(t: Transaction) -> dict[str, float]:
    """Return set -> the share of its answers graded blind by somebody; only where there is one."""
    graded = (
        select(
            HumanGradeRow.grading_set,
            HumanGradeRow.model,
            HumanGradeRow.item_id,
            HumanGradeRow.prediction_sha256,
        )
        .where(HumanGradeRow.blind, HumanGradeRow.grading_set.is_not(None))
        .distinct()
        .subquery()
    )
    query = (
        select(GradingSetRow.name, GradingSetRow.n_answers, func.count())
        .join(graded, graded.c.grading_set == GradingSetRow.name)
        .group_by(GradingSetRow.name, GradingSetRow.n_answers)
    )
    return {name: number / answers for name, answers, number in t.execute(query)}


def _missed(
    t: Transaction, item_ids: Sequence[str], shares: dict[str, float]
) -> dict[Answer, float]:
    """Return for each answer that could be drawn the chance that no set had it graded."""
    missed: dict[Answer, float] = {}
    for table in (GradingAnswerRow, GradingPassedRow):
        query = select(
            table.model,
            table.item_id,
            table.prediction_sha256,
            table.inclusion_probability,
            table.grading_set,
        ).where(table.item_id.in_(item_ids), table.grading_set.in_(shares))
        for model, item_id, sha256, chance, name in t.execute(query):
            key = (model, item_id, sha256)
            missed[key] = missed.get(key, 1.0) * (1 - chance * shares[name])
    return missed
