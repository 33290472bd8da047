"""Slices: CT of the abdomen, chest and thigh; MRI of the brain, knees and heart."""

from __future__ import annotations

import math

import numpy as np

from demo.shapes import Drawing, Plane, Sheet, Spot, blurred, grey, mix, smooth_path, write

AIR, LUNG, FAT, MUSCLE, ORGAN, VESSEL, BONE = 0.0, 0.07, 0.24, 0.46, 0.55, 0.72, 0.97


def abdomen_ct(rng: np.random.Generator, *, cuff: float = 0.0, fat_mass: bool = False) -> Drawing:
    """Draw an axial slice at the level of the kidneys.

    `cuff` is the thickness of soft tissue around kidneys and aorta; `fat_mass` puts a
    fat-containing mass on the kidney at the right of the picture.
    """
    sheet = Sheet(740, 560, rng)
    plane = sheet.plane()
    _trunk(sheet, plane)
    _viscera(sheet, plane)
    lesions = {}
    for side in (-1, 1):
        at = (side * 0.46, 0.18)
        if cuff:
            _perirenal(sheet, plane, at, cuff)
            name = "perirenal right" if side < 0 else "perirenal left"
            lesions[name] = sheet.box(*at, 0.16 + cuff * 1.25, 0.21 + cuff * 1.25, 2)
        _kidney(sheet, plane, at, side)
    _spine(sheet, plane, (0.0, 0.33))
    _great_vessels(sheet, plane, cuff)
    if cuff:
        lesions["aortic cuff"] = sheet.box(0.06, 0.08, 0.075 + cuff * 0.8, 0.075 + cuff * 0.8, 2)
    if fat_mass:
        _fat_mass(sheet, plane, (0.54, 0.0))
        lesions["fat-containing mass"] = sheet.box(0.54, 0.0, 0.21, 0.185, 2)
    plane = blurred(plane, 1) + sheet.grain(0.022, 2.2) + sheet.grain(0.012)
    return Drawing(grey(plane, 2), lesions)


def _trunk(sheet: Sheet, plane: Plane) -> None:
    sheet.blob(plane, (0, 0), (1.2, 0.86), 0.36, wobble=0.012)
    sheet.blob(plane, (0, 0), (1.18, 0.845), FAT - 0.03, wobble=0.012)
    sheet.blob(plane, (0, 0.02), (1.02, 0.72), MUSCLE, wobble=0.015)
    sheet.blob(plane, (0, -0.03), (0.95, 0.64), FAT, wobble=0.02)
    for side in (-1, 1):
        sheet.blob(plane, (side * 0.3, 0.55), (0.27, 0.17), MUSCLE, turn=-side * 0.25, wobble=0.04)
        sheet.blob(plane, (side * 0.2, 0.3), (0.12, 0.15), MUSCLE + 0.02, wobble=0.05)
        for angle in (0.35, 0.75, 1.1, -0.2):
            at = (side * 1.0 * math.cos(angle), 0.72 * math.sin(angle) + 0.01)
            sheet.blob(plane, at, (0.075, 0.026), BONE, turn=side * (angle + 1.45), soft=0.01)
            sheet.blob(plane, at, (0.045, 0.01), 0.7, turn=side * (angle + 1.45), soft=0.01)


def _viscera(sheet: Sheet, plane: Plane) -> None:
    liver = ORGAN + 0.03 * sheet.clouds(24)
    sheet.blob(plane, (-0.62, -0.17), (0.3, 0.36), liver, turn=0.25, wobble=0.06)
    for _ in range(11):
        at = (sheet.rng.uniform(-0.8, -0.45), sheet.rng.uniform(-0.38, 0.05))
        sheet.blob(plane, at, (0.03, 0.012), VESSEL - 0.06, turn=sheet.rng.uniform(0, 3))
    sheet.blob(plane, (-0.36, -0.32), (0.1, 0.075), 0.36, turn=0.4, wobble=0.04)
    sheet.blob(plane, (0.76, -0.06), (0.13, 0.25), ORGAN + 0.03, turn=-0.2, wobble=0.05)
    sheet.blob(plane, (0.12, -0.14), (0.27, 0.065), ORGAN - 0.03, turn=-0.2, wobble=0.1)
    loops = [(-0.12, -0.42), (0.13, -0.45), (0.36, -0.4), (0.58, -0.3), (0.4, -0.2), (-0.02, -0.3)]
    for number, at in enumerate(loops):
        sheet.blob(plane, at, (0.125, 0.095), ORGAN, turn=number, wobble=0.06)
        sheet.blob(plane, at, (0.09, 0.062), 0.4, turn=number, wobble=0.1, soft=0.03)
        if number in (1, 3):
            sheet.blob(plane, (at[0], at[1] - 0.03), (0.07, 0.035), AIR, wobble=0.08)
    for _ in range(34):
        at = (sheet.rng.uniform(-0.3, 0.6), sheet.rng.uniform(-0.25, 0.0))
        sheet.blob(plane, at, (0.017, 0.008), 0.58, turn=sheet.rng.uniform(0, 3))


