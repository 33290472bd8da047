"""Models, predictions and grades, read back in pages for scoring."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, func, insert, literal, select

from db import events, settings
from db.database import Transaction
from db.models import GoldRow, GradeRow, ItemRow, ModelRow, PredictionRow
from src.domain.canonical import canonical_json, digest
from src.domain.gold import Gold
from src.domain.item import Track
from src.domain.judging.panel import panel_value
from src.domain.prediction import Grade, Model, Prediction

CHUNK = 500
PANEL = "judge_panel"
_GRADES = cast("Table", GradeRow.__table__).c
"""Its columns without the classes around them: a benchmark's 320,000 rows in half the time."""


def put_model(t: Transaction, model: Model) -> ModelRow:
    """Store a model unless it is known, and return its row."""
    row = t.get(ModelRow, model.name)
    if row is None:
        row = ModelRow(**model.model_dump())
        t.add(row)
        t.flush()
    return row


def describe_model(t: Transaction, new: Model, actor: str, at: datetime) -> bool:
    """Say of a known model what it is; return whether that changes anything."""
    row = t.get_one(ModelRow, new.name)
    if _model(row) == new:
        return False
    row.display_name, row.family, row.medical = new.display_name, new.family, new.medical
    row.version = new.version
    events.append_row(t, "model.described", actor, row, at)
    return True


def model(t: Transaction, name: str) -> Model | None:
    """Return a model, or None."""
    row = t.get(ModelRow, name)
    return None if row is None else _model(row)


def models(t: Transaction) -> list[Model]:
    """Return all models, in the order of their names."""
    return [_model(row) for row in t.scalars(select(ModelRow).order_by(ModelRow.name))]


def _model(row: ModelRow) -> Model:
    return Model(
        name=row.name,
        display_name=row.display_name,
        family=row.family,
        medical=row.medical,
        version=row.version,
    )


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
            {**by_key[key].model_dump(mode="json"), "key": key, "made_at": at}
            for key in chunk
            if key not in known
        ]
        if rows:
            t.execute(insert(GradeRow), rows)
        added += len(rows)
    return added


def answers(
    t: Transaction,
    condition: str,
    item_ids: Sequence[str],
    model_names: Sequence[str] = (),
    *,
    with_text: bool = True,
) -> list[Prediction]:
    """Return every answer ever stored to the items, oldest first; its text only where asked for.

    An older answer still counts where it alone was given to the content that is asked about.
    """
    text = PredictionRow.text if with_text else literal("")
    query = select(
        PredictionRow.model,
        PredictionRow.item_id,
        PredictionRow.visible_sha256,
        PredictionRow.sha256,
        text.label("text"),
    ).where(PredictionRow.condition == condition, PredictionRow.item_id.in_(item_ids))
    if model_names:
        query = query.where(PredictionRow.model.in_(model_names))
    in_order = query.order_by(PredictionRow.item_id, PredictionRow.model, PredictionRow.revision)
    return [
        Prediction(
            model=model,
            item_id=item_id,
            condition=condition,
            visible_sha256=visible,
            sha256=sha256,
            text=answer,
        )
        for model, item_id, visible, sha256, answer in t.execute(in_order)
    ]


def answered(t: Transaction, model: str, condition: str, track: Track) -> set[str]:
    """Return the items of a track a model has answered."""
    query = (
        select(PredictionRow.item_id)
        .join(ItemRow, ItemRow.item_id == PredictionRow.item_id)
        .where(
            PredictionRow.model == model,
            PredictionRow.condition == condition,
            ItemRow.track == track.value,
        )
    )
    return set(t.scalars(query))


