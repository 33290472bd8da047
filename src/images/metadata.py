"""What a picture's file says in words beside the picture: read before it is taken away."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import ExifTags, Image, IptcImagePlugin

from src.domain.errors import ImageRejected
from src.images.png import SIGNATURE, Chunk, chunks_of

LONGEST = 2_000
"""Characters kept of one text."""
MOST = 40
"""Texts kept of one file."""
_EXIF_IFD = 0x8769
_WINDOWS_TEXT = frozenset(range(0x9C9B, 0x9CA0))
"""Title, comment, author, keywords and subject as Windows writes them, in UTF-16."""
_CHARSETS = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16", b"\0" * 8: "utf-8"}
_FAULTS = (
    ArithmeticError, AttributeError, Image.DecompressionBombError, ImageRejected, LookupError,
    OSError, RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow and our own readers raise on metadata that is not as it should be."""
_MARKUP = re.compile(r"<[^>]*>")
_UNSEEN = re.compile(r"[\0-\x1f\x7f\s]+")


def texts_of(raw: bytes) -> dict[str, str]:
    """Return name -> text of comments, titles, EXIF, IPTC and XMP; none where they are damaged.

    The file was accepted already: what its texts are like never refuses an image.
    """
    found: dict[str, str] = {}
    try:
        for name, text in _texts(raw):
            shown = _UNSEEN.sub(" ", text).strip()[:LONGEST]
            if shown and len(found) < MOST:
                found.setdefault(_UNSEEN.sub(" ", name), shown)
    except _FAULTS:
        return found
    return found


def _texts(raw: bytes) -> Iterator[tuple[str, str]]:
    if raw.startswith(SIGNATURE):
        for chunk in chunks_of(raw):
            yield from _of_chunk(chunk)
    with Image.open(BytesIO(raw)) as image:
        for key, name in (("comment", "COM"), ("xmp", "XMP")):
            if (said := image.info.get(key)) is not None:
                yield name, _MARKUP.sub(" ", _decoded(said))
        yield from _of_exif(image.getexif())
        for (record, number), said in (IptcImagePlugin.getiptcinfo(image) or {}).items():
            for part in said if isinstance(said, list) else [said]:
                yield f"IPTC:{record}:{number}", _decoded(part)


def _of_chunk(chunk: Chunk) -> Iterator[tuple[str, str]]:
    """Yield the text of a PNG's text chunk, under its keyword."""
    kind = chunk.kind.decode("latin-1")
    keyword, _, rest = chunk.content.partition(b"\0")
    if kind == "tEXt":
        text = rest.decode("latin-1")
    elif kind == "zTXt":
        text = zlib.decompress(rest[1:]).decode("latin-1")
    elif kind == "iTXt":
        packed, body = rest[:1] == b"\1", b"".join(rest[2:].split(b"\0", 2)[2:])
        text = (zlib.decompress(body) if packed else body).decode("utf-8", "replace")
    else:
        return
    name = keyword[:79].decode("latin-1")
    yield f"{kind}:{name}", _MARKUP.sub(" ", text) if name.startswith("XML:") else text


def _of_exif(exif: Image.Exif) -> Iterator[tuple[str, str]]:
    for tag, said in [*exif.items(), *exif.get_ifd(_EXIF_IFD).items()]:
        name = f"EXIF:{ExifTags.TAGS.get(tag, tag)}"
        if tag in _WINDOWS_TEXT and isinstance(said, bytes):
            yield name, said.decode("utf-16-le", "replace")
        elif isinstance(said, bytes) and said[:8] in _CHARSETS:
            yield name, said[8:].decode(_CHARSETS[said[:8]], "replace")
        elif isinstance(said, str):
            yield name, said


def _decoded(said: str | bytes) -> str:
    return said if isinstance(said, str) else said.decode("utf-8", "replace")
