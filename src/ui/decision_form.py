"""The reader's last word: recommendation, confidence, and Submit with what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import streamlit as st

from src.domain.canonical import digest
from src.domain.review import Confidence, Recommendation, ReviewBody, completeness_problems
from src.ui import receipt
from src.ui.body_edits import with_whole
from src.ui.draft_session import Change, OpenDraft
from src.ui.notices import careful, plain
from src.ui.places import go
from src.ui.session import workbench
from src.ui.typed import typed
from src.ui.wording import CONFIDENCES, RECOMMENDATIONS

SHOWN = 2


def comment_field(draft: OpenDraft) -> None:
    """Show the comment on the item as a whole."""
    typed(
        draft,
        "comment",
        "Comment",
        draft.body.comment,
        lambda body, text: with_whole(body, comment=text),
        lambda body: body.comment,
        rows=3,
        placeholder="Anything the next reader of this item should know. Saved as you type.",
    )


def decision_form(draft: OpenDraft) -> None:
    """Show the decision and Submit; it stays in view while the form scrolls."""
    _choice(draft, "recommendation", "Recommendation", list(Recommendation), RECOMMENDATIONS)
    _choice(draft, "confidence", "How sure are you?", list(Confidence), CONFIDENCES)
    missing = [p.message for p in completeness_problems(draft.item, draft.body)]
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", key=draft.key("submit-row")
    ):
        st.button(
            "Store the revision" if draft.task.submitted_revision else
            "Submit and open the next case",
            type="primary",
            key=draft.key("submit"),
            disabled=bool(missing) or bool(draft.tab.waiting) or _nothing_to_revise(draft),
            on_click=submitting(draft),
        )  # fmt: skip
        st.caption(plain(_still(draft, missing)), width="stretch")


def _nothing_to_revise(draft: OpenDraft) -> bool:
    return draft.task.submitted_revision > 0 and draft.task.draft.version == 0


def _still(draft: OpenDraft, missing: list[str]) -> str:
    if not missing:
        return "" if _nothing_to_revise(draft) else "Nothing is missing."
    more = len(missing) - SHOWN
    end = f" And {more} more." if more > 0 else ""
    return "Still missing: " + " ".join(missing[:SHOWN]) + end


def _choice(
    draft: OpenDraft, name: str, label: str, options: Sequence[StrEnum], words: Mapping[Any, str]
) -> None:
    key = draft.key(name)
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-{key}"):
        st.text(label, width=150)
        st.segmented_control(
            label,
            options,
            format_func=words.__getitem__,
            key=draft.shows(key, getattr(draft.body, name)),
            label_visibility="collapsed",
            on_change=draft.writes(partial(_chosen, name, label, key, words)),
        )


def _chosen(name: str, label: str, key: str, words: Mapping[Any, str]) -> Change:
    value = st.session_state[key]

    def says(body: ReviewBody) -> str:
        given = getattr(body, name)
        return words[given] if given is not None else "Not chosen"

    return Change(label, lambda body: with_whole(body, **{name: value}), says)


def submitting(draft: OpenDraft) -> Callable[[], None]:
    """Return the callback that stores the review for ever and opens the next case."""

    @careful
    def callback() -> None:
        draft.gather()
        tab = draft.tab
        if tab.waiting:
            return
        reviewing = workbench().reviewing
        task = draft.newest()
        stored = reviewing.submit(
            draft.actor,
            task.round,
            task.item.item_id,
            task.draft.body,
            item_version=draft.item.version,
            idempotency_key=digest({"reading": draft.base, "version": tab.version}),
            expected_version=tab.version,
            seconds_active=round(tab.seconds),
        )
        receipt.keep(stored, task.round, task.item.item_id)
        following = reviewing.next_item(draft.actor, task.round)
        go(item=following.item.item_id if following else "")

    return callback
