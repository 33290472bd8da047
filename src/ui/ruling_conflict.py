"""Two windows of one adjudicator on one unit: both texts, and the choice between them."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.domain.ruling import RulingDraft
from src.ui import wording
from src.ui.notices import careful
from src.ui.ruling_desk import INPUT, OpenDesk, said, with_said
from src.ui.session import workbench

NAMES = {"rationale": "Rationale", "question": "Question", "note": "Note"}
Joined = Callable[[str, str], str]
"""Makes one text of the other window's and one's own."""


def ruling_conflict(desk: OpenDesk) -> None:
    """Show what another window wrote beside what was typed here; nothing is overwritten."""
    # The place is always there: what stands below must not be built anew when the panel comes.
    with st.container(key="conflict-place"):
        if desk.tab.waiting:
            _choice(desk)


def _choice(desk: OpenDesk) -> None:
    with st.container(border=True, key="conflict"):
        st.text("Another window of yours wrote in the same place. Both are kept until you choose.")
        for place, mine in desk.tab.waiting.items():
            st.caption(_title(desk, *place))
            left, right = st.columns(2)
            with left:
                st.caption("Stored by the other window")
                st.text(_stored(desk, place) or "Nothing")
            with right:
                st.caption("Typed here")
                st.text(mine or "Nothing")
        with st.container(horizontal=True):
            ways: tuple[tuple[str, Joined], ...] = (
                ("Keep the other window's", lambda theirs, _mine: theirs),
                ("Take mine instead", lambda _theirs, mine: mine),
                ("Keep both, mine below", lambda theirs, mine: f"{theirs}\n{mine}"),
            )
            for number, (words, join) in enumerate(ways):
                st.button(
                    words,
                    key=f"{desk.key}-conflict-{number}",
                    on_click=_answer,
                    args=(desk, join),
                )


def _title(desk: OpenDesk, unit: str, what: str) -> str:
    title = wording.unit_title(unit, desk.case.view.item)
    return f"{title}: {NAMES.get(what, what.removeprefix(INPUT).capitalize())}"


def _stored(desk: OpenDesk, place: tuple[str, str]) -> str:
    return said(desk, desk.case.drafts.get(place[0], RulingDraft()), place)


@careful
def _answer(desk: OpenDesk, join: Joined) -> None:
    """Store what is to stand in each place, and let the fields of this window show it."""
    with desk.tab.lock:
        bench = workbench().adjudicating
        for place, mine in list(desk.tab.waiting.items()):

            def joined(
                draft: RulingDraft, place: tuple[str, str] = place, mine: str = mine
            ) -> RulingDraft:
                return with_said(draft, place[1], join(said(desk, draft, place), mine))

            bench.keep_draft(desk.actor, desk.case.round, desk.item_id, place[0], joined)
            desk.tab.waiting.pop(place)
        desk.tab.rev += 1
