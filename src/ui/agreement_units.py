"""The units behind a number of the agreement screen, a page at a time; each opens its item."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.domain.people import Actor
from src.ui.agreement_words import unit_words
from src.ui.notices import plain
from src.ui.places import item_button, page_number, pager

SIZE = 25
Units = list[tuple[str, str, str]]


def units_list(page_of: Callable[[int], Units], actor: Actor, whole: int) -> None:
    """Show a page of units; `page_of` returns those after a number of them."""
    number = page_number()
    found = page_of((number - 1) * SIZE)
    for round_name, item_id, unit in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            item_button(actor, item_id, round_name, key=f"at-{round_name}-{item_id}-{unit}")
            st.caption(plain(f"{unit_words(unit)} · {round_name}"))
    if not found:
        st.caption("None of these is for you to see: you may still come to read them.")
    pager(number, more=whole > number * SIZE, key="units")
