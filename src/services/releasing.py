"""Gold: previewed, frozen as a numbered release, exported byte for byte the same each time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from db import departures, events, images, items, kept_back, releases
from db import outcomes as db_outcomes
from db.database import Database, Transaction
from db.kept_back import Hidden
from db.outcomes import Asked, Kept
from db.releases import Release
from src.domain.canonical import canonical_json, digest
from src.domain.errors import BadInputError, ConflictError, NotFoundError
from src.domain.gold import Gold, build_gold
from src.domain.gold_difference import Change, changes_between
from src.domain.history import ChainHead
from src.domain.image import ImageRecord
from src.domain.item import rubric_digest, track_of
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.files import jsonlines
from src.files.outgoing import EXTENSIONS
from src.services import outcomes, own_reading_first
from src.services.settling import SettledItem, settle_item

Clock = Callable[[], datetime]
PAGE = 200
SEES_GOLD = (Role.LEAD, Role.ADMIN, Role.ADJUDICATOR, Role.EVALUATOR)
CHANGES_GOLD = (
    "review.submitted",
    "unit.decided",
    "item.imported",
    "item.masked",
    "mask.",
    "rubric.",
    "round.",
    "reason.",
)
TRIES = 5
NOT_READ = "no round asks for it"
WAITS = "waits for"
WITHHELD = "withheld"
"""Stands in a manifest for its counts, with how many own readings are owed."""
CHANGED_INPUTS = "its inputs changed"


class LeftOut(BaseModel, frozen=True, extra="forbid"):
    """An item a release does not hold, and why."""

    item_id: str
    reason: str
    older: bool = False
    """True when it is ready but for what was read being no longer the newest version."""


class Preview(BaseModel, frozen=True, extra="forbid"):
    """What a release would hold now."""

    ready: int
    rejected: int
    left_out: tuple[LeftOut, ...]
    withheld: int = 0
    """Items of which nothing is told before the actor has given an own reading."""

    @property
    def older(self) -> int:
        """How many items are left out only because a newer version has not been read."""
        return sum(item.older for item in self.left_out)


class ReleaseReport(BaseModel, frozen=True, extra="forbid"):
    """What a release holds and what it leaves out."""

    release: Release
    items: int
    left_out: tuple[LeftOut, ...]
    """Without those of which the actor's own reading is still to come."""


class Difference(BaseModel, frozen=True, extra="forbid"):
    """How an item's gold differs between two releases, or from what it would be now."""

    item_id: str
    kind: str
    """added, dropped or changed between releases; else why it is stale."""
    changes: tuple[Change, ...] = ()


