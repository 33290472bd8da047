"""How far readers' marks, sets and new wordings meet, and where they are farthest apart."""

from __future__ import annotations

from typing import cast, get_args

import streamlit as st

from src.domain.agreement import Coefficient
from src.domain.people import Actor
from src.domain.reading_table import CLAIMS, Measure
from src.ui.agreement_scope import View
from src.ui.agreement_units import units_list
from src.ui.agreement_words import MEASURES, number_words
from src.ui.places import go, param
from src.ui.session import workbench


def evidence_measures(actor: Actor, view: View) -> None:
    """Show each measure with its n and interval; a mean over pairs opens the pairs it is of."""
    found = workbench().agreeing.measures(actor, view.scope).found
    there = [one for one in found if one.units]
    if not there:
        st.info("No two readers have marked evidence for the same claim, or written a wording yet.")
        return
    for one in there:
        _measure(actor, view, one)
    st.caption(
        "n counts pairs of readers, or claims. Boxes and words: claims both readers judge and of "
        "which one marked something; who takes a whole image takes in every box on it. In "
        "brackets: 95 % of 2,000 resamples of the items."
    )


def _measure(actor: Actor, view: View, found: Coefficient) -> None:
    is_mean = found.name in get_args(Measure)
    with st.container(horizontal=True, vertical_alignment="center", key=f"measure-{found.name}"):
        st.markdown(f"**{MEASURES[found.name]}**", width=420)
        st.text(number_words(found, "pair" if is_mean else "unit"), width=320)
        if is_mean:
            st.button(
                "Farthest apart first",
                key=f"far-{found.name}",
                on_click=go,
                kwargs={"row": "" if param("row") == found.name else found.name, "page": ""},
            )
    if is_mean and param("row") == found.name:
        measure = cast("Measure", found.name)
        units_list(
            lambda after: workbench().agreeing.units(
                actor, view.scope, CLAIMS, measure=measure, after=after
            ),
            actor,
            found.units,
        )
