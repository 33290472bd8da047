"""What one reader takes for what another does: a matrix, and the units behind each number."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.study_agreement import Confusion
from src.ui.agreement_scope import View
from src.ui.agreement_units import units_list
from src.ui.agreement_words import value_title
from src.ui.notices import plain
from src.ui.places import go, param
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.wording import field_title

MOST = 12
"""Differences that are named, those met most often; the matrix has them all."""


def confusion_matrix(actor: Actor, view: View, field: str) -> None:
    """Show which values met how often, and let each difference be opened."""
    found = workbench().agreeing.confusion(actor, view.scope, field)
    if not found.pairs:
        st.info("There is nothing to compare yet: no unit has two readings.")
        return
    st.markdown(f"**{plain(field_title(field))}: what is taken for what**")
    st.caption(plain(_explained(view, found)))
    _matrix(view, field, found)
    st.markdown("**What differs, the most often first**")
    for first, second, times in differences(found, pooled=view.scope.pair is None)[:MOST]:
        _difference(actor, view, field, (first, second), times, found)


def _explained(view: View, found: Confusion) -> str:
    n = f"n = {counted(found.pairs, 'pair')} of readings of {counted(found.units, 'unit')}"
    if view.scope.pair is None:
        return f"Each two readings of a unit are counted once. {n}"
    first, second = (view.names.get(person, person) for person in view.scope.pair)
    return f"Rows: {first}. Columns: {second}. {n}"


def _matrix(view: View, field: str, found: Confusion) -> None:
    said = [n for n, value in enumerate(found.values) if _occurs(found, n)]
    titles = [value_title(field, value) for value in found.values]
    table(
        [{"": titles[row], **{titles[c]: found.counts[row][c] for c in said}} for row in said],
        key="confusion",
        alt="How often each two values met",
    )


def _occurs(found: Confusion, place: int) -> bool:
    return any(found.counts[place]) or any(row[place] for row in found.counts)


def differences(found: Confusion, *, pooled: bool) -> list[tuple[str, str, int]]:
    """Return (first, second, times) of values that differ, the most often met first."""
    met = [
        (first, second, found.counts[a][b])
        for a, first in enumerate(found.values)
        for b, second in enumerate(found.values)
        if (a < b if pooled else a != b) and found.counts[a][b]
    ]
    return sorted(met, key=lambda one: -one[2])


def _difference(
    actor: Actor, view: View, field: str, met: tuple[str, str], times: int, found: Confusion
) -> None:
    name = " | ".join(met)
    says = " and ".join(value_title(field, value).lower() for value in met)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Once" if times == 1 else f"{times:,} times",
            key=f"met-{name}",
            on_click=go,
            kwargs={"row": "" if param("row") == name else name, "page": ""},
            width=120,
        )
        st.text(f"{says}  ({times / found.pairs:.1%} of {found.pairs:,})")
    if param("row") == name:
        units_list(
            lambda after: workbench().agreeing.units(
                actor, view.scope, field, met=met, after=after
            ),
            actor,
            times,
        )
