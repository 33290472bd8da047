"""The pencils of the demo drawings: soft shapes, lines, noise and blur on planes of floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Plane = NDArray[np.float32]
Box = tuple[int, int, int, int]
"""x, y, width, height in pixels, origin top left."""
Spot = tuple[float, float]
"""A place in sheet units: the centre is 0, 0 and the shorter side runs from -1 to 1."""


@dataclass
class Drawing:
    """One finished picture and where on it something can be seen."""

    image: Image.Image
    lesions: dict[str, Box] = field(default_factory=dict)


Pencil = Callable[[np.random.Generator], Drawing]
"""Draws one picture with the chance it is given."""


def resized(plane: Plane, width: int, height: int) -> Plane:
    """Return the plane at another size, interpolated smoothly."""
    picture = Image.fromarray(plane.astype(np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def blurred(plane: NDArray[np.floating], radius: float) -> Plane:
    """Return the plane blurred: three box passes stand in for a Gaussian."""
    reach = max(1, round(radius))
    for _ in range(3):
        plane = _boxed(_boxed(plane, reach, 0), reach, 1)
    return plane


def _boxed(plane: Plane, reach: int, axis: int) -> Plane:
    pads = [(0, 0), (0, 0)]
    pads[axis] = (reach + 1, reach)
    sums = np.cumsum(np.pad(plane, pads, mode="edge"), axis=axis, dtype=np.float64)
    size = 2 * reach + 1
    high = np.take(sums, range(size, sums.shape[axis]), axis=axis)
    low = np.take(sums, range(sums.shape[axis] - size), axis=axis)
    return ((high - low) / size).astype(np.float32)


def smooth_path(spots: Sequence[Spot], steps: int = 8) -> list[Spot]:
    """Return a smooth line through the spots (Catmull-Rom)."""
    ends = [spots[0], *spots, spots[-1]]
    path: list[Spot] = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        path.extend(_between(a, b, c, d, step / steps) for step in range(steps))
    return [*path, spots[-1]]


def _between(a: Spot, b: Spot, c: Spot, d: Spot, t: float) -> Spot:
    def along(i: int) -> float:
        return 0.5 * (
            2 * b[i]
            + (c[i] - a[i]) * t
            + (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i]) * t * t
            + (3 * b[i] - a[i] - 3 * c[i] + d[i]) * t**3
        )

    return along(0), along(1)


class Sheet:
    """A drawing surface of one size with its own source of chance."""

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self.width, self.height, self.rng = width, height, rng
        self.scale = min(width, height) / 2
        self.u = ((np.arange(width, dtype=np.float32) - width / 2) / self.scale)[None, :]
        self.v = ((np.arange(height, dtype=np.float32) - height / 2) / self.scale)[:, None]

    def plane(self, value: float = 0.0) -> Plane:
        """Return a plane of one value."""
        return np.full((self.height, self.width), value, dtype=np.float32)

    def pixel(self, spot: Spot) -> tuple[float, float]:
        """Return the pixel coordinates of a spot."""
        return spot[0] * self.scale + self.width / 2, spot[1] * self.scale + self.height / 2

    def box(self, cx: float, cy: float, rx: float, ry: float, factor: int = 1) -> Box:
        """Return the box around a centre, cut at the edges, times an enlargement."""
        left, top = self.pixel((cx - rx, cy - ry))
        right, bottom = self.pixel((cx + rx, cy + ry))
        x, y = max(0, round(left)), max(0, round(top))
        w = min(self.width, round(right)) - x
        h = min(self.height, round(bottom)) - y
        return x * factor, y * factor, w * factor, h * factor

    def blob(
        self,
        plane: Plane,
        at: Spot,
        size: Spot,
        value: float | Plane,
        *,
        turn: float = 0.0,
        wobble: float = 0.0,
        soft: float = 0.012,
        alpha: float = 1.0,
    ) -> None:
        """Paint a soft, slightly irregular ellipse in place."""
        window, mask = self.blob_mask(at, size, turn=turn, wobble=wobble, soft=soft)
        if mask.size == 0:
            return
        mask *= alpha
        fill = value[window] if isinstance(value, np.ndarray) else value
        plane[window] = plane[window] * (1 - mask) + fill * mask

    def blob_mask(
        self, at: Spot, size: Spot, *, turn: float = 0.0, wobble: float = 0.0, soft: float = 0.012
    ) -> tuple[tuple[slice, slice], Plane]:
        """Return the window an ellipse lies in and its mask there; chance moves its outline."""
        reach = max(size) * (1 + 2.5 * wobble) + soft
        left, top = self.pixel((at[0] - reach, at[1] - reach))
        right, bottom = self.pixel((at[0] + reach, at[1] + reach))
        rows = slice(max(0, int(top)), max(0, min(self.height, int(bottom) + 1)))
        columns = slice(max(0, int(left)), max(0, min(self.width, int(right) + 1)))
        du, dv = self.u[:, columns] - at[0], self.v[rows] - at[1]
        c, s = math.cos(turn), math.sin(turn)
        a, b = (du * c + dv * s) / size[0], (dv * c - du * s) / size[1]
        distance = np.hypot(a, b)
        limit = self._outline(np.arctan2(b, a), wobble) if wobble else np.float32(1.0)
        edge = np.clip((limit - distance) * min(size) / soft + 0.5, 0, 1)
        return (rows, columns), (edge * edge * (3 - 2 * edge)).astype(np.float32)

    def _outline(self, angle: Plane, wobble: float) -> Plane:
        limit = np.ones_like(angle)
        for wave in range(2, 7):
            phase = self.rng.uniform(0, 2 * math.pi)
            strength = wobble * self.rng.uniform(0.3, 1.0) / math.sqrt(wave - 1)
            limit += strength * np.cos(wave * angle + phase)
        return limit

    def line_mask(self, path: Sequence[Spot], radius: float, soft: float = 0.006) -> Plane:
        """Return the mask of a line with round ends."""
        points = [self.pixel(spot) for spot in path]
        width = max(1, round(2 * radius * self.scale))
        blur = max(0.4, soft * self.scale)
        rows, columns = self._window(points, width + 4 * blur + 2)
        canvas = Image.new("L", (columns.stop - columns.start, rows.stop - rows.start))
        if 0 in canvas.size:
            return self.plane()
        near = [(x - columns.start, y - rows.start) for x, y in points]
        pen = ImageDraw.Draw(canvas)
        pen.line(near, fill=255, width=width, joint="curve")
        if width > 3:
            for x, y in (near[0], near[-1]):
                pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
        mask = self.plane()
        mask[rows, columns] = _unit(canvas.filter(ImageFilter.GaussianBlur(blur)))
        return mask

    def _window(self, points: Sequence[Spot], margin: float) -> tuple[slice, slice]:
        """Return the part of the sheet around some pixels, so that blurring costs little."""
        across, down = [x for x, _ in points], [y for _, y in points]
        left, top = max(0, int(min(across) - margin)), max(0, int(min(down) - margin))
        right = max(left, min(self.width, int(max(across) + margin) + 1))
        bottom = max(top, min(self.height, int(max(down) + margin) + 1))
        return slice(top, bottom), slice(left, right)

    def area_mask(self, outline: Sequence[Spot], soft: float = 0.006) -> Plane:
        """Return the mask of a closed outline."""
        canvas = Image.new("L", (self.width, self.height))
        ImageDraw.Draw(canvas).polygon([self.pixel(spot) for spot in outline], fill=255)
        canvas = canvas.filter(ImageFilter.GaussianBlur(max(0.4, soft * self.scale)))
        return _unit(canvas)

    def line(
        self,
        plane: Plane,
        path: Sequence[Spot],
        radius: float,
        value: float | Plane,
        soft: float = 0.006,
        alpha: float = 1.0,
    ) -> None:
        """Paint a line in place."""
        mix(plane, value, self.line_mask(path, radius, soft) * alpha)

    def noise(self, cell: float) -> Plane:
        """Return smooth noise around 0 with features of `cell` pixels."""
        rows, columns = int(self.height / cell) + 3, int(self.width / cell) + 3
        grid = self.rng.standard_normal((rows, columns)).astype(np.float32)
        return resized(grid, self.width, self.height)

    def clouds(self, cell: float, octaves: int = 4) -> Plane:
        """Return noise of several sizes, the large strongest, scaled to about -1 to 1."""
        total = self.plane()
        for octave in range(octaves):
            total += self.noise(max(1.5, cell / 2**octave)) / 2**octave
        return (total / 2).astype(np.float32)

    def grain(self, strength: float, cell: float = 1.0) -> Plane:
        """Return the grain of a detector."""
        if cell > 1:
            return (self.noise(cell) * strength).astype(np.float32)
        shape = (self.height, self.width)
        return (self.rng.standard_normal(shape) * strength).astype(np.float32)


def _unit(picture: Image.Image) -> Plane:
    return (np.asarray(picture, dtype=np.float32) / 255).astype(np.float32)


def mix(plane: Plane, value: float | Plane, mask: NDArray[np.floating]) -> None:
    """Lay a value over a plane where the mask says so, in place."""
    plane *= 1 - mask
    plane += value * mask


def grey(plane: Plane, factor: int = 1) -> Image.Image:
    """Return an 8-bit grey picture of a plane from 0 to 1, enlarged by a whole factor."""
    height, width = plane.shape
    if factor > 1:
        plane = resized(plane, width * factor, height * factor)
    return Image.fromarray((np.clip(plane, 0, 1) * 255 + 0.5).astype(np.uint8))


def colour(red: Plane, green: Plane, blue: Plane) -> Image.Image:
    """Return an 8-bit colour picture of three planes from 0 to 1."""
    stack = np.stack([red, green, blue], axis=-1)
    return Image.fromarray((np.clip(stack, 0, 1) * 255 + 0.5).astype(np.uint8))


def write(image: Image.Image, at: tuple[int, int], text: str, size: int, fill: int = 190) -> None:
    """Write small lettering with the font that comes with Pillow, in place."""
    ink = fill if image.mode == "L" else (fill, fill, fill)
    ImageDraw.Draw(image).text(at, text, fill=ink, font=ImageFont.load_default(size))
