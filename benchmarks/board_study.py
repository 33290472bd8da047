"""A study of a whole benchmark with models' answers and grades, for measuring scores.

Only what scores read is written: cases, items of four tracks with 8 criteria and a short text,
answers, grades of a judge that errs, and, by choice, a release. 23 models and 1,756 items are the
published benchmark's numbers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from db import events, items, predictions
from src.domain.canonical import text_sha256
from src.domain.item import CaseRecord, Criterion, Item, ItemContent, Track, item_id_of
from src.domain.people import OPERATOR
from src.domain.prediction import Grade, Model, Prediction
from src.services.workbench import Workbench, init, open_workbench

SIZES: Final = {
    Track.DIAGNOSIS: 481,
    Track.TREATMENT: 294,
    Track.CROSSMODAL: 578,
    Track.EXAMINATION: 403,
}
"""1,756 items, shared out as the public release is."""
CRITERIA: Final = 8
AT: Final = datetime(2026, 11, 20, tzinfo=UTC)
CHUNK: Final = 200


def board_study(folder: Path, models: int = 23, sizes: dict[Track, int] | None = None) -> Workbench:
    """Make a study with that many models and items, everything answered and graded."""
    url, store = f"sqlite:///{folder / 'board.db'}", str(folder / "images")
    init(url, store)
    bench = open_workbench(url, store)
    names = [f"model-{number:02}" for number in range(models)]
    rng = np.random.default_rng(7)
    with bench.database.transaction() as t:
        for number, name in enumerate(names):
            family = "medical" if number % 4 == 0 else "general"
            predictions.put_model(t, Model(name=name, family=family, medical=number % 4 == 0))
    for track, size in (sizes or SIZES).items():
        for start in range(0, size, CHUNK):
            numbers = range(start, min(start + CHUNK, size))
            _add(bench, names, [_item(track, number) for number in numbers], rng)
    with bench.database.transaction() as t:
        events.append(t, "predictions.imported", OPERATOR.person_id, "bench", "0" * 64, AT)
    return bench


def _item(track: Track, number: int) -> Item:
    case = CaseRecord(case_id=f"case-{number}", source="bench")
    content = ItemContent(
        question=f"Question {number}?",
        context="The lesion is of low signal and enhances late. " * 20,
        answer=f"Disease {number}",
        modality=("CT", "MRI", "Histology")[number % 3],
        orpha_code=str(1_000 + number % 40),
    )
    criteria = tuple(
        Criterion(
            criterion_id=f"k{k}",
            key=f"must_include-{k}",
            text=f"Point {k} of {track.value} {number}",
            points=-1.0 if k == CRITERIA else 1.0,
        )
        for k in range(1, CRITERIA + 1)
    )
    return Item(
        item_id=item_id_of("bench", track, f"{number:06}"),
        case=case,
        track=track,
        content=content,
        criteria=criteria,
    )


def _add(bench: Workbench, names: list[str], new: list[Item], rng: np.random.Generator) -> None:
    with bench.database.transaction() as t:
        items.add_versions(t, new, AT)
    for row, name in enumerate(names):
        met = rng.random((len(new), CRITERIA)) < 0.35 + 0.02 * row
        met[:, -1] = rng.random(len(new)) < 0.1
        answers, grades = [], []
        for item, given in zip(new, met.tolist(), strict=True):
            text = item.content.answer if given[0] else f"Disease of {name}"
            sha256 = text_sha256(text)
            answers.append(
                Prediction(
                    model=name,
                    item_id=item.item_id,
                    visible_sha256=item.content.visible_sha256,
                    sha256=sha256,
                    text=text,
                )
            )
            grades += [
                Grade(
                    model=name,
                    item_id=item.item_id,
                    criterion_id=criterion.criterion_id,
                    criterion_sha256=criterion.sha256,
                    prediction_sha256=sha256,
                    judge="bench-judge",
                    value=float(value),
                )
                for criterion, value in zip(item.criteria, given, strict=True)
            ]
        with bench.database.transaction() as t:
            predictions.add(t, answers)
            predictions.add_grades(t, grades, AT)