def _kidney(sheet: Sheet, plane: Plane, at: Spot, side: int) -> None:
    cortex = VESSEL + 0.03 * sheet.clouds(12)
    sheet.blob(plane, at, (0.135, 0.185), cortex, turn=side * 0.35, wobble=0.03)
    inner = (at[0] - side * 0.025, at[1] - 0.005)
    sheet.blob(plane, inner, (0.085, 0.125), 0.6, turn=side * 0.35, wobble=0.12, soft=0.03)
    hilum = (at[0] - side * 0.09, at[1] - 0.02)
    sheet.blob(plane, hilum, (0.075, 0.06), FAT + 0.03, wobble=0.12)
    sheet.blob(plane, hilum, (0.035, 0.02), 0.66, turn=side * 0.3, wobble=0.1)


def _perirenal(sheet: Sheet, plane: Plane, at: Spot, cuff: float) -> None:
    tissue = 0.45 + 0.045 * sheet.clouds(14)
    size = (0.135 + cuff, 0.185 + cuff)
    sheet.blob(plane, at, size, tissue, wobble=0.05, soft=0.02)
    for angle in np.linspace(0, 2 * math.pi, 34, endpoint=False):
        reach = 1 + cuff * sheet.rng.uniform(1.0, 3.2)
        near = (at[0] + size[0] * math.cos(angle) * 0.9, at[1] + size[1] * math.sin(angle) * 0.9)
        tip_angle = angle + sheet.rng.uniform(-0.12, 0.12)
        tip = (
            at[0] + size[0] * reach * math.cos(tip_angle),
            at[1] + size[1] * reach * math.sin(tip_angle),
        )
        sheet.line(plane, [near, tip], 0.0035, 0.44, 0.004, 0.85)


def _spine(sheet: Sheet, plane: Plane, at: Spot) -> None:
    x, y = at
    spongy = 0.66 + 0.07 * sheet.clouds(5, 2)
    for side in (-1, 1):
        sheet.blob(plane, (x + side * 0.17, y + 0.13), (0.1, 0.026), 0.85, turn=-side * 0.2)
    sheet.blob(plane, (x, y + 0.17), (0.13, 0.1), 0.85, wobble=0.05)
    sheet.blob(plane, (x, y + 0.29), (0.032, 0.11), 0.85, wobble=0.04)
    sheet.blob(plane, at, (0.155, 0.125), BONE, wobble=0.02)
    sheet.blob(plane, at, (0.138, 0.108), spongy, wobble=0.02)
    sheet.blob(plane, (x, y + 0.155), (0.072, 0.055), 0.36)
    sheet.blob(plane, (x, y + 0.155), (0.04, 0.033), 0.46)


def _great_vessels(sheet: Sheet, plane: Plane, cuff: float) -> None:
    aorta = (0.06, 0.08)
    if cuff:
        size = 0.068 + cuff * 0.55
        sheet.blob(plane, aorta, (size, size), 0.47 + 0.03 * sheet.noise(9), wobble=0.04)
    sheet.blob(plane, aorta, (0.068, 0.068), 0.86)
    sheet.blob(plane, (0.115, 0.11), (0.012, 0.02), 1.0, soft=0.006)
    sheet.blob(plane, (-0.13, 0.1), (0.085, 0.058), 0.7, wobble=0.05)


def _fat_mass(sheet: Sheet, plane: Plane, at: Spot) -> None:
    sheet.blob(plane, at, (0.2, 0.175), 0.36, wobble=0.04)
    sheet.blob(plane, at, (0.19, 0.165), 0.15 + 0.07 * sheet.clouds(18), wobble=0.04)
    for _ in range(9):
        start = (at[0] + sheet.rng.uniform(-0.12, 0.12), at[1] + sheet.rng.uniform(-0.1, 0.1))
        end = (start[0] + sheet.rng.uniform(-0.08, 0.08), start[1] + sheet.rng.uniform(-0.06, 0.06))
        bend = ((start[0] + end[0]) / 2 + 0.02, (start[1] + end[1]) / 2 - 0.02)
        sheet.line(plane, smooth_path([start, bend, end], 5), 0.007, 0.5, 0.006, 0.8)


