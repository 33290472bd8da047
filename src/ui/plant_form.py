"""The lead's look at planted errors before a round opens with them."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.planting import Plant
from src.domain.plurals import counted
from src.services.assigning import RoundPlan
from src.ui.notices import careful, tell
from src.ui.session import workbench
from src.ui.wording import PLANT_KINDS

HELD = "plants-proposed"
KNOWN = (
    "A reader of this round has read this item as it is, or been shown something of it: whether "
    "they find the error says little. No other item was left."
)


class Proposed(NamedTuple):
    """A round that is to be opened, and the errors that could be planted in it."""

    plan: RoundPlan
    plants: tuple[Plant, ...]
    known: frozenset[str]
    """Items of which a reader of the round has seen the right words."""


def propose(person_id: str, plan: RoundPlan, share: float) -> None:
    """Work out errors for a round to be, and keep them until the lead has looked at them."""
    bench = workbench()
    actor = bench.people.actor(person_id)
    seed, found = bench.assigning.propose_plants(actor, plan, share)
    held = plan.model_copy(update={"seed": seed})
    known = bench.assigning.known_to_readers(actor, plan.persons)
    here = frozenset(plant.item_id for plant in found) & known
    st.session_state[HELD] = Proposed(held, tuple(found), here)


def approval(person_id: str) -> bool:
    """Show the errors that are proposed, each to be taken or not; False where none are."""
    proposed = st.session_state.get(HELD)
    if not isinstance(proposed, Proposed):
        return False
    name, many = proposed.plan.name, counted(len(proposed.plants), "error")
    st.markdown("**Errors to plant**")
    st.text(
        f"{many} for {name!r}. Keep those that a clinician can see to be wrong from the case. "
        "Readers are told of them when the round is closed; nobody reads these items as they are "
        "in this round."
    )
    with st.form("plants", border=False):
        for plant in proposed.plants:
            _one(plant, known=plant.item_id in proposed.known)
        with st.container(horizontal=True):
            st.form_submit_button(
                "Open the round with the errors that are ticked",
                type="primary",
                on_click=open_with,
                args=(person_id,),
            )
            st.form_submit_button("Back", on_click=put_away)
    return True


def _one(plant: Plant, *, known: bool) -> None:
    with st.container(border=True, key=f"plant-{plant.item_id.replace('/', '-')}"):
        st.checkbox(
            f"{plant.item_id}: {PLANT_KINDS[plant.kind]}".replace("_", "\\_"),
            value=True,
            key=f"take-{plant.item_id}",
        )
        if known:
            st.text(KNOWN)
        right, wrong = st.columns(2)
        with right:
            st.caption("As it is")
            st.text(plant.right_text)
        with wrong:
            st.caption("As it will be shown")
            st.text(plant.wrong_text)


@careful
def open_with(person_id: str) -> None:
    """Open the round with the errors the lead left ticked."""
    proposed = st.session_state.get(HELD)
    if not isinstance(proposed, Proposed):
        raise BadInputError("The errors are no longer at hand. Fill in the form again.")
    taken = [p for p in proposed.plants if st.session_state.get(f"take-{p.item_id}")]
    if not taken:
        raise BadInputError("Tick at least one error, or go back and ask for none.")
    bench = workbench()
    plan = proposed.plan.model_copy(update={"plants": tuple(taken)})
    made = bench.assigning.create(bench.people.actor(person_id), plan)
    put_away()
    tell(f"{made.name} is open, with {counted(len(taken), 'planted error')}.")


def put_away() -> None:
    """Forget the errors that were proposed."""
    st.session_state.pop(HELD, None)
