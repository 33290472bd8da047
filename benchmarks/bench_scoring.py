"""How many predictions a second the token F1 scores, on one core, at two sizes.

The texts are as long as real ones: answers of 300 characters, predictions of 600, two aliases.
Every answer is another one and the cache of gold answers is emptied before each run, so both
sizes pay for everything. The clock is the processor's, not the wall's: the figure is for one core,
and other work on the machine does not change it.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator

from src.domain.scoring.text import forget_golds, token_f1_of

SIZES = (474, 47_400)
RUNS = 5
SHORTEST_RUN_SECONDS = 0.2
SENTENCE = (
    "granulomatosis with polyangiitis the a an of bilateral hilar lymphadenopathy non-caseating "
    "biopsy Behçet’s disease, type 1A; α-mannosidosis IgG4-related (MRI) shows renal lesion and "
    "syndrome hereditary deficiency in Erdheim-Chester histiocytosis: patient was treated"
)
WORDS = SENTENCE.split()


def sample_text(words: random.Random, length: int) -> str:
    """Return a text of this many characters, made of clinical words."""
    return " ".join(words.choices(WORDS, k=length // 3))[:length]


def sample_rows(n: int, seed: int = 7) -> list[tuple[list[str], str]]:
    """Return n rows of (answer and two aliases, prediction), the same for the same seed."""
    words = random.Random(seed)
    return [
        (
            [sample_text(words, 300), sample_text(words, 30), sample_text(words, 12)],
            sample_text(words, 600),
        )
        for _ in range(n)
    ]


def rows_per_second(rows: list[tuple[list[str], str]]) -> float:
    """Time whole passes over the rows until the run is long enough to be measured."""
    passes, seconds = 0, 0.0
    while seconds < SHORTEST_RUN_SECONDS:
        forget_golds()
        start = time.process_time()
        token_f1_of(rows)
        seconds += time.process_time() - start
        passes += 1
    return passes * len(rows) / seconds


def run() -> Iterator[dict[str, object]]:
    """Yield one figure for each size: the median rows a second of several runs.

    The sizes take turns, so that a machine that slows down slows both.
    """
    tables = {size: sample_rows(size) for size in SIZES}
    measured: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(RUNS):
        for size, rows in tables.items():
            measured[size].append(rows_per_second(rows))
    for size, speeds in measured.items():
        speed = round(statistics.median(speeds))
        yield {"bench": "token_f1", "rows": size, "rows_per_s": speed, "clock": "processor"}
