"""Cases, items and their versions: content goes in whole and comes out as domain values."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Executable, Select, and_, func, insert, select, tuple_
from sqlalchemy.orm import aliased

from db import images
from db.database import Transaction
from db.models import (
    Base,
    CaseRow,
    ClaimRow,
    ClaimVersionRow,
    CriterionRow,
    CriterionVersionRow,
    ImportRow,
    ItemImageRow,
    ItemRow,
    ItemVersionRow,
    RubricVersionRow,
)
from src.domain.gold import UsedIds
from src.domain.item import (
    CaseRecord,
    Criterion,
    Item,
    ItemContent,
    ItemSummary,
    ItemView,
    Track,
    rubric_digest,
)
from src.domain.round import Candidate

CHUNK = 500
VIEWS_KEPT = 256
"""About 30 KB each: a few megabytes for every reader of a study at work."""
ViewKey = tuple[str, int, int]
"""item_id, item version, rubric version"""


def latest_versions(t: Transaction, item_ids: Sequence[str]) -> dict[str, tuple[int, str, str]]:
    """Return item_id -> (newest version, its sha256, that of its rubric) where they exist."""
    newest = _newest().where(ItemVersionRow.item_id.in_(item_ids)).subquery()
    rows = t.execute(
        select(
            ItemVersionRow.item_id,
            ItemVersionRow.version,
            ItemVersionRow.sha256,
            ItemVersionRow.rubric_sha256,
        ).join(
            newest,
            and_(
                ItemVersionRow.item_id == newest.c.item_id,
                ItemVersionRow.version == newest.c.version,
            ),
        )
    )
    return {item_id: (version, sha256, rubric) for item_id, version, sha256, rubric in rows}


def _newest() -> Select[str, int]:
    return select(
        ItemVersionRow.item_id.label("item_id"), func.max(ItemVersionRow.version).label("version")
    ).group_by(ItemVersionRow.item_id)


def highest_ids(t: Transaction, item_id: str) -> tuple[int, int]:
    """Return the highest numbers any claim and any criterion of an item ever had."""
    claims = t.scalars(select(ClaimRow.claim_id).where(ClaimRow.item_id == item_id))
    criteria = t.scalars(select(CriterionRow.criterion_id).where(CriterionRow.item_id == item_id))
    return _highest(claims), _highest(criteria)


def used_ids(t: Transaction, item_id: str) -> UsedIds:
    """Return the ids an item ever gave to claims and criteria."""
    claims, criteria = highest_ids(t, item_id)
    rows = t.execute(
        select(CriterionVersionRow.text, CriterionVersionRow.criterion_id)
        .where(CriterionVersionRow.item_id == item_id)
        .order_by(CriterionVersionRow.criterion_id)
    )
    wordings = {row.text: row.criterion_id for row in rows}
    return UsedIds(claims=claims, criteria=criteria, wordings=wordings)


def _highest(ids: Iterable[str]) -> int:
    return max((int(key[1:]) for key in ids if key[1:].isdecimal()), default=0)


def add_versions(t: Transaction, items: Sequence[Item], at: datetime) -> None:
    """Store new versions of items with their claims, criteria, images and rubric, in bulk.

    The images must be known already. The version numbers are the caller's.
    """
    for start in range(0, len(items), CHUNK):
        _add_chunk(t, items[start : start + CHUNK], at)


def _add_chunk(t: Transaction, items: Sequence[Item], at: datetime) -> None:
    rows: dict[type[Base], dict[tuple[Any, ...], dict[str, Any]]] = defaultdict(dict)
    for item in items:
        _collect(rows, item, at)
    item_ids = [item.item_id for item in items]
    case_ids = [item.case.case_id for item in items]
    known: dict[type[Base], set[tuple[Any, ...]]] = {
        CaseRow: _known(t, select(CaseRow.case_id).where(CaseRow.case_id.in_(case_ids))),
        ItemRow: _known(t, select(ItemRow.item_id).where(ItemRow.item_id.in_(item_ids))),
        ClaimRow: _known(
            t, select(ClaimRow.item_id, ClaimRow.claim_id).where(ClaimRow.item_id.in_(item_ids))
        ),
        ClaimVersionRow: _known(
            t,
            select(ClaimVersionRow.item_id, ClaimVersionRow.claim_id, ClaimVersionRow.sha256).where(
                ClaimVersionRow.item_id.in_(item_ids)
            ),
        ),
        CriterionRow: _known(
            t,
            select(CriterionRow.item_id, CriterionRow.criterion_id).where(
                CriterionRow.item_id.in_(item_ids)
            ),
        ),
        CriterionVersionRow: _known(
            t,
            select(
                CriterionVersionRow.item_id,
                CriterionVersionRow.criterion_id,
                CriterionVersionRow.sha256,
            ).where(CriterionVersionRow.item_id.in_(item_ids)),
        ),
        RubricVersionRow: _known(
            t,
            select(RubricVersionRow.item_id, RubricVersionRow.version).where(
                RubricVersionRow.item_id.in_(item_ids)
            ),
        ),
    }
    for table in _IN_ORDER:
        new = [row for key, row in rows[table].items() if key not in known.get(table, set())]
        if new:
            t.execute(insert(table), new)


_IN_ORDER: tuple[type[Base], ...] = (
    CaseRow,
    ItemRow,
    ItemVersionRow,
    ItemImageRow,
    ClaimRow,
    ClaimVersionRow,
    CriterionRow,
    CriterionVersionRow,
    RubricVersionRow,
)


def _known(t: Transaction, query: Executable) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in t.execute(query)}


def version_row(item: Item, at: datetime) -> ItemVersionRow:
    """Return the row of an item version, as it is stored and as its event proves it."""
    return ItemVersionRow(**_version_values(item, at))


def rubric_row(item: Item, at: datetime) -> RubricVersionRow:
    """Return the row of the rubric an item version brings, as its event proves it."""
    return RubricVersionRow(
        **_rubric_values(item.item_id, item.rubric_version, item.criteria, "imported", at)
    )


def _rubric_values(
    item_id: str, version: int, criteria: Sequence[Criterion], origin: str, at: datetime
) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "version": version,
        "sha256": rubric_digest(tuple(criteria)),
        "body": [criterion.model_dump(mode="json") for criterion in criteria],
        "origin": origin,
        "made_at": at,
    }


def _version_values(item: Item, at: datetime) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "version": item.version,
        "sha256": item.sha256,
        "visible_sha256": item.content.visible_sha256,
        "rubric_sha256": rubric_digest(item.criteria),
        "orpha_code": item.content.orpha_code,
        "modality": item.content.modality,
        "n_images": len(item.content.images),
        "n_claims": len(item.claims),
        "n_criteria": len(item.criteria),
        "body": {
            "content": item.content.model_dump(mode="json"),
            "claims": [claim.model_dump(mode="json") for claim in item.claims],
            "criteria": [criterion.model_dump(mode="json") for criterion in item.criteria],
            "case": item.case.model_dump(mode="json"),
            "rubric_version": item.rubric_version,
        },
        "made_at": at,
    }


def _collect(
    rows: dict[type[Base], dict[tuple[Any, ...], dict[str, Any]]], item: Item, at: datetime
) -> None:
    item_id = item.item_id
    rows[CaseRow][(item.case.case_id,)] = item.case.model_dump()
    rows[ItemRow][(item_id,)] = {
        "item_id": item_id,
        "case_id": item.case.case_id,
        "track": item.track.value,
    }
    rows[ItemVersionRow][(item_id, item.version)] = _version_values(item, at)
    for image in item.content.images:
        rows[ItemImageRow][(item_id, item.version, image.position)] = {
            "item_id": item_id,
            "version": item.version,
            **image.model_dump(exclude={"original_name"}),
        }
    for claim in item.claims:
        keys = {"item_id": item_id, "claim_id": claim.claim_id}
        rows[ClaimRow][(item_id, claim.claim_id)] = keys
        wording = {**keys, "sha256": claim.sha256, "text": claim.text, "kind": claim.kind}
        rows[ClaimVersionRow][(item_id, claim.claim_id, claim.sha256)] = wording
    _collect_rubric(rows, item_id, item.rubric_version, item.criteria, "imported", at)


def _collect_rubric(
    rows: dict[type[Base], dict[tuple[Any, ...], dict[str, Any]]],
    item_id: str,
    version: int,
    criteria: Sequence[Criterion],
    origin: str,
    at: datetime,
) -> None:
    for criterion in criteria:
        keys = {"item_id": item_id, "criterion_id": criterion.criterion_id}
        rows[CriterionRow][(item_id, criterion.criterion_id)] = {**keys, "key": criterion.key}
        rows[CriterionVersionRow][(item_id, criterion.criterion_id, criterion.sha256)] = {
            **keys,
            "sha256": criterion.sha256,
            "text": criterion.text,
            "kind": criterion.kind,
            "maximum": criterion.maximum,
        }
    rows[RubricVersionRow][(item_id, version)] = _rubric_values(
        item_id, version, criteria, origin, at
    )


def add_rubric(
    t: Transaction,
    item_id: str,
    version: int,
    criteria: Sequence[Criterion],
    origin: str,
    at: datetime,
) -> RubricVersionRow:
    """Store a new rubric version of an item, with the criteria it brings, and return its row."""
    rows: dict[type[Base], dict[tuple[Any, ...], dict[str, Any]]] = defaultdict(dict)
    _collect_rubric(rows, item_id, version, criteria, origin, at)
    for table in (CriterionRow, CriterionVersionRow):
        for key, values in rows[table].items():
            if t.get(table, key) is None:
                t.add(table(**values))
                t.flush()
    row = RubricVersionRow(**rows[RubricVersionRow][(item_id, version)])
    t.add(row)
    t.flush()
    return row


def latest_rubric(t: Transaction, item_id: str) -> tuple[int, str]:
    """Return number and sha256 of the newest rubric version of an item; (0, '') for none."""
    row = t.execute(
        select(RubricVersionRow.version, RubricVersionRow.sha256)
        .where(RubricVersionRow.item_id == item_id)
        .order_by(RubricVersionRow.version.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else (0, "")


def rubric(t: Transaction, item_id: str, version: int) -> tuple[Criterion, ...]:
    """Return the criteria of a rubric version, in order; empty when there is none."""
    row = t.get(RubricVersionRow, (item_id, version))
    return tuple(Criterion.model_validate(c) for c in row.body) if row else ()


def rubrics(t: Transaction, keys: Sequence[tuple[str, int]]) -> dict[str, tuple[Criterion, ...]]:
    """Return item_id -> criteria, in order, for pairs of item_id and rubric version."""
    versions = dict(keys)
    rows = t.scalars(select(RubricVersionRow).where(RubricVersionRow.item_id.in_(list(versions))))
    return {
        row.item_id: tuple(Criterion.model_validate(c) for c in row.body)
        for row in rows
        if row.version == versions[row.item_id]
    }


def criteria_ever(t: Transaction, item_ids: Sequence[str]) -> dict[str, dict[str, Criterion]]:
    """Return item_id -> hash of a wording -> the criterion as the newest rubric with it has it."""
    found: dict[str, dict[str, Criterion]] = defaultdict(dict)
    query = select(RubricVersionRow).where(RubricVersionRow.item_id.in_(item_ids))
    for row in t.scalars(query.order_by(RubricVersionRow.version)):
        for criterion in map(Criterion.model_validate, row.body):
            found[row.item_id][criterion.sha256] = criterion
    return found


def cases_of(t: Transaction, item_ids: Sequence[str]) -> dict[str, str]:
    """Return item_id -> the case it is about."""
    query = select(ItemRow.item_id, ItemRow.case_id).where(ItemRow.item_id.in_(item_ids))
    return {row.item_id: row.case_id for row in t.execute(query)}


def get(t: Transaction, item_id: str, version: int | None = None) -> Item | None:
    """Return a version of an item, the newest when none is named, or None."""
    if version is None:
        version = t.scalar(
            select(func.max(ItemVersionRow.version)).where(ItemVersionRow.item_id == item_id)
        )
    row = t.get(ItemVersionRow, (item_id, version)) if version is not None else None
    item = t.get(ItemRow, item_id) if row is not None else None
    return _item(row, Track(item.track)) if row is not None and item is not None else None


def get_many(t: Transaction, keys: Sequence[tuple[str, int]]) -> dict[str, Item]:
    """Return item_id -> item for pairs of item_id and version."""
    versions = dict(keys)
    rows = t.execute(
        select(ItemVersionRow, ItemRow.track)
        .join(ItemRow, ItemRow.item_id == ItemVersionRow.item_id)
        .where(ItemVersionRow.item_id.in_(list(versions)))
    )
    return {
        row.item_id: _item(row, Track(track))
        for row, track in rows
        if row.version == versions[row.item_id]
    }


class ItemViews:
    """Items as readers see them, each parsed once and shared; the longest unused go first.

    What a view holds never changes once it is stored, so there is nothing to make stale: content,
    claims and case stand in the item version, a rubric version and an image record are for ever.
    One for each database. Nobody may change a view, nor fill it from rows not yet committed.
    """

    def __init__(self, size: int = VIEWS_KEPT) -> None:
        self._size = size
        self._views: OrderedDict[ViewKey, ItemView] = OrderedDict()
        self._lock = Lock()

    def get(self, key: ViewKey, load: Callable[[], ItemView]) -> ItemView:
        """Return a view, loading it when it is not at hand; two may load the same at once."""
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        loaded = load()
        with self._lock:
            self._views[key] = loaded
            if len(self._views) > self._size:
                self._views.popitem(last=False)
        return loaded

    def __len__(self) -> int:
        """Return how many views are at hand."""
        return len(self._views)


def image_hashes(t: Transaction, item_id: str, version: int) -> list[str]:
    """Return the sha256 of each image of an item version, in its order, none twice."""
    query = (
        select(ItemImageRow.sha256)
        .where(ItemImageRow.item_id == item_id, ItemImageRow.version == version)
        .order_by(ItemImageRow.position)
    )
    return list(dict.fromkeys(t.scalars(query)))


def image_places(
    t: Transaction, keys: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], dict[int, str]]:
    """Return position -> sha256 of the images of each of these item versions."""
    found: dict[tuple[str, int], dict[int, str]] = {key: {} for key in keys}
    for start in range(0, len(keys), CHUNK // 2):
        some = list(keys[start : start + CHUNK // 2])
        query = select(
            ItemImageRow.item_id, ItemImageRow.version, ItemImageRow.position, ItemImageRow.sha256
        ).where(tuple_(ItemImageRow.item_id, ItemImageRow.version).in_(some))
        for item_id, version, position, sha256 in t.execute(query):
            found[item_id, version][position] = sha256
    return found


def view(t: Transaction, item: Item) -> ItemView:
    """Return an item together with what is known of its images."""
    hashes = [image.sha256 for image in item.content.images]
    return ItemView(item=item, images=images.records(t, hashes))


def _item(row: ItemVersionRow, track: Track) -> Item:
    return Item(
        item_id=row.item_id,
        version=row.version,
        case=CaseRecord.model_validate(row.body["case"]),
        track=track,
        content=ItemContent.model_validate(row.body["content"]),
        claims=row.body["claims"],
        rubric_version=row.body["rubric_version"],
        criteria=row.body["criteria"],
    )


def page_of(
    t: Transaction,
    *,
    track: Track | None = None,
    contains: str = "",
    after: str = "",
    size: int = 50,
) -> list[ItemSummary]:
    """Return up to `size` items after an id, in the order of their ids: counts, no bodies."""
    ids = select(ItemRow.item_id, ItemRow.case_id, ItemRow.track).where(ItemRow.item_id > after)
    if track is not None:
        ids = ids.where(ItemRow.track == track.value)
    if contains:
        ids = ids.where(ItemRow.item_id.contains(contains, autoescape=True))
    chosen = ids.order_by(ItemRow.item_id).limit(size).subquery()
    any_version = aliased(ItemVersionRow)
    newest = (
        select(func.max(any_version.version))
        .where(any_version.item_id == chosen.c.item_id)
        .scalar_subquery()
    )
    rows = t.execute(
        select(
            chosen.c.item_id,
            chosen.c.case_id,
            chosen.c.track,
            ItemVersionRow.version,
            ItemVersionRow.n_claims,
            ItemVersionRow.n_criteria,
            ItemVersionRow.n_images,
        )
        .join(
            ItemVersionRow,
            and_(ItemVersionRow.item_id == chosen.c.item_id, ItemVersionRow.version == newest),
        )
        .order_by(chosen.c.item_id)
    )
    return [
        ItemSummary(
            item_id=item_id,
            case_id=case_id,
            track=track_name,
            version=version,
            claims=claims,
            criteria=criteria,
            images=n_images,
        )
        for item_id, case_id, track_name, version, claims, criteria, n_images in rows
    ]


def candidates(
    t: Transaction, track: Track | None = None, item_ids: Sequence[str] | None = None
) -> list[Candidate]:
    """Return the newest versions of the items a round can draw from."""
    newest = _newest().subquery()
    rubrics = (
        select(
            RubricVersionRow.item_id.label("item_id"),
            func.max(RubricVersionRow.version).label("version"),
        )
        .group_by(RubricVersionRow.item_id)
        .subquery()
    )
    query = (
        select(ItemRow.item_id, newest.c.version, rubrics.c.version, ItemRow.case_id, ItemRow.track)
        .join(newest, newest.c.item_id == ItemRow.item_id)
        .join(rubrics, rubrics.c.item_id == ItemRow.item_id)
    )
    if track is not None:
        query = query.where(ItemRow.track == track.value)
    wanted = set(item_ids) if item_ids is not None else None
    return [
        Candidate(
            item_id=item_id,
            item_version=version,
            rubric_version=rubric_number,
            case_id=case_id,
            track=Track(name),
        )
        for item_id, version, rubric_number, case_id, name in t.execute(query)
        if wanted is None or item_id in wanted
    ]


def counts(t: Transaction) -> dict[str, int]:
    """Return the number of items of each track."""
    query = select(ItemRow.track, func.count().label("number")).group_by(ItemRow.track)
    return {row.track: row.number for row in t.execute(query)}


def versions_of(t: Transaction, item_id: str) -> list[tuple[int, str, datetime]]:
    """Return number, sha256 and time of each version of an item, newest first."""
    query = (
        select(ItemVersionRow.version, ItemVersionRow.sha256, ItemVersionRow.made_at)
        .where(ItemVersionRow.item_id == item_id)
        .order_by(ItemVersionRow.version.desc())
    )
    return [(version, sha256, at) for version, sha256, at in t.execute(query)]


def was_imported(t: Transaction, sha256: str, dataset: str) -> bool:
    """Return True when a file with this hash was imported into this dataset."""
    return t.get(ImportRow, (sha256, dataset)) is not None


def add_import(
    t: Transaction, sha256: str, dataset: str, name: str, format: str, counts: Any, at: datetime
) -> ImportRow:
    """Remember a file that was imported."""
    row = ImportRow(sha256=sha256, dataset=dataset, name=name, format=format, counts=counts, at=at)
    t.add(row)
    t.flush()
    return row


def imported_files(t: Transaction) -> list[dict[str, str]]:
    """Return name and sha256 of every file that was imported, in the order of these."""
    query = select(ImportRow.name, ImportRow.sha256).order_by(ImportRow.name, ImportRow.sha256)
    return [{"name": name, "sha256": sha256} for name, sha256 in t.execute(query)]


def datasets(t: Transaction) -> list[str]:
    """Return the names of all datasets that were imported."""
    return list(t.scalars(select(ImportRow.dataset).distinct().order_by(ImportRow.dataset)))


def visible_hashes(t: Transaction, item_ids: Sequence[str]) -> dict[str, str]:
    """Return item_id -> hash of what a model is shown in the newest version."""
    newest = _newest().where(ItemVersionRow.item_id.in_(item_ids)).subquery()
    rows = t.execute(
        select(ItemVersionRow.item_id, ItemVersionRow.visible_sha256).join(
            newest,
            and_(
                ItemVersionRow.item_id == newest.c.item_id,
                ItemVersionRow.version == newest.c.version,
            ),
        )
    )
    return {row.item_id: row.visible_sha256 for row in rows}


def ids_after(t: Transaction, after: str, size: int, track: Track | None = None) -> list[str]:
    """Return a page of item ids in their order."""
    query = select(ItemRow.item_id).where(ItemRow.item_id > after)
    if track is not None:
        query = query.where(ItemRow.track == track.value)
    return list(t.scalars(query.order_by(ItemRow.item_id).limit(size)))
