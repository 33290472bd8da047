"""The form that brings a model's answers in, and what came of the last file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.item import Track
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.predicting import PredictionReport
from src.ui.notices import careful, plain, tell
from src.ui.session import workbench
from src.ui.wording import CONDITIONS, TRACKS

KINDS: Final = {"known": "As known or named", "general": "General", "medical": "Medical"}
MEDICAL: Final = {"known": None, "general": False, "medical": True}
REPORT = "_prediction_report"
LISTED = 20


def import_form(actor: Actor) -> None:
    """Ask for a file of answers, the model and the track."""
    with st.form("import-answers", border=False):
        st.file_uploader(
            "File of answers (.tsv, .csv, .xlsx or .jsonl)",
            type=["tsv", "csv", "xlsx", "jsonl"],
            key="answers-file",
        )
        with st.container(horizontal=True):
            st.text_input("Model", key="answers-model", max_chars=200)
            st.selectbox(
                "Track", list(Track), key="answers-track", format_func=lambda t: TRACKS[t.value]
            )
            st.selectbox(
                "What the model was shown",
                list(CONDITIONS),
                key="answers-condition",
                format_func=CONDITIONS.__getitem__,
            )
            st.selectbox(
                "Kind of model",
                list(KINDS),
                key="answers-kind",
                format_func=KINDS.__getitem__,
                help="Groups of models tell medical ones from general ones.",
            )
        st.form_submit_button("Import the answers", on_click=import_answers, args=(actor,))
    report = st.session_state.get(REPORT)
    if isinstance(report, PredictionReport):
        show_report(report)


def kind_form(actor: Actor) -> None:
    """Let a model that is here already be called general or medical; stored at once."""
    models = workbench().predicting.models(actor)
    medical = {model.name: model.medical for model in models}
    names = {model.name: model.display_name or model.name for model in models}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "A model that is here",
            list(names),
            format_func=names.__getitem__,
            key="described-model",
            width=320,
        )
        st.segmented_control(
            "is",
            [False, True],
            default=medical[chosen],
            format_func=lambda is_medical: KINDS["medical" if is_medical else "general"],
            key=f"described-{chosen}",
            required=True,
            on_change=describe_model,
            args=(actor, chosen),
        )


@careful
def describe_model(actor: Actor, name: str) -> None:
    """Store whether a model is a medical one."""
    medical = bool(st.session_state[f"described-{name}"])
    workbench().predicting.describe(actor, name, medical=medical)
    tell(f"{name} is a {KINDS['medical' if medical else 'general'].casefold()} model now.")


@careful
def import_answers(actor: Actor) -> None:
    """Store the chosen file's answers, all or nothing; what was said of the last file goes."""
    st.session_state.pop(REPORT, None)
    chosen = st.session_state.get("answers-file")
    if chosen is None:
        raise BadInputError("Choose a file of answers first.")
    with tempfile.TemporaryDirectory(prefix="rare-review-answers-") as folder:
        path = Path(folder) / f"answers{Path(chosen.name).suffix.lower()}"
        path.write_bytes(chosen.getbuffer())
        report = workbench().predicting.store_file(
            actor,
            path,
            model=st.session_state["answers-model"],
            track=st.session_state["answers-track"],
            condition=st.session_state["answers-condition"],
            medical=MEDICAL[st.session_state["answers-kind"]],
        )
    st.session_state[REPORT] = report.model_copy(update={"path": chosen.name})
    if report.accepted:
        tell(outcome(report))
    else:
        wrong = counted(report.problem_count, "problem")
        tell(f"{chosen.name} was refused: {wrong}. Nothing was stored.", "refused")


def outcome(report: PredictionReport) -> str:
    """Return in one sentence what an import of answers stored."""
    stored, grades = counted(report.predictions, "answer"), counted(report.grades, "grade")
    replies = f", {counted(report.replies, 'judge reply', 'judge replies')}"
    return (
        f"Stored {stored} and {grades}{replies if report.replies else ''} of {report.model}; "
        f"{report.unchanged:,} known already."
    )


def show_report(report: PredictionReport) -> None:
    """Show what is wrong with the last file, or which ids it did not settle."""
    if report.problems:
        st.caption(plain(f"{report.path}: {counted(report.problem_count, 'problem')}"))
        st.dataframe(
            [problem.model_dump() for problem in report.problems], hide_index=True, width="stretch"
        )
        return
    for ids, says in (
        (report.unknown, "named in the file, but not in this study"),
        (report.missing, "still without an answer"),
        (report.other_version, "answered in another version; left out of the scores"),
    ):
        if ids:
            more = f" and {len(ids) - LISTED:,} more" if len(ids) > LISTED else ""
            listed = ", ".join(ids[:LISTED])
            st.caption(plain(f"{counted(len(ids), 'item')} {says}: {listed}{more}"))
