"""The event log, newest first, and the proof that nothing in it was changed."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.history import ChainReport, Event
from src.domain.people import Actor
from src.domain.plurals import counted
from src.ui.notices import plain
from src.ui.places import go, param
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.times import dated

SIZE = 50
VERIFIED = "_verified"


def event_log(actor: Actor) -> None:
    """Show a page of the log, and verify it when asked."""
    head = workbench().browsing.head(actor)
    st.text(f"Newest event: {head.seq}, {head.hash}")
    st.caption("Keep this line elsewhere: with it anybody can later show that nothing was changed.")
    # Reading only: a click in between cuts it short and loses nothing.
    if st.button("Verify the whole log", key="verify"):
        _verify(actor)
    report = st.session_state.get(VERIFIED)
    if isinstance(report, ChainReport):
        _found(report)
    before = param("before")
    events = workbench().browsing.log(actor, int(before) if before.isdecimal() else None, SIZE)
    if not events:
        st.info("Nothing has happened yet.")
    _table(actor, events)
    _turn(events, before)


def _verify(actor: Actor) -> None:
    with st.spinner("Recomputing every link and every row"):
        try:
            st.session_state[VERIFIED] = workbench().browsing.verify(actor)
        except ReviewToolError as refusal:
            st.warning(plain(str(refusal)))


def _found(report: ChainReport) -> None:
    counts = f"{counted(report.events, 'event')} and {counted(report.rows, 'row')} were recomputed"
    head = f"up to event {report.head.seq}, {report.head.hash}."
    if report.intact:
        st.success(f"Everything is as it was stored: {counts}, {head}")
        return
    st.error(f"{len(report.problems)} things do not fit; {counts}, {head}")
    for problem in report.problems[:200]:
        st.text(problem)


def _table(actor: Actor, events: list[Event]) -> None:
    names = workbench().browsing.names(actor, sorted({event.actor for event in events}))
    table(
        [
            {
                "Number": event.seq,
                "Time": dated(event.at),
                "Who": names.get(event.actor, event.actor),
                "What": event.kind.replace(".", " "),
                "Of": event.object,
                "Hash": event.hash[:16],
            }
            for event in events
        ],
        key="events",
        alt="Events, newest first",
        wide="Of",
    )


def _turn(events: list[Event], before: str) -> None:
    with st.container(horizontal=True):
        if before:
            st.button("Newest", key="log-newest", on_click=go, kwargs={"before": ""})
        if len(events) == SIZE and events[-1].seq > 1:
            older = str(events[-1].seq)
            st.button("Older", key="log-older", on_click=go, kwargs={"before": older})
