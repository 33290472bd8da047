"""Where an item stands with its leaks: clean, suspected, confirmed or resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from src.domain.errors import Problem
from src.domain.evidence import ImageBox
from src.domain.leakage import Hit, HitDismissal, Layer, LeakageFlag, LeakKind
from src.domain.review import ReviewBody

UnitState = Literal["confirmed", "disputed", "masked", "ruled_out"]
FLAGGED = "flagged"
NAME_FIELDS = ("item_id", "case_id", "file_name", "metadata")


class LeakStatus(StrEnum):
    """What is known of an item's leaks, the worst first."""

    CONFIRMED = "confirmed"
    """Its readers agree, or it is ruled, that it leaks; it stays out of gold."""
    SUSPECTED = "suspected"
    """A hit nobody has answered, or a flag on which the readers differ."""
    RESOLVED = "resolved"
    """It was masked, or ruled not to be a leak."""
    CLEAN = "clean"
    """Nothing was found, or all that was found is dismissed."""


WORST_FIRST = tuple(LeakStatus)


class Said(StrEnum):
    """What the readers of an item make of a hit."""

    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    """Some flagged it, and it is not settled yet."""
    DISMISSED = "dismissed"
    """Dismissed and flagged by nobody, or ruled not to be a leak."""
    NOTHING = "nothing"


class SpokenHit(BaseModel, frozen=True, extra="forbid"):
    """A hit, and what the readers say of it."""

    hit: Hit
    said: Said


class LeakUnit(BaseModel, frozen=True, extra="forbid"):
    """One spot that readers flagged, as a count of readers, and where it stands."""

    unit: str
    layer: Layer
    state: UnitState
    flagged: int
    readers: int
    found: bool = False
    """True where a hit of the scan lies on it."""


class LeakStanding(BaseModel, frozen=True, extra="forbid"):
    """All that is known of one item's leaks."""

    status: LeakStatus
    layers: dict[Layer, LeakStatus]
    """Of the layers in which there is, or was, something; in the others there is nothing."""
    hits: tuple[SpokenHit, ...] = ()
    units: tuple[LeakUnit, ...] = ()


def layer_of(unit: str) -> Layer:
    """Return the layer a flag's unit lies in: flag:KIND:PLACE."""
    _, kind, place = unit.split(":", 2)
    if place.startswith(NAME_FIELDS):
        return Layer.NAMES
    if not place.startswith("image:"):
        return Layer.TEXT
    return Layer.NAMES if kind == LeakKind.ANSWER_IN_FILE_NAME else Layer.IMAGE_TEXT


def speaks_of(flag: LeakageFlag, hit: Hit) -> bool:
    """Tell whether a flag confirms a hit: it names it, or lies over it.

    A flag without a span or a box means the whole field, or the whole image.
    """
    if flag.hit_id == hit.hit_id:
        return True
    if layer_of(flag.unit) is not hit.layer:
        return False
    place = flag.place
    if place.field is not None:
        same = place.field == hit.field
        return same and (place.span is None or _meets(place.span.start, place.span.end, hit))
    if place.image != hit.image:
        return False
    return place.box is None or hit.box is None or _overlap(place.box, hit.box)


def _meets(start: int, end: int, hit: Hit) -> bool:
    return hit.start is None or hit.end is None or (start < hit.end and hit.start < end)


def _overlap(one: ImageBox, other: ImageBox) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    above = one.y + one.height <= other.y or other.y + other.height <= one.y
    return not (beside or above)


def own_word(hit: Hit, body: ReviewBody) -> HitDismissal | LeakageFlag | None:
    """Return what one reading says of a hit, or None while nothing does.

    Its dismissal first, then the flag that names it, then one that lies over it.
    """
    said = next((one for one in body.dismissed if one.hit_id == hit.hit_id), None)
    if said is not None:
        return said
    flags = [flag for flag in body.flags if speaks_of(flag, hit)]
    return min(flags, key=lambda flag: flag.hit_id != hit.hit_id, default=None)


