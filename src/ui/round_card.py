"""One round on the Study screen: how far it is, how its readers do, and the lead's acts."""

from __future__ import annotations

import streamlit as st

from src.domain.calibration import CalibrationResult
from src.domain.item import Track
from src.domain.people import Actor, Person, Role
from src.domain.plurals import counted
from src.domain.round import Closing, Round, RoundKind, RoundState, TrackProgress
from src.domain.sitting import Hours
from src.ui import wording
from src.ui.departure_form import departures
from src.ui.notices import careful, plain, tell
from src.ui.places import stem
from src.ui.plant_card import plant_card
from src.ui.repeat_card import repeat_card
from src.ui.round_troubles import round_troubles
from src.ui.session import workbench
from src.ui.tables import Cell, table
from src.ui.times import dated


def round_card(actor: Actor, round_: Round, people: list[Person]) -> None:
    """Show one round: what it asks, how far each reader is, what waits for the lead."""
    bench = workbench()
    names = {person.person_id: person.display_name for person in people}
    progress = bench.assigning.progress(actor, round_.name)
    with st.container(border=True, key=f"round-{round_.name}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(round_.name)}**", width="stretch")
            if Role.LEAD in actor.roles:
                _acts(actor, round_, people)
        st.caption(plain(_says(round_)))
        done = progress.fully_read
        share = done / round_.items if round_.items else 0.0
        said = f"{done} of {counted(round_.items, 'item')} read by all readers"
        st.progress(share, text=f"{said}, {progress.stopped} stopped" if progress.stopped else said)
        hours = bench.sittings.hours(actor, round_.name)
        _by_reader(round_, progress.readers, hours, names)
        departures(actor, round_, names)
        if round_.kind is RoundKind.CALIBRATION:
            _results(round_, bench.calibrating.results(actor, round_.name), names)
        repeat_card(actor, round_, names)
        plant_card(actor, round_, names)
        round_troubles(actor, progress, names)


def _acts(actor: Actor, round_: Round, people: list[Person]) -> None:
    if round_.state is RoundState.CLOSED:
        if round_.planted_errors is not None:
            return
        st.button(
            "Reopen the round",
            key=f"reopen-{stem(round_.name)}",
            on_click=reopen_round,
            args=(actor.person_id, round_.name),
        )
        return
    _adding(actor, round_, people)
    closing = workbench().assigning.closing(actor, round_.name)
    if closing.for_good:
        _last_word(actor, closing)
    elif closing.drafts or closing.repeats != 0:
        with st.popover("Close the round", key=f"closing-{stem(round_.name)}"):
            said = [*_begun(closing), *_given_up(closing), "Reopening the round undoes it."]
            st.text(" ".join(said))
            drafts = f" with {counted(closing.drafts, 'draft')} open" if closing.drafts else " now"
            _close_button(actor, round_, f"Close{drafts}")
    else:
        _close_button(actor, round_, "Close the round")


def _begun(closing: Closing) -> list[str]:
    """Return what becomes of readings that are begun; nothing where none is."""
    if not closing.drafts:
        return []
    return [
        f"{counted(closing.drafts, 'reading')} {'is' if closing.drafts == 1 else 'are'} begun and "
        "not yet sent. What is begun can still be sent; no other item is given out."
    ]


def _given_up(closing: Closing) -> list[str]:
    """Return what does not come back to its readers then; nothing where nothing would."""
    if closing.repeats is None:
        return ["What is still to come back to its readers is not given out any more."]
    if not closing.repeats or closing.last_due is None:
        return []
    many = counted(closing.repeats, "reading")
    are, they_do = ("is", "it does") if closing.repeats == 1 else ("are", "they do")
    return [
        f"{many} {are} still to come back to readers, the last on {dated(closing.last_due)}; once "
        f"the round is closed {they_do} not."
    ]


def _last_word(actor: Actor, closing: Closing) -> None:
    """Say that a round whose readers are then told of planted errors stays closed."""
    round_ = closing.round
    with st.popover("Close the round", key=f"closing-{stem(round_.name)}"):
        told = (
            "Its readers can then look up which errors were planted, so it cannot be opened again."
        )
        st.text(" ".join([told, *_begun(closing), *_given_up(closing)]))
        _close_button(actor, round_, "Close for good", for_good=True)


def _close_button(actor: Actor, round_: Round, label: str, *, for_good: bool = False) -> None:
    undone = "" if for_good else " Reopening undoes it."
    st.button(
        label,
        key=f"close-{stem(round_.name)}",
        on_click=close_round,
        args=(actor.person_id, round_.name),
        help=f"No item is given out any more. What was read stays.{undone}",
    )


def _adding(actor: Actor, round_: Round, people: list[Person]) -> None:
    """Offer the reviewers who do not read in the round yet; nothing when all of them do."""
    free = {
        person.person_id: person.display_name
        for person in people
        if person.active
        and Role.REVIEWER in person.roles
        and person.person_id not in {*round_.persons, *round_.left}
    }
    if not free:
        return
    key = f"add-who-{stem(round_.name)}"
    with st.popover("Add a reader", key=f"adding-{stem(round_.name)}"):
        st.selectbox("Who", list(free), format_func=free.__getitem__, key=key)
        if round_.kind is RoundKind.CALIBRATION:
            st.caption("They practise on every item of the round.")
        else:
            st.caption("They share the readings still to come; nobody reads an item twice.")
        st.button(
            "Add to the round",
            key=f"add-{stem(round_.name)}",
            on_click=add_reader,
            args=(actor.person_id, round_.name, key),
        )


