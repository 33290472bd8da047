"""The form that opens a round: which items, who reads, and how."""

from __future__ import annotations

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.item import Track
from src.domain.people import Person, Role
from src.domain.planting import LARGEST_SHARE as MOST_PLANTED
from src.domain.plurals import counted
from src.domain.repeats import LARGEST_SHARE, LONGEST_WASH_OUT, WASH_OUT_DAYS
from src.domain.round import MOST_READERS, RoundKind
from src.domain.routing import NAMED, STANDARD, RoutingPolicy
from src.services.assigning import RoundPlan
from src.ui import wording
from src.ui.notices import careful, tell
from src.ui.plant_form import approval, propose
from src.ui.session import workbench

EVERYTHING, TRACK, LIST, SAMPLE = "All items", "A track", "A list", "A sample"
KINDS = {RoundKind.READING: "Reading", RoundKind.CALIBRATION: "Calibration"}
PRACTICE = (
    "Practice on items whose gold is known: everybody reads every item and sees, after each, "
    "what gold says. It counts in no statistics. Only items of the newest release come; who has "
    "seen an item's gold no longer reads it in another round."
)


def round_form(person_id: str, people: list[Person]) -> None:
    """Take what a new round is to be, and open it."""
    readers = {p.person_id: p for p in people if p.active and Role.REVIEWER in p.roles}
    if not readers:
        st.info("Nobody can read yet. Give somebody the role reviewer first.")
        return
    if approval(person_id):
        return
    kind = st.segmented_control(
        "Kind of round",
        list(KINDS),
        default=RoundKind.READING,
        format_func=KINDS.__getitem__,
        required=True,
        key="r-kind",
    )
    if kind is RoundKind.CALIBRATION:
        st.caption(PRACTICE)
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
        if kind is RoundKind.CALIBRATION:
            _pass_mark()
        else:
            _reading_options()
        st.form_submit_button(
            "Open the round",
            type="primary",
            on_click=open_round,
            args=(person_id, kind or RoundKind.READING, str(which)),
        )


def _reading_options() -> None:
    st.number_input("Readings of each item", 1, MOST_READERS, value=2, key="r-readers", width=200)
    st.checkbox(
        "Read first, then judge: the answer and the rubric are shown after the reader has "
        "written one line",
        key="r-read-first",
    )
    st.checkbox(
        "Blind adjudication: whoever settles a case says what they see before any reading is shown",
        key="r-blind",
    )
    st.selectbox(
        "What goes to an adjudicator",
        list(NAMED),
        format_func=wording.ROUTINGS.__getitem__,
        key="r-routing",
        width=560,
    )
    st.number_input(
        "Audit, in per cent of what nobody disputes",
        0,
        100,
        value=round(100 * STANDARD.audit_share),
        key="r-audit",
        width=200,
        help="So many of the items that would need no adjudicator go to one all the same.",
    )
    _repeat_options()


def _repeat_options() -> None:
    """Ask for hidden repeats; 0 per cent is none."""
    with st.container(horizontal=True):
        st.number_input(
            "Hidden repeats, in per cent of a reader's own items",
            0,
            round(100 * LARGEST_SHARE),
            value=0,
            key="r-repeats",
            width=360,
            help="They come back to the same reader as if they were new, and count nowhere else: "
            "they say how far readers agree with themselves.",
        )
        st.number_input(
            "Days until they come back",
            1,
            LONGEST_WASH_OUT,
            value=WASH_OUT_DAYS,
            key="r-wash-out",
            width=220,
        )
    st.number_input(
        "Planted errors, in per cent of the items",
        0,
        round(100 * MOST_PLANTED),
        value=0,
        key="r-planted",
        width=360,
        help="So many items are shown with one claim made wrong, to know how many such errors "
        "are found. You see and approve them before the round opens.",
    )


def _pass_mark() -> None:
    st.number_input(
        "Pass mark in per cent",
        0,
        100,
        value=None,
        step=5,
        key="r-mark",
        width=200,
        placeholder="None",
        help="The share of verdicts, checks, criteria and flags to agree on with gold.",
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
def open_round(person_id: str, kind: RoundKind, which: str) -> None:
    """Open the round that the form describes."""
    held, bench = st.session_state, workbench()
    name = str(held.get("r-name") or "").strip()
    if not name:
        raise BadInputError("Give the round a name.")
    lines = str(held.get("r-list") or "").split("\n")
    reads = kind is RoundKind.READING
    mark = held.get("r-mark") if kind is RoundKind.CALIBRATION else None
    plan = RoundPlan(
        name=name,
        kind=kind,
        pass_mark=mark / 100 if mark is not None else None,
        readers=int(held.get("r-readers") or 0) if kind is RoundKind.READING else 0,
        persons=tuple(held.get("r-persons") or ()),
        track=held.get(f"r-track-{which}"),
        item_ids=tuple(i.strip() for i in lines if i.strip()) if which == LIST else None,
        sample=int(held["r-sample"]) if which == SAMPLE else None,
        seed=_seed(str(held.get("r-seed") or "")) if which == SAMPLE else None,
        read_first=kind is RoundKind.READING and bool(held.get("r-read-first")),
        blind_adjudication=kind is RoundKind.READING and bool(held.get("r-blind")),
        routing=_policy(str(held.get("r-routing")), held.get("r-audit")) if reads else None,
        repeats=int(held.get("r-repeats") or 0) / 100 or None if reads else None,
        wash_out_days=int(held.get("r-wash-out") or WASH_OUT_DAYS),
    )
    planted = int(held.get("r-planted") or 0) / 100
    if reads and planted:
        propose(person_id, plan, planted)
        return
    made = bench.assigning.create(bench.people.actor(person_id), plan)
    tell(f"{made.name} is open: {counted(made.items, 'item')}, {made.readers} readings of each.")


def _policy(name: str, audited: int | None) -> RoutingPolicy:
    policy = NAMED.get(name, STANDARD)
    share = policy.audit_share if audited is None else audited / 100
    return policy.model_copy(update={"audit_share": share})


def _seed(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text.strip()) > 18:
        raise BadInputError(f"The seed {text!r} is no whole number.")
    return int(text)
