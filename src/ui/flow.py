"""How far the study is, from import to gold: numbers that add up, each opening its items."""

from __future__ import annotations

import streamlit as st

from src.domain.flow import NOT_ASKED, NOT_GOLD, NOT_READ, WORDS, FlowCounts, Place
from src.domain.people import Actor
from src.files.flow_diagram import flow_csv, flow_svg
from src.ui.places import item_button
from src.ui.session import workbench
from src.ui.wording import TRACKS

PAGE = 20
OPENED = "flow-opened"
TITLED = (
    ("Not asked", NOT_ASKED),
    ("Not fully read", NOT_READ),
    ("Not gold", NOT_GOLD),
    ("Gold", (Place.GOLD,)),
)


def flow_counts(actor: Actor) -> None:
    """Show how many items are imported, asked, read and gold, and why the others are not."""
    bench = workbench()
    counts = bench.flowing.counts(actor)
    if counts.imported == 0:
        st.info("Nothing is imported yet. Bring in a benchmark file under Import.")
        return
    _stages(counts)
    _losses(counts)
    _items(actor)
    by_track = [
        f"{TRACKS[track]} {n:,}" for track, n in sorted(bench.browsing.counts(actor).items())
    ]
    st.caption(f"{' · '.join(by_track)}. Each item is counted once, where it stands now.")
    st.caption(_readings(counts))
    _downloads(counts)


def _stages(counts: FlowCounts) -> None:
    gold = f"Gold of release {counts.release}" if counts.release else "Gold, no release yet"
    with st.container(horizontal=True, key="flow"):
        _number("Imported", counts.imported)
        _number("Asked in rounds", counts.asked)
        _number("Read by all readers", counts.read)
        _number("Ruled on", counts.adjudicated)
        _number(gold, counts.gold)


def _number(label: str, value: int) -> None:
    st.metric(label, f"{value:,}", border=True, width=165)


def _losses(counts: FlowCounts) -> None:
    """Show where items stand and why they are not further; each number opens its items."""
    for titled, places in TITLED:
        there = [place for place in places if counts.number(place)]
        if not there:
            continue
        st.markdown(f"**{titled}: {counts.number(*places):,}**")
        with st.container(horizontal=True):
            for place in there:
                st.button(
                    f"{WORDS[place]}: {counts.number(place):,}",
                    key=f"flow-{place.value}",
                    on_click=_open,
                    args=(place,),
                )


def _open(place: Place) -> None:
    """Open the items of a place, or close them."""
    held = st.session_state
    held[OPENED] = None if held.get(OPENED) is place else place
    held["flow-after"] = ""


def _items(actor: Actor) -> None:
    place = st.session_state.get(OPENED)
    if not isinstance(place, Place):
        return
    after = str(st.session_state.get("flow-after") or "")
    found = workbench().flowing.items(actor, place, after=after, size=PAGE + 1)
    with st.container(border=True, key="flow-items"):
        st.markdown(f"**{WORDS[place]}**")
        if not found:
            st.text("No items stand here any more.")
        for item_id in found[:PAGE]:
            item_button(actor, item_id, key=f"flow-item-{item_id}")
        if len(found) > PAGE:
            st.button("More", key="flow-more", on_click=_more, args=(found[PAGE - 1],))


def _more(after: str) -> None:
    st.session_state["flow-after"] = after


def _readings(counts: FlowCounts) -> str:
    read = counts.readings
    others = {
        "left out with their reader": read.left_out,
        "of items taken out": read.taken_out,
        "practice": read.practice,
        "repeats of own items": read.repeats,
        "of planted errors": read.planted,
    }
    said = [f"{n:,} {words}" for words, n in others.items() if n]
    text = f"{read.sent:,} readings sent, {read.counted:,} count"
    return f"{text}; {', '.join(said)}." if said else f"{text}."


def _downloads(counts: FlowCounts) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Counts as CSV",
            flow_csv(counts),
            "flow.csv",
            "text/csv",
            key="flow-csv",
            on_click="ignore",
        )
        st.download_button(
            "Flow diagram as SVG",
            flow_svg(counts),
            "flow.svg",
            "image/svg+xml",
            key="flow-svg",
            on_click="ignore",
            help="Black on white, for a paper. Reasons without an item are not drawn.",
        )