def chest_ct(
    rng: np.random.Generator, *, air_right: bool = True, cysts: int = 70, nodules: int = 0
) -> Drawing:
    """Draw an axial slice of a chest whose lungs hold thin-walled cysts, and nodules if any."""
    sheet = Sheet(760, 570, rng)
    plane = sheet.plane()
    _chest_wall(sheet, plane)
    lungs = [(-0.53, 0.0), (0.55, 0.0)]
    for side, at in zip((-1, 1), lungs, strict=True):
        sheet.blob(plane, at, (0.43, 0.56), LUNG + 0.03 + 0.02 * sheet.clouds(40), turn=side * 0.12)
        _lung_vessels(sheet, plane, at, side)
        _cysts(sheet, plane, at, cysts)
        _nodules(sheet, plane, at, nodules)
    lesions = {"cysts right": sheet.box(-0.62, 0.12, 0.3, 0.32, 2)}
    lesions["cysts left"] = sheet.box(0.62, 0.12, 0.3, 0.32, 2)
    if air_right:
        crescent, mask = sheet.blob_mask((-0.53, -0.02), (0.44, 0.57), turn=-0.12)
        inner, hole = sheet.blob_mask((-0.49, 0.08), (0.43, 0.54), turn=-0.12)
        plane[crescent] = plane[crescent] * (1 - mask) + 0.0 * mask + 0 * plane[crescent]
        _lung_again(sheet, plane, inner, hole)
        lesions["pneumothorax"] = sheet.box(-0.58, -0.48, 0.25, 0.11, 2)
    _mediastinum(sheet, plane)
    plane = blurred(plane, 1) + sheet.grain(0.015, 2.0) + sheet.grain(0.01)
    return Drawing(grey(plane, 2), lesions)


def _lung_again(sheet: Sheet, plane: Plane, window: tuple[slice, slice], mask: Plane) -> None:
    fresh = sheet.plane(LUNG + 0.03) + 0.02 * sheet.clouds(40)
    _lung_vessels(sheet, fresh, (-0.49, 0.06), -1)
    _cysts(sheet, fresh, (-0.5, 0.08), 75)
    rim = np.clip(mask * (1 - mask) * 4, 0, 1) * 0.22
    plane[window] = plane[window] * (1 - mask) + fresh[window] * mask + rim


def _chest_wall(sheet: Sheet, plane: Plane) -> None:
    sheet.blob(plane, (0, 0), (1.24, 0.88), 0.38, wobble=0.01)
    sheet.blob(plane, (0, 0), (1.22, 0.86), 0.2, wobble=0.01)
    sheet.blob(plane, (0, 0.02), (1.08, 0.74), 0.45, wobble=0.02)
    for side in (-1, 1):
        for angle in (-0.75, -0.3, 0.1, 0.5, 0.9):
            at = (side * 1.03 * math.cos(angle), 0.68 * math.sin(angle) + 0.02)
            turn = side * (math.pi / 2 + angle)
            sheet.blob(plane, at, (0.1, 0.027), BONE, turn=turn, soft=0.01)
            sheet.blob(plane, at, (0.07, 0.011), 0.68, turn=turn, soft=0.01)
        sheet.blob(plane, (side * 0.8, 0.66), (0.2, 0.026), 0.92, turn=-side * 0.5)


def _lung_vessels(sheet: Sheet, plane: Plane, at: Spot, side: int) -> None:
    root = (at[0] - side * 0.3, at[1] + 0.02)
    for _ in range(16):
        angle, length = sheet.rng.uniform(-1.35, 1.35), sheet.rng.uniform(0.22, 0.5)
        path = [root]
        for step in range(1, 5):
            bend = angle + sheet.rng.uniform(-0.25, 0.25)
            reach = length * step / 4
            path.append((root[0] + side * reach * math.cos(bend), root[1] + reach * math.sin(bend)))
        smooth = smooth_path(path, 4)
        for part in range(3):
            piece = smooth[part * 5 : part * 5 + 7]
            sheet.line(plane, piece, 0.012 - 0.0035 * part, 0.5, 0.004, 0.8)
    for _ in range(60):
        spot = (at[0] + sheet.rng.uniform(-0.36, 0.36), at[1] + sheet.rng.uniform(-0.46, 0.46))
        radius = sheet.rng.uniform(0.005, 0.011)
        if math.hypot((spot[0] - at[0]) / 0.38, (spot[1] - at[1]) / 0.5) < 1:
            sheet.blob(plane, spot, (radius, radius), 0.5, soft=0.008)


