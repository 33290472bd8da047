"""The grading of one answer between browser and study: each word is stored as it is said."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.human_grade import MAX_NOTE, GradingBody, graded, not_judged, noted
from src.domain.item import Criterion
from src.domain.people import Actor
from src.domain.review import Receipt
from src.services.grading import GradingTask
from src.ui import notices
from src.ui.places import go, stem
from src.ui.reading_room.acts import Act, acts_after
from src.ui.reading_room.choices import Option
from src.ui.reading_room.grading import CANNOT, GradeCard, grading
from src.ui.ruling_desk import DeskTab, desk_tab
from src.ui.session import workbench
from src.ui.times import to_the_minute, to_the_second

LAST = "_last_grading"
HASH_SHOWN = 8
ERROR = "This describes an error: “Met” says that the answer makes it."
BINARY = (Option(value="0", word="Not met"), Option(value="1", word="Met"))
UNKNOWN = Option(value=CANNOT, word="Cannot judge")
Edit = Callable[[GradingBody, Criterion], GradingBody]


def grading_desk(actor: Actor, task: GradingTask) -> None:
    """Show the answer with its criteria; a word draws it alone, sending draws the whole page."""
    place = stem("grading", actor.person_id, task.grading_set, task.position)
    key, tab, drawn = f"grading-{place}", desk_tab(f"tab-{place}"), False

    def heard() -> None:
        with tab.lock:
            acts = acts_after(key, tab.rev, tab.doing.applied)
            tab.doing.go_through(acts, lambda act: _do(actor, task, tab, act))

    def again() -> None:
        nonlocal drawn
        if drawn and (tab.anew or notices.waiting()):
            st.rerun()
        now = task
        if drawn:
            now = workbench().grading.task(actor, task.grading_set, task.position)
        drawn = True
        grading(
            key=key,
            answer=now.answer,
            cards=[_card(now, n, criterion) for n, criterion in enumerate(now.criteria, start=1)],
            saved=_saved(now),
            submit="Send it again" if now.receipt else "Send and open the next answer",
            most=MAX_NOTE,
            rev=tab.rev,
            seen=tab.doing.applied,
            on_change=heard,
        )

    st.fragment(again)()


def _card(task: GradingTask, number: int, criterion: Criterion) -> GradeCard:
    word = task.body.word(criterion.criterion_id)
    value = CANNOT if word.cannot else None if word.value is None else f"{word.value:g}"
    return GradeCard(
        criterion_id=criterion.criterion_id,
        number=number,
        text=criterion.text,
        about=_about(criterion),
        options=_options(criterion),
        value=value,
        note=word.note,
    )


def _options(criterion: Criterion) -> tuple[Option, ...]:
    if criterion.kind == "binary":
        return (*BINARY, UNKNOWN)
    steps = (Option(value=str(n), word=str(n)) for n in range(criterion.maximum + 1))
    return (*steps, UNKNOWN)


def _about(criterion: Criterion) -> str:
    scale = f"From 0, not at all, to {criterion.maximum}, fully."
    said = [ERROR] if criterion.points < 0 else []
    return " ".join([*said, scale] if criterion.kind == "ordinal" else said)


def _saved(task: GradingTask) -> str:
    if task.saved_at is not None:
        return f"Saved {to_the_second(task.saved_at)}"
    if task.receipt is not None:
        return f"{line(task.receipt)}. Change anything to send it again."
    return "Every word is saved as you say it"


def _do(actor: Actor, task: GradingTask, tab: DeskTab, act: Act) -> None:
    if act.kind == "submit":
        _submit(actor, task, tab, act)
        return
    edit = _edit(act)
    workbench().grading.keep_draft(actor, task.grading_set, task.position, edit, act.target)


def _edit(act: Act) -> Edit:
    if act.kind == "note":
        return lambda body, criterion: noted(body, criterion, act.text)
    if act.kind == "grade" and act.value is None:
        return lambda body, criterion: graded(body, criterion, None)
    if act.kind == "grade" and act.value == CANNOT:
        return not_judged
    if act.kind == "grade" and act.text.isdecimal() and len(act.text) < 4:
        return lambda body, criterion: graded(body, criterion, float(act.text))
    raise BadInputError(
        f"The page sent {act.kind!r} in a way that cannot be read. Reload the page; what was "
        "saved is kept."
    )


def _submit(actor: Actor, task: GradingTask, tab: DeskTab, act: Act) -> None:
    tab.anew = True
    key = f"screen:{stem(actor.person_id, task.grading_set, task.position, act.n)}"
    receipt = workbench().grading.submit(
        actor, task.grading_set, task.position, idempotency_key=key
    )
    st.session_state[LAST] = (receipt, task.grading_set, task.position)
    go(answer="")


def line(receipt: Receipt) -> str:
    """Return a receipt in one line: 'Grading 12 stored 09:41 · receipt 9f3c2a1b'."""
    at = to_the_minute(receipt.at)
    return f"Grading {receipt.number} stored {at} · receipt {receipt.hash[:HASH_SHOWN]}"


def last_receipt(here: int | None) -> None:
    """Show the receipt of what was just sent, with the way back to it."""
    receipt, name, position = st.session_state.get(LAST, (None, "", 0))
    if receipt is None or position == here:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="receipt"):
        st.text(line(receipt))
        st.button(
            "Open it again",
            type="tertiary",
            key="reopen",
            on_click=go,
            kwargs={"set": name, "answer": str(position)},
        )
