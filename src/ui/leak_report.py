"""Parts of the leakage screen: the list, one item, the numbers, and the scan."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.item import Item, Track
from src.domain.leak_status import LeakStatus, LeakUnit, SpokenHit
from src.domain.leakage import Layer
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.services.leak_standing import ItemStanding
from src.services.leakage_report import (
    FlagAgreement,
    LeakCounts,
    LeakStatistics,
    ScanAgreement,
    StandingPage,
)
from src.services.scanning import ScanProgress
from src.ui import leak_words as words
from src.ui.import_form import scan_progress_words
from src.ui.import_form import scan_words as scan_report_words
from src.ui.leak_words import LAYERS, METHODS, STATUS
from src.ui.notices import careful, plain
from src.ui.places import go, jump, page_head, param, stem
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.wording import TRACKS
from src.ui.work import Work, refused, under_way, work_desk

AT_ONCE = 500
"""A larger study is worked through beside the screen, and only when asked."""
SCAN = "leak-scan"


def status_sign(status: LeakStatus, key: str) -> None:
    """Draw a status by its sign and its word."""
    with st.container(key=f"leak-is-{status.value}-{key}", width=132):
        st.markdown(words.status_words(status))


def counts_line(counts: LeakCounts) -> str:
    """Return how the items stand in one line, what matters most first."""
    confirmed = counted(counts.of(LeakStatus.CONFIRMED), "item")
    parts = [
        f"{confirmed} with a confirmed leak",
        *(
            f"{counts.of(status):,} {STATUS[status][1].lower()}"
            for status in (LeakStatus.SUSPECTED, LeakStatus.RESOLVED, LeakStatus.CLEAN)
        ),
    ]
    if counts.unknown:
        parts.append(f"{counts.unknown:,} not looked at yet")
    if counts.withheld:
        parts.append(f"{counts.withheld:,} shown after your own reading")
    return " · ".join(parts) + "."


def standing_lines(page: StandingPage) -> None:
    """Show a page of items, the worst first; each opens."""
    for line in page.lines:
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"leak-line-{stem(line.item_id)}"
        ):
            status_sign(line.standing.status, stem(line.item_id))
            st.button(
                plain(line.item_id),
                key=f"open-{line.item_id}",
                on_click=go,
                kwargs={"item": line.item_id},
                width=260,
            )
            st.caption(plain(line_words(line)))


def line_words(line: ItemStanding) -> str:
    """Return what is known of an item in one line."""
    parts = [TRACKS[line.track.value], words.hits_words(line)]
    return " · ".join([*parts, *(words.unit_words(unit) for unit in line.standing.units)])


def turn(page: StandingPage) -> None:
    """Offer the first page and the next."""
    with st.container(horizontal=True):
        if param("after"):
            first = {"since": "", "after": ""}
            st.button("First page", key="leaks-first", on_click=go, kwargs=first)
        if page.after is not None:
            following = {"since": str(page.after[0]), "after": page.after[1]}
            st.button("Next page", key="leaks-next", on_click=go, kwargs=following)


def counts_table(counts: LeakCounts) -> None:
    """Show how many items stand how, by track and by layer."""
    tracks = sorted({track for layer, track, _, _ in counts.tallies if layer is None})
    st.markdown("**By track**")
    table(
        [_by_status(counts, "Track", TRACKS[track.value], track=track) for track in tracks],
        key="leaks-by-track",
        alt="Items by track and status",
    )
    st.markdown("**By layer**")
    by_layer = [_by_status(counts, "Layer", LAYERS[layer], layer=layer) for layer in Layer]
    for line in by_layer:
        del line[STATUS[LeakStatus.CLEAN][1]]
    table(by_layer, key="leaks-by-layer", alt="Items by layer and status")
    st.caption("An item can stand differently in each layer; as a whole it is as bad as its worst.")


def _by_status(
    counts: LeakCounts,
    heading: str,
    name: str,
    *,
    track: Track | None = None,
    layer: Layer | None = None,
) -> dict[str, str | int]:
    numbers = {STATUS[s][1]: counts.of(s, track=track, layer=layer) for s in LeakStatus}
    return {heading: name, **numbers}


# ---- one item -----------------------------------------------------------------------------


def one_item(actor: Actor, item_id: str) -> bool:
    """Show one item's hits and flags; False when the actor may not see them."""
    back = {"item": ""}
    try:
        found = workbench().leakage.item(actor, item_id)
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        st.button("Back to the list", on_click=go, kwargs=back)
        return False
    known = found.known
    track = TRACKS[found.item.track.value]
    with page_head(item_id, f"{track} · version {found.item.version}"):
        st.button("Back to the list", on_click=go, kwargs=back)
        if st.button("Open the item"):
            _open(actor, item_id, known)
    if known is None:
        st.info("This item is neither scanned nor read by all its readers yet.")
        return True
    with st.container(horizontal=True, vertical_alignment="center", key="leak-standing"):
        status_sign(known.standing.status, "whole")
        st.caption(plain(f"{words.MEANING[known.standing.status].capitalize()}."))
    st.caption(plain(words.scan_words(known)))
    _flags(known.standing.units)
    _hits(found.item, known.standing.hits)
    return True