def _cysts(sheet: Sheet, plane: Plane, at: Spot, number: int, spread: Spot = (0.4, 0.52)) -> None:
    for _ in range(number):
        angle, reach = sheet.rng.uniform(0, 2 * math.pi), math.sqrt(sheet.rng.uniform(0, 0.86))
        spot = (
            at[0] + spread[0] * reach * math.cos(angle),
            at[1] + spread[1] * reach * math.sin(angle),
        )
        radius = 0.014 + 0.032 * float(sheet.rng.beta(1.6, 3.0))
        size = (radius * sheet.rng.uniform(0.85, 1.15), radius)
        sheet.blob(plane, spot, (size[0] + 0.009, size[1] + 0.009), 0.36, wobble=0.05, soft=0.008)
        sheet.blob(plane, spot, size, 0.015, wobble=0.05, soft=0.008)


def _nodules(sheet: Sheet, plane: Plane, at: Spot, number: int) -> None:
    for _ in range(number):
        spot = (at[0] + sheet.rng.uniform(-0.28, 0.28), at[1] + sheet.rng.uniform(-0.38, 0.38))
        size = float(sheet.rng.uniform(0.014, 0.03))
        sheet.blob(plane, spot, (size, size * 0.9), 0.5, wobble=0.15, soft=0.01)


def _mediastinum(sheet: Sheet, plane: Plane) -> None:
    sheet.blob(plane, (0.0, -0.3), (0.15, 0.3), 0.26, wobble=0.05)
    sheet.blob(plane, (0.1, -0.12), (0.32, 0.3), 0.5, turn=0.6, wobble=0.05)
    for at, size in [
        ((0.02, -0.22), (0.13, 0.12)),
        ((0.2, -0.1), (0.15, 0.14)),
        ((-0.08, -0.02), (0.12, 0.11)),
        ((0.08, 0.1), (0.15, 0.08)),
    ]:
        sheet.blob(plane, at, size, 0.72, turn=0.5, wobble=0.06, soft=0.03)
    sheet.blob(plane, (0.0, -0.63), (0.13, 0.035), 0.9, wobble=0.04)
    sheet.blob(plane, (0.2, 0.24), (0.085, 0.085), 0.78)
    sheet.blob(plane, (0.05, 0.2), (0.05, 0.035), 0.45)
    sheet.blob(plane, (0.05, 0.2), (0.014, 0.008), 0.05)
    _spine(sheet, plane, (0.02, 0.4))


def thigh_ct(rng: np.random.Generator) -> Drawing:
    """Draw an axial bone-window slice of a thigh with bone flowing along one cortex."""
    sheet = Sheet(520, 520, rng)
    plane = sheet.plane()
    sheet.blob(plane, (0, 0), (0.9, 0.84), 0.36)
    sheet.blob(plane, (0, 0), (0.885, 0.825), 0.17)
    sheet.blob(plane, (0.0, 0.02), (0.74, 0.69), 0.2, wobble=0.03)
    for angle in np.linspace(0, 2 * math.pi, 9, endpoint=False):
        at = (0.44 * math.cos(angle + 0.2), 0.42 * math.sin(angle + 0.2))
        fibre = 0.4 + 0.035 * sheet.clouds(10)
        sheet.blob(plane, at, (0.25, 0.145), fibre, turn=angle + 1.6, wobble=0.07, soft=0.02)
    sheet.blob(plane, (0.34, -0.1), (0.04, 0.04), 0.5)
    sheet.blob(plane, (0.4, -0.02), (0.045, 0.035), 0.48)
    _flowing_cortex(sheet, plane)
    plane = blurred(plane, 1) + sheet.grain(0.018, 2.0) + sheet.grain(0.012)
    return Drawing(grey(plane, 2), {"hyperostosis": sheet.box(-0.24, -0.02, 0.18, 0.28, 2)})


def _flowing_cortex(sheet: Sheet, plane: Plane) -> None:
    centre = (-0.06, -0.03)
    sheet.blob(plane, centre, (0.2, 0.2), 0.93, wobble=0.02)
    for angle in np.linspace(1.9, 4.4, 9):
        at = (centre[0] + 0.19 * math.cos(angle), centre[1] + 0.19 * math.sin(angle))
        size = float(sheet.rng.uniform(0.06, 0.095))
        sheet.blob(plane, at, (size, size * 0.85), 1.0, turn=angle, wobble=0.1)
    sheet.blob(plane, (centre[0] + 0.03, centre[1]), (0.115, 0.12), 0.17, wobble=0.06)
    sheet.blob(plane, (centre[0] - 0.06, centre[1] + 0.02), (0.07, 0.09), 0.97, wobble=0.15)


