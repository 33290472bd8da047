"""Models, predictions and grades, read back in pages for scoring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import and_, func, insert, select

from db.database import Transaction
from db.models import GradeRow, ModelRow, PredictionRow
from src.domain.prediction import Grade, Model, Prediction

CHUNK = 500


def put_model(t: Transaction, model: Model) -> ModelRow:
    """Store a model unless it is known, and return its row."""
    row = t.get(ModelRow, model.name)
    if row is None:
        row = ModelRow(**model.model_dump())
        t.add(row)
        t.flush()
    return row


def models(t: Transaction) -> list[Model]:
    """Return all models, in the order of their names."""
    return [
        Model(
            name=row.name,
            display_name=row.display_name,
            family=row.family,
            medical=row.medical,
            version=row.version,
        )
        for row in t.scalars(select(ModelRow).order_by(ModelRow.name))
    ]


def add(t: Transaction, new: Sequence[Prediction]) -> int:
    """Store predictions; one that is already the newest of its item is left out."""
    stored = 0
    for start in range(0, len(new), CHUNK):
        chunk = new[start : start + CHUNK]
        known = _newest_of(t, chunk)
        rows = []
        for prediction in chunk:
            revision, sha256, visible = known.get(
                (prediction.model, prediction.item_id, prediction.condition), (0, "", "")
            )
            if (sha256, visible) == (prediction.sha256, prediction.visible_sha256):
                continue
            rows.append({**prediction.model_dump(), "revision": revision + 1})
        if rows:
            t.execute(insert(PredictionRow), rows)
        stored += len(rows)
    return stored


def _newest_of(
    t: Transaction, chunk: Sequence[Prediction]
) -> dict[tuple[str, str, str], tuple[int, str, str]]:
    rows = t.execute(
        select(
            PredictionRow.model,
            PredictionRow.item_id,
            PredictionRow.condition,
            PredictionRow.revision,
            PredictionRow.sha256,
            PredictionRow.visible_sha256,
        )
        .where(
            PredictionRow.item_id.in_([p.item_id for p in chunk]),
            PredictionRow.model.in_({p.model for p in chunk}),
        )
        .order_by(PredictionRow.revision)
    )
    return {(m, i, c): (revision, sha, visible) for m, i, c, revision, sha, visible in rows}


def add_grades(t: Transaction, grades: Sequence[Grade], at: datetime) -> int:
    """Store grades that are not known yet and return how many were added."""
    by_key = {grade.key: grade for grade in grades}
    keys = list(by_key)
    added = 0
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        known = set(t.scalars(select(GradeRow.key).where(GradeRow.key.in_(chunk))))
        rows = [
            {**by_key[key].model_dump(), "key": key, "made_at": at}
            for key in chunk
            if key not in known
        ]
        if rows:
            t.execute(insert(GradeRow), rows)
        added += len(rows)
    return added


def newest(
    t: Transaction, condition: str, item_ids: Sequence[str], model_names: Sequence[str] = ()
) -> list[Prediction]:
    """Return the newest prediction of each model on each of the items."""
    latest = (
        select(
            PredictionRow.model.label("model"),
            PredictionRow.item_id.label("item_id"),
            func.max(PredictionRow.revision).label("revision"),
        )
        .where(PredictionRow.condition == condition, PredictionRow.item_id.in_(item_ids))
        .group_by(PredictionRow.model, PredictionRow.item_id)
        .subquery()
    )
    query = select(PredictionRow).join(
        latest,
        and_(
            PredictionRow.model == latest.c.model,
            PredictionRow.item_id == latest.c.item_id,
            PredictionRow.revision == latest.c.revision,
            PredictionRow.condition == condition,
        ),
    )
    if model_names:
        query = query.where(PredictionRow.model.in_(model_names))
    return [
        Prediction(
            model=row.model,
            item_id=row.item_id,
            condition=row.condition,
            visible_sha256=row.visible_sha256,
            sha256=row.sha256,
            text=row.text,
        )
        for row in t.scalars(query.order_by(PredictionRow.item_id, PredictionRow.model))
    ]


def item_ids_with_predictions(t: Transaction, after: str, size: int) -> list[str]:
    """Return a page of the items any model answered, in the order of their ids."""
    return list(
        t.scalars(
            select(PredictionRow.item_id)
            .where(PredictionRow.item_id > after)
            .distinct()
            .order_by(PredictionRow.item_id)
            .limit(size)
        )
    )


def grades_on(
    t: Transaction, item_ids: Sequence[str]
) -> dict[tuple[str, str], dict[tuple[str, str], float]]:
    """Return (model, item_id) -> (prediction hash, criterion hash) -> value.

    Only grades with status ok count; the newest wins.
    """
    found: dict[tuple[str, str], dict[tuple[str, str], float]] = defaultdict(dict)
    for row in _ok_grades(t, item_ids):
        if row.value is not None:
            where = (row.prediction_sha256, row.criterion_sha256)
            found[(row.model, row.item_id)][where] = row.value
    return found


def _ok_grades(t: Transaction, item_ids: Sequence[str]) -> Iterator[GradeRow]:
    yield from t.scalars(
        select(GradeRow)
        .where(GradeRow.item_id.in_(item_ids), GradeRow.status == "ok")
        .order_by(GradeRow.made_at, GradeRow.key)
    )
