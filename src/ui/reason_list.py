"""What the reasons of decisions ask for: the lead's work list, and what helped."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.reasons import MAX_NOTE, ReasonEntry, ReasonPlace, Remedy
from src.ui import wording
from src.ui.notices import careful, plain, tell
from src.ui.places import chosen, go, item_button, param
from src.ui.release_changes import of_words
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.times import dated

SIZE = 25
ALL = ""
OPEN, DONE = "open", "done"


def reason_list(actor: Actor) -> None:
    """Show what is open or done, page by page, and the report below it."""
    bench = workbench()
    counts = bench.reasons.counts(actor)
    waiting = sum(count.open for count in counts)
    answered = sum(count.done for count in counts)
    if not waiting + answered:
        st.info("No decision names a reason yet. What the reasons ask for will stand here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="reason-filters"):
        state = chosen(
            "State",
            "state",
            [OPEN, DONE],
            {OPEN: f"Open ({waiting:,})", DONE: f"Done ({answered:,})"}.__getitem__,
        )
        numbers = {c.asks_for.value: c.done if state == DONE else c.open for c in counts}
        asks = chosen(
            "Asks for",
            "asks",
            [ALL, *(remedy.value for remedy in Remedy)],
            lambda name: f"{wording.REMEDIES[Remedy(name)]} ({numbers[name]:,})" if name else "All",
        )
    _entries(actor, state == DONE, Remedy(asks) if asks else None)
    _report(actor)


def _entries(actor: Actor, done: bool, asks_for: Remedy | None) -> None:
    item_id, _, decision_id = param("after").rpartition(" ")
    after = ReasonPlace(item_id=item_id, decision_id=decision_id) if item_id else None
    found = workbench().reasons.work_list(
        actor, done=done, asks_for=asks_for, after=after, size=SIZE + 1
    )
    if not found:
        st.caption("Nothing stands here.")
    people = [entry.person for entry in found if entry.person]
    names = workbench().browsing.names(actor, people)
    for entry in found[:SIZE]:
        _entry(actor, entry, names)
    with st.container(horizontal=True):
        if after is not None:
            st.button("First page", key="reasons-first", on_click=go, kwargs={"after": ""})
        if len(found) > SIZE:
            last = found[SIZE - 1]
            following = {"after": f"{last.item_id} {last.decision_id}"}
            st.button("Next page", key="reasons-next", on_click=go, kwargs=following)


def _entry(actor: Actor, entry: ReasonEntry, names: dict[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        item_button(actor, entry.item_id, key=f"reason-{entry.decision_id}")
        with st.container(gap=None, width="stretch"):
            asks = wording.REMEDIES[entry.asks_for]
            st.text(f"{of_words(entry.unit)} · {wording.REASONS[entry.reason]} → {asks}")
            st.caption(plain(_says(entry, names)))
        if Role.LEAD in actor.roles:
            _acts(actor, entry)


def _says(entry: ReasonEntry, names: dict[str, str]) -> str:
    parts = [
        wording.TRACKS[entry.track],
        entry.round,
        f"rubric version {entry.rubric_version}",
        f"decided {dated(entry.decided_at)}",
        *([wording.AFTER_SCORES.lower()] if entry.after_scores else []),
    ]
    if entry.at is not None:
        who = names.get(entry.person, entry.person)
        did = wording.REMEDIES[entry.remedy] if entry.remedy else "opened again"
        parts.append(f"{did}, {who}, {dated(entry.at)}")
    return " · ".join([*parts, *([entry.note] if entry.note else [])])


def _acts(actor: Actor, entry: ReasonEntry) -> None:
    key = entry.decision_id
    if entry.done:
        st.button("Open again", key=f"reopen-{key}", on_click=reopen, args=(actor.person_id, key))
        return
    with st.popover("Say what was done", key=f"answering-{key}"):
        st.selectbox(
            "What was done",
            list(Remedy),
            index=list(Remedy).index(entry.asks_for),
            format_func=wording.REMEDIES.__getitem__,
            key=f"remedy-{key}",
        )
        st.text_input("Where it is found, or why", key=f"note-{key}", max_chars=MAX_NOTE, width=360)
        st.caption("Kept as ambiguous: gold carries what the readers said beside the value.")
        st.button(
            "It is done", type="primary", key=f"done-{key}", on_click=answer,
            args=(actor.person_id, key),
        )  # fmt: skip


@careful
def answer(person_id: str, decision_id: str) -> None:
    """Store what was done about a reason."""
    held, bench = st.session_state, workbench()
    remedy = Remedy(held[f"remedy-{decision_id}"])
    note = str(held.get(f"note-{decision_id}") or "").strip()
    entry = bench.reasons.answer(bench.people.actor(person_id), decision_id, remedy, note)
    tell(f"{entry.item_id}, {of_words(entry.unit)}: {wording.REMEDIES[remedy].lower()}.")


@careful
def reopen(person_id: str, decision_id: str) -> None:
    """Put an entry back on the list."""
    bench = workbench()
    entry = bench.reasons.reopen(bench.people.actor(person_id), decision_id)
    tell(f"{entry.item_id}, {of_words(entry.unit)} is open again.")


def _report(actor: Actor) -> None:
    """Show why readers differed, and agreement before and after something was changed."""
    asked = st.toggle("Show why readers differed, and what helped", key="reason-report")
    if not asked:
        return
    report = workbench().reasons.report(actor)
    table(
        [
            {
                "Track": wording.TRACKS[count.track],
                "Rubric version": count.rubric_version,
                "Reason": wording.REASONS[count.reason],
                "Decisions": count.decisions,
            }
            for count in report.by_track
        ],
        key="reasons-by-track",
        alt="Reasons by track and rubric version",
    )
    table(
        [
            {
                "Item": found.item_id,
                "Criterion": found.unit.partition(":")[2],
                "Rubric version": found.rubric_version,
                "Reason": wording.REASONS[found.reason],
                "Decisions": found.decisions,
            }
            for found in report.by_criterion
        ],
        key="reasons-by-criterion",
        alt="Reasons by criterion",
    )
    st.markdown("**Agreement before and after a change**")
    if not report.fixes:
        st.caption("No unit that was ruled on has been read again in a newer version.")
    for fix in report.fixes:
        st.text(
            f"{wording.REASONS[fix.reason]}: {fix.before:.2f} before, {fix.after:.2f} after, "
            f"n = {counted(fix.units, 'unit')}"
        )
