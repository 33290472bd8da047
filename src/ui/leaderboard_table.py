"""The leaderboard as a table: every basis with its interval and n, ranks with theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import streamlit as st

from src.domain.item import Track
from src.domain.scoring.board import Row, Sides
from src.files.score_chart import score_text
from src.files.score_report import counts_text, left_out, policy_cells, rank_text
from src.ui.leaderboard_changes import signed
from src.ui.wording import TRACKS

BETTER = "Chance to be better"
WITH_GOLD = (
    "In gold: the chance, over whole cases drawn again and again, that the model is better than "
    "the one that comes after it by its rank in gold, which the cell names. The lines here stand "
    "in the order of the ranks as imported. A tie counts one half."
)
WITHOUT_GOLD = (
    "As imported: the chance, over whole cases drawn again and again, that the model is better "
    "than the one that comes after it by rank, which the cell names. A tie counts one half."
)


def table(sides: Sequence[Sides], names: Mapping[str, str]) -> None:
    """Show models by tracks: ranks and scores on each basis, and what is left out."""
    gold = any(line.gold is not None for line in sides)
    rows = [row for line in sides if (row := line.gold if gold else line.imported) is not None]
    after = _after(rows)
    st.dataframe(
        [_line(line, names, after) for line in sides],
        hide_index=True,
        width="stretch",
        column_config={BETTER: st.column_config.Column(help=WITH_GOLD if gold else WITHOUT_GOLD)},
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
    """Return '0.69, than Model B'; empty for the last, and where chances are not known."""
    if found is None or found[0].p_better is None:
        return ""
    return f"{found[0].p_better:.2f}, than {names.get(found[1], found[1])}"


def _line(
    line: Sides, names: Mapping[str, str], after: Mapping[Place, tuple[Row, str]]
) -> dict[str, object]:
    row = line.gold or line.imported
    return {
        "Track": TRACKS[line.imported.track.value],
        "Measure": line.imported.measure,
        "Model": names.get(line.imported.model, line.imported.model),
        "Rank": line.imported.rank,
        "Imported": score_text(line.imported),
        "Rank in gold": rank_text(line.gold) if line.gold else "",
        "Gold": score_text(line.gold) if line.gold else "",
        "Change": _change(line),
        "Corrected by people": score_text(line.corrected) if line.corrected else "",
        "Reviewed only": score_text(line.reviewed) if line.reviewed else "",
        BETTER: _better(after.get((row.track, row.measure, row.model)), names),
        "Left out": left_out(row),
        **policy_cells(row),
    }


def _change(line: Sides) -> str:
    if line.gold is None or line.gold.value is None or line.imported.value is None:
        return ""
    return signed(line.gold.value - line.imported.value)


def policies(lines: Sequence[Sides], names: Mapping[str, str]) -> None:
    """Show of every model the score on all items, on reviewed ones, and without the excluded."""
    rows = [line.gold for line in lines if line.gold is not None and line.gold.policies]
    if not rows:
        st.caption("No release yet: nothing is reviewed, and nothing is excluded.")
        return
    st.caption("On all items, on those reviewed, and on these without what is excluded")
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
