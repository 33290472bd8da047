"""The blind first read: what an adjudicator says before any reader's reading is sent to them."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.own_reading import LONGEST_LINE, options_of
from src.domain.people import Actor
from src.domain.ruling import RulingDraft
from src.services.adjudicating import OWN_READING, UnseenCase
from src.ui import notices, wording
from src.ui.places import stem
from src.ui.reading_room.acts import Act, acts_after
from src.ui.reading_room.choices import Option, Question
from src.ui.reading_room.own_reading import own_reading
from src.ui.ruling_desk import DeskTab, desk_tab
from src.ui.session import workbench

LINE = "line"


def own_reading_form(actor: Actor, case: UnseenCase) -> None:
    """Take the own reading; nothing of any reader has been sent so far."""
    item_id = case.view.item.item_id
    place = stem("own", actor.person_id, case.round, item_id)
    tab = desk_tab(place)
    drawn = False

    def do(act: Act) -> None:
        _do(actor, case, tab, act)

    def heard() -> None:
        with tab.lock:
            tab.doing.go_through(acts_after(f"own-{place}", tab.rev, tab.doing.applied), do)

    def again() -> None:
        nonlocal drawn
        if drawn and (tab.anew or notices.waiting()):
            st.rerun()
        drafts = workbench().adjudicating.drafts(actor, case.round, item_id) if drawn else {}
        begun = drafts.get(OWN_READING, case.begun)
        drawn = True
        own_reading(
            key=f"own-{place}",
            line=begun.fields.get(LINE, ""),
            questions=[_question(case, unit, begun) for unit in case.asked],
            most=LONGEST_LINE,
            rev=tab.rev,
            seen=tab.doing.applied,
            on_change=heard,
        )

    st.fragment(again)()


def _question(case: UnseenCase, unit: str, begun: RulingDraft) -> Question:
    item = case.view.item
    title, text = wording.unit_title(unit, item), wording.unit_text(unit, item)
    return Question(
        name=unit,
        label=f"{title}: {text}" if text else title,
        options=tuple(Option(value=o, word=wording.own_word(unit, o)) for o in options_of(unit)),
        value=begun.fields.get(unit) or None,
    )


def _do(actor: Actor, case: UnseenCase, tab: DeskTab, act: Act) -> None:
    bench, item_id = workbench().adjudicating, case.view.item.item_id
    if act.kind == "commit":
        tab.anew = True
        begun = bench.drafts(actor, case.round, item_id).get(OWN_READING, RulingDraft())
        values = {unit: said for unit, said in begun.fields.items() if unit != LINE and said}
        line = begun.fields.get(LINE, "")
        bench.commit_own_reading(actor, case.round, item_id, line, values)
        return
    if act.kind not in {"line", "choose"} or (
        act.kind == "choose" and act.target not in case.asked
    ):
        raise BadInputError(f"There is nothing to do by {act.kind!r}.")
    name = LINE if act.kind == "line" else act.target

    def edited(draft: RulingDraft) -> RulingDraft:
        return draft.model_copy(update={"fields": {**draft.fields, name: act.text}})

    bench.keep_draft(actor, case.round, item_id, OWN_READING, edited)
