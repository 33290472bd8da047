"""One grading set on the Study screen: what it asks, how far its graders are, and closing it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from src.domain.grading import GradingSet
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.round import RoundState
from src.services.grading import GradingProgress
from src.ui.notices import careful, plain, tell
from src.ui.places import stem
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.times import dated
from src.ui.wording import CONDITIONS, DRAWS, TRACKS

SHOWN: Mapping[str, str] = dict(CONDITIONS.items())


def grading_set_card(actor: Actor, progress: GradingProgress, names: Mapping[str, str]) -> None:
    """Show one set: numbers of gradings only, never a grade."""
    made, done = progress.grading_set, sum(progress.done.values())
    key = stem(made.name)
    with st.container(border=True, key=f"grading-set-{key}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(made.name)}**", width="stretch")
            if Role.LEAD in actor.roles:
                _act(actor, made, key)
        st.caption(plain(_says(made)))
        share = min(1.0, done / progress.asked) if progress.asked else 0.0
        st.progress(share, text=f"{done:,} of {counted(progress.asked, 'grading')} sent")
        table(
            [
                {"Grader": names.get(who, who), "Answers graded": progress.done.get(who, 0)}
                for who in made.persons
            ],
            key=f"graders-{key}",
            alt=f"Answers of {made.name} graded by each person",
        )


def _says(made: GradingSet) -> str:
    chosen = made.selection
    limits = [
        TRACKS.get(str(chosen.get("track")), ""),
        f"a list of {chosen['items']} items" if chosen.get("items") is not None else "",
        ", ".join(_names(chosen.get("models"))),
        SHOWN.get(made.condition, "") if made.condition != "full" else "",
    ]
    parts = [
        "Open" if made.state is RoundState.OPEN else "Closed",
        f"opened {dated(made.made_at)}",
        f"{made.answers:,} of {counted(int(str(chosen['of'])), 'answer')}",
        DRAWS[made.draw],
        *limits,
        _graders(made),
        f"seed {made.seed}",
    ]
    return " · ".join(part for part in parts if part)


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _graders(made: GradingSet) -> str:
    if made.overlap == made.answers:
        return f"{counted(made.graders, 'grading')} of each"
    return f"{made.graders} gradings of {made.overlap:,}, one of the others"


def _act(actor: Actor, made: GradingSet, key: str) -> None:
    if made.state is RoundState.OPEN:
        st.button(
            "Close the set",
            key=f"close-set-{key}",
            on_click=close_set,
            args=(actor.person_id, made.name),
            help="No answer is given out any more. What was begun can still be sent, and what was "
            "graded counts. Reopening undoes it.",
        )
        return
    st.button(
        "Reopen the set",
        key=f"reopen-set-{key}",
        on_click=reopen_set,
        args=(actor.person_id, made.name),
    )


@careful
def close_set(person_id: str, name: str) -> None:
    """Give out no more answers of a set."""
    bench = workbench()
    bench.grading.close(bench.people.actor(person_id), name)
    tell(f"{name} is closed. What was begun can still be sent.")


@careful
def reopen_set(person_id: str, name: str) -> None:
    """Give answers of a set out again."""
    bench = workbench()
    bench.grading.reopen(bench.people.actor(person_id), name)
    tell(f"{name} is open again.")
