"""Pictures with nearly nothing on them, whose perceptual hash is noise."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

_SIDE = 32
FLAT = 2.0
"""Grey levels of 255: below it the hash's bits come from rounding and grain, not from content."""


def grey_spread(encoded: bytes) -> float:
    """Return the standard deviation of a picture's grey values, reduced as its hash reduces it."""
    with Image.open(io.BytesIO(encoded)) as picture:
        picture.draft("L", (_SIDE * 4, _SIDE * 4))
        grey = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    return float(np.asarray(grey, dtype=np.float64).std())


def is_flat(encoded: bytes) -> bool:
    """Tell whether a picture is too even for its perceptual hash to mean anything."""
    return grey_spread(encoded) < FLAT
