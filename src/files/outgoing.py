"""What a writer is given: items as a release has them, images only where they may be passed on."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from src.domain.departure import ToldReader
from src.domain.errors import DatabaseError
from src.domain.gold import Gold
from src.domain.image import ImageRecord
from src.domain.item import Item, Track

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/tiff": "tiff",
}
Pixels = Literal["kept", "shown"]
"""The canonical copy, or its 8-bit picture where it is deeper than screens and models take."""


class LeftOutItem(BaseModel, frozen=True, extra="forbid"):
    """An item of a release that an export does not hold, and why."""

    item_id: str
    reason: str


class OutgoingImage(BaseModel, frozen=True, extra="forbid"):
    """One image of an item, in the place gold gives it; its bytes only where they may go out."""

    position: int = Field(ge=1)
    """In gold's order, counted from 1."""
    imported_position: int = Field(ge=1)
    """In the item's own order, which claims and captions name."""
    record: ImageRecord
    slot_name: str = ""
    caption: str = ""
    name: str = ""
    files: dict[Pixels, Path] = Field(default_factory=dict)
    left_out: str = ""
    """Why the image is not in the export; empty where it is."""
    licence_unknown: bool = False

    @property
    def path(self) -> str:
        """Where the canonical copy lies in an export, by its content."""
        return f"images/{self.record.sha256}.{EXTENSIONS[self.record.media_type]}"

    def read(self, pixels: Pixels = "kept") -> bytes:
        """Return the bytes; raise DatabaseError when the canonical copy is no longer itself."""
        content = self.files[pixels].read_bytes()
        if pixels == "kept" or self.files[pixels] == self.files["kept"]:
            require_same(hashlib.sha256(content).hexdigest(), self.record.sha256)
        return content

    def base64(self, pixels: Pixels = "kept") -> str:
        """Return the bytes as base64."""
        return base64.b64encode(self.read(pixels)).decode("ascii")

    def suffix(self, pixels: Pixels = "kept") -> str:
        """Return how the file's name ends, with its dot."""
        return self.files[pixels].suffix

    def copy_into(self, folder: Path) -> str:
        """Write the canonical copy to its place in a folder, once; return that place."""
        target = folder / self.path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.read())
        return self.path


class ReaderLine(BaseModel, frozen=True, extra="forbid"):
    """What one reader, by a pseudonym, said of one criterion."""

    reader: str
    wanted: bool
    """Kept or reworded it, or added it; False: deleted it, or did not add it."""
    as_released: bool
    """Wants it with exactly the words, scale and points it has in gold, or gone as in gold."""


class OutgoingItem(BaseModel, frozen=True, extra="forbid"):
    """One item of a release, ready to be written in any format."""

    item: Item
    gold: Gold
    images: tuple[OutgoingImage, ...] = ()
    readers: dict[str, tuple[ReaderLine, ...]] = Field(default_factory=dict)
    """Criterion -> what each reader said of it; empty where a format does not ask for it."""

    @property
    def dataset(self) -> str:
        """The first part of the item's id."""
        return self.item.item_id.partition(f"/{self.item.track.value}/")[0]

    @property
    def index(self) -> str:
        """The last part of the item's id."""
        return self.item.item_id.partition(f"/{self.item.track.value}/")[2]

    @property
    def track(self) -> Track:
        """The item's track."""
        return self.item.track

    @property
    def accepted(self) -> bool:
        """False when its readers rejected it."""
        return self.gold.status == "accepted"

    @property
    def passed_on(self) -> tuple[OutgoingImage, ...]:
        """The images that are in the export."""
        return tuple(image for image in self.images if not image.left_out)

    def image_of(self, sha256: str) -> OutgoingImage | None:
        """Return the first place of a picture in the item, or None."""
        return next((image for image in self.images if image.record.sha256 == sha256), None)


class ReleaseFacts(BaseModel, frozen=True, extra="forbid"):
    """What is known of a release as a whole before its items are written."""

    number: int
    sha256: str
    made_at: datetime
    notes: str = ""
    head: dict[str, int | str] = Field(default_factory=dict)
    """Of the event log when the release was made: seq, hash."""
    accepted: tuple[str, ...] = ()
    """The ids of the items that were not rejected, in their order."""
    readers_left: tuple[ToldReader, ...] = ()
    """Readers who left a round before the release was made."""

    @property
    def title(self) -> str:
        """How people call it."""
        return f"Gold release {self.number}"


@dataclass(frozen=True)
class Written:
    """What a writer has written: rows by file, what it leaves out, and figures of its own."""

    rows: dict[str, int]
    left_out: tuple[LeftOutItem, ...] = ()
    figures: dict[str, int] = field(default_factory=dict)


Items = Iterator[OutgoingItem]
Writer = Callable[[Path, ReleaseFacts, Items], Written]
"""Writes all items below a folder that is empty and nobody else's."""


def require_same(found: str, sha256: str) -> None:
    """Refuse an image whose bytes are no longer those it is named by."""
    if found != sha256:
        raise DatabaseError(
            f"The stored image {sha256[:12]!r} is damaged: its bytes are not those it is named "
            "by. Restore the image folder; the export is not complete."
        )
