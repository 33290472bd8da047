"""What clinicians said of models' answers: rows are added, the newest of each person holds."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.events import payload_hash
from db.models import HumanGradeRow, PayloadRow
from db.people import adjudicators
from src.domain.human_grade import HumanGrade

CHUNK = 500
Target = tuple[str, str, str, str, str, str]
"""item_id, model, criterion_id, criterion hash, prediction hash, person"""


def add(
    t: Transaction,
    grades: Sequence[HumanGrade],
    *,
    grading_set: str | None,
    number: int,
    idempotency_key: str,
) -> list[HumanGradeRow]:
    """Store the grades of one grading of one answer, each as the person's next revision."""
    newest, ruling = _revisions(t, grades), adjudicators(t)
    rows = [
        _row(t, grade, newest, grading_set, number, idempotency_key, ruling) for grade in grades
    ]
    return _added(t, rows)


def add_imported(t: Transaction, grades: Sequence[HumanGrade]) -> list[HumanGradeRow]:
    """Store grades a file brought, each as a grading of its own and its person's next one.

    No two of them are of one person on one criterion of one answer.
    """
    newest, ruling = _revisions(t, grades), adjudicators(t)
    numbers: dict[str, int] = {}
    rows = []
    for grade in grades:
        who = grade.person_id
        numbers[who] = 1 + (numbers[who] if who in numbers else gradings_of(t, who))
        key = f"file:{who}:{numbers[who]}"
        rows.append(_row(t, grade, newest, None, numbers[who], key, ruling))
    return _added(t, rows)


def _row(
    t: Transaction,
    grade: HumanGrade,
    newest: Mapping[Target, int],
    grading_set: str | None,
    number: int,
    idempotency_key: str,
    ruling: Collection[str],
) -> HumanGradeRow:
    return HumanGradeRow(
        grade_id=secrets.token_hex(12),
        grading_set=grading_set,
        model=grade.model,
        item_id=grade.item_id,
        criterion_id=grade.criterion_id,
        criterion_sha256=grade.criterion_sha256,
        prediction_sha256=grade.prediction_sha256,
        person=grade.person_id,
        revision=newest.get(_target(grade), 0) + 1,
        number=number,
        value=grade.value,
        blind=grade.blind,
        adjudicated=grade.person_id in ruling,
        payload_sha256=_noted(t, grade.note),
        at=grade.at,
        idempotency_key=idempotency_key,
    )


def _added(t: Transaction, rows: list[HumanGradeRow]) -> list[HumanGradeRow]:
    t.flush()
    t.add_all(rows)
    t.flush()
    return rows


def _noted(t: Transaction, note: str) -> str | None:
    if not note:
        return None
    nonce, body = secrets.token_hex(16), {"note": note}
    sha256 = payload_hash(nonce, body)
    t.add(PayloadRow(sha256=sha256, nonce=nonce, body=body, erased_at=None))
    return sha256


def _target(grade: HumanGrade) -> Target:
    return (
        grade.item_id,
        grade.model,
        grade.criterion_id,
        grade.criterion_sha256,
        grade.prediction_sha256,
        grade.person_id,
    )


def _revisions(t: Transaction, grades: Sequence[HumanGrade]) -> dict[Target, int]:
    query = select(
        HumanGradeRow.item_id,
        HumanGradeRow.model,
        HumanGradeRow.criterion_id,
        HumanGradeRow.criterion_sha256,
        HumanGradeRow.prediction_sha256,
        HumanGradeRow.person,
        HumanGradeRow.revision,
    ).where(
        HumanGradeRow.item_id.in_({grade.item_id for grade in grades}),
        HumanGradeRow.model.in_({grade.model for grade in grades}),
        HumanGradeRow.person.in_({grade.person_id for grade in grades}),
    )
    return {
        (item_id, model, criterion_id, criterion, prediction, person): revision
        for item_id, model, criterion_id, criterion, prediction, person, revision in t.execute(
            query.order_by(HumanGradeRow.revision)
        )
    }


_TARGET = ("item_id", "model", "criterion_id", "criterion_sha256", "prediction_sha256", "person")


