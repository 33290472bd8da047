"""What a model would be shown: of one item, and of all of them as a file with their images."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from db import events, images, items, masks
from db.database import Database
from src.domain.conditions import Shown, shown
from src.domain.errors import BadInputError, NotFoundError
from src.domain.image import ImageRecord
from src.domain.item import Item
from src.domain.people import Actor, Role
from src.domain.prediction import Condition
from src.files import jsonlines
from src.files.export_folder import sha256_of, sync
from src.files.outgoing import EXTENSIONS, require_same
from src.images.store import ImageStore
from src.services.progress import Meter, Watcher

Clock = Callable[[], datetime]
PAGE = 200
SEES = (Role.LEAD, Role.EVALUATOR, Role.ADMIN)


class ConditionExport(BaseModel, frozen=True, extra="forbid"):
    """What an export of a condition wrote."""

    path: str
    sha256: str
    items: int
    images: int


class Conditions:
    """Shows and writes what a model is shown under a condition, always of newest versions."""

    def __init__(self, database: Database, store: ImageStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    def shown(self, actor: Actor, item_id: str, condition: Condition) -> Shown:
        """Return what a model is shown of an item; under nodx every known name is withheld."""
        actor.require(*SEES)
        with self._database.reading() as t:
            item = items.get(t, item_id)
            if item is None:
                raise NotFoundError(f"There is no item {item_id!r}.")
            return shown(item, condition, masks.names_of(t, item))

    def export(
        self, actor: Actor, condition: Condition, folder: Path, watch: Watcher | None = None
    ) -> ConditionExport:
        """Write what a model is shown of every item as JSON Lines, its images beside it by hash.

        The file is written beside its name, brought to the disk and renamed when whole: a
        stopped export leaves the one before. Raises BadInputError for a folder that cannot be
        written to.
        """
        actor.require(*SEES)
        target = folder / f"condition-{condition}.jsonl"
        copied: set[str] = set()
        try:
            (folder / "images").mkdir(parents=True, exist_ok=True)
            written = _write(target, self._lines(condition, folder, copied, watch))
        except OSError as fault:
            message = f"{str(folder)!r} cannot be written to: {fault.strerror}."
            raise BadInputError(f"{message} The export is not complete.") from fault
        sha256 = sha256_of(target)
        with self._database.transaction() as t:
            name = f"export:condition/{condition}"
            events.append(t, "condition.exported", actor.person_id, name, sha256, self._clock())
        return ConditionExport(path=target.name, sha256=sha256, items=written, images=len(copied))

    def _lines(
        self, condition: Condition, folder: Path, copied: set[str], watch: Watcher | None
    ) -> Iterator[dict[str, object]]:
        with self._database.reading() as t:
            meter = Meter(watch, sum(items.counts(t).values()), f"writing {condition}")
        after, done = "", 0
        while True:
            with self._database.reading() as t:
                page = items.ids_after(t, after, PAGE)
                newest = items.latest_versions(t, page)
                found = items.get_many(t, [(key, newest[key][0]) for key in page])
                names = {key: masks.names_of(t, item) for key, item in found.items()}
                records = images.records(t, _hashes(found.values()))
            for item_id in page:
                line = shown(found[item_id], condition, names[item_id])
                paths = {image.sha256: _path(records[image.sha256]) for image in line.images}
                self._copy(paths, folder, copied)
                yield _line(line, paths)
                done += 1
            meter.at(done)
            if len(page) < PAGE:
                return
            after = page[-1]

    def _copy(self, paths: dict[str, str], folder: Path, copied: set[str]) -> None:
        for sha256, path in paths.items():
            target = folder / path
            if path in copied:
                continue
            if not target.exists():
                unfinished = target.with_name(target.name + ".part")
                shutil.copyfile(self._store.open(sha256, "full", raw=True).path, unfinished)
                _require_hash(unfinished, sha256)
                sync(unfinished)
                unfinished.replace(target)
            copied.add(path)


def _line(line: Shown, paths: dict[str, str]) -> dict[str, object]:
    body = line.model_dump(mode="json")
    for image in body["images"]:
        image["path"] = paths[image["sha256"]]
    return {**body, "sha256": line.sha256}


def _hashes(found: Iterable[Item]) -> set[str]:
    return {image.sha256 for item in found for image in item.content.images}


def _path(image: ImageRecord) -> str:
    return f"images/{image.sha256}.{EXTENSIONS[image.media_type]}"


def _require_hash(path: Path, sha256: str) -> None:
    found = sha256_of(path)
    if found != sha256:
        path.unlink()
    require_same(found, sha256)


def _write(target: Path, lines: Iterator[dict[str, object]]) -> int:
    """Write the lines beside the target, bring them to the disk, then put the file in place."""
    unfinished = target.with_name(target.name + ".part")
    with unfinished.open("wb") as stream:
        written = jsonlines.write(stream, None, lines)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(target)
    sync(target.parent)
    return written
