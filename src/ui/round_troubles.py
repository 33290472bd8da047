"""What keeps a round from its end: items passed on, held back, or open to none of its readers."""

from __future__ import annotations

from collections import defaultdict

import streamlit as st

from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.round import KeptAway, OutdatedItem, Round, RoundState, Skip, StuckItem
from src.services.assigning import RoundProgress
from src.ui.notices import careful, plain, tell
from src.ui.places import stem
from src.ui.review_words import SKIPS
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.times import dated

SHOWN = 25
LOOKED_THROUGH = 2_000
ANSWERS = {"put_back": "Put back", "taken_out": "Taken out", "": ""}
KEEPS = {
    KeptAway.HAS_IT: "read it or holds it",
    KeptAway.PASSED_ON: "passed it on",
    KeptAway.PASSED_ON_CASE: "passed its case on",
    KeptAway.READ_LATER_ITEM: "has had a later item of its case",
    KeptAway.CONFLICT: "has a conflict of interest",
    KeptAway.HAS_SEEN_READINGS: "has seen readings or gold of it",
    KeptAway.READS_IT_ELSEWHERE: "reads it in another round now",
    KeptAway.NO_READER_NOW: "cannot read at present",
}
"""What keeps a reader away, to be said after their name."""


def round_troubles(actor: Actor, progress: RoundProgress, names: dict[str, str]) -> None:
    """Show what waits for the lead first, then what was passed on; nothing where nothing is."""
    assigning, round_ = workbench().assigning, progress.round
    if progress.outdated:
        found = assigning.outdated(actor, round_.name, size=SHOWN)
        _outdated(actor, progress, found)
    waiting = assigning.skipped(actor, round_.name, size=SHOWN, waiting=True)
    _held_back(actor, round_, waiting, names)
    if _looks_for_stuck(round_):
        _stuck(actor, round_, assigning.stuck(actor, round_.name, size=SHOWN), names)
    _passed_on(round_, assigning.skipped(actor, round_.name, size=SHOWN), names)
    _taken_out(round_, assigning.taken_out(actor, round_.name))
    if progress.stopped:
        _stopped(actor, progress, assigning.stopped(actor, round_.name, size=SHOWN))


def _outdated(actor: Actor, progress: RoundProgress, found: list[OutdatedItem]) -> None:
    """Show what is asked as it was before masks, and let the lead stop it or move it on."""
    round_ = progress.round
    them = "it" if progress.outdated == 1 else "them"
    st.markdown(f"**{counted(progress.outdated, 'item')} asked as before masks**")
    st.caption(
        f"Masks made a newer version of {them}. What is still read of the old one here can never "
        f"become gold: {_missing(progress, found)}."
    )
    table(
        [
            {
                "Item": one.item_id,
                "Asked": f"version {one.asked}",
                "Newest": f"version {one.newest}",
                "Still missing": one.missing,
                "Held now": one.held,
            }
            for one in found
        ],
        key=f"outdated-{round_.name}",
        alt=f"Items that {round_.name} asks as they were before masks",
    )
    _and_more(progress.outdated - len(found))
    if Role.LEAD in actor.roles:
        _stopping(actor, round_, them)


def _missing(progress: RoundProgress, found: list[OutdatedItem]) -> str:
    """Return how many readings are still missing; of the items shown, where not all are."""
    missing = counted(sum(one.missing for one in found), "reading")
    more = progress.outdated > len(found)
    return f"{missing} missing{' of the first items' if more else ''}"


def _stopping(actor: Actor, round_: Round, them: str) -> None:
    key = stem(round_.name)
    with st.container(horizontal=True):
        st.button(
            f"Stop {them} in this round",
            key=f"stop-{key}",
            on_click=stop_outdated,
            args=(actor.person_id, round_.name, None),
            help="Nobody else gets them. Who holds one can still send it; readings stay.",
        )
        with st.popover(f"Move {them} on", key=f"moving-{key}"):
            readers = counted(round_.readers, "reading")
            st.text(
                f"Stops {them} here and opens a round of the newest version: the same "
                f"{counted(len(round_.persons), 'reader')}, {readers} of each item"
                f"{', read first' if round_.read_first else ''}."
            )
            name = f"into-{key}"
            st.text_input("Name of the new round", f"{round_.name} masked", 100, key=name)
            st.button(
                "Open the new round",
                key=f"move-{key}",
                on_click=stop_outdated,
                args=(actor.person_id, round_.name, name),
            )


def _stopped(actor: Actor, progress: RoundProgress, items: list[str]) -> None:
    round_ = progress.round
    count = counted(progress.stopped, "item")
    with st.expander(f"Stopped: {count}", key=f"stopped-{stem(round_.name)}"):
        st.caption("Nobody else gets them here; masks made a newer version. Readings stay.")
        for item_id in items:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(item_id, width="stretch")
                if Role.LEAD in actor.roles and round_.state is RoundState.OPEN:
                    st.button(
                        "Give out again",
                        key=f"restart-{stem(round_.name, item_id)}",
                        on_click=put_item_back,
                        args=(actor.person_id, round_.name, item_id),
                    )
        _and_more(progress.stopped - len(items))


def _and_more(more: int) -> None:
    if more > 0:
        st.caption(f"And {counted(more, 'more item')}.")