def _open(actor: Actor, item_id: str, known: ItemStanding | None) -> None:
    if known is not None and known.round and Role.ADJUDICATOR in actor.roles:
        jump("adjudicate", item=item_id, round=known.round)
    jump("items", item=item_id)


def _flags(units: Sequence[LeakUnit]) -> None:
    if not units:
        return
    st.markdown("**What readers flagged**")
    for unit in units:
        st.text(words.unit_words(unit))


def _hits(item: Item, found: Sequence[SpokenHit]) -> None:
    """Show hits by layer; those of low rank apart and folded."""
    strong = [one for one in found if not one.hit.low]
    for layer in Layer:
        here = [one for one in strong if one.hit.layer is layer]
        if here:
            st.markdown(f"**{LAYERS[layer]}: {counted(len(here), 'hit')}**")
        for one in here:
            _hit(item, one)
    low = [one for one in found if one.hit.low]
    if low:
        with st.expander(f"{counted(len(low), 'hit')} of low rank: negated, or only a hint"):
            for one in low:
                _hit(item, one)
    if not found:
        st.caption("The scan found nothing.")


def _hit(item: Item, one: SpokenHit) -> None:
    sign, said = words.SAID[one.said]
    with st.container(gap=None, key=f"leak-hit-{one.hit.hit_id}"):
        before, quote, after = words.around(item, one.hit)
        st.markdown(f"{plain(before)}**{plain(quote)}**{plain(after)}")
        st.caption(
            plain(f"{sign} {said} · {words.place_words(one.hit)} · {words.how_words(one.hit)}"),
            help=words.why_words(one.hit),
        )


# ---- numbers ------------------------------------------------------------------------------


def numbers(actor: Actor, counts: LeakCounts) -> None:
    """Show how far readers agree with each other and the scan with them, when asked if large."""
    bench = workbench()
    key = f"leak-numbers-{stem(bench.database.url, bench.leakage.state(actor))}-{_who(actor)}"
    work = work_desk().of(key)
    if work is None and counts.imported <= AT_ONCE:
        with st.spinner("Comparing readers and scan"):
            work = work_desk().begin(
                key, lambda watch: bench.leakage.statistics(actor, watch), beside=False
            )
    if work is None or work.stopped:
        st.button(
            "Compare readers and scan",
            type="primary",
            on_click=careful(work_desk().start),
            args=(key, lambda watch: bench.leakage.statistics(actor, watch)),
        )
        st.caption("Every item that all its readers have read is opened; this takes a while.")
        return
    if not work.done:
        under_way(work, "Comparing readers and scan", words.progress_words, "leak-numbers")
        return
    if not refused(work):
        _statistics(work.result)


def _who(actor: Actor) -> str:
    return actor.person_id if Role.REVIEWER in actor.roles else "all"


def _statistics(found: LeakStatistics) -> None:
    if not found.items:
        st.info("There is nothing to compare yet: no item has been read by all its readers.")
        return
    scanned = f"{found.scanned:,} of them scanned in a version that was read"
    st.text(f"{counted(found.items, 'item')} read by all readers, {scanned}.")
    st.markdown("**Do readers agree with each other?**")
    table([_readers_row(one) for one in found.readers], key="leaks-readers", alt="Reader agreement")
    st.caption(
        "In brackets: 95 % interval, whole cases drawn 2,000 times with a fixed seed. A spot that "
        "nobody flagged is no spot, so agreement on spots is the stricter of the two. Each item "
        "counts by the newest round that has all its readings."
    )
    st.markdown("**Does the scan agree with the readers?**")
    rows = [
        _scan_row(one)
        for one in found.scan
        if one.said or (one.leaks and one.method is None and not one.low) or _is_whole(one)
    ]
    table(rows, key="leaks-scan", alt="Agreement of the scan with the readers")
    st.caption(
        "Every round that has all its readings of an item counts, and each hit once: what one "
        "round confirmed is confirmed, and a dismissal counts only where no round confirmed it. "
        "Precision: hits confirmed, of those confirmed or dismissed. Recall: confirmed leaks on "
        "which a hit lies, of all confirmed leaks. In brackets: Wilson's 95 % interval. Readers "
        "who were shown the hits may have missed what the scan missed, so recall may be lower."
    )


