"""Agreement: how far readers agree, cut in every way, before any adjudication."""

from __future__ import annotations

import streamlit as st

from src.domain.people import Actor, Role
from src.services.agreeing import Comparison
from src.ui.agreement_confusion import confusion_matrix
from src.ui.agreement_evidence import evidence_measures
from src.ui.agreement_readers import reader_numbers
from src.ui.agreement_rows import agreement_rows
from src.ui.agreement_scope import View, chosen_field, chosen_view
from src.ui.catching_up import catch_up, is_caught_up
from src.ui.grras_report import grras_report
from src.ui.places import page_head
from src.ui.session import require, workbench
from src.ui.settled_counts import audit_result, settled_counts


def fields(actor: Actor, view: View) -> None:
    """Show every field, and how its units were settled."""
    if agreement_rows(actor, view).rows:
        settled = workbench().agreeing.settled(actor, view.scope)
        settled_counts(settled)
        audit_result(settled.audit)


def over_time(found: Comparison) -> None:
    """Draw agreement and alpha week by week; the rows above say the same in numbers."""
    series = {"Agreement": "percent_agreement", "Krippendorff's alpha": "krippendorff_alpha"}
    values = {title: [row.get(name) for row in found.rows] for title, name in series.items()}
    points = {title: [c.value if c else None for c in of] for title, of in values.items()}
    st.line_chart({"Week": [row.name for row in found.rows], **points}, x="Week", height=260)


def one_field(actor: Actor, view: View) -> None:
    """Show one field, cut by what the view says."""
    found = agreement_rows(actor, view, chosen_field(actor, view))
    if view.name == "week" and len(found.rows) > 1:
        over_time(found)


actor = require(Role.LEAD, Role.ADJUDICATOR, Role.EVALUATOR)
with page_head("Agreement", "Between independent readings, before anything is settled."):
    pass
if not is_caught_up(actor):
    catch_up(actor)
    st.stop()
view = chosen_view(actor)
if view.name == "":
    fields(actor, view)
elif view.name == "confusion":
    confusion_matrix(actor, view, chosen_field(actor, view))
elif view.name == "evidence":
    evidence_measures(actor, view)
elif view.name == "readers":
    reader_numbers(actor, view)
else:
    one_field(actor, view)
grras_report(actor, view.scope.round)
