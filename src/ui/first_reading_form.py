"""Read first, then judge: one line about the images before answer and rubric are shown."""

from __future__ import annotations

from collections.abc import Callable

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

    def do(act: Act) -> None:
        if act.kind not in _ACTS:
            raise BadInputError(f"There is nothing to do by {act.kind!r}.")
        draft.count_time()
        _ACTS[act.kind](draft, act.text)

    with st.container(key="first-reading"):
        first_reading(
            key=key,
            line=draft.task.first_line,
            most=LONGEST,
            rev=draft.tab.rev,
            seen=draft.applied(key),
            on_change=draft.obeys(key, do),
        )


def _keep(draft: OpenDraft, line: str) -> None:
    """Store what is written so far: it is restored after a reload, and on another machine."""
    task, bench = draft.task, workbench()
    bench.reviewing.keep_begun(draft.actor, task.round, task.item.item_id, first_line=line)
    draft.tab.saved = bench.clock()


def _commit(draft: OpenDraft, line: str) -> None:
    """Store the first reading for ever; the whole page is drawn, with the answer."""
    task, draft.tab.anew = draft.task, True
    workbench().reviewing.commit_first_reading(draft.actor, task.round, task.item.item_id, line)


_ACTS: dict[str, Callable[[OpenDraft, str], None]] = {"line": _keep, "commit": _commit}


def own_first_reading(draft: OpenDraft) -> None:
    """Show what the reader saw before the answer, where the round asked for it."""
    given = draft.task.first_reading
    if given is None:
        return
    with st.container(key="first-given", gap=None):
        st.caption("What you saw before the answer")
        st.text(given.text or "Erased")
