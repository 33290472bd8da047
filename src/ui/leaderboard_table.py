"""The leaderboard as a table: every basis with its interval and n, ranks with theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import streamlit as st

from src.domain.few_cases import marked
from src.domain.item import Track
from src.domain.plurals import counted
from src.domain.scoring.board import Basis, Row, Sides, best_first
from src.domain.scoring.strict import STRICT
from src.files.score_chart import score_text
from src.files.score_report import (
    by_the_judge,
    counts_text,
    judge_cell,
    left_out,
    policy_cells,
    rank_text,
)
from src.services.unscored import Unscored
from src.ui.leaderboard_changes import signed
from src.ui.notices import plain
from src.ui.wording import TRACKS

"""Where every line is of it the page has said so, and the lines need not."""
BETTER: Final = "Chance to be better"
BETTER_SAYS: Final[Mapping[Basis, str]] = {
    "import": "As imported",
    "gold": "In gold",
    "corrected": "Corrected by people",
    "reviewed": "Of reviewed items only",
}
RANKS: Final[Mapping[Basis, str]] = {
    "import": "Rank",
    "gold": "Rank in gold",
    "corrected": "Rank corrected",
    "reviewed": "Rank reviewed",
}
CORRECTED: Final = "Corrected by people"
OF_PEOPLE: Final = (CORRECTED, RANKS["corrected"])
"""Columns that stay away where no score is corrected, as of published measures."""
RANK_WIDTH: Final = 96
"""Pixels of the longest heads, so that what stands right of them stays in sight on a desk."""
EXPLAINED: Final = (
    "{}: the chance, over whole cases drawn again and again, that the model is better than the one "
    "that comes after it by rank, which the cell names, on the n items both have a score on. A tie "
    "counts one half."
)


def table(sides: Sequence[Sides], names: Mapping[str, str], basis: Basis) -> None:
    """Show models by tracks, best on a basis first: ranks and scores on each, what is left out."""
    ordered = best_first(sides, basis)
    after = _after([row for line in ordered if (row := line.on(basis)) is not None])
    judged = any(line.imported.judge is not None for line in sides)
    says = EXPLAINED.format(BETTER_SAYS[basis])
    several = any(line.imported.measure != STRICT for line in ordered)
    rows = [_line(line, names, after, basis, measured=several, judged=judged) for line in ordered]
    if all(line.corrected is None for line in ordered) and basis != "corrected":
        rows = [{head: cell for head, cell in row.items() if head not in OF_PEOPLE} for row in rows]
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        column_config={
            BETTER: st.column_config.Column(help=says),
            "Judge": st.column_config.Column(width="medium"),
            RANKS["corrected"]: st.column_config.Column(width=RANK_WIDTH),
            RANKS["reviewed"]: st.column_config.Column(width=RANK_WIDTH),
        },
    )


Place = tuple[Track, str, str]
"""Track, measure and model."""


def _after(rows: Sequence[Row]) -> dict[Place, tuple[Row, str]]:
    """Return each model's row with the model that comes after it by rank; none for the last.

    Models that share a rank come in the order of their names, as they were compared.
    """
    ranked = sorted(
        (row for row in rows if row.rank is not None),
        key=lambda row: (row.track, row.measure, row.rank or 0, row.model),
    )
    return {
        (row.track, row.measure, row.model): (row, below.model)
        for row, below in pairwise(ranked)
        if (row.track, row.measure) == (below.track, below.measure)
    }


def _better(found: tuple[Row, str] | None, names: Mapping[str, str]) -> str:
    """Return '0.69, than Model B, n = 288'; empty for the last, and where chances are not known."""
    if found is None or found[0].p_better is None:
        return ""
    row, below = found
    chance = f"{row.p_better:.2f}, than {names.get(below, below)}, n = {row.p_better_n:,}"
    return marked(chance, row.p_better_cases)


def _line(
    line: Sides,
    names: Mapping[str, str],
    after: Mapping[Place, tuple[Row, str]],
    basis: Basis,
    *,
    measured: bool,
    judged: bool,
) -> dict[str, object]:
    """Return one line: the rank it is ordered by, and the four scores, in sight on a desk."""
    row = line.gold or line.imported
    ranks: dict[str, object] = {
        head: rank_text(held) if (held := line.on(side)) else "" for side, head in RANKS.items()
    }
    ranks[RANKS["import"]] = line.imported.rank
    ordered_by = RANKS[basis]
    return {
        "Track": TRACKS[line.imported.track.value],
        **({"Measure": line.imported.measure} if measured else {}),
        "Model": names.get(line.imported.model, line.imported.model),
        **({"Judge": "", **judge_cell(line)} if judged else {}),
        ordered_by: ranks.pop(ordered_by),
        "Imported": score_text(line.imported),
        "Gold": score_text(line.gold) if line.gold else "",
        CORRECTED: score_text(line.corrected) if line.corrected else "",
        "Reviewed only": score_text(line.reviewed) if line.reviewed else "",
        "Change": _change(line),
        **ranks,
        BETTER: _better(after.get((row.track, row.measure, row.model)), names),
        "Left out": left_out(row),
        **policy_cells(row),
    }


def _change(line: Sides) -> str:
    """Return the change with a digit more than the scores, whose rounding it need not share."""
    if line.gold is None or line.gold.value is None or line.imported.value is None:
        return ""
    return signed(line.gold.value - line.imported.value, 3)


def policies(lines: Sequence[Sides], names: Mapping[str, str]) -> None:
    """Show of every model the score on all items, on reviewed ones, and without the excluded."""
    rows = [line.gold for line in lines if line.gold is not None and line.gold.policies]
    if not rows:
        st.caption("No release yet: nothing is reviewed, and nothing is excluded.")
        return
    st.caption(
        "On all items, on those reviewed, which are those in the release, and on these without "
        "what is excluded. What is excluded because of a leak need not be in the release."
        + plain(by_the_judge(rows))
    )
    st.dataframe(
        [
            {
                "Model": names.get(row.model, row.model),
                **policy_cells(row),
                "Excluded": counts_text(row.exclusions),
            }
            for row in rows
        ],
        hide_index=True,
        width="stretch",
    )


def without_a_score(found: Sequence[Unscored], names: Mapping[str, str]) -> None:
    """Show why answers have no score, a line for each model and reason; nothing where all do."""
    answers = sum(sum(one.reasons.values()) for one in found)
    if not answers:
        return
    with st.expander(f"Why {counted(answers, 'answer has', 'answers have')} no score"):
        st.dataframe(
            [
                {"Model": names.get(one.model, one.model), "Answers": n, "Why": reason}
                for one in found
                for reason, n in one.reasons.items()
            ],
            hide_index=True,
            width="stretch",
        )
