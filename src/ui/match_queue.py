"""Names that only a person can tell: whether what a model answered is the item's disease."""

from __future__ import annotations

import streamlit as st

from src.domain.match_ruling import MatchRuling, Ruled
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.matching import DoubtfulName
from src.ui.notices import careful, plain, tell
from src.ui.places import go, item_button, param, stem
from src.ui.session import workbench
from src.ui.times import dated
from src.ui.wording import TRACKS

SIZE = 10
AFTER = "names-after"
SAID = 25
SAID_AFTER = "said-after"
RULED = {Ruled.ACCEPTED: "the same disease", Ruled.REJECTED: "another disease"}


def match_queue(actor: Actor) -> None:
    """Show, when asked, the names that wait, a page at a time, and what people said of others.

    Nothing is looked for before somebody asks: that reads the answers themselves. Whose answers
    they are is not shown: nobody is to favour a model.
    """
    st.header("Names of diseases", anchor=False)
    asked = st.toggle(
        "Show names that need a person",
        value=bool(param(AFTER) or param(SAID_AFTER)),
        key="names-queue",
    )
    if not asked:
        return
    st.caption(
        "The matcher could not say whether these are the disease. Until somebody does, the answers "
        "that give them have no strict score. Your word counts at once, for every answer that "
        "gives the name; no judge is asked."
    )
    with st.spinner("Looking for names"):
        page = workbench().matching.queue(actor, param(AFTER), SIZE)
    if page.kept_back:
        st.caption(
            f"Names given to {counted(page.kept_back, 'item')} are not shown to you before your "
            "own reading."
        )
    if not page.names:
        here = page.after or param(AFTER)
        st.caption("No name waits on this page." if here else "No name waits.")
    _turn("names", AFTER, page.after)
    for waiting in page.names:
        _name(actor, waiting)
    if st.toggle("Show what was said", value=bool(param(SAID_AFTER)), key="names-said"):
        _said(actor)


def _turn(what: str, place: str, after: str) -> None:
    """Offer the first page and the next of a list, where there are such.

    Above the list: a page that is turned keeps its place, and one stands where the next begins.
    """
    with st.container(horizontal=True):
        if param(place):
            st.button(f"First {what}", key=f"{place}-first", on_click=go, kwargs={place: ""})
        if after:
            st.button(f"Further {what}", key=f"{place}-next", on_click=go, kwargs={place: after})


def _name(actor: Actor, waiting: DoubtfulName) -> None:
    key = stem(waiting.item_id, waiting.name)
    with st.container(border=True, key=f"name-{key}"):
        st.text(f"{waiting.name}\nIs it {waiting.answer}?")
        known = f" Also called: {'; '.join(waiting.known)}." if waiting.known else ""
        st.caption(
            plain(
                f"{TRACKS[waiting.track.value]} · "
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
            item_button(actor, waiting.item_id, key=f"case-{key}")


def _said(actor: Actor) -> None:
    """Show a page of rulings, each with a way back and one to its case."""
    bench = workbench()
    page = bench.matching.rulings(actor, param(SAID_AFTER), SAID)
    found = page.rulings
    if not found and not param(SAID_AFTER):
        st.caption("Nothing was said yet.")
        return
    names = bench.browsing.names(actor, [ruling.person for ruling in found])
    _turn("words", SAID_AFTER, page.after)
    for ruling in found:
        _ruling(actor, ruling, names.get(ruling.person, ruling.person))


def _ruling(actor: Actor, ruling: MatchRuling, who: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        joined = "as" if ruling.ruling is Ruled.ACCEPTED else "than"
        against = f" {joined} {ruling.against}" if ruling.against else ""
        st.text(f"{ruling.name}: {RULED[ruling.ruling]}{against} ({who}, {dated(ruling.at)})")
        item_button(actor, ruling.item_id, key=f"case-said-{stem(ruling.item_id, ruling.normal)}")
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
