"""What is known of one stored image."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

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
    """Name -> text of the metadata removed, of the file that `original_sha256` names alone: what
    is scanned are the `ImageTexts` of each item."""
    windowed: bool = False
    """True when the display copies show a window of deeper data (16 bit)."""
    turned: bool = False
    """True when the original carried an orientation that was applied to the pixels."""


PATH = "path"
"""Stands among the texts for the path by which the benchmark names the file, with its folders."""


class ImageTexts(BaseModel, frozen=True, extra="forbid"):
    """What the file of one image of an item version said beside its picture; in no export.

    Files with the same pixels are one stored picture, yet each says its own.
    """

    item_id: str
    version: int = Field(ge=1)
    position: int = Field(ge=1)
    number: int = Field(ge=0)
    """From 1 on in the order in which files brought them. 0: brought over from the picture, from
    before every item had its own; no event proves it."""
    texts: dict[str, str]
    """Name -> text."""
    at: datetime


def said_by(texts: Iterable[ImageTexts]) -> dict[int, dict[str, str]]:
    """Return position -> name -> text of one item version; two texts of one name stand in lines."""
    found: dict[int, dict[str, list[str]]] = {}
    for one in texts:
        names = found.setdefault(one.position, {})
        for name, said in one.texts.items():
            if said not in names.setdefault(name, []):
                names[name].append(said)
    return {
        position: {name: "\n".join(said) for name, said in names.items()}
        for position, names in found.items()
    }
