"""The readings of a unit as cards: what each unnamed reader says, changes and rests it on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from src.domain.adjudication import BlindReading, Dispute
from src.domain.canonical import JsonValue
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan
from src.domain.item import ItemView
from src.services.adjudicating import Case, ReaderEvidence, evidence_of
from src.ui import wording
from src.ui.case_side import evidence_words
from src.ui.differences import Part, differences
from src.ui.reading_room.palette import reader_colour
from src.ui.reading_room.readings import ShownEvidence, ShownReading

QUOTED = 90
"""Characters of a quotation that stand on a card; pressing it leads to all of it."""


def shown_readings(case: Case, dispute: Dispute) -> tuple[ShownReading, ...]:
    """Return the readings of a unit as cards, in the order of the letters."""
    return tuple(shown_reading(case, dispute, reading) for reading in dispute.readings)


def shown_reading(case: Case, dispute: Dispute, reading: BlindReading) -> ShownReading:
    """Return a reading as its card shows it."""
    unit = dispute.unit
    about = (reading.reader, evidence_of(unit))
    own = [e for e in case.evidence if (e.reader, e.unit) == about]
    refused = [e for e in case.refused if (e.reader, e.unit) == about]
    note = "\n\n".join(note for who, of, note in case.notes if (who, of) == (reading.reader, unit))
    card = bare_reading(case.view, unit, reading)
    since = [r for r in case.revised.get(unit, ()) if r.reader == reading.reader]
    facts = (*card.facts, *(_since(unit, later) for later in since))
    return card.model_copy(
        update={"facts": facts, "evidence": tuple(_pieces(case.view, own, refused)), "note": note}
    )


def _since(unit: str, later: BlindReading) -> str:
    """Return what a reader says since they were asked; it counts in no statistic."""
    words = wording.said(unit, later.key, later.value)
    text = wording.value_text(unit, later.value)
    return f"After the discussion: {words}" + (f": {text}" if text else "")


def bare_reading(view: ItemView, unit: str, reading: BlindReading) -> ShownReading:
    """Return a reading as a card without what it rests on: its words and what they change."""
    item = view.item
    sign, tint = _sign(unit, reading)
    return ShownReading(
        reader=reading.reader,
        colour=reader_colour(reading.reader),
        words=wording.said(unit, reading.key, reading.value),
        sign=sign,
        tint=tint,
        parts=changed_words(wording.unit_text(unit, item), unit, reading.value),
        facts=tuple(_facts(view, unit, reading.value)),
    )


def changed_words(old: str, unit: str, value: JsonValue) -> tuple[Part, ...]:
    """Return what a value does to a text, word by word; nothing where it leaves it as it is."""
    new = wording.value_text(unit, value)
    return () if new is None or new == old else differences(old, new)


def _sign(unit: str, reading: BlindReading) -> tuple[str, str]:
    verdict = reading.key if unit.startswith("claim:") else ""
    if unit.startswith("claim:+") and isinstance(reading.value, dict):
        verdict = str(reading.value.get("verdict") or "")
    sign = "⚑" if reading.key == "flagged" else wording.SIGNS.get(verdict, "")
    return sign, wording.COLOURS.get(verdict or reading.key, "#8C8C8C")


def _facts(view: ItemView, unit: str, value: JsonValue) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    if unit.startswith("criterion:"):
        yield from _criterion_facts(view, unit, value)
    if unit.startswith("claim:+") and value.get("verdict"):
        yield wording.VERDICTS.get(str(value["verdict"]), str(value["verdict"]))
    if unit.startswith("flag:"):
        yield f"Severity: {value.get('severity')}"


def _criterion_facts(view: ItemView, unit: str, value: dict[str, JsonValue]) -> Iterator[str]:
    """Yield what a reading makes of points, requirement and scale, with what they were."""
    before = view.item.criterion(unit.partition(":")[2])
    if value.get("points") is not None:
        old = wording.points(before.points) if before is not None else ""
        yield _from_to(old, wording.points(value["points"]))
    if value.get("required") is not None:
        old = wording.requirement(before.required) if before is not None else ""
        yield _from_to(old, wording.requirement(bool(value["required"])))
    if value.get("kind") is not None or value.get("maximum") is not None:
        old = wording.scale(before.kind, before.maximum) if before is not None else ""
        kind = str(value.get("kind") or "ordinal")
        yield _from_to(old, wording.scale(kind, value.get("maximum")))


def _from_to(old: str, new: str) -> str:
    return f"{old} → {new}" if old and old != new else new


def _pieces(
    view: ItemView, given: Sequence[ReaderEvidence], refused: Sequence[ReaderEvidence]
) -> Iterator[ShownEvidence]:
    """Yield each piece of evidence once; what was refused of the benchmark's links comes last."""
    for link in dict.fromkeys(evidence.link for evidence in given):
        yield ShownEvidence(words=piece_words(link, view), leads=leads_to(link))
    for link in dict.fromkeys(evidence.link for evidence in refused):
        words = f"Not this, though the benchmark names it: {piece_words(link, view)}"
        yield ShownEvidence(words=words, leads=leads_to(link), refused=True)


def piece_words(link: EvidenceLink, view: ItemView) -> str:
    """Return a piece of evidence in words; a long quotation is cut."""
    words = evidence_words(link, view)
    return words if len(words) <= QUOTED else f"{words[:QUOTED]}…”"


def leads_to(link: EvidenceLink) -> dict[str, JsonValue]:
    """Return what is announced in the browser so that images or text show a piece of evidence."""
    if isinstance(link, TextSpan):
        return {"type": "scroll", "field": link.field, "start": link.start, "end": link.end}
    if isinstance(link, ImageBox):
        box = link.model_dump(include={"x", "y", "width", "height"})
        return {"type": "show", "sha256": link.sha256, "box": box}
    return {"type": "show", "sha256": link.sha256}
