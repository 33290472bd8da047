"""An item drawn for the audit: all that nobody disputes lies on the desk, and is
confirmed with one press."""

from __future__ import annotations

import streamlit as st

from src.domain.adjudication import CONFIRM, Dispute
from src.domain.routing import AUDIT
from src.services.adjudicating import Case, Ruling
from src.ui.notices import careful
from src.ui.places import stem
from src.ui.ruling_desk import RECEIPT
from src.ui.session import workbench
from src.ui.times import to_the_minute

SAYS = {
    "waiting": "Drawn for the audit. The readers settle this item among themselves; it becomes "
    "gold once you have looked at it. Confirm all of it, or settle what is not right.",
    "changed": "The audit found something that was not right. The rest can still be settled "
    "otherwise.",
    "confirmed": "The audit confirmed what the readers settled.",
}


def audit_card(case: Case, person_id: str) -> None:
    """Show the audit of an item, if it was drawn: what it is about, and what can be said."""
    if case.audit is None:
        return
    with st.container(border=True, key=f"audit-{stem(case.round, case.view.item.item_id)}"):
        st.markdown("**Audit**")
        st.text(SAYS[case.audit])
        for dispute in case.disputes:
            if dispute.unit == AUDIT:
                _confirming(case, dispute, person_id)


def _confirming(case: Case, dispute: Dispute, person_id: str) -> None:
    if dispute.stale:
        st.caption("It was confirmed before, and a reading has changed since.")
    st.button(
        "All is right",
        type="primary",
        key=f"confirm-{stem(case.round, case.view.item.item_id, dispute.input_digest)}",
        on_click=confirm,
        args=(case, dispute, person_id),
    )


@careful
def confirm(case: Case, dispute: Dispute, person_id: str) -> None:
    """Store that everything is right, and keep the receipt to be shown."""
    bench = workbench()
    receipt = bench.adjudicating.decide(
        bench.people.actor(person_id),
        Ruling(
            round=case.round,
            item_id=case.view.item.item_id,
            unit=AUDIT,
            chosen=CONFIRM,
            input_digest=dispute.input_digest,
        ),
    )
    text = f"Audit confirmed. Your receipt {receipt.number}, {receipt.hash[:12]}, "
    words = text + to_the_minute(receipt.at)
    st.session_state[RECEIPT] = (case.round, case.view.item.item_id, words)
