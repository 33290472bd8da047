"""The leaderboard as a table: every basis with its interval and n, ranks with theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from src.domain.scoring.board import Row, Sides
from src.files.score_chart import score_text
from src.files.score_report import rank_text
from src.ui.leaderboard_changes import signed
from src.ui.wording import TRACKS


def table(sides: Sequence[Sides], names: Mapping[str, str]) -> None:
    """Show models by tracks: ranks and scores on each basis, and what is left out."""
    st.dataframe([_line(line, names) for line in sides], hide_index=True, width="stretch")


def _line(line: Sides, names: Mapping[str, str]) -> dict[str, object]:
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
        "Corrected by people": _corrected(line.corrected),
        "Reviewed only": score_text(line.reviewed) if line.reviewed else "",
        "Better than the next": "" if row.p_better is None else f"{row.p_better:.2f}",
        "Left out": left_out(row),
    }


def _change(line: Sides) -> str:
    if line.gold is None or line.gold.value is None or line.imported.value is None:
        return ""
    return signed(line.gold.value - line.imported.value)


def _corrected(row: Row | None) -> str:
    """Return a corrected score, and how many answers people graded; no number from too few."""
    if row is None:
        return ""
    if row.value is None:
        return f"too few graded: {row.graded}"
    return f"{score_text(row)}, {row.graded:,} graded"


def left_out(row: Row) -> str:
    """Return why answers have no score, and why items are excluded."""
    parts = [f"{number} {reason}" for reason, number in row.reasons.items()]
    parts += [f"{number} {reason}" for reason, number in row.exclusions.items()]
    return "; ".join(parts)


def policies_text(row: Row) -> str:
    """Return the score on all items, on those reviewed, and without what is excluded."""
    words = {
        "all": "all items",
        "reviewed": "reviewed",
        "reviewed_minus_excluded": "reviewed minus excluded",
    }
    return "; ".join(
        f"{words[name]} {'no score' if figure.value is None else f'{figure.value:.2f}'}, "
        f"n = {figure.n:,}"
        for name, figure in row.policies.items()
    )