def _is_whole(one: ScanAgreement) -> bool:
    return one.layer is None and one.method is None and not one.low


def _readers_row(one: FlagAgreement) -> dict[str, str]:
    percent, alpha = one.percent, one.alpha
    return {
        "On": one.name.capitalize(),
        "Agreement": words.interval_words(percent.value, one.interval, percent.units, "unit"),
        "Krippendorff's alpha": (
            words.interval_words(alpha.value, None, alpha.units, "unit")
            if alpha.value is not None
            else alpha.note.capitalize()
        ),
    }


def _scan_row(one: ScanAgreement) -> dict[str, str | int]:
    said = {said.value: number for said, number in one.said.items()}
    return {
        "Hits": scan_group(one),
        "Found": sum(one.said.values()),
        "Confirmed": said.get("confirmed", 0),
        "Dismissed": said.get("dismissed", 0),
        "Readers differ": said.get("disputed", 0),
        "Not spoken about": said.get("nothing", 0),
        "Precision": words.share_words(one.precision),
        "Recall": words.share_words(one.recall),
    }


def scan_group(one: ScanAgreement) -> str:
    """Return which hits a line of the table is about."""
    if one.low:
        return "Of low rank"
    if one.layer is not None:
        return LAYERS[one.layer]
    return METHODS[one.method] if one.method is not None else "All"


# ---- the scan -----------------------------------------------------------------------------


def scan_button(actor: Actor) -> None:
    """Offer to scan what is new or was scanned by other rules; for leads."""
    if Role.LEAD not in actor.roles:
        return
    work = work_desk().of(_scan_key())
    if work is None or work.done:
        st.button("Scan now", key="leak-scan-now", on_click=begin_scan, args=(actor.person_id,))


def _scan_key() -> str:
    return f"{SCAN}-{stem(workbench().database.url)}"


@careful
def begin_scan(person_id: str) -> None:
    """Scan beside the screens."""
    bench = workbench()
    actor = bench.people.actor(person_id)
    work_desk().begin(_scan_key(), lambda watch: bench.scanning.scan(actor, watch=watch))


def scan_progress() -> None:
    """Show how far the scan is, or what came of the last one."""
    work = work_desk().of(_scan_key())
    if work is None:
        return
    if not work.done:
        under_way(work, "Looking for leaks", _scan_words, SCAN)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="leak-scan-report"):
        if not refused(work):
            st.caption(plain(_scanned(work)))
        st.button(
            "Put away",
            key="leak-scan-clear",
            on_click=careful(work_desk().clear),
            args=(_scan_key(),),
        )


def _scan_words(progress: ScanProgress) -> tuple[float, str]:
    return progress.done / max(1, progress.total), scan_progress_words(progress)


def _scanned(work: Work) -> str:
    if not work.result.scanned and not work.result.stopped:
        return "Every item was scanned before with the same names and rules. Nothing was changed."
    return scan_report_words(work.result)


# ---- counting anew ------------------------------------------------------------------------


def counted_up(actor: Actor, counts: LeakCounts) -> bool:
    """Count a study from before this screen: at once, or in a large one when asked."""
    bench = workbench()
    if bench.leakage.is_counted(actor):
        return True
    if counts.imported <= AT_ONCE:
        with st.spinner("Counting for the first time"):
            bench.leakage.count_anew(actor)
        st.rerun()
    key = f"leak-count-{stem(bench.database.url)}"
    work = work_desk().of(key)
    if work is not None and not work.done:
        under_way(work, "Counting for the first time", words.progress_words, "leak-count")
        return False
    if work is not None:
        refused(work)
    st.info("Items that were read before this screen was made are still to be counted.")
    st.button(
        "Count them now",
        type="primary",
        on_click=careful(work_desk().start),
        args=(key, lambda watch: bench.leakage.count_anew(actor, watch)),
    )
    return False


def track_of(name: str) -> Track | None:
    """Return the track the address names, or None."""
    return Track(name) if name in TRACKS else None
