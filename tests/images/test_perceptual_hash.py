"""Pictures that look alike have hashes that differ in few bits."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn

from src.images.phash import perceptual_hash


def blobs(seed: int) -> Image.Image:
    """Soft shapes with some noise, as in an ultrasound picture."""
    chance = np.random.default_rng(seed)
    coarse = chance.uniform(0, 255, (6, 8)).astype(np.uint8)
    smooth = Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC)
    noise = chance.normal(0, 6, (480, 640))
    return Image.fromarray(np.clip(np.asarray(smooth) + noise, 0, 255).astype(np.uint8))


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    target = BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return Image.open(target)


def test_it_is_the_sign_of_low_frequencies_against_their_median():
    """Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions (2010), 3.2.1,
    with the 8 by 8 lowest frequencies including the mean, as the imagehash library has it."""
    picture = blobs(1)
    grey = np.asarray(picture.resize((32, 32), Image.Resampling.LANCZOS), dtype=float)
    low = dctn(grey, type=2)[:8, :8]
    bits = "".join("1" if value > np.median(low) else "0" for value in low.flatten())

    assert perceptual_hash(picture) == f"{int(bits, 2):016x}"


@pytest.mark.parametrize("seed", range(5))
def test_compressing_reducing_and_brightening_change_few_bits(seed):
    original = blobs(seed)
    alike = [
        as_jpeg(original, quality=40),
        original.resize((384, 288)),
        original.point([min(255, round(value * 1.1)) for value in range(256)]),
        original.convert("RGB"),
    ]

    assert all(distance(perceptual_hash(original), perceptual_hash(one)) <= 8 for one in alike)


def test_different_pictures_differ_in_many_bits():
    hashes = [perceptual_hash(blobs(seed)) for seed in range(12)]
    pairs = [distance(a, b) for n, a in enumerate(hashes) for b in hashes[:n]]

    assert min(pairs) > 8
