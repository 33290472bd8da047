"""What stands twice: groups of items that share pictures, text or an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

import streamlit as st

from src.domain.duplicates import Group, Match, MatchKind, Place
from src.domain.people import Actor
from src.domain.plurals import counted
from src.images.links import address
from src.services.duplicates import DuplicateReport
from src.ui import leak_words as words
from src.ui.notices import careful, plain
from src.ui.places import item_button, page_number, pager, stem
from src.ui.session import workbench
from src.ui.wording import TRACKS
from src.ui.work import refused, under_way, work_desk

SIZE = 15
PICTURES = 6
KINDS = {
    MatchKind.ANSWER_TOLD: "an answer told",
    MatchKind.SAME_IMAGE: "the same picture",
    MatchKind.SHARED_TEXT: "shared text",
    MatchKind.ALIKE_IMAGES: "pictures that look alike",
}


def duplicates(actor: Actor) -> None:
    """Show the groups that were found, or offer to look for them."""
    bench = workbench()
    found = bench.duplicates.known(actor)
    key = f"duplicates-{stem(bench.database.url)}"
    work = work_desk().of(key)
    if work is not None and not work.done:
        under_way(work, "Comparing pictures and texts", words.progress_words, "duplicates")
        return
    if found is not None:
        _report(found, actor)
        return
    if work is not None:
        refused(work)
    st.text(
        "A case that stands in two items, or under two names, can leak from one to the other. "
        "Pictures are compared by their bytes and by how they look, texts word by word."
    )
    st.button(
        f"Compare {counted(bench.duplicates.count(actor), 'item')}",
        type="primary",
        key="duplicates-find",
        on_click=careful(work_desk().start),
        args=(key, lambda watch: bench.duplicates.find(actor, watch)),
    )


def _report(found: DuplicateReport, actor: Actor) -> None:
    across = [group for group in found.groups if group.scope == "across"]
    telling = [group for group in found.groups if group.scope == "within" and group.tells]
    sharing = [group for group in found.groups if group.scope == "within" and not group.tells]
    compared = f"{counted(found.items, 'item')} and {counted(found.pictures, 'picture')} compared."
    flat = (
        f" {counted(found.flat, 'picture')} nearly empty: of these only equal bytes count."
        if found.flat
        else ""
    )
    st.caption(plain(compared + flat))
    if not found.groups:
        st.info("Nothing stands twice: no two items share a picture, text or an answer.")
        return
    if not across and not telling:
        st.info("No two cases share a picture or text, and no item tells another's answer.")
    shown = [*across, *telling]
    number = page_number()
    start = (number - 1) * SIZE
    if across:
        st.caption(f"{counted(len(across), 'group')} of items of different cases.")
    if telling:
        many = counted(len(telling), "case")
        st.caption(f"{many} in which one item shows the answer of another.")
    for group in shown[start : start + SIZE]:
        _group(group, found, actor)
    pager(number, more=len(shown) > start + SIZE, key="duplicates")
    if sharing:
        _sharing(sharing, found, actor)


def _sharing(groups: Sequence[Group], found: DuplicateReport, actor: Actor) -> None:
    many = counted(len(groups), "case")
    with st.expander(f"{many} whose items share pictures, as items of one case do"):
        for group in groups[:SIZE]:
            st.markdown(f"**{plain(title(group, found))}**")
            _items(group.items, actor, f"share-{stem(group.items)}")
        if len(groups) > SIZE:
            st.caption(f"The first {SIZE} are shown.")


def title(group: Group, found: DuplicateReport) -> str:
    """Return what a group is: '3 items of 2 cases: the same picture, shared text'."""
    cases = sorted({found.of[item_id].case_id for item_id in group.items})
    of = counted(len(cases), "case") if len(cases) > 1 else f"case {cases[0]}"
    kinds = Counter(match.kind for match in group.matches)
    said = [
        f"{KINDS[kind]}{f' ({number} times)' if number > 1 else ''}"
        for kind, number in sorted(kinds.items(), key=lambda kind: list(MatchKind).index(kind[0]))
    ]
    return f"{counted(len(group.items), 'item')} of {of}: {', '.join(said)}"


def _group(group: Group, found: DuplicateReport, actor: Actor) -> None:
    with st.expander(plain(title(group, found))):
        for number, match in enumerate(group.matches[:SIZE]):
            _match(match, found, actor, f"{stem(group.items)}-{number}")
        if len(group.matches) > SIZE:
            st.caption(f"The first {SIZE} of {len(group.matches):,} matches are shown.")


def _match(match: Match, found: DuplicateReport, actor: Actor, key: str) -> None:
    with st.container(border=True, key=f"match-{key}"):
        st.markdown(f"**{plain(match_words(match, found))}**")
        if match.quote:
            st.text(f"“{match.quote}”")
        if match.images:
            _pictures(match.images, found, actor)
        _items(match.items, actor, key)


def match_words(match: Match, found: DuplicateReport) -> str:
    """Return what matches, and how much of it."""
    if match.kind is MatchKind.SAME_IMAGE:
        return f"The same picture, byte for byte, in {counted(len(match.images), 'place')}"
    if match.kind is MatchKind.ALIKE_IMAGES:
        bits = round((1 - match.share) * 64)
        many = counted(len(match.images), "place")
        return f"Pictures that look alike in {many}: at most {bits} of 64 bits differ"
    if match.kind is MatchKind.SHARED_TEXT:
        return f"{match.share:.0%} of the shorter case text stands in the other"
    asked, telling = (TRACKS[found.of[item_id].track.value] for item_id in match.items)
    much = "" if match.share == 1 else f" ({match.share:.0%} of its words)"
    where = words.field_words(match.field).lower()
    return f"The answer of {asked.lower()}{much} stands in the {where} of {telling.lower()}"


def _pictures(places: Sequence[Place], found: DuplicateReport, actor: Actor) -> None:
    """Show one picture of each place, side by side."""
    bench = workbench()
    shas = bench.duplicates.hashes(actor, places[:PICTURES])
    with st.container(horizontal=True):
        for place in places[:PICTURES]:
            sha256 = shas.get(place)
            if sha256 is not None:
                url = address(
                    bench.link_secret, sha256, "thumb", actor.person_id, bench.clock().date()
                )
                with st.container(gap="xsmall", width=176):
                    says = f"{place.item_id}, image {place.position}"
                    st.html(f'<img src="{escape(url)}" alt="{escape(says)}" width="160">')
                    st.caption(plain(says))
    if len(places) > PICTURES:
        st.caption(f"The first {PICTURES} of {counted(len(places), 'place')} are shown.")


def _items(item_ids: Sequence[str], actor: Actor, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for number, item_id in enumerate(item_ids[:PICTURES]):
            item_button(actor, item_id, key=f"twice-{key}-{number}")
        if len(item_ids) > PICTURES:
            st.caption(f"and {len(item_ids) - PICTURES:,} more")
