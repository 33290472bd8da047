"""How units were settled, why some went to an adjudicator, and what the audit found."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from src.domain.outcome import OPEN, RULED_EARLIER
from src.domain.plurals import counted
from src.domain.routing import RouteReason
from src.services.agreeing import AuditReport, Settled
from src.ui import wording
from src.ui.tables import table

SETTLED = {OPEN: "Not settled yet", RULED_EARLIER: "A ruling in an earlier round"}
"""What counts say beside the methods of gold."""


def settled_counts(found: Settled) -> None:
    """Show the units by how they were settled and by why they went to an adjudicator."""
    st.markdown("**How units were settled**")
    left, right = st.columns(2, gap="large")
    with left:
        method_table(found.methods, key="settled-methods")
    with right:
        reason_table(found.reasons, key="settled-reasons")
    if not found.reasons:
        st.caption("Nothing went to an adjudicator.")


def method_table(methods: Mapping[str, int], *, key: str) -> None:
    """Show how many units came to their value in which way."""
    whole = sum(methods.values())
    table(
        [
            {
                "Settled by": SETTLED.get(name) or wording.METHODS[name],
                "Units": number,
                "Share": f"{number / whole:.1%}",
            }
            for name, number in methods.items()
        ],
        key=key,
        alt="Units by how they were settled",
    )


def reason_table(reasons: Mapping[RouteReason, int], *, key: str) -> None:
    """Show why units went to an adjudicator; one can go for several reasons."""
    table(
        [
            {"Why it went to an adjudicator": reason.words, "Units": number}
            for reason, number in reasons.items()
        ],
        key=key,
        alt="Units by why they went to an adjudicator",
        wide="Why it went to an adjudicator",
    )


def audit_result(audit: AuditReport) -> None:
    """Show how often the audit found something, with its n and interval."""
    if not audit.drawn:
        return
    st.markdown("**Audit of what nobody disputed**")
    waiting = f" {counted(audit.waiting, 'item')} still to be looked at." if audit.waiting else ""
    if audit.items.interval is None:
        st.text(f"{counted(audit.drawn, 'item')} drawn.{waiting}")
        return
    low, high = audit.items.interval
    st.text(
        f"Not right in {audit.items.value:.1%} ({low:.1%} to {high:.1%}) of the items looked at, "
        f"n = {audit.items.whole}: {counted(audit.units.part, 'unit')} of {audit.units.whole} "
        f"settled otherwise.{waiting}"
    )