def answer_counts(t: Transaction) -> list[tuple[str, str, str, int]]:
    """Return (model, track, condition, items answered), in that order."""
    number = func.count(PredictionRow.item_id.distinct())
    columns = (PredictionRow.model, ItemRow.track, PredictionRow.condition)
    query = (
        select(*columns, number)
        .join(ItemRow, ItemRow.item_id == PredictionRow.item_id)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [(model, track, condition, n) for model, track, condition, n in t.execute(query)]


def panel(t: Transaction) -> tuple[str, ...]:
    """Return the judges by whose majority scores go; none when the newest grade of any counts."""
    return tuple(json.loads(settings.get(t, PANEL) or "[]"))


def set_panel(t: Transaction, judges: Sequence[str], actor: str, at: datetime) -> None:
    """Choose the judges by whose majority scores go, with the event that says so."""
    chosen = sorted(set(judges))
    settings.put(t, PANEL, canonical_json(chosen))
    events.append(t, "judge_panel.chosen", actor, PANEL, digest(chosen), at)


def grades_on(
    t: Transaction,
    item_ids: Sequence[str],
    model_names: Sequence[str] = (),
) -> dict[tuple[str, str, str], dict[str, float]]:
    """Return (model, item_id, prediction hash) -> hash of what was asked -> value.

    Only grades with status ok count, of each judge the newest. Where judges are chosen as a
    panel it is what more than half of them say; else the newest grade of any. What was asked is
    the criterion's wording, with the reference answer where the judge was shown it.
    """
    judges = panel(t)
    query = select(
        _GRADES.model,
        _GRADES.item_id,
        _GRADES.prediction_sha256,
        _GRADES.criterion_sha256,
        _GRADES.asked_sha256,
        _GRADES.judge,
        _GRADES.value,
    ).where(_GRADES.item_id.in_(item_ids), _GRADES.status == "ok", _GRADES.value.is_not(None))
    if model_names:
        query = query.where(_GRADES.model.in_(model_names))
    if judges:
        query = query.where(_GRADES.judge.in_(judges))
    rows = t.execute(query.order_by(_GRADES.made_at, _GRADES.key))
    return _by_majority(rows, judges) if judges else _newest(rows)


def _newest(rows: Iterable[Any]) -> dict[tuple[str, str, str], dict[str, float]]:
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for model, item_id, prediction, wording, asked, _, value in rows:
        found[(model, item_id, prediction)][asked or wording] = value
    return found


def _by_majority(
    rows: Iterable[Any], judges: Sequence[str]
) -> dict[tuple[str, str, str], dict[str, float]]:
    words: dict[tuple[str, str, str], dict[str, dict[str, float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for model, item_id, prediction, wording, asked, judge, value in rows:
        words[(model, item_id, prediction)][asked or wording][judge] = value
    return {
        answer: {
            asked: value
            for asked, by_judge in grades.items()
            if (value := panel_value(judges, by_judge)) is not None
        }
        for answer, grades in words.items()
    }


def newest_words(
    t: Transaction, model: str, item_ids: Sequence[str]
) -> dict[tuple[str, str, str, str], tuple[str, float | None]]:
    """Return (item, prediction hash, criterion hash, judge) -> (status, value) last stored."""
    query = (
        select(
            GradeRow.item_id,
            GradeRow.prediction_sha256,
            GradeRow.criterion_sha256,
            GradeRow.judge,
            GradeRow.status,
            GradeRow.value,
        )
        .where(GradeRow.item_id.in_(item_ids), GradeRow.model == model)
        .order_by(GradeRow.made_at, GradeRow.key)
    )
    return {
        (item_id, prediction, criterion, judge): (status, value)
        for item_id, prediction, criterion, judge, status, value in t.execute(query)
    }


def golds_of(t: Transaction, release: int, item_ids: Sequence[str]) -> dict[str, Gold]:
    """Return item -> gold for those of the items that a release holds."""
    query = select(GoldRow.body).where(GoldRow.release == release, GoldRow.item_id.in_(item_ids))
    golds = (Gold.model_validate(body) for body in t.scalars(query))
    return {gold.item_id: gold for gold in golds}
