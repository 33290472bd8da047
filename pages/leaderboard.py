"""Leaderboard: what models score as imported and as gold, and why the two differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from src.domain.few_cases import marked
from src.domain.item import Track
from src.domain.people import Actor, Role
from src.domain.scoring.board import Basis, Sides, best_first
from src.domain.scoring.families import invented_models
from src.domain.scoring.sheet import Policy
from src.domain.scoring.whose_replies import WhoseGrades, different_judges, judge_name
from src.files.score_chart import score_chart
from src.services.answer_scores import Mode
from src.services.progress import Progress
from src.services.scoring import about
from src.ui.judge_card import judge_cards
from src.ui.judge_run import judge_run
from src.ui.leaderboard_changes import show_changes, show_flips
from src.ui.leaderboard_import import import_form, kind_form
from src.ui.leaderboard_parts import (
    BASES,
    Board,
    choose_basis,
    choose_policy,
    downloads,
    family_warnings,
    gathered,
    groups,
    pairs,
    report_of,
)
from src.ui.leaderboard_table import policies, table, without_a_score
from src.ui.leak_words import progress_words
from src.ui.left_out_panel import left_out
from src.ui.match_queue import match_queue
from src.ui.notices import calmly, plain
from src.ui.places import go, page_head, param
from src.ui.session import require, workbench
from src.ui.what_if_panel import TRY, names_of_models, what_if
from src.ui.wording import TRACKS

MODES: Mapping[Mode, str] = {"strict": "Strict", "compatible": "As published"}
ABOUT: Mapping[Mode, str] = {
    "strict": "The strict score is the share of a rubric's points that an answer earned, from 0 "
    "to 1, errors taking points away; a missing grade leaves the answer out and is never a zero. "
    "In diagnosis and differential, naming the disease counts 3 points more.",
    "compatible": "These are the measures of the published scorer, VLMEvalKit, computed exactly as "
    "it does so that printed numbers can be checked; those of a judge where the answers came with "
    "its replies. Their known faults are kept with them: compare with papers here, and models by "
    "the strict score.",
}
SHOWN_FROM = 0.4
"""Seconds after which reading is shown to be under way."""
ABOUT_PAGE = "What models score as imported, as gold, and corrected by people."
INTERVAL = "In brackets: 95 % interval, whole cases drawn 2,000 times with a fixed seed."
CORRECTED = (
    "Corrected by people: the judge on everything, put right by people's blind grades on a part "
    "(prediction-powered inference); without a number where they graded too little."
)


def choose_scores(releases: Sequence[int]) -> tuple[Mode, int | None, bool]:
    """Ask which measure, which release, and whether only what was reviewed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control(
            "Measure",
            list(MODES),
            default="strict",
            format_func=MODES.__getitem__,
            key="mode",
            required=True,
        )
        if not releases:
            st.caption("No release yet: there is no gold to compare with.")
            return mode, None, False
        release = st.selectbox(
            "Gold of", releases, format_func=lambda n: f"Release {n}", key="release", width=160
        )
        only = st.toggle("Only items in the release", key="only")
    return mode, release, only


def choose_track(pairs: Sequence[Sides]) -> tuple[Track, str]:
    """Ask for a track, and for a measure where it has several."""
    tracks = list(dict.fromkeys(pair.imported.track for pair in pairs))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        track = st.segmented_control(
            "Track",
            tracks,
            default=tracks[0],
            format_func=lambda t: TRACKS[t.value],
            key="track",
            required=True,
        )
        known = dict.fromkeys(p.imported.measure for p in pairs if p.imported.track == track)
        measures = list(known)
        if len(measures) == 1:
            return track, measures[0]
        return track, st.selectbox("Of which", measures, key="of-which", width=320)


def _moved(pair: Sides) -> float:
    """Return how far a score moved; the model that moved most is explained first."""
    if pair.gold is None or pair.gold.value is None or pair.imported.value is None:
        return 0.0
    return abs(pair.gold.value - pair.imported.value)


def order_says(here: Sequence[Sides], names: Mapping[str, str], basis: Basis) -> str:
    """Return by what models are ordered, and which stand elsewhere there than as imported."""
    moved = [
        f"{names.get(p.imported.model, p.imported.model)} {p.imported.rank} → {row.rank}"
        for p in here
        if (row := p.on(basis)) is not None and row.rank and row.rank != p.imported.rank
    ]
    ranked = [row for p in here for row in (p.imported, p.on(basis)) if row and row.rank]
    start = f"Best first: {BASES[basis].lower()}."
    if moved:
        fewest = min(row.cases for row in ranked)
        return f"{start} Ranks that differ from imported: {marked('; '.join(moved), fewest)}."
    return start if basis == "import" else f"{start} The order is that of imported."


def judged_by(here: Sequence[Sides], grades: WhoseGrades) -> str:
    """Return whose replies or grades the scores rest on, as a sentence; empty where nobody's."""
    if grades.words:
        return f"{grades.words} "
    judges = dict.fromkeys(p.imported.judge for p in here if p.imported.judge is not None)
    if not judges:
        return ""
    return f"Replies that count: of {' and '.join(map(judge_name, judges))}. "


