"""The way of the items as files for a paper: a table, and a diagram in the manner of STARD."""

from __future__ import annotations

from html import escape

from src.domain.flow import NOT_ASKED, NOT_GOLD, NOT_READ, WORDS, FlowCounts, Place

MAIN, SIDE, GAP, LINE = 300, 400, 40, 20
"""Widths of the boxes, the way between them, and the height of a line, in pixels."""
MARGIN = 20
STYLE = (
    "text{font:14px sans-serif;fill:#000}.n{font-weight:bold}"
    "rect{fill:#fff;stroke:#000}path{stroke:#000;fill:none}.tip{fill:#000}"
)


def flow_csv(counts: FlowCounts) -> str:
    """Return the counts as a table with the columns stage, what and items, then the readings."""
    lines = ["stage,what,items"]
    lines += [_line(stage, what, number) for stage, what, number in counts.rows()]
    read = counts.readings
    lines += [
        _line("Readings", name.replace("_", " "), getattr(read, name))
        for name in type(read).model_fields
    ]
    lines += [
        _line("Images of gold", name.replace("_", " "), getattr(counts.images, name))
        for name in type(counts.images).model_fields
    ]
    lines.append(_line("Adjudicated", "An adjudicator ruled at least once", counts.adjudicated))
    return "\n".join(lines) + "\n"


def _line(stage: str, what: str, number: int) -> str:
    """Return a row; the words are our own, without quotation marks."""
    return f'"{stage}","{what}",{number}'


def flow_svg(counts: FlowCounts) -> str:
    """Return a diagram: the stages below each other, beside each way what was lost on it.

    Black on white, without a colour, a font or anything else from elsewhere. Reasons without an
    item are not drawn.
    """
    stages = (
        ("Imported", counts.imported, NOT_ASKED, "Not asked"),
        ("Asked in a reading round", counts.asked, NOT_READ, "Not fully read"),
        ("Read by all readers asked", counts.read, NOT_GOLD, "Not gold"),
        (_gold_words(counts), counts.gold, (), ""),
    )
    drawn: list[str] = []
    top = MARGIN
    for words, number, losses, title in stages:
        drawn += _box(MARGIN, top, MAIN, [f"{words} (n = {number:,})"], bold=True)
        bottom = top + 2 * LINE
        if not title:
            top = bottom
            break
        lines = _losses(counts, losses, title)
        height = max((len(lines) + 1) * LINE, 2 * LINE)
        drawn += _way(bottom, height, has_side=bool(lines))
        if lines:
            drawn += _box(MARGIN + MAIN + GAP, bottom + LINE, SIDE, lines)
        top = bottom + height + 2 * LINE
    width = 2 * MARGIN + MAIN + GAP + SIDE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top + MARGIN}" '
        f'width="{width}" height="{top + MARGIN}" role="img" '
        f'aria-label="{escape(_in_words(counts))}">'
    )
    ground = f'<rect width="{width}" height="{top + MARGIN}" style="stroke:none"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", ground, *drawn, "</svg>"]) + "\n"


def _gold_words(counts: FlowCounts) -> str:
    return f"Gold of release {counts.release}" if counts.release else "Gold: no release yet"


def _losses(counts: FlowCounts, places: tuple[Place, ...], title: str) -> list[str]:
    lost = [(WORDS[place], n) for place in places if (n := counts.number(place))]
    if not lost:
        return []
    total = sum(number for _, number in lost)
    return [f"{title} (n = {total:,})", *(f"{words} (n = {number:,})" for words, number in lost)]


def _box(left: int, top: int, width: int, lines: list[str], *, bold: bool = False) -> list[str]:
    height = (len(lines) + 1) * LINE
    drawn = [f'<rect x="{left}" y="{top}" width="{width}" height="{height}"/>']
    for number, line in enumerate(lines):
        place = f'x="{left + 12}" y="{top + LINE + 5 + number * LINE}"'
        strong = ' class="n"' if bold or number == 0 else ""
        drawn.append(f"<text {place}{strong}>{escape(line)}</text>")
    return drawn


def _way(top: int, height: int, *, has_side: bool) -> list[str]:
    """Draw the arrow to the next stage, and the one to what is lost on the way."""
    x, end = MARGIN + MAIN // 2, top + height + 2 * LINE
    drawn = [
        f'<path d="M{x} {top}V{end - 8}"/>',
        f'<path class="tip" d="M{x - 5} {end - 9}L{x} {end}L{x + 5} {end - 9}Z"/>',
    ]
    if has_side:
        y, right = top + 2 * LINE, MARGIN + MAIN + GAP
        drawn += [
            f'<path d="M{x} {y}H{right - 8}"/>',
            f'<path class="tip" d="M{right - 9} {y - 5}L{right} {y}L{right - 9} {y + 5}Z"/>',
        ]
    return drawn


def _in_words(counts: FlowCounts) -> str:
    """Return the main numbers for who does not see the picture."""
    return (
        f"{counts.imported:,} imported, {counts.asked:,} asked, {counts.read:,} read, "
        f"{counts.gold:,} gold"
    )
