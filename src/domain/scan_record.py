"""What is kept of a scan for leaks beside its hits."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class ScanRecord(BaseModel, frozen=True, extra="forbid"):
    """The newest scan of one item version. No record: it was never scanned."""

    item_id: str
    version: int = Field(ge=1)
    lexicon_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of rules, ontology and aliases: with the same one a scan finds the same."""
    with_ocr: bool
    """True when text was looked for in every image."""
    hits: int = Field(ge=0)
    low: int = Field(ge=0)
    """Hits of low rank, counted in `hits` too."""
    unread_images: int = Field(default=0, ge=0)
    """Images on which OCR failed."""
    at: datetime
