"""What a score sheet is filled from, read in pages without the texts of the items."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select

from db.database import Transaction
from db.models import (
    AliasRow,
    CaseRow,
    EventRow,
    GradeRow,
    HumanGradeRow,
    ItemRow,
    ItemVersionRow,
    LeakStandingRow,
    MatchRulingRow,
    ModelRow,
    OntologyEntityRow,
    RoundItemRow,
    RoundRow,
    RubricVersionRow,
)
from db.ontology import ITEM, ORPHA
from src.domain.item import Criterion
from src.domain.leak_status import LeakStatus
from src.domain.round import RoundKind, SkipReason

CHUNK = 500
MOST_LINKS = 5_000
OF_ONE_ITEM = frozenset(
    {
        "alias.added",
        "alias.withdrawn",
        "grade.given",
        "human_grade.given",
        "human_grade.imported",
        "match.accepted",
        "match.rejected",
        "match.withdrawn",
    }
)
"""Kinds of links that are about one item; a name can also be one of a code, of any items."""
_WHAT_THEY_ARE_ABOUT = {
    GradeRow.key: GradeRow.item_id,
    HumanGradeRow.grade_id: HumanGradeRow.item_id,
    AliasRow.alias_id: AliasRow.subject,
}
OF_WHOLE_SHEETS = frozenset(
    {
        "gold.frozen",
        "grading_slot.filled",
        "release.made",
        "round.closed",
        "round.item_taken_out",
        "round.opened",
        "round.reader_added",
        "round.reopened",
        "round_item.held_back",
        "round_item.put_back",
        "round_item.stopped",
        "round_item.taken_out",
        "round_person.added",
    }
)
_OF_A_RUN = "judge_run."
"""Kinds that move no item by itself: what of them scores rest on is read for each sheet anew."""


class AskedItem(NamedTuple):
    """The newest version of an item, as far as scores need it."""

    item_id: str
    case_id: str
    version: int
    visible_sha256: str
    orpha_code: str
    modality: str
    n_images: int
    source: str
    criteria: tuple[Criterion, ...]


def newest_event(t: Transaction, after: int, ignoring: Sequence[str]) -> int:
    """Return the number of the newest link behind a number whose kind is none of those; or 0."""
    query = select(func.max(EventRow.seq)).where(
        EventRow.seq > after, EventRow.kind.not_in(ignoring)
    )
    return t.scalar(query) or 0


def touched_items(
    t: Transaction, after: int, until: int, ignoring: Sequence[str]
) -> set[str] | None:
    """Return the items whose scores the links behind a number, up to another, can have moved.

    None where that may be any item, and where the links are too many to be worth the search.
    Links of those kinds are left out.
    """
    links = select(EventRow.kind, EventRow.object).where(
        EventRow.seq > after, EventRow.seq <= until, EventRow.kind.not_in(ignoring)
    )
    found = list(t.execute(links.limit(MOST_LINKS + 1)))
    if len(found) > MOST_LINKS:
        return None
    keys: dict[str, list[str]] = defaultdict(list)
    for kind, target in found:
        table, _, key = target.partition(":")
        if kind in OF_ONE_ITEM:
            keys[table].append(json.loads(key)[0])
        elif kind not in OF_WHOLE_SHEETS and not kind.startswith(_OF_A_RUN):
            return None
    touched = set(keys.pop(MatchRulingRow.__tablename__, ()))
    for column, about in _WHAT_THEY_ARE_ABOUT.items():
        wanted = keys[column.class_.__tablename__]
        for start in range(0, len(wanted), CHUNK):
            query = select(about).where(column.in_(wanted[start : start + CHUNK])).distinct()
            touched.update(t.scalars(query))
    if any(subject.startswith(ORPHA) for subject in touched):
        return None
    return {subject.removeprefix(ITEM) for subject in touched}


def asked_items(t: Transaction, item_ids: Sequence[str]) -> list[AskedItem]:
    """Return the newest version of each item with the rubric it was imported with, by id."""
    newest = (
        select(ItemVersionRow.item_id, func.max(ItemVersionRow.version).label("version"))
        .where(ItemVersionRow.item_id.in_(item_ids))
        .group_by(ItemVersionRow.item_id)
        .subquery()
    )
    same = and_(
        ItemVersionRow.item_id == newest.c.item_id, ItemVersionRow.version == newest.c.version
    )
    rubric = and_(
        RubricVersionRow.item_id == ItemVersionRow.item_id,
        RubricVersionRow.sha256 == ItemVersionRow.rubric_sha256,
    )
    rows = t.execute(
        select(
            ItemVersionRow.item_id,
            ItemRow.case_id,
            ItemVersionRow.version,
            ItemVersionRow.visible_sha256,
            ItemVersionRow.orpha_code,
            ItemVersionRow.modality,
            ItemVersionRow.n_images,
            CaseRow.source,
            RubricVersionRow.body,
        )
        .join(newest, same)
        .join(ItemRow, ItemRow.item_id == ItemVersionRow.item_id)
        .join(CaseRow, CaseRow.case_id == ItemRow.case_id)
        .outerjoin(RubricVersionRow, rubric)
        .order_by(ItemVersionRow.item_id)
    )
    found = {}
    for item_id, case_id, version, visible, orpha_code, modality, n_images, source, body in rows:
        found[item_id] = AskedItem(
            item_id=item_id,
            case_id=case_id,
            version=version,
            visible_sha256=visible,
            orpha_code=orpha_code,
            modality=modality,
            n_images=n_images,
            source=source,
            criteria=_criteria(body),
        )
    return list(found.values())


def _criteria(body: Any) -> tuple[Criterion, ...]:
    return tuple(Criterion.model_validate(criterion) for criterion in body or ())


def chances(t: Transaction, places: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return item -> the chance it had to be drawn into its round, for pairs of round and item."""
    rounds_of = {item_id: name for name, item_id in places}
    ids = list(rounds_of)
    found: dict[str, float] = {}
    for start in range(0, len(ids), CHUNK):
        query = select(
            RoundItemRow.round, RoundItemRow.item_id, RoundItemRow.inclusion_probability
        ).where(RoundItemRow.item_id.in_(ids[start : start + CHUNK]))
        rows = t.execute(query)
        found |= {item: chance for name, item, chance in rows if rounds_of[item] == name}
    return found


