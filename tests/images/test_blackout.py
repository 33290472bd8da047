"""Boxes made black on an image: nothing else changes, whatever its colours are."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from src.domain.errors import ImageRejected
from src.images.blackout import black_out, blacked_out
from src.images.canonical import make_copies
from src.images.limits import Limits
from tests.images.drawing import encoded, picture

BOXES = [(3, 4, 10, 6), (20, 0, 5, 5)]


def shown(raw: bytes) -> np.ndarray:
    """Return the colours as they are shown, transparency included."""
    opened = Image.open(io.BytesIO(raw))
    deep = opened.mode.startswith("I;16")
    return np.asarray(opened) if deep else np.asarray(opened.convert("RGBA"))


def canonical(raw: bytes) -> bytes:
    """Return the canonical copy of an image."""
    files = make_copies(raw, "image", Limits()).files
    return next(data for name, data in files.items() if name.startswith("full."))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_keeps_its_pixels_outside_the_boxes(mode):
    raw = canonical(encoded(picture(mode), "PNG"))

    made = canonical(blacked_out(raw, BOXES))

    before, after = shown(raw).copy(), shown(made)
    black = 0 if before.ndim == 2 else (0, 0, 0, 255)
    for x, y, width, height in BOXES:
        assert (after[y : y + height, x : x + width] == black).all()
        before[y : y + height, x : x + width] = black
    assert (before == after).all()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_lossy_image_is_not_made_lossier(kind):
    raw = canonical(encoded(picture(), kind))

    made = canonical(black_out(raw, BOXES[:1]))

    before, after = shown(raw).copy(), shown(made)
    before[4:10, 3:13] = (0, 0, 0, 255)
    assert (before == after).all()


def test_a_transparent_colour_of_a_palette_stays_transparent():
    raw = canonical(encoded(picture("P"), "PNG", transparency=3))

    made = canonical(blacked_out(raw, BOXES))

    after = shown(made)
    assert (after[4:10, 3:13, 3] == 255).all()
    assert (after[30:, 30:] == shown(raw)[30:, 30:]).all()


def test_what_cannot_be_kept_exactly_is_refused_in_words():
    """With the reason, and what to do about it."""
    raw = canonical(encoded(picture("CMYK"), "JPEG"))

    with pytest.raises(ImageRejected, match=r"CMYK.*changes everywhere.*8 bits in RGB") as refused:
        black_out(raw, BOXES)
    assert "import the benchmark again" in refused.value.message


def test_a_damaged_image_is_refused_and_the_app_lives():
    with pytest.raises(ImageRejected):
        black_out(b"\x89PNG\r\n\x1a\nnothing more", BOXES)
