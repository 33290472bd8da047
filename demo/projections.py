"""Pictures seen through or from outside the body: radiographs, bone scans, ultrasound, echo."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from demo.shapes import Box, Drawing, Plane, Sheet, Spot, blurred, grey, mix, smooth_path, write


def chest_radiograph(
    rng: np.random.Generator, *, collapsed: bool = False, nodule: bool = False
) -> Drawing:
    """Draw a frontal chest radiograph.

    On request with air around the lung at the left of the picture, or a nodule there with two
    vessels that lead to it.
    """
    sheet = Sheet(760, 880, rng)
    plane = sheet.plane(0.05)
    body = [
        (-1.05, 1.3),
        (-0.98, 0.2),
        (-1.0, -0.55),
        (-0.85, -0.8),
        (-0.3, -0.93),
        (-0.2, -1.3),
        (0.2, -1.3),
        (0.3, -0.93),
        (0.85, -0.8),
        (1.0, -0.55),
        (0.98, 0.2),
        (1.05, 1.3),
    ]
    mix(plane, 0.62 + 0.04 * sheet.clouds(60), sheet.area_mask(smooth_path(body), 0.03))
    lungs = [_lung_outline(side) for side in (-1, 1)]
    for outline in lungs:
        tone = 0.27 + 0.06 * sheet.v + 0.035 * sheet.clouds(22)
        mix(
            plane,
            np.broadcast_to(tone, plane.shape).astype(np.float32),
            sheet.area_mask(outline, 0.02),
        )
    _markings(sheet, plane, collapsed)
    _heart_shadow(sheet, plane)
    _rib_cage(sheet, plane)
    lesions: dict[str, Box] = {}
    if collapsed:
        lesions["pneumothorax"] = _free_air(sheet, plane)
    if nodule:
        lesions["nodule"] = _fed_nodule(sheet, plane)
    _dome(sheet, plane)
    plane = blurred(plane, 1) + sheet.grain(0.02, 1.8) + sheet.grain(0.01)
    picture = grey(plane, 2)
    write(picture, (1440, 60), "L", 52, 225)
    return Drawing(picture, lesions)


def _lung_outline(side: int) -> list[Spot]:
    spots = [
        (0.17, -0.86),
        (0.4, -0.9),
        (0.6, -0.66),
        (0.74, -0.2),
        (0.8, 0.35),
        (0.8, 0.74),
        (0.6, 0.6),
        (0.35, 0.56),
        (0.2, 0.62),
        (0.15, 0.1),
        (0.12, -0.4),
        (0.17, -0.86),
    ]
    return smooth_path([(side * x, y) for x, y in spots])


def _markings(sheet: Sheet, plane: Plane, collapsed: bool) -> None:
    for side in (-1, 1):
        for _ in range(30):
            angle, reach = sheet.rng.uniform(-1.35, 1.3), sheet.rng.uniform(0.2, 0.5)
            root = (side * 0.2, 0.02)
            if collapsed and side < 0:
                reach *= 0.7
            bend = angle + sheet.rng.uniform(-0.3, 0.3)
            middle = (
                root[0] + side * reach * 0.5 * math.cos(bend),
                root[1] + reach * 0.6 * math.sin(bend),
            )
            end = (
                root[0] + side * reach * math.cos(angle),
                root[1] + 1.3 * reach * math.sin(angle),
            )
            sheet.line(plane, smooth_path([root, middle, end], 6), 0.007, 0.55, 0.008, 0.3)
        sheet.blob(plane, (side * 0.2, 0.0), (0.1, 0.16), 0.6, wobble=0.1, soft=0.1, alpha=0.55)


def _heart_shadow(sheet: Sheet, plane: Plane) -> None:
    for at, size, turn in [
        ((0.16, 0.36), (0.36, 0.28), 0.5),
        ((-0.1, 0.36), (0.2, 0.26), 0.0),
        ((0.13, -0.12), (0.12, 0.2), 0.0),
        ((0.15, -0.3), (0.11, 0.11), 0.0),
    ]:
        sheet.blob(plane, at, size, 0.76, turn=turn, soft=0.05, alpha=0.85)
    sheet.line(plane, [(0, -1.2), (0, 1.2)], 0.1, 0.78, 0.03, 0.7)
    for number in range(16):
        y = -1.05 + number * 0.125
        sheet.blob(plane, (0, y), (0.105, 0.045), 0.84, soft=0.03, alpha=0.35)
    sheet.line(plane, [(0.01, -1.1), (0.0, -0.35)], 0.045, 0.42, 0.02, 0.5)


def _rib_cage(sheet: Sheet, plane: Plane) -> None:
    for side in (-1, 1):
        for rib in range(9):
            y, out = -0.82 + rib * 0.165, 0.5 + 0.36 * math.sqrt(min(1.0, rib / 5))
            back = [
                (side * 0.1, y),
                (side * out * 0.6, y - 0.035),
                (side * out * 0.95, y + 0.1),
                (side * out, y + 0.2),
            ]
            front = [(side * out, y + 0.2), (side * out * 0.85, y + 0.36), (side * 0.4, y + 0.5)]
            sheet.line(plane, smooth_path(back), 0.034, 0.8, 0.008, 0.3)
            sheet.line(plane, smooth_path(back), 0.026, 0.5, 0.008, 0.1)
            if rib < 7:
                sheet.line(plane, smooth_path(front), 0.03, 0.78, 0.012, 0.13)
        collar = [
            (side * 0.09, -0.72),
            (side * 0.35, -0.8),
            (side * 0.6, -0.86),
            (side * 0.84, -0.84),
        ]
        sheet.line(plane, smooth_path(collar), 0.036, 0.85, 0.01, 0.5)
        blade = [(side * 0.82, -0.78), (side * 0.72, -0.2), (side * 0.84, 0.0)]
        sheet.line(plane, smooth_path(blade), 0.02, 0.75, 0.015, 0.3)


def _free_air(sheet: Sheet, plane: Plane) -> Box:
    lung_edge = [
        (-0.2, -0.72),
        (-0.42, -0.66),
        (-0.54, -0.35),
        (-0.57, 0.05),
        (-0.56, 0.4),
        (-0.45, 0.56),
    ]
    chest_edge = [
        (-0.62, 0.64),
        (-0.77, 0.5),
        (-0.74, 0.1),
        (-0.7, -0.3),
        (-0.58, -0.68),
        (-0.4, -0.87),
        (-0.2, -0.84),
    ]
    edge = smooth_path(lung_edge)
    gap = sheet.area_mask([*edge, *smooth_path(chest_edge)], 0.01)
    plane *= 1 - 0.48 * gap
    sheet.line(plane, edge, 0.006, 0.68, 0.003, 0.85)
    return sheet.box(-0.47, -0.15, 0.31, 0.76, 2)


def _fed_nodule(sheet: Sheet, plane: Plane) -> Box:
    at = (-0.5, 0.32)
    for bend in (-0.05, 0.07):
        vessel = [(-0.2, 0.05 + bend), (-0.34, 0.16 + bend), at]
        sheet.line(plane, smooth_path(vessel), 0.014, 0.6, 0.012, 0.6)
    sheet.blob(plane, at, (0.075, 0.068), 0.66, wobble=0.08, soft=0.03, alpha=0.85)
    return sheet.box(*at, 0.1, 0.095, 2)


def _dome(sheet: Sheet, plane: Plane) -> None:
    for side, top in ((-1, 0.54), (1, 0.6)):
        dome = [
            (side * 0.02, 1.3),
            (side * 0.04, top + 0.1),
            (side * 0.3, top),
            (side * 0.6, top + 0.06),
            (side * 0.83, top + 0.24),
            (side * 0.95, 1.3),
        ]
        sheet_mask = sheet.area_mask(smooth_path(dome), 0.012)
        mix(plane, 0.74 + 0.03 * sheet.clouds(50), sheet_mask * 0.9)
    sheet.blob(plane, (0.48, 0.74), (0.14, 0.07), 0.4, soft=0.04, alpha=0.7)


SKELETON: tuple[tuple[tuple[Spot, ...], float, float], ...] = (
    (((0.0, -1.68), (0.0, -1.62)), 0.13, 0.5),
    (((0.0, -1.42), (0.0, -0.9), (0.0, -0.32)), 0.045, 0.75),
    (((-0.24, -1.28), (0.0, -1.31), (0.24, -1.28)), 0.022, 0.5),
    (((-0.28, -1.26), (-0.36, -0.75), (-0.38, -0.7)), 0.03, 0.38),
    (((0.28, -1.26), (0.36, -0.75), (0.38, -0.7)), 0.03, 0.38),
    (((-0.38, -0.68), (-0.46, -0.25)), 0.026, 0.34),
    (((0.38, -0.68), (0.46, -0.25)), 0.026, 0.34),
    (((-0.17, -0.42), (-0.14, -0.26), (-0.03, -0.3)), 0.055, 0.62),
    (((0.17, -0.42), (0.14, -0.26), (0.03, -0.3)), 0.055, 0.62),
    (((-0.19, -0.2), (-0.15, 0.3), (-0.13, 0.52)), 0.04, 0.36),
    (((0.19, -0.2), (0.15, 0.3), (0.13, 0.52)), 0.04, 0.36),
    (((-0.13, 0.6), (-0.12, 1.3)), 0.034, 0.34),
    (((0.13, 0.6), (0.12, 1.3)), 0.034, 0.34),
    (((-0.12, 1.38), (-0.16, 1.5)), 0.04, 0.4),
    (((0.12, 1.38), (0.16, 1.5)), 0.04, 0.4),
)


def bone_scan(rng: np.random.Generator, pattern: str) -> Drawing:
    """Draw anterior and posterior whole-body views.

    The pattern "knees" lights both distal femora and proximal tibiae evenly, "shafts" the middle
    of both femora and tibiae, "one leg" a band along one femur and tibia.
    """
    sheet = Sheet(560, 840, rng)
    plane = sheet.plane(0.008)
    lesions: dict[str, Box] = {}
    for view, x in (("anterior", -0.5), ("posterior", 0.5)):
        _figure(sheet, plane, x)
        for name, at, size, strength in _uptake(pattern, x, view):
            sheet.blob(plane, at, size, 1.5, soft=0.09, alpha=strength)
            lesions[f"{view} {name}"] = sheet.box(at[0], at[1], size[0] + 0.05, size[1] + 0.06, 2)
    counts = sheet.rng.poisson(np.clip(blurred(plane, 2), 0, 2) * 60).astype(np.float32) / 60
    picture = grey(np.clip(blurred(counts, 1), 0, 1) ** 0.8, 2)
    write(picture, (225, 1630), "ANTERIOR", 26, 170)
    write(picture, (770, 1630), "POSTERIOR", 26, 170)
    return Drawing(picture, lesions)


def _figure(sheet: Sheet, plane: Plane, x: float) -> None:
    scale = 0.9
    outline = [(0.0, -1.5), (0.0, -0.2)]
    sheet.line(plane, [(x + a * scale, b * scale) for a, b in outline], 0.22, 0.06, 0.05)
    for side in (-1, 1):
        leg = [(x + side * 0.15 * scale, -0.2), (x + side * 0.12, 1.3)]
        sheet.line(plane, leg, 0.085, 0.055, 0.03)
    for bone, radius, tone in SKELETON:
        place = smooth_path([(x + a * scale, b * scale) for a, b in bone])
        mask = sheet.line_mask(place, radius, 0.02)
        np.maximum(plane, mask * tone * 0.62, out=plane)
    for side in (-1, 1):
        for rib in range(9):
            y, out = -1.15 + 0.075 * rib, 0.13 + 0.08 * math.sin((rib + 1) / 10 * math.pi)
            path = [(x, y), (x + side * out, y - 0.015), (x + side * out * 1.35, y + 0.07)]
            mask = sheet.line_mask(smooth_path(path), 0.012, 0.015)
            np.maximum(plane, mask * 0.3, out=plane)
        sheet.blob(plane, (x + side * 0.1, -0.62), (0.045, 0.065), 0.42, soft=0.06, alpha=0.5)
    sheet.blob(plane, (x, -0.24), (0.05, 0.04), 0.95, soft=0.06, alpha=0.9)


BOTH_LEGS = {
    "knees": (("femur", 0.36, 0.15, 0.85), ("tibia", 0.66, 0.12, 0.75)),
    "shafts": (("femur", 0.12, 0.17, 0.85), ("tibia", 0.9, 0.17, 0.75)),
}
"""Pattern -> bone, height of its middle, half its length, strength."""


def _uptake(pattern: str, x: float, view: str) -> list[tuple[str, Spot, Spot, float]]:
    if pattern in BOTH_LEGS:
        return [
            (f"{bone} {name}", (x + side * 0.12 * 0.9, y), (0.06, height), strength)
            for side, name in (
                (-1, "right" if view == "anterior" else "left"),
                (1, "left" if view == "anterior" else "right"),
            )
            for bone, y, height, strength in BOTH_LEGS[pattern]
        ]
    side = 1 if view == "anterior" else -1
    return [
        ("femur", (x + side * 0.145, 0.12), (0.045, 0.3), 0.8),
        ("tibia", (x + side * 0.112, 0.74), (0.035, 0.2), 0.6),
    ]


def chest_scintigraphy(rng: np.random.Generator) -> Drawing:
    """Draw anterior and lateral planar views with tracer in the heart, brighter than the ribs."""
    sheet = Sheet(600, 420, rng)
    plane = sheet.plane(0.01)
    for x, lateral in ((-0.72, False), (0.72, True)):
        sheet.blob(plane, (x, 0.0), (0.52, 0.9), 0.09, soft=0.2)
        if lateral:
            sheet.line(
                plane,
                smooth_path([(x + 0.38, -0.9), (x + 0.46, 0.0), (x + 0.38, 0.9)]),
                0.07,
                0.45,
                0.04,
            )
            sheet.line(plane, smooth_path([(x - 0.3, -0.55), (x - 0.4, 0.3)]), 0.03, 0.35, 0.03)
        else:
            sheet.line(plane, [(x, -0.95), (x, 0.95)], 0.07, 0.34, 0.05)
            sheet.line(plane, [(x, -0.6), (x, 0.25)], 0.05, 0.4, 0.03)
        _scan_ribs(sheet, plane, x, lateral)
    for at, size in (((-0.57, 0.12), (0.24, 0.2)), ((0.58, 0.14), (0.22, 0.22))):
        sheet.blob(plane, at, size, 1.35, turn=0.5, wobble=0.04, soft=0.1, alpha=0.95)
        sheet.blob(plane, at, (size[0] * 0.42, size[1] * 0.4), 0.62, turn=0.5, soft=0.1, alpha=0.8)
    counts = sheet.rng.poisson(np.clip(blurred(plane, 3), 0, 2) * 45).astype(np.float32) / 45
    picture = _heated(blurred(counts, 1), 2)
    write(picture, (60, 790), "ANT  3 h", 26, 190)
    write(picture, (640, 790), "LEFT LATERAL  3 h", 26, 190)
    return Drawing(
        picture,
        {
            "heart": sheet.box(-0.57, 0.12, 0.27, 0.25, 2),
            "heart lateral": sheet.box(0.58, 0.14, 0.26, 0.27, 2),
        },
    )


def _scan_ribs(sheet: Sheet, plane: Plane, x: float, lateral: bool) -> None:
    for rib in range(9):
        y = -0.8 + rib * 0.19
        if lateral:
            path = [(x + 0.4, y), (x, y + 0.16), (x - 0.33, y + 0.2)]
            sheet.line(plane, smooth_path(path), 0.03, 0.25, 0.03, 0.8)
            continue
        for side in (-1, 1):
            path = [(x, y), (x + side * 0.34, y - 0.04), (x + side * 0.45, y + 0.13)]
            sheet.line(plane, smooth_path(path), 0.03, 0.27, 0.03, 0.8)


def _heated(plane: Plane, factor: int) -> Image.Image:
    """Return a picture in the warm colours of nuclear medicine."""
    large = np.asarray(grey(plane, factor), dtype=np.float32) / 255
    stack = [
        np.clip(large * 2.1, 0, 1),
        np.clip(large * 2.1 - 0.62, 0, 1),
        np.clip(large * 3 - 2, 0, 1),
    ]
    return Image.fromarray((np.stack(stack, axis=-1) * 255 + 0.5).astype(np.uint8))


def femur_radiograph(rng: np.random.Generator) -> Drawing:
    """Draw a 16-bit radiograph of a femur with bone running down one side like wax.

    The values lie between about 300 and 4,000, as from a detector of 12 bits.
    """
    sheet = Sheet(480, 840, rng)
    plane = sheet.plane(0.03)
    sheet.line(plane, [(0.0, -2.0), (0.05, 2.0)], 0.74, 0.3, 0.02)
    sheet.line(plane, [(0.02, -2.0), (0.06, 2.0)], 0.55, 0.4 + 0.02 * sheet.clouds(40), 0.1)
    axis = smooth_path([(0.0, -2.0), (0.03, -0.9), (0.05, 0.4), (0.04, 1.1)])
    sheet.line(plane, axis, 0.19, 0.78, 0.02)
    sheet.line(plane, axis, 0.1, 0.56 + 0.03 * sheet.noise(4), 0.03)
    flare = [(-0.13, 0.55), (-0.36, 1.15), (0.46, 1.15), (0.22, 0.55)]
    mix(plane, 0.66, sheet.area_mask(flare, 0.02))
    flare = [(-0.09, 0.55), (-0.32, 1.15), (0.42, 1.15), (0.18, 0.55)]
    mix(plane, 0.56 + 0.04 * sheet.clouds(5, 2), sheet.area_mask(flare, 0.03))
    for x in (-0.16, 0.25):
        sheet.blob(plane, (x, 1.22), (0.27, 0.3), 0.7, wobble=0.02)
        sheet.blob(plane, (x, 1.22), (0.25, 0.28), 0.56 + 0.05 * sheet.clouds(5, 2), soft=0.05)
    sheet.blob(plane, (0.04, 1.74), (0.5, 0.15), 0.62 + 0.04 * sheet.clouds(5, 2), wobble=0.02)
    _wax(sheet, plane)
    plane = blurred(plane, 1) + sheet.grain(0.008)
    large = _sixteen_bits(plane)
    return Drawing(large, {"flowing hyperostosis": sheet.box(0.24, -0.1, 0.2, 1.06, 2)})


def _wax(sheet: Sheet, plane: Plane) -> None:
    y = -1.05
    while y < 0.9:
        size = float(sheet.rng.uniform(0.05, 0.105))
        at = (0.225 + sheet.rng.uniform(-0.03, 0.045), y)
        sheet.blob(plane, at, (size, size * 1.35), 0.95, wobble=0.1, soft=0.025, alpha=0.92)
        y += size * 0.9
    for start, end in ((-0.9, 0.2), (-0.1, 0.85)):
        path = [(0.12, start), (0.14, (start + end) / 2), (0.15, end)]
        sheet.line(plane, smooth_path(path), 0.055, 0.93, 0.02, 0.8)


def _sixteen_bits(plane: Plane) -> Image.Image:
    """Return the plane at twice its size as 16-bit grey."""
    height, width = plane.shape
    picture = Image.fromarray(plane).resize((width * 2, height * 2), Image.Resampling.BICUBIC)
    values = np.clip(np.asarray(picture), 0, 1) * 3700 + 300
    return Image.fromarray(values.astype(np.uint16))


def _sector(
    sheet: Sheet, apex: Spot, spread: float, near: float, far: float
) -> tuple[Plane, Plane]:
    """Return the mask of an ultrasound fan and every pixel's depth in it."""
    du, dv = sheet.u - apex[0], sheet.v - apex[1]
    depth, angle = np.hypot(du, dv), np.abs(np.arctan2(du, dv))
    edge = np.clip((spread - angle) * 60, 0, 1) * np.clip((far - depth) * 80, 0, 1)
    return (edge * np.clip((depth - near) * 80, 0, 1)).astype(np.float32), depth.astype(np.float32)


