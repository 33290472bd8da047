"""The input for a value no reader gave, fit for the kind of unit it settles."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.domain.adjudication import Dispute
from src.domain.canonical import JsonValue
from src.domain.errors import BadInputError
from src.domain.item import Item
from src.domain.review import MAX_TEXT
from src.domain.routing import EVIDENCE
from src.ui import wording


class NewValue:
    """What an adjudicator types; read when the form is sent, not when it is drawn."""

    def __init__(self, read: Callable[[], JsonValue]) -> None:
        self._read = read

    def value(self) -> JsonValue:
        """Return what the form holds now; raise BadInputError when it is not complete."""
        return self._read()


def offers_new(unit: str) -> bool:
    """Return True when a unit can be settled with a value of the adjudicator's own."""
    return not unit.startswith(("flag:", EVIDENCE))


def new_value_input(item: Item, unit: str, key: str, dispute: Dispute | None) -> NewValue:
    """Draw the input that fits a unit."""
    kind, _, name = unit.partition(":")
    if unit.startswith("claim:+"):
        return _added_claim(key, _first_text(unit, dispute))
    if unit.startswith("criterion:+"):
        return _added_criterion(key, _first_text(unit, dispute))
    if kind == "claim":
        return _one_of("The verdict", wording.VERDICTS, key, wording.SIGNS)
    if kind == "check":
        return _one_of("The answer", {"yes": "Yes", "no": "No", "unsure": "Unsure"}, key)
    if kind == "criterion":
        return _criterion(item, name, key, dispute)
    if name == "recommendation":
        return _one_of("The recommendation", wording.RECOMMENDATIONS, key)
    if name in {"aliases", "image_order"}:
        return _list(name, key, dispute)
    return _text(wording.unit_title(unit, item), key, _first_text(unit, dispute))


def _held(key: str) -> str:
    return str(st.session_state.get(key) or "")


def _one_of(
    label: str, words: dict[str, str], key: str, signs: dict[str, str] | None = None
) -> NewValue:
    def shown(value: str) -> str:
        return f"{signs[value]} {words[value]}" if signs else words[value]

    st.pills(label, list(words), format_func=shown, key=f"new-{key}")

    def read() -> JsonValue:
        if not _held(f"new-{key}"):
            raise BadInputError(f"Choose {label.lower()} first. Nothing was settled.")
        return _held(f"new-{key}")

    return NewValue(read)


def _first_text(unit: str, dispute: Dispute | None) -> str:
    """Return the first text a reader proposes: most new texts are one of them, mended."""
    readings = dispute.readings if dispute is not None else ()
    imported = {"as imported", "absent"}
    texts = [wording.value_text(unit, r.value) for r in readings if r.key not in imported]
    return next((text for text in texts if text), "")


def _text(label: str, key: str, start: str) -> NewValue:
    st.text_area(label, value=start, key=f"new-{key}", max_chars=MAX_TEXT, height=140)
    return NewValue(lambda: _required(f"new-{key}", label))


def _required(key: str, label: str) -> str:
    if not _held(key).strip():
        raise BadInputError(f"{label} is empty. Nothing was settled.")
    return _held(key)


def _points(key: str, start: float) -> None:
    st.number_input(
        "Points; fewer than 0 mark an error",
        value=start,
        min_value=-100.0,
        max_value=100.0,
        step=0.5,
        key=f"points-{key}",
        width=240,
    )


def _criterion(item: Item, criterion_id: str, key: str, dispute: Dispute | None) -> NewValue:
    imported = item.criterion(criterion_id)
    text = imported.text if imported is not None else ""
    points = imported.points if imported is not None else 1.0
    start = _first_text(f"criterion:{criterion_id}", dispute) or text
    st.text_area("Criterion", value=start, key=f"new-{key}", max_chars=MAX_TEXT, height=100)
    _points(key, points)

    def read() -> JsonValue:
        new_text = _required(f"new-{key}", "The criterion")
        new_points = float(st.session_state[f"points-{key}"])
        if (new_text, new_points) == (text, points):
            return {"action": "keep"}
        return {
            "action": "edit",
            "text": None if new_text == text else new_text,
            "points": None if new_points == points else new_points,
        }

    return NewValue(read)


def _added_claim(key: str, start: str) -> NewValue:
    st.text_area("Claim", value=start, key=f"new-{key}", max_chars=MAX_TEXT, height=100)
    st.pills(
        "The verdict",
        list(wording.VERDICTS),
        format_func=lambda verdict: f"{wording.SIGNS[verdict]} {wording.VERDICTS[verdict]}",
        key=f"verdict-{key}",
    )

    def read() -> JsonValue:
        if not _held(f"verdict-{key}"):
            raise BadInputError("Give the claim a verdict first. Nothing was settled.")
        return {"text": _required(f"new-{key}", "The claim"), "verdict": _held(f"verdict-{key}")}

    return NewValue(read)


def _added_criterion(key: str, start: str) -> NewValue:
    st.text_area("Criterion", value=start, key=f"new-{key}", max_chars=MAX_TEXT, height=100)
    _points(key, 1.0)
    st.checkbox("Required", value=True, key=f"required-{key}")
    return NewValue(
        lambda: {
            "text": _required(f"new-{key}", "The criterion"),
            "points": float(st.session_state[f"points-{key}"]),
            "required": bool(st.session_state[f"required-{key}"]),
        }
    )


def _list(name: str, key: str, dispute: Dispute | None) -> NewValue:
    readings = dispute.readings if dispute is not None else ()
    start = next((r.value for r in readings if isinstance(r.value, list)), [])
    label = "Further names, one a line" if name == "aliases" else "Positions in order, one a line"
    text = "\n".join(str(part) for part in start)
    st.text_area(label, value=text, key=f"new-{key}", max_chars=MAX_TEXT, height=100)

    def read() -> JsonValue:
        lines = [line.strip() for line in _held(f"new-{key}").split("\n") if line.strip()]
        if name == "aliases":
            return list(dict.fromkeys(lines))
        if not all(line.isdecimal() for line in lines):
            raise BadInputError("Give each position as a number on its own line.")
        return [int(line) for line in lines]

    return NewValue(read)
