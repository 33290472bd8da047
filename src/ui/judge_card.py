"""The judge card: what each judge is worth, against the people who graded the same answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from src.domain.judge_card import JudgeCard, renamed
from src.domain.people import Actor
from src.files.judge_card_table import ABOUT, against, card_row, confusion_row
from src.ui.notices import plain
from src.ui.session import workbench
from src.ui.wording import TRACKS

NOTHING = (
    "No judge card yet: it needs answers that clinicians graded too. The study lead opens a set of "
    "answers for them on Study, under Grading, or with 'python manage.py grading create'."
)


COLUMNS: Final = {
    "Graded by the judge": st.column_config.Column("Graded", help="Graded by the judge."),
    "No grade came": st.column_config.Column("No grade", help="A grade was asked, and none came."),
}
"""Shorter heads, so that all columns are in sight on a desk; the report has the long ones."""


def judge_cards(actor: Actor, names: Mapping[str, str]) -> None:
    """Show a card for each judge, its alarms above all else; `names` are those of the models."""
    st.header("Judge card", anchor=False)
    with st.spinner("Holding the judges against the clinicians"):
        cards = workbench().judge_cards.cards(actor)
    if not cards:
        st.info(NOTHING)
        return
    for card in cards:
        _card(renamed(card, names))
    st.caption(plain(ABOUT))


def _card(card: JudgeCard) -> None:
    st.subheader(plain(card.judge), anchor=False)
    for alarm in card.alarms:
        st.warning(plain(alarm.text))
    st.dataframe(
        [card_row(line, TRACKS) for line in card.lines],
        hide_index=True,
        width="stretch",
        column_config=COLUMNS,
    )
    with st.expander("What they say of the same criteria", key=f"confusion-{card.judge}"):
        rows = [confusion_row(line, TRACKS) for line in card.lines]
        st.dataframe(rows, hide_index=True, width="stretch")
    st.caption(plain(against(card)))
