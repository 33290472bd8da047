"""How many planted errors were found: for the lead, and afterwards for each reader."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.proportion import Proportion
from src.domain.round import Round, RoundState
from src.services.planting import DetectionReport, Told
from src.ui.notices import careful
from src.ui.places import stem
from src.ui.session import workbench
from src.ui.tables import Cell, table
from src.ui.wording import PLANT_KINDS


def plant_card(actor: Actor, round_: Round, names: dict[str, str]) -> None:
    """Offer how many errors were found; nothing where the round has none."""
    if round_.planted_errors is None:
        return
    st.markdown("**Planted errors**")
    if actor.person_id in round_.persons and round_.state is RoundState.OPEN:
        st.text("You read in this round: what was planted is told once it is closed.")
        return
    told = (
        "Its readers have been told."
        if round_.state is RoundState.CLOSED
        else ("Its readers are told when it is closed; it cannot be reopened then.")
    )
    st.caption(f"{round_.planted_errors:.1%} of the items; they count in no other number. {told}")
    if st.button("Count what was found", key=f"plants-{stem(round_.name)}"):
        _show(workbench().planting.report(actor, round_.name), names)


def _show(report: DetectionReport, names: dict[str, str]) -> None:
    st.text(f"Found: {share_words(report.all)}")
    st.text(f"Untouched claims called wrong: {share_words(report.untouched)}")
    st.caption(
        "Who calls much wrong finds much: compare the two. Untouched claims are those of the same "
        f"items and of {counted(report.compared, 'item')} without an error, spread over the "
        "round; some of them may be wrong in the benchmark itself."
    )
    readers: list[dict[str, Cell]] = [
        {
            "Reader": names.get(one.person, one.person),
            "Found": share_words(one.found),
            "Untouched claims called wrong": share_words(one.untouched),
        }
        for one in report.readers
    ]
    table(readers, key=f"plants-by-reader-{report.round}", alt="Planted errors found, by reader")
    errors: list[dict[str, Cell]] = [
        {
            "Item": one.plant.item_id,
            "What": PLANT_KINDS[one.plant.kind],
            "As it is": one.plant.right_text,
            "As it was shown": one.plant.wrong_text,
            "Found by": f"{one.found.part} of {one.found.whole}",
        }
        for one in report.errors
    ]
    table(errors, key=f"plants-by-item-{report.round}", alt="Planted errors, by item")


def share_words(found: Proportion) -> str:
    """Return '3 of 4 (75 %, 30 % to 95 %)'."""
    said = f"{found.part} of {found.whole}"
    if found.value is None or found.interval is None:
        return said
    low, high = found.interval
    return f"{said} ({100 * found.value:.0f} %, {100 * low:.0f} % to {100 * high:.0f} %)"


def told_afterwards(actor: Actor) -> None:
    """Tell a reader, when they ask, what was planted in closed rounds they read in."""
    bench = workbench()
    for name in bench.planting.to_be_told(actor):
        with st.container(border=True, key=f"told-{stem(name)}"):
            st.text(
                f"{name} is closed. A few of its items held an error put in on purpose, to know "
                "how many such errors a study finds. They counted in no result."
            )
            st.button(
                "Show me which",
                key=f"tell-{stem(name)}",
                on_click=tell_which,
                args=(actor.person_id, name),
            )
            told = st.session_state.get(_key(actor.person_id, name))
            if told is not None:
                _which(name, told)


def _key(person_id: str, name: str) -> str:
    return f"told {person_id} {name}"


@careful
def tell_which(person_id: str, name: str) -> None:
    """Look up what was planted, which is remembered: they read none of these items any more."""
    bench = workbench()
    told = bench.planting.debrief(bench.people.actor(person_id), name)
    st.session_state[_key(person_id, name)] = told


def _which(name: str, told: list[Told]) -> None:
    if not told:
        st.text("You read none of them.")
        return
    found = sum(one.found for one in told)
    st.text(f"You found {found} of {counted(len(told), 'error')}.")
    rows: list[dict[str, Cell]] = [
        {
            "Item": one.plant.item_id,
            "As it is": one.plant.right_text,
            "As you saw it": one.plant.wrong_text,
            "You": "found it" if one.found else "did not find it",
        }
        for one in told
    ]
    table(rows, key=f"told-items-{name}", alt=f"Planted errors of {name}")
