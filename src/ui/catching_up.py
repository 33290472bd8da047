"""The bar that stands where numbers will be, while a study from before is counted."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor
from src.domain.plurals import counted
from src.ui import work as works
from src.ui.leak_words import progress_words
from src.ui.notices import careful
from src.ui.places import stem
from src.ui.session import workbench
from src.ui.work import work_desk

AT_ONCE = 50
"""So few items are settled while the page is drawn: a quarter of a second."""


def is_caught_up(actor: Actor) -> bool:
    """Tell whether what is kept of items is as good as up to date."""
    return workbench().catching_up.behind(actor) <= AT_ONCE


def catch_up(actor: Actor) -> None:
    """Count what is missing beside the screens, with a bar; stopped, it goes on when asked."""
    bench = workbench()
    key = f"catching-up-{stem(bench.database.url)}"

    def begin() -> None:
        work_desk().start(key, lambda watch: bench.catching_up.bring_up(actor, watch))

    work = work_desk().of(key)
    if work is None:
        begin()
        work = work_desk().of(key)
    if work is not None and not work.done:
        works.under_way(work, "Counting what was read before", progress_words, key)
        return
    if work is not None:
        works.refused(work)
    missing = counted(bench.catching_up.behind(actor), "item")
    st.info(f"{missing} still to be counted. What is counted by now is kept.")
    st.button("Go on counting", type="primary", key=f"{key}-on", on_click=careful(begin))
