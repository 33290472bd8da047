"""A reader's own readings, newest first: to look at again, and to revise."""

from __future__ import annotations

import streamlit as st

from src.domain.item import Track
from src.domain.people import Actor
from src.domain.review import OwnReview
from src.ui.notices import plain
from src.ui.places import chosen, go, page_head, param
from src.ui.plant_card import told_afterwards
from src.ui.session import workbench
from src.ui.times import dated
from src.ui.wording import RECOMMENDATIONS, TRACKS

SIZE = 20
ALL = "all"


def own_readings(actor: Actor) -> None:
    """Show a page of what the reader has submitted; each line opens its item."""
    with page_head("My readings", "Open one to look at it again or to revise it."):
        st.button("Over time", on_click=go, kwargs={"view": "drift", "after": ""})
        st.button("Back to reading", type="primary", on_click=go, kwargs={"view": "", "after": ""})
    told_afterwards(actor)
    track = chosen("Track", "track", [ALL, *Track], lambda name: TRACKS.get(name, "All tracks"))
    after = param("after")
    found = workbench().reviewing.own_reviews(
        actor,
        track=None if track == ALL else Track(track),
        after=int(after) if after.isdecimal() else None,
        size=SIZE + 1,
    )
    if not found:
        st.text("Nothing here yet. What you submit is listed here.")
    shown = found[:SIZE]
    final = workbench().finals.among(actor, [(one.round, one.item_id) for one in shown])
    for review in shown:
        _line(review, final=(review.round, review.item_id) in final)
    if len(found) > SIZE:
        last = str(found[SIZE - 1].number)
        st.button("Earlier readings", on_click=go, kwargs={"after": last})


def _line(review: OwnReview, *, final: bool) -> None:
    place = {"view": "", "after": "", "track": "", "round": review.round, "item": review.item_id}
    said = RECOMMENDATIONS[review.recommendation] if review.recommendation else ""
    revised = f"revision {review.revision}" if review.revision > 1 else ""
    with st.container(horizontal=True, vertical_alignment="center", key=f"own-{review.number}"):
        st.button(
            plain(review.item_id),
            key=f"open-own-{review.number}",
            on_click=go,
            kwargs=place,
            width=200,
        )
        words = (TRACKS[review.track], review.round, dated(review.submitted_at), said, revised)
        st.text("  ·  ".join(word for word in words if word), width="stretch")
        if final:
            beside = {**place, "view": "gold"}
            st.button(
                "Beside gold",
                key=f"gold-{review.number}",
                on_click=go,
                kwargs=beside,
                help="Once you have seen it, what you revise here counts no more.",
            )
