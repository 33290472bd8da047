"""Agreement: how far readers agree, field by field, before any adjudication."""

from __future__ import annotations

import streamlit as st

from src.domain.agreement import Coefficient
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.services.agreeing import FieldAgreement
from src.ui.grras_report import grras_report
from src.ui.notices import plain
from src.ui.places import chosen, go, item_button, page_head, param
from src.ui.session import require, workbench
from src.ui.settled_counts import audit_result, settled_counts
from src.ui.wording import field_title, leak_title

ALL_ROUNDS = ""
ROUND_WORDS = {ALL_ROUNDS: "All rounds"}
MOST_LISTED = 50


def chosen_round(actor: Actor) -> str | None:
    """Draw the choice of the round and return it; None for all of them."""
    names = [round_.name for round_ in workbench().assigning.all_of(actor)]
    of = chosen("Round", "of", [ALL_ROUNDS, *names], lambda name: ROUND_WORDS.get(name, name))
    return None if of == ALL_ROUNDS else of


def field_row(found: FieldAgreement) -> None:
    """Show the agreement of one field, and a way to what differs."""
    percent, alpha = found.coefficients
    with st.container(horizontal=True, vertical_alignment="center", key=f"field-{found.field}"):
        st.markdown(f"**{plain(field_title(found.field))}**", width=320)
        number("Agreement", percent)
        number("Krippendorff's alpha", alpha)
        st.button(
            differing_words(found),
            key=f"differ-{found.field}",
            on_click=go,
            kwargs={"field": "" if param("field") == found.field else found.field},
            disabled=not found.disagreeing,
        )


def in_order(fields: list[FieldAgreement]) -> list[FieldAgreement]:
    """Return the fields as the screens order them: claims, rubric, leaks, checks, the rest."""
    rank = {"claim verdict": 0, "criterion": 1, "leakage flag": 2}
    return sorted(
        fields, key=lambda f: (rank.get(f.field, 3 + f.field.startswith("field ")), f.field)
    )


def number(label: str, coefficient: Coefficient) -> None:
    """Show a number with its n, or why there is none."""
    with st.container(gap=None, width=240):
        st.caption(label)
        st.text(number_words(coefficient))


def number_words(coefficient: Coefficient) -> str:
    """Return '0.71, n = 288 units', or the reason why the number is undefined."""
    units = f"n = {counted(coefficient.units, 'unit')}"
    if coefficient.value is None:
        return f"{coefficient.note.capitalize()}; {units}"
    return f"{coefficient.value:.2f}, {units}".replace("-", "−")


def differing_words(found: FieldAgreement) -> str:
    """Return what the button that opens the differing units says."""
    many = len(found.disagreeing)
    if not many:
        return "Nothing differs"
    if many == MOST_LISTED:
        return f"The first {many} units that differ"
    return "1 unit differs" if many == 1 else f"{many} units differ"


def differing(actor: Actor, found: FieldAgreement) -> None:
    """Show the units of a field on which readers differ; each opens its item."""
    st.markdown(f"**{plain(field_title(found.field))}: where readers differ**")
    for round_name, item_id, unit in found.disagreeing:
        with st.container(horizontal=True, vertical_alignment="center"):
            item_button(actor, item_id, round_name, key=f"at-{round_name}-{item_id}-{unit}")
            st.caption(plain(f"{unit_words(unit)} · {round_name}"))


def unit_words(unit: str) -> str:
    """Return which unit of an item is meant, in short."""
    if unit.startswith("flag:"):
        return leak_title(unit)
    kind, _, name = unit.partition(":")
    return f"Added {kind}" if name.startswith("+") else f"{kind.capitalize()} {name}"


actor = require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
with page_head("Agreement", "Between independent readings, before anything is settled."):
    pass
round_name = chosen_round(actor)
grras_report(actor, round_name)
with st.spinner("Comparing the readings"):
    overview = workbench().agreeing.overview(actor, round_name)
fields = in_order(list(overview.fields))
if not fields:
    st.info("There is nothing to compare yet: no item has been read by all its readers.")
opened = next((found for found in fields if found.field == param("field")), None)
for found in fields:
    field_row(found)
    if found is opened:
        differing(actor, found)
if fields:
    settled_counts(overview.settled)
    audit_result(overview.settled.audit)