def brain_axial(rng: np.random.Generator, weighting: str, white_matter: str = "foci") -> Drawing:
    """Draw an axial slice of a brain, "flair" or "t1".

    The white matter holds small "foci", "confluent" lesions, or one on both sides "behind".
    """
    flair = weighting == "flair"
    sheet = Sheet(480, 580, rng)
    plane = sheet.plane()
    tones = (0.62, 0.3, 0.5, 0.36, 0.03) if flair else (0.92, 0.24, 0.42, 0.62, 0.1)
    skin, skull, cortex, white, fluid = tones
    for size, tone in (((0.88, 1.08), skin), ((0.835, 1.035), 0.05), ((0.785, 0.985), skull * 0.4)):
        sheet.blob(plane, (0, 0), size, tone, wobble=0.006)
    sheet.blob(plane, (0, 0), (0.76, 0.955), fluid + 0.02, wobble=0.006)
    _folded_brain(sheet, plane, cortex, white, fluid)
    _ventricles(sheet, plane, cortex, fluid)
    tone = 0.95 if flair else 0.22
    lesions = _foci(sheet, plane, tone) if white_matter != "behind" else {}
    if white_matter != "foci":
        lesions |= _wide_lesions(sheet, plane, tone, behind=white_matter == "behind")
    plane = blurred(plane, 1) * _coil(sheet) + sheet.grain(0.02)
    return Drawing(grey(plane, 2), lesions)


def _folded_brain(sheet: Sheet, plane: Plane, cortex: float, white: float, fluid: float) -> None:
    window, brain = sheet.blob_mask((0, 0), (0.745, 0.94), wobble=0.006)
    full = sheet.plane()
    full[window] = brain
    warp = sheet.noise(26)
    radius = np.hypot(sheet.u / 0.745, sheet.v / 0.94) + 0.03 * warp
    angle = np.arctan2(sheet.v / 0.94, sheet.u / 0.745) + 0.1 * sheet.noise(30)
    folds = np.sin(angle * 22 + 2.2 * sheet.noise(34))
    depth = radius + 0.13 * folds + 0.05 * sheet.noise(16)
    matter = np.clip((depth - 0.8) / 0.04, 0, 1)
    tone = white * (1 - matter) + cortex * matter + 0.015 * sheet.clouds(14)
    sulci = np.clip((folds - 0.72) / 0.16, 0, 1) * np.clip((radius - 0.76) / 0.08, 0, 1)
    tone = tone * (1 - 0.85 * sulci) + fluid * 0.85 * sulci
    mix(plane, tone.astype(np.float32), full)
    middle = [(0.004 * math.sin(9 * t), t) for t in np.linspace(-0.93, -0.32, 12)]
    sheet.line(plane, middle, 0.011, fluid, 0.008, 0.9)
    sheet.line(plane, [(x, -y) for x, y in middle], 0.011, fluid, 0.008, 0.9)


def _ventricles(sheet: Sheet, plane: Plane, cortex: float, fluid: float) -> None:
    for side in (-1, 1):
        sheet.blob(plane, (side * 0.22, 0.0), (0.08, 0.2), cortex, turn=-side * 0.35, soft=0.03)
        sheet.blob(plane, (side * 0.12, 0.12), (0.1, 0.13), cortex, turn=side * 0.4, soft=0.03)
        horn = [(side * 0.05, 0.02), (side * 0.07, -0.14), (side * 0.15, -0.3)]
        sheet.line(plane, smooth_path(horn), 0.035, fluid, 0.01)
        back = [(side * 0.09, 0.16), (side * 0.2, 0.3), (side * 0.24, 0.46)]
        sheet.line(plane, smooth_path(back), 0.04, fluid, 0.012)
    sheet.line(plane, [(0, -0.02), (0, 0.16)], 0.012, fluid)


def _foci(sheet: Sheet, plane: Plane, tone: float) -> dict[str, tuple[int, int, int, int]]:
    spots = [
        (-0.33, -0.24, 0.035),
        (0.28, -0.34, 0.03),
        (0.4, 0.16, 0.042),
        (-0.42, 0.26, 0.028),
        (0.12, -0.42, 0.024),
        (-0.1, -0.38, 0.026),
        (0.34, 0.42, 0.03),
        (-0.27, 0.5, 0.024),
    ]
    lesions = {}
    for number, (x, y, size) in enumerate(spots, start=1):
        sheet.blob(plane, (x, y), (size, size * 0.9), tone, wobble=0.08, soft=0.025, alpha=0.9)
        lesions[f"focus {number}"] = sheet.box(x, y, size + 0.035, size + 0.035, 2)
    return lesions


