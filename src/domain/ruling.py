"""A ruling in the making: what an adjudicator has chosen and written of one unit so far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from src.domain.adjudication import MERGE, NEW, BlindReading, Dispute
from src.domain.canonical import JsonValue, canonical_json, text_sha256
from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink
from src.domain.item import Item
from src.domain.leakage import LeakageFlag, joined
from src.domain.reasons import Reason
from src.domain.review import MAX_TEXT, CheckAnswer, Confidence, Recommendation, Verdict
from src.domain.routing import EVIDENCE, links_value
from src.domain.units import ABSENT, AS_IMPORTED, REMOVED

InputKind = Literal["one", "text", "line", "lines"]
BINARY, ORDINAL = "binary", "ordinal"
REQUIRED, OPTIONAL = "required", "optional"
LISTS = {"field:aliases", "field:image_order"}
MOST_FIELDS = 200
MOST_MARKS = 100


class RulingDraft(BaseModel, frozen=True, extra="forbid"):
    """What is chosen and written of a ruling that is not made yet; anything may be missing."""

    chosen: str = Field(default="", max_length=40)
    """A reader's letter, 'new', 'merge', 'remove', or nothing yet."""
    fields: dict[str, str] = Field(default_factory=dict, max_length=MOST_FIELDS)
    """What is written of a value of one's own: name of the input -> text."""
    evidence: tuple[str, ...] | None = None
    """Names of the pieces of evidence that are ticked; None leaves the ticks as they start."""
    own: dict[str, EvidenceLink] = Field(default_factory=dict, max_length=MOST_MARKS)
    """What the adjudicator marked as evidence: a name the browser gave it -> the piece."""
    reason: Reason | None = None
    confidence: Confidence | None = None
    rationale: str = Field(default="", max_length=MAX_TEXT)
    question: str = Field(default="", max_length=MAX_TEXT)
    """What is to be asked of the readers."""
    note: str = Field(default="", max_length=MAX_TEXT)
    """What is to go along when the unit is handed on."""
    to_person: str = Field(default="", max_length=200)
    """Whom it is to be handed on to."""
    input_digest: str = ""
    """Of the readings that were on the screen when it was last touched."""
    saved_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """True when nothing was chosen or written."""
        said = self.model_dump(exclude={"input_digest", "saved_at"})
        return said == RulingDraft().model_dump(exclude={"input_digest", "saved_at"})


class Input(BaseModel, frozen=True, extra="forbid"):
    """One input of a value of one's own."""

    name: str
    kind: InputKind
    options: tuple[str, ...] = ()
    start: str = ""
    """What stands there before anybody wrote."""


def can_be_written(unit: str) -> bool:
    """Return True when a unit can be settled with a value of the adjudicator's own."""
    return not unit.startswith("flag:")


def rests_on_evidence(unit: str) -> bool:
    """Return True for what is settled with evidence: a claim of the item, or its evidence alone."""
    is_known_claim = unit.startswith("claim:") and not unit.startswith("claim:+")
    return is_known_claim or unit.startswith(EVIDENCE)


def can_be_merged(dispute: Dispute, evidence_givers: int) -> bool:
    """Return True when two readings or more bring something that can be put together.

    `evidence_givers` is the number of readers who gave evidence for a claim.
    """
    kind, _, name = dispute.unit.partition(":")
    if rests_on_evidence(dispute.unit):
        return evidence_givers > 1
    if kind == "check" or name == "recommendation" or name == "image_order":
        return False
    return len({canonical_json(r.value) for r in _proposals(dispute)}) > 1


def _proposals(dispute: Dispute | None) -> list[BlindReading]:
    """Return the readings that bring something of their own."""
    readings = dispute.readings if dispute is not None else ()
    nothing = {ABSENT, AS_IMPORTED, REMOVED, canonical_json({"action": "keep"})}
    return [r for r in readings if r.key not in nothing and _action(r.value) != "delete"]


def _action(value: JsonValue) -> str:
    return str(value.get("action", "")) if isinstance(value, dict) else ""


