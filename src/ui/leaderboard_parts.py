"""What stands beside the leaderboard: groups, pairs of models, orders, graders, and downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import streamlit as st

from src.domain.few_cases import marked
from src.domain.item import Track
from src.domain.people import Actor
from src.domain.scoring.board import Basis, Comparison, Sides
from src.domain.scoring.sheet import Policy
from src.domain.scoring.whose_replies import judge_name
from src.files.score_report import OneOut, Report, board_csv, board_html, board_png
from src.services.answer_scores import Mode
from src.services.board_report import GROUPINGS, Asked
from src.services.scoring import order_text
from src.ui.leaderboard_changes import signed
from src.ui.notices import plain
from src.ui.session import settings, workbench
from src.ui.wording import TRACKS

ABSTAIN: Final = {"skip": "Leave it out", "zero": "Count it as 0"}
AMBIGUOUS: Final = {
    "count": "Count it as gold has it",
    "leave-out": "Leave it out",
    "weigh": "Weigh it by the readers",
}
BASES: Final[Mapping[Basis, str]] = {
    "import": "As imported",
    "gold": "Gold",
    "corrected": "Corrected by people",
    "reviewed": "Reviewed only",
}
PAIRS_SHOWN: Final = 300


class Board(NamedTuple):
    """Which scores are shown: one measure of a track, and what it is counted on."""

    track: Track
    measure: str
    mode: Mode
    release: int | None
    policy: Policy
    basis: Basis
    only: bool
    """Only items of the release."""


def choose_basis(here: Sequence[Sides], *, only: bool) -> Basis:
    """Ask by which scores models are ranked and compared; gold where there is any.

    Only bases on which two models have a score, for one has nobody to be compared with.
    """

    def scored(basis: Basis) -> int:
        rows = (line.on(basis) for line in here)
        return sum(row is not None and row.value is not None for row in rows)

    known = [basis for basis in BASES if scored(basis) > 1 and not (only and basis == "gold")]
    if len(known) < 2:
        return known[0] if known else "import"
    usual: Basis = "reviewed" if only else "gold"
    return st.segmented_control(
        "Ranked and compared by",
        known,
        default=usual if usual in known else known[0],
        format_func=BASES.__getitem__,
        key="basis",
        required=True,
    )


def choose_policy(judges: Sequence[str] = ()) -> Policy:
    """Ask what counts of what one can be of two minds about.

    `judges` are those whose replies are stored, where published measures are shown.
    """
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
        judge = None
        if len(judges) > 1:
            judge = st.selectbox(
                "Whose replies count",
                judges,
                index=None,
                placeholder="Each model's main judge",
                format_func=judge_name,
                key="reply-judge",
            )
    return Policy.model_validate({"abstain": abstain, "ambiguous": ambiguous, "judge": judge})


def family_warnings(actor: Actor) -> list[str]:
    """Return a sentence for each family that a judge, a model or the question writer share."""
    found = workbench().breakdowns.shared_families(actor, settings().generator_model)
    return [one.words for one in found]


def groups(actor: Actor, board: Board, names: Mapping[str, str]) -> None:
    """Show the scores of one measure by groups of items or of models."""
    basis = board.basis
    if basis == "corrected":
        st.caption("Of a group people graded too little to correct it: this is by the judge.")
        known: Basis = "reviewed" if board.only else "gold"
        basis = known if board.release is not None else "import"
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
        board.track,
        by,
        basis=basis,
        release=board.release,
        mode=board.mode,
        measure=board.measure,
        only_release=board.only and basis == "import",
        policy=board.policy,
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


def pairs(actor: Actor, board: Board, names: Mapping[str, str]) -> None:
    """Show how each two models differ on the same items, and how sure their order is."""
    found = workbench().scoring.comparisons(
        actor,
        board.track,
        basis=board.basis,
        release=board.release,
        mode=board.mode,
        measure=board.measure,
        only_release=board.only and board.basis == "import",
        policy=board.policy,
    )
    if found:
        st.caption(plain(f"{BASES[board.basis]}, on the n items both models have a score on."))
        lines = [_pair(one, names) for one in found[:PAIRS_SHOWN]]
        st.dataframe(lines, hide_index=True, width="stretch")
    else:
        st.caption("Two models with answers to the same two cases are needed.")
    _orders(actor, board, names)


def _pair(one: Comparison, names: Mapping[str, str]) -> dict[str, object]:
    graded = {"Graded by people": one.graded} if one.graded else {}
    return {
        "A": names.get(one.model, one.model),
        "B": names.get(one.other, one.other),
        "A minus B": marked(
            f"{signed(one.difference)} ({signed(one.low)} to {signed(one.high)})", one.cases
        ),
        "Chance that A is better": marked(f"{one.p_better:.2f}", one.cases),
        "n": one.n,
        **graded,
    }


def _orders(actor: Actor, board: Board, names: Mapping[str, str]) -> None:
    """Show how far bases, and a release that is chosen, order the models alike."""
    bench = workbench()
    found = bench.scoring.orders(actor, release=board.release, mode=board.mode, policy=board.policy)
    others = [r.number for r in bench.releasing.all_of(actor) if r.number != board.release]
    if board.release is not None and others:
        against = st.selectbox(
            "Compare the order with",
            others,
            index=None,
            placeholder="No other release",
            format_func=lambda n: f"Release {n}",
            key="against",
            width=220,
        )
        if against is not None:
            found += bench.scoring.orders(
                actor,
                basis="gold" if board.basis == "import" else board.basis,
                release=board.release,
                against=against,
                mode=board.mode,
                policy=board.policy,
            )
    for order in found:
        if (order.track, order.measure) == (board.track, board.measure) and order.tau_b is not None:
            st.caption(plain(order_text(order, names)))


def _score(value: float | None, low: float | None, high: float | None, cases: int) -> str:
    if value is None:
        return "no score"
    return marked(f"{value:.2f}" + ("" if low is None else f" ({low:.2f} to {high:.2f})"), cases)


def downloads(
    report: Report, one_out: Callable[[], Sequence[OneOut]], whole: Callable[[], Report]
) -> None:
    """Offer the table, the picture and the page; each is made when it is asked for.

    `one_out` gathers scores without any one person, `whole` what the page says beside the scores.
    """
    with st.popover("Download", icon=":material/download:"):
        st.download_button(
            "Table (CSV)",
            data=lambda: board_csv(report.sides, report.names, one_out()),
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


def gathered(
    actor: Actor, board: Board
) -> tuple[Callable[[], Sequence[OneOut]], Callable[[], Report]]:
    """Return what gathers scores without any one person, and the whole report.

    The study is looked up now, the rest when it is asked for.
    """
    reports = workbench().board_reports
    asked = Asked(
        release=board.release,
        mode=board.mode,
        reviewed_only=board.only,
        policy=board.policy,
        generator=settings().generator_model,
        ranked_by=board.basis,
    )
    return lambda: reports.one_out(actor, asked), lambda: reports.report(actor, asked, TRACKS)


def report_of(
    sides: Sequence[Sides], names: Mapping[str, str], head: str, made_at: str, basis: Basis
) -> Report:
    """Return what table and picture say of these lines; the page is gathered apart."""
    return Report(
        title="RareReview leaderboard",
        made_at=made_at,
        head=head,
        sides=tuple(sides),
        names=dict(names),
        tracks=dict(TRACKS),
        ranked_by=basis,
    )
