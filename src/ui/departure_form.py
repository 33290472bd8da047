"""Readers who leave a round, on its card: end a part, say whether readings count, take it back."""

from __future__ import annotations

import streamlit as st

from src.domain.departure import LONGEST_REASON, Part, ReaderLeft
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.round import Round, RoundKind
from src.ui.notices import careful, tell
from src.ui.places import stem
from src.ui.session import workbench
from src.ui.times import dated

KEEP, LEAVE_OUT = "They count", "They are left out"
SAYS = {Part.KEPT: "their readings count", Part.LEFT_OUT: "their readings are left out"}


def departures(actor: Actor, round_: Round, names: dict[str, str]) -> None:
    """Show who left, and let the lead end the part of somebody who reads."""
    if round_.kind is RoundKind.CALIBRATION:
        return
    for reader in workbench().departing.of_round(actor, round_.name) if round_.left else ():
        _left(actor, reader, names)
    if Role.LEAD in actor.roles and round_.persons:
        _ending(actor, round_, names)


def _ending(actor: Actor, round_: Round, names: dict[str, str]) -> None:
    base = stem(round_.name)
    with st.popover("A reader leaves", key=f"leaving-{base}"):
        st.caption(
            "What they hold goes to the others; what they have begun is kept. Left-out readings "
            "count in no agreement and no gold, and others can read these items. You can take "
            "it back."
        )
        st.selectbox(
            "Who leaves",
            round_.persons,
            format_func=lambda person: names.get(person, person),
            key=f"leaves-who-{base}",
        )
        st.radio("What they have read", (KEEP, LEAVE_OUT), key=f"leaves-keep-{base}")
        st.text_input(
            "Why",
            key=f"leaves-why-{base}",
            max_chars=LONGEST_REASON,
            help="For the record. A release says how many left and whether it counts, not why.",
        )
        st.button(
            "End their part",
            key=f"leaves-{base}",
            on_click=end_part,
            args=(actor.person_id, round_.name, base),
        )


def _left(actor: Actor, reader: ReaderLeft, names: dict[str, str]) -> None:
    base = stem(reader.round, reader.person)
    who = names.get(reader.person, reader.person)
    with st.container(horizontal=True, vertical_alignment="center", key=f"left-{base}"):
        read = counted(reader.readings, "item")
        st.text(
            f"{who} left on {dated(reader.at)} with {read} read: {SAYS[reader.part]}. "
            f"{reader.reason}",
            width="stretch",
        )
        if Role.LEAD in actor.roles:
            _changing(actor, reader, base)


def _changing(actor: Actor, reader: ReaderLeft, base: str) -> None:
    counts = reader.part is Part.KEPT
    with st.popover("Change", key=f"change-{base}"):
        st.text_input("Why", key=f"change-why-{base}", max_chars=LONGEST_REASON)
        st.button(
            "Leave their readings out" if counts else "Let their readings count",
            key=f"change-keep-{base}",
            on_click=change_readings,
            args=(actor.person_id, reader.round, reader.person, base, not counts),
        )
        st.button(
            "They read on",
            key=f"change-back-{base}",
            on_click=take_back,
            args=(actor.person_id, reader.round, reader.person, base),
            help="Items come to them again, and what they have read counts.",
        )


@careful
def end_part(person_id: str, round_name: str, base: str) -> None:
    """End the part of the reader who is chosen."""
    who = str(st.session_state[f"leaves-who-{base}"])
    keep = st.session_state[f"leaves-keep-{base}"] == KEEP
    _end(person_id, round_name, who, keep, str(st.session_state[f"leaves-why-{base}"]))


@careful
def change_readings(person_id: str, round_name: str, who: str, base: str, keep: bool) -> None:
    """Let the readings of somebody who left count, or leave them out."""
    _end(person_id, round_name, who, keep, str(st.session_state[f"change-why-{base}"]))


def _end(person_id: str, round_name: str, who: str, keep: bool, reason: str) -> None:
    bench = workbench()
    lead = bench.people.actor(person_id)
    left = bench.departing.end_part(lead, round_name, who, keep=keep, reason=reason)
    name = bench.browsing.names(lead, [who]).get(who, who)
    read = counted(left.readings, "item")
    tell(f"{name} has left {round_name} with {read} read: {SAYS[left.part]}.")


@careful
def take_back(person_id: str, round_name: str, who: str, base: str) -> None:
    """Let somebody who left read on."""
    bench = workbench()
    lead = bench.people.actor(person_id)
    reason = str(st.session_state[f"change-why-{base}"])
    bench.departing.take_back(lead, round_name, who, reason=reason)
    tell(f"{bench.browsing.names(lead, [who]).get(who, who)} reads in {round_name} again.")