def inputs_of(item: Item, dispute: Dispute, choice: str) -> tuple[Input, ...]:
    """Return the inputs of a value that is written ('new') or put together ('merge').

    A new value starts from the first text a reader proposes, for most new texts are one of
    them, mended; a merged one from the first reader who says something of each input.
    """
    kind, _, name = dispute.unit.partition(":")
    if kind == "flag" or dispute.unit.startswith(EVIDENCE):
        return ()
    if kind == "check":
        return (Input(name="value", kind="one", options=tuple(CheckAnswer)),)
    if name == "recommendation":
        return (Input(name="value", kind="one", options=tuple(Recommendation)),)
    if kind == "claim" and not name.startswith("+"):
        return (Input(name="value", kind="one", options=tuple(Verdict)),)
    if kind == "claim":
        verdict = Input(name="verdict", kind="one", options=tuple(Verdict))
        return (Input(name="text", kind="text", start=_first(dispute, "text")), verdict)
    if kind == "criterion":
        return _criterion_inputs(item, dispute, choice)
    if dispute.unit in LISTS:
        return (Input(name="value", kind="lines", start=_lines(dispute, choice)),)
    code = name == "orpha_code"
    return (Input(name="value", kind="line" if code else "text", start=_first(dispute, "")),)


def _criterion_inputs(item: Item, dispute: Dispute, choice: str) -> tuple[Input, ...]:
    imported = _imported(item, dispute.unit)

    def start(name: str) -> str:
        given = _first(dispute, name) if choice == MERGE or name == "text" else ""
        return given or imported[name]

    return (
        Input(name="text", kind="text", start=start("text")),
        Input(name="points", kind="line", start=start("points")),
        Input(name="required", kind="one", options=(REQUIRED, OPTIONAL), start=start("required")),
        Input(name="kind", kind="one", options=(BINARY, ORDINAL), start=start("kind")),
        Input(name="maximum", kind="line", start=start("maximum")),
    )


def _imported(item: Item, unit: str) -> dict[str, str]:
    """Return what a criterion is as imported; of one that is added, what it starts from."""
    criterion = item.criterion(unit.partition(":")[2])
    if criterion is None:
        return {"text": "", "points": "1", "required": REQUIRED, "kind": BINARY, "maximum": ""}
    return {
        "text": criterion.text,
        "points": f"{criterion.points:g}",
        "required": REQUIRED if criterion.required else OPTIONAL,
        "kind": criterion.kind,
        "maximum": str(criterion.maximum) if criterion.kind == ORDINAL else "",
    }


def _first(dispute: Dispute | None, name: str) -> str:
    """Return what the first reader who says something of an input says; empty when none does."""
    said = (_said(reading.value, name) for reading in _proposals(dispute))
    return next((text for text in said if text), "")


def _said(value: JsonValue, name: str) -> str:
    if not isinstance(value, dict):
        return value if isinstance(value, str) and not name else ""
    given = value.get(name)
    if given is None:
        return ""
    if name == "required":
        return REQUIRED if given else OPTIONAL
    return f"{given:g}" if isinstance(given, int | float) else str(given)


def texts_to_merge(dispute: Dispute) -> tuple[tuple[str, str], ...]:
    """Return (reader, text) of every reading that proposes a text of its own."""
    name = "" if dispute.unit.startswith("field:") else "text"
    found = ((r.reader, _said(r.value, name)) for r in _proposals(dispute))
    return tuple((reader, text) for reader, text in found if text)


def _lines(dispute: Dispute, choice: str) -> str:
    lists = [r.value for r in _proposals(dispute) if isinstance(r.value, list)]
    taken = lists if choice == MERGE else lists[:1]
    return "\n".join(dict.fromkeys(str(part) for values in taken for part in values))


def evidence_name(link: EvidenceLink) -> str:
    """Return a short name of a piece of evidence; the same piece of two readers has one name."""
    return text_sha256(link.model_dump_json())[:12]


def ticked(
    draft: RulingDraft, choice: str, offered: Sequence[EvidenceLink]
) -> tuple[EvidenceLink, ...]:
    """Return the readers' evidence that is ticked, and what the adjudicator marked; each once.

    At first all of the readers' is ticked where readings are merged, else none.
    """
    start = {evidence_name(link) for link in offered} if choice == MERGE else set()
    names = start if draft.evidence is None else set(draft.evidence)
    taken = (link for link in offered if evidence_name(link) in names)
    return tuple(dict.fromkeys((*taken, *draft.own.values())))


