"""Gold: what a release would hold now, the releases, what is stale, and taking them away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from src.domain.departure import told_of
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.routing import RouteReason
from src.services.releasing import WITHHELD, Preview
from src.ui.catching_up import catch_up, is_caught_up
from src.ui.export_form import export_form
from src.ui.notices import plain
from src.ui.places import go, page_head, param
from src.ui.release_changes import release_difference
from src.ui.release_form import (
    gold_item,
    gold_list,
    left_out_list,
    release_button,
    stale_list,
)
from src.ui.session import require, workbench
from src.ui.settled_counts import method_table, reason_table
from src.ui.times import dated
from src.ui.wording import METHODS


def now(actor: Actor, preview: Preview) -> None:
    """Show what a release would hold now, and why the rest is left out."""
    rejected = f", {preview.rejected} of them rejected by their readers" if preview.rejected else ""
    st.text(
        f"Ready now: {counted(preview.ready, 'item')}{rejected}. "
        f"Left out: {counted(len(preview.left_out), 'item')}."
    )
    if preview.withheld:
        st.caption(withheld_words(preview.withheld))
    left_out_list(actor, preview)


def withheld_words(number: int) -> str:
    """Return that items are not told of before one's own reading of them."""
    return (
        f"{counted(number, 'item')} of the whole study {'wait' if number > 1 else 'waits'} for "
        "your own reading: what other readers said of them is shown after it."
    )


def releases(actor: Actor, *, stale_known: bool) -> None:
    """Show the releases, newest first; one of them is open."""
    found = workbench().releasing.all_of(actor)
    if not found:
        st.info("There is no release yet. A release holds every item whose readings are settled.")
    wanted = param("release") or (str(found[0].number) if found else "")
    for release in found:
        with st.container(border=True, key=f"release-{release.number}"):
            release_head(release.number, str(release.number) == wanted)
            st.caption(plain(f"{dated(release.made_at)} · {holds(release.manifest)}"))
            st.caption(f"sha256 {release.sha256}")
            if release.notes:
                st.text(release.notes)
            for reader in told_of(release.manifest):
                st.caption(plain(reader.words))
            if str(release.number) == wanted:
                settled(release.manifest)
                release_difference(actor, release.number, [other.number for other in found])
                opened(actor, release.number, release.sha256, stale_known=stale_known)


def release_head(number: int, is_open: bool) -> None:
    """Show a release's number, and what opens it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Release {number}**")
        if not is_open:
            place = {"release": str(number), "after": "", "gold": "", "with": "", "since": ""}
            st.button("Open", key=f"open-{number}", on_click=go, kwargs=place)


def holds(manifest: Mapping[str, object]) -> str:
    """Return what a release holds in one line."""
    if WITHHELD in manifest:
        return "its numbers are shown once you have given your own readings"
    items = int(str(manifest.get("items", 0)))
    rejected, left_out = manifest.get("rejected", 0), manifest.get("left_out", 0)
    return f"{counted(items, 'item')} · {rejected} rejected · {left_out} left out"


def settled(manifest: Mapping[str, Any]) -> None:
    """Show how the units of a release were settled and why; earlier ones were not counted."""
    units, reasons, audits = (
        _counts(manifest.get(part)) for part in ("units", "reasons", "audits")
    )
    if not units:
        return
    with st.expander("How its units were settled"):
        known = {method: units[method] for method in METHODS if method in units}
        method_table(known, key="release-methods")
        reason_table({r: reasons[r] for r in RouteReason if r in reasons}, key="release-reasons")
        if audits:
            changed = audits.get("changed", 0)
            many = counted(sum(audits.values()), "item")
            st.caption(f"{many} audited, {changed} not right.")
        swayed = manifest.get("after_scores")
        if isinstance(swayed, int):
            st.caption(f"{counted(swayed, 'unit')} ruled after the adjudicator looked at scores.")


def _counts(found: object) -> dict[str, int]:
    """Return counts of a manifest; a release that was imported may hold anything there."""
    given = found if isinstance(found, dict) else {}
    return {str(name): n for name, n in given.items() if isinstance(n, int)}


def opened(actor: Actor, number: int, sha256: str, *, stale_known: bool) -> None:
    """Show the items of a release, or one of them; and what can be done with it."""
    export_form(actor, number, sha256)
    if stale_known:
        stale_list(actor, number)
    if param("gold"):
        st.button("Back to the release", on_click=go, kwargs={"gold": ""})
        gold_item(actor, number, param("gold"))
        return
    withheld = workbench().releasing.withheld(actor)
    if withheld:
        st.caption(withheld_words(withheld))
    gold_list(actor, number, param("after"))


actor = require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
numbers = [release.number for release in workbench().releasing.all_of(actor)]
known = is_caught_up(actor)
preview = None
with page_head("Gold", counted(len(numbers), "release") if numbers else "No release yet."):
    if known and actor.roles & {Role.LEAD, Role.ADJUDICATOR}:
        preview = workbench().releasing.preview(actor)
    if preview is not None and Role.LEAD in actor.roles:
        number = max(numbers, default=0) + 1
        release_button(actor.person_id, preview, number)
if not known:
    catch_up(actor)
if preview is not None:
    now(actor, preview)
releases(actor, stale_known=known)