def on_items(
    t: Transaction, item_ids: Sequence[str], model_names: Sequence[str] = ()
) -> list[HumanGrade]:
    """Return the newest word of each person on each criterion of each answer to the items."""
    query = _newest().where(HumanGradeRow.item_id.in_(item_ids))
    if model_names:
        query = query.where(HumanGradeRow.model.in_(model_names))
    return _grades(t, query)


def sent_in(
    t: Transaction, grading_set: str, person_id: str, item_id: str, model: str
) -> list[HumanGrade]:
    """Return what a person sent last of one answer in a set; nothing of what they said elsewhere.

    Asked once more in another set they begin anew, so that the two can be held side by side.
    """
    key = newest_key(t, grading_set, person_id, item_id, model)
    if key is None:
        return []
    query = _select().where(HumanGradeRow.idempotency_key == key)
    return _grades(t, query.order_by(HumanGradeRow.criterion_id))


def _newest() -> Select[Any]:
    later = aliased(HumanGradeRow)
    superseded = and_(
        *(getattr(later, name) == getattr(HumanGradeRow, name) for name in _TARGET),
        later.revision > HumanGradeRow.revision,
    )
    return (
        _select()
        .outerjoin(later, superseded)
        .where(later.grade_id.is_(None))
        .order_by(
            HumanGradeRow.item_id,
            HumanGradeRow.model,
            HumanGradeRow.prediction_sha256,
            HumanGradeRow.criterion_id,
            HumanGradeRow.person,
        )
    )


def _select() -> Select[Any]:
    """Ask for grades with their notes: columns, for whole rows take three times as long."""
    columns: tuple[Any, ...] = (
        HumanGradeRow.model,
        HumanGradeRow.item_id,
        HumanGradeRow.criterion_id,
        HumanGradeRow.criterion_sha256,
        HumanGradeRow.prediction_sha256,
        HumanGradeRow.person,
        HumanGradeRow.value,
        HumanGradeRow.blind,
        HumanGradeRow.adjudicated,
        HumanGradeRow.at,
        PayloadRow.body,
    )
    return select(*columns).outerjoin(PayloadRow, PayloadRow.sha256 == HumanGradeRow.payload_sha256)


def _grades(t: Transaction, query: Select[Any]) -> list[HumanGrade]:
    return [
        HumanGrade.model_construct(
            model=model,
            item_id=item_id,
            criterion_id=criterion_id,
            criterion_sha256=criterion,
            prediction_sha256=prediction,
            person_id=person,
            value=value,
            blind=blind,
            adjudicated=adjudicated,
            note=(body or {}).get("note", ""),
            at=at,
        )
        for (
            model, item_id, criterion_id, criterion, prediction, person, value, blind, adjudicated,
            at, body,
        ) in t.execute(query)
    ]  # fmt: skip


def by_key(t: Transaction, idempotency_key: str) -> list[HumanGradeRow]:
    """Return the rows one act stored, in the order of their criteria."""
    query = select(HumanGradeRow).where(HumanGradeRow.idempotency_key == idempotency_key)
    return list(t.scalars(query.order_by(HumanGradeRow.criterion_id)))


def newest_key(
    t: Transaction, grading_set: str, person_id: str, item_id: str, model: str
) -> str | None:
    """Return the idempotency key of a person's newest grading of an answer in a set, or None."""
    query = select(HumanGradeRow.idempotency_key).where(
        HumanGradeRow.item_id == item_id,
        HumanGradeRow.model == model,
        HumanGradeRow.person == person_id,
        HumanGradeRow.grading_set == grading_set,
    )
    return t.scalar(query.order_by(HumanGradeRow.number.desc()).limit(1))


def gradings_of(t: Transaction, person_id: str) -> int:
    """Return how many gradings a person has sent: the number of their newest one."""
    query = select(func.max(HumanGradeRow.number)).where(HumanGradeRow.person == person_id)
    return t.scalar(query) or 0


def items_after(t: Transaction, after: str, size: int) -> list[str]:
    """Return a page of the items with a human grade, in the order of their ids."""
    query = select(HumanGradeRow.item_id).where(HumanGradeRow.item_id > after).distinct()
    return list(t.scalars(query.order_by(HumanGradeRow.item_id).limit(size)))
