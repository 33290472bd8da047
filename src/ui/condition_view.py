"""What a model would be shown of an item, condition by condition."""

from __future__ import annotations

import streamlit as st

from src.domain.conditions import MEANING, Shown
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.conditions import SEES
from src.ui.notices import plain
from src.ui.places import chosen
from src.ui.session import workbench
from src.ui.wording import CONDITIONS

NONE_CHOSEN = "-"


def condition_panel(actor: Actor, item_id: str) -> None:
    """Show an item's newest version as a model is shown it, to whoever may see that."""
    if not actor.roles & set(SEES):
        return
    with st.container(key="condition"):
        st.markdown("**What a model is shown**")
        choice = chosen("Condition", "shown", [NONE_CHOSEN, *CONDITIONS], _words)
        condition = next((name for name in CONDITIONS if name == choice), None)
        if condition is None:
            return
        st.caption(plain(f"{MEANING[condition][0].upper()}{MEANING[condition][1:]}."))
        _shown(workbench().conditions.shown(actor, item_id, condition))


def _words(name: str) -> str:
    return next((word for key, word in CONDITIONS.items() if key == name), "Choose a condition")


def _shown(found: Shown) -> None:
    """Show every word that goes to the model, as it stands there."""
    with st.container(border=True, key="condition-words"):
        _part("Question", found.question)
        _part("Case text", found.context)
        for finding in found.findings:
            _part(f"Finding: {finding.title}" if finding.title else "Finding", finding.body)
        if not found.images:
            st.caption("No images.")
            return
        st.caption(f"{counted(len(found.images), 'image')}, with these words:")
        for image in found.images:
            st.text(f"{image.label}: {image.caption}" if image.caption else image.label)


def _part(heading: str, text: str) -> None:
    if text:
        st.caption(plain(heading))
        st.text(text)
