"""Boxes of an image made black, every other pixel as it was; decoded in a child process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, PngImagePlugin
from pydantic import TypeAdapter

from src.domain.errors import ImageRejected
from src.images import png
from src.images.faults import WorkshopError
from src.images.limits import MEBIBYTE, Limits
from src.images.worker import MESSAGE_MOST, allow_seconds, confine, receive, send
from src.images.workshop import environment

Box = tuple[int, int, int, int]
"""x, y, width, height, in pixels."""
_BOXES = TypeAdapter(list[Box])
_PROJECT = Path(__file__).parents[2]
_BLACK: dict[str, int | tuple[int, ...]] = {
    "1": 0,
    "L": 0,
    "I;16": 0,
    "LA": (0, 255),
    "RGB": (0, 0, 0),
    "RGBA": (0, 0, 0, 255),
}
_DONE, _REFUSED = b"done", b"refused"
_PNG_MOST = 512 * MEBIBYTE


def blacked_out(raw: bytes, boxes: Sequence[Box]) -> bytes:
    """Return a canonical image as a PNG in which the boxes are black and nothing else differs.

    A palette is written out as the colours it stands for. Raises ImageRejected for an image
    whose colours a PNG or Pillow cannot hold exactly (CMYK, 16 bits for each colour).
    """
    picture = Image.open(BytesIO(raw), formats=("PNG", "JPEG", "WEBP"))
    if picture.format == "PNG" and raw[24] == 16 and not picture.mode.startswith("I;16"):
        raise _unfit(
            "16 bits for each colour",
            "Only the upper 8 of them can be read here, so that all of it would change",
        )
    exact, colour = _plain(picture), _colour_chunks(raw)
    if exact.mode == "CMYK":
        raise _unfit(
            "the colours of print (CMYK)",
            "A PNG cannot hold them, and a JPEG that is written again changes everywhere",
        )
    if exact.mode not in _BLACK:
        raise _unfit(
            f"colours of the kind {exact.mode}",
            "A PNG would hold others, so all of it would change",
        )
    for x, y, width, height in boxes:
        exact.paste(_BLACK[exact.mode], (x, y, x + width, y + height))
    target = BytesIO()
    exact.save(target, "PNG", pnginfo=colour, compress_level=4)
    return target.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    """Return the picture in a mode that has a black, with the same colours and transparency."""
    if picture.mode.startswith("I;16") and "transparency" in picture.info:
        raise _unfit(
            "16 bits and a transparent grey",
            "What is transparent would change where it has the grey of the box",
        )
    if picture.mode == "P" or "transparency" in picture.info:
        see_through = "transparency" in picture.info
        plain = picture.convert("RGBA" if see_through else "RGB")
        plain.info.pop("transparency", None)
        return plain
    picture.load()
    return picture


def _colour_chunks(raw: bytes) -> PngImagePlugin.PngInfo:
    """Return what a PNG says about its colours beside the profile, which Pillow carries over."""
    colour = PngImagePlugin.PngInfo()
    if raw.startswith(png.SIGNATURE):
        for chunk in png.chunks_of(raw):
            if chunk.kind in png.COLOUR - {b"iCCP"}:
                colour.add(chunk.kind, chunk.content)
    return colour


def _unfit(what: str, why: str) -> ImageRejected:
    return ImageRejected(
        "unsupported_mode",
        f"This image has {what}. {why}, not only what is blacked. Save the picture with 8 bits "
        "in RGB or grey under its name, import the benchmark again, and mask it then.",
    )


def black_out(raw: bytes, boxes: Sequence[Box], limits: Limits | None = None) -> bytes:
    """Do the same in a child process that can be killed, and return the PNG."""
    bounds = limits or Limits()
    command = [sys.executable, "-m", "src.images.blackout", bounds.model_dump_json()]
    given = BytesIO()
    send(given, _BOXES.dump_json(list(boxes)), raw)
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no outside text
            command,
            input=given.getvalue(),
            capture_output=True,
            cwd=_PROJECT,
            env=environment(),
            timeout=bounds.wall_seconds,
            check=False,
        )
    except OSError as fault:
        raise WorkshopError(
            f"The process that masks images cannot be started: {fault.strerror}."
        ) from fault
    except subprocess.TimeoutExpired as fault:
        raise ImageRejected("timeout", "Masking the image takes too long.") from fault
    said = BytesIO(done.stdout)
    kind, content = receive(said, MESSAGE_MOST), receive(said, _PNG_MOST)
    if kind == _DONE and content is not None:
        return content
    if kind == _REFUSED and content is not None:
        raise ImageRejected("unsupported_mode", content.decode())
    raise ImageRejected("crashed", "The image could not be masked: the decoder broke down on it.")


def main() -> None:
    """Mask one image from standard input."""
    limits = Limits.model_validate_json(sys.argv[1])
    confine(limits)
    allow_seconds(limits.cpu_seconds)
    boxes = receive(sys.stdin.buffer, MESSAGE_MOST)
    raw = receive(sys.stdin.buffer, limits.max_bytes)
    if boxes is None or raw is None:
        return
    try:
        made = blacked_out(raw, _BOXES.validate_json(boxes))
    except ImageRejected as refusal:
        send(sys.stdout.buffer, _REFUSED, refusal.message.encode())
        return
    send(sys.stdout.buffer, _DONE, made)


if __name__ == "__main__":
    main()