def fill(actor: Actor, mode: Mode, release: int | None) -> None:
    """Read answers and grades, with a bar where that takes its time; leaving the page ends it."""
    place = st.empty()

    def watch(progress: Progress) -> bool:
        if progress.seconds > SHOWN_FROM:
            share, words = progress_words(progress)
            place.progress(share, text=f"Reading answers and grades: {words}")
        return True

    workbench().scoring.fill(actor, release=release, mode=mode, watch=watch)
    place.empty()


def leaderboard(actor: Actor) -> None:
    """Show the scores, and under them why gold moved them and what an edit would do."""
    bench = workbench()
    mode, release, only = choose_scores([r.number for r in bench.releasing.all_of(actor)])
    judges = bench.scoring.reply_judges(actor) if mode == "compatible" else []
    policy = choose_policy(judges)
    fill(actor, mode, release)
    with st.spinner("Computing the scores"):
        sides = bench.scoring.side_by_side(
            actor, release=release, mode=mode, reviewed_only=only, policy=policy
        )
    names = names_of_models(actor)
    if not sides:
        st.info("No item of this release was answered by any model.")
        return
    st.caption(ABOUT[mode])
    asked_for = mode == "strict" and param(TRY) != ""
    if asked_for:
        try_out(actor, release, policy)
        st.button("Back to the scores alone", on_click=go, kwargs={TRY: ""})
        st.divider()
    grades = bench.scoring.whose_grades(actor, mode)
    warnings = [
        *family_warnings(actor),
        *different_judges((line.imported for line in sides), names),
        *grades.warnings,
    ]
    for warning in warnings:
        st.warning(plain(warning))
    track, measure = choose_track(sides)
    here = [p for p in sides if (p.imported.track, p.imported.measure) == (track, measure)]
    basis = choose_basis(here, only=only)
    here = best_first(here, basis)
    board = Board(track, measure, mode, release, policy, basis, only)
    chart, lines, grouped, paired, without, excluded = st.tabs(
        [
            "Chart",
            "Table of all tracks",
            "Groups",
            "Pairs of models",
            "One person left out",
            "Reviewed and excluded",
        ]
    )
    with chart:
        dark = st.context.theme.type == "dark"
        st.altair_chart(score_chart(here, names, dark=dark), width="stretch")
        st.caption(plain(order_says(here, names, basis)))
    with lines:
        table(sides, names, basis)
    with grouped:
        groups(actor, board, names)
    with paired:
        pairs(actor, board, names)
    with without:
        left_out(actor, board, names)
    with excluded:
        policies(here, names)
    st.caption(plain(f"{about(track, measure)}. {judged_by(here, grades)}{INTERVAL} {CORRECTED}"))
    unscored(actor, board, names)
    head = bench.browsing.head(actor)
    now = bench.clock().strftime("%Y-%m-%d %H:%M")
    downloads(
        report_of(sides, names, f"event {head.seq}, {head.hash[:16]}", now, basis),
        *gathered(actor, board),
    )
    for line in invented_models(names.get(p.imported.model, p.imported.model) for p in sides):
        st.caption(plain(line))
    if release is not None:
        changes(actor, board, here, names)
    if mode == "strict" and not asked_for:
        try_out(actor, release, policy)


def try_out(actor: Actor, release: int | None, policy: Policy) -> None:
    """Ask for an edit and show what it does; on top of the page where a link led to an item."""
    st.header("What an edit would do", anchor=False)
    st.fragment(lambda: calmly(lambda: what_if(actor, release, policy)))()


def unscored(actor: Actor, board: Board, names: Mapping[str, str]) -> None:
    """Show why answers of the chosen track have no score on the basis that is chosen."""
    found = workbench().unscored.by_model(
        actor,
        basis="reviewed" if board.only else board.basis,
        release=board.release,
        mode=board.mode,
        policy=board.policy,
    )
    here = [one for one in found if (one.track, one.measure) == (board.track, board.measure)]
    without_a_score(here, names)


def changes(actor: Actor, board: Board, here: Sequence[Sides], names: Mapping[str, str]) -> None:
    """Show the items that account for one model's difference."""
    st.header("What changed, and why", anchor=False)
    model = st.selectbox(
        "Model",
        [pair.imported.model for pair in sorted(here, key=_moved, reverse=True)],
        format_func=lambda name: names.get(name, name),
        key="model",
        width=320,
    )
    bench = workbench()
    found = bench.scoring.difference(
        actor,
        model,
        board.track,
        release=board.release,
        mode=board.mode,
        measure=board.measure,
        reviewed_only=board.only,
        policy=board.policy,
    )
    show_changes(found, names.get(model, model))
    if board.mode == "strict":
        flips = bench.breakdowns.flips(
            actor, board.track, release=board.release, policy=board.policy
        )
        show_flips(flips, names)


actor = require(Role.LEAD, Role.EVALUATOR)
answered = bool(workbench().predicting.answered(actor))
with page_head("Leaderboard", ABOUT_PAGE if answered else ""):
    pass
if answered:
    leaderboard(actor)
    judge_cards(actor, names_of_models(actor))
    match_queue(actor)
    judge_run(actor)
else:
    st.info(
        "No predictions yet. Import a model's answers below: a table with the columns index and "
        "prediction, or JSON Lines that may bring grades."
    )
with st.expander("Import a model's answers", expanded=not answered):
    import_form(actor)
    if answered:
        kind_form(actor)
