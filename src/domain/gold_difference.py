"""What differs between two golds of an item: each unit and each part of the content, once."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from src.domain.canonical import JsonValue
from src.domain.gold import Gold, SettledUnit


class Side(BaseModel, frozen=True, extra="forbid"):
    """What one gold says of a unit or a part of the content."""

    value: JsonValue
    method: str = ""
    """How the unit was settled; empty for a part that is no unit."""
    votes: dict[str, int] = {}
    reason: str | None = None
    ambiguous: bool = False


class Change(BaseModel, frozen=True, extra="forbid"):
    """One thing that two golds say differently, or only one of them says."""

    what: str
    """The name of a unit, or status, round, item_version."""
    before: Side | None
    after: Side | None


def changes_between(before: Gold, after: Gold) -> list[Change]:
    """Return what differs, in the order of the screens; nothing for golds that say the same.

    Votes count as well: a value that more readers give now rests on something else. What
    describes a unit beside its value, method, votes and reason does not.
    """
    old, new = _sides(before), _sides(after)
    return [
        Change(what=name, before=old.get(name), after=new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _sides(gold: Gold) -> dict[str, Side]:
    facts = {"status": gold.status, "round": gold.round, "item_version": gold.item_version}
    found = {name: Side(value=value) for name, value in facts.items()}
    content = _content(gold)
    units = {unit.unit: unit for unit in gold.body.units}
    for name in dict.fromkeys([*units, *content]):
        found[name] = _side(units.get(name), content, name)
    return found


def _side(unit: SettledUnit | None, content: Mapping[str, JsonValue], name: str) -> Side:
    if unit is None:
        return Side(value=content[name])
    value = content.get(name, unit.value if unit.value is not None else unit.key)
    return Side(
        value=value,
        method=unit.method,
        votes=unit.votes,
        reason=unit.reason,
        ambiguous=unit.ambiguous,
    )


def _content(gold: Gold) -> dict[str, JsonValue]:
    """Return the content of gold under the names of the units that settle it."""
    body = gold.body
    found: dict[str, JsonValue] = {
        "field:question": body.question,
        "field:answer": body.answer,
        "field:aliases": list(body.aliases),
        "field:orpha_code": body.orpha_code,
        "field:image_order": list(body.image_order),
    }
    found |= {f"field:caption:{position}": text for position, text in body.captions.items()}
    for claim in body.claims:
        found[f"claim:{claim.claim_id}"] = claim.verdict
        found[f"field:claim_text:{claim.claim_id}"] = claim.text
        found[f"field:evidence:{claim.claim_id}"] = [
            link.model_dump(mode="json") for link in claim.evidence
        ]
    for criterion in body.criteria:
        found[f"criterion:{criterion.criterion_id}"] = criterion.model_dump(mode="json")
    return found
