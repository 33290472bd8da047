"""Guidelines on the screen: the lead's Markdown, without HTML and without pictures."""

from __future__ import annotations

import streamlit as st

from src.domain.guideline import Guideline, Passage, changed_passages, without_images
from src.domain.plurals import counted
from src.ui.differences import Part, differences
from src.ui.notices import plain
from src.ui.reading_room.readings import ShownReading, readings_side_by_side
from src.ui.times import dated

CHANGED = "#56B4E9"
ALIKE = 0.5
"""Share of words two passages must have in common to be shown word by word."""


def guideline_text(text: str, place: str = "") -> None:
    """Show a guideline as Markdown; HTML stands there as it is written, pictures are links.

    Where a page shows several, each names its own `place`.
    """
    with st.container(key=f"guideline-text-{place}"):
        st.markdown(without_images(text), unsafe_allow_html=False)


def guideline_head(guideline: Guideline) -> str:
    """Return which version it is, since when, and the lead's note on it."""
    note = f" · {guideline.note}" if guideline.note else ""
    return f"Version {guideline.number} · {dated(guideline.at)}{note}"


def changes_between(before: Guideline, after: Guideline, place: str = "") -> None:
    """Show the paragraphs that changed, word by word."""
    passages = changed_passages(before.text, after.text)
    many = counted(len(passages), "place")
    st.caption(plain(f"What changed since version {before.number}: {many}"))
    readings_side_by_side(
        f"guideline-changes-{place}{before.number}to{after.number}",
        [
            ShownReading(
                reader=str(number),
                title=_title(passage.before, passage.after),
                colour=CHANGED,
                words="",
                parts=_parts(passage),
            )
            for number, passage in enumerate(passages, start=1)
        ],
    )


def _parts(passage: Passage) -> tuple[Part, ...]:
    """Return what changed word by word; one after the other where the two have little in common."""
    parts = differences(passage.before, passage.after)
    same = sum(len(part.text) for part in parts if part.kind == "same")
    if not passage.before or not passage.after:
        return parts
    if 2 * same >= ALIKE * (len(passage.before) + len(passage.after)):
        return parts
    gone = Part(kind="removed", text=passage.before)
    between = Part(kind="same", text="\n\n")
    return (gone, between, Part(kind="added", text=passage.after))


def _title(before: str, after: str) -> str:
    if not before:
        return "New"
    return "Changed" if after else "Taken out"
