"""Guidelines on the Study screen: written, previewed, published, and who reads under which."""

from __future__ import annotations

import streamlit as st

from src.domain.guideline import (
    AS_TEXT,
    LONGEST,
    LONGEST_NOTE,
    READINGS_COUNTED,
    Guideline,
    GuidelineHead,
    VersionUse,
    markup_in,
)
from src.domain.people import Actor, Role
from src.ui.guideline_text import changes_between, guideline_head, guideline_text
from src.ui.notices import careful, plain, tell
from src.ui.places import chosen, go, param
from src.ui.session import workbench
from src.ui.tables import Cell, table
from src.ui.times import dated

SIZE = 50
TEXT, NOTE = "guideline-new", "guideline-note"


def guidelines(actor: Actor) -> None:
    """Show the version in force, the lead's next one, and the readings made under older ones."""
    newest = workbench().guidelines.newest(actor)
    if newest is None:
        st.info("There are no guidelines yet. They say how this study wants its cases read.")
    if Role.LEAD in actor.roles:
        with st.expander(
            "Write the next version" if newest else "Write the guidelines", expanded=not newest
        ):
            _editor(actor, newest)
    if newest is None:
        return
    uses = workbench().guidelines.uses(actor)
    _versions(uses, actor)
    _shown(actor, newest, [use.guideline for use in uses])
    _older_readings(actor, uses)


def _editor(actor: Actor, newest: Guideline | None) -> None:
    """Take the next version; what is typed is kept on the server, and seen as readers will."""
    if TEXT not in st.session_state:
        kept = workbench().guidelines.draft(actor)
        st.session_state[TEXT] = kept if kept is not None else newest.text if newest else ""
    writing, looking = st.tabs(["Text", "Preview"], key="guideline-tabs")
    with writing:
        st.text_area(
            "Markdown; HTML and pictures are not shown",
            key=TEXT,
            height=360,
            max_chars=LONGEST,
            on_change=keep,
            args=(actor.person_id,),
        )
    text = str(st.session_state[TEXT])
    with looking:
        if newest is not None and text.strip() and text.strip("\n") != newest.text:
            changes_between(newest, newest.model_copy(update={"text": text}), "preview-")
        guideline_text(text, "preview")
    if tag := markup_in(text):
        st.warning(plain(f"{tag} {AS_TEXT}"))
    st.text_input("What is new, in a line", key=NOTE, max_chars=LONGEST_NOTE)
    number = newest.number if newest else 0
    st.button(
        f"Publish version {number + 1}",
        key="guideline-publish",
        type="primary",
        disabled=not text.strip(),
        on_click=publish,
        args=(actor.person_id, number),
        help="Every reader is asked to read it before their next case. Published text stays.",
    )


def _versions(uses: list[VersionUse], actor: Actor) -> None:
    who = sorted({use.guideline.person for use in uses})
    names = workbench().browsing.names(actor, who)
    table(
        [_version(use, names) for use in uses],
        key="guideline-versions",
        alt="Versions of the guidelines, newest first",
        wide="What is new",
    )


def _version(use: VersionUse, names: dict[str, str]) -> dict[str, Cell]:
    head = use.guideline
    return {
        "Version": head.number,
        "Published": dated(head.at),
        "By": names.get(head.person, head.person),
        "What is new": head.note,
        "Acknowledged by": use.acknowledged_by,
        "Readings": _counted(use.readings),
    }


def _counted(readings: int) -> str:
    return f"{readings:,} or more" if readings >= READINGS_COUNTED else str(readings)


def _shown(actor: Actor, newest: Guideline, heads: list[GuidelineHead]) -> None:
    numbers = [str(head.number) for head in heads]
    asked = chosen("Version", "version", numbers, lambda number: f"Version {number}")
    found = newest
    if asked != str(newest.number):
        found = workbench().guidelines.get(actor, int(asked))
    with st.container(border=True, key="guideline-shown"):
        st.caption(plain(guideline_head(found)))
        if found.number > 1:
            with st.expander(f"What changed since version {found.number - 1}"):
                changes_between(workbench().guidelines.get(actor, found.number - 1), found)
        guideline_text(found.text)


def _older_readings(actor: Actor, uses: list[VersionUse]) -> None:
    """List the readings made under one older version, or before the first, newest first."""
    st.subheader("Readings made under an older version", anchor=False)
    older = [*(str(use.guideline.number) for use in uses[1:]), "0"]
    number = chosen("Made under", "under", older, _under)
    readings = workbench().guidelines.readings_under(
        actor, int(number), param("since"), size=SIZE + 1
    )
    if not readings:
        st.text(f"{_under(number)}: none.")
        return
    names = workbench().browsing.names(actor, sorted({r.person for r in readings}))
    table(
        [
            {
                "Item": reading.item_id,
                "Round": reading.round,
                "Reader": names.get(reading.person, reading.person),
                "Submitted": dated(reading.submitted_at),
            }
            for reading in readings[:SIZE]
        ],
        key="guideline-readings",
        alt=f"Readings made under an older version: {_under(number)}",
        wide="Item",
    )
    with st.container(horizontal=True):
        if param("since"):
            st.button("Newest", key="readings-newest", on_click=go, kwargs={"since": ""})
        if len(readings) > SIZE:
            last = readings[SIZE - 1].review_id
            st.button("Older", key="readings-older", on_click=go, kwargs={"since": last})


def _under(number: str) -> str:
    return f"Version {number}" if number != "0" else "No version"


@careful
def keep(person_id: str) -> None:
    """Keep what the lead is writing."""
    bench = workbench()
    bench.guidelines.keep_draft(bench.people.actor(person_id), str(st.session_state[TEXT]))


@careful
def publish(person_id: str, upon: int) -> None:
    """Publish the text as it is written now."""
    bench = workbench()
    text, note = str(st.session_state[TEXT]), str(st.session_state.get(NOTE, ""))
    new = bench.guidelines.publish(bench.people.actor(person_id), text, note, upon=upon)
    st.session_state[NOTE] = ""
    tell(f"Version {new.number} is published. Readers are asked to read it before their next case.")
