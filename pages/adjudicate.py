"""Adjudicate: what readers differ on, the worst first, settled one unit at a time."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.item import ItemContent
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.services.adjudicating import Case, DisputedItem
from src.ui.audit_card import audit_card
from src.ui.case_side import case_side
from src.ui.match_queue import match_queue
from src.ui.notices import plain
from src.ui.own_reading_form import own_reading_form
from src.ui.places import go, page_head, page_name, page_number, pager, param
from src.ui.ruling_conflict import ruling_conflict
from src.ui.ruling_desk import open_desk, ruling_desk
from src.ui.session import require, workbench
from src.ui.settled_units import RULED, settled_list, shows
from src.ui.what_if_panel import rulings_effect
from src.ui.wording import TRACKS

SIZE = 25
TALL = "max(380px, calc(100dvh - 232px))"
LIST = {"item": "", "round": "", "show": ""}


def disputed_items(actor: Actor) -> None:
    """Show the items with open disputes, the worst first."""
    bench = workbench()
    items, units, leaks = bench.adjudicating.totals(actor)
    disputes = counted(units, "open dispute") if units else "open disputes"
    says = f"{counted(items, 'item')} with {disputes}, the worst first."
    with page_head("Adjudicate", says if items else ""):
        pass
    if not items:
        nothing_open(bench.browsing.waiting(actor))
    number = page_number()
    found = bench.adjudicating.worst_first(actor, size=SIZE, offset=(number - 1) * SIZE)
    for line in found:
        disputed_line(line)
    if items and not found:
        st.info("Nothing is on this page; the disputes begin on the first.")
    pager(number, more=items > number * SIZE, key="disputed")
    if leaks:
        st.caption(
            f"{counted(leaks, 'item')} with a confirmed leak: see the page Leakage for them."
        )
    if Role.ADJUDICATOR in actor.roles:
        match_queue(actor)


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
        if line.own_reading_first:
            st.text("Your own reading first", width=180)
        else:
            st.text(f"{line.open_units} of {line.units} open", width=180)
        if line.handed_on:
            st.text(f"{line.handed_on} handed on to you")
        st.caption(plain(f"{TRACKS[line.track]} · {line.round}"))


def disputed_case(actor: Actor, round_name: str, item_id: str) -> None:
    """Show one item: the case left, its disputes right."""
    bench = workbench()
    try:
        unseen = bench.adjudicating.unseen(actor, round_name, item_id)
        case = None if unseen else bench.adjudicating.case(actor, round_name, item_id)
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        st.button("Back to the list", on_click=go, kwargs=LIST)
        return
    shown = unseen or case
    assert shown is not None
    track = TRACKS[shown.view.item.track]
    page_name("Adjudicate")
    with st.container(key="settling-head", horizontal=True, vertical_alignment="center"):
        st.button("All disputes", icon=":material/arrow_back:", on_click=go, kwargs=LIST)
        st.text(f"{item_id}  ·  {track}  ·  {round_name}")
    with st.container(key="reading"):
        with st.container(key="room"):
            evidence, readers = (case.evidence, case.readers) if case else ((), ())
            case_side(shown.view, actor, evidence, readers=readers, folded=bool(case), height=TALL)
        with st.container(key="sheet"), st.container(key="form-rulings"):
            asked(shown.view.item.content)
            if unseen is not None:
                own_reading_form(actor, unseen)
            elif case is not None:
                rulings(case, actor)


def asked(content: ItemContent) -> None:
    """Show the question and the answer under review."""
    st.text(content.question)
    with st.container(key="answer", gap="xsmall"):
        st.caption("Answer under review")
        st.text(content.answer)


def rulings(case: Case, actor: Actor) -> None:
    """Show the desk with what is open, and what is settled, only counted."""
    if case.own is not None and case.own.line:
        with st.container(key="own-line", gap="xsmall"):
            st.caption("What you said before you saw a reading")
            st.text(case.own.line)
    audit_card(case, actor.person_id)
    desk = open_desk(actor, case, following(case, actor), shows_ruled=shows(RULED))
    ruling_conflict(desk)
    ruling_desk(desk)
    settled_list(case)
    comments(case)
    rulings_effect(actor, case)


def following(case: Case, actor: Actor) -> DisputedItem | None:
    """Return the worst of the other items, where nothing is open on this one."""
    if case.disputes:
        return None
    lines = workbench().adjudicating.worst_first(actor, size=SIZE)
    others = (line for line in lines if line.item_id != case.view.item.item_id)
    return next(others, None)


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
