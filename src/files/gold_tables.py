"""A release as plain tables: which columns there are, and the rows of one item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from src.domain.canonical import canonical_json
from src.domain.evidence import EvidenceLink
from src.domain.gold import GoldClaim, SettledUnit
from src.domain.review import Check
from src.files.outgoing import OutgoingImage, OutgoingItem
from src.files.xlsx import Cell

CHECKS = tuple(check.value for check in Check)
TABLES: Mapping[str, tuple[str, ...]] = {
    "items": (
        "item_id", "dataset", "track", "index", "version", "rubric_version", "round", "status",
        "method", "readers", "question", "context", "answer", "aliases", "orpha_code", "category",
        "modality", "relation_type", "findings", "recommendation", *CHECKS, "flags", "images",
        "case_id", "pmcid", "doi", "licence", "retracted", "source", "extra",
    ),
    "claims": ("item_id", "claim_id", "text", "kind", "verdict", "evidence", "refused"),
    "evidence": (
        "item_id", "claim_id", "role", "type", "image", "sha256", "x", "y", "width", "height",
        "label", "field", "start", "end", "quote",
    ),
    "criteria": (
        "item_id", "place", "criterion_id", "key", "text", "kind", "maximum", "points", "required",
        "active",
    ),
    "units": ("item_id", "unit", "said", "value", "method", "votes", "reason", "more"),
    "images": (
        "item_id", "position", "imported_position", "sha256", "slot_name", "caption", "name",
        "width", "height", "media_type", "licence", "not_to_be_passed_on",
    ),
}  # fmt: skip
"""The columns of each table. What an item has several of is a table of its own; lists and objects
inside a cell are JSON."""
OWN_UNIT_FIELDS = frozenset({"unit", "key", "value", "method", "votes", "reason"})


def rows_of(one: OutgoingItem) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Yield an item's rows with the table each belongs to; what is not known is an empty text."""
    yield "items", _item(one)
    for claim in one.gold.body.claims:
        yield "claims", _claim(one, claim)
        yield from (("evidence", row) for row in _evidence(one, claim))
    for place, criterion in enumerate(one.gold.body.criteria, start=1):
        row = criterion.model_dump(mode="json")
        said = {"required": _yes(criterion.required), "active": _yes(criterion.active)}
        yield "criteria", {"item_id": one.item.item_id, "place": place, **row, **said}
    for unit in one.gold.body.units:
        yield "units", _unit(one, unit)
    for image in one.images:
        yield "images", _image(one, image)


def _item(one: OutgoingItem) -> dict[str, Cell]:
    gold, content, case = one.gold, one.item.content, one.item.case
    return {
        "item_id": one.item.item_id,
        "dataset": one.dataset,
        "track": one.track.value,
        "index": one.index,
        "version": gold.item_version,
        "rubric_version": gold.rubric_version,
        "round": gold.round,
        "status": gold.status,
        "method": gold.method,
        "readers": gold.readers,
        "question": gold.body.question,
        "context": content.context,
        "answer": gold.body.answer,
        "aliases": _list(gold.body.aliases),
        "orpha_code": gold.body.orpha_code,
        "category": content.category,
        "modality": content.modality,
        "relation_type": content.relation_type,
        "findings": _list([finding.model_dump(mode="json") for finding in content.findings]),
        "recommendation": gold.body.recommendation or "",
        **{name: gold.body.checks.get(name, "") for name in CHECKS},
        "flags": _list(gold.body.flags),
        "images": len(one.images),
        "case_id": case.case_id,
        "pmcid": case.pmcid or "",
        "doi": case.doi or "",
        "licence": case.licence or "",
        "retracted": _yes(case.retracted),
        "source": case.source,
        "extra": canonical_json(content.extra) if content.extra else "",
    }


def _claim(one: OutgoingItem, claim: GoldClaim) -> dict[str, Cell]:
    return {
        "item_id": one.item.item_id,
        "claim_id": claim.claim_id,
        "text": claim.text,
        "kind": claim.kind,
        "verdict": claim.verdict or "",
        "evidence": len(claim.evidence),
        "refused": len(claim.refused),
    }


def _evidence(one: OutgoingItem, claim: GoldClaim) -> Iterator[dict[str, Cell]]:
    links = [("evidence", link) for link in claim.evidence]
    links += [("refused", link) for link in claim.refused]
    for role, link in links:
        yield {
            "item_id": one.item.item_id,
            "claim_id": claim.claim_id,
            "role": role,
            **_link(one, link),
        }


def _link(one: OutgoingItem, link: EvidenceLink) -> dict[str, Cell]:
    columns = TABLES["evidence"][3:]
    row: dict[str, Any] = {key: v for key, v in link.model_dump().items() if key in columns}
    image = one.image_of(str(row["sha256"])) if "sha256" in row else None
    place: dict[str, Cell] = {"image": image.position} if image is not None else {}
    return dict.fromkeys(columns, "") | row | place


def _unit(one: OutgoingItem, unit: SettledUnit) -> dict[str, Cell]:
    body = unit.model_dump(mode="json")
    more = {name: value for name, value in body.items() if name not in OWN_UNIT_FIELDS}
    return {
        "item_id": one.item.item_id,
        "unit": unit.unit,
        "said": unit.key,
        "value": canonical_json(body["value"]),
        "method": unit.method,
        "votes": canonical_json(body["votes"]),
        "reason": unit.reason or "",
        "more": canonical_json(more) if more else "",
    }


def _image(one: OutgoingItem, image: OutgoingImage) -> dict[str, Cell]:
    record = image.record
    return {
        "item_id": one.item.item_id,
        "position": image.position,
        "imported_position": image.imported_position,
        "sha256": record.sha256,
        "slot_name": image.slot_name,
        "caption": image.caption,
        "name": image.name,
        "width": record.width,
        "height": record.height,
        "media_type": record.media_type,
        "licence": one.item.case.licence or "",
        "not_to_be_passed_on": image.left_out,
    }


def _list(values: object) -> str:
    found = list(values) if isinstance(values, list | tuple) else []
    return canonical_json(found) if found else ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"
