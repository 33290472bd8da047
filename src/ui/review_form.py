"""The right-hand side of the review screen: what is asked, and everything a reader can say."""

from __future__ import annotations

import streamlit as st

from src.ui.checks_form import checks_form
from src.ui.claim_form import claim_form
from src.ui.decision_form import comment_field, decision_form, decision_state
from src.ui.draft_session import OpenDraft
from src.ui.feedback import feedback_panel
from src.ui.first_reading_form import first_reading_form, own_first_reading
from src.ui.leak_form import leak_form
from src.ui.marks import captions_with_marks, case_with_marks
from src.ui.orpha_panel import orpha_panel
from src.ui.parts import Draw, part
from src.ui.proposal_form import proposal_form
from src.ui.questions import question_line
from src.ui.reading_place import practice_note, welcome
from src.ui.reading_room.component import gathering
from src.ui.receipt import last_receipt, submitted_note
from src.ui.review_bar import steps
from src.ui.rubric_form import rubric_form
from src.ui.what_if_panel import own_effect_followed, own_reading_effect

PARTS: tuple[tuple[str, Draw], ...] = (
    ("Claims", claim_form),
    ("Checks", checks_form),
    ("Rubric", rubric_form),
    ("Leaks", leak_form),
    ("", proposal_form),
    ("", orpha_panel),
    ("", comment_field),
)


def review_form(draft: OpenDraft) -> None:
    """Show the form in the order one reads: question, case, answer, claims, and the rest.

    Where a round asks for a first reading, nothing after the case is there until it is given.
    """
    with st.container(key=draft.key("form")):
        _head(draft)
        part(draft, case_with_marks, marks_told)
        _captions(draft)
        if not draft.task.withheld:
            _judging(draft)
    with st.container(key="decision", gap="xsmall"):
        if draft.task.withheld:
            part(draft, first_reading_form, _told_first)
        else:
            decision_form(draft)


def _head(draft: OpenDraft) -> None:
    """Show what stands above the case, in a place that is always there.

    What comes and goes would otherwise build everything below it anew, under the reader's hands.
    """
    with st.container(key=draft.key("head")):
        last_receipt(draft.item.item_id)
        question_line(draft.actor)
        welcome(draft)
        practice_note(draft)
        submitted_note(draft)
        feedback_panel(draft)


def _judging(draft: OpenDraft) -> None:
    own_first_reading(draft)
    _answer(draft)
    for title, draw in PARTS:
        if title:
            _titled(title)
        part(draft, draw, _told)
    own_reading_effect(draft)


def _told(draft: OpenDraft) -> dict[str, object]:
    """Return what the line above, the decision and open scores must know after a part was stored.

    What the page shows beside them is drawn without a run of its own, as `others`.
    """
    others = own_effect_followed(draft)
    return {
        **steps(draft).model_dump(),
        **decision_state(draft).model_dump(),
        **({"others": others} if others else {}),
    }


def marks_told(draft: OpenDraft) -> dict[str, object]:
    """Return what the others must know after something was marked on the images or in the text.

    Claims and rubric name the evidence: they are brought up to date without being drawn again.
    """
    if draft.task.withheld:
        return _told_first(draft)
    with gathering() as others:
        claim_form(draft)
        rubric_form(draft)
    return {**_told(draft), "others": {**others, **own_effect_followed(draft)}}


def _told_first(draft: OpenDraft) -> dict[str, object]:
    """Return what the line above must know before the first reading is given."""
    return steps(draft).model_dump()


def _titled(title: str) -> None:
    with st.container(key=f"part-{title.lower()}"):
        st.header(title, anchor=False)


def _captions(draft: OpenDraft) -> None:
    if any(image.caption for image in draft.item.content.images):
        with st.expander("Captions", key=draft.key("captions-fold")):
            part(draft, captions_with_marks, marks_told)


def _answer(draft: OpenDraft) -> None:
    content = draft.item.content
    with st.container(key="answer", gap="xsmall"):
        st.caption("Answer under review")
        st.text(content.answer)
        if content.aliases:
            st.caption("Also counts as the answer")
            st.text("; ".join(content.aliases))
