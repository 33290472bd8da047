"""Leaks: where and how the item gives its answer away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.review import ReviewBody
from src.ui.body_edits import with_flag, with_flag_at, without_flag
from src.ui.draft_session import Change, OpenDraft
from src.ui.marks import LEAK
from src.ui.notices import careful
from src.ui.review_words import SEVERITIES, field_name, shortened
from src.ui.typed import typed
from src.ui.wording import LEAKS

NOTE_LENGTH = 5_000


def leak_form(draft: OpenDraft) -> None:
    """Show the leaks flagged so far, and the ways to flag another."""
    for number in range(len(draft.body.flags)):
        with st.container(border=True, gap="xsmall", key=draft.key(f"flag-{number}")):
            _flag(draft, number)
    if draft.tab.active == LEAK:
        _marking(draft)
    with st.container(horizontal=True, gap="xsmall", key=draft.key("flag-acts")):
        if draft.tab.active != LEAK:
            st.button(
                "⚑ Mark a leak",
                key=draft.key("mark-leak"),
                type="tertiary",
                on_click=_activating(draft, LEAK),
            )
        _whole_places(draft)


def _activating(draft: OpenDraft, target: str | None) -> Callable[[], None]:
    @careful
    def callback() -> None:
        draft.tab.active = target

    return callback


def _marking(draft: OpenDraft) -> None:
    with st.container(border=True, gap="xsmall", key=draft.key("marking-leak")):
        st.text(
            "Now select the words in the case text or a caption, or choose the image, "
            "or draw a box on it. It is flagged as you mark it."
        )
        st.button(
            "Done",
            key=draft.key("leak-done"),
            type="tertiary",
            on_click=_activating(draft, None),
        )


def _places(draft: OpenDraft) -> list[str]:
    content = draft.item.content
    found = ["question", "context"] if content.context else ["question"]
    found += [f"finding:{n}" for n in range(1, len(content.findings) + 1)]
    found += [f"caption:{i.position}" for i in content.images if i.caption]
    found += [f"slot:{i.position}" for i in content.images if i.slot_name]
    return found + [f"image:{i.position}" for i in content.images]


def _place_name(place: str) -> str:
    return field_name(place) if not place.startswith("image:") else f"Image {place[6:]}"


def _place_of(name: str) -> LeakPlace:
    if name.startswith("image:"):
        return LeakPlace(image=int(name.removeprefix("image:")))
    return LeakPlace(field=name)


def _likely_kind(name: str) -> LeakKind:
    kinds = {
        "image": LeakKind.ANSWER_IN_IMAGE,
        "caption": LeakKind.ANSWER_IN_CAPTION,
        "slot": LeakKind.ANSWER_IN_FILE_NAME,
    }
    return kinds.get(name.partition(":")[0], LeakKind.ANSWER_IN_TEXT)


def _whole_places(draft: OpenDraft) -> None:
    with st.popover("Flag a whole place", type="tertiary", key=draft.key("flag-place")):
        st.caption("What gives the answer away?")
        for name in _places(draft):
            flag = LeakageFlag(kind=_likely_kind(name), place=_place_of(name))
            st.button(
                _place_name(name),
                key=draft.key(f"flag-{name.replace(':', '-')}"),
                type="tertiary",
                on_click=draft.does(
                    Change("Leaks", partial(_flagged, flag), _leaks_said, redraws=True)
                ),
            )


def _flagged(flag: LeakageFlag, body: ReviewBody) -> ReviewBody:
    return with_flag(body, flag)


def _leaks_said(body: ReviewBody) -> str:
    return "\n".join(f"{LEAKS[f.kind]}: {_place_name(f.place.name)}" for f in body.flags)


def where(flag: LeakageFlag) -> str:
    """Return the place of a leak in words, with the words marked where there are some."""
    place = _place_name(flag.place.name)
    if flag.place.span is not None:
        return f"{place}: “{shortened(flag.place.span.quote, 80)}”"
    return f"Box on {place.lower()}" if flag.place.box is not None else place


def _flag(draft: OpenDraft, number: int) -> None:
    flag = draft.body.flags[number]
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.text(f"⚑ {where(flag)}", width="stretch")
        gone = Change("Leaks", lambda body: without_flag(body, number), _leaks_said, redraws=True)
        st.button(
            "Remove",
            key=draft.key(f"unflag-{number}"),
            type="tertiary",
            on_click=draft.does(gone),
        )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _kind(draft, flag, number)
        _severity(draft, flag, number)
    typed(
        draft,
        f"flag-note-{number}",
        "Note",
        flag.note,
        lambda body, text: _with(body, number, note=text),
        lambda body: body.flags[number].note if number < len(body.flags) else "",
        place=f"Note on leak {number + 1}",
        rows=1,
        max_chars=NOTE_LENGTH,
    )


def _with(body: ReviewBody, number: int, **changes: object) -> ReviewBody:
    if number >= len(body.flags):
        return body
    flag = body.flags[number].model_copy(update=changes)
    if any(other.unit == flag.unit for n, other in enumerate(body.flags) if n != number):
        raise BadInputError("This leak is flagged already, at the same place and of this kind.")
    return with_flag_at(body, number, flag)


def _kind(draft: OpenDraft, flag: LeakageFlag, number: int) -> None:
    key = draft.key(f"flag-kind-{number}")
    st.selectbox(
        "What happens there",
        list(LeakKind),
        format_func=LEAKS.__getitem__,
        key=draft.shows(key, flag.kind),
        on_change=draft.writes(partial(_field_change, number, "kind", key)),
    )


def _severity(draft: OpenDraft, flag: LeakageFlag, number: int) -> None:
    key = draft.key(f"flag-severity-{number}")
    st.segmented_control(
        "How much",
        list(SEVERITIES),
        format_func=SEVERITIES.__getitem__,
        required=True,
        key=draft.shows(key, flag.severity),
        on_change=draft.writes(partial(_field_change, number, "severity", key)),
    )


def _field_change(number: int, name: str, key: str) -> Change | None:
    value = st.session_state[key]
    if value is None:
        return None
    return Change(
        f"Leak {number + 1}",
        lambda body: _with(body, number, **{name: value}),
        _leaks_said,
    )
