"""Two windows on one item: both texts, and the reader's choice between them."""

from __future__ import annotations

import streamlit as st

from src.ui.draft_session import OpenDraft


def conflict_panel(draft: OpenDraft) -> None:
    """Show what another window saved beside what was done here; nothing is overwritten."""
    # The place is always there: what stands below must not be built anew when the panel comes.
    with st.container(key="conflict-place"):
        if draft.tab.waiting:
            _choice(draft)


def _choice(draft: OpenDraft) -> None:
    stored = draft.task.draft.body
    with st.container(border=True, key="conflict"):
        st.text("Another window saved newer work on this item. Both are kept until you choose.")
        for place, change in draft.tab.waiting.items():
            st.caption(place)
            theirs, mine = st.columns(2)
            with theirs:
                st.caption("Saved by the other window")
                st.text(change.says(stored) or "Nothing")
            with mine:
                st.caption("Yours")
                st.text(change.says(change.edit(stored)) or "Nothing")
        with st.container(horizontal=True):
            st.button(
                "Keep the other window's",
                key=draft.key("keep-newer"),
                on_click=draft.alone(draft.keep_newer),
            )
            st.button(
                "Put mine on top of it",
                key=draft.key("mine-on-top"),
                on_click=draft.alone(draft.put_mine_on_top),
            )
