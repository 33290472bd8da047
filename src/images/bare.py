"""An image file without its metadata, and what every format's reader needs to make one."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from src.domain.errors import ImageRejected
from src.images.limits import MEGABYTE, Limits

UPRIGHT = 1
_ORIENTATION_TAG = 0x0112
_SHORT = 3
_NAMES_KEPT = 100


@dataclass(frozen=True)
class Bare:
    """An image file whose pixels and colour description are the original's, byte for byte."""

    data: bytes
    width: int
    height: int
    orientation: int
    """As EXIF counts: 1 is upright, 2 to 8 are mirrored or turned."""
    removed: tuple[str, ...]
    """Names of what the original carried beside its picture, each once, in file order."""


def checked(width: int, height: int, limits: Limits) -> tuple[int, int]:
    """Return the size a header declares, refusing it before memory is taken for a pixel."""
    if not width or not height:
        raise damaged("it declares no width or height")
    if width * height > limits.max_pixels or max(width, height) > limits.max_side:
        raise ImageRejected(
            "too_large",
            f"it declares {width:,} by {height:,} pixels; at most {limits.max_side:,} on a side "
            f"and {limits.max_pixels / MEGABYTE:g} million in all are taken",
        )
    return width, height


def truncated(what: str) -> ImageRejected:
    """Name the place where the file ends too early."""
    return ImageRejected("truncated", f"the file is cut short ({what}); export it again")


def damaged(what: str) -> ImageRejected:
    """Name what in the file cannot be read."""
    return ImageRejected("decode_failed", f"the file is damaged ({what}); export it again")


def several_frames(what: str) -> ImageRejected:
    """Say that only single pictures are taken."""
    return ImageRejected(
        "multi_frame", f"it holds more than one picture ({what}); save each picture as its own file"
    )


def each_once(names: list[str]) -> tuple[str, ...]:
    """Return the names in their order without repetitions, at most so many and a count."""
    different = tuple(dict.fromkeys(names))
    rest = len(different) - _NAMES_KEPT
    return different if rest <= 0 else (*different[:_NAMES_KEPT], f"{rest:,} more")


def orientation_of(exif: bytes) -> int:
    """Return the orientation an EXIF block declares, 1 when it declares none or nonsense.

    Only the first directory is read, as browsers do: what they show is what was annotated.
    """
    block = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return UPRIGHT
    (start,) = struct.unpack_from(f"{order}I", block, 4)
    if start + 2 > len(block):
        return UPRIGHT
    (entries,) = struct.unpack_from(f"{order}H", block, start)
    for number in range(min(entries, (len(block) - start - 2) // 12)):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", block, start + 2 + 12 * number)
        if tag == _ORIENTATION_TAG:
            return int(value) if kind == _SHORT and 1 <= value <= 8 else UPRIGHT
    return UPRIGHT
