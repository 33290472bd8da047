"""Adjudicate: what readers differ on, the worst first, settled one unit at a time."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.routing import AUDIT
from src.services.adjudicating import Case, DisputedItem
from src.ui.audit_card import audit_card
from src.ui.case_side import case_side
from src.ui.dispute_form import RECEIPT, dispute_card
from src.ui.notices import plain
from src.ui.places import go, page_head, page_number, pager, param
from src.ui.session import require, workbench
from src.ui.settled_units import leak_cards, settled_list
from src.ui.wording import TRACKS

SIZE = 25


def disputed_items(actor: Actor) -> None:
    """Show the items with open disputes, the worst first."""
    bench = workbench()
    items, units, leaks = bench.adjudicating.totals(actor)
    says = f"{counted(items, 'item')} with {counted(units, 'open dispute')}, the worst first."
    with page_head("Adjudicate", says if items else ""):
        pass
    show_receipt()
    if not items:
        nothing_open(bench.browsing.waiting(actor))
    number = page_number()
    found = bench.adjudicating.worst_first(actor, size=SIZE, offset=(number - 1) * SIZE)
    for line in found:
        disputed_line(line)
    if items and not found:
        st.info("Every disputed item on this page is one you read yourself; others settle those.")
    pager(number, more=items > number * SIZE, key="disputed")
    if leaks:
        st.caption(
            f"{counted(leaks, 'item')} with a confirmed leak: see the page Leakage for them."
        )


def nothing_open(waiting: int) -> None:
    """Say that nothing is disputed, and what is still to come."""
    if waiting:
        st.info(f"No disputes. {counted(waiting, 'item')} still wait for a reading.")
    else:
        st.info("No disputes, and no item waits for a reading.")


def disputed_line(line: DisputedItem) -> None:
    """Show one disputed item as a line that opens it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            plain(line.item_id),
            key=f"open-{line.round}-{line.item_id}",
            on_click=go,
            kwargs={"item": line.item_id, "round": line.round, "page": ""},
            width=260,
        )
        st.text(f"{line.open_units} of {line.units} open", width=130)
        st.caption(plain(f"{TRACKS[line.track]} · {line.round}"))


def show_receipt() -> None:
    """Show the receipt of the last ruling; its place is kept when there is none."""
    receipt = st.session_state.get(RECEIPT, "")
    st.caption(plain(receipt) or "A receipt appears here after each ruling.")


def disputed_case(actor: Actor, round_name: str, item_id: str) -> None:
    """Show one item: the case left, its disputes right."""
    bench = workbench()
    try:
        case = bench.adjudicating.case(actor, round_name, item_id)
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        st.button("Back to the list", on_click=go, kwargs={"item": "", "round": ""})
        return
    with page_head(item_id, f"{TRACKS[case.view.item.track]} · {round_name}"):
        st.button("Back to the list", on_click=go, kwargs={"item": "", "round": ""})
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="case-side"):
        case_side(case.view, actor, case.evidence, folded=True)
    with right, st.container(key="rulings"):
        rulings(case, actor)


def rulings(case: Case, actor: Actor) -> None:
    """Show the question, the open disputes, and what is settled, folded."""
    st.text(case.view.item.content.question)
    with st.container(border=True):
        st.caption("Answer")
        st.text(case.view.item.content.answer)
    show_receipt()
    audit_card(case, actor.person_id)
    disputed = [dispute for dispute in case.disputes if dispute.unit != AUDIT]
    if disputed:
        st.markdown(f"**{counted(len(disputed), 'open dispute')}**")
    for dispute in disputed:
        dispute_card(case, dispute, actor.person_id)
    if not case.disputes:
        all_settled(case, actor)
    leak_cards(case, actor.person_id)
    settled_list(case, actor.person_id)
    comments(case)


def all_settled(case: Case, actor: Actor) -> None:
    """Say that the item is settled, and offer the worst of the others."""
    st.success("Nothing is open on this item.")
    following = workbench().adjudicating.worst_first(actor, size=SIZE)
    others = [line for line in following if line.item_id != case.view.item.item_id]
    if not others:
        nothing_open(workbench().browsing.waiting(actor))
        return
    st.button(
        f"Open the next item, {plain(others[0].item_id)}, with {others[0].open_units} open",
        type="primary",
        shortcut="N",
        on_click=go,
        kwargs={"item": others[0].item_id, "round": others[0].round},
    )


def comments(case: Case) -> None:
    """Show what the readers said of the item as a whole, folded."""
    said = [(reader, note) for reader, unit, note in case.notes if unit == "comment"]
    if said:
        with st.expander(f"{counted(len(said), 'comment')} on the whole item"):
            for reader, note in said:
                st.caption(f"Reader {reader}")
                st.text(note)


actor = require(Role.ADJUDICATOR)
if param("item") and param("round"):
    disputed_case(actor, param("round"), param("item"))
else:
    disputed_items(actor)
