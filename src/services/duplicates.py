"""What stands twice in a study: pictures, text, and answers told by a sister item."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from pydantic import BaseModel

from db import duplicates, items
from db.database import Database
from src.domain.duplicates import (
    Group,
    Match,
    Picture,
    Place,
    Wording,
    groups_of,
    look_alike,
    picture_matches,
    text_matches,
    told_answers,
)
from src.domain.errors import ReviewToolError
from src.domain.item import Track
from src.domain.people import Actor, Role
from src.images.flatness import is_flat
from src.images.store import ImageStore
from src.services.progress import Meter, Watcher

AT_ONCE = 200
STEPS = 1000
"""Of each part's progress bar."""


class ItemInfo(BaseModel, frozen=True, extra="forbid"):
    """Where an item of a group comes from."""

    case_id: str
    track: Track


class DuplicateReport(BaseModel, frozen=True, extra="forbid"):
    """All groups of items that have something in common."""

    digest: str
    """Of what it was computed from: with another one it is out of date."""
    items: int
    pictures: int
    flat: int
    """Pictures that look like others only because nearly nothing is on them: left out."""
    groups: tuple[Group, ...]
    of: dict[str, ItemInfo]
    """The items of the groups."""


class Duplicates:
    """Finds what stands twice, and keeps what it found until an item changes."""

    def __init__(self, database: Database, store: ImageStore) -> None:
        self._database = database
        self._store = store
        self._kept: DuplicateReport | None = None
        self._lock = Lock()

    def known(self, actor: Actor) -> DuplicateReport | None:
        """Return what was found before, if no item has changed since; never looks anew."""
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        with self._database.reading() as t:
            now = duplicates.fingerprint(t)
        kept = self._kept
        return kept if kept is not None and kept.digest == now else None

    def count(self, actor: Actor) -> int:
        """Return how many items would be compared."""
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        with self._database.reading() as t:
            return duplicates.count_items(t)

    def hashes(self, actor: Actor, places: Sequence[Place]) -> dict[Place, str]:
        """Return the sha256 of the pictures in these places of the newest versions of items."""
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        with self._database.reading() as t:
            found = duplicates.pictures_of(t, sorted({place.item_id for place in places}))
        return {place: sha256 for sha256, _, place in found if place in places}

    def find(self, actor: Actor, watch: Watcher | None = None) -> DuplicateReport:
        """Compare the newest versions of all items and return the groups that hang together.

        Nothing is stored. Raises WorkStopped when `watch` says stop.
        """
        known = self.known(actor)
        if known is not None:
            return known
        with self._database.reading() as t:
            now = duplicates.fingerprint(t)
        pictures, wordings, tracks = self._read(watch)
        alike, flat = self._alike(pictures, watch)
        matches = picture_matches(pictures, alike)
        matches += _texts(wordings, watch)
        matches += told_answers(wordings)
        groups = groups_of(matches, {wording.item_id: wording.case_id for wording in wordings})
        found = DuplicateReport(
            digest=now,
            items=len(wordings),
            pictures=len(pictures),
            flat=flat,
            groups=tuple(groups),
            of=_info(groups, wordings, tracks),
        )
        with self._lock:
            self._kept = found
        return found

    def _read(self, watch: Watcher | None) -> tuple[list[Picture], list[Wording], dict[str, Track]]:
        with self._database.reading() as t:
            meter = Meter(watch, duplicates.count_items(t), "items read")
        rows: list[tuple[str, str | None, Place]] = []
        wordings: list[Wording] = []
        tracks: dict[str, Track] = {}
        after = ""
        while True:
            with self._database.reading() as t:
                page = items.ids_after(t, after, AT_ONCE)
                rows += duplicates.pictures_of(t, page)
                said = duplicates.wordings_of(t, page)
            wordings += [wording for wording, _ in said]
            tracks |= {wording.item_id: track for wording, track in said}
            meter.at(len(wordings))
            if len(page) < AT_ONCE:
                return duplicates.gathered(rows), wordings, tracks
            after = page[-1]

    def _alike(
        self, pictures: Sequence[Picture], watch: Watcher | None
    ) -> tuple[list[tuple[int, int, int]], int]:
        """Return the pairs that look alike, and how many pictures are too even to tell."""
        places = [n for n, picture in enumerate(pictures) if picture.phash is not None]
        meter = Meter(watch, STEPS, "pictures compared")
        hashes = [pictures[n].phash or "" for n in places]
        found = look_alike(hashes, lambda share: _on(meter, share))
        pairs = [(places[one], places[other], bits) for one, other, bits in found]
        flat = self._flat(pictures, pairs, watch)
        return [pair for pair in pairs if not flat & set(pair[:2])], len(flat)

    def _flat(
        self,
        pictures: Sequence[Picture],
        pairs: Sequence[tuple[int, int, int]],
        watch: Watcher | None,
    ) -> set[int]:
        """Return the pictures with nearly nothing on them: of those, only equal bytes count.

        Their perceptual hash is made of rounding, so that all of them would match.
        """
        doubtful = sorted({number for one, other, _ in pairs for number in (one, other)})
        meter = Meter(watch, len(doubtful), "pictures looked at")
        flat = set()
        for done, number in enumerate(doubtful, start=1):
            if self._is_flat(pictures[number].sha256):
                flat.add(number)
            if done % AT_ONCE == 0:
                meter.at(done)
        return flat

    def _is_flat(self, sha256: str) -> bool:
        try:
            return is_flat(self._store.open(sha256, "thumb").read())
        except (ReviewToolError, OSError):
            return False


def _texts(wordings: Sequence[Wording], watch: Watcher | None) -> list[Match]:
    meter = Meter(watch, STEPS, "texts compared")
    return text_matches(wordings, lambda share: _on(meter, share))


def _on(meter: Meter, share: float) -> bool:
    meter.at(round(share * STEPS))
    return True


def _info(
    groups: Sequence[Group], wordings: Sequence[Wording], tracks: dict[str, Track]
) -> dict[str, ItemInfo]:
    wanted = {item_id for group in groups for item_id in group.items}
    return {
        w.item_id: ItemInfo(case_id=w.case_id, track=tracks[w.item_id])
        for w in wordings
        if w.item_id in wanted
    }
