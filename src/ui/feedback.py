"""What came of a practice case: where its reader and gold agree, and where they differ."""

from __future__ import annotations

import streamlit as st

from src.domain.calibration import CalibrationResult, ComparedUnit
from src.domain.item import Item
from src.domain.plurals import counted
from src.domain.round import RoundKind
from src.ui.draft_session import OpenDraft
from src.ui.places import go
from src.ui.session import workbench
from src.ui.wording import said, unit_title, value_text


def feedback_panel(draft: OpenDraft) -> None:
    """Compare a submitted practice case with gold, the differences first."""
    if draft.round.kind is not RoundKind.CALIBRATION or not draft.task.submitted_revision:
        return
    task = draft.task
    found = workbench().calibrating.feedback(draft.actor, task.round, task.item.item_id)
    result = workbench().calibrating.result(draft.actor, task.round)
    differing = [unit for unit in found.units if not unit.same]
    with st.container(border=True, key="feedback"):
        st.subheader(f"You and gold agree on {found.agreed} of {len(found.units)}", anchor=False)
        st.text(_so_far(result))
        for unit in differing:
            unit_beside_gold(draft.item, unit)
        st.button("Next practice case", type="primary", on_click=go, kwargs={"item": ""})


def _so_far(result: CalibrationResult) -> str:
    words = f"Practice so far: {result.items_read} of {counted(result.items, 'case')}"
    if result.share is not None:
        words += f", {result.agreed} of {result.units} agreed ({result.share:.0%})"
    if result.pass_mark is not None:
        words += f". The pass mark is {result.pass_mark:.0%}"
    if result.passed is not None:
        words += ": reached" if result.passed else ": not reached"
    return words + "."


def unit_beside_gold(item: Item, unit: ComparedUnit) -> None:
    """Show what a reader said of one unit, and what gold says."""
    st.caption(unit_title(unit.unit, item))
    for column, who, side in zip(
        st.columns(2), ("You", "Gold"), (unit.own, unit.gold), strict=True
    ):
        with column:
            st.caption(who)
            st.text(said(unit.unit, side.key, side.value))
            st.text(value_text(unit.unit, side.value) or "")
