"""What is known of one stored image."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ImageRecord(BaseModel, frozen=True, extra="forbid"):
    """One image as it is kept: the canonical full copy and what it was made from.

    Boxes and evidence refer to the pixels of the canonical copy, found by `sha256`.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the bytes of the canonical full copy."""
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    mode: str
    """Pillow's mode of the canonical copy: L, RGB, RGBA, I;16, ..."""
    media_type: str
    """Of the canonical full copy: image/jpeg or image/png, image/webp, image/tiff."""
    byte_size: int = Field(ge=1)
    original_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    original_name: str = ""
    phash: str | None = None
    tags_found: tuple[str, ...] = ()
    """Names of the metadata removed from the original, such as 'EXIF', 'COM', 'tEXt:Title'."""
    texts: dict[str, str] = Field(default_factory=dict)
    """Name -> text of the metadata removed: scanned for leaks, and in no export."""
    windowed: bool = False
    """True when the display copies show a window of deeper data (16 bit)."""
    turned: bool = False
    """True when the original carried an orientation that was applied to the pixels."""
