"""Leakage: what readers flagged, and where it stands."""

from __future__ import annotations

import streamlit as st

from src.domain.item import Track
from src.domain.people import Actor, Role
from src.services.browsing import LeakLine, LeakPage
from src.ui.notices import plain
from src.ui.places import chosen, go, item_button, page_head, param
from src.ui.session import require, workbench
from src.ui.wording import TRACKS, counted, leak_title

ALL = "all"
STATES = {
    "confirmed": ("⚑ Confirmed", "keeps the item out of gold"),
    "disputed": ("◐ Disputed", "the readers differ; an adjudicator settles it"),
    "resolved": ("○ Resolved", "settled as not a leak"),
}


def leaks_at(actor: Actor) -> LeakPage:
    """Draw the filter and return the page of flags the address asks for."""
    track = chosen("Track", "track", [ALL, *TRACKS], lambda t: TRACKS.get(t, "All tracks"))
    with st.spinner("Looking through the readings"):
        return workbench().browsing.leaks(
            actor,
            track=Track(track) if track in TRACKS else None,
            after=(param("since"), param("after")),
        )


def leak_line(actor: Actor, line: LeakLine) -> None:
    """Show one flag as a line that opens its item."""
    with st.container(horizontal=True, vertical_alignment="center"):
        key = f"leak-{line.round}-{line.item_id}-{line.unit}"
        item_button(actor, line.item_id, line.round, key=key)
        flagged = f"flagged by {line.flagged} of {counted(line.readers, 'reader')}"
        st.caption(plain(f"{leak_title(line.unit)} · {flagged} · {line.round}"))


def turn(page: LeakPage) -> None:
    """Offer the first stretch of items and the next."""
    with st.container(horizontal=True):
        if param("after"):
            first = {"since": "", "after": ""}
            st.button("First page", key="leaks-first", on_click=go, kwargs=first)
        if page.after is not None:
            following = {"since": page.after[0], "after": page.after[1]}
            st.button("Next page", key="leaks-next", on_click=go, kwargs=following)


actor = require(Role.LEAD, Role.ADJUDICATOR)
items_with_leaks = workbench().adjudicating.totals(actor)[2]
says = f"{counted(items_with_leaks, 'item')} with a confirmed leak."
with page_head("Leakage", says):
    pass
page = leaks_at(actor)
if not page.lines and page.after is None:
    st.info("No reader flagged a leak on an item that all its readers have read.")
for state, (title, meaning) in STATES.items():
    lines = [line for line in page.lines if line.status == state]
    if lines:
        st.markdown(f"**{title}**: {meaning}")
    for line in lines:
        leak_line(actor, line)
if page.looked_at:
    st.caption(f"{counted(page.looked_at, 'item')} looked through on this page.")
turn(page)
