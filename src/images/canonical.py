"""Make the canonical copy of an image and what is shown of it; runs inside the child process."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, PngImagePlugin

from src.domain.errors import ImageRejected
from src.domain.image import ImageRecord
from src.images import display, png, tiff
from src.images.bare import UPRIGHT, Bare, checked, damaged
from src.images.formats import format_of
from src.images.jpeg import bare_jpeg
from src.images.limits import MEBIBYTE, MEGABYTE, Format, Limits
from src.images.metadata import texts_of
from src.images.phash import perceptual_hash
from src.images.webp import bare_webp

MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_READERS: dict[Format, Callable[[bytes, Limits], Bare]] = {
    "JPEG": bare_jpeg,
    "PNG": png.bare_png,
    "WEBP": bare_webp,
}
_SUFFIXES: dict[Format, str] = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
_UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PNG_EFFORT = 4
"""Within 1 % of the smallest on radiographs, in up to half the time."""
_FAULTS = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError)
_FAULTS_OF_DECODERS = (*_FAULTS, RuntimeError, AttributeError, struct.error, zlib.error)
"""What Pillow and our own readers raise on damaged files."""


@dataclass(frozen=True)
class Copies:
    """What is known of an image and the files to keep, by name: full.jpg, thumb.webp, ..."""

    record: ImageRecord
    files: dict[str, bytes]


@dataclass(frozen=True)
class _Full:
    """The canonical copy, and the same picture opened for display."""

    data: bytes
    suffix: str
    picture: Image.Image
    turned: bool
    removed: tuple[str, ...]


def make_copies(raw: bytes, name: str, limits: Limits) -> Copies:
    """Return the canonical copy of an image and its display copies, or raise ImageRejected.

    Making copies of a canonical copy gives the same canonical copy, byte for byte.
    """
    try:
        return _copies(raw, name, limits)
    except ImageRejected as refusal:
        raise refused(name, refusal.rule, refusal.message) from refusal
    except Image.DecompressionBombError as fault:
        raise refused(name, "too_large", "it declares far too many pixels") from fault
    except MemoryError as fault:
        raise refused(name, "memory", _too_hungry(limits)) from fault
    except _FAULTS_OF_DECODERS as fault:
        rule, reason = _reading(str(fault), limits)
        raise refused(name, rule, reason) from fault


def refused(name: str, rule: str, reason: str) -> ImageRejected:
    """Return the refusal as people read it."""
    return ImageRejected(rule, f"The image {name!r} was refused: {reason}.")


def refuse_heavy(raw: bytes, limits: Limits) -> None:
    """Refuse more bytes than one image may have."""
    if len(raw) > limits.max_bytes:
        most = limits.max_bytes / MEGABYTE
        raise ImageRejected(
            "too_large", f"it has {len(raw) / MEGABYTE:.1f} MB, at most {most:g} MB are taken"
        )


def _copies(raw: bytes, name: str, limits: Limits) -> Copies:
    refuse_heavy(raw, limits)
    full = _full_copy(raw, limits)
    width, height = full.picture.size
    mode, deep = full.picture.mode, display.is_deep(full.picture)
    files, looks = _display_copies(full, deep)
    record = ImageRecord(
        sha256=hashlib.sha256(full.data).hexdigest(),
        width=width,
        height=height,
        mode=mode,
        media_type=MEDIA_TYPES[full.suffix],
        byte_size=len(full.data),
        original_sha256=hashlib.sha256(raw).hexdigest(),
        original_name=name,
        phash=looks,
        tags_found=full.removed,
        texts=texts_of(raw) if full.removed else {},
        windowed=deep,
        turned=full.turned,
    )
    return Copies(record, {f"full{full.suffix}": full.data, **files})


def _full_copy(raw: bytes, limits: Limits) -> _Full:
    found = format_of(raw, limits)
    if found == "TIFF":
        return _from_tiff(raw, limits)
    bare = _READERS[found](raw, limits)
    picture = Image.open(BytesIO(bare.data), formats=(found,))
    if picture.size != (bare.width, bare.height):
        raise damaged("it declares two different sizes")
    if bare.orientation == UPRIGHT:
        return _Full(bare.data, _SUFFIXES[found], picture, turned=False, removed=bare.removed)
    return _turned(picture, bare)


def _from_tiff(raw: bytes, limits: Limits) -> _Full:
    source = tiff.open_tiff(raw)
    checked(*source.size, limits)
    turned, removed = tiff.turned(source), tiff.metadata_in(source)
    pixels = tiff.exact_pixels(source)
    return _Full(_as_png(pixels), ".png", pixels, turned, removed)


def _turned(picture: Image.Image, bare: Bare) -> _Full:
    """Return the picture upright as a lossless PNG, its colour description kept."""
    if picture.mode == "CMYK" or _drops_bits(picture, bare.data):
        raise ImageRejected(
            "unsupported_mode",
            "it is turned by its EXIF orientation and has colours (CMYK or 16 bits each) that "
            "cannot be turned without loss; save it upright",
        )
    colour = _colour_chunks(bare.data)
    upright = picture.transpose(_UPRIGHT_BY[bare.orientation])
    picture.close()
    return _Full(_as_png(upright, colour), ".png", upright, turned=True, removed=bare.removed)


def _drops_bits(picture: Image.Image, data: bytes) -> bool:
    """Tell whether Pillow reads only the upper half of each colour value of this PNG."""
    return picture.format == "PNG" and data[24] == 16 and not display.is_deep(picture)


def _colour_chunks(data: bytes) -> PngImagePlugin.PngInfo:
    """Return what a PNG says about its colours beside the profile, which Pillow carries over."""
    colour = PngImagePlugin.PngInfo()
    if data.startswith(png.SIGNATURE):
        for chunk in png.chunks_of(data):
            if chunk.kind in png.COLOUR - {b"iCCP"}:
                colour.add(chunk.kind, chunk.content)
    return colour


def _as_png(picture: Image.Image, colour: PngImagePlugin.PngInfo | None = None) -> bytes:
    target = BytesIO()
    picture.save(target, "PNG", pnginfo=colour, compress_level=_PNG_EFFORT)
    return target.getvalue()


def _display_copies(full: _Full, deep: bool) -> tuple[dict[str, bytes], str]:
    """Return the display copies by file name, and the perceptual hash of what they show.

    A copy that takes as many bytes as the original (line drawings, tiny pictures) is left out:
    the original is then shown in its place.
    """
    picture, files = full.picture, dict[str, bytes]()
    if deep:
        picture = display.windowed(picture)
        files["shown.png"] = _as_png(picture)
    if deep or max(picture.size) > display.VIEW:
        picture = display.reduced(picture, display.VIEW)
        files["view.webp"] = display.as_webp(picture)
    small = display.reduced(picture, display.THUMB)
    files["thumb.webp"] = display.as_webp(small)
    looks = perceptual_hash(small)
    if deep:
        return files, looks
    return {name: data for name, data in files.items() if len(data) < len(full.data)}, looks


def _reading(fault: str, limits: Limits) -> tuple[str, str]:
    """Turn a decoder's complaint into a rule and a reason."""
    if "truncated" in fault:
        return "truncated", "the file is cut short (the picture ends early); export it again"
    if "memory" in fault:
        return "memory", _too_hungry(limits)
    return "decode_failed", "the file is damaged (its picture cannot be decoded); export it again"


def _too_hungry(limits: Limits) -> str:
    return (
        f"decoding it takes more than {limits.memory // MEBIBYTE:,} MB of memory; make it smaller"
    )
