"""How much one image may cost, and which formats are taken."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

MEGABYTE = 1_000_000
MEBIBYTE = 1_048_576

Format = Literal["PNG", "JPEG", "WEBP", "TIFF"]


class Limits(BaseModel, frozen=True, extra="forbid"):
    """What one image may cost before it is refused.

    The numbers belong together: Pillow holds a colour pixel in 4 bytes, so 40 megapixels are
    160 MB decoded, and turning them needs the picture twice. With Python and its libraries
    (130 MB of address space) that is what fits into 512 MiB.
    """

    formats: tuple[Format, ...] = ("PNG", "JPEG", "WEBP", "TIFF")
    max_bytes: int = Field(default=50 * MEGABYTE, ge=1)
    max_pixels: int = Field(default=40 * MEGABYTE, ge=1)
    """Width times height as the header declares them, looked at before anything is decoded."""
    max_side: int = Field(default=20_000, ge=1)
    max_inflated: int = Field(default=MEBIBYTE, ge=1)
    """Bytes a compressed text or colour profile inside an image may unfold to."""
    memory: int = Field(default=512 * MEBIBYTE, ge=64 * MEBIBYTE)
    """Address space of the child process, interpreter and libraries included."""
    cpu_seconds: int = Field(default=20, ge=1)
    wall_seconds: float = Field(default=60.0, gt=0)
    """Longer than the processor time, because children share the machine with the app."""
