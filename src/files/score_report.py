"""A leaderboard to take away: a table, a picture, and one page that needs no network."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final, cast

import altair as alt
import vl_convert
from pydantic import BaseModel

from src.domain.scoring.board import Comparison, Figure, Row, Sides
from src.files.formula_guard import guarded
from src.files.score_chart import SAYS, SIDES, score_chart, score_layers, score_text

WIDTH: Final = 760
SCALE: Final = 2.0
"""Pixels of the picture for each of the chart's."""
COLUMNS: Final = (
    "track",
    "measure",
    "model",
    "basis",
    "release",
    "rank",
    "rank_low",
    "rank_high",
    "value",
    "low",
    "high",
    "p_better",
    "n",
    "cases",
    "unscored",
    "excluded",
    "graded",
    "human",
    "plug_in",
    "abstain",
    "ambiguous",
    "seed",
    "resamples",
    "note",
)
STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;color:#1B1F24;background:#fff}
body{margin:2rem auto;max-width:60rem;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
p.small{color:#5F646A;font-size:13px}svg{max-width:100%;height:auto}
@media print{body{margin:0}h2{break-after:avoid}table,svg{break-inside:avoid}}
"""


class Report(BaseModel, frozen=True, extra="forbid"):
    """What a report of a leaderboard says."""

    title: str
    made_at: str
    head: str
    """The chain's newest link, so that it can be told what it was made of."""
    sides: tuple[Sides, ...]
    names: dict[str, str] = {}
    """Model -> the name it is shown by."""
    tracks: dict[str, str] = {}
    """Track -> the name it is shown by."""
    warnings: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()


def rows_of(sides: Iterable[Sides]) -> list[Row]:
    """Return every row there is, basis by basis."""
    return [row for line in sides for row in line.rows if row is not None]


def board_csv(sides: Iterable[Sides], names: Mapping[str, str]) -> bytes:
    """Return one line for each model, track, measure and basis, numbers in full."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows_of(sides):
        writer.writerow([_cell(row, column, names) for column in COLUMNS])
    return out.getvalue().encode("utf-8")


def _cell(row: Row, column: str, names: Mapping[str, str]) -> str:
    if column == "model":
        return guarded(names.get(row.model, row.model))
    if column in ("abstain", "ambiguous"):
        return str(getattr(row.policy, column))
    value = getattr(row, column)
    if isinstance(value, Figure):
        value = value.value
    return "" if value is None else str(value)


def board_chart(report: Report) -> alt.VConcatChart:
    """Return the charts of all tracks below each other, each with its track's name."""
    charts = [
        score_layers(lines, report.names).properties(width=WIDTH, title=_title(report, lines))
        for lines in _by_measure(report.sides)
    ]
    whole = alt.vconcat(*charts, background="#FFFFFF").configure_view(stroke=None)
    return cast("alt.VConcatChart", whole)


def _title(report: Report, lines: Sequence[Sides]) -> str:
    row = lines[0].imported
    return f"{report.tracks.get(row.track.value, row.track.value)}: {row.measure}"


def _by_measure(sides: Iterable[Sides]) -> list[list[Sides]]:
    found: dict[tuple[str, str], list[Sides]] = {}
    for line in sides:
        found.setdefault((line.imported.track.value, line.imported.measure), []).append(line)
    return list(found.values())


def board_png(report: Report) -> bytes:
    """Return the charts as one picture, drawn here without a browser or a network."""
    return bytes(vl_convert.vegalite_to_png(_spec(board_chart(report)), scale=SCALE))


def _spec(chart: alt.VConcatChart | alt.LayerChart) -> str:
    return str(chart.to_json())


def board_html(report: Report) -> bytes:
    """Return one page that holds everything itself: style, charts as SVG, and the numbers."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="small">Made {escape(report.made_at)}; the log of the study stood at '
        f"{escape(report.head)}. In brackets: 95 % intervals, whole cases drawn 2,000 times with "
        "a fixed seed.</p>",
        *(f"<p><strong>{escape(warning)}</strong></p>" for warning in report.warnings),
    ]
    for lines in _by_measure(report.sides):
        chart = score_chart(lines, report.names).properties(width=WIDTH)
        svg = vl_convert.vegalite_to_svg(_spec(chart))
        parts += [f"<h2>{escape(_title(report, lines))}</h2>", str(svg), _table(report, lines)]
    parts += _pairs(report)
    return "".join([*parts, "</body></html>"]).encode("utf-8")


def _table(report: Report, lines: Sequence[Sides]) -> str:
    head = "".join(
        f"<th>{escape(text)}</th>" for text in ("Model", "Rank", *(SAYS[s] for s in SIDES), "Note")
    )
    body = "".join(
        "<tr>"
        + _cell_of(report.names.get(line.imported.model, line.imported.model))
        + _cell_of(rank_text(line.gold or line.imported))
        + "".join(_cell_of(score_text(row)) for row in line.rows)
        + _cell_of((line.gold or line.imported).note)
        + "</tr>"
        for line in lines
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell_of(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def rank_text(row: Row) -> str:
    """Return a rank with its interval: '2 (1 to 3)'; empty without a score."""
    if row.rank is None:
        return ""
    if row.rank_low is None or row.rank_low == row.rank_high:
        return str(row.rank)
    return f"{row.rank} ({row.rank_low} to {row.rank_high})"


def _pairs(report: Report) -> list[str]:
    if not report.comparisons:
        return []
    rows = "".join(
        "<tr>"
        + "".join(
            _cell_of(text)
            for text in (
                report.tracks.get(one.track.value, one.track.value),
                report.names.get(one.model, one.model),
                report.names.get(one.other, one.other),
                f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})",
                f"{one.p_better:.2f}",
            )
        )
        + "</tr>"
        for one in report.comparisons
    )
    heads = ("Track", "A", "B", "A minus B", "P(A > B)")
    head = "".join(f"<th>{text}</th>" for text in heads)
    return [f"<h2>Pairs of models</h2><table><thead><tr>{head}</tr></thead>{rows}</table>"]


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write leaderboard.csv, leaderboard.png and leaderboard.html into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "leaderboard.csv": board_csv(report.sides, report.names),
        "leaderboard.png": board_png(report),
        "leaderboard.html": board_html(report),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]
