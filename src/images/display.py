"""Make the small copies that screens show: windowed, flattened, in sRGB, as WebP."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

THUMB = 384
VIEW = 1600
WINDOW = (0.5, 99.5)
"""Percentiles of the grey values that become black and white when 16 bits are shown as 8."""

_QUALITY = 80
_EFFORT = 2
_ROOM_FOR_SCALING = 1.5
_STRIP = 1 << 20
_PAPER = (255, 255, 255)


def is_deep(picture: Image.Image) -> bool:
    """Tell whether the picture has 16-bit grey values, which a screen can show only in part."""
    return picture.mode.startswith("I;16")


def windowed(picture: Image.Image) -> Image.Image:
    """Return 16-bit grey values as 8 bits, stretched between two percentiles.

    A picture nearly all of one value is stretched between its lowest and highest instead, so
    that a small bright finding on a black ground is not lost.
    """
    values = np.asarray(picture).ravel()
    counts = _counts(values)
    low, high = _percentiles(counts)
    if low == high:
        present = np.flatnonzero(counts)
        low, high = int(present[0]), int(present[-1])
    ramp = (np.arange(65536) - low) / max(high - low, 1) * 255
    table = np.clip(np.rint(ramp), 0, 255).astype(np.uint8)
    return Image.fromarray(table[values].reshape(picture.height, picture.width))


def _counts(
    values: np.ndarray[tuple[int], np.dtype[np.uint16]],
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Count each value strip by strip: numpy widens what it counts to 8 bytes a pixel."""
    counts = np.zeros(65536, dtype=np.int64)
    for start in range(0, values.size, _STRIP):
        counts += np.bincount(values[start : start + _STRIP], minlength=65536)
    return counts


def _percentiles(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[int, int]:
    reached = np.cumsum(counts)
    low, high = (np.searchsorted(reached, reached[-1] * share / 100) for share in WINDOW)
    return int(low), int(high)


def fit(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return the size that fits a square of `longest`, never larger than the original."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def reduced(picture: Image.Image, longest: int) -> Image.Image:
    """Return the picture in sRGB or grey without transparency, fitting a square of `longest`.

    A JPEG not yet decoded is decoded at a fraction of its size where that suffices: all of its
    coded data is still read, so damage is still found.
    """
    size = fit(picture.size, longest)
    wanted = (int(size[0] * _ROOM_FOR_SCALING), int(size[1] * _ROOM_FOR_SCALING))
    picture.draft(None, wanted)
    small = _continuous(picture)
    if small.size != size:
        small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    shown = _in_srgb(_flat(small), picture.info.get("icc_profile"))
    shown.info = {}
    return shown


def _continuous(picture: Image.Image) -> Image.Image:
    """Return the picture in a mode whose values can be averaged."""
    if "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode == "P":
        return picture.convert("RGB")
    return picture.convert("L") if picture.mode == "1" else picture


def _flat(picture: Image.Image) -> Image.Image:
    """Lay a transparent picture on white, as it would be printed."""
    if not picture.mode.endswith("A"):
        return picture
    paper = Image.new("RGB", picture.size, _PAPER)
    paper.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
    return paper


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in the colours every screen assumes; a useless profile is passed over."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            turned = None
        if turned is not None:
            return turned
    return picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")


def as_webp(picture: Image.Image) -> bytes:
    """Encode a display copy; small and quick matter more here than the last detail."""
    target = BytesIO()
    picture.save(target, "WEBP", quality=_QUALITY, method=_EFFORT)
    return target.getvalue()
