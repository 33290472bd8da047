"""How many images a second go the whole way: decode, canonical copy, small copies, hash, store."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from src.domain.errors import ImageRejected
from src.images.store import FolderStore
from src.images.workshop import Workshop

SEED = 20261120
IMAGES = 120
WIDTH, HEIGHT = 1200, 900
_NOISE = 12.0
_SAMPLE_SECONDS = 0.05


def run() -> Iterator[dict[str, float | int | str]]:
    """Yield the rate on noisy JPEGs of 1200 by 900, starting the child processes included."""
    raws = list(_jpegs())
    with tempfile.TemporaryDirectory() as place, PeakMemory() as peak:
        began = time.perf_counter()
        workers = _store_all(Path(place), raws, peak)
        seconds = time.perf_counter() - began
    yield {
        "bench": "image_copies",
        "images_per_s": round(IMAGES / seconds, 1),
        "n": IMAGES,
        "workers": workers,
        "mean_kb": round(sum(map(len, raws)) / len(raws) / 1000),
        "peak_mb": round(peak.megabytes),
    }


def _store_all(place: Path, raws: list[bytes], peak: PeakMemory) -> int:
    jobs = ((number, raw, f"{number}.jpg") for number, raw in enumerate(raws))
    with FolderStore(place).stage() as staging, Workshop(staging.folder) as workshop:
        peak.watch(workshop)
        for number, result in workshop.prepare(jobs):
            if isinstance(result, ImageRejected):
                raise RuntimeError(f"image {number} of the benchmark was refused: {result}")
        workers = len(workshop.pids)
        staging.commit()
    return workers


def _jpegs() -> Iterator[bytes]:
    """Draw soft shapes under noise, as in ultrasound and photographs; no two alike."""
    chance = np.random.default_rng(SEED)
    down, across = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    for _ in range(IMAGES):
        centre = chance.uniform(0.2, 0.8, 2) * (HEIGHT, WIDTH)
        glow = 180 * np.exp(-((down - centre[0]) ** 2 + (across - centre[1]) ** 2) / 90_000)
        noise = chance.standard_normal((HEIGHT, WIDTH, 3), dtype=np.float32) * _NOISE
        pixels = np.clip(30 + glow[:, :, None] + noise, 0, 255).astype(np.uint8)
        target = BytesIO()
        Image.fromarray(pixels).save(target, "JPEG", quality=85)
        yield target.getvalue()


class PeakMemory:
    """Samples how much memory this process and the children of a workshop hold together."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._done = threading.Event()
        self._workshop: Workshop | None = None
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def watch(self, workshop: Workshop) -> None:
        """Count the children of this workshop too."""
        self._workshop = workshop

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            children = self._workshop.pids if self._workshop else ()
            held = _resident_mb("self") + sum(_resident_mb(str(pid)) for pid in children)
            self.megabytes = max(self.megabytes, held)


def _resident_mb(pid: str) -> float:
    """Return the resident memory of a process; 0 when it has just gone or on another system."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(found[0].split()[1]) / 1000 if found else 0.0


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure))
