"""Rounds: open one, see how far its readers are, close it."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.item import Track
from src.domain.people import Actor, Person, Role
from src.domain.round import Round, RoundState, TrackProgress
from src.services.assigning import RoundPlan
from src.ui import wording
from src.ui.notices import careful, plain, tell
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.times import dated
from src.ui.wording import counted

EVERYTHING, TRACK, LIST, SAMPLE = "All items", "A track", "A list", "A sample"
MOST_READERS = 20


def round_form(person_id: str, people: list[Person]) -> None:
    """Take what a new round is to be, and open it."""
    readers = {p.person_id: p for p in people if p.active and Role.REVIEWER in p.roles}
    if not readers:
        st.info("Nobody can read yet. Give somebody the role reviewer first.")
        return
    which = st.segmented_control(
        "Items", [EVERYTHING, TRACK, LIST, SAMPLE], default=EVERYTHING, required=True, key="r-which"
    )
    with st.form("round", border=False):
        _selection(str(which))
        st.text_input("Name of the round", key="r-name", max_chars=100, width=360)
        st.multiselect(
            "Who reads",
            list(readers),
            format_func=lambda person: readers[person].display_name,
            key="r-persons",
        )
        st.number_input(
            "Readings of each item", 1, MOST_READERS, value=2, key="r-readers", width=200
        )
        st.form_submit_button(
            "Open the round", type="primary", on_click=open_round, args=(person_id, str(which))
        )


def _selection(which: str) -> None:
    if which in (TRACK, SAMPLE):
        st.selectbox(
            "Track",
            list(Track) if which == TRACK else [None, *Track],
            format_func=lambda track: wording.TRACKS[track.value] if track else "All tracks",
            key=f"r-track-{which}",
            width=360,
        )
    if which == LIST:
        st.text_area("Ids of the items, one a line", key="r-list", height=140)
    if which == SAMPLE:
        st.number_input("How many items", 1, value=10, key="r-sample", width=200)
        st.text_input(
            "Seed, a whole number",
            key="r-seed",
            width=200,
            help="The same seed draws the same items. Left empty, one is drawn and kept.",
        )


@careful
def open_round(person_id: str, which: str) -> None:
    """Open the round that the form describes."""
    held, bench = st.session_state, workbench()
    name = str(held.get("r-name") or "").strip()
    if not name:
        raise BadInputError("Give the round a name.")
    lines = str(held.get("r-list") or "").split("\n")
    plan = RoundPlan(
        name=name,
        readers=int(held["r-readers"]),
        persons=tuple(held.get("r-persons") or ()),
        track=held.get(f"r-track-{which}"),
        item_ids=tuple(i.strip() for i in lines if i.strip()) if which == LIST else None,
        sample=int(held["r-sample"]) if which == SAMPLE else None,
        seed=_seed(str(held.get("r-seed") or "")) if which == SAMPLE else None,
    )
    made = bench.assigning.create(bench.people.actor(person_id), plan)
    tell(f"{made.name} is open: {counted(made.items, 'item')}, {made.readers} readings of each.")


def _seed(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text.strip()) > 18:
        raise BadInputError(f"The seed {text!r} is no whole number.")
    return int(text)


def round_card(actor: Actor, round_: Round, names: dict[str, str]) -> None:
    """Show one round: what it asks, how far each reader is."""
    progress = workbench().assigning.progress(actor, round_.name)
    with st.container(border=True, key=f"round-{round_.name}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(round_.name)}**")
            if round_.state is RoundState.OPEN and Role.LEAD in actor.roles:
                st.button(
                    "Close the round",
                    key=f"close-{round_.name}",
                    on_click=close_round,
                    args=(actor.person_id, round_.name),
                    help="No item is given out any more. What was read stays.",
                )
        st.caption(plain(_says(round_)))
        done = round_.items - progress.items_left
        share = done / round_.items if round_.items else 0.0
        st.progress(share, text=f"{done} of {counted(round_.items, 'item')} read by all readers")
        _by_reader(round_, progress.readers, names)


def _says(round_: Round) -> str:
    parts = [
        "Open" if round_.state is RoundState.OPEN else "Closed",
        f"since {dated(round_.made_at)}",
        f"{round_.readers} readings of each item",
        _selected(round_),
    ]
    return " · ".join(part for part in parts if part)


def _selected(round_: Round) -> str:
    chosen = round_.selection
    track = wording.TRACKS.get(str(chosen.get("track")), "")
    if chosen.get("sample") is not None:
        sampled = f"sample of {chosen['sample']} from {chosen.get('of')}, seed {round_.seed}"
        return f"{track}, {sampled}" if track else sampled
    if chosen.get("listed") is not None:
        return f"a list of {chosen['listed']}"
    return f"track {track}" if track else "all items"


def _by_reader(round_: Round, progress: tuple[TrackProgress, ...], names: dict[str, str]) -> None:
    tracks = [track for track in Track if any(p.track is track for p in progress)]
    rows: list[dict[str, str | int | float | None]] = []
    for person in round_.persons:
        own = {p.track: p for p in progress if p.person == person}
        row: dict[str, str | int | float | None] = {"Reader": names.get(person, person)}
        row |= {
            wording.TRACKS[track.value]: own[track].submitted if track in own else 0
            for track in tracks
        }
        row["Read"] = sum(p.submitted for p in own.values())
        row["Passed on"] = sum(p.skipped for p in own.values())
        rows.append(row)
    table(rows, key=f"progress-{round_.name}", alt=f"Items read in {round_.name}, by reader")


@careful
def close_round(person_id: str, name: str) -> None:
    """Close a round."""
    bench = workbench()
    bench.assigning.close(bench.people.actor(person_id), name)
    tell(f"{name} is closed. What was read stays.")
