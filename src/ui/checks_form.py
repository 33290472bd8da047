"""The seven questions asked of every item."""

from __future__ import annotations

from functools import partial

import streamlit as st

from src.domain.review import Check, CheckAnswer, ReviewBody
from src.ui.body_edits import with_whole
from src.ui.draft_session import Change, OpenDraft
from src.ui.review_words import CHECK_ANSWERS
from src.ui.wording import CHECKS


def checks_form(draft: OpenDraft) -> None:
    """Show the questions with yes, no and unsure; only the first must be answered."""
    with st.container(gap="xsmall", key=draft.key("checks")):
        for check in Check:
            _question(draft, check)


def _question(draft: OpenDraft, check: Check) -> None:
    key = draft.key(f"check-{check.value.replace('_', '-')}")
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"row-{key}"):
        st.text(CHECKS[check], width="stretch")
        st.segmented_control(
            CHECKS[check],
            list(CheckAnswer),
            format_func=CHECK_ANSWERS.__getitem__,
            key=draft.shows(key, draft.body.checks.get(check)),
            label_visibility="collapsed",
            on_change=draft.writes(partial(_answered, check, key)),
        )


def _answered(check: Check, key: str) -> Change:
    answer = st.session_state[key]

    def edit(body: ReviewBody) -> ReviewBody:
        others = {c: a for c, a in body.checks.items() if c is not check}
        return with_whole(body, checks=others if answer is None else {**others, check: answer})

    def says(body: ReviewBody) -> str:
        given = body.checks.get(check)
        return CHECK_ANSWERS[given] if given else "No answer"

    return Change(CHECKS[check], edit, says)
