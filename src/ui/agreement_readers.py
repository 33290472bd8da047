"""Reader by reader, for the lead: who cannot judge how often, and what a model makes of errors."""

from __future__ import annotations

import streamlit as st

from src.domain.interrater.dawid_skene import ErrorReport, RaterErrors
from src.domain.people import Actor
from src.domain.reading_table import CLAIMS
from src.ui.agreement_scope import View
from src.ui.agreement_words import share_words, value_title
from src.ui.places import stem
from src.ui.session import workbench
from src.ui.tables import table
from src.ui.work import refused, under_way, work_desk


def reader_numbers(actor: Actor, view: View) -> None:
    """Show how often each reader cannot judge a claim, and the error rates by the model."""
    found = workbench().agreeing.abstaining(actor, view.scope)
    if not found.readers:
        st.info("There is nothing to show yet: no item has been read by all its readers.")
        return
    st.markdown("**Claims a reader cannot judge**")
    table(
        [
            {"Reader": view.names.get(person, person), "Cannot judge": share_words(one)}
            for person, one in found.readers
        ],
        key="abstaining",
        alt="How often each reader cannot judge a claim",
    )
    st.markdown("**Error rates by a model**")
    st.caption(
        "Estimated from the readings alone (Dawid and Skene 1979): what the model takes for true "
        "is nobody's ruling, is never gold, and is wrong where most readers are."
    )
    _error_rates(actor, view)


def _error_rates(actor: Actor, view: View) -> None:
    """Fit the model beside the screen, and show what it says of each reader."""
    bench = workbench()
    key = f"errors-{stem(bench.database.url, bench.agreeing.state(actor), view.scope)}"
    work = work_desk().of(key)
    if work is None:
        work = work_desk().begin(
            key, lambda watch: bench.agreeing.error_rates(actor, view.scope, watch)
        )
    if not work.done:
        under_way(work, "Fitting the model", lambda _: (0.0, "Some seconds"), key)
    elif not refused(work) and isinstance(work.result, ErrorReport):
        _report(view, work.result)


def _report(view: View, found: ErrorReport) -> None:
    titles = [value_title(CLAIMS, value) for value in found.categories]
    table(
        [
            {
                "Reader": view.names.get(rater.rater, rater.rater),
                "Says what the model takes for true": f"{right(rater, found.prevalence):.1%}",
                "Errs most often": _worst(rater, found, titles),
            }
            for rater in sorted(found.raters, key=lambda r: right(r, found.prevalence))
        ],
        key="error-rates",
        alt="Error rates of readers by the model of Dawid and Skene",
        wide="Errs most often",
    )
    shares = ", ".join(
        f"{title.lower()} {share:.1%}"
        for title, share in zip(titles, found.prevalence, strict=True)
        if share >= 0.0005
    )
    st.caption(f"By the model the claims are: {shares}.")
    if not found.converged:
        st.caption("The model had not settled when it was stopped.")


def right(rater: RaterErrors, prevalence: tuple[float, ...]) -> float:
    """Return how often a reader says the true class, weighed by how common each is, 0 to 1."""
    known = [
        (p, row[n]) for n, (p, row) in enumerate(zip(prevalence, rater.rates, strict=True)) if row
    ]
    whole = sum(p for p, _ in known)
    return sum(p * rate for p, rate in known) / whole if whole else 0.0


def _worst(rater: RaterErrors, found: ErrorReport, titles: list[str]) -> str:
    """Return the error that costs most claims: its chance times how common its class is."""
    errors = [
        (found.prevalence[true] * chance, chance, titles[true], titles[said])
        for true, row in enumerate(rater.rates)
        if row is not None
        for said, chance in enumerate(row)
        if said != true
    ]
    weight, chance, true, said = max(errors, default=(0.0, 0.0, "", ""))
    return f"Says {said.lower()!r} where {true.lower()!r} is true: {chance:.0%}" if weight else ""