def _looks_for_stuck(round_: Round) -> bool:
    """Tell whether to look through every item still to be read; a large round is asked first."""
    if round_.items <= LOOKED_THROUGH:
        return True
    label = "Look for items none of the readers may take"
    return st.button(label, key=f"look-stuck-{stem(round_.name)}")


def _held_back(actor: Actor, round_: Round, waiting: list[Skip], names: dict[str, str]) -> None:
    by_item: dict[str, list[Skip]] = defaultdict(list)
    for skip in waiting:
        by_item[skip.item_id].append(skip)
    if not by_item:
        return
    st.markdown(f"**{counted(len(by_item), 'item')} held back until you answer**")
    them = "it" if len(by_item) == 1 else "them"
    st.caption(f"No reader of this round gets {them} meanwhile.")
    for item_id, skips in by_item.items():
        with st.container(border=True, key=f"held-{stem(round_.name, item_id)}"):
            st.text(item_id)
            for skip in skips:
                who = names.get(skip.person, skip.person)
                note = f": {skip.note}" if skip.note else ""
                st.caption(plain(f"{SKIPS[skip.reason]}, {who}, {dated(skip.at)}{note}"))
            _answers(actor, round_, item_id, put_back=True)


def _answers(actor: Actor, round_: Round, item_id: str, *, put_back: bool) -> None:
    """Offer what a lead can do with an item of an open round."""
    if Role.LEAD not in actor.roles or round_.state is not RoundState.OPEN:
        return
    key = stem(round_.name, item_id)
    with st.container(horizontal=True):
        if put_back:
            st.button(
                "Put back",
                key=f"put-back-{key}",
                on_click=put_item_back,
                args=(actor.person_id, round_.name, item_id),
                help="Readers get it again, also who passed it on.",
            )
        with st.popover("Take out of the round", key=f"taking-out-{key}"):
            st.text("It is read no more in this round. What was read of it counts nowhere.")
            st.text_input("Why, for the record", key=f"why-out-{key}", max_chars=500)
            st.button(
                "Take it out",
                key=f"take-out-{key}",
                on_click=take_item_out,
                args=(actor.person_id, round_.name, item_id),
            )


def _stuck(actor: Actor, round_: Round, stuck: list[StuckItem], names: dict[str, str]) -> None:
    if not stuck:
        return
    many = f"{SHOWN} items or more" if len(stuck) == SHOWN else counted(len(stuck), "item")
    st.markdown(f"**{many} which none of the readers may take**")
    st.caption(f"Add a reader to the round, or take {'it' if len(stuck) == 1 else 'them'} out.")
    for item in stuck:
        with st.container(border=True, key=f"stuck-{stem(round_.name, item.item_id)}"):
            missing = f"{counted(item.missing, 'reading')} missing"
            st.text(f"{item.item_id} · {missing}")
            why = [f"{names.get(who, who)} {KEEPS[away]}" for who, away in item.why.items()]
            st.caption("The fold below has the reasons given.")
            st.caption(plain("; ".join(why)))
            _answers(actor, round_, item.item_id, put_back=False)


def _passed_on(round_: Round, skips: list[Skip], names: dict[str, str]) -> None:
    if not skips:
        return
    newest = f", the newest {SHOWN}" if len(skips) == SHOWN else ""
    with st.expander(f"Passed on by readers{newest}", key=f"passed-{stem(round_.name)}"):
        table(
            [
                {
                    "When": dated(skip.at),
                    "Item": skip.item_id,
                    "Reader": names.get(skip.person, skip.person),
                    "Why": SKIPS[skip.reason],
                    "Note": skip.note,
                    "Answer": "Waits for you" if skip.held_back else ANSWERS[skip.answer],
                }
                for skip in skips
            ],
            key=f"skips-{round_.name}",
            alt=f"What readers of {round_.name} passed on, newest first",
            wide="Note",
        )


def _taken_out(round_: Round, items: list[tuple[str, str]]) -> None:
    if not items:
        return
    with st.expander(f"Taken out: {counted(len(items), 'item')}", key=f"out-{stem(round_.name)}"):
        table(
            [{"Item": item_id, "Why": note} for item_id, note in items],
            key=f"taken-out-{round_.name}",
            alt=f"What was taken out of {round_.name}",
            wide="Why",
        )


@careful
def stop_outdated(person_id: str, name: str, key: str | None) -> None:
    """Stop what is asked as before masks; with a key, move it on into the round named there."""
    bench = workbench()
    into = str(st.session_state.get(key) or "").strip() if key is not None else None
    made = bench.assigning.stop(bench.people.actor(person_id), name, into=into)
    said = f"{counted(len(made.stopped), 'item')} stopped in {name}. Readings stay."
    if made.into is not None:
        said += f" The round {made.into.name} asks the newest version."
    tell(said)


@careful
def put_item_back(person_id: str, name: str, item_id: str) -> None:
    """Let readers take an item again."""
    bench = workbench()
    bench.assigning.put_back(bench.people.actor(person_id), name, item_id)
    tell(f"{item_id} is put back: readers of {name} get it again.")


@careful
def take_item_out(person_id: str, name: str, item_id: str) -> None:
    """Take an item out of a round, with the reason that was typed."""
    bench = workbench()
    note = str(st.session_state.get(f"why-out-{stem(name, item_id)}") or "").strip()
    bench.assigning.take_out(bench.people.actor(person_id), name, item_id, note)
    tell(f"{item_id} is out of {name}.")
