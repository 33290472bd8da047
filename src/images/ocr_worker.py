"""The child process that reads text in images; started by the reader, may die without harm.

Its models lie in the installed packages and are named by path, so nothing is ever downloaded.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from src.images.limits import MEBIBYTE, Limits
from src.images.worker import MESSAGE_MOST, READY, allow_seconds, confine, receive, send

MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
MEMORY = 4096 * MEBIBYTE
"""Address space; a page scanned at 300 dpi takes 1.9 GB of it, half of that in use."""
LEAST_SCORE = 0.5
Line = tuple[str, int, int, int, int, float]
"""Text, x, y, width, height, score."""


class Engine(Protocol):
    """Reads the pixels of an image, blue first."""

    def __call__(self, pixels: NDArray[np.uint8]) -> object:
        """Return an object with boxes, txts and scores of one length, where there is text."""


def load_engine() -> Engine:
    """Return the engine on one thread, its models taken from the installed package."""
    package = import_module("rapidocr")
    folder = Path(str(package.__file__)).parent / "models"
    params: dict[str, object] = {key: str(folder / name) for key, name in MODELS.items()}
    params |= {
        "Global.log_level": "critical",
        "Global.text_score": LEAST_SCORE,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    return cast("Engine", package.RapidOCR(params=params))


def pixels_of(path: Path) -> NDArray[np.uint8]:
    """Return the pixels of an image, blue first; what is transparent is white."""
    with Image.open(path) as image:
        if image.has_transparency_data:
            ground = Image.new("RGBA", image.size, "white")
            shown = Image.alpha_composite(ground, image.convert("RGBA"))
        else:
            shown = image
        return np.ascontiguousarray(np.asarray(shown.convert("RGB"))[:, :, ::-1])


def lines_of(found: object, width: int, height: int) -> Iterator[Line]:
    """Yield each line with the upright box around it, within the image."""
    parts = [getattr(found, name, None) for name in ("boxes", "txts", "scores")]
    if any(part is None for part in parts):
        return
    for corners, text, score in zip(*cast("list[Sequence[Any]]", parts), strict=True):
        left, top = np.floor(corners.min(axis=0)).astype(int).clip(0, (width - 1, height - 1))
        right, bottom = np.ceil(corners.max(axis=0)).astype(int).clip(1, (width, height))
        x, y = int(left), int(top)
        yield text, x, y, max(1, int(right) - x), max(1, int(bottom) - y), round(float(score), 4)


def answer(engine: Engine, path: Path) -> bytes:
    """Read one image and return what to tell the parent."""
    try:
        pixels = pixels_of(path)
        height, width = pixels.shape[:2]
        lines = list(lines_of(engine(pixels), width, height))
    except MemoryError:
        return json.dumps({"fault": "Reading it takes too much memory."}).encode()
    except Exception as fault:  # noqa: BLE001  whatever a library makes of one image
        return json.dumps({"fault": f"The engine failed on it ({type(fault).__name__})."}).encode()
    return json.dumps({"lines": lines}).encode()


def _quiet_output() -> IO[bytes]:
    """Keep standard output for answers: what a library prints goes nowhere."""
    kept = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return kept


def main() -> None:
    """Serve paths of images from standard input until it ends."""
    seconds = int(sys.argv[1])
    source, target = sys.stdin.buffer, _quiet_output()
    confine(Limits(memory=MEMORY))
    engine = load_engine()
    send(target, READY)
    while (path := receive(source, MESSAGE_MOST)) is not None:
        allow_seconds(seconds)
        send(target, answer(engine, Path(path.decode())))


if __name__ == "__main__":
    main()
