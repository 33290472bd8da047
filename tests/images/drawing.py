"""Draws the images the tests use: small, asymmetric, in every format, mode and kind of damage."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

MARKER = (250, 10, 10)
"""The colour of the block in the top left corner, where it must stay."""


def picture(mode: str = "RGB", size: tuple[int, int] = (48, 32)) -> Image.Image:
    """A gradient with a marked top left corner, in a mode."""
    width, height = size
    down, across = np.mgrid[:height, :width]
    if mode.startswith("I;16"):
        grey = ((down * 613 + across * 401) % 60000 + 300).astype(np.uint16)
        return Image.fromarray(grey)
    bands = [across * 5 % 256, down * 7 % 256, (across + down) * 3 % 256]
    drawn = Image.fromarray(np.stack(bands, axis=-1).astype(np.uint8))
    drawn.paste(MARKER, (0, 0, width // 4, height // 4))
    if mode in {"RGBA", "LA"}:
        drawn.putalpha(Image.fromarray((across * 4 % 256).astype(np.uint8)))
    return drawn.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def same_pixels(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures look the same in every pixel, transparency included."""
    if one.size != other.size:
        return False
    if one.mode.startswith("I;16") or other.mode.startswith("I;16"):
        return np.array_equal(np.asarray(one), np.asarray(other))
    return one.convert("RGBA").tobytes() == other.convert("RGBA").tobytes()


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010E] = "Patient Amara Okafor"
    return block.tobytes()


@cache
def profile() -> bytes:
    """Return a colour profile; made once, for it holds the second it was made in."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def segment(marker: int, payload: bytes) -> bytes:
    """A JPEG segment."""
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2) + payload


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with segments put behind its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    checksum = zlib.crc32(kind + content)
    return len(content).to_bytes(4) + kind + content + checksum.to_bytes(4)


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """The PNG with chunks put behind its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and has no picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def png_bomb(side: int) -> bytes:
    """A black grey PNG: a small file with very many pixels."""
    packer = zlib.compressobj(9)
    row = b"\0" * (side + 1)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