def _wide_lesions(
    sheet: Sheet, plane: Plane, tone: float, *, behind: bool
) -> dict[str, tuple[int, int, int, int]]:
    y, size = (0.5, (0.15, 0.22)) if behind else (-0.02, (0.07, 0.36))
    lesions = {}
    for side, name in ((-1, "right"), (1, "left")):
        at = (side * 0.36, y)
        sheet.blob(plane, at, size, tone, turn=side * 0.3, wobble=0.1, soft=0.07, alpha=0.85)
        lesions[f"white matter {name}"] = sheet.box(*at, size[0] + 0.07, size[1] + 0.03, 2)
    return lesions


def _coil(sheet: Sheet) -> Plane:
    field = 1.06 - 0.12 * sheet.u + 0.08 * sheet.v
    return np.broadcast_to(field, (sheet.height, sheet.width)).astype(np.float32)


def brain_sagittal(rng: np.random.Generator) -> Drawing:
    """Draw a midsagittal FLAIR slice with round lesions in the middle of the corpus callosum."""
    sheet = Sheet(620, 600, rng)
    plane = sheet.plane()
    face = [
        (-0.62, -0.2),
        (-0.8, 0.05),
        (-0.93, 0.3),
        (-0.84, 0.36),
        (-0.82, 0.52),
        (-0.75, 0.58),
        (-0.76, 0.75),
        (-0.6, 0.86),
        (-0.3, 0.8),
        (-0.2, 1.1),
        (0.55, 1.1),
        (0.5, 0.7),
        (0.72, 0.4),
        (0.6, -0.3),
        (0.0, -0.6),
    ]
    mix(plane, 0.3 + 0.07 * sheet.clouds(18), sheet.area_mask(smooth_path(face, 6)))
    sheet.blob(plane, (0.02, -0.17), (0.89, 0.76), 0.62, turn=0.06)
    sheet.blob(plane, (0.02, -0.16), (0.85, 0.72), 0.07, turn=0.06)
    sheet.blob(plane, (-0.5, 0.53), (0.22, 0.1), 0.03, wobble=0.15)
    _sagittal_cortex(sheet, plane)
    _brain_stem(sheet, plane)
    lesions = _callosum(sheet, plane)
    plane = blurred(plane, 1) * _coil(sheet) + sheet.grain(0.02)
    return Drawing(grey(plane, 2), lesions)


def _sagittal_cortex(sheet: Sheet, plane: Plane) -> None:
    window, mask = sheet.blob_mask((0.02, -0.18), (0.81, 0.66), turn=0.06, wobble=0.01)
    full = sheet.plane()
    full[window] = mask
    x, y = (sheet.u - 0.02) / 0.81, (sheet.v + 0.1) / 0.7
    folds = np.sin(np.arctan2(y, x) * 15 + 2.6 * sheet.noise(44) + 5 * np.hypot(x, y))
    tone = 0.47 - 0.07 * np.clip(folds * 2, -1, 1) + 0.02 * sheet.clouds(12)
    sulci = np.clip((folds - 0.88) / 0.1, 0, 1)
    below = 1 / (1 + np.exp(-((sheet.v - 0.3 + 0.22 * sheet.u) / 0.02)))
    mix(plane, (tone * (1 - 0.75 * sulci)).astype(np.float32), full * (1 - below))


def _brain_stem(sheet: Sheet, plane: Plane) -> None:
    stem = [(0.02, 0.12), (0.0, 0.26), (0.06, 0.45), (0.13, 0.7), (0.16, 1.05)]
    path = smooth_path(stem)
    sheet.line(plane, path, 0.085, 0.42, 0.01)
    sheet.blob(plane, (-0.02, 0.3), (0.1, 0.12), 0.43, wobble=0.03)
    leaf = 0.4 + 0.13 * np.sin(np.arctan2(sheet.v - 0.33, sheet.u - 0.2) * 26 + 2 * sheet.noise(30))
    sheet.blob(plane, (0.38, 0.35), (0.24, 0.19), leaf.astype(np.float32), turn=0.3, wobble=0.05)
    sheet.blob(plane, (0.16, 0.33), (0.035, 0.07), 0.03)
    sheet.blob(plane, (-0.02, 0.02), (0.13, 0.075), 0.47, wobble=0.05)


