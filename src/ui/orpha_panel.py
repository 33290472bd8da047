"""What Orphanet says of the item's code, another code to propose, and names it does not know."""

from __future__ import annotations

from functools import partial

import streamlit as st

from src.domain.ontology import AddedAlias, Found, OntologyFile, bare_code
from src.domain.review import ReviewBody
from src.services.ontology import EntityView, Relative
from src.ui.body_edits import with_proposal
from src.ui.draft_session import Change, OpenDraft
from src.ui.notices import plain, tell
from src.ui.session import workbench

SHOWN = 6
"""How many diseases a search lists."""
STANDING = {"obsolete": "Obsolete at Orphanet.", "moved": "Orphanet moved this code."}


def orpha_panel(draft: OpenDraft) -> None:
    """Show the item's disease as Orphanet has it, folded, with a search for another.

    Nothing is drawn before a first reading, nor where there is neither a code nor a file.
    """
    if draft.task.withheld:
        return
    own = draft.item.content.orpha_code.strip()
    file = draft.once("orphanet file", lambda: workbench().ontologies.in_force(draft.actor))
    if file is None and not own:
        return
    view = _entity(draft, own) if file is not None else None
    with st.expander(plain(_title(own, view)), key=draft.key("orpha-fold")):
        _standing(draft, own, view, file)
        if file is not None:
            _proposed(draft, own)
            _search(draft, own)
        if view is not None and file is not None:
            _new_name(draft, view)
            st.caption(plain(_source(view.attribution, file)))


def _entity(draft: OpenDraft, code: str) -> EntityView | None:
    if not bare_code(code):
        return None
    return draft.once(
        _asked(code), lambda: workbench().ontologies.entity(draft.actor, bare_code(code))
    )


def _asked(code: str) -> str:
    return f"orphanet entity {bare_code(code)}"


def _title(own: str, view: EntityView | None) -> str:
    if view is not None:
        return f"ORPHA:{view.entity.orpha_code}  {view.entity.term}"
    return f"ORPHA:{bare_code(own) or own}" if own else "No ORPHA code"


def _source(attribution: str, file: OntologyFile) -> str:
    return f"{attribution}{', version ' + file.version if file.version else ''}"


# ---- what the code stands for -------------------------------------------------------------


def _standing(
    draft: OpenDraft, own: str, view: EntityView | None, file: OntologyFile | None
) -> None:
    if file is None:
        st.text("What it stands for is not known: this study has no Orphanet file.")
        return
    if view is None:
        st.text("It is not in this study's Orphanet file." if own else "The item names no code.")
        return
    if view.entity.status in STANDING:
        moved = f" See {_named(view.moved_to)}." if view.moved_to is not None else ""
        st.text(STANDING[view.entity.status] + moved)
    _listed("Also called", "; ".join(view.entity.synonyms))
    _listed("Belongs to", "; ".join(_named(parent) for parent in view.parents))
    _added_names(draft, view)


def _named(relative: Relative) -> str:
    return f"{relative.term} (ORPHA:{relative.orpha_code})".strip()


def _listed(title: str, text: str) -> None:
    if text:
        st.caption(title)
        st.text(text)


def _added_names(draft: OpenDraft, view: EntityView) -> None:
    """Show the reader's own names; those of others once the reader has submitted."""
    mine = [alias for alias in view.aliases if alias.person == draft.actor.person_id]
    others = [alias for alias in view.aliases if alias not in mine]
    for alias in mine:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{alias.text} (added by you)", width="content")
            st.button(
                "Take back",
                key=draft.key(f"orpha-withdraw-{alias.text}"),
                on_click=draft.alone(partial(_withdraw, draft, alias)),
            )
    if draft.task.submitted_revision and others:
        _listed("Added in this study", "; ".join(alias.text for alias in others))


# ---- another code -------------------------------------------------------------------------


def _proposed(draft: OpenDraft, own: str) -> None:
    proposed = draft.body.proposals.orpha_code
    if proposed is None:
        return
    view = _entity(draft, proposed)
    term = f" {view.entity.term}" if view is not None else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"You propose ORPHA:{proposed}{term}", width="content")
        st.button(
            "Keep the item's",
            key=draft.key("orpha-keep"),
            on_click=draft.writes(partial(_change, own, own)),
        )


def _search(draft: OpenDraft, own: str) -> None:
    text = st.text_input(
        "Another disease, by name or code",
        key=draft.key("orpha-search"),
        placeholder="Castleman, or ORPHA:160",
        max_chars=200,
    ).strip()
    if not text:
        return
    found = draft.once(
        f"orphanet search {text}",
        lambda: workbench().ontologies.search(draft.actor, text, SHOWN),
    )
    if not found:
        st.text("Orphanet has no such name, nor one like it.")
    elif found[0].near:
        st.text("Orphanet has no such name. Did you mean")
    with st.container(gap="xsmall"):
        for one in found:
            st.button(
                plain(_label(one)),
                key=draft.key(f"orpha-propose-{one.orpha_code}"),
                on_click=draft.writes(partial(_change, one.orpha_code, own)),
            )


def _label(found: Found) -> str:
    by = f" ({found.matched})" if found.matched not in (found.term, found.orpha_code) else ""
    moved = f", see ORPHA:{found.moved_to}" if found.moved_to else ""
    standing = f" - {found.status}{moved}" if found.status != "active" else ""
    return f"ORPHA:{found.orpha_code}  {found.term}{by}{standing}"


def _change(code: str, own: str) -> Change:
    """Return the change that proposes a code; the item's own takes the proposal back."""
    wanted = None if bare_code(code) == bare_code(own) else bare_code(code)

    def says(body: ReviewBody) -> str:
        return body.proposals.orpha_code or "None proposed"

    return Change(
        "ORPHA code", lambda body: with_proposal(body, orpha_code=wanted), says, redraws=True
    )


# ---- names Orphanet does not know ---------------------------------------------------------


def _new_name(draft: OpenDraft, view: EntityView) -> None:
    key = draft.key("orpha-name")

    def add() -> None:
        text = str(st.session_state.get(key, "")).strip()
        if not text:
            return
        code = view.entity.orpha_code
        alias = workbench().ontologies.add_alias(draft.actor, code, text)
        _forget(draft, code)
        tell(f"“{alias.text}” is kept as a name of ORPHA:{code}, given by you.")

    with st.form(draft.key("orpha-name-form"), clear_on_submit=True, border=False):
        st.text_input("A name or abbreviation that is missing", key=key, max_chars=200)
        st.form_submit_button("Add the name", on_click=draft.alone(add))


def _withdraw(draft: OpenDraft, alias: AddedAlias) -> None:
    workbench().ontologies.withdraw_alias(draft.actor, alias.subject, alias.text)
    _forget(draft, alias.subject)
    tell(f"“{alias.text}” is taken back.")


def _forget(draft: OpenDraft, code: str) -> None:
    """Let what was asked about an entity be asked again, and the page show the message."""
    draft.tab.known.pop(_asked(code), None)
    draft.count_time()
    draft.tab.anew = True
