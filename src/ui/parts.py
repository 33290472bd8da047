"""Parts of the review form that are drawn again alone when only they have changed.

What stands outside them and must follow - the words of what is saved, what is still missing -
goes along with the part's own data and is told to the other components in the browser.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.ui import notices
from src.ui.draft_session import OpenDraft
from src.ui.reading_room.component import telling

Draw = Callable[[OpenDraft], None]
Told = Callable[[OpenDraft], dict[str, object]]


def part(draft: OpenDraft, draw: Draw, told: Told) -> None:
    """Draw a part; after a change inside it, it alone is drawn, and `told` goes to the others.

    A change that shows elsewhere, or a message to the reader, draws the whole page.
    """
    drawn = False

    def again() -> None:
        nonlocal drawn
        if not drawn:
            drawn = True
            draw(draft)
            return
        if draft.tab.anew or notices.waiting():
            st.rerun()
        now = draft.brought_up()
        with telling(told(now)):
            notices.calmly(lambda: draw(now))

    st.fragment(again)()
