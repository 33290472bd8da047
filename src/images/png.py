"""Read a PNG chunk by chunk and leave out what is not picture or colour."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from src.domain.errors import ImageRejected
from src.images.bare import (
    UPRIGHT,
    Bare,
    checked,
    damaged,
    each_once,
    orientation_of,
    several_frames,
    truncated,
)
from src.images.limits import Limits

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR = frozenset({b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"})
"""What says how the numbers look; it holds for a turned picture too."""
_KEPT = COLOUR | {b"IHDR", b"PLTE", b"tRNS", b"sBIT", b"pHYs", b"bKGD", b"IDAT", b"IEND"}
_WHOLE_END = b"\0\0\0\0IEND\xaeB`\x82"


class Chunk(NamedTuple):
    """One chunk: its four-letter kind, its content, and all of its bytes."""

    kind: bytes
    content: bytes
    raw: bytes


def bare_png(raw: bytes, limits: Limits) -> Bare:
    """Return the PNG without texts, EXIF and dates; every byte of picture data as it was."""
    kept, removed = [SIGNATURE], list[str]()
    size, orientation, position = None, UPRIGHT, len(SIGNATURE)
    for chunk in chunks_of(raw):
        position += len(chunk.raw)
        if size and chunk.kind == b"IHDR":
            raise damaged("it has two headers")
        size = size or checked(*_size_in(chunk), limits)
        _refuse_frames(chunk)
        _refuse_bomb(chunk, limits.max_inflated)
        if chunk.kind in _KEPT:
            kept.append(_sound(chunk))
            continue
        if chunk.kind == b"eXIf":
            orientation = orientation_of(chunk.content)
        removed.append(_name_of(chunk))
    if not any(part[4:8] == b"IDAT" for part in kept):
        raise damaged("no picture in it")
    if raw[position:]:
        removed.append("after the end")
    return Bare(b"".join(kept), *(size or (0, 0)), orientation, each_once(removed))


def chunks_of(raw: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to and with the end chunk."""
    position = len(SIGNATURE)
    while True:
        length = int.from_bytes(raw[position : position + 4])
        kind, end = raw[position + 4 : position + 8], position + 12 + length
        if len(kind) < 4 or end > len(raw):
            raise truncated(f"at byte {position} of {len(raw)}")
        yield Chunk(kind, raw[position + 8 : end - 4], raw[position:end])
        if kind == b"IEND":
            return
        position = end


def _size_in(first: Chunk) -> tuple[int, int]:
    if first.kind != b"IHDR" or len(first.content) != 13:
        raise damaged("it does not begin with its header")
    return int.from_bytes(first.content[:4]), int.from_bytes(first.content[4:8])


def _sound(chunk: Chunk) -> bytes:
    """Return the chunk's bytes once its checksum holds.

    The end chunk carries nothing that could be damaged: a wrong checksum there is mended.
    """
    if chunk.kind == b"IEND":
        return _WHOLE_END
    if zlib.crc32(chunk.raw[4:-4]) != int.from_bytes(chunk.raw[-4:]):
        raise damaged(f"the checksum of a part named {chunk.kind.decode('ascii')} is wrong")
    return chunk.raw


def _refuse_frames(chunk: Chunk) -> None:
    frames = int.from_bytes(chunk.content[:4]) if chunk.kind == b"acTL" else 1
    if frames > 1 or chunk.kind == b"fdAT":
        raise several_frames("an animated PNG")


def _refuse_bomb(chunk: Chunk, most: int) -> None:
    """Refuse text and profiles that unfold beyond all measure; no more than `most` is unfolded."""
    packed = _packed_part(chunk)
    if packed is None:
        return
    unfolding = zlib.decompressobj()
    try:
        unfolding.decompress(packed, most)
    except zlib.error as fault:
        if chunk.kind in _KEPT:
            raise damaged("its colour profile cannot be unpacked") from fault
        return
    if unfolding.unconsumed_tail:
        raise ImageRejected(
            "bomb",
            f"a part named {chunk.kind.decode('ascii')} unfolds to more than {most:,} bytes; "
            "save it again without texts",
        )


def _packed_part(chunk: Chunk) -> bytes | None:
    """Return the compressed bytes of a text or profile chunk, None where nothing is compressed."""
    _, _, rest = chunk.content.partition(b"\0")
    if chunk.kind in {b"zTXt", b"iCCP"}:
        return rest[1:]
    if chunk.kind == b"iTXt" and rest[:1] == b"\1":
        return b"".join(rest[2:].split(b"\0", 2)[2:])
    return None


def _name_of(chunk: Chunk) -> str:
    """Name a removed chunk, texts with their keyword."""
    if not chunk.kind.isalpha() or chunk.kind[:1].isupper():
        raise damaged(f"a part of unknown kind {chunk.kind!r}")
    kind = chunk.kind.decode("ascii")
    if kind in {"tEXt", "zTXt", "iTXt"}:
        keyword = chunk.content.partition(b"\0")[0][:79].decode("latin-1")
        return f"{kind}:{keyword}" if keyword.isprintable() else kind
    return "EXIF" if kind == "eXIf" else kind
