"""Scores as signs on their intervals, one sign a basis, the numbers beside them.

The signs tell the bases apart in grey and in print: imported a hollow circle, gold a filled one,
corrected by people a filled diamond, reviewed items alone a hollow triangle. An interval of too
few cases to be believed is dotted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import altair as alt

from src.domain.few_cases import LEAST_CASES, marked
from src.domain.plurals import counted
from src.domain.scoring.board import Row, Sides
from src.domain.scoring.ranked_list import LIST_LENGTH, MEAN_RANK

INKS = {"light": ("#1B1F24", "#5F646A", "#FBFBF9"), "dark": ("#E6E9EE", "#A3ABB7", "#14181D")}
"""Ink, grey and paper: a chart is drawn on a canvas, where no style sheet reaches."""
SIDES = ("imported", "gold", "corrected", "reviewed")
SIGNS = ("circle", "circle", "diamond", "triangle-up")
HOLLOW = frozenset({"imported", "reviewed"})
SAYS = {
    "imported": "as imported",
    "gold": "as gold",
    "corrected": "corrected by people",
    "reviewed": "reviewed only",
}
SHORT = {
    "imported": "imported",
    "gold": "gold",
    "corrected": "corrected",
    "reviewed": "reviewed",
}
"""Beside the chart, where a phone leaves no room for more."""
LEAST_ROOM = 68
"""Pixels for these words in any font: the picture is laid out in one that a reader may lack."""
ROW_HEIGHT = 24
HIGHEST = {MEAN_RANK: float(LIST_LENGTH)}
"""What a measure can be at the most, where that is not 1."""
ROOM_FOR_TEXT = 2.4
"""The scale goes on past 1, where the numbers stand, whole also on a phone."""
ROOM_IN_PRINT = 1.8
"""The same where the chart is as wide as a page."""


def score_text(row: Row | None) -> str:
    """Return a score with its interval and its n: '0.71 (0.64 to 0.78), n = 288'.

    Of fewer than five cases it says so: '0.75 (0.50 to 1.00), n = 2: too few to say'.
    A corrected score says how many answers people graded, also where these are too few for one.
    """
    if row is None:
        return "not asked"
    if row.value is None:
        few = row.basis == "corrected"
        return f"too few graded: {row.graded:,}" if few else "no score, n = 0"
    interval = "" if row.low is None else f" ({row.low:.2f} to {row.high:.2f})"
    graded = f", {row.graded:,} graded" if row.basis == "corrected" else ""
    return _with_n(f"{row.value:.2f}{interval}", row, graded)


def _with_n(number: str, row: Row, graded: str = "") -> str:
    """Return a number with its n; marked where it rests on too few cases, and on how many."""
    several = row.cases < LEAST_CASES and row.cases != row.n
    of = f" of {counted(row.cases, 'case')}" if several else ""
    return marked(f"{number}, n = {row.n:,}{of}{graded}", row.cases)


def _beside_its_line(row: Row) -> str:
    """Return what stands beside a sign, short enough for a phone.

    The mark of few cases takes the room of the interval, which is drawn there; how many answers
    people graded takes that of n, which is gold's.
    """
    if row.value is None:
        return score_text(row)
    if row.cases < LEAST_CASES:
        return _with_n(f"{row.value:.2f}", row)
    if row.basis == "corrected" and row.low is not None:
        return f"{row.value:.2f} ({row.low:.2f} to {row.high:.2f}), {row.graded:,} graded"
    return score_text(row)


def score_chart(
    sides: Sequence[Sides],
    names: Mapping[str, str],
    *,
    dark: bool = False,
    room: float = ROOM_FOR_TEXT,
) -> alt.LayerChart:
    """Return the chart of one measure on one track, the models in the order they are given."""
    chart = score_layers(sides, names, dark=dark, room=room).configure_view(stroke=None)
    return cast("alt.LayerChart", chart.configure_axisX(gridColor="#7F858C", gridOpacity=0.25))


def score_layers(
    sides: Sequence[Sides],
    names: Mapping[str, str],
    *,
    dark: bool = False,
    room: float = ROOM_FOR_TEXT,
) -> alt.LayerChart:
    """Return the same without the settings of a whole picture, to be put together with others."""
    ink, grey, paper = INKS["dark" if dark else "light"]
    lines = _lines(sides, names)
    rows = alt.Y(
        "line:N",
        sort=[str(line["line"]) for line in lines],
        axis=alt.Axis(
            title=None,
            labelExpr="split(datum.value, '|')[1]",
            labelColor=grey,
            labelFontSize=13,
            labelLimit=0,
            minExtent=LEAST_ROOM,
            ticks=False,
            domain=False,
        ),
    )
    top = HIGHEST.get(sides[0].imported.measure, 1.0) if sides else 1.0
    scale = alt.Scale(domain=[0, room * top], nice=False)
    marks = [quarter * top / 4 for quarter in range(5)]
    axis = alt.Axis(
        title=None,
        values=marks,
        format=".2f" if top == 1 else ".1f",
        labelColor=grey,
        domain=False,
    )
    across = alt.X("value:Q", scale=scale, axis=axis)
    base = alt.Chart(alt.InlineData(values=lines)).encode(y=rows)
    scored = base.transform_filter("isValid(datum.value)")
    inks = [grey if side == "imported" else ink for side in SIDES]
    papers = [paper if side in HOLLOW else ink for side in SIDES]
    stroke = alt.Color("side:N", scale=_of_sides(inks), legend=None)
    fill = alt.Fill("side:N", scale=_of_sides(papers), legend=None)
    shape = alt.Shape("side:N", scale=_of_sides(SIGNS), legend=None)
    layers = (
        base.mark_text(align="left", fontWeight=600, fontSize=13, color=ink).encode(
            x=alt.datum(0), text="name:N"
        ),
        scored.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", scale=scale, axis=axis),
            x2="high:Q",
            color=stroke,
            strokeDash=alt.condition("datum.few", alt.value([2, 4]), alt.value([1, 0])),
        ),
        scored.mark_point(size=90, strokeWidth=2, opacity=1).encode(
            x=across, stroke=stroke, fill=fill, shape=shape
        ),
        base.transform_filter("datum.side !== ''")
        .mark_text(align="left", fontSize=12, color=ink)
        .encode(x=alt.datum(1.05 * top), text="says:N"),
    )
    return cast("alt.LayerChart", alt.layer(*layers).properties(height=alt.Step(ROW_HEIGHT)))


def _of_sides(values: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(SIDES), range=list(values))


def _lines(lines: Sequence[Sides], names: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the lines of the chart: each model's name, then its scores; no line without one."""
    found: list[dict[str, object]] = []
    for number, line in enumerate(lines):
        model = line.imported.model
        found.append(
            {"line": f"{number}|", "side": "", "name": names.get(model, model), "value": None}
        )
        found += [
            _line(f"{number}|{SHORT[side]}", side, row)
            for side, row in zip(SIDES, line.rows, strict=True)
            if row is not None and (side in ("imported", "gold") or row.value is not None)
        ]
    return found


def _line(key: str, side: str, row: Row) -> dict[str, object]:
    return {
        "line": key,
        "side": side,
        "name": "",
        "value": row.value,
        "low": row.value if row.low is None else row.low,
        "high": row.value if row.high is None else row.high,
        "few": row.cases < LEAST_CASES,
        "says": _beside_its_line(row),
    }