def leaking(t: Transaction) -> set[str]:
    """Return the items with a confirmed leak that is not resolved."""
    query = select(LeakStandingRow.item_id).where(
        LeakStandingRow.layer == "", LeakStandingRow.status == LeakStatus.CONFIRMED.value
    )
    return set(t.scalars(query))


def unreadable(t: Transaction) -> set[str]:
    """Return the items a reading round holds back because an image cannot be read."""
    query = (
        select(RoundItemRow.item_id)
        .join(RoundRow, RoundRow.name == RoundItemRow.round)
        .where(
            RoundItemRow.held_back == SkipReason.IMAGE_UNREADABLE.value,
            RoundRow.kind == RoundKind.READING.value,
        )
    )
    return set(t.scalars(query))


def families(t: Transaction) -> dict[str, tuple[str, bool]]:
    """Return model -> (family, medical)."""
    rows = t.execute(select(ModelRow.name, ModelRow.family, ModelRow.medical))
    return {name: (family, medical) for name, family, medical in rows}


def groups_of_codes(t: Transaction, codes: Sequence[str]) -> dict[str, str]:
    """Return ORPHA code -> the preferred term of its first parent in the ontology in force."""
    parents: dict[str, str] = {}
    for start in range(0, len(codes), CHUNK):
        query = select(OntologyEntityRow.orpha_code, OntologyEntityRow.parents).where(
            OntologyEntityRow.orpha_code.in_(codes[start : start + CHUNK])
        )
        parents |= {code: min(above) for code, above in t.execute(query) if above}
    terms: dict[str, str] = {}
    wanted = sorted(set(parents.values()))
    for start in range(0, len(wanted), CHUNK):
        named = select(OntologyEntityRow.orpha_code, OntologyEntityRow.term).where(
            OntologyEntityRow.orpha_code.in_(wanted[start : start + CHUNK])
        )
        terms |= {row.orpha_code: row.term for row in t.execute(named)}
    return {code: terms.get(parent, f"ORPHA:{parent}") for code, parent in parents.items()}


def price_of_a_grade(t: Transaction) -> float | None:
    """Return what a judge's grade has cost on average in USD; None where none has a cost."""
    query = select(func.avg(GradeRow.cost)).where(GradeRow.cost > 0)
    return t.scalar(query)