def _callosum(sheet: Sheet, plane: Plane) -> dict[str, tuple[int, int, int, int]]:
    arc = [
        (-0.36, 0.04),
        (-0.43, -0.05),
        (-0.38, -0.17),
        (-0.2, -0.25),
        (0.02, -0.27),
        (0.22, -0.22),
        (0.36, -0.11),
        (0.41, 0.02),
        (0.34, 0.06),
    ]
    below = [(-0.3, 0.0), (-0.25, -0.12), (-0.05, -0.17), (0.15, -0.13), (0.28, -0.02)]
    sheet.line(plane, smooth_path(below), 0.05, 0.04, 0.015)
    sheet.line(plane, smooth_path(arc), 0.068, 0.34, 0.008)
    lesions = {}
    for number, (x, y, size) in enumerate(
        [
            (-0.24, -0.235, 0.038),
            (-0.1, -0.262, 0.032),
            (0.03, -0.27, 0.045),
            (0.17, -0.235, 0.034),
        ],
        start=1,
    ):
        sheet.blob(plane, (x, y), (size, size), 0.97, wobble=0.05, soft=0.016)
        lesions[f"snowball {number}"] = sheet.box(x, y, size + 0.03, size + 0.03, 2)
    lesions["callosal lesions"] = sheet.box(-0.03, -0.255, 0.28, 0.085, 2)
    return lesions


def knees_t1(rng: np.random.Generator) -> Drawing:
    """Draw a coronal T1 slice of both knees with dark marrow at the metadiaphyses."""
    sheet = Sheet(700, 560, rng)
    plane = sheet.plane()
    lesions = {}
    for side, name in ((-1, "right"), (1, "left")):
        _leg(sheet, plane, side * 0.6, side)
        for y, bone in ((-0.52, "femur"), (0.56, "tibia")):
            at = (side * 0.6, y)
            dark = 0.2 + 0.1 * sheet.clouds(16)
            sheet.blob(plane, at, (0.105, 0.24), dark, wobble=0.1, soft=0.06, alpha=0.92)
            lesions[f"{bone} {name}"] = sheet.box(*at, 0.135, 0.27, 2)
    plane = blurred(plane, 1) + sheet.grain(0.02)
    return Drawing(grey(plane, 2), lesions)


def _leg(sheet: Sheet, plane: Plane, x: float, side: int) -> None:
    sheet.line(plane, [(x, -1.2), (x, 1.2)], 0.5, 0.82, 0.01)
    sheet.line(plane, [(x, -1.2), (x, 1.2)], 0.485, 0.86, 0.03)
    for muscle, y in ((-0.24, -0.75), (0.24, -0.75), (-0.27, 0.85), (0.25, 0.85)):
        fibre = 0.3 + 0.05 * sheet.clouds(12)
        sheet.blob(plane, (x + muscle, y), (0.15, 0.62), fibre, wobble=0.03, soft=0.03)
    marrow = 0.78 + 0.05 * sheet.clouds(10)
    layers: tuple[tuple[float | Plane, float], ...] = ((0.05, 0.0), (marrow, 0.022))
    for tone, shrink in layers:
        sheet.line(plane, [(x, -1.2), (x, -0.2)], 0.15 - shrink, tone)
        sheet.line(plane, [(x, 0.3), (x, 1.2)], 0.135 - shrink, tone)
        for condyle in (-0.14, 0.14):
            at = (x + condyle, -0.14)
            sheet.blob(plane, at, (0.18 - shrink, 0.17 - shrink), tone, wobble=0.02)
        sheet.blob(plane, (x, 0.18), (0.31 - shrink, 0.115 - shrink), tone, wobble=0.02)
    sheet.blob(plane, (x + side * 0.34, 0.42), (0.05, 0.08), 0.05)
    sheet.line(plane, [(x + side * 0.35, 0.45), (x + side * 0.33, 1.2)], 0.04, 0.6)
    for meniscus in (-0.25, 0.25):
        sheet.blob(plane, (x + meniscus, 0.045), (0.08, 0.022), 0.06)
    sheet.line(plane, [(x - 0.03, -0.12), (x + 0.03, 0.1)], 0.02, 0.12)