class Releasing:
    """Freezes gold into releases and writes them out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def preview(self, actor: Actor) -> Preview:
        """Return what a release would hold now, and why the other items are left out."""
        actor.require(Role.LEAD, Role.ADJUDICATOR)
        standing = self._standing()
        with self._database.reading() as t:
            telling = [item_id for item_id, one in standing.items() if _tells(one)]
            kept = own_reading_first.kept_from(t, actor, telling)
        found = [one for item_id, one in standing.items() if item_id not in kept]
        ready = [one for one in found if isinstance(one, Kept)]
        return Preview(
            ready=len(ready),
            rejected=sum(one.rejected for one in ready),
            left_out=tuple(one for one in found if isinstance(one, LeftOut)),
            withheld=len(kept),
        )

    def _owed(self, actor: Actor) -> Collection[str]:
        """Return the items of which the actor may know nothing before an own reading."""
        with self._database.reading() as t:
            return own_reading_first.owed(t, actor)

    def release(
        self, actor: Actor, notes: str = "", *, older_versions: bool = False
    ) -> ReleaseReport:
        """Freeze everything that is ready into the next release.

        An item of which a newer version was imported since it was read is left out, unless
        `older_versions` asks for it. A rubric that review changed is published as a new rubric
        version. Raises BadInputError when nothing is ready.
        """
        actor.require(Role.LEAD)
        for _ in range(TRIES):
            with self._database.reading() as t:
                before = events.head(t)
            golds, left_out = self._gather(older_versions=older_versions)
            if not golds:
                raise BadInputError(
                    "No item is ready: every item waits for readers, a decision or a leak to be "
                    "resolved. Nothing was released."
                )
            with self._database.transaction() as t:
                if not _gold_moved(t, before):
                    release = self._freeze(t, actor, golds, len(left_out), notes)
                    ids = [one.item_id for one in left_out if _tells(one)]
                    kept = own_reading_first.kept_from(t, actor, ids)
                    left = tuple(one for one in left_out if one.item_id not in kept)
                    return ReleaseReport(release=release, items=len(golds), left_out=left)
        raise ConflictError("Readings and decisions keep coming in. Try again in a moment.")

    def _freeze(
        self, t: Transaction, actor: Actor, golds: list[Gold], left_out: int, notes: str
    ) -> Release:
        """Store a release of this gold, with the rubrics it publishes."""
        now = self._clock()
        number = releases.next_number(t)
        golds = [self._publish_rubric(t, actor, gold, number, now) for gold in golds]
        golds.sort(key=lambda gold: gold.item_id)
        sha256, pictures = _hashes(t, golds)
        release = Release(
            number=number,
            sha256=sha256,
            made_at=now,
            notes=notes,
            manifest={
                **counts_of(golds),
                "left_out": left_out,
                "older_versions": _older(t, golds),
                "files": {
                    "items": sha256,
                    "images": len(pictures),
                    "images_list": digest(pictures),
                    "imported": items.imported_files(t),
                },
                **_readers_left(t),
                "chain": events.head(t).model_dump(),
            },
        )
        row = releases.add(t, release, golds)
        proofs = releases.proofs(actor.person_id, number, golds)
        events.append_all(t, proofs, now)
        events.append_row(t, "release.made", actor.person_id, row, now)
        return release

    def all_of(self, actor: Actor) -> list[Release]:
        """Return all releases, newest first."""
        actor.require(*SEES_GOLD)
        owed = self._owed(actor)
        with self._database.reading() as t:
            return [_as_told(release, owed) for release in releases.all_of(t)]

    def get(self, actor: Actor, number: int) -> Release:
        """Return a release by its number."""
        actor.require(*SEES_GOLD)
        with self._database.reading() as t:
            release = releases.get(t, number)
        if release is None:
            raise NotFoundError(f"There is no release {number}.")
        return _as_told(release, self._owed(actor))

    def page(self, actor: Actor, number: int, after: str = "", size: int = 50) -> list[Gold]:
        """Return a page of a release's gold, in the order of the item ids.

        Without the items of which the actor's own reading is still to come; see `withheld`.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        with self._database.reading() as t:
            return releases.gold_page(t, number, after, size, own_reading_first.hidden_from(actor))

    def withheld(self, actor: Actor) -> int:
        """Return of how many items nothing is told before the own reading.

        Of all items: how many of them are gold would tell how readers agreed.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        with self._database.reading() as t:
            return kept_back.count(t, own_reading_first.hidden_from(actor))

    def stale(self, actor: Actor, number: int, *, told: int | None = None) -> list[Difference]:
        """Return the items of a release whose gold would be another one now, and what differs.

        What differs is told of the first `told` items, of all by default: it takes opening them.
        Items nobody reads in this database, as after restoring a release, are not stale.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        now = self._standing()
        found: list[Difference] = []
        for item_id, input_digest in self._digests(number, own_reading_first.hidden_from(actor)):
            one = now.get(item_id)
            if isinstance(one, Kept) and one.gold_digest != input_digest:
                tells = told is None or len(found) < told
                changes = self._changes(number, item_id) if tells else ()
                found.append(Difference(item_id=item_id, kind=CHANGED_INPUTS, changes=changes))
            elif isinstance(one, LeftOut) and one.reason != NOT_READ:
                found.append(Difference(item_id=item_id, kind=one.reason))
        return found

    def _changes(self, number: int, item_id: str) -> tuple[Change, ...]:
        with self._database.reading() as t:
            then = releases.gold_of_item(t, number, item_id)
            now = _gold_of(t, item_id)
        if then is None or isinstance(now, LeftOut):
            return ()
        return tuple(changes_between(then, now))

    def _standing(self) -> dict[str, Kept | LeftOut]:
        """Return item_id -> what is kept of the gold it would be now, or why it would be none."""
        outcomes.bring_up(self._database)
        return {
            item_id: _left_out(item_id, one.asked, one.newest, one.newest_sha256)
            for item_id, one in outcomes.summaries(self._database)
        }

    def difference(
        self, actor: Actor, first: int, second: int, after: str = "", size: int = 50
    ) -> list[Difference]:
        """Return a page of the items that differ between two releases, and what differs.

        In the order of their ids; the next page begins after the last one's. Gold that is only
        written otherwise, as an earlier program wrote it, does not differ.
        """
        actor.require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
        for number in (first, second):
            self.get(actor, number)
        hidden = own_reading_first.hidden_from(actor)
        found: list[Difference] = []
        while len(found) < size:
            with self._database.reading() as t:
                page = releases.written_differently(t, first, second, after, PAGE, hidden)
            differences = (_difference(item_id, old, new) for item_id, old, new in page)
            found += [difference for difference in differences if difference is not None]
            if len(page) < PAGE:
                break
            after = page[-1][0]
        return found[:size]

    def _gather(self, *, older_versions: bool = False) -> tuple[list[Gold], list[LeftOut]]:
        """Return the gold of every item that is ready, and the others with the reason."""
        golds: list[Gold] = []
        left_out: list[LeftOut] = []
        after = ""
        while True:
            with self._database.reading() as t:
                page = items.ids_after(t, after, PAGE)
                newest = {} if older_versions else items.latest_versions(t, page)
                for item_id in page:
                    found = _gold_of(t, item_id)
                    if isinstance(found, Gold) and item_id in newest:
                        found = _unless_older(found, *newest[item_id][:2])
                    if isinstance(found, Gold):
                        golds.append(found)
                    else:
                        left_out.append(found)
            if len(page) < PAGE:
                return golds, left_out
            after = page[-1]

    def _publish_rubric(
        self, t: Transaction, actor: Actor, gold: Gold, number: int, now: datetime
    ) -> Gold:
        newest, sha256 = items.latest_rubric(t, gold.item_id)
        wanted = rubric_digest(gold.body.criteria)
        if sha256 == wanted:
            return gold.model_copy(update={"rubric_version": newest})
        row = items.add_rubric(
            t, gold.item_id, newest + 1, gold.body.criteria, f"release {number}", now
        )
        events.append_row(t, "rubric.published", actor.person_id, row, now)
        return gold.model_copy(update={"rubric_version": newest + 1})

    def _digests(self, number: int, hidden: Hidden) -> Iterator[tuple[str, str]]:
        after = ""
        while True:
            with self._database.reading() as t:
                page = releases.gold_lines(t, number, after, PAGE, hidden)
            for item_id, _, _, _, input_digest in page:
                yield item_id, input_digest
            if len(page) < PAGE:
                return
            after = page[-1][0]


