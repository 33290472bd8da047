"""What is settled on an item: only counted, until somebody asks to see it."""

from __future__ import annotations

import streamlit as st

from src.domain.gold import SettledUnit
from src.services.adjudicating import Case
from src.ui import wording
from src.ui.notices import plain
from src.ui.places import go, param

RULED, AGREED = "ruled", "agreed"


def shows(what: str) -> bool:
    """Return True when the address asks to see what is settled in this way."""
    return param("show") == what


def settled_list(case: Case) -> None:
    """Offer to see what is settled; nothing of what readers agree on is sent before."""
    ruled = {dispute.unit for dispute in (*case.ruled, *case.leaks, *case.agreed)}
    agreed = [unit for unit in case.settled if unit.unit not in ruled]
    with st.container(horizontal=True, key="settled-counts"):
        if case.ruled:
            _fold(RULED, f"{len(case.ruled)} settled by a ruling")
        if agreed:
            _fold(AGREED, f"{len(agreed)} agreed by all readers")
    if shows(AGREED):
        for unit in agreed:
            _line(case, unit)


def _fold(what: str, words: str) -> None:
    st.button(
        f"Fold the {words}" if shows(what) else f"Show the {words}",
        key=f"show-{what}",
        type="tertiary",
        on_click=go,
        kwargs={"show": "" if shows(what) else what},
    )


def _line(case: Case, unit: SettledUnit) -> None:
    item = case.view.item
    title = wording.unit_title(unit.unit, item)
    words = wording.said(unit.unit, unit.key, unit.value)
    sign = wording.SIGNS.get(unit.key, "")
    st.markdown(f"**{plain(title)}** · {sign} {plain(words)}")
    text = wording.value_text(unit.unit, unit.value) or ""
    if unit.unit.startswith(("claim:", "criterion:")):
        text = text or wording.unit_text(unit.unit, item)
    if text:
        st.text(text)
