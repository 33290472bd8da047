"""One person left out: what scores hang on single graders, and on single readers behind gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from src.domain.people import Actor
from src.services.readers_left_out import (
    OUTSIDE,
    LeftOutReader,
    LeftOutReport,
    WithoutReader,
    report_notes,
    score_words,
)
from src.services.scoring import NO_GRADERS, without_text
from src.ui.leaderboard_parts import Board
from src.ui.leak_words import progress_words
from src.ui.notices import careful, plain
from src.ui.places import stem
from src.ui.session import workbench
from src.ui.work import refused, under_way, work_desk


def left_out(actor: Actor, board: Board, names: Mapping[str, str]) -> None:
    """Show what strict scores of a track are without any one grader or reader."""
    if board.mode != "strict":
        st.caption("Only strict scores are taken without one person.")
        return
    st.markdown("**Without any one grader: scores corrected by people**")
    _graders(actor, board, names)
    st.markdown("**Without any one reader: gold**")
    _readers(actor, board, names)


def _graders(actor: Actor, board: Board, names: Mapping[str, str]) -> None:
    every = workbench().scoring.without_each_grader(
        actor, release=board.release, policy=board.policy
    )
    here = [one for one in every if one.track == board.track]
    for one in here:
        st.caption(plain(f"{names.get(one.model, one.model)} {without_text(one)}"))
    if not here:
        st.caption(plain(NO_GRADERS))


def _readers(actor: Actor, board: Board, names: Mapping[str, str]) -> None:
    """Show the table where it is made already, else the work, or the button that begins it."""
    bench = workbench()
    key = f"left-out-{stem(bench.database.url, board.release)}"
    work = work_desk().of(key)
    if work is not None and not work.done:
        under_way(work, "Deriving gold without each reader", progress_words, "left-out")
        return
    found = bench.readers_left_out.known(actor, release=board.release, policy=board.policy)
    if found is not None:
        _report(found, board, names)
        return
    if work is not None:
        refused(work)
    st.text(
        "Each reader of the release is left out in turn: gold is derived again without what they "
        "read, and scored by the grades there are. Nothing is stored."
    )
    st.button(
        "Leave each reader out",
        key="left-out-begin",
        on_click=careful(work_desk().start),
        args=(
            key,
            lambda watch: bench.readers_left_out.report(actor, release=board.release, watch=watch),
        ),
    )


def _report(found: LeftOutReport, board: Board, names: Mapping[str, str]) -> None:
    here = [one for one in found.lines if one.track == board.track]
    if here:
        st.dataframe([_row(one, names) for one in here], hide_index=True, width="stretch")
        st.caption(plain(_about(here)))
    elif found.lines:
        st.caption("Nobody read an item of this track that a model answered.")
    for note in report_notes(found):
        st.caption(plain(note))


def _row(one: WithoutReader, names: Mapping[str, str]) -> dict[str, object]:
    most = one.most
    between = f"{score_words(one.low)} to {score_words(one.high)}"
    return {
        "Model": names.get(one.model, one.model),
        "Gold": f"{score_words(one.value)}, n = {one.n:,}",
        "Without any one reader": f"{between} (outside)" if one.lies_outside else between,
        "Moved most": _moved(most) if most else "by nobody",
        "Items otherwise": f"{most.items}, {most.open} as imported" if most else "",
        "Rank": one.rank,
        "Rank without any one": _ranks(one),
        "Left unscored, at most": one.ungraded,
    }


def _moved(most: LeftOutReader) -> str:
    """Return what a score is without whom it moves most."""
    return f"{score_words(most.value)} without {most.called}, n = {most.n:,}"


def _ranks(one: WithoutReader) -> str:
    if one.rank_low is None or one.rank_low == one.rank_high:
        return str(one.rank_low or "")
    return f"{one.rank_low} to {one.rank_high}"


def _about(here: Sequence[WithoutReader]) -> str:
    """Return how the table is read."""
    parts = [
        "Gold on all items, without any one of the readers of this track "
        f"({here[0].readers}). An item that would then be open, or that nobody else read, counts "
        "as imported. Left unscored: answers for which no stored grade covers the words."
    ]
    if any(one.lies_outside for one in here):
        parts.append(f"Outside: {OUTSIDE}.")
    return " ".join(parts)
