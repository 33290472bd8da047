"""Plots: a value over time, a trace with peaks, and family trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from demo.shapes import Box, Drawing

INK, FAINT, PAPER = (42, 48, 56), (222, 226, 230), (248, 249, 250)
SERIES_INKS = ((30, 80, 180), (200, 50, 40))
SIZE, LEFT, RIGHT, TOP, BOTTOM = (1000, 640), 110, 950, 60, 520

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axes:
    """What a plot is labelled with; both axes start at `low` and end at `high`."""

    across: str
    up: str
    low: tuple[float, float]
    high: tuple[float, float]
    steps: tuple[float, float]
    """The distance of the grid's lines."""

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a value."""
        right = (x - self.low[0]) / (self.high[0] - self.low[0])
        up = (y - self.low[1]) / (self.high[1] - self.low[1])
        return LEFT + right * (RIGHT - LEFT), BOTTOM - up * (BOTTOM - TOP)


def course(
    rng: np.random.Generator,
    axes: Axes,
    series: Sequence[Points],
    seen: str,
) -> Drawing:
    """Draw one or two values over time with their points; what is seen is the whole course."""
    image, pen = _paper(axes)
    for ink, points in zip(SERIES_INKS, series, strict=False):
        shaken = float(axes.high[1] - axes.low[1]) * 0.004
        spots = [axes.place(x, y + shaken * float(rng.standard_normal())) for x, y in points]
        pen.line(spots, fill=ink, width=4, joint="curve")
        for x, y in spots:
            pen.ellipse((x - 7, y - 7, x + 7, y + 7), fill=ink)
    return Drawing(image, {seen: (LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP)})


def trace(
    rng: np.random.Generator,
    axes: Axes,
    peaks: Sequence[tuple[str, float, float, float]],
    seen: str,
) -> Drawing:
    """Draw a curve with peaks: name, place, height and width; `seen` names the one that matters."""
    image, pen = _paper(axes)
    across = np.linspace(axes.low[0], axes.high[0], 420)
    curve = np.abs(rng.standard_normal(across.size)) * 0.004 * axes.high[1]
    for _, centre, height, width in peaks:
        curve = curve + height * np.exp(-(((across - centre) / width) ** 2))
    spots = [axes.place(float(x), float(y)) for x, y in zip(across, curve, strict=True)]
    pen.line(spots, fill=INK, width=3, joint="curve")
    lesions: dict[str, Box] = {}
    for name, centre, height, width in peaks:
        x, y = axes.place(centre, height)
        pen.text((x, y - 10), name, fill=INK, font=ImageFont.load_default(20), anchor="ms")
        half = width * 1.6 / (axes.high[0] - axes.low[0]) * (RIGHT - LEFT)
        if name == seen:
            box = (round(x - half), round(y - 36), round(2 * half), round(BOTTOM - y + 40))
            lesions[name] = box
    return Drawing(image, lesions)


def _paper(axes: Axes) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", SIZE, PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(22)
    for x in np.arange(axes.low[0], axes.high[0] + axes.steps[0] / 2, axes.steps[0]):
        at = axes.place(float(x), 0)[0]
        pen.line((at, TOP, at, BOTTOM), fill=FAINT, width=2)
        pen.text((at, BOTTOM + 30), f"{x:g}", fill=INK, font=font, anchor="ms")
    for y in np.arange(axes.low[1], axes.high[1] + axes.steps[1] / 2, axes.steps[1]):
        at = axes.place(0, float(y))[1]
        pen.line((LEFT, at, RIGHT, at), fill=FAINT, width=2)
        pen.text((LEFT - 14, at), f"{y:g}", fill=INK, font=font, anchor="rm")
    pen.text((LEFT, TOP - 22), axes.up, fill=INK, font=font, anchor="ls")
    pen.text(((LEFT + RIGHT) / 2, BOTTOM + 72), axes.across, fill=INK, font=font, anchor="ms")
    pen.text((LEFT, SIZE[1] - 16), "Drawn.", fill=INK, font=font, anchor="ls")
    return image, pen


Generations = Sequence[str]
"""Three generations, one sign a person from left to right; see `family_tree`."""


def family_tree(rng: np.random.Generator, generations: Generations) -> Drawing:
    """Draw a family of three generations.

    The signs: m and f are a man and a woman who are well, M and F affected, P and p the patient (a
    man, a woman). The first two of a generation have the next one as their children; the second of
    them has married in.
    """
    image = Image.new("RGB", (900, 700), PAPER)
    pen = ImageDraw.Draw(image)
    lesions: dict[str, Box] = {}
    gap = float(rng.uniform(145, 160))
    parents: tuple[float, float] | None = None
    for row, people in enumerate(generations):
        y = 110 + row * 210
        xs = [450 + (n - (len(people) - 1) / 2) * gap for n in range(len(people))]
        married_in = {1} if row < len(generations) - 1 else set()
        if parents is not None:
            _children(pen, parents, [x for n, x in enumerate(xs) if n not in married_in], y)
        if married_in:
            pen.line((xs[0], y, xs[1], y), fill=INK, width=4)
            parents = ((xs[0] + xs[1]) / 2, y)
        for x, sign in zip(xs, people, strict=True):
            _person(pen, (x, y), sign)
            if sign.isupper() or sign == "p":
                lesions[f"affected {len(lesions) + 1}"] = (round(x) - 40, y - 40, 80, 80)
    font = ImageFont.load_default(22)
    pen.text((60, 670), "Filled: affected.   Arrow: the patient.   Drawn.", fill=INK, font=font)
    return Drawing(image, lesions)


def _children(
    pen: ImageDraw.ImageDraw, parents: tuple[float, float], xs: Sequence[float], y: float
) -> None:
    above = y - 90
    pen.line((parents[0], parents[1], parents[0], above), fill=INK, width=4)
    pen.line((min(*xs, parents[0]), above, max(*xs, parents[0]), above), fill=INK, width=4)
    for x in xs:
        pen.line((x, above, x, y), fill=INK, width=4)


def _person(pen: ImageDraw.ImageDraw, at: tuple[float, float], sign: str) -> None:
    x, y = at
    box = (x - 32, y - 32, x + 32, y + 32)
    fill = INK if sign in "MFPp" else PAPER
    draw = pen.rectangle if sign in "mMP" else pen.ellipse
    draw(box, fill=fill, outline=INK, width=4)
    if sign in "Pp":
        pen.line((x - 78, y + 66, x - 40, y + 36), fill=INK, width=5)
        pen.polygon([(x - 38, y + 34), (x - 60, y + 40), (x - 46, y + 56)], fill=INK)