def _says(round_: Round) -> str:
    parts = [
        "Open" if round_.state is RoundState.OPEN else "Closed",
        f"opened {dated(round_.made_at)}",
        *_asks(round_),
        f"opened under guidelines {round_.guideline}" if round_.guideline else "",
        _selected(round_),
    ]
    return " · ".join(part for part in parts if part)


def _asks(round_: Round) -> list[str]:
    if round_.kind is RoundKind.CALIBRATION:
        mark = f"pass mark {round_.pass_mark:.0%}" if round_.pass_mark is not None else ""
        release = f"gold of release {round_.selection.get('release')}"
        return ["calibration, in no statistics", release, mark or "no pass mark"]
    read_first = "read first, then judge" if round_.read_first else ""
    blind = "blind adjudication" if round_.blind_adjudication else ""
    readings = f"{counted(round_.readers, 'reading')} of each item"
    repeats = f"{round_.repeats:.0%} hidden repeats" if round_.repeats is not None else ""
    planted = f"{round_.planted_errors:.1%} planted errors" if round_.planted_errors else ""
    return [readings, read_first, blind, wording.routing(round_.routing), repeats, planted]


def _selected(round_: Round) -> str:
    chosen = round_.selection
    track = wording.TRACKS.get(str(chosen.get("track")), "")
    if chosen.get("sample") is not None:
        sampled = f"sample of {chosen['sample']} from {chosen.get('of')}, seed {round_.seed}"
        return f"{track}, {sampled}" if track else sampled
    if chosen.get("listed") is not None:
        return f"a list of {chosen['listed']}"
    return f"track {track}" if track else "all items"


def _by_reader(
    round_: Round,
    progress: tuple[TrackProgress, ...],
    hours: list[Hours],
    names: dict[str, str],
) -> None:
    tracks = [track for track in Track if any(p.track is track for p in progress)]
    minutes = {spent.person: round(spent.seconds_active / 60) for spent in hours}
    rows: list[dict[str, Cell]] = []
    for person in (*round_.persons, *round_.left):
        own = {p.track: p for p in progress if p.person == person}
        left = " (left)" if person in round_.left else ""
        row: dict[str, Cell] = {"Reader": names.get(person, person) + left}
        row |= {
            wording.TRACKS[track.value]: own[track].submitted if track in own else 0
            for track in tracks
        }
        row["Read"] = sum(p.submitted for p in own.values())
        row["Passed on"] = sum(p.skipped for p in own.values())
        row["Active minutes"] = minutes.get(person, 0)
        rows.append(row)
    table(rows, key=f"progress-{round_.name}", alt=f"Items read in {round_.name}, by reader")


def _results(round_: Round, results: list[CalibrationResult], names: dict[str, str]) -> None:
    """Show how everybody agrees with gold: shares with their n, and the mark."""
    st.markdown("**Agreement with gold**")
    table(
        [_result(result, names) for result in results],
        key=f"results-{round_.name}",
        alt=f"Agreement with gold in {round_.name}, by reader",
    )


def _result(result: CalibrationResult, names: dict[str, str]) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "Reader": names.get(result.person, result.person),
        "Practised": f"{result.items_read} of {result.items}",
        "Agreed with gold": f"{result.share:.0%}" if result.share is not None else "–",
        "Units": f"{result.agreed} of {result.units}",
    }
    if result.pass_mark is not None:
        said = {True: "Passed", False: "Not passed", None: "Not finished"}
        row["Pass mark"] = said[result.passed]
    return row


@careful
def close_round(person_id: str, name: str) -> None:
    """Close a round, and say what lies open in it."""
    bench = workbench()
    closing = bench.assigning.close(bench.people.actor(person_id), name)
    begun = f" {counted(closing.drafts, 'begun reading')} can still be sent."
    verb = "does" if closing.repeats == 1 else "do"
    gone = f" {counted(closing.repeats or 0, 'reading')} {verb} not come back."
    said = f"{begun if closing.drafts else ''}{gone if closing.repeats else ''}"
    tell(f"{name} is closed. What was read stays.{said}")


@careful
def reopen_round(person_id: str, name: str) -> None:
    """Open a round again."""
    bench = workbench()
    bench.assigning.reopen(bench.people.actor(person_id), name)
    tell(f"{name} is open again, as it was.")


@careful
def add_reader(person_id: str, name: str, key: str) -> None:
    """Add the reader who is chosen."""
    bench, who = workbench(), str(st.session_state[key])
    bench.assigning.add_person(bench.people.actor(person_id), name, who)
    known = bench.browsing.names(bench.people.actor(person_id), [who])
    tell(f"{known.get(who, who)} now reads in {name}.")
