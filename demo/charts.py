"""Recordings and plates: electrocardiograms, audiograms, a figure of several panels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from demo.shapes import Box, Drawing

Curve = NDArray[np.floating]
Wave = Callable[[Curve], Curve]
Ears = tuple[tuple[int, ...], tuple[int, ...]]
"""Hearing levels in dB at 250 to 8,000 Hz: right, left."""

LEADS = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
HEIGHTS = {
    "I": 0.28,
    "II": 0.3,
    "III": 0.18,
    "aVR": -0.27,
    "aVL": 0.16,
    "aVF": 0.22,
    "V1": -0.9,
    "V2": -1.2,
    "V3": -1.0,
    "V4": 0.45,
    "V5": 0.9,
    "V6": 0.7,
}
NORMAL = {
    "I": 0.6,
    "II": 0.9,
    "III": 0.5,
    "aVR": -0.7,
    "aVL": 0.35,
    "aVF": 0.7,
    "V1": -0.45,
    "V2": -0.5,
    "V3": 0.6,
    "V4": 1.1,
    "V5": 1.1,
    "V6": 0.9,
}
SEEN: dict[str, dict[str, Box]] = {
    "low voltage": {
        "low limb-lead voltage": (80, 90, 1120, 780),
        "QS waves V1 to V3": (1205, 90, 560, 810),
    },
    "long QT": {"late T waves": (1765, 90, 545, 810)},
    "coved": {"coved ST V1 and V2": (1205, 90, 560, 540)},
}


def electrocardiogram(rng: np.random.Generator, kind: str = "low voltage") -> Drawing:
    """Draw twelve leads and a rhythm strip.

    "low voltage" in the limb leads with QS waves in V1 to V3; "long QT" with late T waves;
    "coved" ST segments in V1 and V2.
    """
    heights = HEIGHTS if kind == "low voltage" else NORMAL
    image = Image.new("RGB", (2400, 1350), (253, 244, 240))
    pen = ImageDraw.Draw(image)
    _paper(pen, image.size)
    for row, leads in enumerate(LEADS):
        for column, lead in enumerate(leads):
            wave = _wave(kind, lead, heights[lead])
            _trace(pen, rng, (90 + column * 560, 210 + row * 270), 545, wave, lead)
    _trace(pen, rng, (90, 1080), 2225, _wave(kind, "II", heights["II"]), "II")
    font = ImageFont.load_default(26)
    pen.text(
        (90, 1280), "25 mm/s   10 mm/mV   DRAWN, NOT A RECORDING", fill=(60, 60, 70), font=font
    )
    return Drawing(image, dict(SEEN[kind]))


def _paper(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    for step, ink in ((15, (250, 222, 217)), (75, (240, 180, 172))):
        for x in range(0, size[0], step):
            pen.line((x, 0, x, size[1]), fill=ink, width=1 if step == 15 else 2)
        for y in range(0, size[1], step):
            pen.line((0, y, size[0], y), fill=ink, width=1 if step == 15 else 2)


def _trace(
    pen: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    at: tuple[int, int],
    width: int,
    wave: Wave,
    lead: str,
) -> None:
    beat = 258.0
    seconds = (np.arange(width) + 40) % beat / beat
    volts = wave(seconds) + 0.012 * np.cumsum(rng.standard_normal(width)) / 6
    volts = volts + 0.008 * rng.standard_normal(width)
    points = [(at[0] + x, at[1] - float(v) * 150) for x, v in enumerate(volts)]
    pen.line(points, fill=(24, 26, 34), width=4, joint="curve")
    pen.text((at[0] + 6, at[1] - 118), lead, fill=(24, 26, 34), font=ImageFont.load_default(32))


def _wave(kind: str, lead: str, height: float) -> Wave:
    if kind == "coved" and lead in ("V1", "V2"):
        return _coved_beat
    return lambda phase: _beat(phase, height, late=kind == "long QT")


def _bump(phase: Curve, centre: float, width: float, size: float) -> Curve:
    return np.asarray(size * np.exp(-(((phase - centre) / width) ** 2)))


def _beat(phase: Curve, height: float, *, late: bool = False) -> Curve:
    """Return one beat; `late` moves the T wave to the end of a long QT interval."""
    sign = math.copysign(1.0, height)
    if height <= -0.5 and not late:
        deep = _bump(phase, 0.2, 0.028, 0.08) + _bump(phase, 0.4, 0.017, height)
        return deep + _bump(phase, 0.62, 0.05, 0.25)
    end = _bump(phase, 0.82, 0.05, 0.25 * sign) if late else _bump(phase, 0.62, 0.05, 0.07 * sign)
    return (
        _bump(phase, 0.2, 0.028, 0.07 * sign)
        + _bump(phase, 0.375, 0.009, -0.12 * height)
        + _bump(phase, 0.4, 0.013, height)
        + _bump(phase, 0.43, 0.011, -0.2 * height)
        + end
    )


def _coved_beat(phase: Curve) -> Curve:
    """Return a beat whose ST segment starts high and slopes into an inverted T wave."""
    slope = np.where(phase < 0.42, 0.0, 0.42 * np.exp(-(((phase - 0.42) / 0.13) ** 2)))
    start = _bump(phase, 0.2, 0.028, 0.06) + _bump(phase, 0.4, 0.013, 0.3)
    return np.asarray(start + slope + _bump(phase, 0.68, 0.05, -0.18))


LOW_LEFT: Ears = ((10, 10, 15, 15, 20, 20), (60, 55, 45, 30, 25, 25))


def audiogram(
    rng: np.random.Generator,
    ears: Ears = LOW_LEFT,
    seen: str = "low-frequency loss left",
    box: Box = (150, 445, 440, 150),
) -> Drawing:
    """Draw a tone audiogram: hearing levels of the right and the left ear, and what they show."""
    image = Image.new("RGB", (1200, 1000), (248, 249, 250))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    left, top, step_x, step_y = 130, 120, 170, 62
    for column, name in enumerate(("250", "500", "1000", "2000", "4000", "8000")):
        x = left + 60 + column * step_x
        pen.line((x, top, x, top + 12 * step_y), fill=(205, 210, 216), width=2)
        pen.text((x, top - 18), name, fill=(50, 56, 64), font=font, anchor="ms")
    for row in range(13):
        y = top + row * step_y
        pen.line((left, y, 1120, y), fill=(222, 226, 230), width=2)
        pen.text((left - 16, y), str(row * 10 - 10), fill=(50, 56, 64), font=font, anchor="rm")
    pen.text((620, 52), "Frequency (Hz)", fill=(50, 56, 64), font=font, anchor="ms")
    pen.text(
        (130, 950),
        "Hearing level (dB).   O right ear   X left ear.   Drawn.",
        fill=(50, 56, 64),
        font=font,
    )
    for values, ink, ear in (
        (ears[0], (200, 50, 40), "O"),
        (ears[1], (30, 80, 180), "X"),
    ):
        points = [
            (left + 60 + c * step_x, top + (v + 10 + int(rng.integers(-1, 2))) / 10 * step_y)
            for c, v in enumerate(values)
        ]
        pen.line(points, fill=ink, width=4)
        for spot in points:
            _ear_sign(pen, spot, ink, ear)
    return Drawing(image, {seen: box})


def _ear_sign(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], ink: tuple[int, int, int], ear: str
) -> None:
    x, y = at
    if ear == "O":
        pen.ellipse((x - 14, y - 14, x + 14, y + 14), outline=ink, width=4, fill=(248, 249, 250))
        return
    pen.line((x - 13, y - 13, x + 13, y + 13), fill=ink, width=5)
    pen.line((x - 13, y + 13, x + 13, y - 13), fill=ink, width=5)


def plate(drawings: Sequence[Drawing], cell: tuple[int, int], columns: int) -> Drawing:
    """Set drawings as the lettered panels of one figure."""
    rows = math.ceil(len(drawings) / columns)
    gap = 16
    size = (columns * (cell[0] + gap) + gap, rows * (cell[1] + gap) + gap)
    sheet = Image.new("RGB", size, (245, 246, 247))
    lesions = {}
    for number, drawing in enumerate(drawings):
        x = gap + number % columns * (cell[0] + gap)
        y = gap + number // columns * (cell[1] + gap)
        lesions[f"panel {chr(65 + number)}"] = (x, y, *cell)
        sheet.paste(_fitted(drawing.image, cell), (x, y))
        pen = ImageDraw.Draw(sheet)
        pen.text(
            (x + 18, y + 12),
            chr(65 + number),
            fill=(255, 255, 255),
            font=ImageFont.load_default(52),
            stroke_width=3,
            stroke_fill=(0, 0, 0),
        )
    return Drawing(sheet, lesions)


def _fitted(image: Image.Image, cell: tuple[int, int]) -> Image.Image:
    """Return the image cut and scaled to fill the cell."""
    factor = max(cell[0] / image.width, cell[1] / image.height)
    scaled = image.convert("RGB").resize(
        (math.ceil(image.width * factor), math.ceil(image.height * factor)),
        Image.Resampling.LANCZOS,
    )
    x, y = (scaled.width - cell[0]) // 2, (scaled.height - cell[1]) // 2
    return scaled.crop((x, y, x + cell[0], y + cell[1]))
