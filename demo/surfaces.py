"""Pictures in colour: stained tissue, the back of the eye, skin."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from demo.shapes import Box, Drawing, Plane, Sheet, Spot, colour, mix, smooth_path

Ink = tuple[float, float, float]


class Canvas:
    """Three planes painted together."""

    def __init__(self, sheet: Sheet, ground: Ink) -> None:
        self.sheet = sheet
        self.planes = [sheet.plane(tone) for tone in ground]

    def shade(self, field: Plane, strength: Ink) -> None:
        """Add a field to every plane, more or less strongly."""
        for plane, share in zip(self.planes, strength, strict=True):
            plane += field * share

    def blob(
        self,
        at: Spot,
        size: Spot,
        ink: Ink,
        *,
        turn: float = 0.0,
        wobble: float = 0.0,
        soft: float = 0.01,
        alpha: float = 1.0,
    ) -> None:
        """Paint one ellipse with the same outline on all planes."""
        window, mask = self.sheet.blob_mask(at, size, turn=turn, wobble=wobble, soft=soft)
        for plane, tone in zip(self.planes, ink, strict=True):
            plane[window] += (tone - plane[window]) * mask * alpha

    def cover(self, mask: Plane, ink: Ink, alpha: float = 1.0) -> None:
        """Lay an ink over the planes where the mask says so."""
        for plane, tone in zip(self.planes, ink, strict=True):
            mix(plane, tone, mask * alpha)

    def picture(self, factor: int = 1, grain: float = 0.012) -> Image.Image:
        """Return the finished picture, enlarged by a whole factor."""
        noise = self.sheet.grain(grain)
        image = colour(*(plane + noise for plane in self.planes))
        size = (image.width * factor, image.height * factor)
        return image if factor == 1 else image.resize(size, Image.Resampling.BICUBIC)


NUCLEUS: Ink = (0.33, 0.2, 0.5)


def histiocytes(rng: np.random.Generator, stain: str) -> Drawing:
    """Draw foamy histiocytes in fibrous tissue with one ringed giant cell.

    Stains: "he" (haematoxylin and eosin) or "brown" (immunohistochemistry).
    """
    sheet = Sheet(800, 600, rng)
    brown = stain == "brown"
    canvas = Canvas(sheet, (0.9, 0.89, 0.9) if brown else (0.93, 0.72, 0.83))
    _fibres(canvas, 0.02 if brown else 0.07)
    foam: Ink = (0.63, 0.42, 0.24) if brown else (0.95, 0.84, 0.88)
    for at in _scattered(sheet, 150, 0.13):
        _foamy_cell(canvas, at, float(rng.uniform(0.06, 0.085)), foam, brown)
    for at in _scattered(sheet, 130, 0.05):
        size = float(rng.uniform(0.016, 0.023))
        _nucleus(canvas, at, (size, size * 0.9), brown)
    giant = (0.28, -0.12)
    _giant_cell(canvas, giant, foam, brown)
    for _ in range(60):
        at = (rng.uniform(-1.33, 1.33), rng.uniform(-1, 1))
        canvas.blob(
            at,
            (0.045, 0.011),
            (0.45, 0.45, 0.68) if brown else (0.45, 0.28, 0.55),
            turn=0.5 + rng.uniform(-0.4, 0.4),
        )
    lesions = {
        "giant cell": sheet.box(*giant, 0.2, 0.19, 2),
        "foamy histiocytes": sheet.box(-0.6, 0.2, 0.55, 0.6, 2),
    }
    return Drawing(canvas.picture(2, 0.008), lesions)


def _fibres(canvas: Canvas, strength: float) -> None:
    sheet = canvas.sheet
    wave = np.sin((sheet.v * 34 + sheet.u * 14) + 5 * sheet.noise(90) + 1.2 * sheet.noise(24))
    canvas.shade(wave.astype(np.float32), (-strength * 0.4, -strength, -strength * 0.5))
    canvas.shade(sheet.clouds(70), (-0.02, -0.05, -0.03))


def _scattered(sheet: Sheet, number: int, apart: float) -> list[Spot]:
    """Return places that keep their distance from each other."""
    places: list[Spot] = []
    edge_u, edge_v = sheet.width / sheet.scale / 2, sheet.height / sheet.scale / 2
    for _ in range(number * 12):
        at = (float(sheet.rng.uniform(-edge_u, edge_u)), float(sheet.rng.uniform(-edge_v, edge_v)))
        if all(math.hypot(at[0] - x, at[1] - y) > apart for x, y in places):
            places.append(at)
        if len(places) == number:
            break
    return places


def _foamy_cell(canvas: Canvas, at: Spot, size: float, foam: Ink, brown: bool) -> None:
    rng = canvas.sheet.rng
    edge: Ink = (0.42, 0.25, 0.13) if brown else (0.78, 0.5, 0.66)
    canvas.blob(at, (size * 1.05, size), edge, wobble=0.07, soft=0.012, alpha=0.75)
    canvas.blob(at, (size * 0.96, size * 0.91), foam, wobble=0.07, soft=0.014, alpha=0.9)
    for _ in range(22):
        angle, reach = rng.uniform(0, 6.28), size * 0.8 * math.sqrt(rng.uniform(0, 1))
        spot = (at[0] + reach * math.cos(angle), at[1] + reach * math.sin(angle))
        bubble: Ink = (0.8, 0.64, 0.48) if brown else (0.99, 0.94, 0.96)
        canvas.blob(spot, (0.009, 0.009), bubble, soft=0.006, alpha=0.6)
    shift = (at[0] + rng.uniform(-0.02, 0.02), at[1] + rng.uniform(-0.02, 0.02))
    _nucleus(canvas, shift, (0.021, 0.018), brown)


def _nucleus(canvas: Canvas, at: Spot, size: Spot, brown: bool) -> None:
    ink: Ink = (0.42, 0.45, 0.68) if brown else NUCLEUS
    turn = float(canvas.sheet.rng.uniform(0, 3))
    canvas.blob(at, size, ink, turn=turn, wobble=0.08, soft=0.008, alpha=0.92)
    canvas.blob(at, (size[0] * 0.35, size[1] * 0.35), (0.2, 0.1, 0.36), soft=0.006, alpha=0.5)


def _giant_cell(canvas: Canvas, at: Spot, foam: Ink, brown: bool) -> None:
    canvas.blob(at, (0.19, 0.175), (0.5, 0.3, 0.16) if brown else (0.84, 0.55, 0.7), wobble=0.04)
    canvas.blob(at, (0.175, 0.16), foam, wobble=0.04, soft=0.03)
    canvas.blob(at, (0.08, 0.075), (0.56, 0.35, 0.19) if brown else (0.9, 0.6, 0.73), soft=0.04)
    for angle in np.linspace(0, 2 * math.pi, 15, endpoint=False):
        spot = (at[0] + 0.105 * math.cos(angle), at[1] + 0.098 * math.sin(angle))
        _nucleus(canvas, spot, (0.022, 0.019), brown)


def neutrophilic_dermis(rng: np.random.Generator) -> Drawing:
    """Draw skin with a swollen papillary dermis over a dense band of lobed nuclei."""
    sheet = Sheet(640, 800, rng)
    canvas = Canvas(sheet, (0.95, 0.8, 0.88))
    _fibres(canvas, 0.05)
    ridge = [
        (x, -0.62 + 0.09 * math.sin(x * 11) + 0.03 * math.sin(x * 27))
        for x in np.linspace(-1.1, 1.1, 60)
    ]
    sky = [(-1.1, -1.4), (1.1, -1.4)]
    swollen = [*ridge, (1.1, -0.05), (-1.1, -0.05)]
    canvas.cover(sheet.area_mask(swollen, 0.03), (0.97, 0.92, 0.95), 0.85)
    canvas.cover(sheet.area_mask([*sky, *reversed(ridge)], 0.008), (0.8, 0.5, 0.7))
    top = [(x, -0.98 + 0.03 * math.sin(x * 5)) for x in np.linspace(-1.1, 1.1, 40)]
    _epidermis_nuclei(canvas)
    canvas.cover(sheet.area_mask([*sky, *reversed(top)], 0.006), (0.97, 0.965, 0.97))
    for shift in (0.0, -0.03, -0.055):
        line = smooth_path([(x, y + shift) for x, y in top[::3]])
        canvas.cover(sheet.line_mask(line, 0.008, 0.004), (0.86, 0.55, 0.66), 0.8)
    _infiltrate(canvas)
    lesions = {
        "dermal infiltrate": sheet.box(0.0, 0.4, 0.95, 0.5, 2),
        "papillary oedema": sheet.box(0.0, -0.3, 0.95, 0.24, 2),
    }
    return Drawing(canvas.picture(2, 0.008), lesions)


def _epidermis_nuclei(canvas: Canvas) -> None:
    for at in _scattered(canvas.sheet, 900, 0.042):
        border = -0.64 + 0.09 * math.sin(at[0] * 11) + 0.03 * math.sin(at[0] * 27)
        if -0.97 < at[1] < border:
            canvas.blob(at, (0.017, 0.014), (0.43, 0.24, 0.56), wobble=0.06, soft=0.01, alpha=0.85)


def _infiltrate(canvas: Canvas) -> None:
    rng = canvas.sheet.rng
    for _ in range(2600):
        at = (float(rng.uniform(-1, 1)), float(0.4 + 0.3 * rng.standard_normal()))
        if at[1] < -0.05:
            continue
        for _ in range(3):
            lobe = (
                at[0] + float(rng.uniform(-0.011, 0.011)),
                at[1] + float(rng.uniform(-0.011, 0.011)),
            )
            canvas.blob(lobe, (0.0085, 0.0075), (0.28, 0.15, 0.45), soft=0.006, alpha=0.9)
    for at in ((-0.45, 0.15), (0.4, 0.55), (-0.1, 0.85), (0.55, 0.02)):
        canvas.blob(at, (0.075, 0.05), (0.82, 0.5, 0.68), wobble=0.1, turn=at[0])
        canvas.blob(at, (0.055, 0.034), (0.97, 0.9, 0.93), wobble=0.1, turn=at[0])
        for cell in range(4):
            spot = (at[0] - 0.03 + 0.02 * cell, at[1] + float(rng.uniform(-0.02, 0.02)))
            canvas.blob(spot, (0.013, 0.013), (0.85, 0.35, 0.38), soft=0.008, alpha=0.8)


def fundus(rng: np.random.Generator) -> Drawing:
    """Draw the back of a right eye with a pale wedge along a blocked upper arteriole."""
    sheet = Sheet(750, 750, rng)
    canvas = Canvas(sheet, (0.0, 0.0, 0.0))
    distance = np.hypot(sheet.u, sheet.v)
    disc = (0.4, 0.02)
    glow = 1 - 0.5 * distance**2 + 0.06 * sheet.clouds(60) + 0.02 * sheet.noise(5)
    for plane, tone in zip(canvas.planes, (0.83, 0.4, 0.2), strict=True):
        plane += (glow * tone).astype(np.float32)
    canvas.blob((-0.2, 0.04), (0.22, 0.2), (0.5, 0.19, 0.09), soft=0.22, alpha=0.6)
    wedge = smooth_path(
        [
            (0.14, -0.28),
            (-0.02, -0.5),
            (-0.3, -0.6),
            (-0.5, -0.42),
            (-0.36, -0.22),
            (-0.1, -0.14),
            (0.14, -0.28),
        ]
    )
    canvas.cover(sheet.area_mask(wedge, 0.05), (0.95, 0.84, 0.66), 0.72)
    _disc(canvas, disc)
    for path, width, vein in vessel_tree(sheet, disc):
        ink: Ink = (0.46, 0.09, 0.08) if vein else (0.7, 0.2, 0.13)
        canvas.cover(sheet.line_mask(path, width, 0.004), ink, 0.85)
        if width > 0.008:
            canvas.cover(sheet.line_mask(path, width * 0.3, 0.003), (0.9, 0.45, 0.33), 0.35)
    plaques = [(0.16, -0.255), (0.02, -0.37), (-0.13, -0.415)]
    for at in plaques:
        canvas.blob(at, (0.02, 0.012), (0.99, 0.93, 0.72), turn=0.6, soft=0.008)
    lens = np.clip((0.965 - distance) / 0.012, 0, 1).astype(np.float32)
    canvas.planes = [plane * lens for plane in canvas.planes]
    lesions = {
        "retinal whitening": sheet.box(-0.19, -0.37, 0.36, 0.26, 2),
        "plaque": sheet.box(0.02, -0.37, 0.06, 0.05, 2),
    }
    return Drawing(canvas.picture(2, 0.01), lesions)


def _disc(canvas: Canvas, at: Spot) -> None:
    canvas.blob(at, (0.15, 0.165), (0.9, 0.55, 0.32), soft=0.05)
    canvas.blob(at, (0.13, 0.15), (0.97, 0.78, 0.52), soft=0.03)
    canvas.blob((at[0] - 0.01, at[1]), (0.06, 0.07), (1.0, 0.93, 0.76), soft=0.04)


def vessel_tree(sheet: Sheet, disc: Spot) -> list[tuple[list[Spot], float, bool]]:
    """Return the vessels of a fundus: paths, half widths, and whether each is a vein."""
    vessels: list[tuple[list[Spot], float, bool]] = []
    for vein in (True, False):
        for up in (-1, 1):
            for away in (-1, 1):
                lift = 0.52 + (0.07 if vein else 0.0)
                reach = 1.15 if away < 0 else 0.55
                trunk = [
                    disc,
                    (disc[0] + away * 0.08, disc[1] + up * 0.2),
                    (disc[0] + away * reach * 0.4, disc[1] + up * lift * 0.85),
                    (disc[0] + away * reach * 0.8, disc[1] + up * lift),
                    (
                        disc[0] + away * reach * 1.15,
                        disc[1] + up * lift * (0.72 if away < 0 else 1.5),
                    ),
                ]
                path = smooth_path(_jittered(sheet, trunk, 0.02), 8)
                width = 0.0125 if vein else 0.0085
                vessels.append((path[:14], width, vein))
                vessels.append((path[13:], width * 0.75, vein))
                vessels.extend(_twigs(sheet, path, width * 0.6, up, vein))
    return vessels


def _jittered(sheet: Sheet, spots: Sequence[Spot], amount: float) -> list[Spot]:
    moved = [
        (
            x + float(sheet.rng.uniform(-amount, amount)),
            y + float(sheet.rng.uniform(-amount, amount)),
        )
        for x, y in spots[1:]
    ]
    return [spots[0], *moved]


def _twigs(
    sheet: Sheet, path: list[Spot], width: float, up: int, vein: bool
) -> list[tuple[list[Spot], float, bool]]:
    twigs: list[tuple[list[Spot], float, bool]] = []
    for start in range(8, len(path) - 3, 4):
        x, y = path[start]
        dx, dy = path[start + 2][0] - path[start][0], path[start + 2][1] - path[start][1]
        angle = math.atan2(dy, dx) + float(sheet.rng.choice([-1, 1])) * float(
            sheet.rng.uniform(0.5, 1.0)
        )
        length, spots = float(sheet.rng.uniform(0.16, 0.34)), [(x, y)]
        for step in range(1, 4):
            bend = angle + float(sheet.rng.uniform(-0.3, 0.3))
            spots.append(
                (x + length * step / 3 * math.cos(bend), y + length * step / 3 * math.sin(bend))
            )
        if all(math.hypot(a + 0.2, b - 0.04) > 0.14 for a, b in spots):
            twigs.append((smooth_path(spots, 6), max(0.003, width * 0.7), vein))
    return twigs


def angiogram(rng: np.random.Generator) -> Drawing:
    """Draw a fluorescein angiogram with one dark sector and glowing arteriolar walls."""
    sheet = Sheet(700, 700, rng)
    distance = np.hypot(sheet.u, sheet.v)
    plane = (0.24 - 0.1 * distance**2 + 0.05 * sheet.clouds(50) + 0.03 * sheet.noise(4)).astype(
        np.float32
    )
    disc = (0.4, 0.02)
    sheet.blob(plane, (-0.2, 0.04), (0.2, 0.18), 0.07, soft=0.2, alpha=0.8)
    for path, width, vein in vessel_tree(sheet, disc):
        sheet.line(plane, path, width, 0.72 if vein else 0.85, 0.004, 0.9)
    sheet.blob(plane, disc, (0.13, 0.15), 0.6, soft=0.06, alpha=0.6)
    wedge = smooth_path(
        [
            (0.1, -0.32),
            (-0.05, -0.52),
            (-0.3, -0.62),
            (-0.52, -0.42),
            (-0.36, -0.2),
            (-0.1, -0.16),
            (0.1, -0.32),
        ]
    )
    plane *= 1 - 0.72 * sheet.area_mask(wedge, 0.05)
    for wall in (
        [(0.2, -0.2), (0.1, -0.31), (-0.04, -0.4)],
        [(-0.1, 0.52), (-0.24, 0.55), (-0.36, 0.53)],
    ):
        sheet.line(plane, smooth_path(wall), 0.022, 1.0, 0.012, 0.9)
    plane = plane * np.clip((0.965 - distance) / 0.012, 0, 1) + sheet.grain(0.02)
    large = np.asarray(
        colour(plane, plane, plane).convert("L").resize((1400, 1400), Image.Resampling.BICUBIC)
    )
    boxes = {
        "capillary non-perfusion": sheet.box(-0.22, -0.39, 0.35, 0.25, 2),
        "arteriolar wall hyperfluorescence": sheet.box(0.08, -0.3, 0.16, 0.14, 2),
    }
    return Drawing(Image.fromarray(large), boxes)


def arm_photograph(rng: np.random.Generator, *, healed: bool = False) -> Drawing:
    """Draw a forearm on a dark cloth with raised red plaques, or with their faint traces."""
    sheet = Sheet(800, 600, rng)
    canvas = Canvas(sheet, (0.07, 0.1, 0.14))
    weave = np.sin(sheet.u * 420) * np.sin(sheet.v * 420) + sheet.clouds(80)
    canvas.shade(weave.astype(np.float32) * 0.012, (1, 1, 1))
    outline = smooth_path(
        [
            (-1.5, -0.62),
            (-0.6, -0.66),
            (0.4, -0.5),
            (1.5, -0.42),
            (1.5, 0.42),
            (0.5, 0.52),
            (-0.5, 0.68),
            (-1.5, 0.62),
            (-1.5, -0.62),
        ]
    )
    arm = sheet.area_mask(outline, 0.01)
    light = (
        1.0
        - 0.75 * np.abs(sheet.v + 0.12) ** 2.2
        + 0.03 * sheet.clouds(60)
        + 0.018 * sheet.noise(5)
        + 0.012 * sheet.noise(2.2)
    )
    skin = [sheet.plane() + tone * light for tone in (0.84, 0.63, 0.52)]
    canvas.planes = [
        plane * (1 - arm) + tone.astype(np.float32) * arm
        for plane, tone in zip(canvas.planes, skin, strict=True)
    ]
    lesions = _plaques(canvas, healed)
    for _ in range(150):
        x, y = float(rng.uniform(-1.3, 1.3)), float(rng.uniform(-0.5, 0.5))
        hair = smooth_path(
            [(x, y), (x + 0.04, y + 0.02), (x + 0.09, y + float(rng.uniform(0.0, 0.07)))], 4
        )
        canvas.cover(sheet.line_mask(hair, 0.0016, 0.002), (0.3, 0.2, 0.15), 0.45)
    return Drawing(canvas.picture(2, 0.012), lesions)


def _plaques(canvas: Canvas, healed: bool) -> dict[str, Box]:
    spots = [
        ((-0.62, -0.12), 0.25),
        ((-0.1, 0.2), 0.2),
        ((0.34, -0.14), 0.22),
        ((0.85, 0.1), 0.15),
        ((-0.95, 0.3), 0.12),
        ((0.1, -0.36), 0.09),
    ]
    lesions: dict[str, Box] = {}
    for number, (at, size) in enumerate(spots, start=1):
        if healed:
            canvas.blob(
                at, (size, size * 0.82), (0.72, 0.46, 0.37), wobble=0.08, soft=0.1, alpha=0.28
            )
        else:
            _plaque(canvas, at, size)
        lesions[f"plaque {number}"] = canvas.sheet.box(*at, size * 1.12, size * 0.98, 2)
    return lesions


def _plaque(canvas: Canvas, at: Spot, size: float) -> None:
    rng = canvas.sheet.rng
    canvas.blob(
        (at[0] + 0.02, at[1] + 0.03),
        (size * 1.08, size * 0.9),
        (0.4, 0.17, 0.13),
        soft=0.09,
        alpha=0.4,
    )
    canvas.blob(at, (size, size * 0.84), (0.72, 0.24, 0.22), wobble=0.06, soft=0.04, alpha=0.88)
    canvas.blob(
        (at[0] - 0.02, at[1] - 0.03),
        (size * 0.72, size * 0.55),
        (0.83, 0.36, 0.32),
        wobble=0.1,
        soft=0.12,
        alpha=0.7,
    )
    for _ in range(int(260 * size)):
        angle, reach = rng.uniform(0, 6.28), size * 0.85 * math.sqrt(rng.uniform(0, 1))
        spot = (at[0] + reach * math.cos(angle), at[1] + 0.8 * reach * math.sin(angle))
        bump = float(rng.uniform(0.012, 0.03))
        canvas.blob(
            (spot[0] + 0.006, spot[1] + 0.008),
            (bump, bump),
            (0.55, 0.13, 0.13),
            soft=0.014,
            alpha=0.5,
        )
        canvas.blob(spot, (bump, bump), (0.88, 0.46, 0.4), soft=0.016, alpha=0.6)
        canvas.blob(
            (spot[0] - 0.006, spot[1] - 0.007),
            (bump * 0.3, bump * 0.3),
            (1.0, 0.86, 0.8),
            soft=0.008,
            alpha=0.7,
        )
