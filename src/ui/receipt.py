"""Receipts: what proves to a reader that a review is stored."""

from __future__ import annotations

import streamlit as st

from src.domain.review import Receipt
from src.domain.round import RoundKind
from src.ui.draft_session import OpenDraft
from src.ui.notices import plain
from src.ui.places import go
from src.ui.session import workbench
from src.ui.times import to_the_minute

LAST = "_last_receipt"
SUPERSEDES = "A new revision supersedes the old one."
SEEN_MORE = (
    "You have seen more than the case since: a revision is kept beside your reading for whoever "
    "settles the item, and changes neither gold nor any statistic."
)
SHOWN = 8


def keep(receipt: Receipt, round_name: str, item_id: str) -> None:
    """Keep the newest receipt for the page that is drawn next."""
    st.session_state[LAST] = (receipt, round_name, item_id)


def line(receipt: Receipt) -> str:
    """Return a receipt in one line: 'Review 12 stored 09:41 · receipt 9f3c2a1b'."""
    at = to_the_minute(receipt.at)
    return f"Review {receipt.number} stored {at} · receipt {receipt.hash[:SHOWN]}"


def last_receipt(here: str | None) -> None:
    """Show the receipt of the review just stored, with the way back to it."""
    receipt, round_name, item_id = st.session_state.get(LAST, (None, "", ""))
    if receipt is None or item_id == here:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="receipt"):
        st.text(line(receipt))
        st.button(
            "Open it again",
            type="tertiary",
            key="reopen",
            on_click=go,
            kwargs={"round": round_name, "item": item_id},
        )


def submitted_note(draft: OpenDraft) -> None:
    """Say that this item is submitted, under which receipt, and that it can be revised."""
    revision = draft.task.submitted_revision
    if not revision:
        return
    receipt = workbench().reviewing.own_receipt(draft.actor, draft.task.round, draft.item.item_id)
    if draft.round.kind is RoundKind.CALIBRATION:
        return
    words = f"You submitted this item, revision {revision}."
    if receipt is not None:
        words += f" {line(receipt)}."
    if draft.task.draft.version:
        words += " What you changed since is not submitted yet."
    else:
        words += " Change anything here to revise it."
    seen_more = workbench().reviewing.has_seen_more(draft.actor, draft.item.item_id)
    st.info(plain(f"{words} {SEEN_MORE if seen_more else SUPERSEDES}"))
