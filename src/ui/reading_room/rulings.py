"""The adjudicator's desk: disputed units, one open, each with its readings and the ruling on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import BaseModel

from src.domain.canonical import JsonValue
from src.ui.reading_room.component import declare
from src.ui.reading_room.readings import ShownReading


class DeskOption(BaseModel, frozen=True, extra="forbid"):
    """One answer that can be chosen, and the digit that chooses it while its group is asked."""

    value: str
    word: str
    hint: str = ""


class DeskInput(BaseModel, frozen=True, extra="forbid"):
    """One input of a value the adjudicator writes."""

    name: str
    kind: Literal["one", "text", "line", "lines"]
    label: str
    options: tuple[DeskOption, ...] = ()
    value: str = ""


class DeskTick(BaseModel, frozen=True, extra="forbid"):
    """A piece of evidence that a value of one's own can rest on."""

    name: str
    words: str
    readers: str
    leads: dict[str, JsonValue]
    """What is announced so that images or text show it."""


class DeskMark(BaseModel, frozen=True, extra="forbid"):
    """A piece of evidence the adjudicator marked."""

    name: str
    words: str
    link: dict[str, JsonValue]
    leads: dict[str, JsonValue]


class DeskDraft(BaseModel, frozen=True, extra="forbid"):
    """What is chosen and written so far, as it is stored."""

    chosen: str = ""
    reason: str | None = None
    confidence: str | None = None
    rationale: str = ""
    note: str = ""
    question: str = ""
    to_person: str | None = None
    ticks: tuple[str, ...] | None = None
    """None leaves the ticks as they start."""
    restored: str = ""
    """When it was written, where it was found again; empty for what was written just now."""
    outdated: bool = False
    """True when a reading changed since it was written."""


class DeskBlock(BaseModel, frozen=True, extra="forbid"):
    """Something to be known before one rules: an earlier ruling, what the readings were."""

    kind: str
    title: str
    lines: tuple[str, ...] = ()
    readings: tuple[ShownReading, ...] = ()
    agrees: bool = False
    """True for a ruling of another adjudicator, which one can agree with."""


class DeskMessage(BaseModel, frozen=True, extra="forbid"):
    """One message of the discussion of a unit."""

    who: str
    at: str
    text: str


class DeskUnit(BaseModel, frozen=True, extra="forbid"):
    """One unit that can be ruled on."""

    unit: str
    number: int
    title: str
    text: str = ""
    about: str = ""
    state: Literal["open", "leak", "ruled", "agreed"] = "open"
    line: str
    """What the readings are, in few words, while the unit is folded."""
    readings: tuple[ShownReading, ...]
    blocks: tuple[DeskBlock, ...] = ()
    thread: tuple[DeskMessage, ...] = ()
    writes: bool
    merges: bool
    removes: tuple[str, str]
    """What removing it comes to: on the choice, on the button."""
    inputs: dict[str, tuple[DeskInput, ...]]
    """Of a new and of a merged value."""
    marks: str = ""
    """The unit whose evidence is chosen piece by piece and marked anew here; empty for none."""
    offered: tuple[DeskTick, ...] = ()
    own: tuple[DeskMark, ...] = ()
    verdicts: dict[str, str] = {}
    """Of a claim: reader -> verdict, from which a value of one's own begins."""
    texts: tuple[tuple[str, str], ...] = ()
    """(reader, text) that can be put into a text being merged."""
    draft: DeskDraft


class DeskEnd(BaseModel, frozen=True, extra="forbid"):
    """What stands where nothing is open any more."""

    words: str
    button: str = ""


class DeskState(BaseModel, frozen=True, extra="forbid"):
    """All that stands on the desk."""

    progress: str
    receipt: str = ""
    restored: str = ""
    units: tuple[DeskUnit, ...]
    end: DeskEnd | None = None
    colleagues: tuple[DeskOption, ...] = ()
    """Whom a unit can be handed on to."""
    most: int


_mount = declare(
    "rulings",
    (
        "sending.js",
        "typing.js",
        "acts.js",
        "act_field.js",
        "choices.js",
        "reading_card.js",
        "ruling_pieces.js",
        "ruling_card.js",
        "rulings_sheet.js",
        "rulings.js",
    ),
    "base.css",
    "fields.css",
    "choices.css",
    "reading_card.css",
    "rulings.css",
)


def rulings(
    *,
    key: str,
    state: DeskState,
    reasons: Sequence[DeskOption],
    confidences: Sequence[DeskOption],
    rev: int,
    seen: int,
    on_change: Callable[[], None],
) -> None:
    """Show the desk. Its acts name their unit behind a space in the target.

    'choose' with 'chosen', 'reason', 'confidence' or 'in:NAME' and a value, None to take it
    back, or 'to_person'; 'text' with 'rationale', 'note', 'question' or 'in:NAME' and two texts:
    what stood there when one began to type, and what stands there now; 'tick' with
    the names of all ticked evidence; 'mark' with a name and a piece of evidence as JSON, None to
    take it back; 'settle', 'agree', 'hand-on', 'ask'; and 'next' where nothing is open any more.
    """
    _mount(
        key=key,
        data={
            **state.model_dump(mode="json"),
            "reasons": [option.model_dump() for option in reasons],
            "confidences": [option.model_dump() for option in confidences],
            "rev": rev,
            "seen": seen,
        },
        on_acts_change=on_change,
    )
