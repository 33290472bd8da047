"""What stands beside the leaderboard: groups, pairs of models, orders, graders, and downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from src.domain.few_cases import marked
from src.domain.item import Track
from src.domain.people import Actor
from src.domain.scoring.board import Basis, Sides
from src.domain.scoring.sheet import Policy
from src.files.score_report import Report, board_csv, board_html, board_png
from src.services.answer_scores import Mode
from src.services.board_report import Asked
from src.services.breakdowns import Grouping
from src.ui.leaderboard_changes import signed
from src.ui.notices import plain
from src.ui.session import settings, workbench
from src.ui.wording import TRACKS

GROUPINGS: Final[Mapping[Grouping, str]] = {
    "family": "General and medical models",
    "images": "Number of images",
    "modality": "Modality",
    "orpha": "Group of diseases",
}
ABSTAIN: Final = {"skip": "Leave it out", "zero": "Count it as 0"}
AMBIGUOUS: Final = {
    "count": "Count it as gold has it",
    "leave-out": "Leave it out",
    "weigh": "Weigh it by the readers",
}
PAIRS_SHOWN: Final = 300


def choose_policy() -> Policy:
    """Ask what counts of what one can be of two minds about."""
    with st.popover("How it is counted", icon=":material/tune:"):
        abstain = st.radio(
            "An item a model did not answer",
            list(ABSTAIN),
            format_func=ABSTAIN.__getitem__,
            key="abstain",
        )
        ambiguous = st.radio(
            "What gold keeps as ambiguous",
            list(AMBIGUOUS),
            format_func=AMBIGUOUS.__getitem__,
            key="ambiguous",
        )
    return Policy.model_validate({"abstain": abstain, "ambiguous": ambiguous})


def family_warnings(actor: Actor) -> list[str]:
    """Return a sentence for each family that a judge, a model or the question writer share."""
    found = workbench().breakdowns.shared_families(actor, settings().generator_model)
    return [one.words for one in found]


def groups(
    actor: Actor,
    track: Track,
    measure: str,
    mode: Mode,
    release: int | None,
    policy: Policy,
    names: Mapping[str, str],
) -> None:
    """Show the scores of one measure by groups of items or of models."""
    by = st.segmented_control(
        "By",
        list(GROUPINGS),
        default="family",
        format_func=GROUPINGS.__getitem__,
        key="group-by",
        required=True,
    )
    found = workbench().breakdowns.groups(
        actor,
        track,
        by,
        basis="gold" if release is not None else "import",
        release=release,
        mode=mode,
        measure=measure,
        policy=policy,
    )
    if not found:
        st.caption("No score to group.")
        return
    st.dataframe(
        [
            {
                "Group": one.group,
                "Model": names.get(one.who, one.who),
                "Score": _score(one.value, one.low, one.high, one.cases),
                "n": one.n,
                "Cases": one.cases,
            }
            for one in found
        ],
        hide_index=True,
        width="stretch",
    )


def pairs(
    actor: Actor,
    track: Track,
    measure: str,
    mode: Mode,
    release: int | None,
    policy: Policy,
    names: Mapping[str, str],
) -> None:
    """Show how each two models differ on the same items, and how sure their order is."""
    basis: Basis = "gold" if release is not None else "import"
    bench = workbench().scoring
    found = bench.comparisons(
        actor, track, basis=basis, release=release, mode=mode, measure=measure, policy=policy
    )
    if not found:
        st.caption("Two models with answers to the same two cases are needed.")
        return
    st.dataframe(
        [
            {
                "A": names.get(one.model, one.model),
                "B": names.get(one.other, one.other),
                "A minus B": f"{signed(one.difference)} ({signed(one.low)} to {signed(one.high)})",
                "Chance that A is better": f"{one.p_better:.2f}",
            }
            for one in found[:PAIRS_SHOWN]
        ],
        hide_index=True,
        width="stretch",
    )
    if release is not None:
        _orders(actor, track, measure, mode, release, policy)
    if mode == "strict":
        _graders(actor, track, release, policy, names)


def _orders(
    actor: Actor, track: Track, measure: str, mode: Mode, release: int, policy: Policy
) -> None:
    every = workbench().scoring.orders(actor, release=release, mode=mode, policy=policy)
    here = [o for o in every if (o.track, o.measure) == (track, measure) and o.tau_b is not None]
    for order in here:
        st.caption(
            plain(
                f"Order of {order.models} models, {order.before} to {order.after}: Kendall's tau-b "
                f"{order.tau_b:.2f} (1 is the same order, -1 the opposite)."
            )
        )


def _graders(
    actor: Actor,
    track: Track,
    release: int | None,
    policy: Policy,
    names: Mapping[str, str],
) -> None:
    every = workbench().scoring.without_each_grader(actor, release=release, policy=policy)
    for one in (one for one in every if one.track == track):
        st.caption(
            plain(
                f"{names.get(one.model, one.model)} corrected: {one.value:.2f}; without any one of "
                f"{one.graders} graders between {one.low:.2f} and {one.high:.2f}."
            )
        )


def _score(value: float | None, low: float | None, high: float | None, cases: int) -> str:
    if value is None:
        return "no score"
    return marked(f"{value:.2f}" + ("" if low is None else f" ({low:.2f} to {high:.2f})"), cases)


def downloads(report: Report, whole: Callable[[], Report]) -> None:
    """Offer the table, the picture and the page; each is made when it is asked for.

    `whole` gathers what the page says beside the scores.
    """
    with st.popover("Download", icon=":material/download:"):
        st.download_button(
            "Table (CSV)",
            data=lambda: board_csv(report.sides, report.names),
            file_name="leaderboard.csv",
            mime="text/csv",
            on_click="ignore",
        )
        st.download_button(
            "Picture (PNG)",
            data=lambda: board_png(report),
            file_name="leaderboard.png",
            mime="image/png",
            on_click="ignore",
        )
        st.download_button(
            "One page (HTML)",
            data=lambda: board_html(whole()),
            file_name="leaderboard.html",
            mime="text/html",
            on_click="ignore",
        )


def whole_report(
    actor: Actor, mode: Mode, release: int | None, policy: Policy, *, reviewed_only: bool
) -> Callable[[], Report]:
    """Return what gathers the report; the study is looked up now, the report when it is asked."""
    reports = workbench().board_reports
    asked = Asked(
        release=release,
        mode=mode,
        reviewed_only=reviewed_only,
        policy=policy,
        generator=settings().generator_model,
    )
    return lambda: reports.report(actor, asked, TRACKS)


def report_of(
    sides: Sequence[Sides], names: Mapping[str, str], head: str, made_at: str, warnings: list[str]
) -> Report:
    """Return what a report says of these lines."""
    return Report(
        title="RareReview leaderboard",
        made_at=made_at,
        head=head,
        sides=tuple(sides),
        names=dict(names),
        tracks=dict(TRACKS),
        warnings=tuple(warnings),
    )
