"""The right-hand side of the review screen: what is asked, and everything a reader can say."""

from __future__ import annotations

import streamlit as st

from src.ui.checks_form import checks_form
from src.ui.claim_form import claim_form
from src.ui.decision_form import comment_field, decision_form
from src.ui.draft_session import OpenDraft
from src.ui.leak_form import leak_form
from src.ui.marks import captions_with_marks, case_with_marks
from src.ui.proposal_form import proposal_form
from src.ui.reading_place import welcome
from src.ui.receipt import last_receipt, submitted_note
from src.ui.rubric_form import rubric_form


def review_form(draft: OpenDraft) -> None:
    """Show the form in the order one reads: question, case, answer, claims, and the rest."""
    with st.container(key=draft.key("form")):
        last_receipt(draft.item.item_id)
        welcome(draft.actor)
        submitted_note(draft)
        _question(draft)
        case_with_marks(draft)
        _captions(draft)
        _answer(draft)
        _part("Claims")
        claim_form(draft)
        _part("Checks")
        checks_form(draft)
        _part("Rubric")
        rubric_form(draft)
        _part("Leaks")
        leak_form(draft)
        proposal_form(draft)
        comment_field(draft)
    with st.container(key="decision", gap="xsmall"):
        decision_form(draft)


def _part(title: str) -> None:
    with st.container(key=f"part-{title.lower()}"):
        st.subheader(title, anchor=False)


def _question(draft: OpenDraft) -> None:
    with st.container(key="question"):
        st.text(draft.item.content.question)


def _captions(draft: OpenDraft) -> None:
    if any(image.caption for image in draft.item.content.images):
        with st.expander("Captions", key=draft.key("captions-fold")):
            captions_with_marks(draft)


def _answer(draft: OpenDraft) -> None:
    content = draft.item.content
    with st.container(key="answer", gap="xsmall"):
        st.caption("Answer under review")
        st.text(content.answer)
        if content.aliases:
            st.caption("Also counts as the answer")
            st.text("; ".join(content.aliases))
