"""Rows of agreement: numbers at once, their intervals when they are computed, the units behind."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.domain.few_cases import marked
from src.domain.people import Actor
from src.domain.reading_table import CLAIMS
from src.domain.study_agreement import AgreementRow, Scope
from src.services.agreeing import PAIRS, Comparison
from src.ui.agreement_scope import View
from src.ui.agreement_units import units_list
from src.ui.agreement_words import COEFFICIENTS, number_words, share_words, value_words
from src.ui.leak_words import progress_words
from src.ui.notices import careful, plain
from src.ui.places import go, param, stem
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.wording import TRACKS, field_title
from src.ui.work import refused, under_way, work_desk

NO_LIST = "There is no list of values"
AT_ONCE = 3_000
"""Units of which intervals are computed while the page is drawn: under half a second."""
SHOWN = ("percent_agreement", "krippendorff_alpha", "gwet_ac1")
"""What each line says; all the others are in the table below."""


def agreement_rows(actor: Actor, view: View, field: str = CLAIMS) -> Comparison:
    """Show the rows of a view, one of them open, and return them."""
    offset = _offset() if view.name == "pair" else 0
    bench = workbench()
    place = st.container(key="agreement-intervals")
    found = bench.agreeing.compare(actor, view.scope, view.by, field, offset)
    if not found.rows:
        st.info("There is nothing to compare yet: no item has been read by all its readers.")
        return found
    with place:
        if _intervals(actor, view, field, offset, found):
            found = bench.agreeing.compare(actor, view.scope, view.by, field, offset)
    for row in found.rows:
        _line(actor, view, row)
    if view.name == "pair":
        _pages(offset, more=found.more)
    with st.expander("Every coefficient as a table"):
        _table(view, found)
    return found


def row_title(view: View, row: AgreementRow) -> str:
    """Return what a row is of, in words."""
    if row.pair is not None and view.name == "pair":
        return view.pair_words(row.pair)
    if view.by == "field":
        return field_title(row.name)
    return TRACKS.get(row.name, row.name) if view.by == "track" else row.name


def _line(actor: Actor, view: View, row: AgreementRow) -> None:
    """Show the main numbers of a row, and a way to what differs."""
    key = stem(row.name)
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-{key}"):
        st.markdown(f"**{plain(row_title(view, row))}**", width=230)
        for name in SHOWN:
            found = row.get(name)
            with st.container(gap=None, width=225):
                st.caption(COEFFICIENTS[name])
                words = number_words(found, items=row.items) if found else NO_LIST
                st.text(words)
        st.button(
            differing_words(row.differing),
            key=f"differ-{key}",
            on_click=go,
            kwargs={"row": "" if param("row") == row.name else row.name, "page": ""},
            disabled=not row.differing,
        )
    if param("row") == row.name and row.differing:
        scope, week = _of_row(view, row)
        st.markdown(f"**{plain(row_title(view, row))}: where readers differ**")
        units_list(
            lambda after: workbench().agreeing.units(
                actor, scope, row.field, week=week, after=after
            ),
            actor,
            row.differing,
        )


def _of_row(view: View, row: AgreementRow) -> tuple[Scope, str]:
    """Return the readings behind a row, and its week where rows are weeks."""
    changes: dict[str, object] = {"pair": row.pair}
    if view.by in ("track", "round"):
        changes[view.by] = row.name
    merged = {**view.scope.model_dump(), **changes}
    return Scope.model_validate(merged), row.name if view.by == "week" else ""


def differing_words(many: int) -> str:
    """Return what the button that opens the differing units says."""
    if not many:
        return "Nothing differs"
    return "1 unit differs" if many == 1 else f"{many:,} units differ"


def _table(view: View, found: Comparison) -> None:
    """Show every coefficient of every row; columns nobody has a number in are left out."""
    names = [
        name
        for name in COEFFICIENTS
        if any((c := row.get(name)) is not None and c.value is not None for row in found.rows)
    ]
    silent = any(row.abstaining for row in found.rows)
    table(
        [
            {
                "Of": row_title(view, row),
                "Units": row.units,
                "Items": row.items,
                **{COEFFICIENTS[name]: _cell(row, name) for name in names},
                **({"Cannot judge": share_words(row.abstaining)} if silent else {}),
            }
            for row in found.rows
        ],
        key=f"coefficients-{view.name}",
        alt="Every coefficient with its interval",
    )
    st.caption(
        "In brackets: 95 % of 2,000 resamples of the items, seed 0. Ordered values "
        "(recommendations) have ordinal weights in alpha, kappas and AC2. Values somebody wrote "
        "have no list of all that could be said: only agreement and alpha, by the exact wording."
    )


def _cell(row: AgreementRow, name: str) -> str:
    """Return a coefficient with its interval, marked where it rests on a handful of items."""
    found, words = row.get(name), value_words(row.get(name))
    return marked(words, row.items) if found is not None and found.value is not None else words


def _intervals(actor: Actor, view: View, field: str, offset: int, found: Comparison) -> bool:
    """Compute the intervals: at once, or beside the screen with a bar; tell whether just now."""
    bench = workbench()
    asked = (actor, view.scope, view.by, field, offset)
    if bench.agreeing.has_intervals(*asked):
        return False
    state = bench.agreeing.state(actor)
    key = f"agreement-{stem(bench.database.url, state, *asked[1:])}"

    def do(watch: Callable[..., bool]) -> object:
        return bench.agreeing.intervals(*asked, watch=watch)

    work = work_desk().of(key)
    if work is None:
        small = sum(row.units for row in found.rows) <= AT_ONCE
        work = work_desk().begin(key, do, beside=not small)
        if small:
            return not refused(work)
    if not work.done:
        under_way(work, "Computing the intervals", progress_words, key)
    elif work.stopped:
        st.button(
            "Compute the intervals",
            key=f"{key}-again",
            on_click=careful(work_desk().start),
            args=(key, do),
        )
    else:
        refused(work)
    return False


def _offset() -> int:
    asked = param("after")
    return int(asked) if asked.isdecimal() and len(asked) < 7 else 0


def _pages(offset: int, *, more: bool) -> None:
    """Offer further pairs of readers."""
    with st.container(horizontal=True):
        if offset:
            before = str(offset - PAIRS) if offset > PAIRS else ""
            st.button("Pairs before", key="pairs-before", on_click=go, kwargs={"after": before})
        if more:
            following = {"after": str(offset + PAIRS)}
            st.button("Further pairs", key="pairs-after", on_click=go, kwargs=following)
