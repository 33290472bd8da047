"""Items: search and filter them; one item's whole story."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.item import ItemSummary, Track
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.ui.item_story import item_story
from src.ui.notices import plain
from src.ui.places import chosen, go, jump, page_head, param
from src.ui.session import require, workbench
from src.ui.what_if_panel import RECORDED, TRY
from src.ui.wording import TRACKS

SIZE = 25
ALL = "all"


def item_list(actor: Actor) -> None:
    """Show a page of the items that fit, in the order of their ids."""
    bench = workbench()
    counts = bench.browsing.counts(actor)
    with page_head("Items", counted(sum(counts.values()), "item") if counts else ""):
        pass
    if not counts:
        st.info("Nothing is imported yet. The study lead imports a file on the page Study.")
        return
    contains, track = filters(counts)
    after = param("after")
    found = bench.browsing.items(
        actor,
        track=Track(track) if track in TRACKS else None,
        contains=contains,
        after=after,
        size=SIZE + 1,
    )
    if not found:
        st.info("No item fits. Search for another part of an id, or in all tracks.")
    for line in found[:SIZE]:
        item_line(line)
    turn(found, after)


def filters(counts: dict[str, int]) -> tuple[str, str]:
    """Draw the search and the filter, and return what they hold."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        contains = st.text_input(
            "Part of an id", key="q", bind="query-params", on_change=first_page, width=320
        )
        track = chosen(
            "Track",
            "track",
            [ALL, *counts],
            lambda name: f"{TRACKS[name]} ({counts[name]:,})" if name in counts else "All tracks",
        )
    return contains, track


def first_page() -> None:
    """Go back to the first page when the search changes."""
    go(after="")


def item_line(line: ItemSummary) -> None:
    """Show one item as a line that opens it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            plain(line.item_id),
            key=f"open-{line.item_id}",
            on_click=go,
            kwargs={"item": line.item_id},
            width=260,
        )
        counts = [
            TRACKS[line.track.value],
            f"version {line.version}",
            counted(line.images, "image"),
            counted(line.claims, "claim"),
            counted(line.criteria, "criterion", "criteria"),
            line.case_id,
        ]
        st.caption(plain(" · ".join(counts)))


def turn(found: list[ItemSummary], after: str) -> None:
    """Offer the first page and the next."""
    with st.container(horizontal=True):
        if after:
            st.button("First page", key="items-first", on_click=go, kwargs={"after": ""})
        if len(found) > SIZE:
            following = {"after": found[SIZE - 1].item_id}
            st.button("Next page", key="items-next", on_click=go, kwargs=following)


def one_item(actor: Actor, item_id: str) -> None:
    """Show one item's story."""
    try:
        story = workbench().browsing.story(actor, item_id)
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        st.button("Back to the list", on_click=go, kwargs={"item": ""})
        return
    item = story.view.item
    with page_head(item_id, f"{TRACKS[item.track.value]} · version {item.version}"):
        st.button("Back to the list", on_click=go, kwargs={"item": ""})
        if can_try_out(actor, item_id) and st.button(
            "Try an edit out", key="try-out", help=RECORDED
        ):
            jump("leaderboard", **{TRY: item_id})
    item_story(story, actor)


def can_try_out(actor: Actor, item_id: str) -> bool:
    """Tell whether what edits of an item do to scores is shown to somebody on the leaderboard."""
    if not actor.roles & {Role.EVALUATOR, Role.LEAD} or not workbench().predicting.answered(actor):
        return False
    return any(hit.item_id == item_id for hit in workbench().what_ifs.find(actor, item_id, 1))


actor = require(Role.LEAD, Role.ADMIN, Role.EVALUATOR, Role.ADJUDICATOR)
if param("item"):
    one_item(actor, param("item"))
else:
    item_list(actor)
