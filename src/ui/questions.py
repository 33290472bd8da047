"""Questions of adjudicators about cases a reader has read: a quiet line, and the thread."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.review import MAX_TEXT
from src.domain.units import Reading, units_of
from src.services.discussing import Thread
from src.ui.doing import doing_of
from src.ui.notices import careful, plain, tell
from src.ui.places import go, page_head, param, stem
from src.ui.reading_room.text_field import Typed, text_field, typed_after, typed_text
from src.ui.session import workbench
from src.ui.times import dated
from src.ui.wording import said, unit_text, unit_title, value_text

QUESTIONS = "questions"
BACK = {"view": "", "item": "", "round": ""}


def question_line(actor: Actor) -> None:
    """Say how many cases a reader is asked about; nothing where there is no question."""
    found = workbench().discussing.questions(actor)
    if not found:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="asked"):
        cases = "a case" if len(found) == 1 else "cases"
        st.text(f"{counted(len(found), 'question')} about {cases} you read")
        st.button(
            "Open",
            type="tertiary",
            key="open-questions",
            on_click=go,
            kwargs={"view": QUESTIONS, "item": "", "round": ""},
        )


def questions_view(actor: Actor) -> None:
    """Show what a reader is asked: the thread the address names, else all open questions."""
    if param("item"):
        _thread(actor, param("round"), param("item"))
        return
    with page_head("Questions to you", "An adjudicator asks; you answer without your name."):
        st.button("Back to reading", type="primary", on_click=go, kwargs=BACK)
    found = workbench().discussing.questions(actor)
    if not found:
        st.text("Nobody asks you anything now.")
    for question in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                plain(question.item_id),
                key=f"open-question-{stem(question.round, question.item_id)}",
                on_click=go,
                kwargs={"view": QUESTIONS, "round": question.round, "item": question.item_id},
            )
            st.text(f"{question.round}  ·  asked {dated(question.asked_at)}")
    if found:
        st.caption(
            "Once you open a question you have seen that others read this case otherwise. You can "
            "still revise your reading; what you change then is kept beside it for "
            "whoever settles the item, and changes neither gold nor any statistic."
        )


def _thread(actor: Actor, round_name: str, item_id: str) -> None:
    thread = workbench().discussing.thread(actor, round_name, item_id)
    with page_head(item_id, f"{round_name} · you are Reader {thread.letter} here"):
        st.button(
            "Revise my reading",
            on_click=go,
            kwargs={"view": "", "round": round_name, "item": item_id},
        )
        st.button("Back to the questions", type="primary", on_click=go, kwargs={"item": ""})
    own = {unit.name: unit.readings[0] for unit in units_of(thread.item, [thread.review])}
    for unit in dict.fromkeys(one.unit for one in thread.said):
        left, right = st.columns(2, gap="large")
        with left:
            _own_reading(thread, unit, own.get(unit))
        with right:
            _messages(thread, unit)
            _answer(actor, thread, unit)


def _own_reading(thread: Thread, unit: str, reading: Reading | None) -> None:
    """Show what the reader themselves said, and of nobody else anything."""
    st.subheader(plain(unit_title(unit, thread.item)), anchor=False)
    text = unit_text(unit, thread.item)
    if text:
        st.text(text)
    st.caption("Your reading")
    if reading is None:
        st.text("You said nothing of it.")
        return
    st.text(said(unit, reading.key, reading.value))
    new = value_text(unit, reading.value)
    if new:
        st.text(new)


def _messages(thread: Thread, unit: str) -> None:
    for one in thread.said:
        if one.unit == unit:
            who = "You" if one.mine else one.who
            st.caption(plain(f"{who} · {dated(one.at)}"))
            st.text(one.text)


def _answer(actor: Actor, thread: Thread, unit: str) -> None:
    """Take an answer; what is typed is kept as it is typed."""
    answers = sum(1 for one in thread.said if one.unit == unit and one.mine)
    key = f"answer-{stem(actor.person_id, thread.round, thread.item.item_id, unit, answers)}"
    place = (thread.round, thread.item.item_id, unit)
    begun = thread.begun.get(unit, "")

    doing = doing_of(key)

    def store(typed: Typed) -> None:
        workbench().discussing.keep_answer(actor, *place, typed.text)

    def keep() -> None:
        doing.go_through(typed_after(key, doing.applied), store)

    @careful
    def send() -> None:
        text = typed_text(key)
        workbench().discussing.answer(actor, *place, begun if text is None else text)
        tell("Sent, without your name.")

    text_field(
        key=key,
        label="Your answer",
        value=begun,
        rev=1,
        rows=3,
        placeholder="Saved as you type; sent when you say so.",
        max_chars=MAX_TEXT,
        seen=doing.applied,
        on_change=keep,
    )
    st.button("Send the answer", type="primary", key=f"send-{key}", on_click=send)
