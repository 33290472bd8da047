"""One disputed unit: the readings side by side, and the ruling on it."""

from __future__ import annotations

import streamlit as st

from src.domain.adjudication import NEW, REMOVE, BlindReading, Dispute, Reason
from src.domain.canonical import JsonValue
from src.domain.errors import BadInputError
from src.domain.review import MAX_TEXT, Confidence
from src.domain.routing import EVIDENCE, RouteReason
from src.services.adjudicating import Case, Ruling
from src.ui import wording
from src.ui.case_side import evidence_words
from src.ui.differences import ShownReading, differences, readings_side_by_side
from src.ui.new_value import NewValue, new_value_input, offers_new
from src.ui.notices import careful, plain
from src.ui.places import stem
from src.ui.reading_room.palette import reader_colour
from src.ui.session import workbench
from src.ui.times import to_the_minute

RECEIPT = "_ruling_receipt"
NOT_SURE = "Say how sure you are, then settle again. What you wrote is kept."
NO_REASON = "Choose why the readers differ, then settle again. What you wrote is kept."
DROPPING = {
    "claim": ("Leave out", "Leave the claim out of gold"),
    "criterion": ("Switch off", "Switch the criterion off"),
    "check": ("No answer", "Settle without an answer"),
    "flag": ("Not a leak", "Settle as not a leak"),
    "field": ("As imported", "Keep it as imported"),
    "added": ("Do not add", "Settle without adding it"),
    "recommendation": ("None", "Settle without a recommendation"),
}
"""What 'remove' comes to for each kind of unit: on the choice, on the button."""


def dispute_card(case: Case, dispute: Dispute, person_id: str) -> None:
    """Show a dispute with its readings, and take the ruling on it."""
    key = stem(case.round, case.view.item.item_id, dispute.unit, dispute.input_digest)
    with st.container(border=True, key=f"dispute-{key}"):
        _heading(case, dispute)
        readings_side_by_side(
            f"readings-{key}", [shown_reading(case, dispute, r) for r in dispute.readings]
        )
        letters = [reading.reader for reading in dispute.readings]
        ruling_form(case, dispute.unit, letters, key, person_id, dispute)


def _heading(case: Case, dispute: Dispute) -> None:
    item = case.view.item
    st.markdown(f"**{plain(wording.unit_title(dispute.unit, item))}**")
    if dispute.unit.startswith(("claim:", "criterion:")):
        st.text(wording.unit_text(dispute.unit, item) or dispute.label.partition(": ")[2])
    criterion = item.criterion(dispute.unit.partition(":")[2])
    if criterion is not None and dispute.unit.startswith("criterion:"):
        st.caption(plain(wording.points(criterion.points)))
    if set(dispute.reasons) - {RouteReason.DIFFERENCE}:
        st.caption(plain(" · ".join(reason.words for reason in dispute.reasons)))
    if dispute.stale:
        st.caption("It was settled before, and a reading has changed since.")


def shown_reading(case: Case, dispute: Dispute, reading: BlindReading) -> ShownReading:
    """Return a reading as its card shows it."""
    unit, item = dispute.unit, case.view.item
    new = wording.value_text(unit, reading.value)
    old = wording.unit_text(unit, item)
    verdict = reading.key if unit.startswith("claim:") else ""
    if unit.startswith("claim:+") and isinstance(reading.value, dict):
        verdict = str(reading.value.get("verdict") or "")
    sign = "⚑" if reading.key == "flagged" else wording.SIGNS.get(verdict, "")
    is_text_kept = new is not None and new == old
    return ShownReading(
        reader=reading.reader,
        colour=reader_colour(reading.reader),
        words=wording.said(unit, reading.key, reading.value),
        sign=sign,
        tint=wording.COLOURS.get(verdict or reading.key, "#8C8C8C"),
        parts=() if new is None or is_text_kept else differences(old, new),
        facts=tuple(_facts(case, dispute, reading)),
        note="\n\n".join(
            note for who, of, note in case.notes if (who, of) == (reading.reader, unit)
        ),
    )


def _facts(case: Case, dispute: Dispute, reading: BlindReading) -> list[str]:
    value, unit = reading.value, dispute.unit
    found = []
    if isinstance(value, dict) and value.get("points") is not None:
        found.append(_points_fact(case, unit, value["points"]))
    if isinstance(value, dict) and unit.startswith("claim:+") and value.get("verdict"):
        found.append(wording.VERDICTS.get(str(value["verdict"]), str(value["verdict"])))
    if isinstance(value, dict) and unit.startswith("flag:"):
        found.append(f"Severity: {value.get('severity')}")
        found += _flag_place(value)
    if unit.startswith(("claim:", EVIDENCE)):
        found += _evidence(case, reading.reader, unit.removeprefix(EVIDENCE).removeprefix("claim:"))
    return found