def _tells(one: Kept | LeftOut) -> bool:
    """Tell whether it says anything of readings, beyond that some are missing."""
    return isinstance(one, Kept) or not one.reason.startswith((NOT_READ, WAITS))


def _as_told(release: Release, owed: Collection[str]) -> Release:
    """Return a release without its counts to who owes an own reading: they tell of readings."""
    if not owed:
        return release
    return release.model_copy(update={"manifest": {WITHHELD: len(owed)}})


def _readers_left(t: Transaction) -> dict[str, object]:
    """Return what a manifest says of readers who left a round; nothing where nobody did."""
    left = [reader.unnamed() for reader in departures.of_reading_rounds(t)]
    return {"readers_left": left} if left else {}


def _gold_moved(t: Transaction, before: ChainHead) -> bool:
    """Tell whether anything happened since a link that can change what gold is."""
    since = events.page_of(t, before.seq, PAGE)
    return len(since) == PAGE or any(event.kind.startswith(CHANGES_GOLD) for event in since)


def _gold_of(t: Transaction, item_id: str) -> Gold | LeftOut:
    """Return an item's gold by the newest round that is fully read, or why there is none."""
    asked = db_outcomes.asked(t, [item_id])[item_id]
    one = next((one for one in asked if one.missing <= 0 or one.goes_on), None)
    if one is None or one.missing > 0:
        return _not_read(item_id, one)
    return gold_in(t, settle_item(t, one.round, item_id), one.round)


def _not_read(item_id: str, one: Asked | None) -> LeftOut:
    """Return that an item waits for readers, or that no round asks for it.

    A closed round that was never fully read is passed over for the one before; so is one in which
    the item was stopped.
    """
    if one is None:
        return LeftOut(item_id=item_id, reason=NOT_READ)
    waits = f"{WAITS} {counted(one.missing, 'reader')} in {one.round!r}"
    return LeftOut(item_id=item_id, reason=waits)


def _left_out(
    item_id: str, asked: Sequence[Asked], newest: int, newest_sha256: str
) -> Kept | LeftOut:
    """Return what is kept of an item that a release would hold, or why it would not."""
    one = next((one for one in asked if one.missing <= 0 or one.goes_on), None)
    if one is None or one.missing > 0 or one.kept is None:
        return _not_read(item_id, one)
    if one.kept.left_out:
        return LeftOut(item_id=item_id, reason=one.kept.left_out)
    if one.item_sha256 != newest_sha256:
        return older_version(item_id, one.sources.item_version, newest)
    return one.kept


