"""Read a WebP chunk by chunk and leave out what is not picture or colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

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

_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"})
_HEADER = 12
_SAYS_EXIF, _SAYS_XMP, _SAYS_ANIMATED = 0x08, 0x04, 0x02


class Chunk(NamedTuple):
    """One chunk of a RIFF container: its four-letter kind and its content."""

    kind: bytes
    content: bytes


def bare_webp(raw: bytes, limits: Limits) -> Bare:
    """Return the WebP without EXIF, XMP and unknown parts; its coded picture as it was."""
    kept, removed = list[bytes](), list[str]()
    size, orientation = None, UPRIGHT
    for chunk in _chunks(raw):
        _refuse_frames(chunk)
        if size is None and (declared := _size_in(chunk)):
            size = checked(*declared, limits)
        if chunk.kind in _KEPT:
            kept.append(_packed(_without_promises(chunk)))
            continue
        if chunk.kind == b"EXIF":
            orientation = orientation_of(chunk.content)
        removed.append(_name_of(chunk))
    if size is None or not any(part[:4] in {b"VP8 ", b"VP8L"} for part in kept):
        raise damaged("no picture in it")
    if raw[8 + int.from_bytes(raw[4:8], "little") :].strip(b"\0"):
        removed.append("after the end")
    body = b"WEBP" + b"".join(kept)
    data = b"RIFF" + len(body).to_bytes(4, "little") + body
    return Bare(data, *size, orientation, each_once(removed))


def _chunks(raw: bytes) -> Iterator[Chunk]:
    end = 8 + int.from_bytes(raw[4:8], "little")
    if end > len(raw) + 1:  # some writers leave out the last padding byte
        raise truncated(f"{end:,} bytes declared, {len(raw):,} there")
    position = _HEADER
    while position + 8 <= min(end, len(raw)):
        length = int.from_bytes(raw[position + 4 : position + 8], "little")
        if position + 8 + length > len(raw):
            raise truncated(f"at byte {position} of {len(raw)}")
        yield Chunk(raw[position : position + 4], raw[position + 8 : position + 8 + length])
        position += 8 + length + length % 2


def _packed(chunk: Chunk) -> bytes:
    padding = b"\0" * (len(chunk.content) % 2)
    return chunk.kind + len(chunk.content).to_bytes(4, "little") + chunk.content + padding


def _without_promises(chunk: Chunk) -> Chunk:
    """Clear the flags by which the extended header announces EXIF and XMP."""
    if chunk.kind != b"VP8X":
        return chunk
    flags = chunk.content[0] & ~(_SAYS_EXIF | _SAYS_XMP)
    return Chunk(chunk.kind, bytes([flags]) + chunk.content[1:])


def _refuse_frames(chunk: Chunk) -> None:
    animated = chunk.kind == b"VP8X" and chunk.content[:1] and chunk.content[0] & _SAYS_ANIMATED
    if animated or chunk.kind in {b"ANIM", b"ANMF"}:
        raise several_frames("an animated WebP")


def _size_in(chunk: Chunk) -> tuple[int, int] | None:
    """Return the size a header chunk declares, None for the other kinds."""
    content = chunk.content
    if chunk.kind == b"VP8X" and len(content) >= 10:
        return _number(content[4:7]) + 1, _number(content[7:10]) + 1
    if chunk.kind == b"VP8L" and len(content) >= 5:
        bits = _number(content[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk.kind == b"VP8 " and len(content) >= 10:
        return _number(content[6:8]) & 0x3FFF, _number(content[8:10]) & 0x3FFF
    if chunk.kind in {b"VP8X", b"VP8L", b"VP8 "}:
        raise truncated("inside the header")
    return None


def _name_of(chunk: Chunk) -> str:
    name = chunk.kind.decode("latin-1").strip()
    return name if name.isprintable() else "unknown part"


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")
