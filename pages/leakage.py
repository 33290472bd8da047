"""Leakage: where each item stands, how far scan and readers agree, and what stands twice."""

from __future__ import annotations

import streamlit as st

from src.domain.leak_status import WORST_FIRST, LeakStatus
from src.domain.leakage import Layer
from src.domain.people import Actor, Role
from src.services.leakage_report import LeakCounts
from src.ui import leak_report as report
from src.ui.condition_view import condition_panel
from src.ui.duplicate_groups import duplicates
from src.ui.leak_words import LAYERS, status_words
from src.ui.mask_form import mask_panel
from src.ui.places import chosen, go, page_head, param
from src.ui.session import require, workbench
from src.ui.wording import TRACKS

ALL = "all"
VIEWS = {"": "Items", "numbers": "Numbers", "duplicates": "Duplicates"}


def view() -> str:
    """Draw the choice of what to look at, and return it; the address holds it."""
    key = "leak-view"
    st.session_state[key] = param("view") if param("view") in VIEWS else ""
    st.segmented_control(
        "Show",
        list(VIEWS),
        format_func=VIEWS.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_keep_view,
        args=(key,),
    )
    return str(st.session_state[key])


def _keep_view(key: str) -> None:
    go(view=str(st.session_state[key] or ""), page="")


def item_list(actor: Actor, counts: LeakCounts) -> None:
    """Show the items the filters ask for, the worst first."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        track = chosen("Track", "track", [ALL, *TRACKS], lambda t: TRACKS.get(t, "All tracks"))
        statuses = [status.value for status in WORST_FIRST]
        status = chosen("Status", "status", [ALL, *statuses], _status_words)
        layer = chosen("Layer", "layer", [ALL, *Layer], _layer_words)
    since, after = param("since"), param("after")
    page = workbench().leakage.page(
        actor,
        track=report.track_of(track),
        status=LeakStatus(status) if status in statuses else None,
        layer=Layer(layer) if layer in list(Layer) else None,
        after=(int(since) if since.isdecimal() and len(since) < 3 else -1, after),
    )
    nothing = not page.lines and not after
    if nothing:
        st.info(nothing_words(counts, filtered=(track, status, layer) != (ALL, ALL, ALL)))
    elif not counts.scanned:
        says = "Nothing is scanned yet: what stands here is known from readings alone."
        st.info(f"{says} No reader flagged a leak." if all_clean(counts) else says)
    elif (track, status, layer) == (ALL, ALL, ALL) and all_clean(counts):
        st.info("Everything that was looked at is clean. No reader flagged a leak.")
    report.standing_lines(page)
    report.turn(page)
    if not nothing:
        with st.expander("Counts by track and by layer"):
            report.counts_table(counts)


def _status_words(value: str) -> str:
    return status_words(LeakStatus(value)) if value != ALL else "All"


def _layer_words(value: str) -> str:
    return LAYERS[Layer(value)] if value != ALL else "All layers"


def all_clean(counts: LeakCounts) -> bool:
    """Tell whether no item is anything but clean."""
    return not any(counts.of(status) for status in WORST_FIRST if status is not LeakStatus.CLEAN)


def nothing_words(counts: LeakCounts, *, filtered: bool) -> str:
    """Return why there is no item to show, and what to do."""
    if filtered:
        return "No item stands so. Choose another track, status or layer."
    if not counts.imported:
        return "Nothing is imported yet. The study lead imports a file on the page Study."
    return (
        "Nothing is scanned yet, and no item has been read by all its readers. No reader flagged "
        "a leak. The study lead scans with “Scan now” above, or with 'python manage.py scan'."
    )


def whole_study(actor: Actor) -> None:
    """Show the study: its items, its numbers, or what stands twice."""
    counts = workbench().leakage.counts(actor)
    with page_head("Leakage", report.counts_line(counts) if counts.imported else ""):
        report.scan_button(actor)
    report.scan_progress()
    if not report.counted_up(actor, counts):
        return
    shown = view()
    if shown == "numbers":
        report.numbers(actor, counts)
    elif shown == "duplicates":
        duplicates(actor)
    else:
        item_list(actor, counts)


actor = require(Role.LEAD, Role.ADJUDICATOR)
if param("item"):
    if report.one_item(actor, param("item")):
        mask_panel(actor, param("item"))
        condition_panel(actor, param("item"))
else:
    whole_study(actor)
