"""The perceptual hash: pictures that look alike have hashes that differ in few bits."""

from __future__ import annotations

import numpy as np
from PIL import Image

_SIDE = 32
_LOW = 8


def _cosines() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the matrix of the DCT-II, rows by frequency (unscaled, as is usual for the hash)."""
    frequency, position = np.ogrid[:_SIDE, :_SIDE]
    return np.asarray(2 * np.cos(np.pi * frequency * (2 * position + 1) / (2 * _SIDE)))


_COSINES = _cosines()[:_LOW]


def perceptual_hash(picture: Image.Image) -> str:
    """Return the 64-bit DCT hash as 16 hexadecimal digits.

    The picture is reduced to 32 by 32 grey values; each of the 8 by 8 lowest frequencies gives
    one bit, set when it is above their median, row by row.
    """
    grey = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    low = _COSINES @ np.asarray(grey, dtype=np.float64) @ _COSINES.T
    bits = (low > np.median(low)).flatten()
    return np.packbits(bits).tobytes().hex()
