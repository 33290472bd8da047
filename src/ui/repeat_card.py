"""What the hidden repeats of a round come to, on the Study screen."""

from __future__ import annotations

import streamlit as st

from src.domain.agreement import Coefficient
from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.round import Round, RoundState
from src.services.repeating import RepeatReport
from src.ui.places import stem
from src.ui.session import workbench
from src.ui.tables import Cell, table
from src.ui.wording import field_title

COLUMNS = {
    "percent_agreement": "The same again",
    "cohen_kappa": "Cohen's kappa",
    "gwet_ac1": "Gwet's AC1",
}


def repeat_card(actor: Actor, round_: Round, names: dict[str, str]) -> None:
    """Offer how readers agree with themselves; nothing where the round has no repeats."""
    if round_.repeats is None:
        return
    st.markdown("**Readers against themselves**")
    after = counted(round_.wash_out_days or 0, "day")
    st.caption(
        f"{round_.repeats:.0%} of what each has read comes back to them as if it were new, after "
        f"{after} at the earliest. It counts in no other number."
    )
    if actor.person_id in round_.persons and round_.state is RoundState.OPEN:
        st.text("You read in this round: what comes back is told once it is closed.")
        return
    if st.button("Compare the readings", key=f"repeats-{stem(round_.name)}"):
        _show(workbench().repeating.report(actor, round_.name), names)


def _show(report: RepeatReport, names: dict[str, str]) -> None:
    st.text(
        f"{counted(report.drawn, 'reading')} drawn, {report.given_out} given out, "
        f"{report.sent} sent, {report.compared} compared."
    )
    if not report.compared:
        return
    rows: list[dict[str, Cell]] = [
        {"Field": field_title(found.field), **_cells(found.coefficients)} for found in report.fields
    ]
    table(rows, key=f"repeats-by-field-{report.round}", alt="Agreement with oneself, by field")
    readers: list[dict[str, Cell]] = [
        {
            "Reader": names.get(one.person, one.person),
            "Items read twice": one.items,
            "Verdicts the same": f"{one.claims.part} of {one.claims.whole}",
            "95 % interval": _between(one.claims.interval),
        }
        for one in report.readers
    ]
    table(readers, key=f"repeats-by-reader-{report.round}", alt="Agreement with oneself, by reader")


def _cells(coefficients: tuple[Coefficient, ...]) -> dict[str, Cell]:
    said = {found.name: found for found in coefficients}
    cells: dict[str, Cell] = {
        title: _words(said[name]) if name in said else "–" for name, title in COLUMNS.items()
    }
    return {**cells, "n": max((found.units for found in coefficients), default=0)}


def _words(found: Coefficient) -> str:
    if found.value is None:
        return "undefined"
    if found.low is None or found.high is None:
        return f"{found.value:.2f}"
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})".replace("-", "−")


def _between(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{interval[0]:.0%} to {interval[1]:.0%}"
