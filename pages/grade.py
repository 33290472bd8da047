"""Grade: a clinician says of a model's answer, criterion by criterion, whether it meets it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.grading import GradingTask
from src.ui.case_side import GRADING_KEYS, case_side
from src.ui.grading_desk import grading_desk, last_receipt
from src.ui.notices import careful, plain
from src.ui.places import chosen, go, page_name, param
from src.ui.session import require_reviewer, workbench
from src.ui.turns import in_turn

TALL = "max(380px, calc(100dvh - 232px))"


def nothing_to_grade() -> None:
    """Say that no set is open for this person."""
    with st.container(key="calm"):
        st.header("Nothing to grade", anchor=False)
        st.text("The study lead opens sets of answers. Yours stand here as soon as there is one.")


def task_before(actor: Actor, name: str) -> GradingTask | None:
    """Return the answer the address names, else the next one of the set, or None at its end."""
    if param("answer").isdecimal() and len(param("answer")) < 10:
        return workbench().grading.task(actor, name, int(param("answer")))
    return workbench().grading.next_answer(actor, name)


def head(actor: Actor, names: Sequence[str], task: GradingTask | None) -> str:
    """Show which set it is and how far one is in it; return the set's name."""
    with st.container(key="settling-head", horizontal=True, vertical_alignment="center"):
        name = chosen("Set", "set", names, str, width=220) if len(names) > 1 else names[0]
        done, total = workbench().grading.own_progress(actor, name)
        if task is not None and task.receipt is not None:
            st.text(f"{done} of {total} graded. You have sent this answer already.")
            st.button("Go on with the next", on_click=go, kwargs={"answer": ""})
        elif task is not None:
            st.text(f"{min(done + 1, total)} of {total}")
            st.button(
                "Leave it to somebody else",
                type="tertiary",
                key="give-back",
                on_click=give_back,
                args=(actor, name, task.position),
                help="The next answer opens. What you said of this one is kept, and is there "
                "should it come back to you at the end.",
            )
        st.caption("Whose answer it is is not shown, nor what anybody else says of it.")
    return name


@careful
def give_back(actor: Actor, name: str, position: int) -> None:
    """Let somebody else grade an answer, and open the next."""
    workbench().grading.give_back(actor, name, position)
    go(answer="")


def the_end(actor: Actor, name: str) -> None:
    """Say that nothing is left in a set."""
    last_receipt(None)
    done, _ = workbench().grading.own_progress(actor, name)
    with st.container(key="calm"):
        st.header("That was the last answer for you", anchor=False)
        st.text(f"You graded {counted(done, 'answer')} of this set. Thank you.")


def graded_case(actor: Actor, task: GradingTask) -> None:
    """Show the case on the left, the question, the answer and its criteria on the right."""
    with st.container(key="reading"):
        with st.container(key="room"):
            case_side(task.view, actor, height=TALL, keys=GRADING_KEYS)
        with st.container(key="sheet"), st.container(key="form-grading"):
            last_receipt(task.position)
            st.caption("Question")
            st.text(task.view.item.content.question)
            grading_desk(actor, task)


def current_set(names: Sequence[str]) -> str:
    """Return the set the address names, else the newest."""
    return param("set") if param("set") in names else names[0]


with in_turn():
    grader = require_reviewer()
    page_name("Grade")
    sets = workbench().grading.own_sets(grader)
    if not sets:
        nothing_to_grade()
        st.stop()
    try:
        before = task_before(grader, current_set(sets))
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        st.button("Go on with the next answer", on_click=go, kwargs={"answer": ""})
        st.stop()
    shown = head(grader, sets, before)
    if before is None:
        the_end(grader, shown)
    else:
        graded_case(grader, before)
