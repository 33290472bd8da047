"""How far the study is, from import to gold."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.ui.catching_up import catch_up, is_caught_up
from src.ui.session import workbench
from src.ui.wording import TRACKS


def flow_counts(actor: Actor) -> None:
    """Show how many items are imported, read, disputed, ready and left out."""
    bench = workbench()
    flow = bench.browsing.flow(actor)
    if flow.imported == 0:
        st.info("Nothing is imported yet. Bring in a benchmark file under Import.")
        return
    with st.container(horizontal=True, key="flow"):
        _number("Imported", flow.imported)
        _number("Asked in rounds", flow.asked)
        _number("Read by all readers", flow.read)
        _number("Disputed", flow.disputed)
        _number("With a confirmed leak", flow.leaks)
    counts = bench.browsing.counts(actor)
    by_track = [f"{TRACKS[track]} {n:,}" for track, n in sorted(counts.items())]
    counting = "An item in two rounds is asked and read twice; practice is not counted."
    st.caption(f"{' · '.join(by_track)}. {counting}")
    if Role.LEAD in actor.roles:
        _ready(actor)


def _number(label: str, value: int) -> None:
    st.metric(label, f"{value:,}", border=True, width=165)


def _ready(actor: Actor) -> None:
    """Show what is ready for gold, or how far the counting of it is."""
    if not is_caught_up(actor):
        catch_up(actor)
        return
    preview = workbench().releasing.preview(actor)
    with st.container(horizontal=True):
        _number("Ready for gold", preview.ready)
        _number("Left out", len(preview.left_out))
    if preview.left_out:
        many = counted(len(preview.left_out), "item")
        st.caption(f"The page Gold says why {many} would be left out.")
