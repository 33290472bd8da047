"""Own readings beside gold once items are final, and how close to gold one reads over time."""

from __future__ import annotations

import streamlit as st

from src.domain.calibration import ComparedUnit
from src.domain.errors import ReviewToolError
from src.domain.final_feedback import BLOCK, FEWEST, DriftPoint, FinalReading
from src.domain.item import Item
from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.reasons import Reason
from src.ui.feedback import unit_beside_gold
from src.ui.notices import plain
from src.ui.places import go, page_head, param
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.times import dated
from src.ui.wording import REASONS, unit_title

BACK = {"view": "mine", "item": "", "round": ""}


def final_reading(actor: Actor) -> None:
    """Show one of the reader's final items: what they said, what gold says, and why."""
    with page_head("Your reading beside gold", param("item")):
        st.button("Back to my readings", type="primary", on_click=go, kwargs=BACK)
    try:
        found = workbench().finals.beside_gold(actor, param("round"), param("item"))
    except ReviewToolError as refusal:
        st.text(str(refusal))
        return
    item = workbench().reviewing.task(actor, found.round, found.feedback.item_id).item
    st.text(item.content.question)
    units = found.feedback.units
    st.subheader(
        f"You and gold agree on {found.feedback.agreed} of {counted(len(units), 'unit')}",
        anchor=False,
    )
    st.caption(f"Gold of release {found.release}. What you revise from now on counts no more.")
    for unit in units:
        if not unit.same:
            _unit(found, item, unit)
    same = [unit for unit in units if unit.same]
    if same:
        with st.expander(f"{counted(len(same), 'unit')} on which you agree"):
            for unit in same:
                st.text(unit_title(unit.unit, item))


def _unit(found: FinalReading, item: Item, unit: ComparedUnit) -> None:
    with st.container(border=True):
        unit_beside_gold(item, unit)
        if unit.unit in found.reasons:
            st.caption(plain(f"Ruled, because: {REASONS[Reason(found.reasons[unit.unit])]}"))


def drift_view(actor: Actor) -> None:
    """Show the share of units on which the reader and gold agree, 20 items a point."""
    with page_head("Over time", f"Your final readings, {BLOCK} items a point, the newest last."):
        st.button("Back to my readings", type="primary", on_click=go, kwargs=BACK)
    points = workbench().finals.drift(actor)
    if not points:
        st.text(
            f"Nothing to show yet. It begins with {FEWEST} of your items that are final: in a "
            "release, and not to be read by you in another round."
        )
        return
    shown = [_row(point) for point in points]
    if len(points) > 1:
        st.line_chart(
            {"Point": list(range(1, len(points) + 1)), "Agreed, %": [_percent(p) for p in points]},
            x="Point",
            y="Agreed, %",
            height=220,
        )
    table(shown, key="drift", alt="Share of units on which you and gold agree, over time")


def _percent(point: DriftPoint) -> float:
    return round(100 * (point.agreed.value or 0.0), 1)


def _row(point: DriftPoint) -> dict[str, str | int]:
    low, high = point.agreed.interval or (0.0, 1.0)
    return {
        "From": dated(point.first),
        "To": dated(point.last),
        "Items": point.items,
        "Agreed with gold": f"{point.agreed.value or 0:.2f} ({low:.2f} to {high:.2f})",
        "n (units)": point.agreed.whole,
    }
