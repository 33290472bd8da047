"""Names that only a person can tell: whether what a model answered is the item's disease."""

from __future__ import annotations

import streamlit as st

from src.domain.match_ruling import MatchRuling, Ruled
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.matching import DoubtfulName
from src.ui.notices import careful, plain, tell
from src.ui.places import go, param, stem
from src.ui.session import workbench
from src.ui.times import dated
from src.ui.wording import TRACKS

SIZE = 10
AFTER = "names-after"
RULED = {Ruled.ACCEPTED: "the same disease", Ruled.REJECTED: "another disease"}


def match_queue(actor: Actor) -> None:
    """Show, when asked, the names that wait, a page at a time, and what people said of others.

    Nothing is looked for before somebody asks: that reads the answers themselves. Whose answers
    they are is not shown: nobody is to favour a model.
    """
    st.header("Names of diseases", anchor=False)
    asked = st.toggle("Show names that need a person", value=bool(param(AFTER)), key="names-queue")
    if not asked:
        return
    st.caption(
        "The matcher could not say whether these are the disease. Until somebody does, the answers "
        "that give them have no strict score. Your word counts at once, for every answer that "
        "gives the name; no judge is asked."
    )
    with st.spinner("Looking for names"):
        page = workbench().matching.queue(actor, param(AFTER), SIZE)
    if not page.names:
        here = page.after or param(AFTER)
        st.caption("No name waits on this page." if here else "No name waits.")
    for waiting in page.names:
        _name(actor, waiting)
    with st.container(horizontal=True):
        if param(AFTER):
            st.button("First names", key="names-first", on_click=go, kwargs={AFTER: ""})
        if page.after:
            st.button("Further names", key="names-next", on_click=go, kwargs={AFTER: page.after})
    if st.toggle("Show what was said", key="names-said"):
        _said(actor)


def _name(actor: Actor, waiting: DoubtfulName) -> None:
    key = stem(waiting.item_id, waiting.name)
    with st.container(border=True, key=f"name-{key}"):
        st.text(f"{waiting.name}\nIs it {waiting.answer}?")
        known = f" Also called: {'; '.join(waiting.known)}." if waiting.known else ""
        st.caption(
            plain(
                f"{TRACKS[waiting.track.value]} · {waiting.item_id} · "
                f"{counted(waiting.answers, 'answer')} · {waiting.explanation}{known}"
            )
        )
        with st.container(horizontal=True):
            st.button(
                "The same disease",
                key=f"same-{key}",
                on_click=rule,
                args=(actor.person_id, waiting.item_id, waiting.name, Ruled.ACCEPTED),
            )
            st.button(
                "Another disease",
                key=f"other-{key}",
                on_click=rule,
                args=(actor.person_id, waiting.item_id, waiting.name, Ruled.REJECTED),
            )


def _said(actor: Actor) -> None:
    """Show the first rulings, each with a way back."""
    bench = workbench()
    found = bench.matching.rulings(actor, size=SIZE * 5)
    if not found:
        st.caption("Nothing was said yet.")
        return
    names = bench.browsing.names(actor, [ruling.person for ruling in found])
    for ruling in found:
        _ruling(actor, ruling, names.get(ruling.person, ruling.person))


def _ruling(actor: Actor, ruling: MatchRuling, who: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        joined = "as" if ruling.ruling is Ruled.ACCEPTED else "than"
        against = f" {joined} {ruling.against}" if ruling.against else ""
        st.text(
            f"{ruling.name}: {RULED[ruling.ruling]}{against} "
            f"({ruling.item_id}, {who}, {dated(ruling.at)})"
        )
        st.button(
            "Take back",
            key=f"back-{stem(ruling.item_id, ruling.normal)}",
            on_click=take_back,
            args=(actor.person_id, ruling.item_id, ruling.name),
        )


@careful
def rule(person_id: str, item_id: str, name: str, ruling: Ruled) -> None:
    """Store what somebody says of a name."""
    bench = workbench()
    actor = bench.people.actor(person_id)
    act = bench.matching.accept if ruling is Ruled.ACCEPTED else bench.matching.reject
    done = act(actor, item_id, name)
    tell(f"{done.name} is {RULED[ruling]}. The scores follow.")


@careful
def take_back(person_id: str, item_id: str, name: str) -> None:
    """Put a name back among those that wait."""
    bench = workbench()
    bench.matching.reopen(bench.people.actor(person_id), item_id, name)
    tell(f"{name} waits again.")
