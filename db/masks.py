"""Masks and what they made of items. Rows are added, the newest revision of a mask holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from db import ontology
from db.database import Transaction
from db.models import MaskRow
from src.domain.item import Item
from src.domain.masking import Mask, MaskHistory, MaskState
from src.domain.ontology import bare_code

ITEM, ORPHA = "item:", "orpha:"


def add(t: Transaction, mask: Mask) -> MaskRow:
    """Store one state of a mask and return its row."""
    row = MaskRow(
        mask_id=mask.mask_id,
        revision=mask.revision,
        item_id=mask.item_id,
        item_version=mask.item_version,
        made_version=mask.made_version,
        unit=mask.unit,
        state=mask.state.value,
        reason=mask.reason,
        body={"spot": mask.spot.model_dump(mode="json"), "by_lead": mask.by_lead},
        person=mask.person,
        at=mask.at,
    )
    t.add(row)
    t.flush()
    return row


def history(t: Transaction, item_id: str) -> MaskHistory:
    """Return every row of an item's masks, oldest first."""
    return histories(t, [item_id])[item_id]


def histories(t: Transaction, item_ids: Sequence[str]) -> dict[str, MaskHistory]:
    """Return item_id -> every row of its masks, oldest first; empty where there are none."""
    query = (
        select(MaskRow)
        .where(MaskRow.item_id.in_(item_ids))
        .order_by(MaskRow.at, MaskRow.mask_id, MaskRow.revision)
    )
    found: dict[str, list[Mask]] = defaultdict(list)
    for row in t.scalars(query):
        found[row.item_id].append(_mask(row))
    return {item_id: MaskHistory(rows=tuple(found[item_id])) for item_id in item_ids}


def item_of(t: Transaction, mask_id: str) -> str | None:
    """Return the item a mask lies on, or None when there is no such mask."""
    return t.scalar(select(MaskRow.item_id).where(MaskRow.mask_id == mask_id).limit(1))


def bases(t: Transaction, versions: Mapping[str, int]) -> dict[str, int]:
    """Return item_id -> the unmasked version that a version of it was made from."""
    query = select(MaskRow.item_id, MaskRow.item_version, MaskRow.made_version).where(
        MaskRow.item_id.in_(list(versions)), MaskRow.made_version.is_not(None)
    )
    made = {item_id: base for item_id, base, new in t.execute(query) if versions[item_id] == new}
    return {**versions, **made}


def names_of(t: Transaction, item: Item) -> tuple[str, ...]:
    """Return every name an item's answer is known by: its own, added ones, the ontology's."""
    code = bare_code(item.content.orpha_code) if item.content.orpha_code else ""
    entity = ontology.entity(t, code) if code else None
    subjects = [f"{ITEM}{item.item_id}", *([f"{ORPHA}{code}"] if code else [])]
    added = [alias.text for subject in subjects for alias in ontology.aliases_of(t, subject)]
    known = [entity.term, *entity.synonyms] if entity is not None else []
    names = [item.content.answer, *item.content.aliases, *added, *known]
    return tuple(dict.fromkeys(name for name in names if name.strip()))


def _mask(row: MaskRow) -> Mask:
    return Mask(
        mask_id=row.mask_id,
        revision=row.revision,
        item_id=row.item_id,
        item_version=row.item_version,
        made_version=row.made_version,
        unit=row.unit,
        state=MaskState(row.state),
        reason=row.reason,
        spot=row.body["spot"],
        by_lead=row.body["by_lead"],
        person=row.person,
        at=row.at,
    )
