"""The agreement report for a paper, on the Agreement screen."""

from __future__ import annotations

import json
from typing import NamedTuple

import streamlit as st

from src.domain.people import Actor, Role
from src.files.grras_pages import html_page, markdown_page
from src.ui.notices import careful
from src.ui.session import workbench

HELD = "grras-report"


class Written(NamedTuple):
    """A report as its three files, and what it is of."""

    of: str | None
    html: str
    markdown: str
    json: str
    open_lines: int


def grras_report(actor: Actor, round_name: str | None) -> None:
    """Offer to write the report; then its files. Only for the lead, who may see the hours."""
    if Role.LEAD not in actor.roles:
        return
    with st.expander("Report for a paper (GRRAS)", key="grras"):
        st.caption(
            "What the fifteen points of GRRAS ask for, with the numbers of the study. What only "
            "you know is left as a marked line. Readers stand in it by number."
        )
        st.button(
            "Write the report",
            key="grras-write",
            on_click=write_report,
            args=(actor.person_id, round_name),
        )
        written = st.session_state.get(HELD)
        if isinstance(written, Written) and written.of == round_name:
            _files(written)


def _files(written: Written) -> None:
    st.text(f"{written.open_lines} lines are left for you to write.")
    kinds = (
        ("As a page to print", written.html, "grras.html", "text/html"),
        ("As Markdown", written.markdown, "grras.md", "text/markdown"),
        ("As JSON", written.json, "grras.json", "application/json"),
    )
    with st.container(horizontal=True):
        for label, text, name, kind in kinds:
            st.download_button(label, text, name, kind, key=f"get-{name}", on_click="ignore")


@careful
def write_report(person_id: str, round_name: str | None) -> None:
    """Collect the numbers as they are now, and keep the files for this window."""
    bench = workbench()
    found = bench.reporting.grras(bench.people.actor(person_id), round_name)
    data = found.model_dump(mode="json")
    st.session_state[HELD] = Written(
        of=round_name,
        html=html_page(found.report),
        markdown=markdown_page(found.report),
        json=json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n",
        open_lines=sum(len(point.to_fill) for point in found.report.points),
    )
