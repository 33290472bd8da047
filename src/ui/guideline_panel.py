"""Guidelines for their readers: asked once for each version, and to be read at any time."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor
from src.ui.guideline_text import changes_between, guideline_head, guideline_text
from src.ui.notices import careful, plain
from src.ui.places import go, page_head
from src.ui.session import workbench


def ask_to_acknowledge(actor: Actor) -> None:
    """Show a version the reader has not acknowledged, what changed, and the one key to go on."""
    asked = workbench().guidelines.to_acknowledge(actor)
    if asked is None:
        return
    first = asked.before is None
    with st.container(key="calm"):
        title = "The guidelines of this study" if first else "The guidelines have changed"
        st.header(title, anchor=False)
        st.text(
            "Read them once before your first case. They stay in reach under Guidelines."
            if first
            else "Read what is new before your next case. What you wrote before stays as it is."
        )
        st.caption(plain(guideline_head(asked.newest)))
        if asked.before is not None:
            changes_between(asked.before, asked.newest)
            with st.expander("The whole text", expanded=False):
                guideline_text(asked.newest.text)
        else:
            guideline_text(asked.newest.text)
        _go_on(actor, asked.newest.number)


def _go_on(actor: Actor, number: int) -> None:
    st.button(
        "I have read them: open my next case",
        key=f"acknowledge-{number}",
        type="primary",
        shortcut="Enter",
        on_click=acknowledge,
        args=(actor.person_id, number),
    )


def guideline_view(actor: Actor) -> None:
    """Show the newest version; what lies open in the reading stays where it is."""
    guidelines = workbench().guidelines
    newest = guidelines.newest(actor)
    with page_head("Guidelines", guideline_head(newest) if newest else ""):
        st.button("Back to reading", type="primary", on_click=go, kwargs={"view": ""})
    if newest is None:
        st.text("The study lead has published no guidelines yet.")
        return
    guideline_text(newest.text)


@careful
def acknowledge(person_id: str, number: int) -> None:
    """Store that the reader has read a version."""
    bench = workbench()
    bench.guidelines.acknowledge(bench.people.actor(person_id), number)
