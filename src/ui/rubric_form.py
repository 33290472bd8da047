"""The rubric as cards: each criterion is kept, edited or deleted, and new ones can be added."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.item import Criterion
from src.domain.review import AddedCriterion, EditReason, ReviewBody
from src.ui import wording
from src.ui.body_edits import (
    as_it_was,
    with_added_criterion,
    with_criterion,
    with_criterion_note,
    without_added_criterion,
    without_criterion,
)
from src.ui.draft_session import Change, OpenDraft
from src.ui.notices import careful, plain
from src.ui.review_words import EDIT_REASONS
from src.ui.typed import typed

CHANGE_REASONS = [reason for reason in EditReason if reason is not EditReason.MISSING]
NEW = "new-criterion"


def rubric_form(draft: OpenDraft) -> None:
    """Show every criterion that counts, and the reader's own."""
    active = [c for c in draft.item.criteria if c.active]
    if not active:
        st.caption("This item came without a rubric.")
    for number, criterion in enumerate(active, start=1):
        with st.container(border=True, gap="xsmall", key=draft.key(f"criterion-{number}")):
            _card(draft, criterion, number)
    for number in range(len(draft.body.added_criteria)):
        _own_card(draft, number)
    _new_card(draft)


def _card(draft: OpenDraft, criterion: Criterion, number: int) -> None:
    reading = draft.body.criterion(criterion.criterion_id)
    editing = reading.action == "edit" or f"edit-{number}" in draft.tab.opened
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", gap="small"):
        st.text(wording.points(criterion.points), width=84)
        st.text(criterion.text, width="stretch")
    if reading.action == "delete":
        _deleted(draft, criterion, number)
    elif editing:
        _editor(draft, criterion, number)
    else:
        with st.container(horizontal=True, gap="xsmall"):
            _button(draft, "Edit", f"edit-{number}", _opening(draft, f"edit-{number}", True))
            _delete_menu(draft, criterion, number)


def _button(draft: OpenDraft, label: str, name: str, act: Callable[[], None]) -> None:
    st.button(label, key=draft.key(f"do-{name}"), type="tertiary", on_click=act)


def _opening(draft: OpenDraft, name: str, wanted: bool) -> Callable[[], None]:
    @careful
    def callback() -> None:
        tab = draft.tab
        tab.opened = tab.opened | {name} if wanted else tab.opened - {name}

    return callback


def _delete_menu(draft: OpenDraft, criterion: Criterion, number: int) -> None:
    with st.popover("Delete", type="tertiary", key=draft.key(f"delete-{number}")):
        st.caption("Why should it go?")
        for reason in CHANGE_REASONS:
            change = _change(
                number, criterion, partial(_deletion, criterion.criterion_id, reason), redraws=False
            )
            st.button(
                EDIT_REASONS[reason],
                key=draft.key(f"delete-{number}-{reason.value.replace('_', '-')}"),
                type="tertiary",
                on_click=draft.does(change),
            )


def _deletion(criterion_id: str, reason: EditReason, body: ReviewBody) -> ReviewBody:
    return without_criterion(body, criterion_id, reason)


def _change(
    number: int,
    criterion: Criterion,
    edit: Callable[[ReviewBody], ReviewBody],
    *,
    redraws: bool,
) -> Change:
    return Change(f"Criterion {number}", edit, lambda body: _said(body, criterion), redraws=redraws)


def _said(body: ReviewBody, criterion: Criterion) -> str:
    reading = body.criterion(criterion.criterion_id)
    why = f" ({EDIT_REASONS[reading.reason]})" if reading.reason else ""
    if reading.action == "edit":
        points = criterion.points if reading.points is None else reading.points
        return f"{wording.points(points)}: {reading.text or criterion.text}{why}"
    return {"keep": "Kept", "delete": "Deleted"}[reading.action] + why


def _deleted(draft: OpenDraft, criterion: Criterion, number: int) -> None:
    reading = draft.body.criterion(criterion.criterion_id)
    reason = EDIT_REASONS[reading.reason] if reading.reason else ""
    st.caption(plain(f"To be deleted: {reason.lower()}"))
    _note(draft, criterion, number)
    _keep(draft, criterion, number, "Keep it after all")


def _keep(draft: OpenDraft, criterion: Criterion, number: int, label: str) -> None:
    change = _change(
        number, criterion, lambda body: as_it_was(body, criterion.criterion_id), redraws=True
    )
    store, close = draft.does(change), _opening(draft, f"edit-{number}", False)

    def both() -> None:
        close()
        store()

    _button(draft, label, f"keep-{number}", both)