def _speckle(sheet: Sheet, plane: Plane) -> Plane:
    real, imaginary = sheet.noise(2.6), sheet.noise(2.6)
    return (plane * (0.25 + 0.75 * np.hypot(real, imaginary))).astype(np.float32)


def echocardiogram(rng: np.random.Generator) -> Drawing:
    """Draw an apical four-chamber view with thick, sparkling walls and a little fluid around."""
    sheet = Sheet(640, 480, rng)
    fan, depth = _sector(sheet, (0.0, -0.98), 0.72, 0.03, 1.88)
    plane = sheet.plane(0.2) + 0.05 * sheet.clouds(20)
    sheet.blob(plane, (0.03, 0.0), (0.63, 0.86), 0.03, turn=0.08)
    sparkle = 0.4 + 0.16 * np.clip(sheet.noise(3), 0, 2)
    sheet.blob(plane, (0.03, -0.02), (0.58, 0.81), sparkle, turn=0.08, soft=0.03)
    for at, size, turn in [
        ((0.25, -0.18), (0.15, 0.42), -0.15),
        ((-0.26, -0.1), (0.13, 0.32), 0.22),
        ((0.25, 0.53), (0.24, 0.21), 0.0),
        ((-0.24, 0.5), (0.24, 0.22), 0.0),
    ]:
        sheet.blob(plane, at, size, 0.035, turn=turn, wobble=0.04, soft=0.035)
    for hinge, tip in [
        ((0.42, 0.28), (0.28, 0.16)),
        ((0.1, 0.28), (0.22, 0.15)),
        ((-0.42, 0.25), (-0.3, 0.14)),
        ((-0.08, 0.25), (-0.2, 0.13)),
    ]:
        sheet.line(plane, [hinge, tip], 0.014, 0.8, 0.01)
    shown = _speckle(sheet, plane) * fan * (1.15 - 0.28 * depth)
    picture = grey(blurred(shown, 1) * 1.1, 2).convert("RGB")
    _scale_marks(picture)
    write(picture, (36, 28), "4CH  DRAWN", 24, 170)
    lesions = {
        "septum": sheet.box(0.0, -0.15, 0.115, 0.4, 2),
        "lateral wall": sheet.box(0.47, -0.15, 0.1, 0.38, 2),
    }
    lesions["left ventricular walls"] = sheet.box(0.22, -0.22, 0.37, 0.58, 2)
    return Drawing(picture, lesions)


