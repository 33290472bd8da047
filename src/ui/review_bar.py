"""The slim line above a reading: where one is, what is saved, skip and help."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.domain.review import Verdict
from src.domain.round import Round, SkipReason
from src.ui.draft_session import OpenDraft
from src.ui.notices import careful, plain, tell
from src.ui.places import go, stem
from src.ui.reading_room.text_field import text_field, typed_text
from src.ui.review_words import SKIPS, VERDICT_KEYS
from src.ui.session import workbench
from src.ui.times import to_the_minute, to_the_second
from src.ui.wording import SIGNS, TRACKS, VERDICTS

MEANINGS = {
    Verdict.SUPPORTED: "the images or the text show it",
    Verdict.PARTLY_SUPPORTED: "a part of it is shown",
    Verdict.CONTRADICTED: "the images or the text say otherwise",
    Verdict.NOT_IN_EVIDENCE: "neither images nor text speak of it",
    Verdict.CANNOT_JUDGE: "you cannot tell, for whatever reason",
}


def review_bar(draft: OpenDraft, round_: Round, rounds: list[Round]) -> None:
    """Show the line above the reading."""
    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        _which_round(round_, rounds)
        st.text(_place(draft))
        st.text(TRACKS[draft.item.track])
        st.text(saved_words(draft), width="stretch")
        if not draft.task.submitted_revision:
            _skip(draft)
        else:
            start = {"item": "", "round": ""}
            st.button("My next case", type="tertiary", on_click=go, kwargs=start)
        _help(round_)


def _which_round(round_: Round, rounds: list[Round]) -> None:
    if len(rounds) < 2:
        st.text(round_.name)
        return
    key = f"choose-round-{stem(round_.name)}"
    names = [one.name for one in rounds]

    @careful
    def chosen() -> None:
        go(round=st.session_state[key], item="")

    st.selectbox(
        "Round",
        names,
        names.index(round_.name),
        key=key,
        label_visibility="collapsed",
        width=180,
        on_change=chosen,
    )


def _place(draft: OpenDraft) -> str:
    done, total = workbench().assigning.own_progress(draft.actor, draft.task.round)
    if draft.task.submitted_revision:
        return f"{done} of {total} read"
    return f"{min(done + 1, total)} of {total}"


def saved_words(draft: OpenDraft) -> str:
    """Return what is stored, in a few words."""
    tab = draft.tab
    if tab.waiting:
        return "Not saved: choose below"
    if tab.saved is not None:
        return f"Saved {to_the_second(tab.saved)}"
    if tab.restored is not None:
        return f"Restored what you wrote at {to_the_minute(tab.restored)}"
    return "Every change is saved as you make it"


def _skip(draft: OpenDraft) -> None:
    with st.popover("Skip", type="tertiary", key=draft.key("skip")):
        st.caption("It goes to another reader. What you wrote is kept. Why do you pass it on?")
        note = draft.key("skip-note")
        text_field(key=note, label="Note, if you like", value="", rev=draft.tab.rev, rows=1)
        for reason in SkipReason:
            st.button(
                SKIPS[reason],
                key=draft.key(f"skip-{reason.value.replace('_', '-')}"),
                width="stretch",
                on_click=_skipping(draft, reason, note),
            )


def _skipping(draft: OpenDraft, reason: SkipReason, note: str) -> Callable[[], None]:
    @careful
    def callback() -> None:
        draft.gather()
        reviewing = workbench().reviewing
        task, words = draft.task, typed_text(note) or ""
        reviewing.skip(draft.actor, task.round, task.item.item_id, reason, words)
        following = reviewing.next_item(draft.actor, task.round)
        tell("Passed on to another reader.")
        go(item=following.item.item_id if following else "")

    return callback


def _help(round_: Round) -> None:
    with st.popover("Help", type="tertiary", key="help"):
        st.text("Judge each claim by the images and the text of this case, nothing else.")
        for verdict in Verdict:
            key = VERDICT_KEYS[verdict]
            st.text(f"{SIGNS[verdict]} {VERDICTS[verdict]} ({key}): {MEANINGS[verdict]}")
        st.text("V opens the next claim. E uses the image or the selected words as evidence.")
        st.text("B draws a box on an image. ? shows all keys of the images.")
        st.text("No key works while you type.")
        if round_.guideline:
            st.caption("Guideline of this round")
            st.markdown(plain(round_.guideline))
