"""Read a JPEG segment by segment and leave out what is not picture or colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from src.domain.errors import ImageRejected
from src.images.bare import UPRIGHT, Bare, checked, damaged, each_once, orientation_of, truncated
from src.images.limits import Limits

START = b"\xff\xd8"
_SCAN = 0xDA
_EOI = 0xD9
_COMMENT = 0xFE
_MOST_SCANS = 100
"""Progressive pictures have about ten; each costs a pass over all pixels, however small it is."""
_CODED = 0x00
"""Not a marker: our name for the data that follows a start of scan."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start of frame in all its kinds; C4, C8 and CC between them are tables."""
_APPLICATION_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Application segments that say what the numbers mean."""
_STANDALONE = frozenset(range(0xD0, 0xD9)) | {0x01}
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Inside coded data FF00 is a stuffed byte, FFFF is filling and FFD0 to FFD7 are restarts."""


class Segment(NamedTuple):
    """One marker with its parameters, or the coded data that follows a start of scan."""

    marker: int
    payload: bytes
    raw: bytes
    end: int
    """Where the next one begins."""


def bare_jpeg(raw: bytes, limits: Limits) -> Bare:
    """Return the JPEG without metadata: coded data, JFIF, ICC and Adobe segments as they were.

    What follows the end of the picture goes too: phones keep further pictures (MPO) there,
    which no browser shows. Only the first picture is the image.
    """
    kept, removed = [START], list[str]()
    size, orientation, end = None, None, 0
    for segment in _segments(raw):
        end = segment.end
        if segment.marker in _FRAMES and size is None:
            size = checked(*_size_in(segment), limits)
        if _belongs_to_picture(segment):
            kept.append(segment.raw)
            continue
        removed.append(_name_of(segment))
        if orientation is None and segment.payload.startswith(b"Exif\0\0"):
            orientation = orientation_of(segment.payload)
    if size is None:
        raise damaged("no picture in it")
    data = b"".join(kept)
    if raw[end:].strip(b"\0"):
        removed.append("after the end")
    return Bare(data, *size, orientation or UPRIGHT, each_once(removed))


def _segments(raw: bytes) -> Iterator[Segment]:
    """Yield the segments up to and with the end of the picture."""
    position, scans = len(START), 0
    while True:
        marker, after = _marker_at(raw, position)
        end = _end_of_segment(raw, marker, after)
        yield Segment(marker, raw[after + 2 : end], raw[after - 2 : end], end)
        if marker == _EOI:
            return
        if marker == _SCAN:
            scans += 1
            if scans > _MOST_SCANS:
                raise ImageRejected("bomb", f"it has more than {_MOST_SCANS} scans; save it again")
            data_end = _end_of_scan(raw, end)
            yield Segment(_CODED, b"", raw[end:data_end], data_end)
            end = data_end
        position = end


def _marker_at(raw: bytes, position: int) -> tuple[int, int]:
    """Return the marker at a position and where its parameters begin, skipping fill bytes."""
    start = position
    while raw[position : position + 1] == b"\xff":
        position += 1
    if position >= len(raw):
        raise truncated("the end marker is missing")
    if position == start:
        raise damaged(f"no marker at byte {start}")
    return raw[position], position + 1


def _end_of_segment(raw: bytes, marker: int, after: int) -> int:
    if marker == _EOI or marker in _STANDALONE:
        return after
    length = int.from_bytes(raw[after : after + 2])
    if after + max(length, 2) > len(raw):
        raise truncated(f"inside the segment at byte {after - 2}")
    if length < 2:
        raise damaged(f"a segment of impossible length at byte {after - 2}")
    return after + length


def _end_of_scan(raw: bytes, start: int) -> int:
    found = _MARKER_IN_SCAN.search(raw, start)
    if found is None:
        raise truncated("inside the coded data")
    return found.start()


def _size_in(segment: Segment) -> tuple[int, int]:
    """Return width and height; the file has them the other way round."""
    return int.from_bytes(segment.payload[3:5]), int.from_bytes(segment.payload[1:3])


def _belongs_to_picture(segment: Segment) -> bool:
    """Tell whether decoding or showing the picture needs the segment."""
    if segment.marker == _COMMENT:
        return False
    if not 0xE0 <= segment.marker <= 0xEF:
        return True
    prefix = _APPLICATION_KEPT.get(segment.marker)
    return prefix is not None and segment.payload.startswith(prefix)


_KNOWN = (
    (0xE0, b"JFXX", "JFXX"),
    (0xE1, b"Exif\0", "EXIF"),
    (0xE1, b"http://ns.adobe.com/", "XMP"),
    (0xE2, b"MPF\0", "MPF"),
    (0xED, b"Photoshop 3.0", "IPTC"),
)


def _name_of(segment: Segment) -> str:
    if segment.marker == _COMMENT:
        return "COM"
    for marker, prefix, name in _KNOWN:
        if segment.marker == marker and segment.payload.startswith(prefix):
            return name
    return f"APP{segment.marker - 0xE0}"
