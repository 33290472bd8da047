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

from src.domain.errors import BadInputError
from src.domain.few_cases import marked
from src.domain.item import Track
from src.domain.scoring.board import Basis, Comparison, Figure, Row, Sides, best_first
from src.domain.scoring.strict import STRICT, measure_name
from src.domain.scoring.whose_replies import judge_name
from src.files.formula_guard import guarded
from src.files.score_chart import (
    INKS,
    ROOM_IN_PRINT,
    SAYS,
    SIDES,
    score_chart,
    score_layers,
    score_text,
)

WIDTH: Final = 760
SCALE: Final = 2.0
"""Pixels of the picture for each of the chart's."""
COLUMNS: Final = (
    "track",
    "measure",
    "model",
    "model_id",
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
    "judge",
    "seed",
    "resamples",
    "reasons",
    "exclusions",
    "all",
    "n_all",
    "reviewed",
    "n_reviewed",
    "reviewed_minus_excluded",
    "n_reviewed_minus_excluded",
    "one_out_of",
    "one_out_low",
    "one_out_high",
    "note",
)
ONE_OUT: Final = {"one_out_of": "people", "one_out_low": "low", "one_out_high": "high"}
POLICIES: Final = {
    "all": "All items",
    "reviewed": "Reviewed",
    "reviewed_minus_excluded": "Reviewed minus excluded",
}
"""What a score can be taken over -> its name."""
BASES: Final = {
    "import": "as imported",
    "gold": "as gold",
    "corrected": "corrected by people",
    "reviewed": "reviewed only",
}
STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;color:#1B1F24;background:#fff}
body{margin:2rem auto;max-width:60rem;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
div.wide{overflow-x:auto}
p.small{color:#5F646A;font-size:13px}svg{max-width:100%;height:auto}
@media print{body{margin:0;max-width:none;font-size:11px}table{font-size:9px}
th,td{padding:.15rem .3rem}div.wide{overflow:visible}h2,p.small{break-after:avoid}
tr,svg{break-inside:avoid}thead{display:table-header-group}}
"""


BY_THE_JUDGE: Final = (
    ' All three are by the judge, as gold is; "reviewed only" puts people\'s grades before the '
    "judge's."
)


def by_the_judge(rows: Iterable[Row]) -> str:
    """Return why reviewed items have one score among a row's policies and another beside gold.

    A sentence to stand behind another. Nothing for measures that take no people's grades, and
    where gold is of reviewed items only.
    """
    told = any(row.basis == "gold" and row.measure == STRICT for row in rows)
    return BY_THE_JUDGE if told else ""


class Section(BaseModel, frozen=True, extra="forbid"):
    """A part of a report below its tracks: sentences, then a table."""

    title: str
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Sentences that must not be overlooked; they stand first."""
    rows: tuple[dict[str, str], ...] = ()
    """Head of the column -> cell; all rows have the same."""


class OneOut(BaseModel, frozen=True, extra="forbid"):
    """Between what a score lies without any one of the people it rests on."""

    basis: Basis
    """corrected: the people are graders; gold: they are readers."""
    track: Track
    measure: str
    model: str
    people: int
    low: float | None
    high: float | None


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
    judged_by: str = ""
    """Whose grades count, as a sentence."""
    warnings: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    sections: tuple[Section, ...] = ()
    one_out: tuple[OneOut, ...] = ()
    ranked_by: Basis | None = None
    """What models are ordered by where it has scores; else gold, and imported without any."""


def rows_of(sides: Iterable[Sides]) -> list[Row]:
    """Return every row there is, basis by basis."""
    return [row for line in sides for row in line.rows if row is not None]


def board_csv(
    sides: Iterable[Sides], names: Mapping[str, str], one_out: Iterable[OneOut] = ()
) -> bytes:
    """Return one line for each model, track, measure and basis, numbers in full."""
    without = {(one.track, one.measure, one.model, one.basis): one for one in one_out}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows_of(sides):
        one = without.get((row.track, row.measure, row.model, row.basis))
        writer.writerow([_cell(row, column, names, one) for column in COLUMNS])
    return out.getvalue().encode("utf-8")


def _cell(row: Row, column: str, names: Mapping[str, str], one: OneOut | None) -> str:
    if column == "model":
        return guarded(names.get(row.model, row.model))
    if column == "judge":
        return "" if row.judge is None else guarded(judge_name(row.judge))
    if column == "model_id":
        return guarded(row.model)
    if column in ("reasons", "exclusions"):
        return guarded(counts_text(getattr(row, column)))
    if column in ONE_OUT:
        return "" if one is None else _plain_number(getattr(one, ONE_OUT[column]))
    scope = column.removeprefix("n_")
    if scope in POLICIES:
        figure = policies_of(row).get(scope)
        return (
            "" if figure is None else _plain_number(figure.n if scope != column else figure.value)
        )
    if column in ("abstain", "ambiguous"):
        return str(getattr(row.policy, column))
    value = getattr(row, column)
    if isinstance(value, Figure):
        value = value.value
    return _plain_number(value)


def _plain_number(value: object) -> str:
    return "" if value is None else str(value)


def policies_of(row: Row) -> dict[str, Figure]:
    """Return the score on all, reviewed, and reviewed minus excluded items.

    Empty for a corrected row: what is known of each of its items is the judge's score, as in gold.
    """
    return {} if row.basis == "corrected" else row.policies


def policy_cells(row: Row) -> dict[str, str]:
    """Return name of the items -> score and n there; empty cells where nothing was reviewed."""
    figures = policies_of(row)
    return {head: _figure_text(figures.get(scope)) for scope, head in POLICIES.items()}


def _figure_text(figure: Figure | None) -> str:
    if figure is None:
        return ""
    if figure.value is None:
        return f"no score, n = {figure.n:,}"
    text = f"{figure.value:.2f}, n = {figure.n:,}"
    return text if figure.cases is None else marked(text, figure.cases)


def counts_text(counts: Mapping[str, int]) -> str:
    """Return how many of each: '2 leakage confirmed; 1 rejected in review'."""
    return "; ".join(f"{number:,} {what}" for what, number in counts.items())


def left_out(row: Row) -> str:
    """Return why answers have no score, and why items are excluded."""
    return counts_text({**row.reasons, **row.exclusions})


def board_chart(report: Report) -> alt.VConcatChart:
    """Return the charts of all tracks below each other, each with its track's name."""
    charts = [
        score_layers(lines, report.names, room=ROOM_IN_PRINT).properties(
            width=WIDTH, title=alt.TitleParams(_title(report, lines), anchor="start")
        )
        for lines in _by_measure(report)
    ]
    made_of = alt.TitleParams(
        _made_of(report),
        orient="bottom",
        anchor="start",
        offset=12,
        fontSize=11,
        fontWeight="normal",
        color=INKS["light"][1],
    )
    whole = alt.vconcat(*charts, background="#FFFFFF", title=made_of).configure_view(stroke=None)
    return cast("alt.VConcatChart", whole)


def _made_of(report: Report) -> str:
    """Return of which release a picture is, when it was made, and of what state of the study."""
    releases = sorted({row.release for row in rows_of(report.sides) if row.release is not None})
    release = " and ".join(f"Release {number}" for number in releases) or "No release"
    orders = [BASES[_ordered_by(report, lines)] for lines in _by_measure(report)]
    best = " or ".join(dict.fromkeys(orders))
    said = f"{release}; made {report.made_at}; log at {report.head}"
    return f"{said}; best first {best}" if best else said


def _title(report: Report, lines: Sequence[Sides]) -> str:
    row = lines[0].imported
    track = report.tracks.get(row.track.value, row.track.value)
    return f"{track[:1].upper()}{track[1:]}: {measure_name(row.measure)}"


def _ordered_by(report: Report, lines: Sequence[Sides]) -> Basis:
    """Return what the models of one measure are ordered by: the first that has a rank."""
    wanted: tuple[Basis | None, ...] = (report.ranked_by, "gold")
    for basis in wanted:
        if basis and any(row and row.rank for row in (line.on(basis) for line in lines)):
            return basis
    return "import"


def _by_measure(report: Report) -> list[list[Sides]]:
    """Return the lines of each measure, best first."""
    found: dict[tuple[str, str], list[Sides]] = {}
    for line in report.sides:
        found.setdefault((line.imported.track.value, line.imported.measure), []).append(line)
    return [best_first(lines, _ordered_by(report, lines)) for lines in found.values()]


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
        f"a fixed seed. {escape(report.judged_by)}</p>",
        *(f"<p><strong>{escape(warning)}</strong></p>" for warning in report.warnings),
    ]
    for lines in _by_measure(report):
        chart = score_chart(lines, report.names, room=ROOM_IN_PRINT).properties(width=WIDTH)
        svg = vl_convert.vegalite_to_svg(_spec(chart))
        parts += [f"<h2>{escape(_title(report, lines))}</h2>", str(svg), _table(report, lines)]
    parts += _pairs(report)
    for section in report.sections:
        parts += _section(section)
    return "".join([*parts, "</body></html>"]).encode("utf-8")


def _table(report: Report, lines: Sequence[Sides]) -> str:
    """Return the scores of a measure, then on which items they are taken."""
    corrected = any(line.corrected and line.corrected.rank for line in lines)
    scores = [
        {
            "Model": report.names.get(line.imported.model, line.imported.model),
            "Rank as imported": rank_text(line.imported),
            **judge_cell(line),
            **({"Rank as gold": rank_text(line.gold)} if line.gold else {}),
            **({"Rank corrected": _rank_of(line.corrected)} if corrected else {}),
            **{
                SAYS[side].capitalize(): score_text(row)
                for side, row in zip(SIDES, line.rows, strict=True)
                if row is not None
            },
            "Better than the next": _chance(line.gold or line.imported),
            "Without a score": counts_text((line.gold or line.imported).reasons),
        }
        for line in lines
    ]
    scopes = [
        {
            "Model": report.names.get(row.model, row.model),
            **policy_cells(row),
            "Excluded": counts_text(row.exclusions),
        }
        for row in (line.gold for line in lines)
        if row is not None and row.policies
    ]
    about = f'<p class="small">{escape(lines[0].imported.note.partition(";")[0])}.</p>'
    if not scopes:
        return about + _table_of(scores)
    words = "As gold, on all items, on those reviewed, and on these without what is excluded."
    words += by_the_judge(line.gold for line in lines if line.gold is not None)
    return f'{about}{_table_of(scores)}<p class="small">{escape(words)}</p>{_table_of(scopes)}'


def judge_cell(line: Sides) -> dict[str, str]:
    """Return whose replies a line rests on; nothing where it needs none."""
    judge = line.imported.judge
    return {} if judge is None else {"Judge": judge_name(judge)}


def _rank_of(row: Row | None) -> str:
    return "" if row is None else rank_text(row)


def _chance(row: Row) -> str:
    return "" if row.p_better is None else marked(f"{row.p_better:.2f}", row.p_better_cases)


def _table_of(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows as a table under every head that one of them has."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    above = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join(
        f"<tr>{''.join(_cell_of(row.get(head, '')) for head in heads)}</tr>" for row in rows
    )
    table = f"<table><thead><tr>{above}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _section(section: Section) -> list[str]:
    return [
        f"<h2>{escape(section.title)}</h2>",
        *(f"<p><strong>{escape(warning)}</strong></p>" for warning in section.warnings),
        *(f"<p>{escape(line)}</p>" for line in section.lines),
        *([_table_of(section.rows)] if section.rows else []),
    ]


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
    rows = [
        {
            "Track": report.tracks.get(one.track.value, one.track.value),
            "Measure": measure_name(one.measure),
            "Basis": BASES[one.basis],
            "A": report.names.get(one.model, one.model),
            "B": report.names.get(one.other, one.other),
            "A minus B": marked(
                f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})", one.cases
            ),
            "P(A > B)": marked(f"{one.p_better:.2f}", one.cases),
            "n": f"{one.n:,}",
        }
        for one in report.comparisons
    ]
    if not rows:
        return []
    words = "On the items both have a score on, n of them."
    return ["<h2>Pairs of models</h2>", f'<p class="small">{words}</p>', _table_of(rows)]


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write leaderboard.csv, leaderboard.png and leaderboard.html into a folder; return them.

    Raises BadInputError for a folder that cannot be written into.
    """
    files = {
        "leaderboard.csv": board_csv(report.sides, report.names, report.one_out),
        "leaderboard.png": board_png(report),
        "leaderboard.html": board_html(report),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            part = folder / f".{name}.part"
            part.write_bytes(content)
            part.replace(folder / name)
    except OSError as error:
        raise BadInputError(f"{str(folder)!r} cannot be written into: {error.strerror}.") from error
    return [folder / name for name in files]
