"""How long agreement takes over a whole study: every coefficient with its interval, and boxes.

1,756 items of 4 claims read by 3 raters, one reading in ten missing, 2,000 resamples of items.
`python manage.py bench agreement` prints one JSON line a figure.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from src.domain.agreement import every_coefficient
from src.domain.evidence import ImageBox
from src.domain.interrater.overlap import match_boxes
from src.domain.interrater.ratings import MISSING, Level, Ratings
from src.domain.interrater.statistic import RESAMPLES

ITEMS, CLAIMS, RATERS, CATEGORIES = 1_756, 4, 3, 5
PAIRS_PER_ITEM = 10
RUNS = 5
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")


def run() -> Iterator[dict[str, Any]]:
    """Yield every figure of this file."""
    ratings = make_ratings(ITEMS)
    for level in LEVELS:
        seconds = _seconds(partial(every_coefficient, ratings, level, seed=1))
        yield {
            "bench": "agreement",
            "level": level,
            "items": ITEMS,
            "claims": ITEMS * CLAIMS,
            "raters": RATERS,
            "resamples": RESAMPLES,
            "coefficients": len(every_coefficient(ratings, level, seed=1, resamples=1)),
            "seconds": seconds,
            "target": "under 1 s",
        }
    drawings = make_boxes(ITEMS * PAIRS_PER_ITEM)
    seconds = _seconds(lambda: [match_boxes(first, second) for first, second in drawings])
    yield {"bench": "boxes", "pairs_of_readers": len(drawings), "seconds": seconds}


def make_ratings(items: int, seed: int = 7) -> Ratings:
    """Return readings of claims in items: raters guess at three in ten, one in ten is missing."""
    draw = np.random.default_rng(seed)
    shape = (items * CLAIMS, RATERS)
    truth = draw.integers(0, CATEGORIES, (shape[0], 1))
    codes = np.where(draw.random(shape) < 0.3, draw.integers(0, CATEGORIES, shape), truth)
    codes[draw.random(shape) < 0.1] = MISSING
    clusters = np.repeat(np.arange(items), CLAIMS)
    return Ratings(codes, tuple(range(CATEGORIES)), clusters)


def make_boxes(pairs: int, seed: int = 7) -> list[tuple[list[ImageBox], list[ImageBox]]]:
    """Return for each pair of readers up to four boxes each, near the other reader's."""
    draw = random.Random(seed)
    drawings = []
    for _ in range(pairs):
        first = [_box(draw, draw.randint(0, 800), draw.randint(0, 800)) for _ in range(4)]
        second = [_box(draw, box.x, box.y) for box in first[: draw.randint(1, 4)]]
        drawings.append((first, second))
    return drawings


def _box(draw: random.Random, x: int, y: int) -> ImageBox:
    return ImageBox(
        sha256="a" * 64,
        x=x + draw.randint(0, 20),
        y=y + draw.randint(0, 20),
        width=draw.randint(60, 120),
        height=draw.randint(60, 120),
    )


def _seconds(act: Callable[[], object]) -> float:
    """Return the median time of several runs, by the wall clock."""
    measured = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        measured.append(time.perf_counter() - start)
    return round(statistics.median(measured), 3)


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure), flush=True)
