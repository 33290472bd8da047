"""Which round and item the review screen shows: the address says it, else the next in line."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import ReviewToolError, UnreadGuidelineError
from src.domain.item import Track
from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.round import Round, RoundKind
from src.services.reviewing import Task
from src.ui import receipt
from src.ui.draft_session import OpenDraft
from src.ui.final_reading import drift_view, final_reading
from src.ui.guideline_panel import ask_to_acknowledge, guideline_view
from src.ui.notices import careful, plain
from src.ui.own_readings import own_readings
from src.ui.places import go, param, stem
from src.ui.questions import QUESTIONS, question_line, questions_view
from src.ui.session import workbench

LAST_ROUND = "_last_round"
PAUSED = "_paused"
"""The sitting that was ended by a pause, while its words are shown."""


def chosen_round(actor: Actor, rounds: list[Round]) -> Round:
    """Return the round the address names, else the last one read here, else the newest.

    The menu, and going back to what it left, name none: a case left in mid-edit comes back.
    """
    if not rounds:
        with st.container(key="calm"):
            st.header("No round is open for you", anchor=False)
            st.text(
                "The study lead opens rounds. Your first case stands here as soon as there is one."
            )
            question_line(actor)
        st.stop()
    by_name = {round_.name: round_ for round_ in rounds}
    named = by_name.get(param("round"))
    if param("round") and named is None:
        st.info(
            plain(f"The round {param('round')!r} is not open for you. This is {rounds[0].name!r}.")
        )
    found = named or by_name.get(str(st.session_state.get(LAST_ROUND)), rounds[0])
    st.session_state[LAST_ROUND] = found.name
    return found


def track_chosen() -> Track | None:
    """Return the track the reader wants to read, as the address names it; None for all."""
    return Track(param("track")) if param("track") in set(Track) else None


def elsewhere(actor: Actor) -> bool:
    """Show a pause, the guidelines, questions, or the reader's own readings, where asked to."""
    views = {
        "pause": _pause,
        "mine": own_readings,
        "gold": final_reading,
        "drift": drift_view,
        "guidelines": guideline_view,
        QUESTIONS: questions_view,
    }
    shown = views.get(param("view"))
    if shown is not None:
        shown(actor)
    return shown is not None


def _pause(actor: Actor) -> None:
    ended = st.session_state.get(PAUSED)
    with st.container(key="calm"):
        st.header("Paused", anchor=False)
        if ended is not None:
            minutes = max(1, round(ended.seconds_active / 60))
            st.text(
                f"This sitting: {counted(ended.items, 'case')}, read or passed on, in "
                f"{counted(minutes, 'active minute')}. No time is counted now."
            )
        st.text("Everything you wrote is saved. You can close this window.")
        st.button("Go on", type="primary", on_click=go, kwargs={"view": ""})


def task_before(actor: Actor, round_: Round) -> Task:
    """Return the item the address names, else the next one; stop at the end of the round.

    Guidelines are asked about only where a new item would be opened.
    """
    item_id = param("item")
    if item_id and param("round") in {"", round_.name}:
        return _named(actor, round_, item_id)
    try:
        task = workbench().reviewing.next_item(actor, round_.name, track_chosen())
    except UnreadGuidelineError:
        ask_to_acknowledge(actor)
        st.stop()
    if task is None:
        _the_end(actor, round_)
        st.stop()
    st.query_params.update({"round": round_.name, "item": task.item.item_id})
    return task


def item_after(actor: Actor, round_name: str) -> str:
    """Return the item that comes next; empty at the end, or where guidelines are asked about."""
    try:
        task = workbench().reviewing.next_item(actor, round_name, track_chosen())
    except UnreadGuidelineError:
        return ""
    return task.item.item_id if task else ""


def _named(actor: Actor, round_: Round, item_id: str) -> Task:
    try:
        return workbench().reviewing.task(actor, round_.name, item_id)
    except ReviewToolError:
        with st.container(key="calm"):
            st.header("This item is not yours to read", anchor=False)
            st.text("It may have gone to another reader, or the address belongs to somebody else.")
            start = {"item": "", "round": ""}
            st.button("Open my next case", type="primary", on_click=go, kwargs=start)
        st.stop()


def _the_end(actor: Actor, round_: Round) -> None:
    done, _ = workbench().assigning.own_progress(actor, round_.name)
    receipt.last_receipt(None)
    with st.container(key="calm"):
        last = track_chosen() is None
        others = [r for r in workbench().assigning.open_rounds(actor) if r.name != round_.name]
        end = "the last case of this round" if others else "the last case for today"
        title = f"That was {end}" if last else "That was the last of this track"
        st.header(title, anchor=False)
        cases = counted(done, "case")
        st.text(f"You have read {cases} in the round “{round_.name}”. Thank you.")
        if track_chosen() is not None:
            st.text(
                "You chose one track. Of a patient whose later question you opened, none is left."
            )
            st.button("Read all tracks", type="primary", on_click=go, kwargs={"track": ""})
        for other in others:
            st.button(
                plain(f"Go to the round {other.name}"),
                key=f"other-{stem(other.name)}",
                type="primary",
                on_click=go,
                kwargs={"round": other.name, "item": ""},
            )
        st.button("My readings", type="tertiary", on_click=go, kwargs={"view": "mine"})
        question_line(actor)


def _has_read(actor: Actor) -> bool:
    bench = workbench()
    return bench.preferences.was_welcomed(actor) or bool(bench.reviewing.recent(actor, 1))


def _welcome_lines(draft: OpenDraft) -> tuple[str, ...]:
    saved = "Every change is saved at once: leave when you must."
    if draft.task.withheld:
        return (
            "Look at the images first, and read the question and the case.",
            "Write in one line what you see; then the answer is shown, and you judge it.",
            saved,
        )
    return (
        "Read the question and the case, and look at the images.",
        "Give each claim a verdict and mark what it rests on; decide at the end.",
        saved,
    )


def practice_note(draft: OpenDraft) -> None:
    """Say of a calibration round that it is practice, and what is asked of its reader."""
    if draft.round.kind is not RoundKind.CALIBRATION or draft.task.submitted_revision:
        return
    mark = draft.round.pass_mark
    asked = f" The pass mark is {mark:.0%}." if mark is not None else ""
    says = f"Practice: after each case you see where you and gold differ.{asked}"
    st.info(plain(f"{says} It counts in no statistic."))


def welcome(draft: OpenDraft) -> None:
    """Greet somebody who never submitted a review, in three lines, until they close it."""
    actor = draft.actor
    if draft.tab.known.get("welcomed") or draft.once("has-read", lambda: _has_read(actor)):
        return

    @careful
    def close() -> None:
        workbench().preferences.close_welcome(actor)
        draft.tab.known["welcomed"] = True

    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key="welcome"):
        with st.container(gap=None):
            for line in _welcome_lines(draft):
                st.text(line)
        st.button("Understood", key="welcome-close", on_click=close)
