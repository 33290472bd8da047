"""One item's whole story: what it shows, what it claims, and what became of it."""

from __future__ import annotations

import streamlit as st

from src.domain.item import Criterion, Item
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.browsing import Story
from src.ui import wording
from src.ui.case_side import case_side
from src.ui.notices import plain
from src.ui.tables import table
from src.ui.times import dated


def item_story(story: Story, actor: Actor) -> None:
    """Show an item: the case left; question, answer, claims, rubric and history right."""
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="case-side"):
        case_side(story.view, actor)
    with right:
        _asked(story.view.item)
        _claims(story.view.item)
        _rubric(story.view.item.criteria)
        _history(story)


def _asked(item: Item) -> None:
    content = item.content
    st.text(content.question)
    with st.container(border=True):
        st.caption("Answer")
        st.text(content.answer)
        if content.aliases:
            st.caption("Also accepted")
            st.text(" · ".join(content.aliases))
    facts = [
        f"ORPHA {content.orpha_code}" if content.orpha_code else "",
        content.modality,
        content.category,
        f"case {item.case.case_id}",
        item.case.pmcid or "",
        item.case.licence or "",
    ]
    st.caption(plain(" · ".join(fact for fact in facts if fact)))
    if item.case.retracted:
        st.warning("The report this case comes from was retracted.")


def _claims(item: Item) -> None:
    st.markdown(f"**{counted(len(item.claims), 'claim')}**")
    for number, claim in enumerate(item.claims, start=1):
        st.text(f"{number}. {claim.text}")
    if not item.claims:
        st.caption("The answer of this item was not divided into claims.")


def _rubric(criteria: tuple[Criterion, ...]) -> None:
    st.markdown("**Rubric**")
    if not criteria:
        st.caption("This item came without a rubric.")
    for number, criterion in enumerate(criteria, start=1):
        st.text(f"{number}. {criterion.text}")
        off = "" if criterion.active else " · switched off"
        st.caption(plain(wording.points(criterion.points) + off))


def _history(story: Story) -> None:
    st.markdown("**History**")
    table(
        [
            {
                "Version": number,
                "Made": dated(at),
                "By": "Masks" if number in story.masked else "Import",
                "Hash": sha256[:16],
            }
            for number, sha256, at in story.versions
        ],
        key="versions",
        alt="Versions of the item",
    )
    table(
        [
            {
                "Round": name,
                "Item version": version,
                "Rubric version": rubric,
                "Readings missing": max(0, missing),
            }
            for name, version, rubric, missing in story.rounds
        ],
        key="rounds",
        alt="Rounds that ask this item",
    )
    newest = story.view.item.version
    for name, version, _, _ in story.rounds:
        if version < newest:
            st.caption(
                plain(
                    f"{name} asks version {version}, which is not the newest: only a new round "
                    "has the newest read."
                )
            )
    table(
        [
            {
                "Release": number,
                "Status": status.capitalize(),
                "Settled by": wording.METHODS.get(method, method),
            }
            for number, status, method in story.releases
        ],
        key="releases",
        alt="Releases that hold this item",
    )
    if story.withheld:
        st.caption(
            plain(
                "What came of it is shown once you have given your own reading in the round "
                f"{story.withheld}."
            )
        )
        return
    if not story.rounds:
        st.caption("No round asks this item yet.")
    if not story.releases:
        st.caption("No release holds this item yet.")
