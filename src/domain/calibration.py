"""Practice: what a reader said of an item beside what gold says of it, unit by unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel

from src.domain.canonical import JsonValue
from src.domain.derivation import SAME_THING, similarity
from src.domain.gold import SettledUnit
from src.domain.item import Item
from src.domain.review import Review
from src.domain.units import ABSENT, AS_IMPORTED, units_of

REMOVED = "removed"


class Said(BaseModel, frozen=True, extra="forbid"):
    """What one side says of a unit; nobody's votes, reasons or names are in it."""

    key: str
    value: JsonValue


class ComparedUnit(BaseModel, frozen=True, extra="forbid"):
    """One unit as the reader and as gold have it."""

    unit: str
    own: Said
    gold: Said
    same: bool


class Feedback(BaseModel, frozen=True, extra="forbid"):
    """What came of one practice item: every unit either side spoke about."""

    item_id: str
    units: tuple[ComparedUnit, ...]

    @property
    def agreed(self) -> int:
        """On how many units the reader says what gold says."""
        return sum(unit.same for unit in self.units)

    @property
    def share(self) -> float | None:
        """The share of units agreed on, from 0 to 1; None when there is no unit."""
        return self.agreed / len(self.units) if self.units else None


class CalibrationResult(BaseModel, frozen=True, extra="forbid"):
    """How one person does in a calibration round so far."""

    person: str
    items_read: int
    items: int
    agreed: int
    units: int
    pass_mark: float | None = None

    @property
    def share(self) -> float | None:
        """The share of units agreed on with gold; None before anything is read."""
        return self.agreed / self.units if self.units else None

    @property
    def finished(self) -> bool:
        """True once every practice item is read."""
        return self.items_read >= self.items

    @property
    def passed(self) -> bool | None:
        """Tell whether the pass mark is reached; None without one, or before all is read."""
        if self.pass_mark is None or self.share is None or not self.finished:
            return None
        return self.share >= self.pass_mark


def compare(item: Item, review: Review, gold: Sequence[SettledUnit]) -> Feedback:
    """Set a reading beside the gold of the same item version and rubric version.

    A check only one side answered is left out. A field nobody proposes to change, a leak
    nobody flags and an addition nobody makes are no units; what one side adds and the other
    does not is one. Additions meet as they do between readers: at least 80 % similar.
    """
    settled = {unit.unit: Said(key=unit.key, value=unit.value) for unit in gold}
    own = {
        unit.name: Said(key=unit.readings[0].key, value=unit.readings[0].value)
        for unit in units_of(item, [review])
    }
    own = dict(_met(own, settled))
    names = [*own, *(name for name in settled if name not in own)]
    return Feedback(
        item_id=item.item_id,
        units=tuple(
            compared
            for name in names
            if (compared := _compared(item, name, own.get(name), settled.get(name))) is not None
        ),
    )


def _met(own: Mapping[str, Said], gold: Mapping[str, Said]) -> Iterator[tuple[str, Said]]:
    """Give each addition the name of gold's addition of the same thing, if there is one."""
    taken: set[str] = set()
    for name, said in own.items():
        prefix = _addition_prefix(name)
        text = _text(said)
        alike = [
            (similarity(text, _text(other)), other_name)
            for other_name, other in gold.items()
            if prefix and other_name.startswith(prefix) and other_name not in taken
        ]
        best = max(alike, default=(0.0, name))
        met = best[1] if best[0] >= SAME_THING else name
        taken.add(met)
        yield met, said


def _addition_prefix(name: str) -> str:
    kind, _, rest = name.partition(":")
    return f"{kind}:+" if rest.startswith("+") else ""


def _text(said: Said) -> str:
    return str(said.value.get("text", "")) if isinstance(said.value, dict) else ""


def _compared(item: Item, name: str, own: Said | None, gold: Said | None) -> ComparedUnit | None:
    """Return a unit with both sides, or None when there is nothing to compare."""
    kind = name.partition(":")[0]
    silent = _silence(item, name)
    mine, theirs = _meaning(item, name, own), _meaning(item, name, gold)
    if kind == "check" and (mine is None or theirs is None):
        return None
    if mine is None and theirs is None:
        return None
    return ComparedUnit(
        unit=name,
        own=own or silent,
        gold=gold if gold is not None and theirs is not None else silent,
        same=mine == theirs,
    )


def _silence(item: Item, name: str) -> Said:
    """Return what it means not to speak about a unit."""
    kind, _, rest = name.partition(":")
    if kind == "field" and rest != "recommendation":
        return Said(key=AS_IMPORTED, value=_imported(item, rest))
    return Said(key=ABSENT, value=None)


def _meaning(item: Item, name: str, said: Said | None) -> JsonValue:
    """Return what two sides must have in common to agree; None where nothing is said.

    Keys alone will not do: what an adjudicator wrote anew has another key than the same thing
    written by a reader.
    """
    if said is None:
        return None
    kind, _, rest = name.partition(":")
    if rest.startswith("+"):
        return _addition(kind, said)
    if kind == "flag":
        return None if said.key in (ABSENT, REMOVED) else "flagged"
    if kind == "criterion":
        return _criterion(item, rest, said)
    if kind == "field" and rest != "recommendation":
        return _field(item, rest, said)
    if kind == "check" and said.key == REMOVED:
        return None
    return said.key


def _addition(kind: str, said: Said) -> JsonValue:
    """Return what is added beside its text, in which additions need only be alike."""
    if said.key in (ABSENT, REMOVED) or not isinstance(said.value, dict):
        return None
    beside = {name: value for name, value in said.value.items() if name != "text"}
    return {"kind of unit": kind, **beside}


def _criterion(item: Item, criterion_id: str, said: Said) -> JsonValue:
    """Return what is done to a criterion, without the changes that change nothing."""
    if said.key == REMOVED:
        return {"action": "delete"}
    value = said.value if isinstance(said.value, dict) else {}
    known = next((c for c in item.criteria if c.criterion_id == criterion_id), None)
    changes = {
        name: new
        for name, new in value.items()
        if name != "action" and new is not None and new != getattr(known, name, None)
    }
    action = value.get("action", "keep")
    return {"action": "keep"} if action == "edit" and not changes else {"action": action, **changes}


def _field(item: Item, name: str, said: Said) -> JsonValue:
    """Return the value proposed; None where the field stays as it was imported."""
    if said.key in (AS_IMPORTED, REMOVED) or said.value == _imported(item, name):
        return None
    return said.value


def _imported(item: Item, name: str) -> JsonValue:
    content = item.content
    if name in ("answer", "question", "orpha_code"):
        return str(getattr(content, name))
    kind, _, place = name.partition(":")
    if kind == "claim_text":
        return next((c.text for c in item.claims if c.claim_id == place), None)
    if kind == "caption":
        return next((i.caption for i in content.images if str(i.position) == place), None)
    return None
