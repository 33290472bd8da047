"""The form that opens a grading set: whose answers, who grades them, and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.grading import MOST_GRADERS, DrawKind
from src.domain.item import Track
from src.domain.people import Actor, Person, Role
from src.domain.plurals import counted
from src.services.grading import NOT_BLIND, SEES_SCORES, GradingForecast, GradingPlan
from src.ui.notices import careful, plain, tell
from src.ui.session import workbench
from src.ui.wording import CONDITIONS, DRAWS, TRACKS

HELD = "_grading_forecast"
ABOUT = (
    "Clinicians grade answers without knowing whose they are. Every answer's chance to be drawn is "
    "stored with it, so that a part of the answers speaks for all of them."
)
NO_ANSWERS = "No model's answers are here yet. Import them on Leaderboard; then they can be graded."
NO_GRADERS = "Nobody can grade yet. Give somebody the role reviewer first."


class Forecast(NamedTuple):
    """A plan as it was looked at, and how much work it is."""

    plan: GradingPlan
    work: GradingForecast


def grading_set_form(actor: Actor, people: Sequence[Person]) -> None:
    """Take what a new set is to be; say how much work that is, and open it."""
    graders = {p.person_id: p for p in people if p.active and Role.REVIEWER in p.roles}
    models = {
        model.name: model.display_name or model.name
        for model in workbench().predicting.models(actor)
    }
    if not graders or not models:
        st.info(NO_ANSWERS if graders else NO_GRADERS)
        return
    st.caption(plain(ABOUT))
    st.text_input(
        "Name of the set",
        key="g-name",
        max_chars=100,
        width=360,
        on_change=_forget,
        help="Its graders see it: a name that says nothing of models or scores.",
    )
    _who(graders)
    _draw(actor)
    with st.expander("Only some answers", key="g-only"):
        _only(models)
    st.button("See how much work it is", key="g-see", on_click=look_ahead, args=(actor.person_id,))
    held = st.session_state.get(HELD)
    if isinstance(held, Forecast):
        _work(actor, held)


def _who(graders: Mapping[str, Person]) -> None:
    chosen = st.multiselect(
        "Who grades",
        list(graders),
        format_func=lambda person: graders[person].display_name,
        key="g-persons",
        on_change=_forget,
    )
    seeing = [graders[who].display_name for who in chosen if graders[who].roles & SEES_SCORES]
    if seeing:
        st.caption(
            plain(f"{', '.join(seeing)}: can see scores, so their grades count on no judge card.")
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        several = st.number_input(
            "Gradings of each answer",
            1,
            MOST_GRADERS,
            value=2,
            key="g-graders",
            width=200,
            on_change=_forget,
        )
        st.number_input(
            "Graded by more than one, in per cent",
            0,
            100,
            value=100,
            step=5,
            key="g-overlap",
            width=280,
            disabled=several == 1,
            on_change=_forget,
            help="How far people agree is known from these answers; one person grades each of the "
            "others. 100 per cent: all answers have several graders.",
        )


def _draw(actor: Actor) -> None:
    kind = st.selectbox(
        "How answers are chosen",
        list(DrawKind),
        format_func=DRAWS.__getitem__,
        key="g-draw",
        width=560,
        on_change=_forget,
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "How many answers",
            min_value=1,
            value=None,
            placeholder="All" if kind is DrawKind.EVERY else "",
            key="g-sample",
            width=200,
            disabled=kind is DrawKind.EVERY,
            on_change=_forget,
        )
        st.text_input(
            "Seed, a whole number",
            key="g-seed",
            width=280,
            on_change=_forget,
            help="The same seed draws the same answers. Left empty, one is drawn and kept.",
        )
    if kind is DrawKind.UNCERTAIN:
        st.multiselect(
            "Judges whose doubt counts",
            workbench().judging.judges(actor),
            placeholder="All",
            key="g-judges",
            on_change=_forget,
        )


def _only(models: Mapping[str, str]) -> None:
    st.multiselect(
        "Models",
        list(models),
        format_func=models.__getitem__,
        placeholder="All",
        key="g-models",
        on_change=_forget,
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Track",
            [None, *Track],
            format_func=lambda track: TRACKS[track.value] if track else "All tracks",
            key="g-track",
            width=200,
            on_change=_forget,
        )
        st.selectbox(
            "What the models were shown",
            list(CONDITIONS),
            format_func=CONDITIONS.__getitem__,
            key="g-condition",
            width=280,
            on_change=_forget,
        )
    st.text_area(
        "Ids of the items, one a line; all items when empty",
        key="g-items",
        height=120,
        on_change=_forget,
    )


def _work(actor: Actor, held: Forecast) -> None:
    """Say what the set would hold and ask, and offer to open it."""
    work, plan = held.work, held.plan
    people = counted(len(plan.persons), "person", "people")
    st.text(
        f"It will hold {work.answers:,} of {counted(work.of, 'answer')}, to be graded "
        f"{counted(work.gradings, 'time')} in all: {counted(work.grades, 'grade')} on single "
        f"criteria. With {people} that is about {counted(work.each, 'answer')} each. "
        f"Seed {work.seed}."
    )
    if work.not_blind:
        st.warning(plain(f"{', '.join(work.not_blind)} {NOT_BLIND}"))
    st.button(
        f"Open {plain(plan.name)}",
        type="primary",
        key="g-open",
        on_click=open_set,
        args=(actor.person_id,),
    )


def _forget() -> None:
    """Put a forecast away that was of another plan."""
    st.session_state.pop(HELD, None)


@careful
def look_ahead(person_id: str) -> None:
    """Work out how much the set in the form would ask, and open nothing."""
    _forget()
    bench, plan = workbench(), _plan()
    work = bench.grading.forecast(bench.people.actor(person_id), plan)
    st.session_state[HELD] = Forecast(plan.model_copy(update={"seed": work.seed}), work)


@careful
def open_set(person_id: str) -> None:
    """Open the set that was looked at, with the seed it was looked at with."""
    held = st.session_state.get(HELD)
    if not isinstance(held, Forecast):
        raise BadInputError("See how much work it is first.")
    bench = workbench()
    made = bench.grading.create(bench.people.actor(person_id), held.plan)
    _forget()
    st.session_state["g-name"] = ""
    tell(
        f"{made.name} is open: {counted(made.answers, 'answer')}, "
        f"{counted(made.gradings, 'grading')}. Its graders find it under Grade."
    )


def _plan() -> GradingPlan:
    """Return what the form asks for. Raises BadInputError for what only the form can know."""
    held = st.session_state
    name = str(held.get("g-name") or "").strip()
    draw = DrawKind(held["g-draw"])
    several = int(held.get("g-graders") or 1)
    sample = held.get("g-sample") if draw is not DrawKind.EVERY else None
    if not name:
        raise BadInputError("Give the set a name.")
    if not held.get("g-persons"):
        raise BadInputError("Say who grades.")
    if draw is not DrawKind.EVERY and sample is None:
        raise BadInputError("Say how many answers are to be drawn.")
    lines = [line.strip() for line in str(held.get("g-items") or "").split("\n")]
    return GradingPlan(
        name=name,
        graders=several,
        overlap=_overlap(held.get("g-overlap")) if several > 1 else 1.0,
        persons=tuple(held["g-persons"]),
        draw=draw,
        sample=int(sample) if sample is not None else None,
        seed=_seed(str(held.get("g-seed") or "").strip()),
        condition=str(held["g-condition"]),
        track=held.get("g-track"),
        item_ids=tuple(line for line in lines if line) or None,
        models=tuple(held.get("g-models") or ()),
        judges=tuple(held.get("g-judges") or ()) if draw is DrawKind.UNCERTAIN else (),
    )


def _overlap(per_cent: int | None) -> float:
    if per_cent is None:
        raise BadInputError("Say how many per cent of the answers more than one person grades.")
    return per_cent / 100


def _seed(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise BadInputError(f"The seed {text!r} is no whole number.")
    return int(text)
