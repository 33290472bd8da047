"""A GRRAS report as one page to print and as Markdown; case text never comes into it."""

from __future__ import annotations

import re
from html import escape

from src.domain.grras import GrrasReport, Point, Table

STYLE = """
body{font:16px/1.5 Georgia,serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#111;
background:#fff}
h1,h2,h3,table,.fill{font-family:system-ui,sans-serif}h1{font-size:1.6rem}
h2{font-size:1.2rem;border-bottom:1px solid #999;margin-top:2rem}h3{font-size:1rem}
.asks,.note{color:#444;font-style:italic}
table{border-collapse:collapse;font-size:.85rem;margin:1rem 0;width:100%}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{border-bottom:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}
.fill{border:1px dashed #111;padding:.4rem .6rem;margin:.5rem 0}
@media print{body{margin:0;max-width:none;font-size:11pt}h2{break-after:avoid}
tr{break-inside:avoid}}
"""
TO_FILL = "To be written by the authors"


def html_page(report: GrrasReport) -> str:
    """Return one page that needs nothing else, with all text escaped."""
    body = [f"<h1>{escape(report.title)}</h1>", f"<p>{escape(report.taken_from)}</p>"]
    part = ""
    for point in report.points:
        if point.part != part:
            part = point.part
            body.append(f"<h2>{escape(part)}</h2>")
        body += _point_html(point)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def _point_html(point: Point) -> list[str]:
    found = [
        f"<h3>{point.number}. {escape(point.asks)}</h3>",
        *(f"<p>{escape(fact)}</p>" for fact in point.facts),
    ]
    for table in point.tables:
        found += _table_html(table)
    fills = (f"<strong>{TO_FILL}:</strong> {escape(line)}" for line in point.to_fill)
    return [*found, *(f'<p class="fill">{line}</p>' for line in fills)]


def _table_html(table: Table) -> list[str]:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    rows = [
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    ]
    found = [
        f"<table><caption>{escape(table.title)}</caption><thead><tr>{head}</tr></thead><tbody>",
        *rows,
        "</tbody></table>",
    ]
    return [*found, f'<p class="note">{escape(table.note)}</p>'] if table.note else found


_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def _plain(text: str) -> str:
    """Return text in which Markdown finds no marks."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def markdown_page(report: GrrasReport) -> str:
    """Return the report as Markdown, without HTML."""
    lines = [f"# {_plain(report.title)}", "", _plain(report.taken_from)]
    part = ""
    for point in report.points:
        if point.part != part:
            part = point.part
            lines += ["", f"## {_plain(part)}"]
        lines += ["", f"### {point.number}. {_plain(point.asks)}"]
        for fact in point.facts:
            lines += ["", _plain(fact)]
        for table in point.tables:
            lines += _table_markdown(table)
        for line in point.to_fill:
            lines += ["", f"> **{TO_FILL}:** {_plain(line)}"]
    return "\n".join(lines) + "\n"


def _table_markdown(table: Table) -> list[str]:
    def row(cells: tuple[str, ...]) -> str:
        return f"| {' | '.join(map(_plain, cells))} |"

    rule = f"|{'---|' * len(table.columns)}"
    lines = ["", f"**{_plain(table.title)}**", "", row(table.columns), rule, *map(row, table.rows)]
    return [*lines, "", _plain(table.note)] if table.note else lines