def undecided_hits(hits: Iterable[Hit], body: ReviewBody) -> list[Problem]:
    """Return one doubt about the hits of high rank of which a reading says nothing, if any."""
    left = sum(not hit.low and own_word(hit, body) is None for hit in hits)
    if not left:
        return []
    words = "1 place that the scan found is" if left == 1 else f"{left} places the scan found are"
    return [Problem(column="hits", rule="undecided_hits", message=f"{words} not decided.")]


def said_of(hit: Hit, readings: Sequence[ReviewBody], states: Mapping[str, UnitState]) -> Said:
    """Return what readings that are in make of a hit; `states` holds the flags' units.

    A reader who dismissed the hit itself does not confirm it by a flag on all of its field.
    """
    dismissed = 0
    units = set()
    for reading in readings:
        if any(said.hit_id == hit.hit_id for said in reading.dismissed):
            dismissed += 1
            continue
        units |= {flag.unit for flag in reading.flags if speaks_of(flag, hit)}
    found = {states[unit] for unit in units if unit in states}
    if found & {"confirmed", "masked"}:
        return Said.CONFIRMED
    if "disputed" in found:
        return Said.DISPUTED
    return Said.DISMISSED if dismissed or found else Said.NOTHING


HitKey = tuple[Layer, str | None, int | None, str, str, str, int]
"""Where in an item a hit lies, whichever version it is of: layer, field, image, rule, name, words,
and which of those that are alike in all this."""


def hit_keys(hits: Iterable[Hit]) -> list[HitKey]:
    """Return for each hit of one item version what names it in the other versions too.

    What is changed before it in its field moves it, and it stays the same hit.
    """
    seen: Counter[tuple[Layer, str | None, int | None, str, str, str]] = Counter()
    keys: list[HitKey] = []
    for hit in hits:
        alike = (hit.layer, hit.field, hit.image, hit.rule, hit.alias, hit.quote)
        keys.append((*alike, seen[alike]))
        seen[alike] += 1
    return keys


def said_in_all(words: Iterable[Said]) -> Said:
    """Return what several rounds make of one hit, the newest round's word first.

    What one of them confirmed is confirmed; else the newest that said anything counts.
    """
    spoken = [said for said in words if said is not Said.NOTHING]
    if Said.CONFIRMED in spoken:
        return Said.CONFIRMED
    return spoken[0] if spoken else Said.NOTHING


def standing_of(
    hits: Iterable[Hit],
    readings: Sequence[ReviewBody],
    units: Iterable[LeakUnit],
    *,
    masked: Iterable[Layer] = (),
) -> LeakStanding:
    """Return where an item stands.

    `hits` are those of its newest version, `readings` those that speak about the same version;
    `units` are the flags of the newest round that is fully read; `masked` holds the layers in
    which masks are applied.
    """
    units = tuple(units)
    states = {unit.unit: unit.state for unit in units}
    spoken = tuple(SpokenHit(hit=hit, said=said_of(hit, readings, states)) for hit in hits)
    found: dict[Layer, set[LeakStatus]] = {}
    for unit in units:
        found.setdefault(unit.layer, set()).add(_STATUS_OF[unit.state])
    for one in spoken:
        if not one.hit.low and one.said in (Said.NOTHING, Said.DISPUTED):
            found.setdefault(one.hit.layer, set()).add(LeakStatus.SUSPECTED)
    for layer in masked:
        found.setdefault(layer, set()).add(LeakStatus.RESOLVED)
    layers = {layer: worst(found[layer]) for layer in Layer if layer in found}
    return LeakStanding(status=worst(layers.values()), layers=layers, hits=spoken, units=units)


_STATUS_OF: Mapping[UnitState, LeakStatus] = {
    "confirmed": LeakStatus.CONFIRMED,
    "disputed": LeakStatus.SUSPECTED,
    "masked": LeakStatus.RESOLVED,
    "ruled_out": LeakStatus.RESOLVED,
}


def worst(found: Iterable[LeakStatus]) -> LeakStatus:
    """Return the worst of several; clean when there are none."""
    return min(found, key=WORST_FIRST.index, default=LeakStatus.CLEAN)
