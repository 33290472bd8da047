"""Tell an image's format from its first bytes; names and declared types are not believed."""

from __future__ import annotations

from src.domain.errors import ImageRejected
from src.images import jpeg, png
from src.images.limits import Format, Limits

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OTHERS = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"%PDF", "a PDF"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"8BPS", "a Photoshop file"),
    (b"PK\3\4", "a ZIP archive"),
)
_TEXT_LOOKED_AT = 1024


def format_of(raw: bytes, limits: Limits) -> Format:
    """Return the format the bytes are in, refusing what the limits do not name."""
    if not raw:
        raise ImageRejected("truncated", "the file is empty; export it again")
    found = _known(raw)
    if found is None or found not in limits.formats:
        accepted = ", ".join(limits.formats)
        kind = found or _guess(raw)
        raise ImageRejected(
            "unsupported_format", f"it is {kind}, not one of {accepted}; save it as PNG"
        )
    return found


def _known(raw: bytes) -> Format | None:
    if raw.startswith(png.SIGNATURE):
        return "PNG"
    if raw.startswith(jpeg.START + b"\xff"):
        return "JPEG"
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "WEBP"
    return "TIFF" if raw.startswith(_TIFF_STARTS) else None


def _guess(raw: bytes) -> str:
    """Name what the file is instead, so that the reader knows what to convert."""
    for start, kind in _OTHERS:
        if raw.startswith(start):
            return kind
    if raw[128:132] == b"DICM":
        return "a DICOM file"
    if raw[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    if b"<svg" in raw[:_TEXT_LOOKED_AT].lower():
        return "an SVG drawing"
    return "of an unknown kind"