def _scale_marks(picture: Image.Image) -> None:
    for step in range(9):
        write(picture, (picture.width - 52, 30 + step * (picture.height - 90) // 8), "-", 26, 150)


def renal_ultrasound(rng: np.random.Generator) -> Drawing:
    """Draw a longitudinal view of a kidney with a bright mass at its pole."""
    sheet = Sheet(620, 460, rng)
    fan, depth = _sector(sheet, (0.0, -1.75), 0.56, 0.78, 2.65)
    plane = sheet.plane(0.34) + 0.06 * sheet.clouds(30)
    for row in range(5):
        y = -0.78 + row * 0.07
        sheet.line(
            plane, smooth_path([(-1.0, y + 0.12), (0, y), (1.0, y + 0.12)]), 0.012, 0.62, 0.02, 0.8
        )
    sheet.blob(plane, (-0.05, 0.1), (0.66, 0.33), 0.75, turn=0.12, soft=0.03)
    sheet.blob(plane, (-0.05, 0.1), (0.63, 0.3), 0.25, turn=0.12, wobble=0.02, soft=0.02)
    sheet.blob(plane, (-0.06, 0.1), (0.38, 0.12), 0.72, turn=0.12, wobble=0.12, soft=0.05)
    for at in ((-0.4, -0.04), (-0.15, -0.06), (0.1, -0.01), (-0.3, 0.2), (0.0, 0.26)):
        sheet.blob(plane, at, (0.06, 0.055), 0.13, wobble=0.05, soft=0.03)
    sheet.blob(
        plane, (0.44, 0.08), (0.215, 0.2), 0.85 + 0.1 * sheet.clouds(9), wobble=0.04, soft=0.03
    )
    shown = _speckle(sheet, plane) * fan * (1.35 - 0.24 * depth)
    picture = grey(blurred(shown, 1) * 1.05, 2)
    write(picture, (32, 26), "KIDNEY  LONG  DRAWN", 24, 170)
    return Drawing(picture, {"echogenic mass": sheet.box(0.44, 0.08, 0.24, 0.225, 2)})
