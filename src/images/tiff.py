"""Read a TIFF as pixels that a PNG can hold exactly, or say why it cannot."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, TiffImagePlugin, TiffTags

from src.domain.errors import ImageRejected
from src.images.bare import UPRIGHT, several_frames

_EXACT_IN_PNG = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
_BITS, _PHOTOMETRIC, _ORIENTATION, _ALPHA = 258, 262, 274, 338
_WHITE_IS_ZERO = 0
_PREMULTIPLIED = 1
_STRUCTURE = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 282}
    | {283, 284, 290, 291, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325}
    | {332, 338, 339, 340, 341, 342, 347, 512, 513, 514, 529, 530, 531, 532, 34675}
)
"""Tags that describe how the picture is laid out; all others are metadata."""


def open_tiff(raw: bytes) -> TiffImagePlugin.TiffImageFile:
    """Return the TIFF with its header read, refusing several pages."""
    picture = Image.open(BytesIO(raw), formats=("TIFF",))
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        raise TypeError(f"not a TIFF: {picture!r}")
    if picture.is_animated:
        raise several_frames("a TIFF of several pages")
    return picture


def exact_pixels(tiff: TiffImagePlugin.TiffImageFile) -> Image.Image:
    """Return the pixels, upright, in a mode PNG can hold without loss."""
    _refuse_inexact(tiff)
    photometric = tiff.tag_v2.get(_PHOTOMETRIC)
    tiff.load()
    if tiff.mode.startswith("I;16"):
        return _native_grey(tiff, inverted=photometric == _WHITE_IS_ZERO)
    return tiff


def _refuse_inexact(tiff: TiffImagePlugin.TiffImageFile) -> None:
    """Refuse what a PNG, or Pillow on the way to it, would round."""
    deep = tiff.mode.startswith("I;16")
    if not deep and tiff.mode not in _EXACT_IN_PNG:
        raise _inexact(f"pixels of kind {tiff.mode}")
    if not deep and max(_numbers(tiff.tag_v2.get(_BITS, 1))) > 8:
        raise _inexact("colours of more than 8 bits")
    if _PREMULTIPLIED in _numbers(tiff.tag_v2.get(_ALPHA)):
        raise _inexact("colours already multiplied by their transparency")


def turned(tiff: TiffImagePlugin.TiffImageFile) -> bool:
    """Tell whether decoding applies an orientation; ask before decoding."""
    return tiff.tag_v2.get(_ORIENTATION, UPRIGHT) in range(2, 9)


def metadata_in(tiff: TiffImagePlugin.TiffImageFile) -> tuple[str, ...]:
    """Return the names of the tags that are not needed to decode the picture."""
    return tuple(TiffTags.lookup(tag).name for tag in tiff.tag_v2 if tag not in _STRUCTURE)


def _native_grey(tiff: Image.Image, inverted: bool) -> Image.Image:
    """Return 16-bit grey in this machine's byte order; PNG knows only that 0 is black."""
    values = np.asarray(tiff).astype(np.uint16)
    grey = Image.fromarray(np.invert(values) if inverted else values)
    if "icc_profile" in tiff.info:
        grey.info["icc_profile"] = tiff.info["icc_profile"]
    return grey


def _numbers(tag: object) -> tuple[int, ...]:
    values = tag if isinstance(tag, tuple) else (tag,)
    return tuple(value for value in values if isinstance(value, int))


def _inexact(what: str) -> ImageRejected:
    return ImageRejected(
        "unsupported_mode",
        f"it is a TIFF with {what}, which cannot be kept exactly and shown; "
        "save it as RGB of 8 bits or grey of 16 bits",
    )