def gold_in(t: Transaction, found: SettledItem, round_name: str) -> Gold | LeftOut:
    """Return the gold of an item settled in a round, or why it would be none."""
    item = found.item
    if found.left_out:
        return LeftOut(item_id=item.item_id, reason=found.left_out)
    adds = any(":+" in unit.unit for unit in found.settled)
    used = items.used_ids(t, item.item_id) if adds else None
    return build_gold(
        item,
        found.reviews,
        found.settled,
        round_name,
        used,
        policy=found.policy.name if found.policy else "",
        audit=found.state.audit,
    )


def _unless_older(gold: Gold, newest: int, sha256: str) -> Gold | LeftOut:
    """Return gold, unless the newest version of its item says something else."""
    same = gold.item_sha256 == sha256
    return gold if same else older_version(gold.item_id, gold.item_version, newest)


def older_version(item_id: str, version: int, newest: int) -> LeftOut:
    """Return that what was read of an item is no longer its newest version."""
    reason = f"read in version {version}; version {newest} is newer and is not read yet"
    return LeftOut(item_id=item_id, reason=reason, older=True)


def _older(t: Transaction, golds: Sequence[Gold]) -> int:
    """Return of how many items a newer version says something else than what was read."""
    found = 0
    for start in range(0, len(golds), PAGE):
        chunk = golds[start : start + PAGE]
        newest = items.latest_versions(t, [gold.item_id for gold in chunk])
        found += sum(gold.item_sha256 != newest[gold.item_id][1] for gold in chunk)
    return found


def counts_of(golds: Iterable[Gold]) -> dict[str, Any]:
    """Return how many items a release holds, and how they and their units were settled."""
    every = list(golds)
    units = [unit for gold in every for unit in gold.body.units]
    reasons = Counter(reason.value for unit in units for reason in unit.routed)
    audits = Counter(gold.audit for gold in every if gold.audit is not None)
    tracks = Counter(track_of(gold.item_id).value for gold in every)
    swayed = sum(unit.after_scores for unit in units)
    return {
        "items": len(every),
        "rejected": sum(gold.status == "rejected" for gold in every),
        "tracks": dict(sorted(tracks.items())),
        "methods": dict(sorted(Counter(gold.method for gold in every).items())),
        "units": dict(sorted(Counter(unit.method for unit in units).items())),
        "reasons": dict(sorted(reasons.items())),
        "audits": dict(sorted(audits.items())),
        **({"after_scores": swayed} if swayed else {}),
    }


def _difference(item_id: str, old: Gold | None, new: Gold | None) -> Difference | None:
    """Return how an item differs between two releases; None when it says the same in both."""
    if old is None or new is None:
        return Difference(item_id=item_id, kind="added" if old is None else "dropped")
    changes = tuple(changes_between(old, new))
    return Difference(item_id=item_id, kind="changed", changes=changes) if changes else None


def _hashes(t: Transaction, golds: Sequence[Gold]) -> tuple[str, list[str]]:
    """Return the sha256 of the item lines of a release, and those of its images, in order."""
    pictures: set[str] = set()

    def lines() -> Iterator[dict[str, object]]:
        for line, paths in _lines(t, golds):
            pictures.update(paths)
            yield line

    return _digest_of(lines()), sorted(pictures)


def _lines(
    t: Transaction, golds: Sequence[Gold]
) -> Iterator[tuple[dict[str, object], dict[str, str]]]:
    """Yield each item of a release as its line, with the file name of each of its images."""
    for start in range(0, len(golds), PAGE):
        chunk = golds[start : start + PAGE]
        known = items.get_many(t, [(gold.item_id, gold.item_version) for gold in chunk])
        hashes = {i.sha256 for item in known.values() for i in item.content.images}
        records = images.records(t, hashes)
        for gold in chunk:
            item = known[gold.item_id]
            paths = {
                image.sha256: _image_path(records[image.sha256]) for image in item.content.images
            }
            yield jsonlines.line_of(item, paths, gold=gold.model_dump(mode="json")), paths


def _image_path(image: ImageRecord) -> str:
    return f"images/{image.sha256}.{EXTENSIONS[image.media_type]}"


def _digest_of(lines: Iterable[dict[str, object]]) -> str:
    """Return the sha256 of the item lines of a release, its head left out."""
    hasher = hashlib.sha256()
    for line in lines:
        hasher.update(canonical_json(line).encode() + b"\n")
    return hasher.hexdigest()