def written_value(
    item: Item, dispute: Dispute, draft: RulingDraft, offered: Sequence[EvidenceLink] = ()
) -> JsonValue:
    """Return the value a draft gives a unit; None when a reading is chosen, or nothing.

    `offered` is all the evidence readers gave for it, of which the draft ticks some.
    Raises BadInputError, in words that say what is missing, when it is not complete.
    """
    if draft.chosen not in (NEW, MERGE):
        return None
    if dispute.unit.startswith("flag:"):
        return _joined_flags(dispute)
    if dispute.unit.startswith(EVIDENCE):
        return _evidence_value(ticked(draft, draft.chosen, offered))
    inputs = inputs_of(item, dispute, draft.chosen)
    given = {one.name: draft.fields.get(one.name, one.start) for one in inputs}
    kind, _, name = dispute.unit.partition(":")
    if kind == "criterion":
        return _criterion_value(item, dispute.unit, given)
    if kind == "claim" and name.startswith("+"):
        verdict = _chosen(given["verdict"], "Give the claim a verdict.")
        return {"text": _text(given["text"], "The claim"), "verdict": verdict}
    if dispute.unit in LISTS:
        return _list_value(name, given["value"])
    if inputs[0].kind == "one":
        return _chosen(given["value"], "Choose a value of your own.")
    if name.startswith("caption:"):
        return given["value"]
    text = _text(given["value"], "The text")
    return text.strip() if inputs[0].kind == "line" else text


def _evidence_value(links: Sequence[EvidenceLink]) -> JsonValue:
    if not links:
        raise BadInputError(
            "Nothing is ticked and nothing marked: say what the claim rests on. "
            "Nothing was settled."
        )
    return links_value(links)


def _joined_flags(dispute: Dispute) -> JsonValue:
    """Return all that readers flagged in one place as one flag, each spot once."""
    flags = [
        flag
        for reading in dispute.readings
        if reading.key == "flagged"
        for flag in LeakageFlag.model_validate(reading.value).each
    ]
    once = list({flag.spot: flag for flag in flags}.values())
    return joined(once).model_dump(mode="json")


def _chosen(value: str, otherwise: str) -> str:
    if not value:
        raise BadInputError(f"{otherwise} Nothing was settled.")
    return value


def _text(value: str, what: str) -> str:
    if not value.strip():
        raise BadInputError(f"{what} is empty. Nothing was settled.")
    return value


def _list_value(name: str, text: str) -> JsonValue:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if name == "aliases":
        return list[JsonValue](dict.fromkeys(lines))
    if not all(line.isdecimal() and len(line) < 5 for line in lines):
        raise BadInputError("Give each position as a number on its own line.")
    return [int(line) for line in lines]


def _criterion_value(item: Item, unit: str, given: dict[str, str]) -> JsonValue:
    """Return what is made of a criterion; only what changes is named, so that 'keep' is a keep."""
    text = _text(given["text"], "The criterion")
    points = _points(given["points"])
    required = given["required"] == REQUIRED
    kind = given["kind"]
    maximum = _maximum(given["maximum"]) if kind == ORDINAL else None
    if unit.startswith("criterion:+"):
        added: dict[str, JsonValue] = {"text": text, "points": points, "required": required}
        return added | ({"kind": kind, "maximum": maximum} if kind == ORDINAL else {})
    imported = item.criterion(unit.partition(":")[2])
    if imported is None:
        raise BadInputError(f"The item has no criterion {unit!r}.")
    changed: dict[str, JsonValue] = {
        "text": text if text != imported.text else None,
        "points": points if points != imported.points else None,
        "required": required if required != imported.required else None,
        "kind": kind if kind != imported.kind else None,
        "maximum": maximum if maximum not in (None, imported.maximum) else None,
    }
    if kind == ORDINAL and imported.kind != ORDINAL:
        changed["maximum"] = maximum
    said = {name: value for name, value in changed.items() if value is not None}
    return {"action": "edit", **said} if said else {"action": "keep"}


def _points(text: str) -> float:
    try:
        points = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError as error:
        raise BadInputError(f"{text!r} is no number of points.") from error
    if not -100 <= points <= 100:
        raise BadInputError("Points go from -100 to 100.")
    return points


def _maximum(text: str) -> int:
    if not text.strip().isdecimal() or not 2 <= int(text.strip()[:4]) <= 100:
        raise BadInputError("The best grade of a graded criterion is a number from 2 to 100.")
    return int(text.strip())


def what_is_missing(draft: RulingDraft) -> str:
    """Return the first thing a ruling still lacks, in words; empty when it can be made."""
    if not draft.chosen:
        return "Choose a reading, or write a value of your own."
    if draft.reason is None:
        return "Choose why the readers differ."
    if draft.confidence is None:
        return "Say how sure you are."
    return ""