def heart_mri(rng: np.random.Generator, *, patch: bool = False) -> Drawing:
    """Draw a short-axis slice with late enhancement: along the inner wall, or a `patch` in it."""
    sheet = Sheet(450, 450, rng)
    plane = sheet.plane(0.02) + 0.1 * np.clip(sheet.clouds(40), 0, 1)
    sheet.blob(plane, (0.0, 0.0), (1.25, 1.05), 0.32 + 0.03 * sheet.clouds(30), wobble=0.02)
    sheet.blob(plane, (0.62, 0.1), (0.5, 0.62), 0.05 + 0.02 * sheet.clouds(12), wobble=0.05)
    sheet.blob(plane, (-0.85, 0.0), (0.34, 0.6), 0.05 + 0.02 * sheet.clouds(12), wobble=0.05)
    sheet.blob(plane, (-0.2, -0.1), (0.33, 0.36), 0.3, turn=0.3, wobble=0.04)
    sheet.blob(plane, (-0.21, -0.1), (0.28, 0.31), 0.66, turn=0.3, wobble=0.05)
    sheet.blob(plane, (0.14, 0.08), (0.45, 0.44), 0.55, wobble=0.015)
    sheet.blob(plane, (0.14, 0.08), (0.43, 0.42), 0.14 + 0.05 * sheet.clouds(14), wobble=0.015)
    if patch:
        sheet.blob(plane, (0.45, 0.27), (0.06, 0.15), 0.9, turn=0.55, wobble=0.1, soft=0.04)
        lesions = {"lateral enhancement": sheet.box(0.45, 0.27, 0.15, 0.17, 2)}
    else:
        sheet.blob(plane, (0.14, 0.08), (0.3, 0.29), 0.84, wobble=0.05, soft=0.09, alpha=0.95)
        lesions = {"subendocardial enhancement": sheet.box(0.14, 0.08, 0.34, 0.33, 2)}
    sheet.blob(plane, (0.14, 0.08), (0.2, 0.19), 0.46, wobble=0.05, soft=0.04)
    for at in ((0.02, 0.16), (0.25, 0.0)):
        sheet.blob(plane, at, (0.05, 0.06), 0.78, wobble=0.1)
    sheet.blob(plane, (0.34, 0.82), (0.13, 0.11), 0.25, wobble=0.05)
    sheet.blob(plane, (0.6, 0.66), (0.09, 0.09), 0.7)
    plane = blurred(plane, 1) + sheet.grain(0.024)
    return Drawing(grey(plane, 2), lesions)


def chest_coronal(rng: np.random.Generator) -> Drawing:
    """Draw a coronal slice of cystic lungs whose lettering gives the diagnosis away."""
    sheet = Sheet(560, 620, rng)
    plane = sheet.plane()
    sheet.blob(plane, (0, 0.2), (1.0, 1.3), 0.24, wobble=0.02)
    sheet.blob(plane, (0, 0.2), (0.93, 1.25), 0.44, wobble=0.02)
    sheet.line(plane, [(0, -1.2), (0, -0.75)], 0.3, 0.42, 0.03)
    for side in (-1, 1):
        at = (side * 0.44, -0.02)
        sheet.blob(plane, at, (0.36, 0.74), LUNG + 0.03 + 0.02 * sheet.clouds(36), turn=side * 0.12)
        _lung_vessels(sheet, plane, at, side)
        _cysts(sheet, plane, at, 120, (0.3, 0.66))
        for rib in range(8):
            y = -0.68 + rib * 0.2
            sheet.blob(
                plane, (side * (0.62 + 0.035 * rib), y), (0.05, 0.034), 0.95, turn=side * 0.5
            )
    sheet.blob(plane, (-0.4, 0.83), (0.5, 0.26), 0.55, wobble=0.03)
    sheet.blob(plane, (0.45, 0.86), (0.42, 0.2), 0.5, wobble=0.05)
    sheet.blob(plane, (0.1, 0.2), (0.25, 0.36), 0.55, turn=-0.4, wobble=0.05)
    sheet.line(plane, [(0, -0.9), (0, -0.3)], 0.06, 0.03)
    plane = blurred(plane, 1) + sheet.grain(0.015, 2.0) + sheet.grain(0.01)
    picture = grey(plane, 2)
    letters = ["DEMO HOSPITAL  CT THORAX  COR 3.0 mm", "F 34 y   W 1500  L -600"]
    for row, text in enumerate(letters):
        write(picture, (26, 22 + 30 * row), text, 22)
    write(picture, (26, 1150), "Indication: known LAM, follow-up", 26, 235)
    lesions = {"burned-in text": (20, 1144, 430, 46), "cysts": sheet.box(0.44, 0.1, 0.3, 0.5, 2)}
    return Drawing(picture, lesions)