def _editor(draft: OpenDraft, criterion: Criterion, number: int) -> None:
    reading = draft.body.criterion(criterion.criterion_id)
    typed(
        draft,
        f"criterion-text-{number}",
        "In better words",
        criterion.text if reading.text is None else reading.text,
        partial(_new_text, criterion),
        lambda body: _said(body, criterion),
        place=f"Criterion {number}",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _points(draft, criterion, number)
        if reading.action == "edit":
            _reason(draft, criterion, number)
    if reading.action == "edit":
        _note(draft, criterion, number)
    _keep(draft, criterion, number, "Keep it as it was")


def _new_text(criterion: Criterion, body: ReviewBody, text: str) -> ReviewBody:
    if not text.strip():
        raise BadInputError("A criterion needs words; its last words are kept. Or delete it.")
    return with_criterion(body, criterion, text=text)


def _points(draft: OpenDraft, criterion: Criterion, number: int) -> None:
    reading = draft.body.criterion(criterion.criterion_id)
    key = draft.key(f"points-{number}")

    def change() -> Change | None:
        points = st.session_state[key]
        if points is None:
            return None
        return _change(
            number,
            criterion,
            lambda body: with_criterion(body, criterion, points=float(points)),
            redraws=False,
        )

    st.number_input(
        "Points",
        min_value=-100.0,
        max_value=100.0,
        step=0.5,
        format="%g",
        key=draft.shows(key, criterion.points if reading.points is None else reading.points),
        on_change=draft.writes(change),
        width=150,
    )


def _reason(draft: OpenDraft, criterion: Criterion, number: int) -> None:
    key = draft.key(f"reason-{number}")

    def change() -> Change:
        reason = st.session_state[key]
        return _change(
            number,
            criterion,
            lambda body: with_criterion(body, criterion, reason=reason),
            redraws=False,
        )

    st.selectbox(
        "Why",
        CHANGE_REASONS,
        format_func=EDIT_REASONS.__getitem__,
        key=draft.shows(key, draft.body.criterion(criterion.criterion_id).reason),
        on_change=draft.writes(change),
    )


def _note(draft: OpenDraft, criterion: Criterion, number: int) -> None:
    criterion_id = criterion.criterion_id
    typed(
        draft,
        f"criterion-note-{number}",
        "Note",
        draft.body.criterion(criterion_id).note,
        lambda body, text: with_criterion_note(body, criterion_id, text),
        lambda body: body.criterion(criterion_id).note,
        place=f"Note on criterion {number}",
        rows=1,
    )


# ---- the reader's own ---------------------------------------------------------------------


def _own_card(draft: OpenDraft, number: int) -> None:
    criterion = draft.body.added_criteria[number]
    with st.container(border=True, gap="xsmall", key=draft.key(f"own-criterion-{number}")):
        st.caption("Added by you")
        _own_text(draft, number, criterion.text)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _own_points(draft, number, criterion)
            gone = Change(
                f"Your criterion {number + 1}",
                lambda body: without_added_criterion(body, number),
                lambda _: "",
                redraws=True,
            )
            _button(draft, "Remove", f"remove-own-{number}", draft.does(gone))


def _new_card(draft: OpenDraft) -> None:
    number = len(draft.body.added_criteria)
    name = f"{NEW}-{number}"
    if name in draft.tab.opened:
        with st.container(border=True, gap="xsmall", key=draft.key(f"own-criterion-{number}")):
            st.caption("A criterion you found missing")
            _own_text(draft, number, "")
        return
    st.button(
        "Add a criterion",
        icon=":material/add:",
        type="tertiary",
        key=draft.key(name),
        on_click=_opening(draft, name, True),
    )


def _own_text(draft: OpenDraft, number: int, value: str) -> None:
    def put(body: ReviewBody, text: str) -> ReviewBody:
        if text.strip():
            return with_added_criterion(body, number, text=text)
        if number >= len(body.added_criteria):
            return body
        raise BadInputError("A criterion needs words; its last words are kept. Or remove it.")

    typed(
        draft,
        f"own-criterion-text-{number}",
        "What an answer must say, or must not say",
        value,
        put,
        lambda body: _own_said(body, number),
        place=f"Your criterion {number + 1}",
    )


def _own_said(body: ReviewBody, number: int) -> str:
    if number >= len(body.added_criteria):
        return "Not there"
    criterion = body.added_criteria[number]
    return f"{wording.points(criterion.points)}: {criterion.text}"


def _own_points(draft: OpenDraft, number: int, criterion: AddedCriterion) -> None:
    key = draft.key(f"own-points-{number}")

    def change() -> Change | None:
        points = st.session_state[key]
        if points is None:
            return None
        return Change(
            f"Your criterion {number + 1}",
            lambda body: with_added_criterion(body, number, points=float(points)),
            lambda body: _own_said(body, number),
        )

    st.number_input(
        "Points",
        min_value=-100.0,
        max_value=100.0,
        step=0.5,
        format="%g",
        key=draft.shows(key, criterion.points),
        on_change=draft.writes(change),
        width=150,
    )