def _evidence(case: Case, reader: str, claim_id: str) -> list[str]:
    """Return what a reader pointed at for a claim: places in one line, each quote on its own.

    What the reader refused of the benchmark's links comes last.
    """
    words = [
        evidence_words(given.link, case.view)
        for given in case.evidence
        if (given.reader, given.claim_id) == (reader, claim_id)
    ]
    quotes = [word for word in words if word.startswith("“")]
    places = list(dict.fromkeys(word for word in words if not word.startswith("“")))
    refused = [
        f"Not this, though the benchmark names it: {evidence_words(given.link, case.view)}"
        for given in case.refused
        if (given.reader, given.claim_id) == (reader, claim_id)
    ]
    return [*([" · ".join(places)] if places else []), *quotes, *refused]


def _points_fact(case: Case, unit: str, points: JsonValue) -> str:
    before = case.view.item.criterion(unit.partition(":")[2])
    after = wording.points(points)
    if before is None or wording.points(before.points) == after:
        return after
    return f"{wording.points(before.points)} → {after}"


def _flag_place(value: dict[str, JsonValue]) -> list[str]:
    place = value.get("place")
    span = place.get("span") if isinstance(place, dict) else None
    box = place.get("box") if isinstance(place, dict) else None
    found = [f"“{span['quote']}”"] if isinstance(span, dict) else []
    return [*found, *(["A box on the image"] if isinstance(box, dict) else [])]


def ruling_form(
    case: Case,
    unit: str,
    letters: list[str],
    key: str,
    person_id: str,
    dispute: Dispute | None = None,
) -> None:
    """Take a ruling on a unit: whose reading, or something new, or nothing; and why."""
    options = [*letters, *([NEW] if offers_new(unit) else []), REMOVE]
    choice = st.pills(
        "Settle with",
        options,
        format_func=lambda option: _option(option, unit),
        key=f"choice-{key}",
    )
    if choice is None:
        return
    with st.form(f"ruling-{key}-{choice}", border=False):
        given = new_value_input(case.view.item, unit, key, dispute) if choice == NEW else None
        st.pills("Why the readers differ", list(Reason), format_func=REASON, key=f"reason-{key}")
        st.text_area(
            "Rationale, if it helps", key=f"rationale-{key}", max_chars=MAX_TEXT, height=80
        )
        st.segmented_control(
            "How sure you are",
            list(Confidence),
            format_func=CONFIDENCE,
            key=f"confidence-{key}",
        )
        missing = st.session_state.pop(f"missing-{key}", None)
        if missing is not None:
            st.warning(plain(missing))
        st.form_submit_button(
            _button(choice, unit),
            type="primary",
            key=f"settle-{key}-{choice}",
            on_click=settle,
            args=(case, unit, str(choice), key, person_id, given, dispute),
        )


REASON = wording.REASONS.__getitem__
CONFIDENCE = wording.CONFIDENCES.__getitem__


def _dropping(unit: str) -> tuple[str, str]:
    kind, _, name = unit.partition(":")
    if name.startswith("+"):
        return DROPPING["added"]
    return DROPPING["recommendation" if name == "recommendation" else kind]


def _option(option: str, unit: str) -> str:
    if option == REMOVE:
        return _dropping(unit)[0]
    return "Something else" if option == NEW else f"Reader {option}"


def _button(choice: str, unit: str) -> str:
    if choice == REMOVE:
        return _dropping(unit)[1]
    return "Settle with this" if choice == NEW else f"Settle with Reader {choice}'s reading"


@careful
def settle(
    case: Case,
    unit: str,
    choice: str,
    key: str,
    person_id: str,
    given: NewValue | None,
    dispute: Dispute | None,
) -> None:
    """Store the ruling a form holds and keep its receipt to be shown."""
    held = st.session_state
    reason = held.get(f"reason-{key}")
    confidence = held.get(f"confidence-{key}")
    if reason is None or confidence is None:
        held[f"missing-{key}"] = NO_REASON if reason is None else NOT_SURE
        return
    try:
        value = given.value() if given is not None else None
    except BadInputError as refusal:
        held[f"missing-{key}"] = refusal.message
        return
    bench, item = workbench(), case.view.item
    receipt = bench.adjudicating.decide(
        bench.people.actor(person_id),
        Ruling(
            round=case.round,
            item_id=item.item_id,
            unit=unit,
            chosen=choice,
            value=value,
            reason=reason,
            rationale=held.get(f"rationale-{key}") or "",
            confidence=confidence,
            input_digest=dispute.input_digest if dispute is not None else None,
        ),
    )
    what = wording.unit_title(unit, item)
    text = f"Settled: {what.rstrip('?.')}. Your receipt {receipt.number}, {receipt.hash[:12]}, "
    held[RECEIPT] = text + to_the_minute(receipt.at)
