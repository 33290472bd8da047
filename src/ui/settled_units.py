"""What is settled on an item: folded, said in few words, and open to another ruling."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from src.domain.gold import SettledUnit
from src.services.adjudicating import Case
from src.ui import wording
from src.ui.dispute_form import ruling_form
from src.ui.notices import plain
from src.ui.places import stem


def leak_cards(case: Case, person_id: str) -> None:
    """Show each confirmed leak, which keeps the item out of gold, and let it be ruled on."""
    for unit in _leaks(case.settled):
        with st.container(
            border=True, key=f"leak-{stem(case.round, case.view.item.item_id, unit)}"
        ):
            st.markdown(f"**⚑ {plain(wording.leak_title(unit.unit))}**")
            st.text(
                f"{_how(unit)} that this gives the answer away. The item stays out of gold "
                "until the leak is removed from the item, or ruled not to be one."
            )
            ruling_form(case, unit.unit, [], _key(case, unit), person_id)


def settled_list(case: Case, person_id: str) -> None:
    """Show all settled units, folded; one that was ruled on can be ruled on again."""
    leaks = {unit.unit for unit in _leaks(case.settled)}
    rest = [unit for unit in case.settled if unit.unit not in leaks]
    if not rest:
        return
    ruled = [unit for unit in rest if unit.method == "adjudicated"]
    agreed = [unit for unit in rest if unit.method != "adjudicated"]
    if ruled:
        with st.expander(f"{len(ruled)} settled by a ruling"):
            for unit in ruled:
                _line(case, unit)
                _reopening(case, unit, person_id)
    if agreed:
        with st.expander(f"{len(agreed)} agreed by all readers"):
            for unit in agreed:
                _line(case, unit)


def _leaks(settled: Sequence[SettledUnit]) -> list[SettledUnit]:
    return [unit for unit in settled if unit.unit.startswith("flag:") and unit.key == "flagged"]


def _how(unit: SettledUnit) -> str:
    return "It is ruled" if unit.method == "adjudicated" else "All readers agree"


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


def _reopening(case: Case, unit: SettledUnit, person_id: str) -> None:
    with st.popover("Rule again", key=f"reopen-{_key(case, unit)}"):
        ruling_form(case, unit.unit, [], _key(case, unit), person_id)


def _key(case: Case, unit: SettledUnit) -> str:
    return stem("again", case.round, case.view.item.item_id, unit)
