"""Read first, then judge: one line about the images before answer and rubric are shown."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.first_reading import LONGEST
from src.ui.draft_session import OpenDraft
from src.ui.reading_room.acts import Act
from src.ui.reading_room.first_reading import first_reading
from src.ui.session import workbench


def first_reading_form(draft: OpenDraft) -> None:
    """Ask for the first reading; nothing of answer and rubric has been sent so far."""
    key = draft.key("first")

    def commit(act: Act) -> None:
        if act.kind != "commit":
            raise BadInputError(f"There is nothing to do by {act.kind!r}.")
        draft.count_time()
        task = draft.task
        workbench().reviewing.commit_first_reading(
            draft.actor, task.round, task.item.item_id, act.text
        )

    with st.container(key="first-reading"):
        first_reading(
            key=key,
            most=LONGEST,
            rev=draft.tab.rev,
            seen=draft.applied(key),
            on_change=draft.obeys(key, commit),
        )


def own_first_reading(draft: OpenDraft) -> None:
    """Show what the reader saw before the answer, where the round asked for it."""
    given = draft.task.first_reading
    if given is None:
        return
    with st.container(key="first-given", gap=None):
        st.caption("What you saw before the answer")
        st.text(given.text or "Erased")
