"""Releases: what one would hold now, making it, what it holds, taking it away as a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import streamlit as st

from src.domain.errors import ConflictError, ReviewToolError
from src.domain.gold import Gold, SettledUnit
from src.domain.item import Item
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.releasing import LeftOut, Preview
from src.ui import wording
from src.ui.notices import careful, plain, tell
from src.ui.places import go, item_button
from src.ui.release_changes import changed_item
from src.ui.session import workbench
from src.ui.tables import table

SHOWN = 50
SIZE = 25
TOLD = 20
"""Stale items of which is shown what differs: each is opened for that."""

WHY = {
    "open:": "Disputes are open",
    "confirmed leak": "A confirmed leak is not resolved",
    "waits for": "Readings are missing",
    "no round": "No round asks for it",
    "its readings": "It was read in another version",
    "drawn for": "The audit has not been made",
    "read in version": "A newer version is not read yet",
}


def why(reason: str) -> str:
    """Return the group a reason belongs to."""
    return next((words for start, words in WHY.items() if reason.startswith(start)), reason)


def grouped(left_out: tuple[LeftOut, ...]) -> Mapping[str, list[LeftOut]]:
    """Return the items left out by the reason why, the largest group first."""
    groups: dict[str, list[LeftOut]] = defaultdict(list)
    for item in left_out:
        groups[why(item.reason)].append(item)
    return dict(sorted(groups.items(), key=lambda group: -len(group[1])))


def left_out_list(actor: Actor, preview: Preview) -> None:
    """Show why items are left out, by reason."""
    for reason, items in grouped(preview.left_out).items():
        with st.expander(f"{counted(len(items), 'item')} left out: {plain(reason.lower())}"):
            for item in items[:SHOWN]:
                with st.container(horizontal=True, vertical_alignment="center"):
                    item_button(actor, item.item_id, key=f"out-{item.item_id}")
                    st.caption(plain(wording.with_unit_titles(item.reason)))
            if len(items) > SHOWN:
                st.caption(f"The first {SHOWN} are shown.")


def release_button(person_id: str, preview: Preview, number: int) -> None:
    """Offer to make the next release, after asking once more."""
    ready, left_out, older = preview.ready, len(preview.left_out), preview.older
    nothing = ready + older == 0
    with st.popover(f"Make release {number}", disabled=nothing, key=f"releasing-{number}"):
        st.text(
            f"Release {number} will hold {counted(ready, 'item')} and leave out {left_out:,}. "
            "It cannot be changed or taken back. Are you sure?"
        )
        if older:
            st.checkbox(
                f"Also take {counted(older, 'item')} of which a newer version is not read yet, "
                "as read before",
                key=f"release-older-{number}",
            )
        st.text_area("Notes", key=f"release-notes-{number}", max_chars=2000, height=80)
        st.button(
            f"Yes, make release {number}",
            type="primary",
            key=f"release-make-{number}",
            on_click=make_release,
            args=(person_id, number),
        )


@careful
def make_release(person_id: str, number: int) -> None:
    """Freeze what is ready, unless somebody made this release while the question stood."""
    bench = workbench()
    actor = bench.people.actor(person_id)
    if any(release.number >= number for release in bench.releasing.all_of(actor)):
        raise ConflictError(f"Release {number} was made meanwhile. Look at it first.")
    notes = str(st.session_state.get(f"release-notes-{number}") or "").strip()
    older = bool(st.session_state.get(f"release-older-{number}"))
    made = bench.releasing.release(actor, notes, older_versions=older)
    tell(f"Release {number} holds {counted(made.items, 'item')}: {made.release.sha256}")
    st.query_params["release"] = str(number)


def stale_list(actor: Actor, number: int) -> None:
    """Show the items of a release that would come out differently now."""
    stale = workbench().releasing.stale(actor, number, told=TOLD)
    if not stale:
        st.caption("Nothing is stale: every item would come out the same now.")
        return
    with st.expander(f"{counted(len(stale), 'item')} would come out differently now"):
        for difference in stale[:TOLD]:
            changed_item(actor, difference, key=f"stale-{number}-{difference.item_id}")
        if len(stale) > TOLD:
            st.caption(f"The first {TOLD} are shown.")


def gold_list(actor: Actor, number: int, after: str) -> None:
    """Show a page of a release's items."""
    found = workbench().releasing.page(actor, number, after, SIZE + 1)
    for gold in found[:SIZE]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                plain(gold.item_id),
                key=f"gold-{number}-{gold.item_id}",
                on_click=go,
                kwargs={"gold": gold.item_id},
                width=260,
            )
            st.caption(plain(_gold_says(gold)))
    with st.container(horizontal=True):
        if after:
            st.button("First page", key="gold-first", on_click=go, kwargs={"after": ""})
        if len(found) > SIZE:
            following = {"after": found[SIZE - 1].item_id}
            st.button("Next page", key="gold-next", on_click=go, kwargs=following)


def _gold_says(gold: Gold) -> str:
    active = sum(criterion.active for criterion in gold.body.criteria)
    return " · ".join(
        [
            gold.status.capitalize(),
            wording.METHODS[gold.method],
            counted(gold.readers, "reader"),
            counted(len(gold.body.claims), "claim"),
            f"{active} of {counted(len(gold.body.criteria), 'criterion', 'criteria')} active",
        ]
    )


def gold_item(actor: Actor, number: int, item_id: str) -> None:
    """Show what one item is in a release: each value, how it came about, and the votes."""
    bench = workbench()
    try:
        gold = bench.browsing.gold(actor, number, item_id)
        item = bench.browsing.item(actor, item_id).item
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        return
    st.markdown(f"**{plain(item_id)}**")
    st.caption(plain(f"{_gold_says(gold)} · round {gold.round} · version {gold.item_version}"))
    table(
        [_unit_row(unit, item) for unit in gold.body.units],
        key="gold-units",
        alt="Gold values",
        wide="Text",
    )
    st.caption("Answer in gold")
    st.text(gold.body.answer)
    if gold.body.dropped_names:
        st.caption("Names of the old answer that count no longer")
        st.text("; ".join(gold.body.dropped_names))
    st.caption("Rubric in gold")
    table(
        [
            {
                "Criterion": criterion.text,
                "Points": criterion.points,
                "Active": "yes" if criterion.active else "no",
            }
            for criterion in gold.body.criteria
        ],
        key="gold-rubric",
        alt="Rubric in gold",
        wide="Criterion",
    )


def _unit_row(unit: SettledUnit, item: Item) -> dict[str, str | int | float | None]:
    sign = wording.SIGNS.get(unit.key, "")
    value = f"{sign} {wording.said(unit.unit, unit.key, unit.value)}".strip()
    text = wording.value_text(unit.unit, unit.value) or wording.unit_text(unit.unit, item)
    return {
        "Of": wording.unit_title(unit.unit, item),
        "Value": value,
        "Text": text,
        "Settled by": wording.METHODS[unit.method],
        "Readings": wording.votes(unit.unit, unit.votes),
        "Agreement": f"{unit.agreement:.2f}" if unit.agreement is not None else "",
        "Why it was adjudicated": ", ".join(reason.words for reason in unit.routed),
        "Reason": _reason_words(unit),
    }


def _reason_words(unit: SettledUnit) -> str:
    reason = unit.reason.replace("_", " ").capitalize() if unit.reason else ""
    words = f"{reason} (kept as ambiguous)" if unit.ambiguous else reason
    return f"{words}. {wording.AFTER_SCORES}" if unit.after_scores else words
