"""Study: import, rounds, grading sets, people, how far everything is, and the event log."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor, Role
from src.ui.event_log import event_log
from src.ui.flow import flow_counts
from src.ui.grading_set_card import grading_set_card
from src.ui.grading_set_form import grading_set_form
from src.ui.guideline_form import guidelines
from src.ui.import_form import import_form
from src.ui.people_form import people_form, people_table
from src.ui.places import page_head, page_number, pager
from src.ui.reason_list import reason_list
from src.ui.round_card import round_card
from src.ui.round_form import round_form
from src.ui.session import require, workbench

PARTS = ("Progress", "Import", "Rounds", "Grading", "Guidelines", "Reasons", "People", "Log")
SETS_SHOWN = 10
"""Grading sets on one page."""


def rounds(actor: Actor) -> None:
    """Show the rounds, newest first, and open a new one."""
    bench = workbench()
    people = bench.people.all_of(actor)
    found = bench.assigning.all_of(actor)
    if not found:
        st.info("There is no round yet. A round says who reads which items.")
    if Role.LEAD in actor.roles:
        with st.expander("Open a new round", expanded=not found):
            round_form(actor.person_id, people)
    for round_ in found:
        round_card(actor, round_, people)


def grading_sets(actor: Actor) -> None:
    """Show the sets of answers that people grade, newest first, and open a new one."""
    bench = workbench()
    people = bench.people.all_of(actor)
    number = page_number()
    found = bench.grading.all_of(actor, size=SETS_SHOWN + 1, after=(number - 1) * SETS_SHOWN)
    if not found and number == 1:
        st.info("There is no grading set yet. A set says who grades which models' answers.")
    if Role.LEAD in actor.roles:
        with st.expander("Open a new grading set", expanded=not found):
            grading_set_form(actor, people)
    names = {person.person_id: person.display_name for person in people}
    for progress in found[:SETS_SHOWN]:
        grading_set_card(actor, progress, names)
    pager(number, more=len(found) > SETS_SHOWN, key="grading-sets")


def people(actor: Actor) -> None:
    """Show the people and change them."""
    found = workbench().people.all_of(actor)
    people_table(found)
    people_form(actor, found)


def imports(actor: Actor) -> None:
    """Bring files in; only a lead may."""
    if Role.LEAD not in actor.roles:
        st.info("The study lead imports files.")
        return
    import_form(actor.person_id)


actor = require(Role.LEAD, Role.ADMIN)
with page_head("Study"):
    pass
part = st.segmented_control(
    "Part of the study",
    PARTS,
    default=PARTS[0],
    required=True,
    key="part",
    bind="query-params",
    label_visibility="collapsed",
)
if part == "Import":
    imports(actor)
elif part == "Rounds":
    rounds(actor)
elif part == "Grading":
    grading_sets(actor)
elif part == "Reasons":
    reason_list(actor)
elif part == "Guidelines":
    guidelines(actor)
elif part == "People":
    people(actor)
elif part == "Log":
    event_log(actor)
else:
    flow_counts(actor)
