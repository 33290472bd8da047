"""In words: what review changed in an item that can move a score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from db import items, predictions
from db.database import Database
from src.domain.gold import Gold
from src.domain.item import Criterion, Item
from src.domain.plurals import counted
from src.domain.renamed import DISEASE_TRACKS
from src.domain.scoring.sheet import ADDED, DISEASE, OTHER_VERSION, REWORDED, Sheet
from src.services.answer_scores import Mode, names_dropped, reviewed_content
from src.services.score_sheets import excluded_by

SHORT = 80
PAGE = 100


def causes_of_items(
    database: Database, release: int, mode: Mode, graded: Mapping[str, bool]
) -> dict[str, list[str]]:
    """Return item -> what review changed, for the items of the release among those given.

    `graded` says of each item whether its answer has a score in gold.
    """
    causes: dict[str, list[str]] = {}
    ids = sorted(graded)
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        with database.reading() as t:
            golds = predictions.golds_of(t, release, page)
            latest = items.latest_versions(t, list(golds)) if golds else {}
            newest = items.get_many(t, [(key, version) for key, (version, *_) in latest.items()])
            read = items.get_many(t, [(key, gold.item_version) for key, gold in golds.items()])
        for item_id, gold in golds.items():
            causes[item_id] = causes_of(
                newest[item_id], read[item_id], gold, mode, graded=graded[item_id]
            )
    return causes


def peoples_causes(
    sheet: Sheet, row: int | None, item_ids: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return item -> how many grades of people stand in place of the judge's, where any do.

    Of one model, of criteria that count, where people say something else than the judge or the
    judge says nothing.
    """
    side = sheet.gold
    if row is None or side.merged_grades is side.grades:
        return {}
    put, said = side.merged_grades[row], side.grades[row]
    asked = side.active & (sheet.columns.kind != DISEASE)
    differs = asked & ~np.isnan(put) & (np.isnan(said) | (put != said))
    found: dict[str, tuple[str, ...]] = {}
    for item_id in item_ids:
        columns = sheet.columns.of_item(sheet.place_of[item_id])
        if number := int(differs[columns].sum()):
            of = counted(int(asked[columns].sum()), "criterion", "criteria")
            found[item_id] = (f"human grade instead of the judge's: {number} of {of}",)
    return found


def causes_of(newest: Item, read: Item, gold: Gold, mode: Mode, *, graded: bool) -> list[str]:
    """Return the changes between an item as imported and its gold, as far as they can matter.

    `read` is the version the reviewers read. `graded` says that the answer has a score in gold,
    so that a reworded criterion was graded again.
    """
    if excluded := excluded_by(gold):
        return [excluded]
    changes = [
        *_of_version(newest, read),
        *_of_content(read, gold, graded),
        *_of_answer(read, gold),
    ]
    if read.track in DISEASE_TRACKS:
        changes += _of_names(read, gold, mode)
    if mode == "strict":
        changes += _of_rubric(read, gold, graded)
    return changes


def _of_version(newest: Item, read: Item) -> Iterator[str]:
    if newest.version != read.version:
        yield f"version {read.version} was reviewed, version {newest.version} is imported"


def _of_content(read: Item, gold: Gold, graded: bool) -> Iterator[str]:
    before, after = read.content, reviewed_content(read.content, gold)
    changed = []
    if before.question != after.question:
        changed.append("question")
    if {i.sha256: i.caption for i in before.images} != {i.sha256: i.caption for i in after.images}:
        changed.append("captions")
    if [i.sha256 for i in before.images] != [i.sha256 for i in after.images]:
        changed.append("order of the images")
    if changed:
        yield f"{' and '.join(changed)} changed" + ("" if graded else f": {OTHER_VERSION}")


def _of_answer(read: Item, gold: Gold) -> Iterator[str]:
    before, after = read.content.answer, gold.body.answer
    if before == after:
        return
    if read.track in DISEASE_TRACKS:
        yield f"answer changed: {_short(before)} -> {_short(after)}"
    else:
        yield "answer changed"


def _of_names(read: Item, gold: Gold, mode: Mode) -> Iterator[str]:
    for name in gold.body.aliases:
        if name not in read.content.aliases:
            yield f"name accepted: {_short(name)}"
    for name in names_dropped(read, gold):
        yield f"name of the old answer dropped: {_short(name)}"
    before, after = read.content.orpha_code, gold.body.orpha_code
    if mode == "strict" and before != after:
        yield f"ORPHA code changed: {before or 'none'} -> {after or 'none'}"


def _of_rubric(read: Item, gold: Gold, graded: bool) -> Iterator[str]:
    before = {criterion.criterion_id: criterion for criterion in read.criteria}
    for criterion in gold.body.criteria:
        old = before.get(criterion.criterion_id)
        if old is not None:
            yield from _of_criterion(old, criterion, graded)
        elif criterion.active:
            yield f"{'criterion added' if graded else ADDED} ({_name(criterion)})"


def _of_criterion(old: Criterion, new: Criterion, graded: bool) -> Iterator[str]:
    if old.active and not new.active:
        yield f"criterion deleted: {_name(old)}"
        return
    if new.active and not old.active:
        yield f"criterion taken up again: {_name(new)}"
    if old.points != new.points:
        yield f"re-weighted {new.criterion_id} {old.points:g} -> {new.points:g}: {_short(new.text)}"
    if old.sha256 != new.sha256:
        yield f"{'criterion reworded' if graded else REWORDED} ({_name(new)})"


def _name(criterion: Criterion) -> str:
    return f"{criterion.criterion_id} {_short(criterion.text)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else line[: SHORT - 1].rstrip() + "…"
